#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catcher.h"
#include "jail.h"
#include "log.h"

static volatile sig_atomic_t orphan;

static void
on_term(int sig)
{
	(void)sig;
	orphan = 1;
	alarm(CATCHER_END_S);
}

/* The kernel tells when the monitor ends, too. */
static bool
watch_parent(int parent)
{
	struct sigaction sa = { .sa_handler = on_term };

	/* no SA_RESTART: recv() has to see it */
	if (sigaction(SIGTERM, &sa, NULL) < 0 ||
	    signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return false;
	return getppid() == parent;
}

static const char *
seal(int parent, uint32_t uid, uint32_t gid)
{
	const char *why;

	jail_keep(JAIL_NET_ADMIN);
	if (geteuid() == 0 && jail_identity(uid, gid, "", &why) < 0)
		return why;
	/* behind the change of user, which forgets it */
	if (!watch_parent(parent))
		return "the monitor is gone";
	if (jail_prepare(&why) < 0 || jail_enter(JAIL_ACCEPTED, &why) < 0 ||
	    jail_enter(JAIL_RELAY, &why) < 0)
		return why;
	return NULL;
}

static void
answer(int fd, struct nat *n, const struct list *l, ssize_t size)
{
	struct catcher_answer a = { .failed = 1 };

	if (size < 0 || !list_check(l, (size_t)size)) {
		snprintf(a.why, sizeof a.why, "a list that cannot be");
	} else if (nat_apply(n, l) < 0) {
		memcpy(a.why, n->why, sizeof a.why);
	} else {
		a.failed = 0;
		a.unheld = list_blocks(l) && !n->held;
		for (uint32_t i = 0; i < l->ncatches; i++)
			a.active += l->catches[i].active;
	}
	(void)send(fd, &a, sizeof a, MSG_NOSIGNAL);
}

void
catcher_run(int fd, int parent, uint32_t uid, uint32_t gid)
{
	static struct list l;
	static struct nat n;
	const char *why;
	ssize_t size;

	prctl(PR_SET_NAME, "imap4-catcher");
	if (nat_open(&n) < 0) {
		log_msg(LOG_NAT_FAILED, "%s", n.why);
		_exit(1);
	}
	why = seal(parent, uid, gid);
	if (why != NULL) {
		log_msg(LOG_JAIL_FAILED, "%s", why);
		_exit(1);
	}
	while (!orphan) {
		size = recv(fd, &l, sizeof l, MSG_TRUNC);
		if (size == 0 || (size < 0 && errno != EINTR))
			break;
		if (size > 0)
			answer(fd, &n, &l, size);
	}
	alarm(CATCHER_END_S);
	nat_close(&n);
	_exit(0);
}
