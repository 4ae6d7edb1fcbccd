#ifndef MEND_H
#define MEND_H

/*
 * Fields of mails written anew, so that every reader reads the same, and as
 * little is lost as can be: what is not ASCII becomes encoded words where
 * those may stand and '?' elsewhere, controls go, lines are folded.  Results
 * are whole fields in the arena.
 */

#include "arena.h"
#include "charset.h"
#include "part.h"
#include "str.h"

enum {
	/* Octets of a value that can be written anew: it takes 20 times that
	 * much.  Mails to thousands have longer ones, but not broken ones. */
	MIME_MEND_MAX = 256 << 10,
};

/* A field; STR_NULL: its value is too long. */
struct str mime_mend_field(struct arena *a, struct mime_charsets *c,
    struct str name, struct str value);
/* A field whose encoded words hide controls: decoded and encoded. */
struct str mime_mend_words(struct arena *a, struct mime_charsets *c,
    struct str name, struct str value);
/*
 * Content-Type as the first reading has it, with one name, but no boundary;
 * type: instead of the part's, unless it is empty.
 */
struct str mime_mend_type(struct arena *a, struct mime_charsets *c,
    const struct mime_part *part, struct str type);
/* A multipart's, with a boundary. */
struct str mime_mend_multipart(struct arena *a, struct mime_charsets *c,
    const struct mime_part *part, struct str boundary);
/* Content-Disposition, with one name. */
struct str mime_mend_disposition(struct arena *a, struct mime_charsets *c,
    const struct mime_part *part);
/* The one name of a part: decoded, cleaned; empty, it has none. */
struct str mime_mend_name(struct arena *a, struct mime_charsets *c,
    const struct mime_part *part);

#endif
