#include <string.h>
#include <time.h>

#include "build.h"
#include "recall.h"
#include "record.h"
#include "scan.h"
#include "session.h"

void
recall_open(struct sess *s)
{
	struct recall *r = &s->scan->recall;

	r->engine = s->start->store_engine;
	r->store = s->start->store;
	if (r->store != NULL)
		r->list = arena_alloc(&s->arena, FINDING_LIST_MAX);
	/* why was said when it could not be opened */
	s->mails.store_failed = r->store == NULL && sess_may_recall(s->conf);
}

void
recall_close(struct sess *s)
{
	struct recall *r = &s->scan->recall;

	if (r->store != NULL)
		r->engine->close(r->store);
	r->store = NULL;
}

/* It is done without from now on, and that is said once. */
static void
failed(struct sess *s, const char *why)
{
	record_failed(s, LOG_STORE_FAILED, why);
	s->mails.store_failed = 1;
	for (unsigned i = 0; i < SCAN_MAILS; i++)
		recall_end(s, &s->scan->mails[i]);
	recall_close(s);
}

/* ---- which mail, which engine -------------------------------------------- */

void
recall_begin(struct sess *s, struct scan_mail *m)
{
	struct recall *r = &s->scan->recall;

	m->recall = (struct recall_mail){ .digest = r->store == NULL ? NULL :
	    r->engine->digest_begin() };
}

void
recall_octets(struct sess *s, struct scan_mail *m, struct str octets)
{
	if (m->recall.digest != NULL)
		s->scan->recall.engine->digest_add(m->recall.digest, octets);
}

void
recall_hash(struct sess *s, struct scan_mail *m)
{
	struct recall_mail *k = &m->recall;

	if (k->digest == NULL)
		return;
	s->scan->recall.engine->digest_end(k->digest, k->hash);
	k->digest = NULL;
	k->hashed = true;
}

static const struct conf_engine *
engine_at(const struct sess *s, uint32_t number)
{
	const struct conf_main *m = s->conf->main;

	return number < CONF_ENGINES_MAX ?
	    CONF_AT(s->conf, struct conf_engine, m->antiviruses, number) :
	    CONF_AT(s->conf, struct conf_engine, m->antispams,
	    number - CONF_ENGINES_MAX);
}

static void
add(const struct store_engine *e, struct digest *d, const void *p, size_t n)
{
	e->digest_add(d, (struct str){ (const char *)&n, sizeof n });
	e->digest_add(d, (struct str){ p, n });
}

static void
add_str(const struct store_engine *e, struct digest *d, struct str s)
{
	add(e, d, s.p, s.n);
}

/*
 * All that its word hangs on besides the mail and its signatures: this build,
 * which takes mails apart, how it is asked, and of antispam who asks.
 */
static uint64_t
make_id(const struct sess *s, uint32_t number)
{
	const struct store_engine *e = s->scan->recall.engine;
	const struct conf_engine *c = engine_at(s, number);
	const struct conf_endpoint *at;
	struct digest *d = e->digest_begin();
	uint8_t hash[STORE_HASH];
	uint64_t id = 0;

	if (d == NULL)
		return 0;
	add_str(e, d, STR(BUILD_ID));
	add_str(e, d, conf_str(s->conf, c->name));
	add_str(e, d, conf_str(s->conf, c->icap_service));
	add(e, d, &c->protocol, sizeof c->protocol);
	add(e, d, &c->max_checked_size, sizeof c->max_checked_size);
	add(e, d, &c->icap_pass_body, sizeof c->icap_pass_body);
	for (uint32_t i = 0; i < c->connection.n; i++) {
		at = CONF_AT(s->conf, struct conf_endpoint, c->connection, i);
		if (at == NULL)
			continue;
		add_str(e, d, conf_str(s->conf, at->path));
		add(e, d, at->ip, sizeof at->ip);
		add(e, d, &at->port, sizeof at->port);
	}
	if (number >= CONF_ENGINES_MAX)
		add_str(e, d, s->user);
	e->digest_end(d, hash);
	memcpy(&id, hash, sizeof id);
	return id;
}

