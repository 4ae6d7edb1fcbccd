/* Plain legs, waiting, copying and splicing between them. */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "origdst.h"
#include "pump.h"
#include "tap.h"

/* A leg and the raw other end of its connection. */
struct leg {
	struct io io;
	int peer;
};

static void
unix_leg(struct leg *l)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0 ||
	    io_setup_socket(fd[0], 0, 0) < 0)
		abort();
	io_init(&l->io, fd[0], 0, 0);
	l->peer = fd[1];
}

/* Over TCP on loopback. */
static void
tcp_leg(struct leg *l)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof sin;
	int lsn = socket(AF_INET, SOCK_STREAM, 0), fd;

	l->peer = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(lsn, (struct sockaddr *)&sin, n) < 0 || listen(lsn, 1) < 0 ||
	    getsockname(lsn, (struct sockaddr *)&sin, &n) < 0 ||
	    connect(l->peer, (struct sockaddr *)&sin, n) < 0 ||
	    (fd = accept(lsn, NULL, NULL)) < 0 ||
	    io_setup_socket(fd, 0, 0) < 0)
		abort();
	close(lsn);
	io_init(&l->io, fd, 0, 0);
}

static void
end_leg(struct leg *l)
{
	io_fini(&l->io);
	if (l->peer >= 0)
		close(l->peer);
}

static void
say(int fd, const char *s)
{
	if (send(fd, s, strlen(s), MSG_NOSIGNAL) != (ssize_t)strlen(s))
		abort();
}

