#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "arena.h"
#include "check.h"

enum {
	/* RFC 2177: clients repeat IDLE every 29 minutes. */
	IDLE_SAFE_MS = 29 * 60 * 1000,
};

void
check_say(struct check *ck, enum report_kind kind, const struct tree_node *n,
    const char *key, const char *fmt, ...)
{
	char label[TREE_LABEL], text[REPORT_LINE];
	const struct conf_key *k = n->def ? conf_key_find(n->def, key) : NULL;
	const struct conf_section *s = n->def ?
	    conf_section_find(n->def, key) : NULL;
	const struct tree_entry *e = k ? tree_entry(n, k) : NULL;
	const struct tree_node *c = s ? tree_section(n, s, NULL) : NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	report_add(ck->report, kind, e ? e->at : c ? c->at : n->at,
	    "%s%s%s%s", tree_label(n, label), key, *key ? ": " : "", text);
}

/* A policy has thousands of ACLs: each is looked for once. */
static const struct tree_node **
cache_nodes(struct check *ck, const struct conf_section *def)
{
	const struct tree_node *s = tree_section(ck->root, def, NULL);
	const struct tree_node **nodes;
	uint32_t n = 0;

	for (; s != NULL; s = tree_section(ck->root, def, s))
		n++;
	nodes = arena_alloc(ck->arena, (n + 1) * sizeof *nodes);
	n = 0;
	for (s = tree_section(ck->root, def, NULL); s != NULL;
	    s = tree_section(ck->root, def, s))
		nodes[n++] = s;
	return nodes;
}

const struct tree_node *
check_node(struct check *ck, const char *section, uint32_t row)
{
	const struct conf_section *def = conf_section_find(&conf_vocabulary,
	    section);
	unsigned i = 0;

	while (ck->cached[i].def != NULL && ck->cached[i].def != def)
		i++;
	if (ck->cached[i].def == NULL) {
		ck->cached[i].def = def;
		ck->cached[i].nodes = cache_nodes(ck, def);
	}
	return ck->cached[i].nodes[row];
}

bool
check_written(const struct tree_node *n, const char *name)
{
	const struct conf_key *k = conf_key_find(n->def, name);
	const struct conf_section *s = conf_section_find(n->def, name);

	return (k && tree_entry(n, k)) || (s && tree_section(n, s, NULL));
}

