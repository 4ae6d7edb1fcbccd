/* Accept, fork, exec, and count: see listener.h. */

#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 1024, SETTLE_MS = 10000 };

extern char **environ;

static struct listener_usage usage;

int
listener_bind(uint16_t *port_r)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t n = sizeof sin;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, n) != 0 ||
	    listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &n) != 0)
		err(1, "listening on 127.0.0.1");
	*port_r = ntohs(sin.sin_port);
	return fd;
}

static uint64_t
micros(const struct rusage *ru)
{
	return (uint64_t)(ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) * 1000000 +
	    (uint64_t)(ru->ru_utime.tv_usec + ru->ru_stime.tv_usec);
}

static void
reap(int chld)
{
	struct signalfd_siginfo si;
	struct rusage ru;
	int status;
	pid_t pid;

	if (read(chld, &si, sizeof si) < 0)
		return;
	while ((pid = wait4(-1, &status, WNOHANG, &ru)) > 0) {
		uint32_t i = 0;

		while (i < usage.live && usage.pids[i] != pid)
			i++;
		if (i < usage.live)
			usage.pids[i] = usage.pids[--usage.live];
		usage.sessions++;
		usage.failed += status != 0;
		usage.cpu_us += micros(&ru);
	}
}

static void
spawn(int fd, char *const argv[], posix_spawnattr_t *attr)
{
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	posix_spawn_file_actions_t actions;
	pid_t pid;

	if (conn < 0)
		return;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, conn, 0);
	posix_spawn_file_actions_adddup2(&actions, conn, 1);
	if (posix_spawn(&pid, argv[0], &actions, attr, argv, environ) != 0)
		err(1, "%s", argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(conn);
	usage.pids[usage.live++] = pid;
}

static void
answer(int control)
{
	struct rusage ru;
	char what;

	if (read(control, &what, 1) != 1)
		exit(0);
	getrusage(RUSAGE_SELF, &ru);
	usage.own_us = micros(&ru);
	if (write(control, &usage, sizeof usage) != (ssize_t)sizeof usage)
		exit(1);
}

static void
serve(int fd, int control, char *const argv[])
{
	posix_spawnattr_t attr;
	sigset_t chld, none;
	int sfd;

	sigemptyset(&none);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	sfd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	for (;;) {
		struct pollfd p[3] = { { sfd, POLLIN, 0 },
		    { control, POLLIN, 0 }, { fd, POLLIN, 0 } };

		poll(p, usage.live < LISTENER_LIVE ? 3 : 2, -1);
		if (p[0].revents != 0)
			reap(sfd);
		if (p[1].revents != 0)
			answer(control);
		if (p[2].revents != 0)
			spawn(fd, argv, &attr);
	}
}

void
listener_start(struct listener *l, int fd, char *const argv[], int stderr_fd,
    uid_t uid)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		err(1, "socketpair");
	l->pid = fork();
	if (l->pid < 0)
		err(1, "fork");
	if (l->pid == 0) {
		dup2(stderr_fd, 2);
		if (uid != 0 && (setgroups(0, NULL) != 0 ||
		    setresgid(uid, uid, uid) != 0 ||
		    setresuid(uid, uid, uid) != 0))
			err(1, "setuid");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd, pair[1], argv);
	}
	close(pair[1]);
	l->control = pair[0];
}

void
listener_usage(const struct listener *l, struct listener_usage *u_r)
{
	if (write(l->control, "?", 1) != 1 ||
	    read(l->control, u_r, sizeof *u_r) != (ssize_t)sizeof *u_r)
		errx(1, "a listener has died");
}

void
listener_settle(const struct listener *l, struct listener_usage *u_r)
{
	const struct timespec ms = { 0, 1000000 };

	for (int i = 0; i < SETTLE_MS; i++) {
		listener_usage(l, u_r);
		if (u_r->live == 0)
			return;
		nanosleep(&ms, NULL);
	}
	errx(1, "sessions did not end after their clients had left");
}

void
listener_stop(struct listener *l)
{
	kill(l->pid, SIGKILL);
	waitpid(l->pid, NULL, 0);
	close(l->control);
}