/* false: without memory nothing is known. */
static bool
key_of(struct sess *s, const uint8_t mail[STORE_HASH], uint32_t number,
    struct store_key *k_r)
{
	uint64_t *id = &s->scan->recall.ids[number];

	if (*id == 0)
		*id = make_id(s, number);
	memcpy(k_r->mail, mail, STORE_HASH);
	k_r->engine = *id;
	return *id != 0;
}

/* No mail: there the version of an engine is. */
static const uint8_t nobody[STORE_HASH];

static bool
asks(const struct sess *s, const struct scan_mail *m, uint32_t number)
{
	const struct conf_mail_dir *dir = &s->cacl->mail[m->direction];

	return number < CONF_ENGINES_MAX ? dir->antivirus >> number & 1 :
	    dir->antispam != 0 && number == CONF_ENGINES_MAX +
	    dir->antispam - 1;
}

/* ---- asking -------------------------------------------------------------- */

/* Octets put within the last seconds: a finding, false. */
static bool
look_up(struct sess *s, const uint8_t mail[STORE_HASH], uint32_t number,
    uint64_t seconds, char out[STORE_VALUE_MAX], struct finding *f_r)
{
	struct recall *r = &s->scan->recall;
	int64_t put, now = time(NULL);
	struct store_key k;
	const char *why;
	int n;

	if (r->store == NULL || !key_of(s, mail, number, &k))
		return false;
	n = r->engine->get(r->store, &k, out, &put, &why);
	if (n == ERR_LIMIT)
		r->busy = true;
	else if (n < 0)
		failed(s, why);
	return n > 0 && put <= now + RECALL_AHEAD_S &&
	    now - put <= (int64_t)seconds &&
	    finding_open(f_r, (struct str){ out, (size_t)n }) == 0;
}

/* Is it known that an engine's version is this one, or another? */
enum same { SAME, OTHER, UNSURE };

static enum same
compare_version(struct sess *s, uint32_t number, struct str version)
{
	char value[STORE_VALUE_MAX];
	struct finding now;

	/* antispam has none: what it said holds for max-age */
	if (number >= CONF_ENGINES_MAX)
		return SAME;
	if (!look_up(s, nobody, number, RECALL_VERSION_S, value, &now))
		return UNSURE;
	return str_eq(now.version, version) ? SAME : OTHER;
}

/* Put what is known of the mail, n octets of it, in the list. */
static void
find(struct sess *s, struct scan_mail *m, size_t *n)
{
	uint64_t age = s->conf->main->verdict_store.max_age / CLOCK_SEC;
	struct recall *r = &s->scan->recall;

	r->busy = false;
	m->recall.missed = m->recall.unsure = false;
	*n = 0;
	for (uint32_t i = 0; i < 2 * CONF_ENGINES_MAX; i++) {
		char value[STORE_VALUE_MAX];
		struct finding f;
		enum same same = OTHER;

		if (!asks(s, m, i))
			continue;
		if (look_up(s, m->recall.hash, i, age, value, &f))
			same = compare_version(s, i, f.version);
		if (same == OTHER || !finding_put(r->list, n, FINDING_LIST_MAX,
		    i, same == UNSURE, f.whole))
			m->recall.missed = true;
		m->recall.unsure |= same == UNSURE;
	}
}

static void
wait_longer(struct recall_mail *k)
{
	k->pause = k->pause == 0 ? RECALL_LOOK_MS : 2 * k->pause;
	if (k->pause > RECALL_LOOK_MAX_MS)
		k->pause = RECALL_LOOK_MAX_MS;
	k->again = clock_ms() + k->pause;
}

/* Be the one who has it judged; false: another is. */
static bool
claim(struct sess *s, struct recall_mail *k)
{
	struct recall *r = &s->scan->recall;

	if (!k->claimed && r->store != NULL) {
		k->claimed = r->engine->claim(r->store, k->hash);
		s->mails.shared += !k->claimed && k->pause == 0;
	}
	return k->claimed;
}

