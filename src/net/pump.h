#ifndef PUMP_H
#define PUMP_H

/*
 * Between two legs: wait for both with one poll(2), and move literals with as
 * few copies as the legs allow.  Nothing here parses.
 */

#include <stdint.h>

#include "io.h"

/* What pump_wait() found; bits. */
enum {
	PUMP_A_IN = 1,		/* io_fill(a) may give octets, or its end */
	PUMP_A_OUT = 2,		/* io_flush(a) may send */
	PUMP_B_IN = 4,
	PUMP_B_OUT = 8,
	PUMP_EXTRA = 16,	/* the extra one is readable or hung up */
};

enum {
	/* Shorter ones are copied: the pipe costs 3 system calls. */
	PUMP_SPLICE_MIN = 262144,
	/* Only a pipe of this size pays (measured: .20 against .36 s/GB). */
	PUMP_PIPE = 1 << 20,
};

/*
 * Wait until something of what the legs want is possible.  a_in and b_in: is
 * input wanted from that leg (room and errors are looked at here)?  a, b may
 * be NULL or closed; extra is -1 or a descriptor to watch for input.
 * deadline: clock_ms(), or CLOCK_NEVER.  Returns bits, 0 when the deadline
 * passed or a throttle has opened.  A leg with io_pending() is reported at
 * once.  TLS that needs the opposite direction is reported as the direction
 * that needs it.
 */
int pump_wait(const struct io *a, bool a_in, const struct io *b, bool b_in,
    int extra, int64_t deadline);

/*
 * Move up to n octets that are in from's in-buffer to `to`, which has nothing
 * uncommitted: written straight out of it when `to` has nothing to send; what
 * does not go at once is appended to its out.  Returns octets moved, 0 when
 * `to` has no room or there is nothing, < 0 an error of `to`.
 */
int64_t pump_copy(struct io *from, struct io *to, uint64_t n);

/* A literal on its way from one plain leg to another through a pipe. */
struct pump_splice {
	int pipe[2];		/* -1: closed */
	uint64_t left;		/* octets still to read from the source */
	size_t held;		/* octets in the pipe */
};

/*
 * Get ready to move exactly n octets that follow what is in from's buffer
 * (which must be empty; to must have nothing unsent and nothing uncommitted).
 * 0, or ERR_SUPPORT when a leg has TLS, n < PUMP_SPLICE_MIN or the kernel
 * refuses a pipe of PUMP_PIPE octets (a user's pages are used up): then copy.
 */
int pump_splice_begin(struct pump_splice *s, const struct io *from,
    const struct io *to, uint64_t n);
/*
 * One round: > 0 octets that reached `to`'s socket; 0 would block (wait with
 * pump_splice_wait); < 0 ERR_TRUNCATED (from closed inside the literal),
 * ERR_IO, with why in the leg that failed.  Done when pump_splice_left() is 0.
 * Octets count in both legs' counters.
 */
int64_t pump_splice_step(struct pump_splice *s, struct io *from,
    struct io *to);
/* Octets that have not reached `to`'s socket. */
uint64_t pump_splice_left(const struct pump_splice *s);
/*
 * As pump_wait() with a = from and b = to for the splice; from's other
 * direction and to's input are waited for as well (to_in as b_in there).
 */
int pump_splice_wait(const struct pump_splice *s, const struct io *from,
    const struct io *to, bool to_in, int64_t deadline);
/* Close the pipe.  Octets in it are lost; call it in any case. */
void pump_splice_end(struct pump_splice *s);

#endif
