#include <stdio.h>
#include <unistd.h>

#include "err.h"
#include "mailacl.h"
#include "mailrecord.h"
#include "record.h"
#include "scan.h"
#include "sealed.h"
#include "session.h"

bool
scan_wanted(const struct sess *s)
{
	return s->cacl != NULL && conf_scans(s->cacl);
}

int
scan_begin(struct sess *s, const char **why_r)
{
	const struct conf_spool *c = &s->conf->main->spool;
	struct scan *x = arena_alloc(&s->arena, sizeof *x);

	x->worker = (struct mail_worker){ -1, -1 };
	for (unsigned i = 0; i < SCAN_MAILS; i++)
		x->mails[i].octets.fd = -1;
	x->decode.octets.fd = -1;
	x->talk = arena_alloc(&s->arena, MAIL_TALK_MAX);
	/* without files, mails that fit memory are still served */
	if (spool_open(&x->spool, conf_cstr(s->conf, c->dir), c->memory,
	    c->max_size, c->min_free) < 0)
		record_failed(s, LOG_SPOOL_FAILED, x->spool.why);
	arena_init(&x->arena, SCAN_ARENA, NULL, NULL);
	s->scan = x;
	recall_open(s);
	if (!mailacl_begin(s, why_r) ||
	    mail_hire(s->keeper, &x->worker, why_r) < 0) {
		scan_end(s);
		return -1;
	}
	return 0;
}

void
scan_end(struct sess *s)
{
	struct scan *x = s->scan;

	if (x == NULL)
		return;
	for (unsigned i = 0; i < SCAN_MAILS; i++)
		scan_drop(s, &x->mails[i]);
	scan_decode_end(s);
	recall_close(s);
	mail_worker_end(&x->worker);
	spool_close(&x->spool);
	arena_fini(&x->arena);
	s->scan = NULL;
}

/* ---- mails that are kept ------------------------------------------------- */

static void
unmap(struct scan_mail *m)
{
	if (m->map.n > 0)
		sealed_unmap(m->map);
	m->map = STR_NULL;
	m->index = (struct mail_index){ 0 };
}

void
scan_drop(struct sess *s, struct scan_mail *m)
{
	struct scan *x = s->scan;

	if (m->state == SCAN_FREE)
		return;
	/* what the worker says of it is no longer heard */
	if (x->asked == m)
		x->asked = NULL;
	unmap(m);
	recall_end(s, m);
	spool_drop(&x->spool, &m->octets);
	*m = (struct scan_mail){ .octets.fd = -1 };
}

static bool
is_gone(const struct scan *x, uint32_t uid)
{
	for (unsigned i = 0; i < x->ngone; i++)
		if (x->gone[i] == uid)
			return true;
	return false;
}

/* A changed mail makes room: its listing must not show the server's values. */
static void
remember_gone(struct scan *x, const struct scan_mail *m)
{
	if (!m->changed || m->uid == 0 || is_gone(x, m->uid))
		return;
	x->lost |= x->ngone == SCAN_GONE;
	if (x->ngone < SCAN_GONE)
		x->gone[x->ngone++] = m->uid;
}

static bool
any_pinned(const struct scan *x)
{
	for (unsigned i = 0; i < SCAN_MAILS; i++)
		if (x->mails[i].pins > 0)
			return true;
	return false;
}

static struct scan_mail *
oldest(struct scan *x)
{
	struct scan_mail *old = NULL;

	for (unsigned i = 0; i < SCAN_MAILS; i++) {
		struct scan_mail *m = &x->mails[i];

		if (m->state != SCAN_FREE && m->pins == 0 &&
		    (old == NULL || m->stamp < old->stamp))
			old = m;
	}
	return old;
}

static bool
make_room(struct sess *s)
{
	struct scan_mail *m = oldest(s->scan);

	if (m == NULL)
		return false;
	remember_gone(s->scan, m);
	scan_drop(s, m);
	return true;
}

static struct scan_mail *
free_row(struct sess *s)
{
	struct scan *x = s->scan;

	for (;;) {
		for (unsigned i = 0; i < SCAN_MAILS; i++)
			if (x->mails[i].state == SCAN_FREE)
				return &x->mails[i];
		if (!make_room(s))
			return NULL;
	}
}

