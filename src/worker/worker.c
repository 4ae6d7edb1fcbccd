#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "allowance.h"
#include "clock.h"
#include "err.h"
#include "fd.h"
#include "filter.h"
#include "indexing.h"
#include "jail.h"
#include "log.h"
#include "readings.h"
#include "sealed.h"
#include "worker.h"

static void
overflow(void *ctx)
{
	struct worker *w = ctx;

	longjmp(w->full, 1);
}

int
worker_open(struct worker *w, const struct conf *c, const char **why_r)
{
	const struct conf_quarantine *q = &c->main->quarantine;
	const char *dir = conf_cstr(c, q->dir);

	*w = (struct worker){ .conf = c, .judged.fd = -1, .make.fd = -1,
	    .quarantine.dir = -1 };
	w->memory = WORKER_ARENA;
	arena_init(&w->arena, w->memory, overflow, w);
	mime_charsets_init(&w->charsets);
	mime_charsets_load(&w->charsets);
	typing_open(&w->typing, c);
	replace_open(&w->replace, c);
	if (*dir != '\0' && quarantine_open(&w->quarantine, dir,
	    q->max_size) < 0)
		w->lacks = w->quarantine.why;
	if (w->typing.why != NULL)
		w->lacks = w->typing.why;
	if (engines_open(&w->engines, c)) {
		if (w->engines.lacks != NULL)
			w->lacks = w->engines.lacks;
		return 0;
	}
	*why_r = "no memory for engines";
	return -1;
}

void
worker_close(struct worker *w)
{
	worker_forget(w);
	engines_close(&w->engines);
	quarantine_close(&w->quarantine);
	replace_close(&w->replace);
	typing_close(&w->typing);
	mime_charsets_fini(&w->charsets);
	arena_fini(&w->arena);
}

void
worker_forget(struct worker *w)
{
	int fd = w->judged.fd;

	judged_close(&w->judged);
	fd_close(&fd);
	mail_make_drop(&w->make);
	w->apart = false;
	w->findings = STR_NULL;
	arena_fini(&w->arena);
	arena_init(&w->arena, w->memory, overflow, w);
}

/* ---- JUDGE --------------------------------------------------------------- */

static void
facts_fail(struct mail_facts *a, enum mail_facts_status status,
    const char *why)
{
	a->status = (uint8_t)status;
	snprintf(a->why, sizeof a->why, "%s", why);
}

static struct str
text_or_none(const char *text)
{
	return *text != '\0' ? str_c(text) : STR_NULL;
}

static bool
set_question(struct worker *w, const struct mail_judge *q, struct str known,
    int octets)
{
	struct judged *j = &w->judged;

	*j = (struct judged){
		.conf = w->conf, .direction = q->direction,
		.language = q->language, .id = w->asked.id,
		.user = text_or_none(w->asked.user), .fd = octets,
		.deadline = clock_after(q->ms), .known = known, .off = q->off,
		.octets = { NULL, q->size }, .arena = &w->arena,
		.charsets = &w->charsets, .virus = MAIL_VIRUS_SKIPPED,
		.spam = MAIL_SPAM_UNKNOWN,
	};
	j->cacl = CONF_AT(w->conf, struct conf_command_acl,
	    w->conf->main->command_acls, q->command_acl);
	if (j->cacl == NULL || q->direction >= CONF_DIRECTIONS ||
	    q->language > CONF_LANG_CZ_1250)
		return false;
	j->dir = &j->cacl->mail[q->direction];
	return true;
}

static void
let_go(void *ctx, struct str octets)
{
	const struct judged *j = ctx;
	uint64_t off = (uint64_t)(octets.p - j->octets.p);

	judged_behind(j, off, off + octets.n);
}

/* What mail-filter says, and whether readers may still differ. */
static void
ask_filter(struct worker *w, struct mail_facts *a)
{
	static struct filter f;
	struct judged *j = &w->judged;
	struct mime_edits e;

	f = (struct filter){ .rules = &j->dir->filter,
		.language = j->language, .decoded = true,
		.passed = let_go, .ctx = j };
	mime_edits_init(&e, j->arena, j->octets, j->parts.mail, j->charsets);
	filter_mail(&f, j->parts.mail, &e, 1);
	a->corrected = f.verdict == CONF_MEND_CORRECT;
	a->rejected = f.verdict == CONF_MEND_REJECT;
	if (a->rejected)
		snprintf(a->why, sizeof a->why, "%s", f.why);
	if (f.malformed || f.is_signed)
		j->rows[0].marks |= MAIL_MALFORMED;
}

