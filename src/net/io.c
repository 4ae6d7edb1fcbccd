#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "io.h"
#include "tls.h"

void
io_init(struct io *io, int fd, size_t in_cap, size_t out_cap)
{
	int64_t now = clock_ms();

	if (in_cap == 0)
		in_cap = IO_BUF;
	if (out_cap == 0)
		out_cap = IO_BUF;
	*io = (struct io){ .fd = fd, .in_last = now, .out_last = now };
	buf_init(&io->in, in_cap < IO_BUF_MIN ? IO_BUF_MIN : in_cap);
	buf_init(&io->out, out_cap < IO_BUF_MIN ? IO_BUF_MIN : out_cap);
}

static void
drop_tls(struct io *io)
{
	if (io->tls != NULL)
		io->engine->conn_free(io->tls);
	io->tls = NULL;
}

void
io_fini(struct io *io)
{
	drop_tls(io);
	fd_close(&io->fd);
	buf_fini(&io->in);
	buf_fini(&io->out);
	io->committed = 0;
}

static int
set_opt(int fd, int level, int name, int v)
{
	return setsockopt(fd, level, name, &v, sizeof v);
}

int
io_setup_socket(int fd, int rcvbuf, int sndbuf)
{
	int domain = AF_UNIX;
	socklen_t n = sizeof domain;

	if (fd_nonblock(fd) < 0 || fd_cloexec(fd) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) < 0)
		return ERR_IO;
	if (rcvbuf > 0)
		(void)set_opt(fd, SOL_SOCKET, SO_RCVBUF, rcvbuf);
	if (sndbuf > 0)
		(void)set_opt(fd, SOL_SOCKET, SO_SNDBUF, sndbuf);
	if (domain != AF_INET && domain != AF_INET6)
		return 0;
	if (set_opt(fd, IPPROTO_TCP, TCP_NODELAY, 1) < 0 ||
	    set_opt(fd, SOL_SOCKET, SO_KEEPALIVE, 1) < 0)
		return ERR_IO;
	return 0;
}

/* ---- plain and TLS, one shape ------------------------------------------- */

static const char *
errno_why(int e)
{
	switch (e) {
	case ECONNRESET:
		return "connection reset by the peer";
	case EPIPE:
		return "the peer takes no more";
	case ETIMEDOUT:
		return "the peer does not answer any more";
	case EHOSTUNREACH:
	case ENETUNREACH:
		return "the peer became unreachable";
	default:
		return "input or output failed";
	}
}

static int
io_failed(struct io *io, int err)
{
	io->why = err == ERR_EOF ? "connection closed by the peer" :
	    errno_why(errno);
	return err;
}

static int
read_some(struct io *io, char *p, size_t n)
{
	ssize_t k;

	if (io->tls != NULL) {
		int rc = io->engine->read(io->tls, p, n);

		if (rc < 0)
			io->why = io->engine->why(io->tls);
		return rc;
	}
	do
		k = read(io->fd, p, n);
	while (k < 0 && errno == EINTR);
	if (k > 0)
		return (int)k;
	if (k == 0)
		return io_failed(io, ERR_EOF);
	return errno == EAGAIN ? 0 : io_failed(io, ERR_IO);
}

static int
write_some(struct io *io, const char *p, size_t n)
{
	ssize_t k;

	if (io->tls != NULL) {
		int rc = io->engine->write(io->tls, p, n);

		if (rc < 0)
			io->why = io->engine->why(io->tls);
		return rc;
	}
	do
		k = send(io->fd, p, n, MSG_NOSIGNAL);
	while (k < 0 && errno == EINTR);
	if (k >= 0)
		return (int)k;
	return errno == EAGAIN ? 0 : io_failed(io, ERR_IO);
}

/* ---- reading ------------------------------------------------------------ */

bool
io_want_in(const struct io *io)
{
	return io->fd >= 0 && io->in_err == 0 && buf_room(&io->in) > 0;
}

bool
io_pending(const struct io *io)
{
	return io->in_more && (io->in_err != 0 || io_want_in(io));
}

static int
fill_once(struct io *io)
{
	size_t n;
	char *p = buf_space(&io->in, 1, &n);
	int rc;

	if (p == NULL) {
		io->why = "no memory for a buffer";
		return ERR_IO;
	}
	/* a read into the last octets of the memory would be a small one */
	if (n < IO_BUF_MIN && buf_room(&io->in) > n)
		p = buf_space(&io->in, buf_room(&io->in) < IO_BUF_MIN ?
		    buf_room(&io->in) : IO_BUF_MIN, &n);
	rc = read_some(io, p, n);
	if (rc > 0) {
		buf_filled(&io->in, (size_t)rc);
		io->in_bytes += (uint64_t)rc;
	}
	return rc;
}

