/* Sets of addresses: numbers, prefixes, ranges and host names. */

#include <stdlib.h>

#include "addrset.h"
#include "arena.h"
#include "hostname.h"
#include "values.h"

static bool
is_zero(const uint8_t *ip, unsigned from_bit)
{
	for (unsigned i = from_bit; i < 128; i++)
		if (ip[i / 8] >> (7 - i % 8) & 1)
			return false;
	return true;
}

static void
mask(const uint8_t *ip, unsigned bits, uint8_t lo[16], uint8_t hi[16])
{
	for (unsigned i = 0; i < 128; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		lo[i / 8] &= (uint8_t)~bit;
		hi[i / 8] |= bit;
		if (i < bits) {
			lo[i / 8] |= ip[i / 8] & bit;
			hi[i / 8] &= (uint8_t)(ip[i / 8] | ~bit);
		}
	}
}

/* "ADDRESS/BITS" */
static bool
read_prefix(struct build *b, const struct conf_key *k,
    const struct tree_value *v, struct str addr, struct str bits,
    struct conf_range *r)
{
	char net[ADDR_TEXT];
	struct addr a;
	uint64_t n;
	unsigned most;

	if (!addr_parse(addr, &a))
		return false;
	most = addr_is4(&a) ? 32 : 128;
	if (!str_u64(bits, most, &n)) {
		values_bad(b, k, v, "has no prefix length from 0 to %u", most);
		return true;
	}
	mask(a.ip, (unsigned)n + 128 - most, r->lo, r->hi);
	if (!is_zero(a.ip, (unsigned)n + 128 - most)) {
		memcpy(a.ip, r->lo, 16);
		values_bad(b, k, v,
		    "has bits behind its prefix: write \"%s/%llu\"",
		    addr_host(&a, net), (unsigned long long)n);
	}
	return true;
}

/* "FIRST-LAST" */
static bool
read_span(struct build *b, const struct conf_key *k,
    const struct tree_value *v, struct str first, struct str last,
    struct conf_range *r)
{
	struct addr lo, hi;

	if (!addr_parse(str_trim(first), &lo) ||
	    !addr_parse(str_trim(last), &hi))
		return false;
	if (addr_is4(&lo) != addr_is4(&hi) || memcmp(lo.ip, hi.ip, 16) > 0)
		values_bad(b, k, v,
		    "is no range: the first address must be the "
		    "lower one, of the same family");
	memcpy(r->lo, lo.ip, 16);
	memcpy(r->hi, hi.ip, 16);
	return true;
}

/* A range, or a complaint that it is none. */
static void
read_range(struct build *b, const struct conf_key *k,
    const struct tree_value *v, struct str text, struct conf_range *r)
{
	struct str rest = text, head;
	struct addr a;

	*r = (struct conf_range){ 0 };
	if (str_eq(text, STR("*"))) {
		memset(r->hi, 0xff, sizeof r->hi);
		return;
	}
	if (addr_parse(text, &a)) {
		memcpy(r->lo, a.ip, 16);
		memcpy(r->hi, a.ip, 16);
		return;
	}
	if (str_cut(&rest, '/', &head)) {
		if (read_prefix(b, k, v, head, rest, r))
			return;
	} else {
		rest = text;
		if (str_cut(&rest, '-', &head) &&
		    read_span(b, k, v, head, rest, r))
			return;
	}
	values_bad(b, k, v, "is no address: write \"10.0.0.1\", "
	    "\"10.1.0.0/16\", \"10.0.0.1-10.0.0.9\", the same of IPv6, or "
	    "a host's name");
}

static int
by_lo(const void *a, const void *b)
{
	const struct conf_range *x = a, *y = b;
	int d = memcmp(x->lo, y->lo, 16);

	return d ? d : memcmp(x->hi, y->hi, 16);
}

static bool
in_ipv4(const uint8_t *ip)
{
	struct addr a = { 0 };

	memcpy(a.ip, ip, 16);
	return addr_is4(&a);
}

/*
 * Does y begin inside x or right behind it?  IPv4 and what lies beside it
 * stay apart: no text has a range that begins in one and ends in the other.
 */
static bool
touches(const struct conf_range *x, const struct conf_range *y)
{
	uint8_t next[16];

	if (memcmp(y->lo, x->hi, 16) <= 0)
		return true;
	if (in_ipv4(x->hi) != in_ipv4(y->lo))
		return false;
	memcpy(next, x->hi, 16);
	for (int i = 15; i >= 0 && ++next[i] == 0; i--)
		;
	return memcmp(y->lo, next, 16) == 0;
}

