#ifndef CLOCK_H
#define CLOCK_H

/*
 * Time.  Everything that measures uses the monotonic clock; the wall clock
 * serves log stamps and time conditions only, so that stepping it changes no
 * timeout.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_SEC = 1000,	/* in milliseconds, the unit of all timeouts */
};

/* A deadline that never comes. */
#define CLOCK_NEVER INT64_MAX

/* Milliseconds of the monotonic clock. */
int64_t clock_ms(void);
/* Microseconds of the monotonic clock: for measuring. */
int64_t clock_us(void);
/* ms from now on; 0 (no limit) gives CLOCK_NEVER. */
int64_t clock_after(int64_t ms);
/* Milliseconds left for poll(2): 0 when past, -1 for CLOCK_NEVER. */
int clock_left(int64_t deadline);

/*
 * From now on every deadline has passed, CLOCK_NEVER too: the process is to
 * end.  Safe in a signal's handler.
 */
void clock_stop(void);
bool clock_stopped(void);

#endif
