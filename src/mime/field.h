#ifndef FIELD_H
#define FIELD_H

/*
 * The fields of a header (RFC 5322 section 2.2), as spans of the original
 * octets.  A line ends with CRLF or LF; one that begins with a blank or a tab
 * belongs to the field before it.  The header ends behind its first empty
 * line, or where the octets end.
 *
 * This is one reading.  Where others exist a flag is set: a line without a
 * colon ends the header for some and is skipped by others, a line of blanks
 * is empty for some, CR alone ends a line for some.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flag.h"
#include "str.h"

enum {
	/*
	 * One field, and a whole header.  The longest real ones are lists of
	 * addresses of some hundred kilobytes; readers have been stopped with
	 * headers of hundreds of megabytes.
	 */
	MIME_FIELD_MAX = 10 << 20,
	MIME_HEADER_MAX = 50 << 20,
	/* Real headers have some tens; each costs whoever looks at it. */
	MIME_FIELDS_MAX = 100000,
	/* RFC 5322 section 2.1.1, without CRLF. */
	MIME_LINE_MAX = 998,
};

struct mime_field {
	struct str whole;	/* all lines, each with its end */
	struct str name;	/* without blanks behind it */
	/*
	 * Behind the colon, as it stands, folds included, without the last
	 * line's end; p is NULL when there is no colon: name is the line.
	 */
	struct str value;
	size_t lines;
	uint64_t flags;		/* of this field */
};

struct mime_fields {
	struct str in;
	size_t pos;		/* behind what was taken */
	size_t count;		/* fields so far */
	uint64_t flags;		/* of all fields and the header's end */
	const char *why;	/* of an error */
	bool done;
};

/* in begins with the header and goes on as far as the caller likes. */
void mime_fields_init(struct mime_fields *f, struct str in);
/*
 * 1 a field, whose spans live as long as in; 0 the header's end: its body
 * begins at pos; ERR_LIMIT, for ever.
 */
int mime_fields_next(struct mime_fields *f, struct mime_field *field_r)
    __attribute__((warn_unused_result));

/* Without its line ends, blanks kept: out holds value.n octets. */
size_t mime_unfold(char *out, struct str value);

#endif
