/* A mail in a file, for test-imap4. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "known.h"
#include "main_testmail.h"
#include "sealed.h"
#include "vis.h"
#include "worker.h"

enum {
	/* For taking apart and putting together; a session has as long. */
	WORK_MS = 60000,
	ARENA = 16 << 20,
};

/* The mail that was read last. */
static struct {
	bool open;
	struct worker worker;
	struct arena arena;
	char *cache;			/* the configuration, changed */
	struct conf conf;
	struct str map;			/* of the index */
	struct mail_index index;
	struct known known;
	const struct testmail_ask *ask;
	uint8_t virus;			/* what the expression says, */
	struct acl_list virus_names;	/* of documents, too */
	uint32_t spam;
	char why[TESTEXPR_FILE + 200];
	struct mail_facts facts;
} t;

void
testfile_close(void)
{
	if (!t.open)
		return;
	worker_close(&t.worker);
	sealed_unmap(t.map);
	arena_fini(&t.arena);
	conf_close(&t.conf);
	free(t.cache);
	t.cache = NULL;
	t.map = STR_NULL;
	t.open = false;
}

/* ---- the configuration ---------------------------------------------------- */

static void *
row_at(struct conf_ref table, size_t size, uint32_t i)
{
	return t.cache + table.off + i * size;
}

/* A copy in which nobody is asked, and nothing kept. */
static int
copy_conf(const struct conf *c)
{
	struct conf_main *m;

	t.cache = malloc(c->size);
	if (t.cache == NULL)
		return -1;
	memcpy(t.cache, c->map, c->size);
	m = row_at(c->head->main, sizeof *m, 0);
	m->quarantine.dir = (struct conf_ref){ 0, 0 };
	for (uint32_t i = 0; i < m->command_acls.n; i++) {
		struct conf_command_acl *a = row_at(m->command_acls,
		    sizeof *a, i);

		for (unsigned d = 0; d < CONF_DIRECTIONS; d++)
			a->mail[d].antivirus = a->mail[d].antispam = 0;
	}
	for (uint32_t i = 0; i < m->mail_acls.n; i++)
		((struct conf_mail_acl *)row_at(m->mail_acls,
		    sizeof(struct conf_mail_acl), i))->quarantine = 0;
	return conf_open_mem(&t.conf, t.cache, c->size, CONF_CHECK_HEAD);
}

/* ---- facts ---------------------------------------------------------------- */

/* "1.2", the mail itself is "1". */
static void
number_of(uint32_t row, char *out, size_t size)
{
	uint32_t up[MIME_DEPTH_MAX + 1], n = 0;
	const struct mail_part *p;
	size_t at = 0;

	for (p = mail_index_part(&t.index, row); p != NULL &&
	    p->parent != MAIL_NONE && n < MIME_DEPTH_MAX; p = mail_index_part(
	    &t.index, p->parent))
		up[n++] = p->number;
	snprintf(out, size, "%s", n == 0 ? "1" : "");
	while (n-- > 0 && at < size)
		at += (size_t)snprintf(out + at, size - at, "%s%u",
		    at ? "." : "", up[n]);
}

static void
label_of(const struct acl_doc_facts *d, uint32_t row, char *label)
{
	char number[80], type[80], name[80];

	number_of(row, number, sizeof number);
	snprintf(label, TESTMAIL_LABEL, "%s: %s \"%s\"", number,
	    d->type.n > 0 ? vis(type, sizeof type, d->type) :
	    "not identified", vis(name, sizeof name, d->names.n > 0 ?
	    d->names.at(&d->names, 0) : STR("")));
}

static void
doc_of(const struct testmail *m, uint32_t i, struct acl_doc_facts *d_r,
    char *label)
{
	(void)m;
	known_doc(&t.known, i, NULL, d_r);
	d_r->virus = t.virus;
	d_r->spam = t.spam;
	label_of(d_r, t.known.docs[i], label);
}

/* What the expression says of scanners, for rules and for notices. */
static void
say_verdict(struct testmail *m)
{
	struct judged *j = &t.worker.judged;
	struct testmail said;

	testmail_said(t.ask, &said);
	t.virus = m->facts.virus = said.facts.virus;
	t.spam = m->facts.spam = said.facts.spam;
	m->text[0] = str_c(t.ask->e->virus_name);
	m->facts.virus_names = acl_list_of(&m->text[0], m->text[0].n > 0);
	j->virus = (enum mail_virus)t.virus;
	j->virus_name = m->text[0];
	j->spam = t.spam == CONF_SPAM_UNKNOWN ? MAIL_SPAM_UNKNOWN :
	    (int32_t)t.spam;
	for (uint32_t i = 0; i < j->nrows; i++) {
		j->rows[i].verdict = arena_alloc(&t.arena,
		    sizeof *j->rows[i].verdict);
		scan_say(j->rows[i].verdict, (enum scan_status)t.virus,
		    m->text[0], STR_NULL);
	}
}

static void
tell_facts(struct testmail *m, uint64_t size)
{
	known_open(&t.known, &t.index, &t.arena);
	known_mail(&t.known, NULL, size, &m->facts);
	m->docs = t.known.ndocs;
	m->doc = doc_of;
	m->rejected = t.facts.rejected ? t.facts.why : NULL;
	m->corrected = t.facts.corrected;
	say_verdict(m);
}

