#include <sys/stat.h>
#include <sys/sysinfo.h>

#include <limits.h>

#include "arena.h"
#include "check.h"
#include "doors.h"
#include "numset.h"
#include "rows.h"

enum {
	/*
	 * MemoryMax of a session's unit, and what it needs beside its spool:
	 * the worker, what it reads of a mail, and the mail's index.
	 */
	UNIT_MB = 512,
	BESIDE_MB = 320,
	/* MemoryMax of wait mode's unit, of the machine's memory. */
	WAIT_PERCENT = 80,
};

static const struct conf_command_acl *
command_acl(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_command_acl,
	    ck->m->command_acls, i);
}

static const struct conf_mail_acl *
mail_acl(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_mail_acl, ck->m->mail_acls, i);
}

static const struct conf_doc_acl *
doc_acl(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_doc_acl, ck->m->doc_acls, i);
}

/* Engines of all that scan. */
static uint32_t
engines(const struct check *ck)
{
	uint32_t all = 0;

	for (uint32_t i = 0; i < ck->m->command_acls.n; i++) {
		const struct conf_command_acl *a = command_acl(ck, i);

		if (conf_scans(a))
			all |= a->mail[CONF_DOWNLOAD].antivirus |
			    a->mail[CONF_UPLOAD].antivirus;
	}
	return all;
}

/* ---- one command-acl ---------------------------------------------------- */

static bool
door(const struct conf_key *k, unsigned row)
{
	switch (k->type) {
	case KEY_COMMANDS: return acl_door_command((enum imap_row)row);
	case KEY_CAPABILITIES: return acl_door_capability(row);
	default: return acl_door_item(row);
	}
}

/* Ways round the scanner that are spelled out. */
static void
check_doors(struct check *ck, const struct tree_node *n)
{
	static const char *const keys[] = { "commands", "capabilities",
		"fetch-items" };

	for (unsigned i = 0; i < 3; i++) {
		const struct conf_key *k = conf_key_find(n->def, keys[i]);
		const struct tree_entry *e = tree_entry(n, k);

		for (const struct tree_value *v = e ? e->first : NULL;
		    v != NULL; v = v->next) {
			int row = rows_of(k)->row(str_c(v->text));

			if (row >= 0 && door(k, (unsigned)row))
				CHECK_WARN(ck, n, keys[i], "%s is there in "
				    "vain: it would go round the scanner",
				    v->text);
		}
	}
}

/* One engine's free is enough for all of them. */
static void
check_masks(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	uint32_t down = a->mail[CONF_DOWNLOAD].antivirus;
	uint32_t up = a->mail[CONF_UPLOAD].antivirus;

	if (!a->require_all && ((down & (down - 1)) || (up & (up - 1))))
		CHECK_WARN(ck, n, "use-antivirus", "several: a free of one "
		    "hides an error of another: write require-all = yes");
}

/* A session's own limit comes first. */
static void
check_max_mail(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	static const char names[][13] = { "max-mail-in", "max-mail-out" };

	for (unsigned d = 0; d < CONF_DIRECTIONS; d++) {
		uint64_t ends = conf_max_mail(a, d), max = a->mail[d].max_mail;

		if (ends != 0 && max > ends)
			CHECK_WARN(ck, n, "max-mail", "in vain: %s ends the "
			    "session before it denies a mail", names[d]);
	}
}

/* What is written for mails, where none is looked at. */
static void
check_unscanned(struct check *ck, const struct tree_node *n)
{
	static const char *const keys[] = { "use-antivirus",
		"use-antispam", "max-mail", "mail-filter", "download", "upload", "require-all", "index" };

	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
		if (check_written(n, keys[i]))
			CHECK_WARN(ck, n, keys[i], "in vain: with "
			    "no-mail-scanning mails pass as they are");
}

static bool
takes(const struct check *ck, const struct conf_conditions *when,
    uint8_t direction, const struct conf_command_acl *a,
    enum conf_direction d)
{
	return (direction == 0 || direction == d + 1) &&
	    check_set_has(ck, &when->parent, conf_str(&ck->conf, a->name));
}

/* Is any ACL for its mails of a direction? */
static bool
any_mail(const struct check *ck, const struct conf_command_acl *a,
    enum conf_direction d)
{
	for (uint32_t i = 0; i < ck->m->mail_acls.n; i++)
		if (takes(ck, &mail_acl(ck, i)->when,
		    mail_acl(ck, i)->direction, a, d))
			return true;
	return false;
}

static bool
any_doc(const struct check *ck, const struct conf_command_acl *a,
    enum conf_direction d)
{
	for (uint32_t i = 0; i < ck->m->doc_acls.n; i++)
		if (takes(ck, &doc_acl(ck, i)->when,
		    doc_acl(ck, i)->direction, a, d))
			return true;
	return false;
}

