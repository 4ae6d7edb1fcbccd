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

/* A row for its number in findings; n: there is none, or none is asked. */
static size_t
row_of(const struct engines *e, uint32_t engine)
{
	size_t row = engine < CONF_ENGINES_MAX ? engine :
	    e->antivirus + (engine - CONF_ENGINES_MAX);

	if (engine < CONF_ENGINES_MAX ? row >= e->antivirus :
	    engine >= 2 * CONF_ENGINES_MAX || row >= e->n)
		return e->n;
	return e->whole >> row & 1 ? row : e->n;
}

static uint32_t
number_of(const struct engines *e, size_t row)
{
	return (uint32_t)(row < e->antivirus ? row : row - e->antivirus +
	    CONF_ENGINES_MAX);
}

/*
 * What is known holds for those that say, on a connection that is new, that
 * they have the same signatures still.
 */
static void
ask_versions(struct engines *e, const struct judged *j, uint64_t engines)
{
	if (engines == 0)
		return;
	scan_ask_versions(e->scan, engines, j->deadline);
	for (size_t i = 0; i < e->n; i++)
		if (engines >> i & 1 && (e->words[i].known.version.n == 0 ||
		    !str_eq(e->words[i].known.version,
		    str_c(scan_version(e->scan, i)))))
			e->known &= ~(UINT64_C(1) << i);
	e->sure = engines;
}

static void
take_known(struct engines *e, struct judged *j)
{
	struct str list = j->known, octets;
	struct finding_item item;
	uint64_t if_same = 0;
	size_t row;

	e->words = arena_alloc(j->arena, (e->n + 1) * sizeof *e->words);
	for (size_t i = 0; i < e->n; i++)
		finding_begin(&e->words[i].made);
	while (e->scan != NULL && finding_take(&list, &item, &octets) > 0) {
		row = row_of(e, item.engine);
		if (row == e->n || finding_open(&e->words[row].known,
		    octets) < 0)
			continue;
		e->known |= UINT64_C(1) << row;
		if (item.if_same)
			if_same |= UINT64_C(1) << row;
	}
	ask_versions(e, j, if_same);
	for (size_t i = 0; i < e->n; i++)
		j->results[i].known = e->known >> i & 1;
}

void
engines_begin(struct engines *e, struct judged *j, struct scratch *s)
{
	uint64_t spam = j->dir->antispam ? UINT64_C(1) <<
	    (e->antivirus + j->dir->antispam - 1) : 0;

	e->scratch = s;
	e->nobjects = 0;
	e->waiting = 0;
	e->why = NULL;
	e->known = e->sure = 0;
	e->differs = false;
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
	take_known(e, j);
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

static bool
is_known(const struct engines *e, size_t row)
{
	return e->known >> row & 1;
}

/* An engine's word on an object, as it was known before. */
static void
recall(struct engines *e, size_t row, struct scan_result *r)
{
	struct finding_word w;

	*r = (struct scan_result){ .ms = 0 };
	if (!finding_next(&e->words[row].known, &w)) {
		e->differs = true;
		scan_say(r, SCAN_ERROR, STR_NULL, STR("it is not known"));
		return;
	}
	scan_say(r, (enum scan_status)w.virus, w.name, STR_NULL);
	if (row >= e->antivirus)
		r->score = w.score;
}

/* For another time. */
static void
note_word(struct engines *e, size_t row, const struct scan_result *r)
{
	struct finding_made *m = &e->words[row].made;
	bool spam = row >= e->antivirus;

	if (spam && r->score == SCAN_SCORE_UNKNOWN)
		m->none = true;
	else
		finding_add(m, (uint8_t)r->status, spam ? r->score : 0,
		    str_c(r->name));
}

/* What every engine says of an object. */
static void
collect(struct engines *e, struct judged *j, const struct engines_object *o)
{
	const struct scan_result *said[SCAN_ENGINES_MAX], *one;
	struct scan_result none = { .ms = 0 }, known[SCAN_ENGINES_MAX];
	uint64_t asked = o->whole ? e->whole : e->parts;
	size_t n = 0;

	scan_say(&none, SCAN_ERROR, STR_NULL, STR("it did not answer in time"));
	for (size_t i = 0; i < e->n; i++) {
		if (!(asked >> i & 1))
			continue;
		if (is_known(e, i)) {
			recall(e, i, &known[i]);
			one = &known[i];
		} else {
			one = scan_result(e->scan, o->number, i);
			if (one == NULL)
				one = &none;
			note_word(e, i, one);
		}
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
		if (e->object[i].number >= 0)
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
	uint64_t ask = (o->whole ? e->whole : e->parts) & ~e->known;
	int n = -1;

	if (e->nobjects == SCAN_OBJECTS_MAX || e->waiting > ENGINES_WAITING)
		run(e, j);
	if (ask != 0 && e->scan != NULL)
		n = scan_submit(e->scan, s, ask);
	if (ask == 0)
		scratch_put(e->scratch, &o->piece);
	if (n < 0 && ask != 0) {
		scratch_put(e->scratch, &o->piece);
		engines_missed(e, j, o->row, "no room for what is asked");
		return;
	}
	o->number = n;
	e->waiting += o->piece.room;
	e->object[e->nobjects++] = *o;
	/* they judge while we decode what comes next */
	scan_start(e->scan);
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
	struct scan_result r = { .ms = 0 };

	scan_say(&r, SCAN_ERROR, STR_NULL, str_c(why));
	for (size_t i = 0; i < e->antivirus; i++)
		if (e->parts >> i & 1) {
			join_mail(&j->results[i], &r);
			e->words[i].made.none = true;
		}
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
	for (size_t i = 0; i < e->n; i++)
		e->differs |= is_known(e, i) &&
		    !finding_ended(&e->words[i].known);
	combine(e, j);
}

/* Without knowing what an antivirus knows nothing of it is kept. */
static size_t
finding_of(const struct engines *e, size_t row, char out[FINDING_MAX])
{
	struct str version = str_c(scan_version(e->scan, row));

	if (version.n == 0 && row < e->antivirus)
		return 0;
	return finding_end(&e->words[row].made, str_c(e->engine[row].title),
	    version, out);
}

struct str
engines_findings(const struct engines *e, const struct judged *j)
{
	size_t room = e->n * (sizeof(struct finding_item) + FINDING_MAX + 8),
	    n = 0, m;
	char *list, one[FINDING_MAX];

	if (room > FINDING_LIST_MAX)
		room = FINDING_LIST_MAX;
	list = arena_alloc(j->arena, room + 1);
	for (size_t i = 0; e->scan != NULL && i < e->n; i++) {
		bool sure = e->sure >> i & 1, known = is_known(e, i);

		if (!(e->whole >> i & 1) || (known && !sure))
			continue;
		/* in a known one there is no word: it tells the version */
		m = finding_of(e, i, one);
		if (m > 0)
			finding_put(list, &n, room, number_of(e, i), sure,
			    (struct str){ one, m });
	}
	return (struct str){ list, n };
}

void
engines_rest(struct engines *e)
{
	if (e->scan != NULL)
		scan_rest(e->scan);
}
