#ifndef ENCODE_H
#define ENCODE_H

/*
 * Bodies encoded: base64 in lines of 76 (RFC 2045 section 6.8), any octets,
 * incremental; quoted-printable (section 6.7) for texts of ours, at once.
 * codec.h decodes.
 */

#include <stddef.h>
#include <stdint.h>

#include "str.h"

enum {
	/* A line of base64, and the octets in it. */
	MIME_BASE64_LINE = 76,
	MIME_BASE64_OCTETS = 57,
};

/* Octets that n octets need at most, with what was held. */
#define MIME_BASE64_ROOM(n) (((n) / MIME_BASE64_OCTETS + 2) * 78)

struct mime_base64 {
	char hold[MIME_BASE64_OCTETS];
	size_t held;		/* of them */
};

/* out holds MIME_BASE64_ROOM(in.n); how many octets were written. */
size_t mime_base64_feed(struct mime_base64 *b, struct str in, char *out);
/* The last line; out holds MIME_BASE64_ROOM(0). */
size_t mime_base64_end(struct mime_base64 *b, char *out);
/* What n octets become, all lines with their ends. */
uint64_t mime_base64_size(uint64_t n);

/* Octets that a text of n octets needs at most. */
#define MIME_QP_ROOM(n) ((n) * 4 + 16)

/*
 * A text whose lines end with CRLF.  No line begins with "--", so that none
 * is taken for a boundary, with "." or with "From ", whatever the text says.
 */
size_t mime_qp(struct str text, char *out);

#endif
