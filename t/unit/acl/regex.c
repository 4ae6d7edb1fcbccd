#include <stdio.h>
#include <time.h>

#include "err.h"
#include "module.h"
#include "regex.h"
#include "tap.h"

const struct module_head *const module_static[] = { &engine_regex.head, NULL };

static const struct {
	const char *name;
	const char *pattern, *subject;
	enum regex_result want;
} cases[] = {
	{ "a literal", "abc", "abc", REGEX_MATCH },
	{ "is anchored at its start", "bc", "abc", REGEX_NO },
	{ "is anchored at its end", "ab", "abc", REGEX_NO },
	{ "tries alternatives to the end", "ab|abc", "abc", REGEX_MATCH },
	{ "classes and counts", "[a-c]{3}", "abc", REGEX_MATCH },
	{ "options inside", "(?i)ABC", "abc", REGEX_MATCH },
	{ "look behind", "a(?<=a)b(?!x)c", "abc", REGEX_MATCH },
	{ "cannot raise its own limits",
	    "(*LIMIT_MATCH=100000000)(a+)+[bc]",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", REGEX_UNDECIDED },
	{ "cannot ask for UTF", "(*UTF)abc", "abc", REGEX_UNDECIDED },
	{ "cannot step through octets of characters", "\\Cbc", "abc",
	    REGEX_UNDECIDED },
};

static void
test_match(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *why = NULL;

		tap_int(cases[i].want, engine_regex.match(
		    str_c(cases[i].pattern), str_c(cases[i].subject), &why),
		    "an expression: %s", cases[i].name);
		if (cases[i].want == REGEX_UNDECIDED)
			tap_ok(why != NULL, "with a reason: %s", why);
	}
	tap_int(REGEX_MATCH, engine_regex.match(STR_NULL, STR_NULL,
	    &(const char *){ NULL }), "nothing matches nothing");
}

/* What takes exponential time, deep recursion or much memory. */
static const char *const bombs[] = {
	"(a+)+[bc]", "(a|a)*[bc]", "(a|aa)+[bc]", "(.*)*(.*)*(.*)*[bc]",
	"(?:(?:a*)*)*[bc]", "((a)|(a))*[bc]", "((?:a|(?1))+)+[bc]",
	"^(([a-z])+.)+[A-Z]([a-z])+$",
};

static void
test_limits(void)
{
	static char subject[4096];
	struct str s = { subject, sizeof subject };

	memset(subject, 'a', sizeof subject);
	for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
		struct timespec a, b;
		const char *why = NULL;
		enum regex_result r;
		double ms;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		r = engine_regex.match(str_c(bombs[i]), s, &why);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		ms = (double)(b.tv_sec - a.tv_sec) * 1e3 +
		    (double)(b.tv_nsec - a.tv_nsec) / 1e6;
		tap_ok(r != REGEX_MATCH, "%s does not match: %s", bombs[i],
		    r == REGEX_UNDECIDED ? why : "no");
		/* the limit is near 10; sanitizers and a busy machine */
		if (!tap_ok(ms < 1000, "and ends in time"))
			tap_diag("%.1f ms", ms);
	}
}

static void
test_check(void)
{
	static char longer[REGEX_PATTERN_MAX + 1];
	char why[160] = "";
	size_t at = 99;

	tap_int(0, engine_regex.check(STR("CN=a.*"), why, sizeof why, &at),
	    "a good expression is accepted");
	tap_int(ERR_SYNTAX, engine_regex.check(STR("CN=(a"), why, sizeof why,
	    &at), "a bad one is not");
	tap_cstr("missing closing parenthesis", why, "it is said why");
	tap_int(5, (int64_t)at, "and where");
	engine_regex.check(STR("a[b"), why, sizeof why, &at);
	tap_cstr("missing terminating ] for character class", why,
	    "another reason");
	memset(longer, 'a', sizeof longer);
	tap_int(ERR_SYNTAX, engine_regex.check((struct str){ longer,
	    sizeof longer }, why, sizeof why, &at), "a long one neither");
	tap_cstr("longer than 4096 octets", why, "it is said why");
	tap_int(0, engine_regex.check((struct str){ longer,
	    REGEX_PATTERN_MAX }, why, sizeof why, &at),
	    "the longest is accepted");
}

/* A pattern that was prepared matches as any other. */
static void
test_prepared(void)
{
	static const char same[] = "CN=a.*";
	const char *why;

	engine_regex.prepare(STR("CN=a.*"));
	engine_regex.prepare(str_c(same));
	engine_regex.prepare(STR("CN=(a"));
	tap_int(REGEX_MATCH, engine_regex.match(str_c(same), STR("CN=abc"),
	    &why), "a prepared expression");
	tap_int(REGEX_NO, engine_regex.match(str_c(same), STR("CN=bc"), &why),
	    "and again");
	tap_int(REGEX_MATCH, engine_regex.match(STR("CN=b.*"), STR("CN=bc"),
	    &why), "another one");
	tap_int(REGEX_UNDECIDED, engine_regex.match(STR("CN=(a"), STR("x"),
	    &why), "a bad one stays bad");
	engine_regex.forget();
	tap_int(REGEX_MATCH, engine_regex.match(str_c(same), STR("CN=abc"),
	    &why), "and after it was forgotten");
	for (unsigned i = 0; i < 2 * REGEX_READY_MAX; i++) {
		static char many[2 * REGEX_READY_MAX][8];

		snprintf(many[i], sizeof many[i], "x%u", i);
		engine_regex.prepare(str_c(many[i]));
	}
	tap_int(REGEX_MATCH, engine_regex.match(STR("x127"), STR("x127"),
	    &why), "one too many");
	engine_regex.forget();
}

int
main(void)
{
	test_match();
	test_limits();
	test_check();
	test_prepared();
	return tap_done();
}