int
io_fill(struct io *io)
{
	int total = 0, rc = 0;

	io->in_more = false;
	if (io->in_err != 0)
		return io->in_err;
	if (io->fd < 0)
		return ERR_STATE;
	/* TLS gives a record at a time: go on while it has read more */
	while (buf_room(&io->in) > 0) {
		rc = fill_once(io);
		if (rc <= 0)
			break;
		total += rc;
		if (io->tls == NULL || !io->engine->pending(io->tls))
			break;
	}
	if (rc < 0)
		io->in_err = (int16_t)rc;
	if (total == 0)
		return rc;
	io->in_last = clock_ms();
	/* an end behind data is told by the next call */
	io->in_more = rc < 0 || (rc > 0 && io->tls != NULL &&
	    io->engine->pending(io->tls));
	return total;
}

void
io_drop(struct io *io, size_t n)
{
	buf_drop(&io->in, n);
}

/* ---- writing ------------------------------------------------------------ */

size_t
io_unsent(const struct io *io)
{
	return io->committed;
}

size_t
io_uncommitted(const struct io *io)
{
	return buf_len(&io->out) - io->committed;
}

size_t
io_room(const struct io *io)
{
	return buf_room(&io->out);
}

bool
io_put(struct io *io, struct str s)
{
	if (buf_len(&io->out) == 0)
		io->out_last = clock_ms();
	return buf_put(&io->out, s);
}

void
io_commit(struct io *io)
{
	io->committed = buf_len(&io->out);
}

void
io_rollback(struct io *io)
{
	buf_cut(&io->out, io->committed);
}

void
io_sent(struct io *io, size_t n)
{
	io->out_bytes += n;
	io->out_last = clock_ms();
	if (io->throttle != NULL)
		throttle_took(io->throttle, n);
}

int64_t
io_held_until(const struct io *io)
{
	return io->throttle != NULL && io->committed > 0 ?
	    throttle_opens(io->throttle) : 0;
}

size_t
io_let_through(struct io *io, size_t n)
{
	size_t piece;

	if (io->throttle == NULL)
		return n;
	if (throttle_opens(io->throttle) != 0) {
		/* it is not the peer who is late */
		io->out_last = clock_ms();
		return 0;
	}
	piece = throttle_piece(io->throttle);
	return n < piece ? n : piece;
}

int
io_flush(struct io *io)
{
	size_t n;
	int rc;

	if (io->out_err != 0)
		return io->out_err;
	if (io->committed == 0)
		return 0;
	if (io->fd < 0 || io->out_closed)
		return ERR_STATE;
	n = io_let_through(io, io->committed);
	if (n == 0)
		return 0;
	rc = write_some(io, io->out.mem + io->out.head, n);
	if (rc < 0)
		io->out_err = (int16_t)rc;
	if (rc <= 0)
		return rc;
	buf_drop(&io->out, (size_t)rc);
	io->committed -= (size_t)rc;
	io_sent(io, (size_t)rc);
	return rc;
}

/*
 * TLS that blocked has made a record of the first octets and wants the same
 * ones again: they go to out, where nothing can come before them.
 */
static int
keep_held(struct io *io, struct str rest)
{
	size_t n = io->tls != NULL ? io->engine->held(io->tls) : 0;

	if (n == 0)
		return 0;
	assert(n <= rest.n && buf_len(&io->out) == 0);
	if (!io_put(io, (struct str){ rest.p, n })) {
		io->why = "no memory for a buffer";
		return io->out_err = ERR_IO;
	}
	io_commit(io);
	return (int)n;
}

int
io_send_direct(struct io *io, struct str s)
{
	int rc, kept;

	assert(buf_len(&io->out) == 0);
	if (io->out_err != 0)
		return io->out_err;
	if (io->fd < 0 || io->out_closed)
		return ERR_STATE;
	if (s.n > INT_MAX)
		s.n = INT_MAX;
	s.n = io_let_through(io, s.n);
	if (s.n == 0)
		return 0;
	rc = write_some(io, s.p, s.n);
	if (rc < 0)
		return io->out_err = (int16_t)rc;
	if (rc > 0)
		io_sent(io, (size_t)rc);
	kept = keep_held(io, (struct str){ s.p + rc, s.n - (size_t)rc });
	return kept < 0 ? kept : rc + kept;
}