static uint32_t
merge(struct conf_range *r, uint32_t n)
{
	uint32_t m = 0;

	qsort(r, n, sizeof r[0], by_lo);
	for (uint32_t i = 0; i < n; i++) {
		if (m > 0 && touches(&r[m - 1], &r[i])) {
			if (memcmp(r[i].hi, r[m - 1].hi, 16) > 0)
				memcpy(r[m - 1].hi, r[i].hi, 16);
		} else {
			r[m++] = r[i];
		}
	}
	return m;
}

static bool
is_negative(const struct tree_value *v)
{
	return v->text[0] == '!';
}

static struct str
value_of(const struct tree_value *v)
{
	return str_trim(str_c(v->text + is_negative(v)));
}

static struct conf_ref
read_ranges(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, bool negative)
{
	struct conf_range *r = arena_alloc(b->arena,
	    (values_count(e) + 1) * sizeof *r);
	struct conf_ref ref;
	uint32_t n = 0;
	void *to;

	for (const struct tree_value *v = e->first; v; v = v->next) {
		struct str text = value_of(v);

		if (is_negative(v) == negative && !hostname_is(text))
			read_range(b, k, v, text, &r[n++]);
	}
	n = merge(r, n);
	to = out_table(b->out, sizeof *r, _Alignof(struct conf_range), n,
	    &ref);
	if (n > 0)
		memcpy(to, r, n * sizeof *r);
	return ref;
}

static bool
has_use(const struct conf_host_use *list, uint32_t n,
    const struct conf_host_use *u)
{
	for (uint32_t i = 0; i < n; i++)
		if (list[i].host == u->host &&
		    list[i].negative == u->negative)
			return true;
	return false;
}

static struct conf_ref
read_hosts(struct build *b, const struct conf_key *k,
    const struct tree_entry *e)
{
	struct conf_host_use *list = arena_alloc(b->arena,
	    (values_count(e) + 1) * sizeof *list), u;
	struct conf_ref ref;
	uint32_t n = 0;
	void *to;

	for (u.negative = 0; u.negative < 2; u.negative++)
		for (const struct tree_value *v = e->first; v; v = v->next) {
			if (is_negative(v) != u.negative ||
			    !hostname_is(value_of(v)))
				continue;
			if (k->flags & KEY_NO_HOSTS)
				values_bad(b, k, v,
				    "is a host's name: the rules "
				    "that catch connections need addresses");
			else if (!hostname_row(b, value_of(v), &u.host))
				values_bad(b, k, v,
				    "is one host name too many: "
				    "sets may have %d", CONF_HOSTS);
			else if (!has_use(list, n, &u))
				list[n++] = u;
		}
	to = out_table(b->out, sizeof u, _Alignof(struct conf_host_use), n,
	    &ref);
	if (n > 0)
		memcpy(to, list, n * sizeof u);
	return ref;
}

void
value_read_addresses(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_addrset *s = place;

	if (values_empty(b, k, e))
		return;
	s->given = 1;
	s->pos = read_ranges(b, k, e, false);
	s->neg = read_ranges(b, k, e, true);
	s->hosts = read_hosts(b, k, e);
}

static void
print_ranges(const struct conf *c, struct conf_ref ref, const char *sign,
    struct values_out *out)
{
	char text[ADDRSET_RANGE_TEXT];

	for (uint32_t i = 0; i < ref.n; i++) {
		const struct conf_range *r = CONF_AT(c, struct conf_range,
		    ref, i);

		if (r == NULL)
			return;
		values_next(out);
		fprintf(out->f, "\"%s%s\"", sign,
		    addrset_range_text(r, text));
	}
}

static void
print_hosts(const struct conf *c, struct conf_ref ref, bool negative,
    struct values_out *out)
{
	const struct conf_host_use *u;
	const struct conf_ref *name;

	for (uint32_t i = 0; i < ref.n; i++) {
		u = CONF_AT(c, struct conf_host_use, ref, i);
		if (u == NULL)
			break;
		name = CONF_AT(c, struct conf_ref, c->main->hosts, u->host);
		if (name == NULL || !u->negative != !negative)
			continue;
		values_next(out);
		fprintf(out->f, "\"%s%s\"", negative ? "!" : "",
		    conf_cstr(c, *name));
	}
}

bool
value_print_addresses(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_addrset *s = place;
	struct values_out out;

	(void)k;
	if (!s->given)
		return false;
	values_open(&out, f);
	print_ranges(c, s->pos, "", &out);
	print_hosts(c, s->hosts, false, &out);
	print_ranges(c, s->neg, "!", &out);
	print_hosts(c, s->hosts, true, &out);
	values_close(&out);
	return true;
}
