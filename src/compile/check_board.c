/* Limits on the number of sessions, and the scoreboard they are counted in. */

#include <sys/stat.h>

#include <limits.h>

#include "check.h"

enum {
	/* struct sockaddr_un's, with its NUL. */
	SOCKET_PATH = 108,
};

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void
check_counted(struct check *ck, const struct tree_node *n, const char *key)
{
	char folder[PATH_MAX];

	conf_run_folder(&ck->conf, folder);
	if (ck->m->monitoring.disabled)
		CHECK_ERROR(ck, n, key, "nothing is counted with monitoring "
		    "{ disabled = yes }: every connection would be rejected");
	else if (!is_folder(folder) && !is_folder(conf_run_dir))
		CHECK_WARN(ck, n, key, "sessions are counted in %s, which is "
		    "not there: until it is made (systemd-tmpfiles --create), "
		    "sessions that do not start as root reject every "
		    "connection", folder);
}

/* A name in the run folder, or a path. */
static void
check_socket(struct check *ck, const char *key, struct conf_ref name)
{
	const struct tree_node *n = tree_section(ck->root,
	    conf_section_find(&conf_vocabulary, "monitoring"), NULL);
	const char *s = conf_cstr(&ck->conf, name);
	char path[PATH_MAX];

	if (n == NULL || !check_written(n, key))
		return;
	if (*s == '\0' || (*s != '/' && strchr(s, '/') != NULL))
		CHECK_ERROR(ck, n, key, "write the name of a socket in the "
		    "run folder, a path from / on, or none");
	else if (conf_run_file(&ck->conf, name, path) &&
	    strlen(path) >= SOCKET_PATH)
		CHECK_ERROR(ck, n, key, "%s: no socket has so long a name",
		    path);
}

/* Who may look may not end sessions, nor say who is known. */
static void
check_sockets(struct check *ck)
{
	const struct conf_monitoring *m = &ck->m->monitoring;
	const struct tree_node *n = tree_section(ck->root,
	    conf_section_find(&conf_vocabulary, "monitoring"), NULL);
	const struct {
		const char *key;
		struct conf_ref name;
	} sockets[3] = {
		{ "socket", m->socket },
		{ "admin-socket", m->admin_socket },
		{ "users-socket", m->users_socket },
	};
	char a[PATH_MAX], b[PATH_MAX];

	for (int i = 0; n != NULL && i < 3; i++) {
		check_socket(ck, sockets[i].key, sockets[i].name);
		for (int j = 0; j < i; j++)
			if (conf_run_file(&ck->conf, sockets[j].name, a) &&
			    conf_run_file(&ck->conf, sockets[i].name, b) &&
			    strcmp(a, b) == 0)
				CHECK_ERROR(ck, n, sockets[i].key, "is %s as "
				    "well: each has rights of its own",
				    sockets[j].key);
	}
}

/* Kernun's constraint: something of the beginning stays, too. */
static void
check_data(struct check *ck)
{
	const struct conf_monitoring *m = &ck->m->monitoring;
	const struct tree_node *n = tree_section(ck->root,
	    conf_section_find(&conf_vocabulary, "monitoring"), NULL);

	if (n != NULL && m->data <= m->tail + 3)
		CHECK_ERROR(ck, n, "data", "%u leaves nothing of the "
		    "beginning: write more than tail = %u and 3", m->data,
		    m->tail);
}

void
check_board(struct check *ck)
{
	bool told = false;

	check_data(ck);
	check_sockets(ck);

	for (uint32_t i = 0; i < ck->m->session_acls.n; i++) {
		const struct tree_node *n = check_node(ck, "session-acl", i);
		const struct conf_session_acl *a = CONF_AT(&ck->conf,
		    struct conf_session_acl, ck->m->session_acls, i);

		if (a->deny || (a->max_sessions == 0 &&
		    a->max_sessions_per_ip == 0))
			continue;
		if (a->max_sessions != 0 &&
		    a->max_sessions_per_ip > a->max_sessions)
			CHECK_WARN(ck, n, "max-sessions-per-ip", "more than "
			    "max-sessions admits in all: it is never reached");
		if (!told)
			check_counted(ck, n, a->max_sessions ?
			    "max-sessions" : "max-sessions-per-ip");
		told = true;
	}
}