static void judge_anew(struct worker *w, int file, struct mail_facts *a,
    int *index_r);

static void
judge(struct worker *w, int file, struct mail_facts *a, int *index_r)
{
	struct inspect in = { .typing = &w->typing, .engines = &w->engines,
		.scratch = &w->scratch };
	const char *why = "";
	int rc = judged_open(&w->judged, &why);

	if (rc < 0) {
		facts_fail(a, rc == ERR_LIMIT ? MAIL_FACTS_LIMIT :
		    MAIL_FACTS_ERROR, why);
		return;
	}
	scratch_begin(&w->scratch, file);
	inspect_mail(&in, &w->judged);
	if (w->engines.differs) {
		judge_anew(w, file, a, index_r);
		return;
	}
	ask_filter(w, a);
	rc = indexing_make(&w->judged, &w->make, index_r, &a->index_size);
	if (rc < 0) {
		facts_fail(a, rc == ERR_LIMIT ? MAIL_FACTS_LIMIT :
		    MAIL_FACTS_ERROR, rc == ERR_LIMIT ?
		    "more fields and parts than are listed" :
		    "its index cannot be written");
		a->index_size = 0;
		return;
	}
	w->findings = engines_findings(&w->engines, &w->judged);
	w->apart = true;
}

/*
 * What was known is about other objects than the mail has: as if unknown, in
 * the time that is left.
 */
static void
judge_anew(struct worker *w, int file, struct mail_facts *a, int *index_r)
{
	int64_t deadline = w->judged.deadline;
	int octets = w->judged.fd;

	w->judged.fd = -1;
	worker_forget(w);
	if (!set_question(w, &w->asked, STR_NULL, octets))
		return;
	w->judged.deadline = deadline;
	judge(w, file, a, index_r);
}

void
worker_judge(struct worker *w, const struct mail_judge *q, struct str known,
    int octets, int file, struct mail_facts *a_r, int *index_r)
{
	*a_r = (struct mail_facts){ .serial = q->serial };
	*index_r = -1;
	worker_forget(w);
	w->asked = *q;
	if (!set_question(w, q, known, octets)) {
		facts_fail(a_r, MAIL_FACTS_ERROR,
		    "a question that cannot be");
		return;
	}
	allowance_begin(q->size);
	if (setjmp(w->full) == 0) {
		judge(w, file, a_r, index_r);
		return;
	}
	/* what was in work is left as it is: this process ends soon */
	w->spent = true;
	a_r->index_size = 0;
	facts_fail(a_r, MAIL_FACTS_LIMIT,
	    "it takes more memory than a mail may");
}

struct str
worker_findings(const struct worker *w)
{
	return w->findings;
}

/* ---- EDIT ---------------------------------------------------------------- */

static void
edit_fail(struct mail_edited *a, enum mail_facts_status status,
    const char *why)
{
	a->status = (uint8_t)status;
	snprintf(a->why, sizeof a->why, "%s", why);
}

static struct str
acl_text(struct worker *w, struct conf_ref name, uint32_t line)
{
	struct str title = conf_str(w->conf, name), file;
	uint32_t n;

	if (!conf_line_at(w->conf, line, &file, &n))
		return title;
	return str_c(arena_printf(&w->arena, "%.*s %.*s:%u", STR_ARG(title),
	    STR_ARG(file), n));
}

/* The ACLs that decided, each once. */
static size_t
name_acls(struct worker *w, const struct conf_mail_acl *acl,
    const uint32_t *docs, uint32_t n, struct str out[WORKER_NOTE_ACLS])
{
	const struct conf_doc_acl *doc;
	struct judged_list l = { .n = 0 };

	if (acl != NULL)
		judged_add(&w->arena, &l, acl_text(w, acl->name, acl->line));
	for (uint32_t i = 0; i < n && l.n < WORKER_NOTE_ACLS; i++) {
		doc = CONF_AT(w->conf, struct conf_doc_acl,
		    w->conf->main->doc_acls, docs[i]);
		if (doc != NULL)
			judged_add(&w->arena, &l,
			    acl_text(w, doc->name, doc->line));
	}
	if (l.n > 0)
		memcpy(out, l.s, l.n * sizeof *out);
	return l.n;
}

