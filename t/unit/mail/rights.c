/* Datagrams with descriptors, and with more of them than are taken. */

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <unistd.h>

#include "rights.h"
#include "tap.h"

/*
 * Descriptors that are on their way elsewhere, more than the limit, until
 * somebody takes them after a while: in a process that is bound by it.
 */
static int
crowded(int sock, struct iovec *iov, const int *fd)
{
	struct rlimit few = { 16, 16 };
	struct rights r;
	char buf[8];
	int other[2];

	if (getuid() == 0 && (setgroups(0, NULL) < 0 || setgid(65534) < 0 ||
	    setuid(65534) < 0))
		return 1;
	if (setrlimit(RLIMIT_NOFILE, &few) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, other) < 0)
		return 2;
	for (int i = 0; i < 5; i++)
		if (rights_send(other[0], iov, 1, fd, RIGHTS_MAX) < 0)
			return 3;
	if (fork() == 0) {
		poll(NULL, 0, 50);
		while (rights_receive(other[1], buf, sizeof buf, &r) > 0)
			rights_close(&r);
		_exit(0);
	}
	close(other[1]);
	return rights_send(sock, iov, 1, fd, RIGHTS_MAX) == 4 ? 0 : 4;
}

int
main(void)
{
	int sv[2], fd[RIGHTS_MAX], before, after, status;
	char buf[8];
	struct iovec iov = { (char[]){ "12345678" }, 4 };
	struct rights r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return 1;
	for (size_t i = 0; i < RIGHTS_MAX; i++)
		fd[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	before = dup(0);
	close(before);
	tap_ok(rights_receive(sv[1], buf, sizeof buf, &r) < 0 &&
	    errno == EAGAIN && r.n == 0, "nothing is there");
	for (size_t n = 0; n <= RIGHTS_MAX; n++) {
		tap_int(4, rights_send(sv[0], &iov, 1, fd, n),
		    "%zu descriptors are sent", n);
		tap_int(4, rights_receive(sv[1], buf, sizeof buf, &r),
		    "and received");
		tap_ok(r.n == n && !r.cut && (n == 0 ||
		    fcntl(r.fd[n - 1], F_GETFD) == FD_CLOEXEC),
		    "all of them, close-on-exec");
		rights_close(&r);
	}
	if (fork() == 0)
		_exit(crowded(sv[0], &iov, fd));
	wait(&status);
	tap_int(0, WEXITSTATUS(status), "when too many are on their way, they "
	    "are sent later");
	rights_receive(sv[1], buf, sizeof buf, &r);
	rights_close(&r);
	rights_send(sv[0], &iov, 1, fd, 2);
	tap_int(2, rights_receive(sv[1], buf, 2, &r), "octets that are cut");
	tap_ok(r.cut && r.n == 0 && r.fd[0] == -1, "bring no descriptor");
	after = dup(0);
	tap_int(before, after, "and none is left open");
	close(sv[0]);
	tap_int(0, rights_receive(sv[1], buf, sizeof buf, &r),
	    "the end is no octets");
	return tap_done();
}
