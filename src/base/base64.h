#ifndef BASE64_H
#define BASE64_H

/*
 * Base64 (RFC 4648 section 4), strict: canonical padding, no line breaks, no
 * other octets.  What SASL (RFC 4422) puts on the wire.
 */

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

static inline size_t
base64_enc_len(size_t n)
{
	return (n + 2) / 3 * 4;
}

/* out holds base64_enc_len(s.n) octets; returns that number. */
size_t base64_enc(char *out, struct str s);

/*
 * Decode s into out (s.n / 4 * 3 octets); *n_r octets were written.  false
 * when s is not strictly base64.  out may be s.p.
 */
bool base64_dec(char *out, struct str s, size_t *n_r);

#endif