static void
quarantine(struct worker *w, const struct mail_edit *q,
    const struct conf_mail_acl *acl, const uint32_t *docs,
    struct mail_edited *a)
{
	const struct judged *j = &w->judged;
	struct str acls[WORKER_NOTE_ACLS];
	char name[QUARANTINE_NAME];
	struct quarantine_note note = {
		.session = str_c(j->id), .direction = j->direction ==
		    CONF_UPLOAD ? STR("upload") : STR("download"),
		.virus_status = str_c(scan_status_name((enum scan_status)
		    j->virus)), .virus = j->virus_name,
		.message_id = j->message_id, .subject = j->subject,
		.spam = j->spam, .spam_known = j->spam != MAIL_SPAM_UNKNOWN,
		.denied = q->denied, .acls = acls,
		.user = j->user, .why = text_or_none(q->why),
	};

	note.nacls = name_acls(w, acl, docs, q->docs, acls);
	a->quarantined = quarantine_keep(&w->quarantine, j->octets, &note,
	    name) > 0;
	if (!a->quarantined)
		snprintf(a->why, sizeof a->why, "quarantine: %s",
		    w->quarantine.why ? w->quarantine.why : "there is none");
}

/* By a doc-acl's order, 0 the direction's; "": none, or it is not known. */
static struct str
type_of(const struct judged_part *row, unsigned order)
{
	if (order == 0)
		return row->identified;
	return order <= row->nordered ? row->ordered[order - 1] : STR("");
}

static void
part_of(void *ctx, uint32_t id, unsigned type_order, struct actions_part *p_r)
{
	const struct judged *j = ctx;
	const struct judged_part *row = &j->rows[id];

	*p_r = (struct actions_part){
		.identified = type_of(row, type_order),
		.declared = row->declared,
		.name = row->names.n > 0 ? row->names.s[0] : STR_NULL,
		.virus = row->verdict ? (enum mail_virus)row->verdict->status :
		    MAIL_VIRUS_SKIPPED,
	};
	if (p_r->virus == MAIL_VIRUS_FOUND)
		p_r->virus_name = str_c(row->verdict->name);
}

/* The index of the mail that was written; its parts are measured again. */
static int
index_outcome(struct worker *w, struct mail_edited *a, int *index_r)
{
	static struct engines none;
	static struct typing untyped;
	static const struct conf_mail_dir nobody;
	struct inspect in = { .typing = &untyped, .engines = &none,
		.scratch = &w->scratch, .measure = true };
	struct judged j = w->judged;
	const char *why;
	int rc;

	j.dir = &nobody;
	j.fd = outcome_fd(&w->outcome);
	j.off = 0;
	j.octets = (struct str){ NULL, a->size };
	j.message_id = j.subject = STR_NULL;
	scratch_begin(&w->scratch, -1);
	rc = j.fd < 0 ? ERR_IO : judged_open(&j, &why);
	if (rc == 0) {
		inspect_mail(&in, &j);
		j.virus = w->judged.virus;
		j.virus_name = w->judged.virus_name;
		j.spam = w->judged.spam;
		rc = indexing_make(&j, &w->make, index_r, &a->index_size);
	}
	fd_close(&j.fd);
	judged_close(&j);
	return rc;
}

static void
rewrite(struct worker *w, struct actions *x, struct mail_edited *a,
    int *index_r, int *octets_r, struct mail_edit_done **done_r)
{
	const struct judged *j = &w->judged;
	struct rewrite_place place = outcome_place(&w->outcome);
	struct rewrite *r = arena_alloc(&w->arena, sizeof *r);
	bool in_file;
	int rc;

	*r = (struct rewrite){ .arena = &w->arena, .charsets = &w->charsets,
		.rules = &j->dir->filter, .actions = x,
		.same_length = j->cacl->same_length };
	r->filter.language = j->language;
	r->filter.decoded = true;
	rc = rewrite_mail(r, j->octets, j->parts.mail, &place);
	if (rc < 0) {
		edit_fail(a, rc == ERR_REFUSED ? MAIL_FACTS_LIMIT :
		    MAIL_FACTS_ERROR, r->why);
		return;
	}
	*done_r = r->done;
	a->edits = r->ndone < WORKER_EDITS ? r->ndone : WORKER_EDITS;
	a->edits_left_out = r->ndone - a->edits;
	a->unchanged = !r->changed;
	if (a->unchanged)
		return;
	a->size = r->octets.n;
	if (index_outcome(w, a, index_r) < 0 ||
	    !outcome_take(&w->outcome, &in_file, octets_r)) {
		edit_fail(a, MAIL_FACTS_ERROR,
		    "the edited mail cannot be given back");
		return;
	}
	a->in_file = in_file;
}

