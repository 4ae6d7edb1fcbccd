/* Limits on the number of sessions, and the scoreboard they are counted in. */

#include <sys/stat.h>

#include <limits.h>

#include "check.h"

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

void
check_board(struct check *ck)
{
	bool told = false;

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
