#include "strset.h"

enum acl_truth
strset_walk(const struct conf *c, const struct conf_strset *s,
    strset_match *match, const void *value, const char **why_r)
{
	enum acl_truth some = ACL_FAILS, bad = ACL_FAILS;
	bool positive = false;

	if (!s->given)
		return ACL_HOLDS;
	for (uint32_t i = 0; i < s->values.n; i++) {
		const struct conf_strval *v = CONF_AT(c, struct conf_strval,
		    s->values, i);
		struct str text = v ? conf_str(c, v->text) : STR_NULL;

		if (text.p == NULL) {
			*why_r = "the cache is damaged";
			return ACL_UNDECIDED;
		}
		positive = positive || !v->negative;
		if (!v->negative && some == ACL_HOLDS)
			continue;	/* nothing left to win */
		if (v->negative)
			bad = truth_or(bad, match(text, value, why_r));
		else
			some = truth_or(some, match(text, value, why_r));
	}
	return truth_and(positive ? some : ACL_HOLDS, truth_not(bad));
}

static enum acl_truth
is(struct str text, const void *value, const char **why_r)
{
	(void)why_r;
	return str_eq(text, *(const struct str *)value) ? ACL_HOLDS :
	    ACL_FAILS;
}

static enum acl_truth
listed(struct str text, const void *value, const char **why_r)
{
	struct str list = *(const struct str *)value, one;
	bool more = true;

	(void)why_r;
	while (more) {
		more = str_cut(&list, ',', &one);
		if (str_eq(one, text))
			return ACL_HOLDS;
	}
	return ACL_FAILS;
}

enum acl_truth
strset_has(const struct conf *c, const struct conf_strset *s,
    struct str value)
{
	const char *why;

	return strset_walk(c, s, is, &value, &why);
}

enum acl_truth
strset_meets(const struct conf *c, const struct conf_strset *s,
    struct str values)
{
	const char *why;

	return strset_walk(c, s, listed, &values, &why);
}
