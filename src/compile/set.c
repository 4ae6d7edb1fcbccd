#include <stdarg.h>
#include <stdlib.h>

#include "addr.h"
#include "arena.h"
#include "hostname.h"
#include "mailboxes.h"
#include "regex.h"
#include "users.h"
#include "utf7.h"
#include "value.h"

/* ---- helpers ------------------------------------------------------------ */

static uint32_t
count_values(const struct tree_entry *e)
{
	uint32_t n = 0;

	for (const struct tree_value *v = e->first; v != NULL; v = v->next)
		n++;
	return n;
}

__attribute__((format(printf, 4, 5))) static void
bad(struct build *b, const struct conf_key *k, const struct tree_value *v,
    const char *fmt, ...)
{
	char text[REPORT_LINE - VALUE_SHOWN], shown[VALUE_SHOWN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	value_error(b, k, v->at, "%s %s", value_shown(v->text, shown), text);
}

static bool
empty(struct build *b, const struct conf_key *k, const struct tree_entry *e)
{
	if (e->first != NULL)
		return false;
	value_error(b, k, e->at, "an empty set: leave the key out, or write "
	    "what it may be");
	return true;
}

/* ---- address sets ------------------------------------------------------- */

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
		bad(b, k, v, "has no prefix length from 0 to %u", most);
		return true;
	}
	mask(a.ip, (unsigned)n + 128 - most, r->lo, r->hi);
	if (!is_zero(a.ip, (unsigned)n + 128 - most)) {
		memcpy(a.ip, r->lo, 16);
		bad(b, k, v, "has bits behind its prefix: write \"%s/%llu\"",
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
		bad(b, k, v, "is no range: the first address must be the "
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
	bad(b, k, v, "is no address: write \"10.0.0.1\", "
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
	    (count_values(e) + 1) * sizeof *r);
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
	    (count_values(e) + 1) * sizeof *list), u;
	struct conf_ref ref;
	uint32_t n = 0;
	void *to;

	for (u.negative = 0; u.negative < 2; u.negative++)
		for (const struct tree_value *v = e->first; v; v = v->next) {
			if (is_negative(v) != u.negative ||
			    !hostname_is(value_of(v)))
				continue;
			if (k->flags & KEY_NO_HOSTS)
				bad(b, k, v, "is a host's name: the rules "
				    "that catch connections need addresses");
			else if (!hostname_row(b, value_of(v), &u.host))
				bad(b, k, v, "is one host name too many: "
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

	if (empty(b, k, e))
		return;
	s->given = 1;
	s->pos = read_ranges(b, k, e, false);
	s->neg = read_ranges(b, k, e, true);
	s->hosts = read_hosts(b, k, e);
}

/* The prefix length of a range that is one, else -1. */
static int
prefix_of(const struct conf_range *r)
{
	uint8_t lo[16], hi[16];

	for (int bits = 0; bits <= 128; bits++) {
		mask(r->lo, (unsigned)bits, lo, hi);
		if (memcmp(lo, r->lo, 16) == 0 && memcmp(hi, r->hi, 16) == 0)
			return bits;
	}
	return -1;
}

static void
print_range(const struct conf_range *r, FILE *f)
{
	char lo[ADDR_TEXT], hi[ADDR_TEXT];
	struct addr a = { 0 }, z = { 0 };
	int bits = prefix_of(r);

	memcpy(a.ip, r->lo, 16);
	memcpy(z.ip, r->hi, 16);
	/* IPv4's own prefix only where all of the range is IPv4 */
	if (bits >= 0 && addr_is4(&a) && bits >= 96)
		bits -= 96;
	if (memcmp(r->lo, r->hi, 16) == 0)
		fprintf(f, "%s", addr_host(&a, lo));
	else if (bits >= 0)
		fprintf(f, "%s/%d", addr_host(&a, lo), bits);
	else
		fprintf(f, "%s-%s", addr_host(&a, lo), addr_host(&z, hi));
}

static void
print_ranges(const struct conf *c, struct conf_ref ref, const char *prefix,
    bool *first, FILE *f)
{
	const struct conf_range *r;

	for (uint32_t i = 0; i < ref.n; i++) {
		r = CONF_AT(c, struct conf_range, ref, i);
		if (r == NULL)
			return;
		fprintf(f, "%s\"%s", *first ? "" : ", ", prefix);
		print_range(r, f);
		fputc('"', f);
		*first = false;
	}
}

static void
print_hosts(const struct conf *c, struct conf_ref ref, bool negative,
    bool *first, FILE *f)
{
	const struct conf_host_use *u;
	const struct conf_ref *name;

	for (uint32_t i = 0; i < ref.n; i++) {
		u = CONF_AT(c, struct conf_host_use, ref, i);
		name = u ? CONF_AT(c, struct conf_ref, c->main->hosts,
		    u->host) : NULL;
		if (name == NULL || !u->negative != !negative)
			continue;
		fprintf(f, "%s\"%s%s\"", *first ? "" : ", ",
		    negative ? "!" : "", conf_cstr(c, *name));
		*first = false;
	}
}

bool
value_print_addresses(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_addrset *s = place;
	bool first = true;

	(void)k;
	if (!s->given)
		return false;
	fputc('{', f);
	print_ranges(c, s->pos, "", &first, f);
	print_hosts(c, s->hosts, false, &first, f);
	print_ranges(c, s->neg, "!", &first, f);
	print_hosts(c, s->hosts, true, &first, f);
	fputc('}', f);
	return true;
}

/* ---- sets of texts ------------------------------------------------------ */

/* What one value becomes; NULL after an error. */
typedef const char *value_check(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text);

static void
read_set(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, struct conf_strset *s, value_check *check)
{
	struct conf_strval *to;
	const char *text;
	bool negative;

	if (empty(b, k, e))
		return;
	s->given = 1;
	to = out_table(b->out, sizeof *to, _Alignof(struct conf_strval),
	    count_values(e), &s->values);
	for (const struct tree_value *v = e->first; v; v = v->next, to++) {
		negative = v->text[0] == '!';
		text = check(b, k, v, v->text + negative);
		if (text == NULL)
			continue;
		to->text = out_str(b->out, str_c(text));
		to->negative = negative;
	}
}

static bool
print_set(const struct conf *c, const struct conf_strset *s, FILE *f)
{
	const struct conf_strval *v;
	char *text;

	if (!s->given)
		return false;
	fputc('{', f);
	for (uint32_t i = 0; i < s->values.n; i++) {
		v = CONF_AT(c, struct conf_strval, s->values, i);
		if (v == NULL)
			break;
		if (asprintf(&text, "%s%s", v->negative ? "!" : "",
		    conf_cstr(c, v->text)) < 0)
			abort();
		fputs(i ? ", " : "", f);
		value_quote(f, str_c(text));
		free(text);
	}
	fputc('}', f);
	return true;
}

/* listener names a section of listen-on; parent one of the phase before. */
enum { TITLES_MAX = 200 };

static bool
titled(const struct build *b, const struct tree_node *in,
    const char *section, const char *title, const char **titles, unsigned *n)
{
	const struct conf_section *def = conf_section_find(in->def, section);

	if (tree_titled(b->root, in, def, title) != NULL)
		return true;
	for (const struct tree_node *s = tree_section(in, def, NULL);
	    s != NULL && *n < TITLES_MAX; s = tree_section(in, def, s))
		titles[(*n)++] = s->title;
	return false;
}

static const char *
check_title(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	bool parent = strcmp(k->name, "parent") == 0;
	const struct tree_node *in = parent ? b->root : tree_section(b->root,
	    conf_section_find(&conf_vocabulary, "listen-on"), NULL);
	const char *titles[TITLES_MAX], *near;
	unsigned n = 0, other = TITLES_MAX;

	if (in != NULL && titled(b, in, parent ? "session-acl" :
	    "non-transparent", text, titles, &n))
		return text;
	if (in != NULL && !parent &&
	    titled(b, in, "transparent", text, titles, &n))
		return text;
	if (parent && titled(b, in, "command-acl", text, NULL, &other)) {
		bad(b, k, v, "is a command-acl: parent names an ACL of the "
		    "phase before, a session-acl");
		return NULL;
	}
	near = tree_nearest(text, titles, n);
	bad(b, k, v, "is no %s%s%s%s", parent ? "session-acl" : "listener",
	    near ? ": did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
	return NULL;
}

void
value_read_names(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_title);
}

bool
value_print_names(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

static const char *
check_user(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	bool group = strcmp(k->name, "group") == 0;

	if (users_name(str_c(text)) || strcmp(text, "none") == 0)
		return text;
	if (strcmp(text, "*") == 0)
		bad(b, k, v, "is no %s: write \"!none\" for whoever %s", k->name,
		    group ? "has one" : "is known");
	else
		bad(b, k, v, "is no %s: write 1 to %d octets of UTF-8 without "
		    "blanks, commas and a '!' or '#' in front", k->name,
		    USERS_NAME);
	return NULL;
}

void
value_read_users(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_user);
}

bool
value_print_users(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

static const char *
check_pattern(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	const struct regex_engine *engine;
	char text_why[200];
	const char *why;
	size_t at;

	engine = module_get("regex", &why);
	if (engine == NULL) {
		bad(b, k, v, "cannot be checked: %s", why);
		return NULL;
	}
	if (text[0] == '\0') {
		bad(b, k, v, "is an empty expression");
		return NULL;
	}
	if (engine->check(str_c(text), text_why, sizeof text_why, &at) < 0) {
		bad(b, k, v, "is no regular expression: %s at its octet %zu",
		    text_why, at + 1);
		return NULL;
	}
	return text;
}

void
value_read_patterns(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_pattern);
}

bool
value_print_patterns(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

static const char *
check_san(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	if ((strncmp(text, "dns:", 4) == 0 && text[4] != '\0') ||
	    (strncmp(text, "email:", 6) == 0 && text[6] != '\0'))
		return text;
	bad(b, k, v, "is no alternative name: write \"dns:NAME\" or "
	    "\"email:ADDRESS\"");
	return NULL;
}

void
value_read_sans(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_san);
}

bool
value_print_sans(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

/* "AA:BB..." or "aabb...": 64 hex digits, lower case. */
static const char *
check_print(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	char *hex = arena_alloc(b->arena, 65);
	unsigned n = 0;

	for (const char *p = text; *p != '\0'; p++) {
		char c = *p >= 'A' && *p <= 'F' ? (char)(*p + 32) : *p;
		bool digit = ascii_digit(c) || (c >= 'a' && c <= 'f');

		if (c == ':' && n > 0 && n % 2 == 0)
			continue;
		if (!digit || n == 64) {
			n = 0;
			break;
		}
		hex[n++] = c;
	}
	if (n == 64)
		return hex;
	bad(b, k, v, "is no fingerprint: write SHA-256's 64 hexadecimal "
	    "digits (openssl x509 -fingerprint -sha256)");
	return NULL;
}

void
value_read_prints(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_print);
}

bool
value_print_prints(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

/*
 * A name that looks like modified UTF-7 on the wire is not what is compared:
 * to out, of IMAP_UTF8_ROOM octets, what to write.
 */
static bool
is_utf7(struct str text, char *out)
{
	size_t n;

	if (!imap_utf7_decode(out, text, &n) || n == text.n)
		return false;
	out[n] = '\0';
	return acl_mailbox_pattern((struct str){ out, n }) == NULL;
}

static const char *
check_mailbox(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	char utf8[IMAP_UTF8_ROOM(ACL_PATTERN_MAX) + 1];
	const char *why = acl_mailbox_pattern(str_c(text));

	if (why != NULL) {
		bad(b, k, v, "%s: write names of mailboxes in UTF-8, '*' for "
		    "any run of characters and '?' for one", why);
		return NULL;
	}
	if (is_utf7(str_c(text), utf8)) {
		bad(b, k, v, "is modified UTF-7: write \"%s%s\"",
		    v->text[0] == '!' ? "!" : "", utf8);
		return NULL;
	}
	return imap_is_inbox(str_c(text)) ? "INBOX" : text;
}

void
value_read_mailboxes(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_mailbox);
}

bool
value_print_mailboxes(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

/* ---- hosts -------------------------------------------------------------- */

void
value_read_servers(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_target *t;
	char text[ADDR_TEXT];
	struct str host;
	struct addr a;

	if (empty(b, k, e))
		return;
	t = out_table(b->out, sizeof *t, _Alignof(struct conf_target),
	    count_values(e), place);
	for (const struct tree_value *v = e->first; v; v = v->next, t++) {
		if (!addr_split(str_c(v->text), &host, &t->port)) {
			bad(b, k, v, "is no server: write \"HOST:PORT\", an "
			    "IPv6 address in brackets: \"[2001:db8::1]:143\"");
		} else if (addr_parse(host, &a) && addr_none(&a)) {
			bad(b, k, v, "is no server: nobody has this address");
		} else if (addr_parse(host, &a)) {
			memcpy(t->ip, a.ip, sizeof t->ip);
			t->host = out_str(b->out, str_c(addr_host(&a, text)));
		} else if (hostname_good(host)) {
			t->host = out_str(b->out, host);
		} else {
			bad(b, k, v, "has no host name and no address in "
			    "front of its port");
		}
	}
}

bool
value_print_servers(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_ref *ref = place;
	const struct conf_target *t;

	(void)k;
	if (ref->n == 0)
		return false;
	fputc('{', f);
	for (uint32_t i = 0; i < ref->n; i++) {
		const char *host;
		bool v6;

		t = CONF_AT(c, struct conf_target, *ref, i);
		if (t == NULL)
			break;
		host = conf_cstr(c, t->host);
		v6 = strchr(host, ':') != NULL;
		fprintf(f, "%s\"%s%s%s:%u\"", i ? ", " : "", v6 ? "[" : "",
		    host, v6 ? "]" : "", t->port);
	}
	fputc('}', f);
	return true;
}

/* Lists that may be empty, kept as they are written. */
static void
read_list(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, struct conf_ref *ref, value_check *check)
{
	struct conf_strval *to = out_table(b->out, sizeof *to,
	    _Alignof(struct conf_strval), count_values(e), ref);
	const char *text;

	for (const struct tree_value *v = e->first; v; v = v->next, to++) {
		text = check(b, k, v, v->text);
		if (text != NULL)
			to->text = out_str(b->out, str_c(text));
	}
}

static bool
print_list(const struct conf *c, struct conf_ref ref, FILE *f)
{
	const struct conf_strval *v;

	fputc('{', f);
	for (uint32_t i = 0; i < ref.n; i++) {
		v = CONF_AT(c, struct conf_strval, ref, i);
		if (v == NULL)
			break;
		fputs(i ? ", " : "", f);
		value_quote(f, conf_str(c, v->text));
	}
	fputc('}', f);
	return ref.n > 0;
}

static const char *
check_nameserver(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	struct str host = str_c(text);
	uint16_t port;
	struct addr a;

	if (addr_parse(host, &a) ||
	    (addr_split(str_c(text), &host, &port) && addr_parse(host, &a)))
		return text;
	bad(b, k, v, "is no name server: write its address, or "
	    "\"ADDRESS:PORT\"");
	return NULL;
}

void
value_read_nameservers(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_list(b, k, e, place, check_nameserver);
}

bool
value_print_nameservers(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_list(c, *(const struct conf_ref *)place, f);
}

static const char *
check_domain(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	if (hostname_good(str_c(text)))
		return text;
	bad(b, k, v, "is no domain name");
	return NULL;
}

void
value_read_domains(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_list(b, k, e, place, check_domain);
}

bool
value_print_domains(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_list(c, *(const struct conf_ref *)place, f);
}
