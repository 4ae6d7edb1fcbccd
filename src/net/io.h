#ifndef IO_H
#define IO_H

/*
 * A leg: a connected socket, TLS or not, and two bounded buffers.  `in` is
 * what the peer sent and nobody has consumed; `out` is what the peer has not
 * got.  Callers parse buf_str(&io->in), buf_drop() what they used, and write
 * with io_put(); every octet to or from the peer passes through here, so
 * everything is the same with and without TLS.
 *
 * Every call that moves octets returns
 *	> 0	octets moved (capped at INT_MAX by the buffers' size),
 *	0	it would block: io_poll_events() tells what to wait for,
 *	< 0	ERR_*, with a constant text in io->why: ERR_EOF (the peer's
 *		orderly end), ERR_TRUNCATED (a TLS peer vanished without
 *		close_notify, RFC 8446 6.1), ERR_IO (reset, broken pipe ...),
 *		ERR_TLS.
 * An error of one direction stays: the same call returns it again.  The
 * program ignores SIGPIPE: splice(2) and OpenSSL have no MSG_NOSIGNAL.
 *
 * out may hold a line that is being built.  Only the first `committed`
 * octets are ever sent; io_put() appends behind them, io_commit() releases
 * what was appended, io_rollback() takes it back.
 */

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "rate.h"
#include "str.h"

enum {
	/*
	 * Each buffer of a leg, unless configured: four full TLS records;
	 * larger reads gain little (measured .47 s/GB at 64 KB, 1.58 at 4).
	 */
	IO_BUF = 65536,
	/* A buffer takes at least one full TLS record. */
	IO_BUF_MIN = 16384,
};

struct tls_engine;
struct tls_conn;

struct io {
	int fd;			/* -1: closed */
	const struct tls_engine *engine;
	struct tls_conn *tls;	/* NULL: plain */
	struct buf in, out;
	size_t committed;	/* of out's octets, from its head */
	uint64_t in_bytes;	/* payload received, decrypted */
	uint64_t out_bytes;	/* payload handed to the kernel or TLS */
	int64_t in_last;	/* clock_ms() of the last octet received */
	int64_t out_last;	/* ... sent, or put into an empty out */
	struct throttle *throttle;	/* of what is sent; NULL: no limit */
	const char *why;	/* constant or until the leg's next error */
	int16_t in_err;		/* sticky ERR_*, 0: none */
	int16_t out_err;
	bool in_more;		/* io_fill() has more to tell, see io_pending */
	bool handshaking;
	bool out_closed;	/* we sent FIN (and close_notify) */
};

/*
 * A leg over fd, which it owns from now on.  Caps in octets, 0: IO_BUF;
 * less than IO_BUF_MIN becomes that.  Allocates nothing.
 */
void io_init(struct io *io, int fd, size_t in_cap, size_t out_cap);
/* Free the buffers, the TLS connection and close whatever is open. */
void io_fini(struct io *io);

/*
 * Make a socket ready to be a leg: non-blocking, close-on-exec, TCP_NODELAY,
 * SO_KEEPALIVE.  rcvbuf and sndbuf in octets; 0 leaves the kernel's own
 * tuning, which is the better choice unless memory is short.  Works on
 * AF_UNIX too (what TCP alone has is left out).  0, or ERR_IO (errno).
 */
int io_setup_socket(int fd, int rcvbuf, int sndbuf);

/*
 * One read of as much as is there and fits: up to the buffer's size plain,
 * all complete records that TLS has read in TLS.  With no room it returns 0
 * and io_want_in() is false.
 */
int io_fill(struct io *io);
/* Has `in` room, is the leg open for reading and free of errors? */
bool io_want_in(const struct io *io);
/*
 * May io_fill() give octets, or an end, although poll(2) shows nothing?  True
 * after a fill that stopped for want of room or met an error behind octets.
 */
bool io_pending(const struct io *io);
/* Drop n octets of in (n <= its length). */
void io_drop(struct io *io, size_t n);

/* Append to out, uncommitted; all or nothing.  false: it does not fit. */
bool io_put(struct io *io, struct str s) __attribute__((warn_unused_result));
void io_commit(struct io *io);
void io_rollback(struct io *io);
/* Octets that were put and not committed. */
size_t io_uncommitted(const struct io *io);
/* Octets that may be sent now. */
size_t io_unsent(const struct io *io);
/* Octets io_put() still takes. */
size_t io_room(const struct io *io);
/*
 * Send the committed octets: one write, or full records, until all is sent or
 * it would block.  Returns what was sent; 0 with nothing to send too.
 */
int io_flush(struct io *io);
/*
 * Send s at once, past an empty out (io_unsent() and io_uncommitted() are 0)
 * and without a copy.  Returns what was taken: sent, or what TLS already
 * holds as a record and out now keeps.
 */
int io_send_direct(struct io *io, struct str s);

/*
 * Send up to n octets of a file from off on at once, past an empty out and
 * without a copy of ours.  Only for pages that nobody writes to any more: they
 * are in the socket's queue until the peer has them.  0: it would block, or
 * there is TLS; then octets have to go through out.
 */
int io_send_file(struct io *io, int fd, uint64_t off, size_t n);

/*
 * For those who write past io_flush() and io_send_direct(): how much of n the
 * throttle lets through now, and what was sent.
 */
size_t io_let_through(struct io *io, size_t n);
void io_sent(struct io *io, size_t n);
/*
 * What is to be sent waits for the throttle: clock_ms() when it opens.  0: it
 * is open, or nothing waits for it.
 */
int64_t io_held_until(const struct io *io);
/*
 * What to poll(2) the leg for: POLLIN when want_in and io_want_in(), POLLOUT
 * with committed octets; for TLS that must write to read, or read to write,
 * what it waits for instead; in a handshake what that waits for.  Not POLLOUT
 * while the throttle is shut.
 */
short io_poll_events(const struct io *io, bool want_in);

/* ---- TLS ---------------------------------------------------------------- */

/*
 * Put conn (over this leg's fd; the leg owns it from now on) on top.  What
 * the peer sent in clear before the handshake is in nobody's interest: in is
 * emptied, and the number of octets dropped is returned (CVE-2011-0411).
 * out must be flushed (io_unsent() 0).
 */
size_t io_start_tls(struct io *io, const struct tls_engine *engine,
    struct tls_conn *conn);
/*
 * One step of the handshake: > 0 done, 0 would block (io_poll_events), < 0
 * ERR_TLS, ERR_EOF, ERR_IO with io->why.  An alert, if one is due, is sent.
 */
int io_handshake(struct io *io);

/* ---- the end ------------------------------------------------------------ */

/*
 * Say that we send no more: flush is the caller's; sends close_notify and
 * FIN once.  > 0 done, 0 would block, < 0 error.
 */
int io_shut(struct io *io);
/*
 * Close.  timeout in ms: flush what is committed, close_notify, FIN, then
 * read and drop what the peer still sends until it closes too or time is up,
 * which ends in RST; 0 = RST at once.  The descriptor is closed in any case.
 * Blocks at most timeout.  Counters, why and in stay until io_fini().
 */
void io_close(struct io *io, int timeout);
/* Give empty buffers back to the kernel. */
void io_idle(struct io *io);

#endif
