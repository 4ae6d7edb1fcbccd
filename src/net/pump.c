#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "pump.h"

/* poll(2) once, through signals; the number of ready descriptors. */
static int
poll_until(struct pollfd *p, nfds_t n, int64_t deadline)
{
	int rc;

	do
		rc = poll(p, n, clock_left(deadline));
	while (rc < 0 && errno == EINTR && clock_left(deadline) != 0);
	return rc;
}

/* The deadline, or a throttle that opens before it. */
static int64_t
sooner(int64_t deadline, const struct io *io)
{
	int64_t opens = io != NULL ? io_held_until(io) : 0;

	return opens != 0 && opens < deadline ? opens : deadline;
}

static struct pollfd
poll_row(const struct io *io, bool in)
{
	struct pollfd p = { .fd = -1 };

	if (io == NULL)
		return p;
	p.events = io_poll_events(io, in);
	/* a leg that wants nothing must not wake us for a hang-up */
	p.fd = p.events != 0 ? io->fd : -1;
	return p;
}

/*
 * What a ready leg can do.  With TLS a direction may wait for the other one,
 * so whatever became possible is offered to both.
 */
static int
ready(const struct io *io, bool in, short revents)
{
	int bits = 0;

	if (io->handshaking)
		return PUMP_A_IN;
	if (io->tls != NULL || revents & (POLLHUP | POLLERR | POLLNVAL))
		revents |= POLLIN | POLLOUT;
	if (revents & POLLIN && in && io_want_in(io))
		bits |= PUMP_A_IN;
	if (revents & POLLOUT && io_unsent(io) > 0)
		bits |= PUMP_A_OUT;
	return bits;
}

int
pump_wait(const struct io *a, bool a_in, const struct io *b, bool b_in,
    int extra, int64_t deadline)
{
	struct pollfd p[3] = {
		poll_row(a, a_in), poll_row(b, b_in),
		{ .fd = extra, .events = POLLIN },
	};
	int now = 0, bits;

	if (a != NULL && a_in && io_pending(a))
		now |= PUMP_A_IN;
	if (b != NULL && b_in && io_pending(b))
		now |= PUMP_B_IN;
	deadline = sooner(sooner(deadline, a), b);
	if (poll_until(p, 3, now != 0 ? 0 : deadline) <= 0)
		return now;
	static_assert(PUMP_B_IN == PUMP_A_IN << 2 &&
	    PUMP_B_OUT == PUMP_A_OUT << 2, "legs have bits in the same order");
	bits = now;
	if (p[0].revents != 0)
		bits |= ready(a, a_in, p[0].revents);
	if (p[1].revents != 0)
		bits |= ready(b, b_in, p[1].revents) << 2;
	if (p[2].revents != 0)
		bits |= PUMP_EXTRA;
	return bits;
}

/* ---- copying ------------------------------------------------------------ */

int64_t
pump_copy(struct io *from, struct io *to, uint64_t n)
{
	struct str s = buf_str(&from->in);
	int rc = 0;

	if (s.n > n)
		s.n = (size_t)n;
	if (s.n == 0)
		return 0;
	if (io_unsent(to) == 0 && io_uncommitted(to) == 0)
		rc = io_send_direct(to, s);
	if (rc < 0)
		return rc;
	s = (struct str){ s.p + rc, s.n - (size_t)rc };
	assert(io_uncommitted(to) == 0);
	if (s.n > io_room(to))
		s.n = io_room(to);
	/* what blocks waits in out, so that poll tells and from can go on */
	if (!io_put(to, s))
		s.n = 0;
	io_commit(to);
	io_drop(from, (size_t)rc + s.n);
	return (int64_t)rc + (int64_t)s.n;
}

/* ---- splicing ----------------------------------------------------------- */