static void
edit(struct worker *w, const struct mail_edit *q, const uint32_t *docs,
    int file, struct mail_edited *a, int *index_r, int *octets_r,
    struct mail_edit_done **done_r)
{
	struct judged *j = &w->judged;
	const struct conf_mail_acl *acl = CONF_AT(w->conf,
	    struct conf_mail_acl, w->conf->main->mail_acls, q->mail_acl);
	struct actions x = {
		.conf = w->conf, .replace = &w->replace,
		.language = j->language, .virus = j->virus,
		.virus_name = j->virus_name, .spam = j->spam,
		.part = part_of, .ctx = j, .mail_acl = q->mail_acl,
		.docs = docs, .ndocs = q->docs,
	};

	if (acl != NULL && acl->quarantine)
		quarantine(w, q, acl, docs, a);
	a->unchanged = 1;
	if (q->denied)
		return;
	outcome_begin(&w->outcome, file);
	rewrite(w, &x, a, index_r, octets_r, done_r);
	outcome_end(&w->outcome);
	if (a->status == MAIL_FACTS_OK)
		return;
	fd_close(index_r);
	fd_close(octets_r);
	a->index_size = 0;
	a->edits = 0;
}

void
worker_edit(struct worker *w, const struct mail_edit *q,
    const uint32_t *docs, int file, struct mail_edited *a_r, int *index_r,
    int *octets_r, struct mail_edit_done **done_r)
{
	*a_r = (struct mail_edited){ .serial = q->serial };
	*index_r = *octets_r = -1;
	*done_r = NULL;
	if (!w->apart || q->serial != w->asked.serial) {
		edit_fail(a_r, MAIL_FACTS_ERROR,
		    "it is not the mail that was judged");
		return;
	}
	if (q->docs != 0 && q->docs != w->judged.nrows) {
		edit_fail(a_r, MAIL_FACTS_ERROR,
		    "decisions about other parts than there are");
		return;
	}
	allowance_begin(w->judged.octets.n);
	if (setjmp(w->full) == 0) {
		edit(w, q, docs, file, a_r, index_r, octets_r, done_r);
		return;
	}
	w->spent = true;
	*a_r = (struct mail_edited){ .serial = q->serial };
	*index_r = *octets_r = -1;
	*done_r = NULL;
	edit_fail(a_r, MAIL_FACTS_LIMIT,
	    "it takes more memory than a mail may");
}

/* ---- DECODE -------------------------------------------------------------- */

struct outlet {
	int fd;
	uint64_t n;
	bool failed;
};

static bool
put_out(void *ctx, struct str s)
{
	struct outlet *o = ctx;

	while (s.n > 0) {
		ssize_t n = pwrite(o->fd, s.p, s.n, (off_t)o->n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			o->failed = true;
			return false;
		}
		o->n += (uint64_t)n;
		s.p += n;
		s.n -= (size_t)n;
	}
	return true;
}

static bool
decode_to(const struct mail_decode *q, struct str body, struct outlet *o)
{
	struct readings_sink to = { .write = put_out, .ctx = o };
	static struct decoded d;
	struct readings l;

	if (q->cte >= MIME_CTE_UNKNOWN)
		return false;
	readings_begin(&l, (enum mime_cte)q->cte, 0);
	readings_decode(&l.r[0], body, &to, &d);
	return !o->failed;
}

/* The octets of a body, mapped with the page they begin in. */
static struct str
map_body(const struct mail_decode *q, int fd)
{
	uint64_t page = q->off / 4096 * 4096, n = q->size + (q->off - page);
	struct stat st;
	char *p;

	if (fstat(fd, &st) < 0 || q->off > (uint64_t)st.st_size ||
	    q->size > (uint64_t)st.st_size - q->off)
		return STR_NULL;
	if (q->size == 0)
		return STR("");
	p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, (off_t)page);
	return p == MAP_FAILED ? STR_NULL :
	    (struct str){ p + (q->off - page), q->size };
}

static void
unmap_body(const struct mail_decode *q, struct str body)
{
	size_t before = q->off % 4096;

	if (body.n > 0)
		munmap((void *)(uintptr_t)(body.p - before),
		    body.n + before);
}

