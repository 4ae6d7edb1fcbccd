#ifndef VIS_H
#define VIS_H

/*
 * Octets made visible for logs and messages: printable ASCII stays, '\\' and
 * '"' get a backslash, everything else (C0, DEL, all 8-bit) becomes \xHH.
 */

#include <stddef.h>

#include "str.h"

/* What the longest escape takes. */
enum { VIS_MAX = 4 };

/*
 * Write at most size - 1 octets and a NUL to out; what does not fit is cut
 * at a whole escape and "..." ends the text (size >= 8).  Returns out.
 */
char *vis(char *out, size_t size, struct str s);

#endif
