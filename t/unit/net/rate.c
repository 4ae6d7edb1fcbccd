/* Rates: one process, several, and a table that somebody spoils. */

#include <sys/mman.h>
#include <sys/wait.h>

#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "rate.h"
#include "tap.h"

enum { TABLE = 64, KB = 1024, MB = 1024 * KB };

static const int64_t second = 1000000000;

/* Octets that go in a time of steps of 1 ms, in pieces. */
static uint64_t
run(struct rate *r, int64_t from, int64_t seconds, size_t piece)
{
	uint64_t sent = 0;

	for (int64_t t = from; t < from + seconds * second; t += 1000000)
		while (rate_wait(r, t) == 0) {
			rate_take(r, piece, t);
			sent += piece;
		}
	return sent;
}

static void
check_alone(void)
{
	static const struct { uint64_t per_s; size_t piece; } rows[] = {
		{ 4 * KB, KB }, { MB, 16 * KB }, { 100 * MB, 64 * KB },
		{ 1000ull * MB, 64 * KB },
	};
	struct rate r;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t per_s = rows[i].per_s, sent;

		rate_init(&r, NULL, 0, 1, per_s);
		sent = run(&r, second, 10, rows[i].piece);
		/* with the burst, and the last piece */
		tap_ok(sent >= per_s * 10 && sent <= per_s * 10 +
		    per_s * (RATE_BURST_MS + 2) / 1000 + rows[i].piece,
		    "%llu octets a second: %llu in 10 s",
		    (unsigned long long)per_s, (unsigned long long)sent);
	}
}

static void
check_shared(void)
{
	struct rate_bucket table[TABLE] = { 0 };
	struct rate a, b, other;
	uint64_t sent = 0, apart;

	rate_init(&a, table, TABLE, 77, MB);
	rate_init(&b, table, TABLE, 77, MB);
	rate_init(&other, table, TABLE, 99, MB);
	for (int64_t t = second; t < 11 * second; t += second) {
		sent += run(&a, t, 1, KB);
		sent += run(&b, t, 1, KB);
	}
	apart = run(&other, second, 10, KB);
	tap_ok(sent >= 10 * MB && sent < 11 * MB, "two share: %llu",
	    (unsigned long long)sent);
	tap_ok(apart >= 10 * MB && apart < 11 * MB, "a third does not");
}

/* More keys than places: nobody is without a limit. */
static void
check_crowded(void)
{
	struct rate_bucket table[TABLE] = { 0 };
	struct rate r[4 * TABLE];
	int good = 0, full = 0;

	for (unsigned i = 0; i < 4 * TABLE; i++) {
		rate_init(&r[i], table, TABLE, 2654435761u * (i + 1), MB);
		rate_take(&r[i], MB, second);
		good += rate_wait(&r[i], second) > 0;
		full += r[i].at == NULL;
	}
	tap_int(4 * TABLE, good, "each of many keys has its rate");
	tap_ok(full > 0, "%d of them their own", full);
	rate_init(&r[0], table, TABLE, 5, MB);
	rate_wait(&r[0], 3 * second);
	tap_ok(r[0].at != NULL, "idle buckets are used again");
}

static void
check_spoilt(void)
{
	struct rate_bucket table[TABLE] = { 0 };
	struct rate r;

	for (int i = 0; i < TABLE; i++)
		table[i] = (struct rate_bucket){ 7, INT64_MAX };
	rate_init(&r, table, TABLE, 7, MB);
	tap_int(0, rate_wait(&r, second), "a debt no rate leaves is none");
	rate_take(&r, KB, second);
	tap_ok(r.at->due < 2 * second, "and is reset");
	for (int i = 0; i < TABLE; i++)
		table[i] = (struct rate_bucket){ 7, INT64_MIN };
	tap_int(0, rate_wait(&r, second), "nor is one of long ago a credit");
	rate_take(&r, MB, second);
	tap_ok(rate_wait(&r, second) > second / 2, "it is taken from now on");
}

/* What four processes send for half a second, together. */
static void
check_processes(void)
{
	enum { CHILDREN = 4, PER_S = 10 * MB, MS = 500 };
	struct { struct rate_bucket table[TABLE]; uint64_t sent[CHILDREN]; }
	    *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t all = 0;

	for (int i = 0; i < CHILDREN; i++) {
		struct throttle g = { .n = 1 };
		int64_t end = clock_ms() + MS;

		if (fork() > 0)
			continue;
		rate_init(&g.rates[0], m->table, TABLE, 3, PER_S);
		while (clock_ms() < end) {
			int64_t opens = throttle_opens(&g);

			if (opens != 0) {
				usleep((useconds_t)clock_left(opens) * 1000);
				continue;
			}
			throttle_took(&g, KB);
			m->sent[i] += KB;
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < CHILDREN; i++)
		all += m->sent[i];
	tap_ok(all <= (uint64_t)PER_S * (MS + RATE_BURST_MS + 100) / 1000 &&
	    all >= (uint64_t)PER_S * MS / 2000,
	    "processes share: %llu in %d ms of %d a second",
	    (unsigned long long)all, MS, PER_S);
}

static void
check_piece(void)
{
	struct throttle g = { .n = 1 };

	rate_init(&g.rates[0], NULL, 0, 1, KB);
	tap_int(RATE_PIECE_MIN, (int64_t)throttle_piece(&g), "a slow one's piece");
	rate_init(&g.rates[0], NULL, 0, 1, MB);
	tap_int(MB / 20, (int64_t)throttle_piece(&g), "a usual one's");
	rate_init(&g.rates[0], NULL, 0, 1, 1000ull * MB);
	tap_int(RATE_PIECE_MAX, (int64_t)throttle_piece(&g), "a fast one's");
}

int
main(void)
{
	check_alone();
	check_shared();
	check_crowded();
	check_spoilt();
	check_processes();
	check_piece();
	return tap_done();
}
