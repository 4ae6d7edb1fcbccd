#ifndef FOLD_H
#define FOLD_H

/*
 * Characters of UTF-8, and what servers that do not look closely take for
 * the same ones.
 */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum {
	/* One octet becomes at most this many characters. */
	FOLD_ROOM = 2,
};

/*
 * The characters of s to out, which holds s.n * FOLD_ROOM; how many.  s is
 * valid UTF-8.  fold: without their case.
 */
size_t fold_chars(struct str s, bool fold, uint32_t *out);

#endif