/* What the peer has got so far, as text. */
static const char *
heard(int fd)
{
	static char text[256];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int
sock_opt(int fd, int level, int name)
{
	int v = -1;
	socklen_t n = sizeof v;

	getsockopt(fd, level, name, &v, &n);
	return v;
}

/* ---- one leg ------------------------------------------------------------ */

static void
test_setup(void)
{
	struct leg l;
	struct addr a;

	tcp_leg(&l);
	tap_ok(fcntl(l.io.fd, F_GETFL) & O_NONBLOCK, "non-blocking");
	tap_ok(fcntl(l.io.fd, F_GETFD) & FD_CLOEXEC, "closed on exec");
	tap_int(1, sock_opt(l.io.fd, IPPROTO_TCP, TCP_NODELAY), "no delay");
	tap_int(1, sock_opt(l.io.fd, SOL_SOCKET, SO_KEEPALIVE), "keepalive");
	io_setup_socket(l.io.fd, 20000, 30000);
	tap_int(40000, sock_opt(l.io.fd, SOL_SOCKET, SO_RCVBUF),
	    "receive buffer (the kernel doubles it)");
	tap_int(60000, sock_opt(l.io.fd, SOL_SOCKET, SO_SNDBUF), "send buffer");
	tap_int(ERR_IO, io_setup_socket(-1, 0, 0), "no socket");
	tap_ok(!origdst_get(l.io.fd, &a), "not redirected: no other target");
	end_leg(&l);
}

static void
test_read(void)
{
	struct leg l;

	unix_leg(&l);
	tap_int(0, io_fill(&l.io), "nothing yet");
	tap_ok(l.io.in.mem == NULL || buf_len(&l.io.in) == 0, "empty");
	say(l.peer, "a NOOP\r\n");
	tap_int(8, io_fill(&l.io), "a line");
	say(l.peer, "b");
	tap_int(1, io_fill(&l.io), "and more");
	tap_str(STR("a NOOP\r\nb"), buf_str(&l.io.in), "in order");
	tap_int(9, (int64_t)l.io.in_bytes, "counted");
	io_drop(&l.io, 9);
	io_idle(&l.io);
	tap_ok(l.io.in.mem == NULL, "idle: memory given back");
	shutdown(l.peer, SHUT_WR);
	tap_int(ERR_EOF, io_fill(&l.io), "the end");
	tap_int(ERR_EOF, io_fill(&l.io), "stays the end");
	tap_ok(!io_want_in(&l.io), "nothing more is wanted");
	tap_ok(io_put(&l.io, STR("bye")), "put");
	io_commit(&l.io);
	tap_int(3, io_flush(&l.io), "half-closed: we still send");
	tap_cstr("bye", heard(l.peer), "and it arrives");
	end_leg(&l);
}

static void
test_commit(void)
{
	struct leg l;

	unix_leg(&l);
	tap_ok(io_put(&l.io, STR("* OK half")), "half a line");
	tap_int(0, (int64_t)io_unsent(&l.io), "is not to be sent");
	tap_int(0, io_flush(&l.io), "and is not");
	tap_int(0, io_poll_events(&l.io, false), "nor waited for");
	tap_int(9, (int64_t)io_uncommitted(&l.io), "it is being built");
	io_rollback(&l.io);
	tap_int(0, (int64_t)io_uncommitted(&l.io), "taken back");
	tap_ok(io_put(&l.io, STR("* BYE\r\n")), "another line");
	io_commit(&l.io);
	tap_ok(io_put(&l.io, STR("* unfinished")), "and one behind it");
	tap_int(POLLOUT, io_poll_events(&l.io, false), "waits to send");
	tap_int(7, io_flush(&l.io), "the committed one goes");
	io_rollback(&l.io);
	tap_int(0, (int64_t)buf_len(&l.io.out), "the other is taken back");
	tap_cstr("* BYE\r\n", heard(l.peer), "the peer saw one");
	tap_int(7, (int64_t)l.io.out_bytes, "counted");
	end_leg(&l);
}

static void
test_limits(void)
{
	static char big[IO_BUF + 1];
	struct leg l;
	int n = 0, rc;

	unix_leg(&l);
	tap_ok(!io_put(&l.io, (struct str){ big, sizeof big }),
	    "more than the buffer holds");
	tap_int(0, (int64_t)buf_len(&l.io.out), "is not taken in part");
	tap_ok(io_put(&l.io, (struct str){ big, IO_BUF }), "to the brim");
	tap_int(0, (int64_t)io_room(&l.io), "no room");
	tap_ok(!io_put(&l.io, STR("x")), "not one more");
	io_commit(&l.io);
	while ((rc = io_flush(&l.io)) > 0) {
		n += rc;
		if (io_room(&l.io) == IO_BUF &&
		    io_put(&l.io, (struct str){ big, IO_BUF }))
			io_commit(&l.io);
	}
	tap_int(0, rc, "a peer that does not read blocks us");
	tap_ok(n > 0 && io_unsent(&l.io) > 0, "with octets unsent");
	close(l.peer);
	l.peer = -1;
	tap_int(ERR_IO, io_flush(&l.io), "a peer that went");
	tap_cstr("the peer takes no more", l.io.why, "is told");
	tap_int(ERR_IO, io_flush(&l.io), "for good");
	end_leg(&l);
	unix_leg(&l);
	buf_fini(&l.io.in);
	io_init(&l.io, l.io.fd, 1, 1);
	tap_int(IO_BUF_MIN, (int64_t)l.io.in.cap, "no buffer is too small");
	end_leg(&l);
}

/* A nearly full buffer is not read octet by octet at its end. */
static void
test_contiguous(void)
{
	static char big[IO_BUF];
	struct leg l;
	size_t n = 0;
	int rc;

	unix_leg(&l);
	if (write(l.peer, big, sizeof big) != sizeof big)
		abort();
	while (n < sizeof big && (rc = io_fill(&l.io)) > 0)
		n += (size_t)rc;
	tap_int(sizeof big, (int64_t)n, "the buffer is full");
	io_drop(&l.io, IO_BUF - 100);
	if (write(l.peer, big, 30000) != 30000)
		abort();
	tap_int(30000, io_fill(&l.io), "read in one piece nevertheless");
	tap_int(30100, (int64_t)buf_len(&l.io.in), "behind what was there");
	end_leg(&l);
}

static void
test_close(void)
{
	struct leg l;
	int64_t t0;
	char c;

	tcp_leg(&l);
	tap_ok(io_put(&l.io, STR("* BYE\r\n")), "put");
	io_commit(&l.io);
	t0 = clock_ms();
	io_close(&l.io, 100);
	tap_ok(clock_ms() - t0 >= 99, "a peer that stays is waited for");
	tap_cstr("* BYE\r\n", heard(l.peer), "the last line was sent");
	tap_ok(send(l.peer, "x", 1, MSG_NOSIGNAL) < 0, "then RST");
	tap_int(ERR_STATE, io_flush(&l.io) ? io_flush(&l.io) : ERR_STATE,
	    "closed");
	end_leg(&l);

	tcp_leg(&l);
	shutdown(l.peer, SHUT_WR);
	t0 = clock_ms();
	io_close(&l.io, 5000);
	tap_ok(clock_ms() - t0 < 1000, "a peer that closes is not");
	tap_int(0, recv(l.peer, &c, 1, 0), "and sees an orderly end");
	end_leg(&l);

	tcp_leg(&l);
	io_close(&l.io, 0);
	tap_ok(recv(l.peer, &c, 1, 0) < 0, "close-timeout 0: RST at once");
	tap_int(-1, l.io.fd, "closed");
	end_leg(&l);
}

/* ---- two legs ----------------------------------------------------------- */

static void
test_wait(void)
{
	struct leg a, b;
	int extra[2];

	unix_leg(&a);
	unix_leg(&b);
	if (pipe(extra) < 0)
		abort();
	tap_int(0, pump_wait(&a.io, true, &b.io, true, extra[0],
	    clock_after(20)), "nothing happens: the deadline");
	say(a.peer, "x");
	tap_int(PUMP_A_IN, pump_wait(&a.io, true, &b.io, true, extra[0],
	    CLOCK_NEVER), "input of the first");
	tap_int(0, pump_wait(&a.io, false, &b.io, true, extra[0],
	    clock_after(20)), "which was not asked for");
	say(b.peer, "x");
	if (!io_put(&b.io, STR("y")))
		abort();
	io_commit(&b.io);
	tap_int(PUMP_B_IN | PUMP_B_OUT, pump_wait(NULL, true, &b.io, true, -1,
	    CLOCK_NEVER), "both of the second");
	if (write(extra[1], "!", 1) != 1)
		abort();
	tap_int(PUMP_EXTRA, pump_wait(NULL, true, NULL, true, extra[0],
	    CLOCK_NEVER), "the extra one");
	close(a.peer);
	a.peer = -1;
	io_fill(&a.io);
	tap_int(PUMP_A_IN, pump_wait(&a.io, true, NULL, false, -1,
	    CLOCK_NEVER), "a hang-up is input");
	tap_int(ERR_EOF, io_fill(&a.io), "which is the end");
	tap_int(0, pump_wait(&a.io, true, NULL, false, -1, clock_after(20)),
	    "and is reported once");
	close(extra[0]);
	close(extra[1]);
	end_leg(&a);
	end_leg(&b);
}

static void
test_copy(void)
{
	struct leg a, b;

	unix_leg(&a);
	unix_leg(&b);
	say(a.peer, "literal and more");
	io_fill(&a.io);
	tap_int(7, pump_copy(&a.io, &b.io, 7), "seven octets");
	tap_cstr("literal", heard(b.peer), "are written at once");
	if (!io_put(&b.io, STR("[")))
		abort();
	io_commit(&b.io);
	tap_int(4, pump_copy(&a.io, &b.io, 4), "behind unsent octets");
	tap_cstr("", heard(b.peer), "they queue");
	tap_int(5, io_flush(&b.io), "and go together");
	tap_cstr("[ and", heard(b.peer), "in order");
	tap_int(5, pump_copy(&a.io, &b.io, 1000), "no more than there is");
	tap_int(0, pump_copy(&a.io, &b.io, 1000), "nothing");
	end_leg(&a);
	end_leg(&b);
}

/* What a target does not take at once must be waited for. */
static void
test_copy_blocked(void)
{
	static char big[IO_BUF];
	struct leg a, b;
	int64_t n;

	unix_leg(&a);
	unix_leg(&b);
	do {
		if (send(a.peer, big, sizeof big, MSG_DONTWAIT) <= 0 &&
		    io_fill(&a.io) < 0)
			abort();
		io_fill(&a.io);
		n = pump_copy(&a.io, &b.io, IO_BUF);
	} while (n > 0 && io_unsent(&b.io) == 0);
	tap_ok(n > 0, "a target that blocks");
	tap_ok(io_unsent(&b.io) > 0, "keeps what it could not send");
	tap_int(0, (int64_t)buf_len(&a.io.in), "so the source can go on");
	tap_int(0, pump_wait(NULL, false, &b.io, false, -1, clock_after(20)),
	    "it is not ready");
	while (recv(b.peer, big, sizeof big, MSG_DONTWAIT) > 0)
		;
	tap_int(PUMP_B_OUT, pump_wait(NULL, false, &b.io, false, -1,
	    clock_after(1000)), "until its peer reads");
	end_leg(&a);
	end_leg(&b);
}

/* ---- splice ------------------------------------------------------------- */

/* A child that writes n octets of a pattern, then what follows, and exits. */
static pid_t
feeder(int fd, size_t n, const char *then)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		char block[3001];
		size_t at = 0;

		while (at < n) {
			size_t k = n - at < sizeof block ? n - at :
			    sizeof block;

			for (size_t i = 0; i < k; i++)
				block[i] = (char)((at + i) % 251);
			if (write(fd, block, k) != (ssize_t)k)
				_exit(1);
			at += k;
		}
		_exit(write(fd, then, strlen(then)) < 0);
	}
	return pid;
}

