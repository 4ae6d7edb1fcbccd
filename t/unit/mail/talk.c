/* What session and worker say: whole, and whatever else may come. */

#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "tap.h"
#include "talk.h"

static int sock[2];
static char buf[MAIL_TALK_MAX] __attribute__((aligned(8)));

static void
open_pair(void)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0)
		abort();
}

static int
memfd(void)
{
	return memfd_create("t", MFD_CLOEXEC);
}

static struct mail_message
empty(enum mail_talk_kind kind)
{
	return (struct mail_message){ .kind = kind, .fd = { -1, -1, -1 } };
}

/* ---- whole --------------------------------------------------------------- */

static void
test_kinds(void)
{
	struct mail_message m = empty(MAIL_JUDGE), r;
	uint32_t docs[3] = { 1, MAIL_NONE, 7 };
	struct mail_edit_done done[2] = { { .part = 4 }, { .part = 5 } };

	m.u.judge = (struct mail_judge){ .serial = 9, .size = 100,
		.id = "abc" };
	m.fd[0] = memfd();
	tap_int(0, mail_talk_receive(sock[1], buf, &r), "nothing is there yet");
	tap_int(1, mail_talk_send(sock[0], &m), "JUDGE is sent");
	tap_int(1, mail_talk_receive(sock[1], buf, &r), "and received");
	tap_ok(r.kind == MAIL_JUDGE && r.u.judge.serial == 9 &&
	    r.u.judge.size == 100, "as it was");
	tap_cstr("abc", r.u.judge.id, "with its text");
	tap_ok(r.fd[0] >= 0 && fcntl(r.fd[0], F_GETFD) == FD_CLOEXEC,
	    "and a descriptor, close-on-exec");
	mail_talk_forget(&r);
	tap_int(-1, r.fd[0], "which is forgotten");

	m = empty(MAIL_EDIT);
	m.u.edit = (struct mail_edit){ .docs = 3, .has_file = 1 };
	m.rest = (struct str){ (char *)docs, sizeof docs };
	m.fd[0] = memfd();
	tap_int(1, mail_talk_send(sock[0], &m), "EDIT is sent");
	tap_int(1, mail_talk_receive(sock[1], buf, &r), "and received");
	tap_ok(r.rest.n == sizeof docs &&
	    memcmp(r.rest.p, docs, sizeof docs) == 0, "with its rows");
	mail_talk_forget(&r);

	m.u.edit.has_file = 0;
	m.rest = STR_NULL;
	m.fd[1] = m.fd[0];
	m.fd[0] = -1;
	tap_int(1, mail_talk_send(sock[0], &m), "EDIT with rows in a memfd");
	tap_int(1, mail_talk_receive(sock[1], buf, &r), "is received");
	tap_ok(r.fd[0] < 0 && r.fd[1] >= 0, "each descriptor at its place");
	mail_talk_forget(&r);

	m = empty(MAIL_EDITED);
	m.u.edited = (struct mail_edited){ .edits = 2 };
	memset(m.u.edited.why, 'x', sizeof m.u.edited.why);
	memset(done[1].what, 'y', sizeof done[1].what);
	memset(done[1].detail, 'z', sizeof done[1].detail);
	m.rest = (struct str){ (char *)done, sizeof done };
	tap_int(1, mail_talk_send(sock[0], &m), "EDITED without NUL");
	tap_int(1, mail_talk_receive(sock[1], buf, &r), "is received");
	memcpy(done, r.rest.p, sizeof done);
	tap_ok(strnlen(r.u.edited.why, MAIL_TALK_WHY) == MAIL_TALK_WHY - 1 &&
	    strnlen(done[1].what, 28) == 27 &&
	    strnlen(done[1].detail, 64) == 63, "and its texts end");

	m = empty(MAIL_DIED);
	tap_int(1, mail_talk_send(sock[0], &m), "DIED is sent");
	tap_int(1, mail_talk_receive(sock[1], buf, &r), "and received");
}

/* ---- what is no message -------------------------------------------------- */

struct raw {
	uint32_t kind, fds;
	union {
		struct mail_judge judge;
		struct mail_facts facts;
		struct mail_edit edit;
		struct mail_edited edited;
		struct mail_decoded decoded;
		char octets[256];
	} u;
};

static void
send_raw(const void *p, size_t n, int fds)
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
		msg.msg_controllen = CMSG_SPACE((size_t)fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)fds * sizeof(int));
		for (int i = 0; i < fds; i++) {
			int fd = memfd();

			memcpy(CMSG_DATA(c) + (size_t)i * sizeof fd, &fd,
			    sizeof fd);
		}
	}
	if (sendmsg(sock[0], &msg, 0) < 0)
		abort();
	for (int i = 0; i < fds; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)) +
		    (size_t)i * sizeof fd, sizeof fd);
		close(fd);
	}
}

enum { WIRE = 8 };

