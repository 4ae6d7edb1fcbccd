#ifndef RIGHTS_H
#define RIGHTS_H

/*
 * Datagrams with descriptors (SCM_RIGHTS) on sockets of AF_UNIX.  Nothing
 * blocks, whatever the socket's mode, but for the time in which the kernel
 * counts too many descriptors on their way: all that a user's processes have
 * sent and that nobody has received yet, against the sender's RLIMIT_NOFILE.
 * Fifty sessions that begin at once can come to that; it passes.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

enum {
	/* Descriptors of one datagram; more are refused. */
	RIGHTS_MAX = 4,
	/* A second for others to receive theirs; then it is an error. */
	RIGHTS_TRIES = 200, RIGHTS_WAIT_MS = 5,
};

/* As sendmsg(2), with n descriptors, which stay the sender's. */
ssize_t rights_send(int sock, struct iovec *iov, size_t niov, const int *fd,
    size_t n);

struct rights {
	int fd[RIGHTS_MAX];	/* the receiver's to close; else -1 */
	size_t n;
	bool cut;		/* octets or descriptors are missing */
};

/*
 * As recvmsg(2); descriptors are close-on-exec.  What is cut, or brings more
 * than RIGHTS_MAX, brings none.
 */
ssize_t rights_receive(int sock, void *buf, size_t size, struct rights *r);
void rights_close(struct rights *r);

#endif