/* None is a rejection. */
static void
check_any(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	static const struct {
		char name[9];
		bool (*any)(const struct check *,
		    const struct conf_command_acl *, enum conf_direction);
	} phases[] = { { "mail-acl", any_mail }, { "doc-acl", any_doc } };

	for (unsigned i = 0; i < 2; i++) {
		bool down = phases[i].any(ck, a, CONF_DOWNLOAD);
		bool up = phases[i].any(ck, a, CONF_UPLOAD);

		if (!down || !up)
			CHECK_WARN(ck, n, "", "scans, but no %s is for its "
			    "%s: all are denied", phases[i].name,
			    down ? "uploads" : up ? "downloads" : "mails");
	}
}

/* ---- what a client may keep of a mail ----------------------------------- */

/* The key of an ACL that changes what listings show; NULL: none. */
static const char *
changes(const struct check *ck, const struct conf_command_acl *a)
{
	for (uint32_t i = 0; i < ck->m->mail_acls.n; i++) {
		const struct conf_mail_acl *m = mail_acl(ck, i);

		if (m->deny || !takes(ck, &m->when, m->direction, a,
		    CONF_DOWNLOAD))
			continue;
		if (m->prefix_subject.n > 0)
			return "prefix-subject";
		if (m->modify_headers.n > 0)
			return "modify-header";
		if (m->add_verdict_headers)
			return "add-verdict-headers";
		if (m->replace_body.n > 0)
			return "replace-body";
	}
	return NULL;
}

/* Is something corrected because it is written? */
static bool
corrects(const struct tree_node *n)
{
	const struct conf_section *in = conf_section_find(n->def, "download");
	const struct tree_node *d = tree_section(n, in, NULL);
	const struct tree_node *filters[2] = {
		tree_section(n, conf_section_find(n->def, "mail-filter"),
		    NULL),
		d ? tree_section(d, conf_section_find(in, "mail-filter"),
		    NULL) : NULL };

	for (unsigned i = 0; i < 2; i++)
		for (const struct tree_entry *e = filters[i] ?
		    filters[i]->entries : NULL; e != NULL; e = e->next)
			if (e->first && strcmp(e->first->text, "correct") == 0)
				return true;
	return false;
}

static void
check_listings(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	const char *what = changes(ck, a);

	if (what == NULL && corrects(n))
		what = "mail-filter";
	if (a->index == CONF_INDEX_LAZY && what != NULL)
		CHECK_WARN(ck, n, "index", "lazy: listings show mails that "
		    "were not judged as the server has them, and %s changes "
		    "them later: clients that keep them see both", what);
}

static void
check_command_acl(struct check *ck, uint32_t row)
{
	const struct tree_node *n = check_node(ck, "command-acl", row);
	const struct conf_command_acl *a = command_acl(ck, row);

	if (!conf_scans(a)) {
		if (!a->deny)
			check_unscanned(ck, n);
		return;
	}
	check_doors(ck, n);
	check_masks(ck, n, a);
	check_max_mail(ck, n, a);
	check_any(ck, n, a);
	check_listings(ck, n, a);
	if (a->dry_run)
		CHECK_WARN(ck, n, "dry-run", "yes: mails are judged, and pass "
		    "as they are all the same");
}

/* ---- what scanners may say ---------------------------------------------- */

enum { FAILURES = 1 << CONF_VIRUS_SKIPPED | 1 << CONF_VIRUS_UNKNOWN |
	1 << CONF_VIRUS_ERROR };

/* "skipped, unknown and error" */
static const char *
failures(unsigned bits, char *out, size_t size)
{
	static const enum conf_virus order[] = {
		CONF_VIRUS_ERROR, CONF_VIRUS_UNKNOWN, CONF_VIRUS_SKIPPED,
	};
	size_t n = 0;

	*out = '\0';
	for (unsigned i = 0; i < 3; i++)
		if (bits >> order[i] & 1)
			n += (size_t)snprintf(out + n, size - n, "%s%s",
			    n ? ", " : "", conf_viruses[order[i]]);
	return out;
}

static bool
concerns(uint8_t direction, unsigned d)
{
	return direction == 0 || direction == d + 1;
}

/* Does it let a document pass whatever was said of it? */
static bool
takes_doc(const struct conf_doc_acl *a)
{
	return a->virus_status == 0 && !a->deny && !a->remove &&
	    a->replace_file.n == 0;
}

/*
 * Statuses that doc-acls of a direction name before one that takes a document
 * whatever was said of it, whose row is *row_r; UINT32_MAX: there is none.
 */