static const struct {
	const char *name;
	struct raw raw;
	size_t n;
	int fds;
} bad[] = {
	{ "an octet", { 0 }, 1, 0 },
	{ "no kind", { .kind = 0 }, WIRE + 100, 0 },
	{ "an unknown kind", { .kind = 77 }, WIRE + 100, 0 },
	{ "half a head", { .kind = MAIL_JUDGE, .fds = 1 }, WIRE + 30, 1 },
	{ "octets behind the head", { .kind = MAIL_JUDGE, .fds = 1 },
	    WIRE + sizeof(struct mail_judge) + 1, 1 },
	{ "JUDGE without octets", { .kind = MAIL_JUDGE },
	    WIRE + sizeof(struct mail_judge), 0 },
	{ "JUDGE with three", { .kind = MAIL_JUDGE, .fds = 7 },
	    WIRE + sizeof(struct mail_judge), 3 },
	{ "a descriptor not told of", { .kind = MAIL_DIED },
	    WIRE + sizeof(struct mail_died), 1 },
	{ "one told of that is not there", { .kind = MAIL_JUDGE, .fds = 1 },
	    WIRE + sizeof(struct mail_judge), 0 },
	{ "the second place of JUDGE", { .kind = MAIL_JUDGE, .fds = 2 },
	    WIRE + sizeof(struct mail_judge), 1 },
	{ "places there are none of", { .kind = MAIL_JUDGE, .fds = 1u << 31 },
	    WIRE + sizeof(struct mail_judge), 1 },
	{ "four descriptors", { .kind = MAIL_JUDGE, .fds = 15 },
	    WIRE + sizeof(struct mail_judge), 4 },
	{ "eight descriptors", { .kind = MAIL_JUDGE, .fds = 1 },
	    WIRE + sizeof(struct mail_judge), 8 },
	{ "FACTS without an index", { .kind = MAIL_FACTS },
	    WIRE + sizeof(struct mail_facts), 0 },
	{ "an index of no size", { .kind = MAIL_FACTS, .fds = 1 },
	    WIRE + sizeof(struct mail_facts), 1 },
	{ "a status there is none of", { .kind = MAIL_FACTS,
	    .u.facts.status = 3 }, WIRE + sizeof(struct mail_facts), 0 },
	{ "EDIT of more rows than come", { .kind = MAIL_EDIT,
	    .u.edit.docs = 2 }, WIRE + sizeof(struct mail_edit) + 4, 0 },
	{ "EDIT of too many rows", { .kind = MAIL_EDIT, .fds = 2,
	    .u.edit.docs = MAIL_TALK_DOCS + 1 },
	    WIRE + sizeof(struct mail_edit), 1 },
	{ "EDIT with a file it does not tell of", { .kind = MAIL_EDIT,
	    .fds = 1 }, WIRE + sizeof(struct mail_edit), 1 },
	{ "EDITED of rows that do not come", { .kind = MAIL_EDITED,
	    .u.edited.edits = UINT32_MAX }, WIRE + sizeof(struct mail_edited),
	    0 },
	{ "EDITED in a file and not", { .kind = MAIL_EDITED, .fds = 2,
	    .u.edited.in_file = 1 }, WIRE + sizeof(struct mail_edited), 1 },
	{ "DECODED without octets", { .kind = MAIL_DECODED,
	    .u.decoded.ok = 1 }, WIRE + sizeof(struct mail_decoded), 0 },
};

static void
test_bad(void)
{
	static char long_one[MAIL_TALK_MAX + 1];
	int before = memfd(), after;
	struct mail_message m;

	close(before);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		send_raw(&bad[i].raw, bad[i].n, bad[i].fds);
		tap_int(ERR_SYNTAX, mail_talk_receive(sock[1], buf, &m),
		    "refused: %s", bad[i].name);
		after = memfd();
		tap_int(before, after, "and nothing of it stays open");
		close(after);
	}
	long_one[0] = MAIL_DIED;
	send_raw(long_one, sizeof long_one, 0);
	tap_int(ERR_SYNTAX, mail_talk_receive(sock[1], buf, &m),
	    "refused: a message that is cut");
	m = empty(MAIL_EDIT);
	m.rest = (struct str){ long_one, MAIL_TALK_MAX };
	tap_int(ERR_LIMIT, mail_talk_send(sock[0], &m),
	    "more rows than fit are not sent");
}

static void
test_end(void)
{
	struct mail_message m = empty(MAIL_DIED), r;
	int rc;

	while ((rc = mail_talk_send(sock[0], &m)) == 1)
		continue;
	tap_int(0, rc, "a full socket is not waited for");
	close(sock[0]);
	while ((rc = mail_talk_receive(sock[1], buf, &r)) == 1)
		continue;
	tap_int(ERR_EOF, rc, "its end is seen behind what was sent");
	tap_int(ERR_EOF, mail_talk_send(sock[1], &m), "sending sees it, too");
	close(sock[1]);
}

int
main(void)
{
	open_pair();
	test_kinds();
	test_bad();
	test_end();
	return tap_done();
}
