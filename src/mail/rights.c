#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "rights.h"

ssize_t
rights_send(int sock, struct iovec *iov, size_t niov, const int *fd, size_t n)
{
	union {
		char octets[CMSG_SPACE(RIGHTS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = niov };
	struct cmsghdr *c;
	ssize_t sent = -1;

	assert(n <= RIGHTS_MAX);
	if (n > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof *fd);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof *fd);
		memcpy(CMSG_DATA(c), fd, n * sizeof *fd);
	}
	for (int i = 0; i < RIGHTS_TRIES; i++) {
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0 || errno != ETOOMANYREFS)
			break;
		poll(NULL, 0, RIGHTS_WAIT_MS);
	}
	return sent;
}

static void
take(struct msghdr *msg, struct rights *r)
{
	struct cmsghdr *c;
	size_t n;
	int fd;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof fd;
		for (size_t i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (r->n < RIGHTS_MAX) {
				r->fd[r->n++] = fd;
			} else {
				close(fd);
				r->cut = true;
			}
		}
	}
}

ssize_t
rights_receive(int sock, void *buf, size_t size, struct rights *r)
{
	union {
		/* one more than is taken, so that it shows */
		char octets[CMSG_SPACE((RIGHTS_MAX + 1) * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { buf, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof control };
	ssize_t n;

	*r = (struct rights){ .fd = { -1, -1, -1, -1 } };
	n = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return n;
	take(&msg, r);
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		r->cut = true;
	if (r->cut)
		rights_close(r);
	return n;
}

void
rights_close(struct rights *r)
{
	for (size_t i = 0; i < RIGHTS_MAX; i++)
		fd_close(&r->fd[i]);
	r->n = 0;
}
