#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "child.h"
#include "die.h"
#include "zygote.h"

enum { FDS = 4 };

static int control = -1;

static bool
pass_fds(int to, const struct zygote_request *r)
{
	int fd[FDS] = { r->client, r->server, r->log, r->conf };
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof fd)];
	} c = { 0 };
	struct iovec iov = { (void *)r, sizeof *r };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &c, .msg_controllen = sizeof c,
	};

	c.h.cmsg_level = SOL_SOCKET;
	c.h.cmsg_type = SCM_RIGHTS;
	c.h.cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(&c.h), fd, sizeof fd);
	return sendmsg(to, &m, MSG_NOSIGNAL) == sizeof *r;
}

static bool
get_fds(int from, struct zygote_request *r)
{
	int fd[FDS];
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof fd)];
	} c;
	struct iovec iov = { r, sizeof *r };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &c, .msg_controllen = sizeof c,
	};

	if (recvmsg(from, &m, MSG_CMSG_CLOEXEC) != sizeof *r ||
	    m.msg_controllen == 0)
		return false;
	memcpy(fd, CMSG_DATA(&c.h), sizeof fd);
	r->client = fd[0];
	r->server = fd[1];
	r->log = fd[2];
	r->conf = fd[3];
	return true;
}

/* Octets both ways: for testing the runner without a session. */
static void
relay(int a, int b)
{
	struct pollfd p[2] = { { a, POLLIN, 0 }, { b, POLLIN, 0 } };
	char buf[65536];

	while (poll(p, 2, -1) > 0)
		for (int i = 0; i < 2; i++) {
			ssize_t n;

			if (p[i].revents == 0)
				continue;
			n = read(p[i].fd, buf, sizeof buf);
			if (n <= 0 || write(p[!i].fd, buf, (size_t)n) != n)
				return;
		}
}

static void
child(const struct zygote_request *r)
{
	int result = 0;

	dup2(r->log, STDERR_FILENO);
	close(r->log);
	if (r->relay)
		relay(r->client, r->server);
	else
		result = child_run(r);
	_exit(result);
}

static void __attribute__((noreturn))
serve(int fd)
{
	struct zygote_request r;

	while (get_fds(fd, &r)) {
		struct zygote_result result = { 0 };
		struct rusage ru;
		pid_t pid = fork();

		if (pid == 0) {
			close(fd);
			child(&r);
		}
		close(r.client);
		close(r.server);
		close(r.log);
		close(r.conf);
		if (send(fd, &pid, sizeof pid, MSG_NOSIGNAL) < 0)
			break;
		while (wait4(pid, &result.status, 0, &ru) < 0 &&
		    errno == EINTR)
			;
		result.maxrss = ru.ru_maxrss;
		if (send(fd, &result, sizeof result, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

void
zygote_start(void)
{
	int fd[2];

	signal(SIGPIPE, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0)
		die(EX_OSERR, "socketpair");
	switch (fork()) {
	case -1:
		die(EX_OSERR, "fork");
	case 0:
		close(fd[0]);
		child_prepare();
		serve(fd[1]);
	}
	close(fd[1]);
	control = fd[0];
}

pid_t
zygote_fork(const struct zygote_request *r)
{
	pid_t pid;

	if (!pass_fds(control, r) ||
	    recv(control, &pid, sizeof pid, 0) != sizeof pid || pid < 0)
		die(EX_OSERR, "the zygote is gone");
	return pid;
}

int
zygote_fd(void)
{
	return control;
}

void
zygote_wait(struct zygote_result *r_r)
{
	if (recv(control, r_r, sizeof *r_r, 0) != sizeof *r_r)
		die(EX_OSERR, "the zygote is gone");
}