void
worker_decode(struct worker *w, const struct mail_decode *q, int octets,
    int file, struct mail_decoded *a_r, int *octets_r)
{
	struct str body = map_body(q, octets);
	bool filed = file >= 0 && q->size > WORKER_DECODE_MEMORY;
	struct outlet o = { .fd = file };
	bool ok;

	(void)w;
	*a_r = (struct mail_decoded){ .serial = q->serial };
	*octets_r = -1;
	if (body.p == NULL)
		return;
	allowance_begin(q->size);
	if (!filed)
		o.fd = memfd_create("imap4-decoded", MFD_CLOEXEC |
		    MFD_ALLOW_SEALING);
	ok = o.fd >= 0 && decode_to(q, body, &o) &&
	    (filed || sealed_make(o.fd));
	unmap_body(q, body);
	if (!filed && ok)
		*octets_r = o.fd;
	else if (!filed)
		fd_close(&o.fd);
	a_r->ok = ok;
	a_r->in_file = ok && filed;
	a_r->size = ok ? o.n : 0;
}

/* ---- a session ----------------------------------------------------------- */

static void
answer(int work, struct mail_message *m)
{
	struct pollfd p = { work, POLLOUT, 0 };
	int rc;

	while ((rc = mail_talk_send(work, m)) == 0)
		poll(&p, 1, -1);
	mail_talk_forget(m);
	if (rc < 0)
		_exit(0);	/* nobody is there */
}

static void
do_judge(struct worker *w, int work, struct mail_message *q)
{
	struct mail_message a = { .kind = MAIL_FACTS, .fd = { -1, -1, -1 } };
	int octets = q->fd[0];

	q->fd[0] = -1;
	worker_judge(w, &q->u.judge, q->rest, octets, q->fd[1], &a.u.facts,
	    &a.fd[0]);
	a.rest = worker_findings(w);
	answer(work, &a);
}

/* The decisions, which came in the message or in a memfd. */
static struct str
docs_of(const struct mail_message *q)
{
	return q->fd[1] < 0 ? q->rest : sealed_map(q->fd[1],
	    (uint64_t)q->u.edit.docs * sizeof(uint32_t));
}

static void
do_edit(struct worker *w, int work, struct mail_message *q)
{
	struct mail_message a = { .kind = MAIL_EDITED, .fd = { -1, -1, -1 } };
	struct mail_edit_done *done = NULL;
	struct str docs = docs_of(q);

	/* without them nothing was decided */
	if (docs.p == NULL && q->u.edit.docs > 0)
		_exit(1);
	worker_edit(w, &q->u.edit, (const uint32_t *)(const void *)docs.p,
	    q->fd[0], &a.u.edited, &a.fd[0], &a.fd[1], &done);
	if (q->fd[1] >= 0)
		sealed_unmap(docs);
	a.rest = (struct str){ (const char *)done,
	    a.u.edited.edits * sizeof *done };
	answer(work, &a);
}

static void
do_decode(struct worker *w, int work, struct mail_message *q)
{
	struct mail_message a = { .kind = MAIL_DECODED, .fd = { -1, -1, -1 } };

	worker_decode(w, &q->u.decode, q->fd[0], q->fd[1], &a.u.decoded,
	    &a.fd[0]);
	answer(work, &a);
}

static void
do_question(struct worker *w, int work, struct mail_message *q)
{
	switch (q->kind) {
	case MAIL_JUDGE:
		do_judge(w, work, q);
		break;
	case MAIL_EDIT:
		do_edit(w, work, q);
		break;
	case MAIL_DECODE:
		do_decode(w, work, q);
		break;
	default:
		_exit(1);	/* what a session never asks */
	}
	mail_talk_forget(q);
}

/* Until something is asked, or for so long. */
static bool
wait_work(int work, int ms)
{
	struct pollfd p = { work, POLLIN, 0 };

	return poll(&p, 1, ms) > 0;
}

static void
seal(void)
{
	const char *why;

	if (jail_enter(JAIL_WORKER, &why) == 0)
		return;
	log_msg(LOG_WORKER_FAILED, "%s", why);
	_exit(1);
}

_Noreturn void
worker_serve(void *worker, int work)
{
	static char buf[MAIL_TALK_MAX] __attribute__((aligned(8)));
	struct worker *w = worker;
	struct mail_message q;
	int rc;

	seal();
	while (!w->spent) {
		if (!wait_work(work, WORKER_REST_MS)) {
			engines_rest(&w->engines);
			if (!wait_work(work, WORKER_IDLE_MS - WORKER_REST_MS))
				break;
		}
		rc = mail_talk_receive(work, buf, &q);
		if (rc == ERR_EOF)
			break;
		if (rc < 0)
			_exit(1);
		if (rc > 0)
			do_question(w, work, &q);
	}
	_exit(0);
}
