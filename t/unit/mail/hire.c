/*
 * Getting a worker: this same program, executed, is the keeper; it tells on
 * the first worker's socket what it was given.
 */

#include <sys/socket.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "hire.h"
#include "tap.h"

/* ---- the keeper ---------------------------------------------------------- */

static unsigned
open_fds(void)
{
	unsigned n = 0;
	DIR *d = opendir("/proc/self/fd");

	while (d != NULL && readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 3;	/* ., .. and its own */
}

static void
be_keeper(void)
{
	char octet, cache[16] = "", text[64];
	union {
		char octets[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { &octet, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof control };
	unsigned fds = open_fds();
	int fd[2];

	if (recvmsg(HIRE_CONTROL_FD, &msg, 0) != 1 || octet != HIRE_PAIR)
		_exit(1);
	memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof fd);
	if (pread(HIRE_CACHE_FD, cache, sizeof cache - 1, 0) < 0)
		_exit(2);
	snprintf(text, sizeof text, "%d %u %s", (int)getpid(), fds, cache);
	send(fd[0], text, strlen(text), 0);
	/* until the reins say something, or end */
	if (read(fd[1], &octet, 1) == 1)
		send(fd[0], "killed", 6, 0);
	_exit(read(fd[1], &octet, 1) == 0 ? 0 : 3);
}

/* ---- the tests ----------------------------------------------------------- */

static char cache_path[] = "/tmp/t-hire-XXXXXX";
static const char *self;

static void
hear(int fd, char *text, size_t size)
{
	struct pollfd p = { fd, POLLIN, 0 };
	ssize_t n = poll(&p, 1, 5000) == 1 ? recv(fd, text, size - 1, 0) : -1;

	text[n < 0 ? 0 : n] = '\0';
}

static bool
gone(pid_t pid)
{
	for (int i = 0; i < 100; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid ||
		    (kill(pid, 0) < 0 && errno == ESRCH))
			return true;
		usleep(10000);
	}
	return false;
}

static void
test_keeper(int cache, bool ready)
{
	const char *name = ready ? "ready" : "waiting";
	const char *why = "";
	struct mail_worker w;
	char text[64], rest[16] = "";
	unsigned fds = 0;
	int keeper, pid = 0;

	keeper = mail_keeper_start(self, cache, ready, &why);
	if (!tap_ok(keeper >= 0, "%s: a keeper starts %s", name, why))
		return;
	tap_ok(fcntl(keeper, F_GETFD) == FD_CLOEXEC,
	    "its socket goes to nobody else");
	tap_int(0, mail_hire(keeper, &w, &why), "a worker is hired");
	close(keeper);
	hear(w.work, text, sizeof text);
	sscanf(text, "%d %u %15s", &pid, &fds, rest);
	tap_cstr("cache", rest, "the keeper has the cache");
	tap_int(5, fds, "and nothing but 0 to 4");
	mail_worker_kill(&w);
	hear(w.work, text, sizeof text);
	tap_cstr("killed", text, "the reins are felt");
	mail_worker_end(&w);
	tap_ok(w.work == -1 && w.reins == -1, "and dropped");
	tap_ok(pid > 0 && gone(pid), "their end is seen");
	mail_worker_kill(&w);
}

/* Who never asks must not leave a process behind. */
static void
test_unasked(int cache)
{
	const char *why = "";
	int keeper, fd[2], status;
	pid_t pid;
	char c;

	keeper = mail_keeper_start(self, cache, false, &why);
	close(keeper);
	tap_ok(wait(&status) > 0 && WIFEXITED(status) &&
	    WEXITSTATUS(status) == 0, "a waiting keeper ends with its socket");
	/* the pipe is open as long as any of them lives */
	if (pipe(fd) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		dup2(fd[1], 2);
		close(fd[1]);
		if (mail_keeper_start(self, cache, false, &why) < 0)
			_exit(1);
		pause();
	}
	close(fd[1]);
	usleep(50000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	tap_int(0, read(fd[0], &c, 1), "or with a session that is killed");
	close(fd[0]);
}

static void
test_failures(int cache)
{
	struct mail_worker w;
	const char *why = "";
	int sv[2], keeper;

	tap_int(-1, mail_keeper_start("/no/such/program", cache, true, &why),
	    "a program that is not there");
	tap_cstr("the mail worker's program is not there", why, "is named");
	tap_int(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), "a keeper");
	close(sv[1]);
	tap_int(ERR_IO, mail_hire(sv[0], &w, &why), "that is gone");
	tap_ok(w.work == -1 && w.reins == -1, "gives nothing: %s", why);
	close(sv[0]);
	/* a program that fails leaves who hires with an end of file */
	keeper = mail_keeper_start("/bin/false", cache, true, &why);
	if (mail_hire(keeper, &w, &why) == 0) {
		char text[8];

		hear(w.work, text, sizeof text);
		tap_cstr("", text, "a keeper that fails is an end of file");
		mail_worker_end(&w);
	} else {
		tap_ok(true, "a keeper that failed hires nobody");
	}
	close(keeper);
	wait(NULL);
}

int
main(int argc, char **argv)
{
	int cache, before, after;

	(void)argc;
	if (strcmp(argv[0], "imap4-mail") == 0)
		be_keeper();
	self = "/proc/self/exe";
	cache = mkstemp(cache_path);
	if (cache < 0 || unlink(cache_path) < 0 || write(cache, "cache", 5) < 5)
		return 1;
	before = dup(0);
	close(before);
	test_keeper(cache, true);
	test_keeper(cache, false);
	test_unasked(cache);
	test_failures(cache);
	after = dup(0);
	tap_int(before, after, "no descriptor is left open");
	return tap_done();
}
