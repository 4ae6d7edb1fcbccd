/* Spares: what a client's descriptor goes through on its way to one. */

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spare.h"
#include "tap.h"

static struct spares spares;

/* One that tells its client by which socket it came, and exits with 7. */
static pid_t
start(void)
{
	unsigned socket = 0;
	int pair[2], client;
	pid_t pid;
	char c;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	pid = fork();
	if (pid != 0) {
		close(pair[1]);
		spares_add(&spares, pid, pair[0]);
		return pid;
	}
	close(pair[0]);
	spares_forked(&spares);
	client = spare_wait(pair[1], &socket);
	c = (char)('a' + socket);
	if (client >= 0 && write(client, &c, 1) != 1)
		_exit(1);
	/* its own end is closed, and so are those of others */
	for (int fd = 3; fd < 40; fd++)
		if (fd != client && fcntl(fd, F_GETFD) >= 0)
			_exit(2);
	_exit(client < 0 ? 0 : 7);
}

static int
status_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
}

/* What a client hears when it is given away as from this socket. */
static char
client(unsigned socket, pid_t *pid_r)
{
	int pair[2];
	char c = '-';

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		abort();
	*pid_r = spares_hand(&spares, pair[0], socket);
	close(pair[0]);
	if (read(pair[1], &c, 1) == 0)
		c = '.';
	close(pair[1]);
	return c;
}

static void
test_hand(void)
{
	pid_t a = start(), b = start(), got;
	size_t n;

	tap_int('c', client(2, &got), "a client is heard, with its socket");
	tap_ok(got == a || got == b, "by a spare");
	n = spares.n;
	tap_int(1, n, "which is none any more");
	tap_ok(!spares_left(&spares, got), "nor is it one when it ends");
	tap_int(7, status_of(got), "it served one");
	tap_int('a', client(0, &got), "the other serves the next");
	tap_int(7, status_of(got), "and ends");
	tap_int('.', client(0, &got), "without a spare the client is not taken");
	tap_int(0, got, "which the caller is told");
}

static void
test_end(void)
{
	pid_t a = start(), b = start(), c = start(), got;

	kill(a, SIGKILL);
	tap_int(-2, status_of(a), "one is killed");
	tap_int('b', client(1, &got), "the next client is served by another");
	tap_ok(got == b || got == c, "which is there");
	tap_int(7, status_of(got), "and ends");
	b = got == b ? c : b;
	tap_ok(spares_left(&spares, b), "one that is left is known");
	tap_int(0, status_of(b), "it ends when its socket is closed");
	a = start();
	b = start();
	spares_discard(&spares);
	tap_ok(spares.n == 0, "all are let go");
	tap_ok(status_of(a) == 0 && status_of(b) == 0, "and go");
}

/* What is no message of a parent's. */
static void
test_foreign(void)
{
	unsigned socket = 5;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0 ||
	    send(pair[0], &socket, sizeof socket, 0) < 0)
		abort();
	tap_int(-1, spare_wait(pair[1], &socket),
	    "a message without a descriptor is no client");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0 ||
	    send(pair[0], "x", 1, 0) < 0)
		abort();
	tap_int(-1, spare_wait(pair[1], &socket), "nor is a short one");
}

int
main(void)
{
	close_range(3, ~0U, 0);		/* who started this may have left some */
	test_hand();
	test_end();
	test_foreign();
	return tap_done();
}
