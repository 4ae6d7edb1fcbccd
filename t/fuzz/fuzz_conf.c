/*
 * The cache's reader, and choosing ACLs from it, against arbitrary damage.
 * Property: whatever the octets say, every row and string an accessor hands
 * out lies inside the map, and what is chosen is a row; the header's sums are
 * mended so that damage behind them is reached.
 */

#include <assert.h>
#include <stdlib.h>

#include "candidates.h"
#include "eval.h"
#include "mailboxes.h"
#include "module.h"

/* Expressions have their own fuzzing: PCRE2's. */
const struct module_head *const module_static[] = { NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Keeps the compiler from leaving reads out. */
volatile unsigned fuzz_sink;

static bool
inside(const struct conf *c, const void *p, size_t n)
{
	const char *q = p;

	assert(q >= c->map && n <= c->size &&
	    (size_t)(q - c->map) <= c->size - n);
	return true;
}

static void
walk_str(const struct conf *c, struct conf_ref ref)
{
	struct str s = conf_str(c, ref);

	if (s.p == NULL)
		return;
	inside(c, s.p, s.n + 1);
	assert(s.p[s.n] == '\0');
	assert(strlen(conf_cstr(c, ref)) <= s.n);
}

/* Each row of a table, asserted to lie in the map. */
#define EACH(c, type, v, ref) \
	for (const struct type *v = CONF_AT(c, struct type, ref, 0); \
	    v != NULL && inside(c, v, sizeof *v); \
	    v = CONF_AT(c, struct type, ref, 1 + \
	    (uint32_t)(v - CONF_AT(c, struct type, ref, 0))))

static void
walk_strset(const struct conf *c, const struct conf_strset *s)
{
	EACH(c, conf_strval, v, s->values)
		walk_str(c, v->text);
}

static void
walk_mailboxes(const struct conf *c, const struct conf_strset *s)
{
	const struct acl_mailboxes m = { c, s };

	fuzz_sink += acl_mailbox_admits(&m, STR("Work")) +
	    acl_mailbox_denies(&m, STR("Work")) +
	    acl_mailbox_hides(&m, STR("Work")) +
	    acl_mailbox_reveals(&m, STR("Work"), STR("INBOX")) +
	    acl_mailbox_reaches(&m, STR("Work"));
	walk_strset(c, s);
}

static void
walk_certmatch(const struct conf *c, const struct conf_certmatch *m)
{
	walk_strset(c, &m->subject);
	walk_strset(c, &m->issuer);
	walk_strset(c, &m->san);
	walk_strset(c, &m->fingerprint);
}

static unsigned
walk_ranges(const struct conf *c, const struct conf_addrset *s)
{
	unsigned sum = 0;

	EACH(c, conf_range, r, s->pos)
		sum += r->lo[0] + r->hi[15];
	EACH(c, conf_range, r, s->neg)
		sum += r->lo[0] + r->hi[15];
	EACH(c, conf_host_use, u, s->hosts)
		sum += u->host + u->negative;
	return sum;
}

static unsigned
walk_hours(const struct conf *c, struct conf_ref ref)
{
	unsigned sum = 0;

	EACH(c, conf_hours, h, ref)
		sum += h->from + h->end_included;
	return sum;
}

static unsigned
walk_when(const struct conf *c, const struct conf_conditions *w)
{
	unsigned sum = walk_ranges(c, &w->from) + walk_ranges(c, &w->to) +
	    walk_ranges(c, &w->server);

	walk_strset(c, &w->listener);
	walk_strset(c, &w->parent);
	walk_certmatch(c, &w->client_cert);
	EACH(c, conf_time, t, w->time)
		sum += walk_hours(c, t->hours);
	EACH(c, conf_time_spec, s, w->time_set.specs) {
		walk_str(c, s->name);
		sum += walk_hours(c, s->hours);
		EACH(c, conf_dates, d, s->dates)
			sum += d->from_day + d->to_month;
		EACH(c, conf_wdays, d, s->weekdays)
			sum += d->from + d->to;
	}
	return sum;
}

static void
walk_targets(const struct conf *c, struct conf_ref ref)
{
	EACH(c, conf_target, t, ref)
		walk_str(c, t->host);
}

static unsigned
walk_acls(const struct conf *c)
{
	unsigned sum = 0;

	EACH(c, conf_session_acl, a, c->main->session_acls) {
		walk_str(c, a->name);
		sum += walk_when(c, &a->when);
		walk_targets(c, a->plug_to);
		walk_certmatch(c, &a->client_cert_match);
	}
	EACH(c, conf_command_acl, a, c->main->command_acls) {
		walk_str(c, a->name);
		sum += walk_when(c, &a->when);
		walk_targets(c, a->plug_to);
		walk_certmatch(c, &a->server_cert_match);
		walk_mailboxes(c, &a->mailboxes);
		for (unsigned bit = 0; bit < CONF_BITS + 9; bit++)
			sum += conf_bit(&a->commands, bit);
	}
	return sum;
}

static void
walk_ssl(const struct conf *c)
{
	EACH(c, conf_ssl, s, c->main->ssl) {
		walk_str(c, s->name);
		walk_str(c, s->certificate);
		walk_str(c, s->auth_cert_dir);
		walk_str(c, s->server_name);
		EACH(c, conf_sni, n, s->sni) {
			walk_str(c, n->name);
			walk_str(c, n->private_key);
		}
	}
}

static void
walk_lines(const struct conf *c)
{
	struct str file;
	uint32_t line;

	for (uint32_t i = 0; i < 100; i++)
		if (conf_line_at(c, i, &file, &line))
			inside(c, file.p, file.n + 1);
	EACH(c, conf_variable, v, c->head->variables)
		walk_str(c, v->value);
}

static void
walk_index(const struct conf *c, const struct conf_index *index, uint32_t n,
    const struct addr *from)
{
	struct acl_candidates k = acl_candidates(c, index, n, from);
	uint32_t row;

	/* without an index it counts rows that may not be there */
	while (index->given && acl_candidates_next(&k, &row))
		fuzz_sink += row;
}

static void
choose(const struct conf *c, const struct addr *from)
{
	struct acl_facts f = { .from = *from, .to.port = 143,
	    .now.tm_mday = 1, .listener = STR("a") };
	struct acl_result r;

	walk_index(c, &c->main->session_index, c->main->session_acls.n, from);
	walk_index(c, &c->main->command_index, c->main->command_acls.n, from);
	acl_session(c, &f, &r);
	assert(r.row < 0 ? r.deny : (uint32_t)r.row <
	    c->main->session_acls.n);
	if (r.row >= 0)
		acl_facts_chosen(&f, c, CONF_AT(c, struct conf_session_acl,
		    c->main->session_acls, (uint32_t)r.row));
	acl_command(c, &f, &r);
	assert(r.row < 0 ? r.deny : (uint32_t)r.row <
	    c->main->command_acls.n);
}

static unsigned
walk(const struct conf *c)
{
	walk_str(c, c->main->name);
	walk_str(c, c->main->logs[0].path);
	choose(c, &(struct addr){ .ip = { [10] = 0xff, 0xff, 10, 0, 0, 1 } });
	choose(c, &(struct addr){ .port = 1 });
	EACH(c, conf_strval, v, c->main->resolver.servers)
		walk_str(c, v->text);
	EACH(c, conf_ref, h, c->main->hosts)
		walk_str(c, *h);
	EACH(c, conf_listener, l, c->main->listeners)
		walk_str(c, l->name);
	walk_ssl(c);
	walk_lines(c);
	return walk_acls(c);
}

static void
mend(char *p, size_t n)
{
	struct conf_head h;

	memcpy(&h, p, sizeof h);
	memcpy(h.magic, CONF_MAGIC, sizeof h.magic);
	memcpy(h.build, BUILD_ID, BUILD_ID_SIZE);
	h.format = CONF_FORMAT;
	h.size = n;
	h.head_sum = h.whole_sum = 0;
	h.head_sum = conf_sum(&h, sizeof h);
	h.whole_sum = conf_sum(p + sizeof h, n - sizeof h);
	memcpy(p, &h, sizeof h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct conf c;
	char *p = malloc(n);

	if (p == NULL)
		return 0;
	/* as it is: refused, or read, but never outside */
	memcpy(p, data, n);
	if (conf_open_mem(&c, p, n, CONF_CHECK_WHOLE) == 0)
		fuzz_sink += walk(&c);
	if (n >= sizeof(struct conf_head)) {
		mend(p, n);
		if (conf_open_mem(&c, p, n, CONF_CHECK_WHOLE) == 0)
			fuzz_sink += walk(&c);
	}
	free(p);
	return 0;
}
