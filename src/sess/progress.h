#ifndef PROGRESS_H
#define PROGRESS_H

/*
 * While mails are fetched, judged and stored for a command, its client hears
 * that this goes on (RFC 9585), between responses.
 */

#include <stdbool.h>
#include <stdint.h>

struct sess;

enum {
	/* The first time, as servers do, and each time after it. */
	PROGRESS_FIRST_MS = 10000,
	PROGRESS_NEXT_MS = 15000,
};

/* When it is due, clock_ms(); CLOCK_NEVER. */
int64_t progress_due(const struct sess *s);
/* Say it if it is due; true when it was said. */
bool progress_turn(struct sess *s);

#endif
