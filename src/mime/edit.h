#ifndef EDIT_H
#define EDIT_H

/*
 * A mail changed: from its octets, the tree of its parts and a list of edits
 * to new octets.  The same mail and edits always give the same octets; parts
 * that no edit concerns, and fields of those that some do, keep theirs.
 *
 *	mime_edits_init(), mime_edit_*() ..., mime_edits_plan(),
 *	then e->size and each edit's outcome are known; mime_edits_write()
 *
 * Texts given to edits are not copied and have to outlive them.  What
 * concerns a part within one that is replaced or removed is left out.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "charset.h"
#include "part.h"
#include "retext.h"
#include "splice.h"
#include "str.h"

enum mime_edit_kind {
	MIME_EDIT_REPLACE, MIME_EDIT_REMOVE, MIME_EDIT_HTML, MIME_EDIT_TYPE,
	MIME_EDIT_HEADER, MIME_EDIT_SUBJECT, MIME_EDIT_SET, MIME_EDIT_FIELD,
	MIME_EDIT_CLOSE, MIME_EDIT_BASE64, MIME_EDIT_REBUILD,
};

enum mime_edit_outcome {
	MIME_EDIT_DONE,
	MIME_EDIT_NOTHING,	/* it is as it should be already */
	MIME_EDIT_COVERED,	/* another edit takes the part away */
	MIME_EDIT_BRIEF,	/* REPLACE: by the shorter text */
	MIME_EDIT_REFUSED,	/* it cannot be done to this part */
};

enum mime_header_op {
	/* One more, but for fields that may occur once (RFC 5322 3.6). */
	MIME_HEADER_ADD,
	MIME_HEADER_DELETE,
	MIME_HEADER_REPLACE,	/* all of the name, by one */
};

struct mime_edit {
	struct mime_edit *next;
	struct mime_edit *same;		/* the next one of the part */
	enum mime_edit_kind kind;
	enum mime_edit_outcome outcome;	/* once planned */
	const struct mime_part *part;
	struct mime_text text, brief;
	struct str name, value;
	enum mime_header_op op;
	uint64_t off;			/* of a field */
};

struct mime_edits {
	struct arena *arena;
	struct str mail;
	const struct mime_part *root;
	struct mime_charsets *charsets;
	/*
	 * Fill up replaced parts with blanks, so that the mail is as long as
	 * it was.
	 */
	bool same_length;
	struct mime_edit *first, **end;
	struct mime_splices splices;
	/* once planned */
	uint64_t size;
	bool resized;		/* same_length, but it could not be had */
	const char *why;	/* of an error, constant */
};

void mime_edits_init(struct mime_edits *e, struct arena *a, struct str mail,
    const struct mime_part *root, struct mime_charsets *charsets);

/*
 * A part, or the whole mail, becomes a text.  A part of a multipart gets
 * a new header; a message keeps its fields but for Content-*, whose old type
 * and disposition are kept in X-Orig-Content-Type and
 * X-Orig-Content-Disposition.  brief is taken where the mail would grow.
 */
struct mime_edit *mime_edit_replace(struct mime_edits *e,
    const struct mime_part *part, struct mime_text text,
    struct mime_text brief);
/*
 * A part of a multipart goes with one of its boundaries.  What is not in a
 * multipart, or the last part of one, becomes an empty text/plain.
 */
struct mime_edit *mime_edit_remove(struct mime_edits *e,
    const struct mime_part *part);
/*
 * Content-Type of a leaf; charset and a name are kept.  REFUSED: what would
 * make it a multipart or a message, which nobody has judged.
 */
struct mime_edit *mime_edit_type(struct mime_edits *e,
    const struct mime_part *part, struct str type);
/*
 * A leaf becomes text/html of these octets, UTF-8; its disposition and name
 * stay.  For what a filter made of it.
 */
struct mime_edit *mime_edit_html(struct mime_edits *e,
    const struct mime_part *part, struct str octets);
/* A field of the mail's header; the name is good (compose.h). */
struct mime_edit *mime_edit_header(struct mime_edits *e,
    enum mime_header_op op, struct str name, struct str value);
/*
 * A text before each Subject, whose own octets stay, that does not begin with
 * it; a mail without one gets it.
 */
struct mime_edit *mime_edit_subject(struct mime_edits *e, struct str prefix);

/* ---- corrections ---- */

/* All fields of the name go; field, composed, takes their place, or "". */
struct mime_edit *mime_edit_set(struct mime_edits *e,
    const struct mime_part *part, struct str name, struct str field);
/*
 * One field, that begins at off of the mail, becomes other octets, or "".
 * Those of a part are given in the order of its header.
 */
struct mime_edit *mime_edit_field(struct mime_edits *e,
    const struct mime_part *part, uint64_t off, struct str octets);
/* The header gets the empty line it has not; not a multipart's. */
struct mime_edit *mime_edit_close(struct mime_edits *e,
    const struct mime_part *part);
/* The body of a part without parts, decoded as its cte says, in base64. */
struct mime_edit *mime_edit_base64(struct mime_edits *e,
    const struct mime_part *part);
/*
 * A multipart that has parts gets a boundary that occurs nowhere in the mail;
 * preamble and epilogue go.
 */
struct mime_edit *mime_edit_rebuild(struct mime_edits *e,
    const struct mime_part *part);

/* 0, or ERR_STATE with why. */
int mime_edits_plan(struct mime_edits *e) __attribute__((warn_unused_result));
/* 0, or what out returned. */
int mime_edits_write(const struct mime_edits *e, const struct mime_sink *out)
    __attribute__((warn_unused_result));

/* A constant word: "replace", "done". */
const char *mime_edit_name(enum mime_edit_kind kind);
const char *mime_edit_outcome_name(enum mime_edit_outcome outcome);

#endif
