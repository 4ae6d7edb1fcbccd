#ifndef PART_IMPL_H
#define PART_IMPL_H

/*
 * The inside of part.h: part.c reads lines and makes the tree, part_header.c
 * what a header says of its part, part_other.c what only some readers find.
 */

#include "field.h"
#include "part.h"

/* Readers may not see what stands behind these, or see another field. */
#define MIME_HIDES (MIME_NO_COLON | MIME_BLANK_COLON | MIME_FOLD_FIRST | \
    MIME_FOLD_BLANK | MIME_BARE_CR | MIME_NO_NAME | MIME_BAD_NAME | MIME_NUL)

/* Kinds of lines that end a header for some. */
enum { MIME_HEADER_ENDS = 8 };

/* What is known while a header is read: bits of enum mime_kept. */
struct mime_header_reading {
	unsigned seen;
	unsigned settled;	/* what follows does not count */
	uint64_t ends[MIME_HEADER_ENDS];	/* offsets and one; 0: none */
};

int mime_part_fail(struct mime_parts *p, const char *why);
/* From octet at on: nothing but blanks and its end? */
bool mime_part_line_blank(struct str line, size_t at);
/* Octets of a line's end: 0, 1 or 2. */
size_t mime_part_line_end(struct str line);
/*
 * Where the line before pos ends, without its line end, unless that belongs
 * to another boundary.
 */
uint64_t mime_part_before_line(const struct mime_parts *p);

/*
 * part->header is known: read it.  1 or ERR_LIMIT; *r is for
 * mime_other_begin().
 */
int mime_part_read_header(struct mime_parts *p, struct mime_part *part,
    struct mime_header_reading *r);
/* Has it an encoding that changes octets, in some reading? */
bool mime_part_encoded(const struct mime_part *part);
/* Of those that are kept, else MIME_KEPT_COUNT. */
enum mime_kept mime_kept_find(struct str name);
/* Where the header ends for some in this field, or at it. */
void mime_part_note_ends(const struct mime_parts *p,
    const struct mime_field *field, struct mime_header_reading *r);

/* A part's header was read: what follows from it.  1 or ERR_LIMIT. */
int mime_other_begin(struct mime_parts *p, struct mime_part *part,
    const struct mime_header_reading *r);
/* Lines of bodies: 0, or ERR_LIMIT.  Begins with "--" and is no boundary, */
int mime_other_dashes(struct mime_parts *p, struct str line);
/* with "c", */
int mime_other_field(struct mime_parts *p, struct str line);
/* with what a file within text begins with; */
int mime_other_file(struct mime_parts *p, struct str line);
/* any line, after these. */
int mime_other_line(struct mime_parts *p, struct str line);
/* At a boundary of owner, whose last part ended at end. */
void mime_other_boundary(struct mime_parts *p, struct mime_part *owner,
    uint64_t end);
/* The body of m ends at end. */
void mime_other_end(struct mime_parts *p, struct mime_part *m, uint64_t end);

#endif
