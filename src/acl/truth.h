#ifndef TRUTH_H
#define TRUTH_H

/*
 * Three values, so that what cannot be decided is never taken for a yes or a
 * no: a fact, or the means to judge it, is missing.
 */

enum acl_truth { ACL_FAILS, ACL_HOLDS, ACL_UNDECIDED };

/* Both hold: one that fails decides whatever the other is. */
static inline enum acl_truth
truth_and(enum acl_truth a, enum acl_truth b)
{
	if (a == ACL_FAILS || b == ACL_FAILS)
		return ACL_FAILS;
	return a == ACL_HOLDS ? b : a;
}

/* Either holds: one that holds decides. */
static inline enum acl_truth
truth_or(enum acl_truth a, enum acl_truth b)
{
	if (a == ACL_HOLDS || b == ACL_HOLDS)
		return ACL_HOLDS;
	return a == ACL_FAILS ? b : a;
}

static inline enum acl_truth
truth_not(enum acl_truth a)
{
	if (a == ACL_UNDECIDED)
		return a;
	return a == ACL_HOLDS ? ACL_FAILS : ACL_HOLDS;
}

#endif
