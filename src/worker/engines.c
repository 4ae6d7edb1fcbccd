#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "engines.h"
#include "fd.h"
#include "places.h"

static_assert((int)SCAN_FOUND == MAIL_VIRUS_FOUND &&
    (int)SCAN_FREE == MAIL_VIRUS_FREE &&
    (int)SCAN_SKIPPED == MAIL_VIRUS_SKIPPED &&
    (int)SCAN_UNKNOWN == MAIL_VIRUS_UNKNOWN &&
    (int)SCAN_ERROR == MAIL_VIRUS_ERROR, "both say the same");
static_assert((int)SCAN_CLAMD == CONF_CLAMD &&
    (int)SCAN_CLAMD_FD == CONF_CLAMD_FD && (int)SCAN_ICAP == CONF_ICAP &&
    (int)SCAN_SPAMD == CONF_SPAMD && (int)SCAN_RSPAMD == CONF_RSPAMD,
    "both say the same");
static_assert(2 * CONF_ENGINES_MAX <= SCAN_ENGINES_MAX,
    "a bit for each engine");

/* ---- of the configuration ------------------------------------------------ */

static void
fill_addresses(const struct conf *c, const struct conf_engine *from,
    struct scan_address *a)
{
	const struct conf_endpoint *e;

	for (uint32_t i = 0; i < from->connection.n; i++) {
		e = CONF_AT(c, struct conf_endpoint, from->connection, i);
		if (e == NULL)
			continue;
		if (conf_str(c, e->path).n > 0)
			a[i].path = conf_cstr(c, e->path);
		memcpy(a[i].addr.ip, e->ip, sizeof a[i].addr.ip);
		a[i].addr.port = e->port;
	}
}

static struct shape *
shape_of(const struct conf_shaping *t)
{
	struct shape *s = calloc(1, sizeof *s);

	if (s != NULL)
		*s = (struct shape){ .mark = t->mark,
			.priority = (uint8_t)t->priority,
			.dscp = t->dscp ? (int8_t)(t->dscp - 1) :
			    SHAPE_DSCP_NONE,
			.max_rate = t->max_rate };
	return s;
}

static bool
fill_engine(const struct conf *c, const struct conf_engine *from,
    struct scan_engine *e)
{
	uint32_t n = from->connection.n < SCAN_ADDRESSES_MAX ?
	    from->connection.n : SCAN_ADDRESSES_MAX;
	struct scan_address *a = calloc(n + 1, sizeof *a);
	struct shape *shape = shape_of(&from->traffic);

	if (a == NULL || shape == NULL) {
		free(a);
		free(shape);
		return false;
	}
	fill_addresses(c, from, a);
	*e = (struct scan_engine){
		.title = conf_cstr(c, from->name),
		.kind = (enum scan_kind)from->protocol,
		.addresses = a, .naddresses = n,
		.timeout = (int64_t)from->timeout,
		.max_size = from->max_checked_size,
		.max_parallel = from->max_parallel,
		.shape = shape,
		.service = conf_str(c, from->icap_service).n > 0 ?
		    conf_cstr(c, from->icap_service) : NULL,
		.pass_body = from->icap_pass_body,
	};
	return true;
}

static bool
fill_table(struct engines *e, const struct conf *c, struct conf_ref table)
{
	const struct conf_engine *from;

	for (uint32_t i = 0; i < table.n; i++) {
		from = CONF_AT(c, struct conf_engine, table, i);
		if (from == NULL || !fill_engine(c, from, &e->engine[e->n]))
			return false;
		e->n++;
	}
	return true;
}

static void
open_places(struct engines *e, const struct conf *c)
{
	char path[PATH_MAX + sizeof "/scanners"];
	size_t n = strlen(conf_run_folder(c, path));

	snprintf(path + n, sizeof path - n, "/scanners");
	e->places = places_open(path, c->main->uid, c->main->gid);
	if (e->places < 0)
		e->lacks = "max-parallel is not kept: its file \"scanners\" "
		    "cannot be opened in the run folder";
}

bool
engines_open(struct engines *e, const struct conf *c)
{
	const struct conf_main *m = c->main;

	*e = (struct engines){ .places = -1 };
	if (m->antiviruses.n > CONF_ENGINES_MAX ||
	    m->antispams.n > CONF_ENGINES_MAX)
		return false;
	e->engine = calloc(m->antiviruses.n + m->antispams.n + 1,
	    sizeof *e->engine);
	e->antivirus = m->antiviruses.n;
	if (m->antiviruses.n + m->antispams.n > 0)
		open_places(e, c);
	return e->engine != NULL && fill_table(e, c, m->antiviruses) &&
	    fill_table(e, c, m->antispams);
}

void
engines_close(struct engines *e)
{
	if (e->scan != NULL)
		scan_close(e->scan);
	fd_close(&e->places);
	for (size_t i = 0; i < e->n; i++) {
		free((void *)(uintptr_t)e->engine[i].addresses);
		free((void *)(uintptr_t)e->engine[i].shape);
	}
	free(e->engine);
	*e = (struct engines){ .places = -1 };
}

/* ---- a mail -------------------------------------------------------------- */

