#ifndef SPLICE_H
#define SPLICE_H

/*
 * New octets of a mail as what is taken out of the original ones and what is
 * put in there.  What no splice touches is copied bit for bit.  Octets are
 * made while they are written, so that a large body needs no memory; how many
 * there will be is known before.
 */

#include <stdint.h>

#include "arena.h"
#include "cte.h"
#include "str.h"

enum mime_splice_kind {
	MIME_SPLICE_TEXT,
	MIME_SPLICE_BLANKS,	/* lines of blanks */
	MIME_SPLICE_BLANKS_QP,	/* the same, quoted; any number but 1 */
	MIME_SPLICE_BASE64,	/* octets of the original, anew */
};

struct mime_splice {
	struct mime_splice *next;
	uint64_t off, n;	/* of the original; taken out */
	unsigned rank;		/* in one place, the lowest first */
	enum mime_splice_kind kind;
	uint64_t size;		/* put in there */
	struct str text;	/* TEXT; BASE64: what is decoded, then encoded */
	enum mime_cte from;	/* BASE64: its encoding now */
};

struct mime_splices {
	struct arena *arena;
	struct str mail;
	struct mime_splice *first, **end;
	const char *why;	/* of an error, constant */
};

/* Where octets go; 0, or ERR_* that mime_splices_write() returns. */
struct mime_sink {
	int (*write)(void *ctx, struct str octets);
	void *ctx;
};

void mime_splices_init(struct mime_splices *s, struct arena *a,
    struct str mail);
/* text lives as long as s. */
struct mime_splice *mime_splice_text(struct mime_splices *s, uint64_t off,
    uint64_t n, struct str text);
struct mime_splice *mime_splice_blanks(struct mime_splices *s, uint64_t off,
    uint64_t size, bool qp);
/* off, n: a body, which is read as `from` and written in base64. */
struct mime_splice *mime_splice_base64(struct mime_splices *s, uint64_t off,
    uint64_t n, enum mime_cte from);
/*
 * There are no more: sorts them by where they are; in one place, those that
 * take nothing out are first, then by rank, then as they came.  0, or
 * ERR_STATE with why: two take out the same octets.
 */
int mime_splices_sort(struct mime_splices *s)
    __attribute__((warn_unused_result));
/* How many octets are written; sorted. */
uint64_t mime_splices_size(const struct mime_splices *s);
int mime_splices_write(const struct mime_splices *s,
    const struct mime_sink *out) __attribute__((warn_unused_result));

/*
 * Octets of in decoded as cte says, given to out in pieces; what is wrong with
 * them is added to *flags.
 */
int mime_decode(struct str in, enum mime_cte cte, const struct mime_sink *out,
    uint64_t *flags) __attribute__((warn_unused_result));

#endif
