#ifndef SEALED_H
#define SEALED_H

/*
 * Octets handed over in a memfd: sealed, so that neither who made it nor
 * anybody else can change it or take it away under its reader.
 */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

/* Nothing of it changes any more; no writable mapping may be left. */
bool sealed_make(int fd);
/* Is it a memfd of this size whose octets and size can change no more? */
bool sealed_is(int fd, uint64_t size);
/*
 * Its octets, after sealed_is(): to be given back with sealed_unmap().
 * STR_NULL when it is not sealed, not of this size or cannot be mapped;
 * "" for none.
 */
struct str sealed_map(int fd, uint64_t size);
void sealed_unmap(struct str octets);

#endif
