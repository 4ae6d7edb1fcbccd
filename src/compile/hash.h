#ifndef HASH_H
#define HASH_H

/* SHA-256.  A file of its own: OpenSSL's headers and err.h share a name. */

#include <stddef.h>
#include <stdint.h>

void hash_sha256(const void *p, size_t n, uint8_t out[32]);

#endif