struct scan_mail *
scan_new(struct sess *s, enum mail_talk_direction d, uint64_t octets,
    const char **code_r, const char **why_r)
{
	struct scan *x = s->scan;
	struct scan_mail *m = free_row(s);
	int rc;

	*code_r = "UNAVAILABLE";
	if (m == NULL) {
		*why_r = "too many mails in work";
		return NULL;
	}
	while ((rc = spool_begin(&x->spool, octets, &m->octets)) == 0 &&
	    make_room(s))
		;
	if (rc == ERR_LIMIT) {
		*code_r = d == MAIL_UPLOAD ? "TOOBIG" : "NOPERM";
		*why_r = "larger than spool.max-size";
	} else if (rc == 0) {
		*why_r = "no room in the spool";
		*code_r = any_pinned(x) ? NULL : "UNAVAILABLE";
	} else if (rc < 0) {
		*why_r = x->spool.why;
	}
	if (rc <= 0) {
		m->octets.fd = -1;
		return NULL;
	}
	m->state = SCAN_SPOOLING;
	recall_begin(s, m);
	m->direction = d;
	m->announced = octets;
	m->mail_acl = MAIL_NONE;
	m->pins = 1;
	m->stamp = ++x->clock;
	m->since = clock_ms();
	return m;
}

static void
refuse(struct scan_mail *m, enum scan_state state, const char *code,
    const char *why)
{
	m->state = state;
	m->code = code;
	m->changed = true;
	if (why != m->why)
		snprintf(m->why, sizeof m->why, "%s", why);
}

static void
mail_denied(struct sess *s, struct scan_mail *m, const char *why)
{
	m->denied = true;
	refuse(m, SCAN_DENIED, m->later ? "UNAVAILABLE" : "NOPERM", why);
	s->mails.denied++;
	mailrecord_refused(s, m);
}

/* What was denied stays so when only its copy for the quarantine fails. */
static void
mail_failed(struct sess *s, struct scan_mail *m, const char *why)
{
	recall_end(s, m);
	if (m->denied) {
		mail_denied(s, m, m->why);
		return;
	}
	refuse(m, SCAN_ERROR, "UNAVAILABLE", why);
	s->mails.unjudged++;
	mailrecord_refused(s, m);
}

void
scan_write(struct sess *s, struct scan_mail *m, struct str octets)
{
	if (m->state != SCAN_SPOOLING)
		return;
	recall_octets(s, m, octets);
	if (spool_write(&s->scan->spool, &m->octets, octets) < 0)
		mail_failed(s, m, s->scan->spool.why);
}

bool
scan_decided(const struct scan_mail *m)
{
	return m->state >= SCAN_READY;
}

void
scan_pin(struct scan_mail *m)
{
	m->pins++;
}

/* It was denied, and no engine knew anything: next time one may. */
static bool
may_change(const struct scan_mail *m)
{
	const struct mail_index_head *h = m->index.head;

	return m->state == SCAN_DENIED && h != NULL &&
	    (h->virus == MAIL_VIRUS_ERROR || h->virus == MAIL_VIRUS_UNKNOWN);
}

void
scan_keep(struct sess *s, struct scan_mail *m)
{
	struct scan *x = s->scan;

	m->stamp = ++x->clock;
	if (--m->pins > 0)
		return;
	/* what could not be judged is tried again */
	if (m->state == SCAN_ERROR || may_change(m) || m->uid == 0) {
		scan_drop(s, m);
		return;
	}
	for (unsigned i = 0; i < x->ngone; i++)
		if (x->gone[i] == m->uid)
			x->gone[i] = x->gone[--x->ngone];
}

struct scan_mail *
scan_find_uid(struct sess *s, uint32_t uid)
{
	struct scan *x = s->scan;

	for (unsigned i = 0; i < SCAN_MAILS; i++)
		if (x->mails[i].uid == uid && uid != 0 &&
		    scan_decided(&x->mails[i]))
			return &x->mails[i];
	return NULL;
}

struct scan_mail *
scan_find_seq(struct sess *s, uint32_t seq)
{
	struct scan *x = s->scan;

	for (unsigned i = 0; i < SCAN_MAILS; i++)
		if (x->mails[i].seq == seq && seq != 0 &&
		    scan_decided(&x->mails[i]))
			return &x->mails[i];
	return NULL;
}

bool
scan_was_changed(const struct sess *s, uint32_t uid)
{
	return is_gone(s->scan, uid);
}

bool
scan_lost(const struct sess *s)
{
	return s->scan->lost;
}

