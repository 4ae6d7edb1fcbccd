#ifndef READINGS_H
#define READINGS_H

/*
 * A body in all the ways in which some reader decodes it.  The first is the
 * one that BINARY answers from; another is listed when what was decoded
 * showed that it would differ.
 */

#include <stdbool.h>

#include "codec.h"
#include "cte.h"
#include "scratch.h"
#include "str.h"

enum {
	/*
	 * As it stands, base64 in four, quoted-printable in two, and what is
	 * in text: uuencode, yEnc, BinHex.
	 */
	READINGS_MAX = 10,
	/* What runs in BinHex may make of an octet, all together. */
	READINGS_PACKED = 4,
};

struct reading {
	bool plain;		/* the octets as they are */
	enum mime_codec_kind kind;
	unsigned options;
};

struct readings {
	struct reading r[READINGS_MAX];
	unsigned n;
};

/*
 * Of a body that cte is read for, and readings, MIME_CTE_BIT()s, by some.
 */
void readings_begin(struct readings *l, enum mime_cte cte, unsigned readings);
/* Reading i was decoded with these flags: add those that differ from it. */
void readings_decoded(struct readings *l, unsigned i, uint64_t flags);

struct readings_sink {
	/* Where decoded octets go: false, it is enough. */
	bool (*write)(void *ctx, struct str octets);
	/* These encoded ones will not be looked at any more; NULL: never mind. */
	void (*passed)(void *ctx, struct str octets);
	void *ctx;
};

struct decoded {
	uint64_t n;		/* octets */
	uint64_t flags;		/* MIME_ */
	size_t name_n;		/* of a file in text; 0: none */
	char name[MIME_CODEC_HOLD];
};

/* Decode, piece by piece. */
void readings_decode(const struct reading *r, struct str in,
    const struct readings_sink *to, struct decoded *d_r);
/*
 * Octets that decoding so many gives, at most; of BinHex, all that are
 * wanted.
 */
size_t readings_room(const struct reading *r, size_t n);

#endif
