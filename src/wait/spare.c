#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "spare.h"

/* Room for one descriptor, aligned. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void
drop(struct spares *s, size_t i)
{
	close(s->rows[i].fd);
	s->rows[i] = s->rows[--s->n];
}

void
spares_add(struct spares *s, pid_t pid, int fd)
{
	assert(s->n < SPARES_MAX);
	s->rows[s->n++] = (struct spare){ pid, fd };
}

static bool
give(int fd, int client, unsigned socket)
{
	union control c = { .room = { 0 } };
	struct iovec iov = { &socket, sizeof socket };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &c, .msg_controllen = sizeof c.room,
	};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof client);
	memcpy(CMSG_DATA(h), &client, sizeof client);
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)sizeof socket;
}

pid_t
spares_hand(struct spares *s, int client, unsigned socket)
{
	while (s->n > 0) {
		struct spare r = s->rows[0];	/* or another, as drop() goes */
		bool given = give(r.fd, client, socket);

		drop(s, 0);
		if (given)
			return r.pid;
	}
	return 0;
}

void
spares_discard(struct spares *s)
{
	while (s->n > 0)
		drop(s, 0);
}

bool
spares_left(struct spares *s, pid_t pid)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->rows[i].pid == pid) {
			drop(s, i);
			return true;
		}
	return false;
}

void
spares_forked(const struct spares *s)
{
	for (size_t i = 0; i < s->n; i++)
		close(s->rows[i].fd);
}

int
spare_wait(int fd, unsigned *socket_r)
{
	union control c;
	struct iovec iov = { socket_r, sizeof *socket_r };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &c, .msg_controllen = sizeof c.room,
	};
	struct cmsghdr *h;
	int client = -1;
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	h = n == (ssize_t)sizeof *socket_r ? CMSG_FIRSTHDR(&m) : NULL;
	if (h != NULL && h->cmsg_level == SOL_SOCKET &&
	    h->cmsg_type == SCM_RIGHTS)
		memcpy(&client, CMSG_DATA(h), sizeof client);
	close(fd);
	return client;
}