static unsigned
named_of_docs(const struct check *ck, unsigned d, uint32_t *row_r)
{
	const struct conf_doc_acl *a;
	unsigned named = 0;

	for (uint32_t i = 0; (a = doc_acl(ck, i)) != NULL; i++) {
		if (!concerns(a->direction, d))
			continue;
		if (takes_doc(a)) {
			*row_r = i;
			return named;
		}
		named |= a->virus_status;
	}
	*row_r = UINT32_MAX;
	return named;
}

/*
 * Statuses of mails that were not scanned, and that no mail-acl or doc-acl
 * names before one that takes a mail whatever was said of it.
 */
static bool
check_failed_mails(struct check *ck, unsigned d)
{
	const struct conf_mail_acl *a;
	uint32_t row;
	unsigned named = named_of_docs(ck, d, &row);
	char words[40];

	for (uint32_t i = 0; (a = mail_acl(ck, i)) != NULL; i++) {
		if (!concerns(a->direction, d))
			continue;
		named |= a->virus_status;
		if (a->virus_status != 0 || a->deny ||
		    (named & FAILURES) == FAILURES)
			continue;
		CHECK_WARN(ck, check_node(ck, "mail-acl", i), "", "takes "
		    "mails that were not scanned, too: name %s in "
		    "virus-status of an ACL before it",
		    failures(FAILURES & ~named, words, sizeof words));
		return true;
	}
	return false;
}

/* Is a mail with a virus denied before its documents are asked about? */
static bool
denies_found(const struct check *ck, unsigned d)
{
	const struct conf_mail_acl *a;

	for (uint32_t i = 0; (a = mail_acl(ck, i)) != NULL; i++)
		if (a->deny && a->virus_status >> CONF_VIRUS_FOUND & 1 &&
		    concerns(a->direction, d))
			return true;
	return false;
}

/* Does a document with a virus leave others of its mail where they are? */
static bool
changes_found(const struct check *ck, unsigned d)
{
	const struct conf_doc_acl *a;

	for (uint32_t i = 0; (a = doc_acl(ck, i)) != NULL; i++)
		if (!a->deny && a->virus_status >> CONF_VIRUS_FOUND & 1 &&
		    concerns(a->direction, d))
			return true;
	return false;
}

/*
 * What a virus is found in has the status found, whatever else was not
 * scanned: mail-acls that name the other statuses do not hold.
 */
static bool
check_failed_docs(struct check *ck, unsigned d)
{
	uint32_t row;
	unsigned named = named_of_docs(ck, d, &row);
	char words[40];

	if (row == UINT32_MAX || (named & FAILURES) == FAILURES ||
	    denies_found(ck, d) || !changes_found(ck, d))
		return false;
	CHECK_WARN(ck, check_node(ck, "doc-acl", row), "", "takes what was "
	    "not scanned beside a virus: name %s in virus-status of an ACL "
	    "before it", failures(FAILURES & ~named, words, sizeof words));
	return true;
}

static void
check_failures(struct check *ck)
{
	bool mails = false, docs = false;

	for (unsigned d = 0; d < CONF_DIRECTIONS; d++) {
		mails = mails || check_failed_mails(ck, d);
		docs = docs || check_failed_docs(ck, d);
	}
}

/* ---- what never holds --------------------------------------------------- */

static void
check_status(struct check *ck, const struct tree_node *n, uint8_t bits,
    bool used)
{
	unsigned answers = 1 << CONF_VIRUS_FOUND | 1 << CONF_VIRUS_FREE |
	    1 << CONF_VIRUS_UNKNOWN;

	if (bits != 0 && !used && !(bits & ~answers))
		CHECK_WARN(ck, n, "virus-status", "never holds: no "
		    "command-acl that scans has use-antivirus");
}

static bool
scores(const struct check *ck)
{
	bool some = false;

	for (uint32_t i = 0; i < ck->m->command_acls.n; i++) {
		const struct conf_command_acl *a = command_acl(ck, i);

		some |= conf_scans(a) && (a->mail[CONF_DOWNLOAD].antispam > 0
		    || a->mail[CONF_UPLOAD].antispam > 0);
	}
	return some;
}

static void
check_score(struct check *ck, const struct tree_node *n,
    const struct conf_numset *s)
{
	if (!scores(ck) && numset_has(&ck->conf, s, CONF_SPAM_UNKNOWN) ==
	    ACL_FAILS)
		CHECK_WARN(ck, n, "spam-score", "never holds: no command-acl "
		    "that scans has use-antispam");
}

