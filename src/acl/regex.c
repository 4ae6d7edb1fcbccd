#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdbool.h>
#include <stdio.h>

#include "err.h"
#include "regex.h"

/* '$' at the very end only: a subject's own line end hides nothing. */
static const uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED |
    PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
    PCRE2_NEVER_BACKSLASH_C;

static pcre2_code *
compile(struct str pattern, int *code_r, size_t *at_r)
{
	return pcre2_compile((PCRE2_SPTR)(pattern.n ? pattern.p : ""),
	    pattern.n, options, code_r, at_r, NULL);
}

static pcre2_match_context *
limits(void)
{
	pcre2_match_context *mc = pcre2_match_context_create(NULL);

	if (mc == NULL)
		return NULL;
	pcre2_set_match_limit(mc, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(mc, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(mc, REGEX_HEAP_KB);
	return mc;
}

static enum regex_result
outcome(int rc, const char **why_r)
{
	if (rc >= 0)
		return REGEX_MATCH;
	switch (rc) {
	case PCRE2_ERROR_NOMATCH:
		return REGEX_NO;
	case PCRE2_ERROR_MATCHLIMIT:
		*why_r = "the expression reached its match limit";
		break;
	case PCRE2_ERROR_DEPTHLIMIT:
		*why_r = "the expression reached its depth limit";
		break;
	case PCRE2_ERROR_HEAPLIMIT:
		*why_r = "the expression reached its memory limit";
		break;
	default:
		*why_r = "the expression failed";
	}
	return REGEX_UNDECIDED;
}

/* ---- prepared ones ------------------------------------------------------- */

static struct {
	struct str pattern;
	pcre2_code *re;
} ready[REGEX_READY_MAX];
static size_t nready;

static pcre2_code *
find_ready(struct str pattern)
{
	for (size_t i = 0; i < nready; i++)
		if (str_eq(ready[i].pattern, pattern))
			return ready[i].re;
	return NULL;
}

static void
regex_prepare(struct str pattern)
{
	pcre2_code *re;
	size_t at;
	int code;

	if (nready == REGEX_READY_MAX || find_ready(pattern) != NULL)
		return;
	re = compile(pattern, &code, &at);
	if (re == NULL)
		return;
	ready[nready].pattern = pattern;
	ready[nready++].re = re;
}

static void
regex_forget(void)
{
	while (nready > 0)
		pcre2_code_free(ready[--nready].re);
}

static enum regex_result
regex_match(struct str pattern, struct str subject, const char **why_r)
{
	pcre2_match_context *mc = limits();
	pcre2_match_data *md = pcre2_match_data_create(1, NULL);
	pcre2_code *prepared = find_ready(pattern), *re = prepared;
	enum regex_result r = REGEX_UNDECIDED;
	size_t at;
	int code;

	if (mc == NULL || md == NULL) {
		*why_r = "no memory for the expression";
		goto out;
	}
	if (re == NULL)
		re = compile(pattern, &code, &at);
	if (re == NULL) {
		*why_r = "the expression is not valid";
		goto out;
	}
	r = outcome(pcre2_match(re, (PCRE2_SPTR)(subject.n ? subject.p : ""),
	    subject.n, 0, 0, md, mc), why_r);
out:
	if (prepared == NULL)
		pcre2_code_free(re);
	pcre2_match_data_free(md);
	pcre2_match_context_free(mc);
	return r;
}

static int
regex_check(struct str pattern, char *why, size_t n, size_t *at_r)
{
	pcre2_code *re;
	int code;

	*at_r = 0;
	if (pattern.n > REGEX_PATTERN_MAX) {
		snprintf(why, n, "longer than %d octets", REGEX_PATTERN_MAX);
		*at_r = REGEX_PATTERN_MAX;
		return ERR_SYNTAX;
	}
	re = compile(pattern, &code, at_r);
	if (re == NULL) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, n);
		return ERR_SYNTAX;
	}
	pcre2_code_free(re);
	return 0;
}

const struct regex_engine engine_regex = {
	.head = MODULE_HEAD("regex"),
	.match = regex_match,
	.check = regex_check,
	.prepare = regex_prepare,
	.forget = regex_forget,
};