bool
scan_knows(const struct sess *s)
{
	for (unsigned i = 0; i < SCAN_MAILS; i++)
		if (s->scan->mails[i].uid != 0)
			return true;
	return s->scan->ngone > 0;
}

void
scan_forget(struct sess *s)
{
	struct scan_mail *m = s->scan->mails;

	for (unsigned i = 0; i < SCAN_MAILS; i++)
		if (m[i].direction == MAIL_DOWNLOAD)
			scan_drop(s, &m[i]);
	s->scan->ngone = 0;
	s->scan->lost = false;
}

void
scan_expunged(struct sess *s, uint32_t seq)
{
	for (unsigned i = 0; i < SCAN_MAILS; i++) {
		struct scan_mail *m = &s->scan->mails[i];

		if (m->seq > seq)
			m->seq--;
		else if (m->seq == seq && seq != 0 && m->pins == 0)
			scan_drop(s, m);
	}
}

void
scan_vanished(struct sess *s)
{
	for (unsigned i = 0; i < SCAN_MAILS; i++)
		s->scan->mails[i].seq = 0;
}

/* ---- asking the worker --------------------------------------------------- */

int
scan_fd(const struct sess *s)
{
	return s->scan != NULL && s->scan->asked_until != 0 ?
	    s->scan->worker.work : -1;
}

int64_t
scan_due(const struct sess *s)
{
	const struct scan *x = s->scan;
	int64_t first = CLOCK_NEVER;

	if (x != NULL && x->asked_until != 0)
		return x->asked_until;
	for (unsigned i = 0; x != NULL && i < SCAN_MAILS; i++)
		if (x->mails[i].state == SCAN_WAITING &&
		    x->mails[i].recall.again < first)
			first = x->mails[i].recall.again;
	return first;
}

/* Without a worker nothing can be judged in this session any more. */
static void
worker_lost(struct sess *s, const char *why)
{
	struct scan *x = s->scan;
	struct scan_mail *m = x->asked;

	x->asked = NULL;
	x->asked_until = 0;
	spool_lend_end(&x->spool);
	if (m != NULL)
		mail_failed(s, m, why);
	if (x->decode.asked && !x->decode.done)
		x->decode.done = x->decode.full = true;
}

/* For good: there will be no other, and what waits is told so. */
static void
end_worker(struct sess *s, const char *why)
{
	mail_worker_end(&s->scan->worker);
	s->scan->killed = false;
	worker_lost(s, why);
}

/* What was said while nothing was asked is about nothing. */
static void
drain(struct scan *x)
{
	struct mail_message a;

	while (x->worker.work >= 0 && mail_talk_receive(x->worker.work,
	    x->talk, &a) > 0)
		mail_talk_forget(&a);
}

/* Its answer will be of this kind, with this serial. */
static bool
ask(struct sess *s, struct mail_message *q, struct scan_mail *m,
    uint32_t awaited, uint32_t ms)
{
	struct scan *x = s->scan;
	int rc;

	drain(x);
	x->awaited = awaited;
	x->awaited_serial = m != NULL ? m->serial : x->decode.serial;
	rc = x->worker.work < 0 ? ERR_EOF :
	    mail_talk_send(x->worker.work, q);
	x->asked = m;
	x->asked_until = clock_after((int64_t)ms + SCAN_WORK_MS);
	if (rc > 0)
		return true;
	worker_lost(s, rc == 0 ? "the mail worker takes no question" :
	    "there is no mail worker");
	return false;
}

static void
no_fds(struct mail_message *q)
{
	for (unsigned i = 0; i < MAIL_TALK_FDS; i++)
		q->fd[i] = -1;
}

static void
ask_decode(struct sess *s)
{
	struct scan_decode *d = &s->scan->decode;
	struct mail_message q = { .kind = MAIL_DECODE };

	no_fds(&q);
	d->asked = true;
	d->serial = ++s->scan->serial;
	q.fd[0] = spool_seal(&s->scan->spool,
	    (struct spooled *)&d->mail->octets);
	q.u.decode = (struct mail_decode){
		.serial = d->serial, .cte = d->cte, .off = d->body.off,
		.size = d->body.n,
	};
	if (q.fd[0] < 0) {
		d->done = d->full = true;
		return;
	}
	q.fd[1] = spool_lend(&s->scan->spool);
	ask(s, &q, NULL, MAIL_DECODED, SCAN_WORK_MS);
}

