#ifndef VERDICT_H
#define VERDICT_H

/*
 * What an engine says of an object, and how several such words become one.
 * Names and reasons are of engines, which may lie or be broken: they are kept
 * visible and cut.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

enum {
	/* With escapes and NUL; the longest of clamd's has 70 octets. */
	SCAN_NAME = 128,
	SCAN_WHY = 160,
	/* Scores beyond are taken for this: ten times what GTUBE has. */
	SCAN_SCORE_MAX = 10000,
};

/* Of antispam: x 1000; or no word on it. */
#define SCAN_SCORE_UNKNOWN INT32_MIN

/* Kernun's words in its order: the first that any engine says counts. */
enum scan_status { SCAN_FOUND, SCAN_FREE, SCAN_SKIPPED, SCAN_UNKNOWN,
	SCAN_ERROR };

struct scan_result {
	enum scan_status status;
	int32_t score;		/* x 1000, 0 and more; SCAN_SCORE_UNKNOWN */
	uint32_t ms;		/* from when its turn came */
	uint32_t waited;	/* ms before, for other sessions' objects */
	char name[SCAN_NAME];	/* of what was found; rules that spam met */
	char why[SCAN_WHY];	/* why it is not known */
};

/* "found", "free", "skipped", "unknown", "error". */
const char *scan_status_name(enum scan_status status);

/* Make one; texts are cleaned and cut, and may be STR_NULL. */
void scan_say(struct scan_result *r, enum scan_status status, struct str name,
    struct str why);
/*
 * A score in decimal, "-1.5", "15.0", and nothing else: false, and r as it
 * was.  Negative ones count as 0.
 */
bool scan_score(struct scan_result *r, struct str decimal);
bool scan_score_of(struct scan_result *r, double score);

/*
 * One engine's word on several objects: found of any; else the worst, so
 * that it is free only when all are.  *all begins as a copy of the first.
 */
void scan_join(struct scan_result *all, const struct scan_result *one);
/*
 * Several engines' words on the same: the first that applies of found, free,
 * skipped, unknown, error; with require_all found, else the worst.  n > 0.
 * Returns the row that decides.
 */
size_t scan_combine(const struct scan_result *const *r, size_t n,
    bool require_all);

#endif