static void
release(struct sess *s, struct recall_mail *k)
{
	struct recall *r = &s->scan->recall;

	if (k->claimed && r->store != NULL)
		r->engine->release(r->store, k->hash);
	k->claimed = false;
}

/* Has a worker to ask engines of it? */
static bool
asks_engines(const struct recall_mail *k)
{
	return k->missed || k->unsure;
}

/* Is the store kept busy, though not for so long that it is done without? */
static bool
waits_for_store(const struct sess *s, struct recall_mail *k)
{
	if (!s->scan->recall.busy)
		k->busy_until = 0;
	else if (k->busy_until == 0)
		k->busy_until = clock_after(RECALL_BUSY_MS);
	return k->busy_until != 0 && clock_left(k->busy_until) != 0;
}

/*
 * Who waits for another does not look before that one is done: so many would
 * look that he could not tell.
 */
static bool
find_or_claim(struct sess *s, struct scan_mail *m, size_t *n)
{
	struct recall_mail *k = &m->recall;

	k->missed = true;
	if (k->pause > 0 && !claim(s, k))
		return false;
	find(s, m, n);
	if (asks_engines(k) && !k->claimed && claim(s, k))
		/* who had it may have been faster */
		find(s, m, n);
	return !asks_engines(k) || (k->claimed && !waits_for_store(s, k));
}

bool
recall_ready(struct sess *s, struct scan_mail *m, int64_t patience,
    struct str *list_r)
{
	struct recall_mail *k = &m->recall;
	size_t n = 0;

	*list_r = STR_NULL;
	if (s->scan->recall.store == NULL || !k->hashed || patience == 0)
		return true;
	if (clock_left(k->again) != 0)
		return false;
	if (k->until == 0)
		k->until = clock_after(patience);
	if (!find_or_claim(s, m, &n) && s->scan->recall.store != NULL &&
	    clock_left(k->until) != 0) {
		wait_longer(k);
		return false;
	}
	if (!asks_engines(k))
		release(s, k);
	*list_r = (struct str){ s->scan->recall.list, n };
	k->asked = time(NULL);
	return true;
}

/* ---- telling ------------------------------------------------------------- */

static void
keep(struct sess *s, const uint8_t mail[STORE_HASH], uint32_t number,
    int64_t said, struct str value)
{
	struct recall *r = &s->scan->recall;
	struct store_key k;
	const char *why;
	int rc;

	if (r->store == NULL || !key_of(s, mail, number, &k))
		return;
	rc = r->engine->put(r->store, &k, said, value, &why);
	if (rc < 0 && rc != ERR_LIMIT)
		failed(s, why);
}

/* It was told at the earliest when it was asked for: so long it holds. */
static void
keep_version(struct sess *s, uint32_t number, int64_t asked,
    const struct finding *f)
{
	static const struct finding_made none;
	char value[FINDING_MAX];
	size_t n = finding_end(&none, f->title, f->version, value);

	if (n > 0)
		keep(s, nobody, number, asked, (struct str){ value, n });
}

void
recall_keep(struct sess *s, struct scan_mail *m, struct str findings)
{
	struct finding_item i;
	struct finding f;
	struct str octets;

	if (!m->recall.hashed)
		return;
	while (finding_take(&findings, &i, &octets) > 0) {
		if (i.engine >= 2 * CONF_ENGINES_MAX || !asks(s, m, i.engine) ||
		    finding_open(&f, octets) < 0)
			continue;
		if (i.if_same)
			keep_version(s, i.engine, m->recall.asked, &f);
		if (f.words.n > 0)
			keep(s, m->recall.hash, i.engine, time(NULL), octets);
	}
}

void
recall_end(struct sess *s, struct scan_mail *m)
{
	struct recall *r = &s->scan->recall;
	struct recall_mail *k = &m->recall;

	if (k->digest != NULL)
		r->engine->digest_end(k->digest, NULL);
	k->digest = NULL;
	release(s, k);
}