/* A child that reads everything; exits 0 when it is n octets of the pattern. */
static pid_t
eater(int fd, size_t n)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		unsigned char block[7000];
		size_t at = 0;
		ssize_t k;

		while (at < n && (k = read(fd, block, sizeof block)) > 0)
			for (ssize_t i = 0; i < k; i++)
				if (block[i] != at++ % 251)
					_exit(2);
		_exit(at != n);
	}
	return pid;
}

static int
ended(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static int64_t
run_splice(struct pump_splice *s, struct leg *a, struct leg *b, int *idle_r)
{
	int64_t rc = 0;

	*idle_r = 0;
	while (pump_splice_left(s) > 0) {
		rc = pump_splice_step(s, &a->io, &b->io);
		if (rc < 0)
			break;
		if (rc == 0 && pump_splice_wait(s, &a->io, &b->io, false,
		    clock_after(5000)) == 0)
			++*idle_r;
	}
	return rc;
}

static void
test_splice(void)
{
	enum { N = 5000000 };
	struct pump_splice s;
	struct leg a, b;
	pid_t from, to;
	int64_t rc;
	int idle;

	tcp_leg(&a);
	tcp_leg(&b);
	from = feeder(a.peer, N, ")\r\n");
	to = eater(b.peer, N);
	tap_int(0, pump_splice_begin(&s, &a.io, &b.io, N), "a literal of 5 MB");
	rc = run_splice(&s, &a, &b, &idle);
	tap_ok(rc > 0 && idle == 0, "is moved");
	pump_splice_end(&s);
	tap_int(-1, s.pipe[0], "the pipe is closed");
	tap_int(0, ended(to), "octet for octet");
	tap_int(0, ended(from), "to its end");
	tap_int(N, (int64_t)a.io.in_bytes, "counted in");
	tap_int(N, (int64_t)b.io.out_bytes, "counted out");
	tap_int(3, io_fill(&a.io), "what follows is left");
	tap_str(STR(")\r\n"), buf_str(&a.io.in), "as it was");
	end_leg(&a);
	end_leg(&b);
}

static void
test_splice_ends(void)
{
	struct pump_splice s;
	struct leg a, b;
	pid_t from;
	int idle;

	tcp_leg(&a);
	tcp_leg(&b);
	from = feeder(a.peer, 300000, "");
	ended(from);
	close(a.peer);
	a.peer = -1;
	tap_int(0, pump_splice_begin(&s, &a.io, &b.io, 400000),
	    "400,000 octets");
	tap_int(ERR_TRUNCATED, run_splice(&s, &a, &b, &idle),
	    "of which 300,000 come");
	tap_cstr("connection closed inside a literal", a.io.why, "is told");
	tap_int(300000, (int64_t)b.io.out_bytes, "what came was sent");
	tap_int(0, idle, "without waiting");
	pump_splice_end(&s);
	end_leg(&a);
	end_leg(&b);

	tcp_leg(&a);
	tcp_leg(&b);
	close(b.peer);	/* before the fork, which would keep it open */
	b.peer = -1;
	from = feeder(a.peer, 300000, "");
	tap_int(0, pump_splice_begin(&s, &a.io, &b.io, 300000), "no reader");
	tap_int(ERR_IO, run_splice(&s, &a, &b, &idle), "is an error");
	tap_cstr("output failed inside a literal", b.io.why, "of the target");
	pump_splice_end(&s);
	io_close(&a.io, 0);
	ended(from);
	end_leg(&a);
	end_leg(&b);
}

/* One user's pipe pages run out after some 64 such pipes. */
static int
exhaust_pipes(const struct leg *a, const struct leg *b)
{
	struct pump_splice s;
	int rc = 0;

	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setuid(65534) < 0))
		return 2;
	for (int i = 0; i < 400 && rc == 0; i++)
		rc = pump_splice_begin(&s, &a->io, &b->io, PUMP_SPLICE_MIN);
	return rc == ERR_SUPPORT && s.pipe[0] == -1 ? 0 : 3;
}

static void
test_splice_refused(void)
{
	struct rlimit lim, none;
	struct pump_splice s;
	struct leg a, b;
	pid_t pid;

	unix_leg(&a);
	unix_leg(&b);
	tap_int(ERR_SUPPORT, pump_splice_begin(&s, &a.io, &b.io,
	    PUMP_SPLICE_MIN - 1), "a short literal is not worth a pipe");
	getrlimit(RLIMIT_NOFILE, &lim);
	none = (struct rlimit){ 0, lim.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	tap_int(ERR_SUPPORT, pump_splice_begin(&s, &a.io, &b.io, 1 << 20),
	    "no descriptor for a pipe");
	setrlimit(RLIMIT_NOFILE, &lim);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(exhaust_pipes(&a, &b));
	tap_int(0, ended(pid), "a refused pipe size falls back to copying");
	end_leg(&a);
	end_leg(&b);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_setup();
	test_read();
	test_commit();
	test_limits();
	test_contiguous();
	test_close();
	test_wait();
	test_copy();
	test_copy_blocked();
	test_splice();
	test_splice_ends();
	test_splice_refused();
	return tap_done();
}