void
engines_begin(struct engines *e, struct judged *j, struct scratch *s)
{
	uint64_t spam = j->dir->antispam ? UINT64_C(1) <<
	    (e->antivirus + j->dir->antispam - 1) : 0;

	e->scratch = s;
	e->nobjects = 0;
	e->waiting = 0;
	e->why = NULL;
	e->parts = j->dir->antivirus;
	e->whole = e->parts | spam;
	j->nresults = e->n;
	j->results = arena_alloc(j->arena, (e->n + 1) * sizeof *j->results);
	for (size_t i = 0; i < e->n; i++) {
		struct judged_result *r = &j->results[i];

		r->antispam = i >= e->antivirus;
		r->row = (uint32_t)(r->antispam ? i - e->antivirus : i);
		r->title = str_c(e->engine[i].title);
		scan_say(&r->all, SCAN_SKIPPED, STR_NULL, STR_NULL);
	}
	j->virus = MAIL_VIRUS_SKIPPED;
	j->spam = MAIL_SPAM_UNKNOWN;
	if (e->whole == 0)
		return;
	if (e->scan == NULL) {
		e->scan = scan_open(e->engine, e->n);
		if (e->scan != NULL)
			scan_places(e->scan, e->places);
	}
	if (e->scan != NULL)
		scan_begin(e->scan, j->deadline, j->user);
	else
		e->why = "no memory for engines";
}

static void
join_part(struct judged *j, struct judged_part *row,
    const struct scan_result *one)
{
	if (row->verdict == NULL) {
		row->verdict = arena_alloc(j->arena, sizeof *row->verdict);
		*row->verdict = *one;
	} else {
		scan_join(row->verdict, one);
	}
}

static void
join_mail(struct judged_result *r, const struct scan_result *one)
{
	if (r->asked)
		scan_join(&r->all, one);
	else
		r->all = *one;
	r->asked = true;
}

/* What every engine says of an object. */
static void
collect(struct engines *e, struct judged *j, const struct engines_object *o)
{
	const struct scan_result *said[SCAN_ENGINES_MAX], *one;
	struct scan_result none;
	uint64_t asked = o->whole ? e->whole : e->parts;
	size_t n = 0;

	scan_say(&none, SCAN_ERROR, STR_NULL, STR("it did not answer in time"));
	for (size_t i = 0; i < e->n; i++) {
		if (!(asked >> i & 1))
			continue;
		one = scan_result(e->scan, o->number, i);
		if (one == NULL)
			one = &none;
		join_mail(&j->results[i], one);
		if (i < e->antivirus)
			said[n++] = one;
	}
	if (o->row != NULL && n > 0)
		join_part(j, o->row, said[scan_combine(said, n,
		    j->cacl->require_all)]);
}

static void
run(struct engines *e, struct judged *j)
{
	(void)scan_run(e->scan, j->deadline);
	for (size_t i = 0; i < e->nobjects; i++) {
		collect(e, j, &e->object[i]);
		scan_forget(e->scan, e->object[i].number);
		scratch_put(e->scratch, &e->object[i].piece);
	}
	e->nobjects = 0;
	e->waiting = 0;
}

static void
submit(struct engines *e, struct judged *j, struct engines_object *o,
    const struct scan_object *s)
{
	int n;

	if (e->nobjects == SCAN_OBJECTS_MAX || e->waiting > ENGINES_WAITING)
		run(e, j);
	n = e->scan == NULL ? -1 : scan_submit(e->scan, s, o->whole ?
	    e->whole : e->parts);
	if (n < 0) {
		scratch_put(e->scratch, &o->piece);
		engines_missed(e, j, o->row, "no room for what is asked");
		return;
	}
	o->number = n;
	e->waiting += o->piece.room;
	e->object[e->nobjects++] = *o;
}

void
engines_ask_mail(struct engines *e, struct judged *j)
{
	struct engines_object o = { .whole = true };
	struct scan_object s = { .fd = j->fd, .off = j->off,
		.size = j->octets.n };

	if (e->whole != 0)
		submit(e, j, &o, &s);
}

void
engines_ask(struct engines *e, struct judged *j, struct judged_part *row,
    struct str octets, struct piece *piece)
{
	struct engines_object o = { .row = row };
	struct scan_object s = scan_memory(octets);

	if (piece != NULL) {
		o.piece = *piece;
		*piece = (struct piece){ 0 };
	}
	/* by its descriptor a large one takes no memory of ours */
	if (o.piece.filed)
		s = (struct scan_object){ .fd = e->scratch->fd,
			.off = o.piece.off, .size = octets.n };
	else if (o.piece.p == NULL && octets.n > SCRATCH_MEMORY)
		s = (struct scan_object){ .fd = j->fd, .off = j->off +
			(uint64_t)(octets.p - j->octets.p),
			.size = octets.n };
	submit(e, j, &o, &s);
}

void
engines_missed(struct engines *e, struct judged *j, struct judged_part *row,
    const char *why)
{
	struct scan_result r;

	scan_say(&r, SCAN_ERROR, STR_NULL, str_c(why));
	for (size_t i = 0; i < e->antivirus; i++)
		if (e->parts >> i & 1)
			join_mail(&j->results[i], &r);
	if (row != NULL && e->parts != 0)
		join_part(j, row, &r);
}

static void
combine(struct engines *e, struct judged *j)
{
	const struct scan_result *said[SCAN_ENGINES_MAX];
	size_t n = 0, row;

	for (size_t i = 0; i < e->n; i++) {
		if (!j->results[i].asked)
			continue;
		if (j->results[i].antispam)
			j->spam = j->results[i].all.score;
		else
			said[n++] = &j->results[i].all;
	}
	if (n == 0)
		return;
	row = scan_combine(said, n, j->cacl->require_all);
	j->virus = (enum mail_virus)said[row]->status;
	if (said[row]->status == SCAN_FOUND)
		j->virus_name = str_c(said[row]->name);
}

void
engines_end(struct engines *e, struct judged *j)
{
	if (e->scan != NULL && e->nobjects > 0)
		run(e, j);
	if (e->why != NULL)
		engines_missed(e, j, NULL, e->why);
	combine(e, j);
}

void
engines_rest(struct engines *e)
{
	if (e->scan != NULL)
		scan_rest(e->scan);
}