bool
check_service_reads(const struct check *ck, const char *path,
    const struct stat *st)
{
	/* a user that is not there, or is root, is told elsewhere */
	if (ck->m->uid == UINT32_MAX || ck->m->uid == 0)
		return true;
	if (st->st_uid == ck->m->uid)
		return st->st_mode & S_IRUSR;
	if (st->st_gid == ck->m->gid)
		return st->st_mode & S_IRGRP;
	return st->st_mode & S_IROTH ||
	    getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

/* ---- the top level ------------------------------------------------------ */

static void
check_version(struct check *ck)
{
	const struct tree_entry *e = ck->root->entries;
	const struct conf_key *k = conf_key_find(&conf_vocabulary, "version");
	const struct tree_entry *v = tree_entry(ck->root, k);

	if (v == NULL)
		return;		/* reported as missing */
	if (e != v || (ck->root->first && ck->root->first->order < v->order))
		CHECK_ERROR(ck, ck->root, "version",
		    "must be the first statement");
}

/* The default user may be missing: a debug run needs none. */
static void
check_user(struct check *ck)
{
	const char *user = conf_cstr(&ck->conf, ck->m->app_user);
	const char *group = conf_cstr(&ck->conf, ck->m->app_group);
	const struct passwd *pw = *user ? getpwnam(user) : NULL;
	const struct conf_key *user_key = conf_key_find(&conf_vocabulary,
	    "app-user");
	const struct group *gr;

	ck->m->uid = pw ? pw->pw_uid : UINT32_MAX;
	ck->m->gid = pw ? pw->pw_gid : UINT32_MAX;
	if (pw == NULL && *user && strcmp(user, user_key->def) != 0)
		CHECK_ERROR(ck, ck->root, "app-user",
		    "\"%s\" is no user of this machine", user);
	if (pw != NULL && pw->pw_uid == 0)
		CHECK_ERROR(ck, ck->root, "app-user",
		    "\"%s\" is root: name a user without rights", user);
	if (*group == '\0')
		return;
	gr = getgrnam(group);
	if (gr == NULL)
		CHECK_ERROR(ck, ck->root, "app-group",
		    "\"%s\" is no group of this machine", group);
	else
		ck->m->gid = gr->gr_gid;
	if (ck->m->gid == 0)
		CHECK_ERROR(ck, ck->root, "app-group",
		    "\"%s\" is root's: name a group without rights", group);
}

void
check_folder(struct check *ck, const struct tree_node *n, const char *key,
    struct conf_ref path)
{
	struct str s = conf_str(&ck->conf, path);
	struct stat st;

	if (s.p == NULL || !check_written(n, key))
		return;
	if (stat(s.p, &st) < 0 || !S_ISDIR(st.st_mode))
		CHECK_ERROR(ck, n, key, "%s is no folder", s.p);
}

static void
check_idle(struct check *ck, const struct tree_node *n, uint64_t ms)
{
	if (ms != CONF_UNSET && ms != 0 && ms < IDLE_SAFE_MS)
		CHECK_WARN(ck, n, "idle-timeout", "shorter than 29m ends "
		    "IDLE of clients that do all right (RFC 2177)");
}

static void
check_idles(struct check *ck)
{
	const struct conf_session_acl *s;
	const struct conf_command_acl *a;

	check_idle(ck, ck->root, ck->m->idle_timeout);
	for (uint32_t i = 0; i < ck->m->session_acls.n; i++) {
		s = CONF_AT(&ck->conf, struct conf_session_acl,
		    ck->m->session_acls, i);
		check_idle(ck, check_node(ck, "session-acl", i),
		    s->idle_timeout);
	}
	for (uint32_t i = 0; i < ck->m->command_acls.n; i++) {
		a = CONF_AT(&ck->conf, struct conf_command_acl,
		    ck->m->command_acls, i);
		check_idle(ck, check_node(ck, "command-acl", i),
		    a->idle_timeout);
	}
}

/* One address's limit above that of all says nothing: a mistyped number. */
static void
check_tcpserver(struct check *ck)
{
	const struct conf_tcpserver *t = &ck->m->tcpserver;
	const struct tree_node *n = tree_section(ck->root,
	    conf_section_find(&conf_vocabulary, "tcpserver"), NULL);

	if (n == NULL)
		return;
	if (t->max_children_per_ip > t->max_children)
		CHECK_ERROR(ck, n, "max-children-per-ip", "%u is above "
		    "max-children, %u", t->max_children_per_ip,
		    t->max_children);
	if (t->conn_rate != 0 && t->conn_rate_per_ip > t->conn_rate)
		CHECK_ERROR(ck, n, "conn-rate-per-ip", "%u is above "
		    "conn-rate, %u", t->conn_rate_per_ip, t->conn_rate);
}

/* A log file's folder must be there: it is opened before anyone can tell. */
static void
check_log(struct check *ck, const char *section, const struct conf_log *log)
{
	const struct tree_node *n = tree_section(ck->root,
	    conf_section_find(&conf_vocabulary, section), NULL);
	const char *path = conf_cstr(&ck->conf, log->path);
	const char *slash = strrchr(path, '/');
	char folder[1024];
	struct stat st;

	if (slash == NULL || n == NULL || !check_written(n, "target"))
		return;
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1),
	    path);
	if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode))
		CHECK_ERROR(ck, n, "target", "there is no folder %s", folder);
}

void
check_all(struct check *ck)
{
	check_version(ck);
	check_user(ck);
	check_folder(ck, ck->root, "chroot-dir", ck->m->chroot_dir);
	check_listeners(ck);
	check_log(ck, "log", &ck->m->logs[0]);
	check_log(ck, "log-debug", &ck->m->logs[0]);
	check_log(ck, "log-stats", &ck->m->logs[1]);
	check_idles(ck);
	check_tcpserver(ck);
	check_tls(ck);
	check_acls(ck);
	check_mail(ck);
	check_scan(ck);
	check_board(ck);
	check_shaping(ck);
	check_oob(ck);
	check_reach(ck);
}