static void
longest(const struct conf *c, struct conf_ref table, uint32_t row,
    uint64_t *ms)
{
	const struct conf_engine *e = CONF_AT(c, struct conf_engine, table,
	    row);

	if (e != NULL && e->timeout > *ms)
		*ms = e->timeout;
}

/* Engines are asked at the same time: as long as the most patient one. */
static uint32_t
engines_ms(const struct sess *s, enum mail_talk_direction d)
{
	const struct conf_main *c = s->conf->main;
	const struct conf_mail_dir *dir = &s->cacl->mail[d];
	uint64_t ms = 0;

	for (uint32_t i = 0; i < CONF_ENGINES_MAX; i++)
		if (dir->antivirus >> i & 1)
			longest(s->conf, c->antiviruses, i, &ms);
	if (dir->antispam != 0)
		longest(s->conf, c->antispams, dir->antispam - 1, &ms);
	return ms > INT32_MAX / 2 ? INT32_MAX / 2 : (uint32_t)ms;
}

static uint32_t
judge_ms(const struct sess *s, enum mail_talk_direction d)
{
	uint32_t ms = engines_ms(s, d);

	return ms > SCAN_WORK_MS ? ms : SCAN_WORK_MS;
}

/*
 * The oldest mail that waits, and that no other session has judged just now;
 * NULL: there is none.
 */
static struct scan_mail *
next_waiting(struct sess *s, struct str *known_r)
{
	struct scan *x = s->scan;
	uint64_t behind = 0;
	struct scan_mail *m;

	for (;;) {
		m = NULL;
		for (unsigned i = 0; i < SCAN_MAILS; i++)
			if (x->mails[i].state == SCAN_WAITING &&
			    x->mails[i].stamp > behind &&
			    (m == NULL || x->mails[i].stamp < m->stamp))
				m = &x->mails[i];
		if (m == NULL || recall_ready(s, m, engines_ms(s, m->direction),
		    known_r))
			return m;
		behind = m->stamp;
	}
}

/* Give it to the worker, if that has none. */
static bool
ask_next(struct sess *s)
{
	struct scan *x = s->scan;
	struct scan_mail *m;
	struct mail_message q = { .kind = MAIL_JUDGE };

	if (x->asked_until != 0 || x->killed)
		return false;
	if (x->decode.active && !x->decode.asked) {
		ask_decode(s);
		return true;
	}
	m = next_waiting(s, &q.rest);
	if (m == NULL)
		return false;
	no_fds(&q);
	q.fd[0] = spool_seal(&x->spool, &m->octets);
	if (q.fd[0] < 0) {
		mail_failed(s, m, "the spooled mail cannot be sealed");
		return true;
	}
	q.fd[1] = spool_lend(&x->spool);
	m->serial = ++x->serial;
	m->state = SCAN_JUDGING;
	q.u.judge = (struct mail_judge){
		.serial = m->serial, .command_acl = s->cacl_row,
		.size = m->octets.size, .direction = (uint8_t)m->direction,
		.language = s->language,
		.ms = judge_ms(s, m->direction),
	};
	snprintf(q.u.judge.id, sizeof q.u.judge.id, "%d.%u", (int)getpid(),
	    m->serial);
	if (s->user.p != NULL)
		snprintf(q.u.judge.user, sizeof q.u.judge.user, "%.*s",
		    STR_ARG(s->user));
	ask(s, &q, m, MAIL_FACTS, q.u.judge.ms);
	return true;
}

void
scan_judge(struct sess *s, struct scan_mail *m)
{
	if (m->state != SCAN_SPOOLING)
		return;
	recall_hash(s, m);
	m->state = SCAN_WAITING;
	s->mails.judged[m->direction]++;
	ask_next(s);
}

static void
ask_edit(struct sess *s, struct scan_mail *m, const struct mail_decision *d)
{
	struct mail_message q = { .kind = MAIL_EDIT };
	int file = -1;

	no_fds(&q);
	if (!d->deny)
		file = spool_lend(&s->scan->spool);
	q.fd[0] = file;
	q.u.edit = (struct mail_edit){
		.serial = m->serial, .mail_acl = d->mail_acl,
		.docs = d->ndocs, .denied = d->deny, .has_file = file >= 0,
		.ms = SCAN_WORK_MS,
	};
	snprintf(q.u.edit.why, sizeof q.u.edit.why, "%s", d->why);
	q.rest = (struct str){ (const char *)d->docs,
	    d->ndocs * sizeof *d->docs };
	m->state = SCAN_EDITING;
	ask(s, &q, m, MAIL_EDITED, SCAN_WORK_MS);
}

