/* oob-auth: its file, and ACLs that ask who a client is. */

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "check.h"
#include "fd.h"
#include "users.h"

enum {
	/* Bad lines told of: the rest are likely of the same kind. */
	BAD_LINES = 5,
	FILE_MAX = 128 << 20,
};

/* ---- the file ------------------------------------------------------------ */

static void
check_lines(struct check *ck, const struct tree_node *n, const char *path,
    const struct conf_oob *o)
{
	struct users_entry e;
	struct str rest, line;
	uint64_t at = 0, entries = 0, nbad = 0;
	const char *why;
	char *text;
	size_t size;

	if (fd_read_file(path, FILE_MAX, &text, &size) < 0) {
		CHECK_WARN(ck, n, "path", "%s: %s", path, strerror(errno));
		return;
	}
	rest = (struct str){ text, size };
	while (str_cut(&rest, '\n', &line)) {
		int r = users_line(line, &e, &why);

		at++;
		entries += r > 0;
		if (r < 0 && nbad++ < BAD_LINES)
			CHECK_WARN(ck, n, "path", "%s:%llu: %s", path,
			    (unsigned long long)at, why);
	}
	if (line.n > 0)
		CHECK_WARN(ck, n, "path", "%s: its last line has no end",
		    path);
	if (o->max_sessions > 0 && entries > o->max_sessions)
		CHECK_WARN(ck, n, "path", "%s has %llu entries, more than "
		    "max-sessions: nobody is known", path,
		    (unsigned long long)entries);
	free(text);
}

static void
check_file(struct check *ck, const struct tree_node *n,
    const struct conf_oob *o)
{
	const struct users_rules rules = { o->max_sessions, ck->m->uid };
	char path[PATH_MAX], why[USERS_WHY];
	struct stat st;
	int fd;

	conf_oob_path(&ck->conf, o, path);
	if (stat(path, &st) < 0 && errno == ENOENT) {
		if (o->method == CONF_OOB_EXTERNAL)
			return;		/* imap4-helper makes it */
		CHECK_WARN(ck, n, "path", "there is no %s yet: until there is "
		    "one, whatever asks for user or group rejects", path);
		return;
	}
	fd = users_open(path, &rules, why);
	if (fd < 0) {
		CHECK_WARN(ck, n, "path", "%s: %s: whatever asks for user or "
		    "group rejects", path, why);
		return;
	}
	if (fstat(fd, &st) == 0 && !check_service_reads(ck, path, &st))
		CHECK_WARN(ck, n, "path", "%s: app-user \"%s\" cannot read it: "
		    "make it readable for its group", path,
		    conf_cstr(&ck->conf, ck->m->app_user));
	fd_close(&fd);
	check_lines(ck, n, path, o);
}

static void
check_path(struct check *ck, const struct tree_node *n,
    const struct conf_oob *o)
{
	bool is = *conf_cstr(&ck->conf, o->path) != '\0';

	if (o->method == CONF_OOB_FILE && !is)
		CHECK_ERROR(ck, n, "path", "missing");
	else if (o->method == CONF_OOB_EXTERNAL && is)
		CHECK_ERROR(ck, n, "path", "imap4-helper keeps an external "
		    "one in its own folder: leave it out");
	else
		check_file(ck, n, o);
}

/* ---- who asks ------------------------------------------------------------ */

static const struct conf_session_acl *
session_acl(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_session_acl,
	    ck->m->session_acls, i);
}

/* Is a client known to the phases behind it, if they are ever asked? */
static bool
known_later(const struct check *ck)
{
	bool asked = false;

	for (uint32_t i = 0; i < ck->m->session_acls.n; i++) {
		const struct conf_session_acl *a = session_acl(ck, i);

		if (a->deny)
			continue;
		asked = true;
		if (a->auth >= 0 ||
		    (a->auth == CONF_AUTH_INHERIT && ck->m->auth >= 0))
			return true;
	}
	return !asked;
}

/* A rule that asks what nobody tells would not do what it says. */
static void
check_asks(struct check *ck, const struct tree_node *n,
    const struct conf_conditions *w, const char *what)
{
	const char *key = w->user.given ? "user" : "group";

	if (w->user.given || w->group.given)
		CHECK_ERROR(ck, n, key, "nobody is ever known here: write "
		    "auth = \"TITLE\" of an oob-auth %s", what);
}

static void
check_later_asks(struct check *ck)
{
	static const char where[] = "at the top level or in a session-acl";
	const struct conf_main *m = ck->m;

	for (uint32_t i = 0; i < m->command_acls.n; i++)
		check_asks(ck, check_node(ck, "command-acl", i), &CONF_AT(
		    &ck->conf, struct conf_command_acl, m->command_acls,
		    i)->when, where);
	for (uint32_t i = 0; i < m->mail_acls.n; i++)
		check_asks(ck, check_node(ck, "mail-acl", i), &CONF_AT(
		    &ck->conf, struct conf_mail_acl, m->mail_acls, i)->when,
		    where);
	for (uint32_t i = 0; i < m->doc_acls.n; i++)
		check_asks(ck, check_node(ck, "doc-acl", i), &CONF_AT(
		    &ck->conf, struct conf_doc_acl, m->doc_acls, i)->when,
		    where);
}

void
check_oob(struct check *ck)
{
	const struct conf_oob *o;
	unsigned external = 0;

	for (uint32_t i = 0; i < ck->m->oob_auths.n; i++) {
		const struct tree_node *n = check_node(ck, "oob-auth", i);

		o = CONF_AT(&ck->conf, struct conf_oob, ck->m->oob_auths, i);
		if (str_eq(conf_str(&ck->conf, o->name), STR("none")))
			CHECK_ERROR(ck, n, "", "auth = none means that there "
			    "is none: choose another title");
		if (i == CONF_OOB_MAX)
			CHECK_ERROR(ck, n, "", "there are more than %d",
			    CONF_OOB_MAX);
		check_path(ck, n, o);
		external += o->method == CONF_OOB_EXTERNAL;
		if (external == 2 && o->method == CONF_OOB_EXTERNAL)
			CHECK_ERROR(ck, n, "method", "there is another "
			    "external one, and one socket for both");
	}
	for (uint32_t i = 0; ck->m->auth < 0 && i < ck->m->session_acls.n;
	    i++)
		check_asks(ck, check_node(ck, "session-acl", i),
		    &session_acl(ck, i)->when, "at the top level, which "
		    "session-acl goes by");
	if (!known_later(ck))
		check_later_asks(ck);
}
