#ifndef DIGEST_H
#define DIGEST_H

/* SHA-256, a piece at a time; of the module store.so, as it is OpenSSL's. */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

struct digest;

/* Before the jail: what the others need of the library.  false: it has none. */
bool digest_prepare(void);
/* NULL: no memory. */
struct digest *digest_begin(void);
void digest_add(struct digest *d, struct str octets);
/* Frees it, which NULL in out only does. */
void digest_end(struct digest *d, uint8_t out[32]);

#endif
