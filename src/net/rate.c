#include <stdbool.h>

#include "clock.h"
#include "rate.h"

static const int64_t second = 1000000000;

/* ---- one rate ------------------------------------------------------------ */

static uint64_t
load_key(const struct rate_bucket *b)
{
	return __atomic_load_n(&b->key, __ATOMIC_RELAXED);
}

static int64_t
load_due(const struct rate_bucket *b)
{
	return __atomic_load_n(&b->due, __ATOMIC_RELAXED);
}

void
rate_init(struct rate *r, struct rate_bucket *table, size_t n, uint64_t key,
    uint64_t per_s)
{
	*r = (struct rate){
		.table = table, .n = n, .key = key | 1, .per_s = per_s,
	};
}

/* The bucket of our key, or an idle one that becomes it. */
static struct rate_bucket *
find(struct rate *r, int64_t now)
{
	struct rate_bucket *idle = NULL;

	for (size_t i = 0; i < RATE_PROBES && i < r->n; i++) {
		struct rate_bucket *b = &r->table[(r->key + i) & (r->n - 1)];

		if (load_key(b) == r->key)
			return b;
		if (idle == NULL && load_due(b) <= now)
			idle = b;
	}
	/* whoever lost it sees that by the key, and looks for another */
	if (idle != NULL)
		__atomic_store_n(&idle->key, r->key, __ATOMIC_RELAXED);
	return idle;
}

static struct rate_bucket *
bucket(struct rate *r, int64_t now)
{
	if (r->at == NULL || load_key(r->at) != r->key)
		r->at = find(r, now);
	return r->at != NULL ? r->at : &r->own;
}

/* When what was sent is paid for: not before now. */
static int64_t
paid(int64_t due, int64_t now)
{
	return due < now || due - now > RATE_DEBT_MAX_NS ? now : due;
}

int64_t
rate_wait(struct rate *r, int64_t now)
{
	int64_t debt = paid(load_due(bucket(r, now)), now) - now;
	int64_t burst = RATE_BURST_MS * (second / 1000);

	return debt > burst ? debt - burst : 0;
}

void
rate_take(struct rate *r, size_t n, int64_t now)
{
	struct rate_bucket *b = bucket(r, now);
	/* size: n is at most some pieces, 2^20, and a second 2^30 */
	int64_t cost = (int64_t)((uint64_t)n * (uint64_t)second / r->per_s);
	int64_t due = load_due(b);

	while (!__atomic_compare_exchange_n(&b->due, &due,
	    paid(due, now) + cost, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* ---- a leg's ------------------------------------------------------------- */

static int64_t
now_ns(void)
{
	return clock_us() * 1000;
}

int64_t
throttle_opens(struct throttle *g)
{
	int64_t now = now_ns(), wait = 0, w;

	for (unsigned i = 0; i < g->n; i++) {
		w = rate_wait(&g->rates[i], now);
		wait = w > wait ? w : wait;
	}
	return wait == 0 ? 0 : clock_ms() + wait / 1000000 + 1;
}

/* A twentieth of a second's worth. */
size_t
throttle_piece(const struct throttle *g)
{
	uint64_t piece = RATE_PIECE_MAX;

	for (unsigned i = 0; i < g->n; i++)
		if (g->rates[i].per_s / 20 < piece)
			piece = g->rates[i].per_s / 20;
	return piece < RATE_PIECE_MIN ? RATE_PIECE_MIN : (size_t)piece;
}

void
throttle_took(struct throttle *g, size_t n)
{
	int64_t now = now_ns();

	for (unsigned i = 0; i < g->n; i++)
		rate_take(&g->rates[i], n, now);
}