/* ---- what it says -------------------------------------------------------- */

static size_t
indexes(const struct scan *x)
{
	size_t n = 0;

	for (unsigned i = 0; i < SCAN_MAILS; i++)
		n += x->mails[i].map.n;
	return n;
}

static int
map_index(struct sess *s, struct scan_mail *m, int fd, uint64_t n,
    uint64_t octets)
{
	unmap(m);
	if (n > MAIL_INDEX_MAX)
		return ERR_LIMIT;
	while (indexes(s->scan) + n > SCAN_INDEXES && make_room(s))
		;
	m->map = sealed_map(fd, n);
	if (m->map.n == 0)
		return ERR_SYNTAX;
	return mail_index_open(&m->index, m->map.p, m->map.n, octets);
}

static void
ready(struct sess *s, struct scan_mail *m)
{
	(void)s;
	m->state = SCAN_READY;
	m->code = NULL;
}

/* For places at the scanners; max-parallel is of all sessions together. */
static void
count_wait(struct sess *s, const struct scan_mail *m)
{
	uint32_t ms = mail_index_waited(&m->index);

	s->mails.waited += ms > 0;
	s->mails.waited_ms += ms;
}

/* Had the store every scanner's word, and did it hold? */
static void
count_known(struct sess *s, const struct scan_mail *m)
{
	const struct mail_result *r;
	bool all = true;
	uint32_t n = 0;

	while ((r = mail_index_result(&m->index, n)) != NULL) {
		all &= r->known != 0;
		n++;
	}
	if (m->recall.hashed && n > 0)
		*(all ? &s->mails.recalled : &s->mails.missed) += 1;
}

static void
heard_facts(struct sess *s, struct scan_mail *m, struct mail_message *a)
{
	const struct mail_facts *f = &a->u.facts;
	struct mail_decision d;

	recall_keep(s, m, a->rest);
	recall_end(s, m);
	if (f->status != MAIL_FACTS_OK) {
		(f->status == MAIL_FACTS_LIMIT ? mail_denied : mail_failed)(s,
		    m, f->why);
		return;
	}
	if (map_index(s, m, a->fd[0], f->index_size, m->octets.size) < 0) {
		mail_failed(s, m, "the mail worker's index is not valid");
		return;
	}
	count_wait(s, m);
	count_known(s, m);
	if (!mailacl_decide(s, m, f, &d)) {
		mail_failed(s, m, "the policy cannot be applied");
		return;
	}
	m->mail_acl = d.mail_acl;
	m->denied = d.deny;
	m->later = m->index.head->virus == MAIL_VIRUS_ERROR;
	m->changed = d.deny || d.edit;
	snprintf(m->why, sizeof m->why, "%s", d.why);
	if (d.edit || d.quarantine)
		ask_edit(s, m, &d);
	else if (d.deny)
		mail_denied(s, m, d.why);
	else
		ready(s, m);
	mailacl_forget(s, &d);
}

/* What the worker made, in memory for which kept mails make room. */
static int
adopt(struct sess *s, int *fd, uint64_t size, struct spooled *r)
{
	const struct spool *p = &s->scan->spool;
	int rc;

	while (size > p->memory - p->used && make_room(s))
		;
	rc = spool_adopt(&s->scan->spool, *fd, size, r);
	*fd = -1;
	return rc;
}

static void
take_edited(struct sess *s, struct scan_mail *m, struct mail_message *a)
{
	const struct mail_edited *e = &a->u.edited;
	struct spooled made = { .fd = -1 };
	int rc;

	if (e->in_file) {
		rc = spool_lent(&s->scan->spool, e->size, &made);
	} else {
		spool_lend_end(&s->scan->spool);
		spool_drop(&s->scan->spool, &m->octets);
		rc = adopt(s, &a->fd[1], e->size, &made);
	}
	if (rc < 0 || map_index(s, m, a->fd[0], e->index_size,
	    e->size) < 0) {
		spool_drop(&s->scan->spool, &made);
		mail_failed(s, m, "the mail worker's edited mail is not valid");
		return;
	}
	spool_drop(&s->scan->spool, &m->octets);
	m->octets = made;
	s->mails.changed++;
	ready(s, m);
}

