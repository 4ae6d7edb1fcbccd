#ifndef FOLD_H
#define FOLD_H

/*
 * Characters of UTF-8, and what servers that do not look closely take for
 * the same ones: letters in the other case, and what Unicode calls
 * canonically equivalent, such as U+00FC and "u" with U+0308.
 */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum {
	/*
	 * One octet becomes at most this many characters: U+1F82 of three
	 * octets becomes four, U+0390 of two becomes three.
	 */
	FOLD_ROOM = 2,
};

/*
 * The characters of s to out, which holds s.n * FOLD_ROOM; how many.  s is
 * valid UTF-8.  fold: decomposed (NFD), marks that follow each other sorted
 * by their numbers, in simple case folding.
 */
size_t fold_chars(struct str s, bool fold, uint32_t *out);
/* Is it a mark that combines with the character before it? */
bool fold_mark(uint32_t c);

#endif
