#ifndef WORD_H
#define WORD_H

/*
 * Encoded words of headers (RFC 2047) as UTF-8, wherever they stand, as most
 * readers take them: within quotes, without blanks around, with blanks in
 * them; all but the first is flagged.
 */

#include <stdint.h>

#include "arena.h"
#include "charset.h"
#include "str.h"

/*
 * A field's value with folds taken out and words decoded.  Words that differ
 * by nothing but blanks between them, in one charset, are decoded together.
 * Takes some five times text.n of the arena, where the result lives; adds to
 * *flags.  The result is UTF-8 but for NUL, which it may hold.
 */
struct str mime_words(struct arena *a, struct mime_charsets *c,
    struct str text, uint64_t *flags);

#endif