static void
heard_edited(struct sess *s, struct scan_mail *m, struct mail_message *a)
{
	const struct mail_edited *e = &a->u.edited;

	mailrecord_edits(s, m, a);
	/* whatever became of the copy */
	if (m->denied) {
		mail_denied(s, m, m->why);
	} else if (e->status != MAIL_FACTS_OK) {
		spool_lend_end(&s->scan->spool);
		/* LIMIT: it cannot be made what the policy wants of it */
		(e->status == MAIL_FACTS_LIMIT ? mail_denied : mail_failed)(s,
		    m, e->why);
	} else if (e->unchanged) {
		spool_lend_end(&s->scan->spool);
		ready(s, m);
	} else {
		take_edited(s, m, a);
	}
}

static void
heard_decoded(struct sess *s, struct mail_message *a)
{
	struct scan_decode *d = &s->scan->decode;

	if (!a->u.decoded.in_file)
		spool_lend_end(&s->scan->spool);
	if (!d->asked || d->serial != a->u.decoded.serial)
		return;
	d->done = true;
	if (!a->u.decoded.ok)
		return;
	d->ok = (a->u.decoded.in_file ? spool_lent(&s->scan->spool,
	    a->u.decoded.size, &d->octets) : adopt(s, &a->fd[0],
	    a->u.decoded.size, &d->octets)) == 0;
	d->full = !d->ok;
}

static uint32_t
serial_of(const struct mail_message *a)
{
	switch (a->kind) {
	case MAIL_FACTS:
		return a->u.facts.serial;
	case MAIL_EDITED:
		return a->u.edited.serial;
	case MAIL_DECODED:
		return a->u.decoded.serial;
	default:
		return 0;
	}
}

static bool
answers(const struct scan *x, const struct mail_message *a)
{
	return x->asked_until != 0 && !x->killed && a->kind == x->awaited &&
	    serial_of(a) == x->awaited_serial;
}

static void
hear(struct sess *s, struct mail_message *a)
{
	struct scan *x = s->scan;
	struct scan_mail *m = x->asked;

	if (a->kind == MAIL_DIED) {
		if (x->asked_until != 0 && !x->killed)
			worker_lost(s, "the mail worker died");
		x->asked_until = 0;
		x->killed = false;
		return;
	}
	/* late, or not an answer to anything */
	if (!answers(x, a))
		return;
	x->asked = NULL;
	x->asked_until = 0;
	if (a->kind == MAIL_DECODED) {
		heard_decoded(s, a);
	} else if (m == NULL) {
		/* its mail was given up meanwhile */
		spool_lend_end(&x->spool);
	} else if (a->kind == MAIL_FACTS) {
		spool_lend_end(&x->spool);
		heard_facts(s, m, a);
	} else {
		heard_edited(s, m, a);
	}
}

static bool
overdue(struct sess *s)
{
	struct scan *x = s->scan;

	if (x->asked_until == 0 || clock_left(x->asked_until) > 0)
		return false;
	if (x->killed) {
		end_worker(s, "the keeper of mail workers does not answer");
		return true;
	}
	worker_lost(s, "the mail worker did not answer in time");
	mail_worker_kill(&x->worker);
	/* nothing is asked before the keeper says that it is done */
	x->killed = true;
	x->asked_until = clock_after(SCAN_KILL_MS);
	return true;
}

bool
scan_turn(struct sess *s)
{
	struct scan *x = s->scan;
	struct mail_message a;
	bool moved = false;
	int rc = 0;

	if (x == NULL)
		return false;
	/* asked for what is not there yet, it would be at every turn */
	while (x->ready && x->worker.work >= 0 && x->asked_until != 0 &&
	    (rc = mail_talk_receive(x->worker.work, x->talk, &a)) > 0) {
		hear(s, &a);
		mail_talk_forget(&a);
		moved = true;
	}
	x->ready = false;
	if (rc < 0) {
		/* the keeper is gone, or speaks nonsense */
		end_worker(s, "the mail worker is gone");
		moved = true;
	}
	moved |= overdue(s);
	return ask_next(s) || moved;
}

void
scan_decode(struct sess *s, const struct scan_mail *m,
    const struct mail_part *p)
{
	scan_decode_end(s);
	s->scan->decode = (struct scan_decode){
		.active = true, .mail = m, .body = p->body, .cte = p->cte,
		.octets.fd = -1,
	};
	ask_next(s);
}

void
scan_decode_end(struct sess *s)
{
	struct scan_decode *d = &s->scan->decode;

	spool_drop(&s->scan->spool, &d->octets);
	*d = (struct scan_decode){ .octets.fd = -1 };
}
