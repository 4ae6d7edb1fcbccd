/*
 * Datagrams that a worker or a session might send the other.  Property: what
 * is received is a message of its kind, whose rows lie in the buffer and
 * whose descriptors are there; sent again it is received again as the same;
 * and whatever was refused leaves no descriptor open.  The first octet says
 * how many descriptors come along.
 */

#include <sys/socket.h>

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int sock[2], null;
static char buf[MAIL_TALK_MAX] __attribute__((aligned(8)));

static void
send_raw(const uint8_t *p, size_t n, size_t fds)
{
	union {
		char octets[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fds > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds * sizeof(int));
		for (size_t i = 0; i < fds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof null, &null,
			    sizeof null);
	}
	if (sendmsg(sock[0], &msg, 0) < 0)
		abort();
}

static void
check(const struct mail_message *m)
{
	assert(m->kind >= MAIL_JUDGE && m->kind <= MAIL_DIED);
	assert(m->rest.n == 0 || (m->rest.p > buf &&
	    m->rest.p + m->rest.n <= buf + sizeof buf));
	for (int i = 0; i < MAIL_TALK_FDS; i++)
		assert(m->fd[i] < 0 || fcntl(m->fd[i], F_GETFD) ==
		    FD_CLOEXEC);
	if (m->kind == MAIL_JUDGE)
		assert(memchr(m->u.judge.id, '\0', sizeof m->u.judge.id));
}

static void
again(struct mail_message *m)
{
	static char rows[MAIL_TALK_MAX];
	struct mail_message r;

	memcpy(rows, m->rest.p, m->rest.n);
	m->rest.p = rows;
	assert(mail_talk_send(sock[0], m) == 1);
	assert(mail_talk_receive(sock[1], buf, &r) == 1);
	assert(r.kind == m->kind && r.rest.n == m->rest.n &&
	    memcmp(r.rest.p, rows, r.rest.n) == 0);
	for (int i = 0; i < MAIL_TALK_FDS; i++)
		assert((r.fd[i] < 0) == (m->fd[i] < 0));
	mail_talk_forget(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mail_message m;
	int rc, next;

	if (n < 2 || n > MAIL_TALK_MAX + 10)
		return 0;
	if (null == 0) {
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET |
		    SOCK_CLOEXEC, 0, sock) < 0)
			abort();
	}
	next = dup(null);
	close(next);
	send_raw(data + 1, n - 1, data[0] % 6);
	rc = mail_talk_receive(sock[1], buf, &m);
	assert(rc == 1 || rc == ERR_SYNTAX);
	if (rc == 1) {
		check(&m);
		again(&m);
		mail_talk_forget(&m);
	}
	rc = dup(null);
	assert(rc == next);
	close(rc);
	return 0;
}
