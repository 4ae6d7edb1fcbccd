#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "hire.h"
#include "rights.h"

/* ---- a keeper ------------------------------------------------------------ */

/* Both out of each other's way first; they go over an exec. */
static bool
place(int control, int cache)
{
	int c = fcntl(control, F_DUPFD, HIRE_CACHE_FD + 1);
	int k = fcntl(cache, F_DUPFD, HIRE_CACHE_FD + 1);

	return c >= 0 && k >= 0 && dup2(c, HIRE_CONTROL_FD) >= 0 &&
	    dup2(k, HIRE_CACHE_FD) >= 0 &&
	    close_range(HIRE_CACHE_FD + 1, ~0u, 0) == 0;
}

/* Until it is asked: false when nobody is left who could. */
static bool
wait_asked(pid_t parent)
{
	struct pollfd p = { .fd = HIRE_CONTROL_FD, .events = POLLIN };
	char c;

	/* behind this fork is a session, which ends alone */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		return false;
	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			return false;
	return recv(p.fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

static _Noreturn void
be_keeper(const char *path, int control, int cache, bool ready, pid_t parent)
{
	char *const argv[] = { (char[]){ "imap4-mail" }, NULL };
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	int null = open("/dev/null", O_RDWR);

	/* nothing of a client's is kept open, and no handler of the parent's */
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    !place(control, cache))
		_exit(HIRE_FAILED);
	if (!ready && !wait_asked(parent))
		_exit(0);
	execv(path, argv);
	_exit(HIRE_FAILED);
}

int
mail_keeper_start(const char *path, int cache_fd, bool ready,
    const char **why_r)
{
	pid_t parent = getpid(), pid;
	int sv[2];

	if (access(path, X_OK) < 0) {
		*why_r = "the mail worker's program is not there";
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0) {
		*why_r = "no socket can be made";
		return -1;
	}
	pid = fork();
	if (pid == 0)
		be_keeper(path, sv[1], cache_fd, ready, parent);
	close(sv[1]);
	if (pid > 0)
		return sv[0];
	*why_r = "no process can be made";
	close(sv[0]);
	return -1;
}

bool
mail_keeper_gone(int keeper)
{
	struct pollfd p = { .fd = keeper };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

/* ---- workers ------------------------------------------------------------- */

static int
hand_over(int keeper, const int fd[2])
{
	char octet = HIRE_PAIR;
	struct iovec iov = { &octet, 1 };

	return rights_send(keeper, &iov, 1, fd, 2) == 1 ? 0 : -1;
}

int
mail_hire(int keeper, struct mail_worker *w, const char **why_r)
{
	int work[2] = { -1, -1 }, reins[2] = { -1, -1 };

	*w = (struct mail_worker){ -1, -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, work) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, reins) < 0)
		*why_r = "no sockets for a mail worker";
	else if (hand_over(keeper, (int[2]){ work[1], reins[1] }) < 0)
		*why_r = "the keeper of mail workers is gone, or busy";
	else
		*w = (struct mail_worker){ work[0], reins[0] };
	fd_close(&work[1]);
	fd_close(&reins[1]);
	if (w->work >= 0)
		return 0;
	fd_close(&work[0]);
	fd_close(&reins[0]);
	return ERR_IO;
}

void
mail_worker_kill(struct mail_worker *w)
{
	if (w->reins >= 0)
		(void)send(w->reins, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
mail_worker_end(struct mail_worker *w)
{
	fd_close(&w->work);
	fd_close(&w->reins);
}
