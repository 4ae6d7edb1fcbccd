#include "numset.h"

static enum acl_truth
ref_has(const struct conf *c, struct conf_ref ref, uint64_t n)
{
	for (uint32_t i = 0; i < ref.n; i++) {
		const struct conf_numrange *r = CONF_AT(c,
		    struct conf_numrange, ref, i);

		if (r == NULL)
			return ACL_UNDECIDED;
		if (n >= r->lo && n <= r->hi)
			return ACL_HOLDS;
	}
	return ACL_FAILS;
}

enum acl_truth
numset_has(const struct conf *c, const struct conf_numset *s, uint64_t n)
{
	enum acl_truth some = ACL_HOLDS;

	if (!s->given)
		return ACL_HOLDS;
	if (s->pos.n > 0)
		some = ref_has(c, s->pos, n);
	return truth_and(some, truth_not(ref_has(c, s->neg, n)));
}