int
pump_splice_begin(struct pump_splice *s, const struct io *from,
    const struct io *to, uint64_t n)
{
	*s = (struct pump_splice){ .pipe = { -1, -1 } };
	assert(buf_len(&from->in) == 0 && buf_len(&to->out) == 0);
	if (from->tls != NULL || to->tls != NULL || n < PUMP_SPLICE_MIN)
		return ERR_SUPPORT;
	if (pipe2(s->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return ERR_SUPPORT;
	if (fcntl(s->pipe[1], F_SETPIPE_SZ, (int)PUMP_PIPE) < PUMP_PIPE) {
		pump_splice_end(s);
		return ERR_SUPPORT;
	}
	s->left = n;
	return 0;
}

/* Octets moved, 0 would block, < 0 with errno; *end_r: the source's end. */
static ssize_t
splice_some(int from, int to, size_t n, bool *end_r)
{
	ssize_t k;

	*end_r = false;
	do
		k = splice(from, NULL, to, NULL, n,
		    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (k < 0 && errno == EINTR);
	if (k < 0 && errno == EAGAIN)
		return 0;
	*end_r = k == 0;
	return k;
}

static int
leg_failed(struct io *io, int16_t *err, const char *why, int code)
{
	io->why = why;
	return *err = (int16_t)code;
}

/* Source to pipe: 0, or the source's error. */
static int
pull(struct pump_splice *s, struct io *from)
{
	size_t n = PUMP_PIPE - s->held;
	bool end;
	ssize_t k;

	if (n > s->left)
		n = (size_t)s->left;
	if (n == 0)
		return 0;
	if (from->in_err != 0)
		return from->in_err;
	k = splice_some(from->fd, s->pipe[1], n, &end);
	if (k < 0)
		return leg_failed(from, &from->in_err,
		    "input failed inside a literal", ERR_IO);
	if (end)
		return leg_failed(from, &from->in_err,
		    "connection closed inside a literal", ERR_TRUNCATED);
	if (k > 0) {
		s->left -= (size_t)k;
		s->held += (size_t)k;
		from->in_bytes += (uint64_t)k;
		from->in_last = clock_ms();
	}
	return 0;
}

/* Pipe to target: octets, 0 would block, or the target's error. */
static int64_t
push(struct pump_splice *s, struct io *to)
{
	bool end;
	size_t n;
	ssize_t k;

	n = io_let_through(to, s->held);
	if (n == 0)
		return 0;
	if (to->out_err != 0)
		return to->out_err;
	k = splice_some(s->pipe[0], to->fd, n, &end);
	if (k < 0)
		return leg_failed(to, &to->out_err,
		    "output failed inside a literal", ERR_IO);
	s->held -= (size_t)k;
	if (k > 0)
		io_sent(to, (size_t)k);
	return k;
}

int64_t
pump_splice_step(struct pump_splice *s, struct io *from, struct io *to)
{
	int rc = pull(s, from);
	int64_t n = push(s, to);

	/* what the source sent before its end still goes out */
	return n != 0 || s->held > 0 ? n : rc;
}

uint64_t
pump_splice_left(const struct pump_splice *s)
{
	return s->left + s->held;
}

int
pump_splice_wait(const struct pump_splice *s, const struct io *from,
    const struct io *to, bool to_in, int64_t deadline)
{
	/* octets in the pipe: the target blocks, and the pipe may be full of
	 * small pieces long before its size is reached */
	bool in = s->left > 0 && s->held == 0;
	bool back = to_in && io_want_in(to);
	int64_t opens = s->held > 0 && to->throttle ?
	    throttle_opens(to->throttle) : 0;
	bool out = s->held > 0 && opens == 0;
	struct pollfd p[2] = {
		{ .fd = from->fd, .events = (short)((in ? POLLIN : 0) |
		    (io_poll_events(from, false) & POLLOUT)) },
		{ .fd = to->fd, .events = (short)((back ? POLLIN : 0) |
		    (out ? POLLOUT : 0)) },
	};
	int bits = 0;
	short r;

	if (in && from->in_err != 0)
		return PUMP_A_IN;	/* the next step tells */
	for (int i = 0; i < 2; i++)
		if (p[i].events == 0)
			p[i].fd = -1;
	if (opens != 0 && opens < deadline)
		deadline = opens;
	if (poll_until(p, 2, sooner(deadline, from)) <= 0)
		return 0;
	r = p[0].revents;
	if (r & (POLLIN | POLLHUP | POLLERR) && in)
		bits |= PUMP_A_IN;
	if (r & (POLLOUT | POLLHUP | POLLERR) && io_unsent(from) > 0)
		bits |= PUMP_A_OUT;
	r = p[1].revents;
	if (r & (POLLIN | POLLHUP | POLLERR) && back)
		bits |= PUMP_B_IN;
	if (r & (POLLOUT | POLLHUP | POLLERR) && s->held > 0)
		bits |= PUMP_B_OUT;
	return bits;
}

void
pump_splice_end(struct pump_splice *s)
{
	fd_close(&s->pipe[0]);
	fd_close(&s->pipe[1]);
}