int
io_send_file(struct io *io, int fd, uint64_t off, size_t n)
{
	off_t at = (off_t)off;
	ssize_t k;

	assert(buf_len(&io->out) == 0);
	if (io->out_err != 0)
		return io->out_err;
	if (io->fd < 0 || io->out_closed)
		return ERR_STATE;
	n = io_let_through(io, n < INT_MAX ? n : INT_MAX);
	if (n == 0 || io->tls != NULL)
		return 0;
	do
		k = sendfile(io->fd, fd, &at, n);
	while (k < 0 && errno == EINTR);
	if (k < 0 && errno != EAGAIN)
		return io->out_err = (int16_t)io_failed(io, ERR_IO);
	if (k <= 0)
		return 0;
	io_sent(io, (size_t)k);
	return (int)k;
}

static short
tls_wants(const struct io *io, enum tls_op op, short plain)
{
	return io->tls != NULL ? io->engine->wants(io->tls, op) : plain;
}

short
io_poll_events(const struct io *io, bool want_in)
{
	short ev = 0;

	if (io->fd < 0)
		return 0;
	if (io->handshaking)
		return tls_wants(io, TLS_OP_HANDSHAKE, 0);
	if (want_in && io_want_in(io))
		ev |= tls_wants(io, TLS_OP_READ, POLLIN);
	if (io->committed > 0 && io->out_err == 0 && io_held_until(io) == 0)
		ev |= tls_wants(io, TLS_OP_WRITE, POLLOUT);
	return ev;
}

/* ---- TLS ---------------------------------------------------------------- */

size_t
io_start_tls(struct io *io, const struct tls_engine *engine,
    struct tls_conn *conn)
{
	size_t dropped = buf_len(&io->in);

	assert(io->tls == NULL && buf_len(&io->out) == 0);
	buf_drop(&io->in, dropped);
	io->engine = engine;
	io->tls = conn;
	io->handshaking = true;
	return dropped;
}

int
io_handshake(struct io *io)
{
	int rc;

	assert(io->tls != NULL);
	if (io->in_err != 0)
		return io->in_err;
	rc = io->engine->handshake(io->tls);
	if (rc < 0) {
		io->why = io->engine->why(io->tls);
		io->in_err = io->out_err = (int16_t)rc;
	} else if (rc > 0) {
		io->handshaking = false;
		io->in_last = io->out_last = clock_ms();
	}
	return rc;
}

/* ---- the end ------------------------------------------------------------ */

int
io_shut(struct io *io)
{
	int rc = 1;

	if (io->fd < 0 || io->out_closed)
		return 1;
	/* after a TLS error its alert is the last word */
	if (io->tls != NULL && !io->handshaking && io->out_err == 0 &&
	    (io->in_err == 0 || io->in_err == ERR_EOF))
		rc = io->engine->shut(io->tls);
	if (rc == 0)
		return 0;
	io->out_closed = true;
	if (shutdown(io->fd, SHUT_WR) < 0)
		return io_failed(io, ERR_IO);
	return rc;
}

/* Wait for the leg until the deadline; false when time is up. */
static bool
wait_leg(const struct io *io, short events, int64_t deadline)
{
	struct pollfd p = { .fd = io->fd, .events = events };
	int rc;

	do
		rc = poll(&p, 1, clock_left(deadline));
	while (rc < 0 && errno == EINTR && clock_left(deadline) != 0);
	return rc > 0;
}

/* Send what is left and our end; false when the peer does not take it. */
static bool
say_end(struct io *io, int64_t deadline)
{
	int rc;

	io_rollback(io);
	while (io->committed > 0) {
		rc = io_flush(io);
		if (rc < 0 || (rc == 0 && !wait_leg(io, POLLOUT |
		    io_poll_events(io, false), deadline)))
			return false;
	}
	while ((rc = io_shut(io)) == 0)
		if (!wait_leg(io, POLLOUT, deadline))
			return false;
	return rc > 0;
}

/* Read and drop until the peer's end; false when it does not come. */
static bool
await_end(const struct io *io, int64_t deadline)
{
	char trash[4096];
	ssize_t n;

	for (;;) {
		n = read(io->fd, trash, sizeof trash);
		if (n == 0)
			return true;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		/* the deadline holds against a peer that sends for ever */
		if (clock_left(deadline) == 0 ||
		    (n < 0 && !wait_leg(io, POLLIN, deadline)))
			return false;
	}
}

void
io_close(struct io *io, int timeout)
{
	int64_t deadline = clock_ms() + timeout;
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	if (io->fd < 0)
		return;
	if (timeout <= 0 || !say_end(io, deadline) ||
	    (!clock_stopped() && !await_end(io, deadline)))
		(void)setsockopt(io->fd, SOL_SOCKET, SO_LINGER, &reset,
		    sizeof reset);
	fd_close(&io->fd);
	if (io->in_err == 0)
		io->in_err = ERR_EOF;
	if (io->out_err == 0)
		io->out_err = ERR_STATE;
}

void
io_idle(struct io *io)
{
	buf_idle(&io->in);
	buf_idle(&io->out);
}