/* ---- reading -------------------------------------------------------------- */

static int
fail(const char **why_r, const char *why)
{
	snprintf(t.why, sizeof t.why, "mail: %s: %s", t.ask->e->mail, why);
	*why_r = t.why;
	return -1;
}

static int
judge(int fd, uint64_t size, struct testmail *m, const char **why_r)
{
	const struct mail_judge q = { .serial = 1,
	    .command_acl = t.ask->command_row, .size = size,
	    .direction = t.ask->e->direction, .language = t.ask->language,
	    .ms = WORK_MS, .id = "test-imap4" };
	int index;

	*m = (struct testmail){ .docs = 0 };
	worker_judge(&t.worker, &q, STR_NULL, fd, -1, &t.facts, &index);
	if (t.facts.status != MAIL_FACTS_OK) {
		m->facts.why = t.facts.why;
		m->facts.size = size;
		m->facts.virus = CONF_VIRUS_ERROR;
		m->facts.spam = CONF_SPAM_UNKNOWN;
		m->facts.virus_names = acl_list_of(NULL, 0);
		return 0;
	}
	t.map = sealed_map(index, t.facts.index_size);
	fd_close(&index);
	if (t.map.n == 0 || mail_index_open(&t.index, t.map.p, t.map.n,
	    size) < 0)
		return fail(why_r, "its index is not valid");
	tell_facts(m, size);
	return 0;
}

int
testfile_read(const struct testmail_ask *ask, struct testmail *m_r,
    const char **why_r)
{
	struct stat st;
	int fd;

	testfile_close();
	t.ask = ask;
	fd = open(ask->e->mail, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		fail(why_r, fd < 0 ? strerror(errno) : "not a regular file");
		fd_close(&fd);
		return -1;
	}
	arena_init(&t.arena, ARENA, NULL, NULL);
	t.open = true;
	if (copy_conf(ask->c) < 0 || worker_open(&t.worker, &t.conf,
	    why_r) < 0) {
		fd_close(&fd);
		return fail(why_r, "no memory");
	}
	return judge(fd, (uint64_t)st.st_size, m_r, why_r);
}

/* ---- editing -------------------------------------------------------------- */

static void
tell_edits(const struct mail_edited *e, const struct mail_edit_done *done,
    const struct answer *answer)
{
	char text[300], number[80], what[60], detail[80];

	answer_list_begin(answer, "edits");
	for (uint32_t i = 0; i < e->edits; i++) {
		number_of(done[i].part, number, sizeof number);
		vis(what, sizeof what, str_c(done[i].what));
		vis(detail, sizeof detail, str_c(done[i].detail));
		snprintf(text, sizeof text, "%s: %s%s%s", number, what,
		    *detail ? " " : "", detail);
		answer_list(answer, text);
	}
	answer_list_end(answer);
}

static void
write_mail(int fd, uint64_t size, const char *output,
    const struct answer *answer)
{
	int to = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char buf[1 << 16];
	uint64_t at = 0;
	ssize_t n = 1;

	while (to >= 0 && at < size && n > 0) {
		n = pread(fd, buf, size - at < sizeof buf ?
		    (size_t)(size - at) : sizeof buf, (off_t)at);
		if (n > 0 && fd_write_all(to, (struct str){ buf,
		    (size_t)n }) < 0)
			n = -1;
		at += n > 0 ? (uint64_t)n : 0;
	}
	if (to < 0 || at < size)
		answer_note(answer, "output", strerror(errno));
	fd_close(&to);
}

/* Rows of the index, with those of doc-acl. */
static uint32_t *
docs_of(const struct testmail_choice *chosen, uint32_t n)
{
	uint32_t *docs = arena_alloc(&t.arena, (n + 1) * sizeof *docs);

	for (uint32_t i = 0; i < n; i++)
		docs[i] = MAIL_NONE;
	for (uint32_t i = 0; i < t.known.ndocs; i++)
		if (chosen->docs[i] >= 0)
			docs[t.known.docs[i]] = (uint32_t)chosen->docs[i];
	return docs;
}

void
testfile_edit(const struct testmail_choice *chosen, const char *output,
    const struct answer *answer)
{
	uint32_t n = mail_index_parts(&t.index);
	const struct mail_edit q = { .serial = 1, .docs = n, .ms = WORK_MS,
	    .mail_acl = chosen->mail < 0 ? MAIL_NONE :
	    (uint32_t)chosen->mail };
	struct mail_edit_done *done = NULL;
	struct mail_edited e;
	int index, octets;

	if (chosen->denied)
		return;
	worker_edit(&t.worker, &q, docs_of(chosen, n), -1, &e, &index,
	    &octets, &done);
	fd_close(&index);
	if (e.status != MAIL_FACTS_OK) {
		answer_note(answer, "edits", e.why);
	} else {
		tell_edits(&e, done, answer);
		if (output != NULL)
			write_mail(e.unchanged ? t.worker.judged.fd : octets,
			    e.unchanged ? t.worker.judged.octets.n : e.size,
			    output, answer);
	}
	fd_close(&octets);
}
