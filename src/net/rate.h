#ifndef RATE_H
#define RATE_H

/*
 * Rates that several processes share: a bucket in memory that all of them
 * map.  It holds one number, when all that was sent will have been paid for
 * (a "generic cell rate"), so taking from it is one compare-and-swap, and an
 * idle bucket says nothing that could be lost: another key may have it.
 *
 * Each process that can write the table could be hostile: a bucket it spoils
 * makes others slow for RATE_DEBT_MAX_NS at most, or fast.
 */

#include <stdint.h>
#include <stddef.h>

enum {
	/* What may be sent at once after a rest: this much time's worth. */
	RATE_BURST_MS = 100,
	/* One write: small shares interleave, large ones fill TLS records. */
	RATE_PIECE_MIN = 1024,
	RATE_PIECE_MAX = 65536,
	/* Where a key may stand in a table, from its own place on. */
	RATE_PROBES = 16,
	/* Of one leg: by group and by address. */
	THROTTLE_RATES = 2,
};

/* No shared rate leaves debts this long behind it: who finds one resets it. */
#define RATE_DEBT_MAX_NS (120 * INT64_C(1000000000))

struct rate_bucket {
	uint64_t key;		/* 0: never used */
	int64_t due;		/* ns of the monotonic clock */
};

struct rate {
	struct rate_bucket *table;	/* n, a power of two; NULL: none */
	size_t n;
	uint64_t key;
	uint64_t per_s;			/* octets a second, > 0 */
	struct rate_bucket *at;		/* whose key was ours when we looked */
	struct rate_bucket own;		/* when the table has no place */
};

/*
 * A rate of that key in a table of n buckets; all that give the same key
 * share.  table NULL: for this process alone.
 */
void rate_init(struct rate *r, struct rate_bucket *table, size_t n,
    uint64_t key, uint64_t per_s);
/* Nanoseconds until something may be sent; 0: now. */
int64_t rate_wait(struct rate *r, int64_t now);
/* n octets were sent. */
void rate_take(struct rate *r, size_t n, int64_t now);

/* The rates of what one leg sends; all must be kept. */
struct throttle {
	struct rate rates[THROTTLE_RATES];
	unsigned n;
};

/* clock_ms() when it opens; 0: it is open. */
int64_t throttle_opens(struct throttle *g);
/* The most that one write may be. */
size_t throttle_piece(const struct throttle *g);
void throttle_took(struct throttle *g, size_t n);

#endif
