#include <stdio.h>

#include "addrset.h"

enum { IP4_PREFIX_BITS = 96 };	/* of ::ffff:0:0/96 */

/* n sorted ranges that do not overlap. */
static bool
in_ranges(const struct conf_range *r, size_t n, const uint8_t ip[16])
{
	size_t lo = 0, hi = n;

	/* the last range that begins at or before ip */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (memcmp(r[mid].lo, ip, 16) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 0 && memcmp(ip, r[lo - 1].hi, 16) <= 0;
}

/* The set being asked. */
struct question {
	const struct conf *c;
	const struct conf_addrset *s;
	const struct addr *a;
	bool known;		/* the address is */
	struct acl_hosts *hosts;
	const char **why_r;
};

static enum acl_truth
ranges_have(const struct question *q, struct conf_ref ref)
{
	const struct conf_range *r;

	if (ref.n == 0)
		return ACL_FAILS;
	/* row 0 is handed out only when the whole table lies in the map */
	r = CONF_AT(q->c, struct conf_range, ref, 0);
	if (r == NULL)
		return ACL_UNDECIDED;
	return q->known && in_ranges(r, ref.n, q->a->ip) ? ACL_HOLDS :
	    ACL_FAILS;
}

/* Is it one of the hosts with this sign? */
static enum acl_truth
hosts_have(const struct question *q, bool negative)
{
	enum acl_truth some = ACL_FAILS;

	for (uint32_t i = 0; i < q->s->hosts.n && some != ACL_HOLDS; i++) {
		const struct conf_host_use *u = CONF_AT(q->c,
		    struct conf_host_use, q->s->hosts, i);

		if (u == NULL)
			return ACL_UNDECIDED;
		if (!u->negative == !negative)
			some = truth_or(some, acl_host_has(q->hosts, q->c,
			    u->host, q->a, q->why_r));
	}
	return some;
}

/* Ranges first: what they decide needs no name. */
static enum acl_truth
values_have(const struct question *q, bool negative)
{
	enum acl_truth t = ranges_have(q, negative ? q->s->neg : q->s->pos);

	return t == ACL_FAILS && q->known ? hosts_have(q, negative) : t;
}

static bool
any_positive(const struct conf *c, const struct conf_addrset *s)
{
	const struct conf_host_use *first;

	if (s->pos.n > 0 || s->hosts.n == 0)
		return s->pos.n > 0;
	first = CONF_AT(c, struct conf_host_use, s->hosts, 0);
	return first == NULL || !first->negative;
}

enum acl_truth
addrset_judge(const struct conf *c, const struct conf_addrset *s,
    const struct addr *a, struct acl_hosts *hosts, const char **why_r)
{
	static const uint8_t unknown[16];
	const struct question q = { c, s, a,
	    memcmp(a->ip, unknown, sizeof unknown) != 0, hosts, why_r };
	enum acl_truth some = ACL_HOLDS;

	if (!s->given)
		return ACL_HOLDS;
	*why_r = "the cache is damaged";
	if (any_positive(c, s))
		some = values_have(&q, false);
	if (some == ACL_FAILS)
		return ACL_FAILS;
	return truth_and(some, truth_not(values_have(&q, true)));
}

enum acl_truth
addrset_has(const struct conf *c, const struct conf_addrset *s,
    const struct addr *a)
{
	const char *why;

	return addrset_judge(c, s, a, NULL, &why);
}

static bool
bit(const uint8_t ip[16], int i)
{
	return ip[i / 8] >> (7 - i % 8) & 1;
}

/* The length of the prefix that a range is; -1 when it is none. */
static int
prefix_of(const struct conf_range *r)
{
	int i = 0, n;

	while (i < 128 && bit(r->lo, i) == bit(r->hi, i))
		i++;
	n = i;
	while (i < 128 && !bit(r->lo, i) && bit(r->hi, i))
		i++;
	return i == 128 ? n : -1;
}

char *
addrset_range_text(const struct conf_range *r, char *out)
{
	struct addr lo = { 0 }, hi = { 0 };
	char a[ADDR_TEXT], b[ADDR_TEXT];
	int n = prefix_of(r);
	int skip;

	memcpy(lo.ip, r->lo, 16);
	memcpy(hi.ip, r->hi, 16);
	addr_host(&lo, a);
	skip = addr_is4(&lo) && n >= IP4_PREFIX_BITS ? IP4_PREFIX_BITS : 0;
	if (n == 128)
		snprintf(out, ADDRSET_RANGE_TEXT, "%s", a);
	else if (n >= 0)
		snprintf(out, ADDRSET_RANGE_TEXT, "%s/%d", a, n - skip);
	else
		snprintf(out, ADDRSET_RANGE_TEXT, "%s-%s", a,
		    addr_host(&hi, b));
	return out;
}
