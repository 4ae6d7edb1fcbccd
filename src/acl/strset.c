#include "strset.h"

static bool
is(struct str list, struct str text)
{
	return str_eq(list, text);
}

static bool
listed(struct str list, struct str text)
{
	struct str one;
	bool more = true;

	while (more) {
		more = str_cut(&list, ',', &one);
		if (str_eq(one, text))
			return true;
	}
	return false;
}

static enum acl_truth
walk(const struct conf *c, const struct conf_strset *s, struct str value,
    bool (*match)(struct str value, struct str text))
{
	bool positive = false, some = false, bad = false;

	if (!s->given)
		return ACL_HOLDS;
	for (uint32_t i = 0; i < s->values.n; i++) {
		const struct conf_strval *row = CONF_AT(c, struct conf_strval,
		    s->values, i);
		struct str text = row ? conf_str(c, row->text) : STR_NULL;

		if (text.p == NULL)
			return ACL_UNDECIDED;
		positive = positive || !row->negative;
		if (match(value, text))
			*(row->negative ? &bad : &some) = true;
	}
	return (some || !positive) && !bad ? ACL_HOLDS : ACL_FAILS;
}

enum acl_truth
strset_has(const struct conf *c, const struct conf_strset *s,
    struct str value)
{
	return walk(c, s, value, is);
}

enum acl_truth
strset_meets(const struct conf *c, const struct conf_strset *s,
    struct str values)
{
	return walk(c, s, values, listed);
}