static void
check_rules(struct check *ck, bool scanning)
{
	bool used = engines(ck) != 0;

	for (uint32_t i = 0; i < ck->m->mail_acls.n; i++) {
		const struct tree_node *n = check_node(ck, "mail-acl", i);

		check_status(ck, n, mail_acl(ck, i)->virus_status, used);
		check_score(ck, n, &mail_acl(ck, i)->spam_score);
		if (!scanning)
			CHECK_WARN(ck, n, "", "never asked: no command-acl "
			    "scans mails");
	}
	for (uint32_t i = 0; i < ck->m->doc_acls.n; i++) {
		const struct tree_node *n = check_node(ck, "doc-acl", i);

		check_status(ck, n, doc_acl(ck, i)->virus_status, used);
		check_score(ck, n, &doc_acl(ck, i)->spam_score);
		if (!scanning)
			CHECK_WARN(ck, n, "", "never asked: no command-acl "
			    "scans mails");
	}
}

/* ---- memory ------------------------------------------------------------- */

static void
check_memory(struct check *ck)
{
	const struct tree_node *spool = tree_section(ck->root,
	    conf_section_find(&conf_vocabulary, "spool"), NULL);
	const struct tree_node *server = tree_section(ck->root,
	    conf_section_find(&conf_vocabulary, "tcpserver"), NULL);
	uint64_t memory = ck->m->spool.memory, mb = memory >> 20;
	uint64_t all = memory * ck->m->tcpserver.max_children;
	struct sysinfo s;

	if (spool != NULL && mb > UNIT_MB - BESIDE_MB)
		CHECK_WARN(ck, spool, "memory", "%llu MB, and %d MB beside it, "
		    "are more than the %d MB that imap4-proxy@.service gives "
		    "a session", (unsigned long long)mb, BESIDE_MB, UNIT_MB);
	if (server != NULL && check_written(server, "max-children") &&
	    sysinfo(&s) == 0 &&
	    all / 100 > (uint64_t)s.totalram * s.mem_unit / 10000 *
	    WAIT_PERCENT)
		CHECK_WARN(ck, server, "max-children", "%u sessions with %llu "
		    "MB of spool.memory each can need more than the memory "
		    "that imap4-proxy-wait.service may have",
		    ck->m->tcpserver.max_children, (unsigned long long)mb);
}

static void
check_spool(struct check *ck)
{
	const struct tree_node *n = tree_section(ck->root,
	    conf_section_find(&conf_vocabulary, "spool"), NULL);
	const char *dir = conf_cstr(&ck->conf, ck->m->spool.dir);
	struct stat st;

	if (n != NULL && check_written(n, "dir") &&
	    (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode)))
		CHECK_WARN(ck, n, "dir", "%s is no folder: a mail that does "
		    "not fit memory has no place", dir);
}

/* It is made by sessions. */
static void
check_store(struct check *ck, bool asked)
{
	const struct tree_node *n = tree_section(ck->root,
	    conf_section_find(&conf_vocabulary, "verdict-store"), NULL);
	const char *path = conf_cstr(&ck->conf, ck->m->verdict_store.path);
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct stat st;

	if (n == NULL)
		return;
	if (slash == NULL) {
		CHECK_WARN(ck, n, "", "in vain: it has no path");
		return;
	}
	if (!asked)
		CHECK_WARN(ck, n, "path", "in vain: no command-acl that scans "
		    "has use-antivirus or use-antispam");
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
	if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode))
		CHECK_WARN(ck, n, "path", "%s is no folder: every mail is "
		    "scanned anew", folder);
	else if (st.st_mode & (S_IWGRP | S_IWOTH))
		CHECK_WARN(ck, n, "path", "others than its owner can write to "
		    "%s, and say what is clean", folder);
	else if (ck->m->uid != UINT32_MAX && st.st_uid != ck->m->uid)
		CHECK_WARN(ck, n, "path", "%s does not belong to app-user: no "
		    "session can make the store there", folder);
}

/* Sessions and workers have changed their root by then. */
static void
check_chroot(struct check *ck)
{
	if (conf_str(&ck->conf, ck->m->chroot_dir).n > 0)
		CHECK_WARN(ck, ck->root, "chroot-dir", "with mail scanning "
		    "spool.dir, the verdict-store and the sockets of scanners "
		    "are looked for in it, and it has to have /proc");
}

void
check_scan(struct check *ck)
{
	bool scanning = false;

	for (uint32_t i = 0; i < ck->m->command_acls.n; i++) {
		check_command_acl(ck, i);
		scanning |= conf_scans(command_acl(ck, i));
	}
	check_rules(ck, scanning);
	check_store(ck, engines(ck) != 0 || scores(ck));
	if (!scanning)
		return;
	if (engines(ck) != 0)
		check_failures(ck);
	check_memory(ck);
	check_spool(ck);
	check_chroot(ck);
}
