#ifndef FILE_H
#define FILE_H

/*
 * Files within text, without a header of MIME: the lines that they begin with.
 */

#include <stdbool.h>
#include <stddef.h>

#include "cte.h"
#include "str.h"

enum mime_file_kind {
	MIME_FILE_UU,		/* "begin 644 name": uuencode, or xxencode */
	MIME_FILE_UU64,		/* "begin-base64 644 name" */
	MIME_FILE_YENC, MIME_FILE_BINHEX,
};

struct mime_file {
	enum mime_file_kind kind;
	enum mime_cte cte;	/* what undoes it */
	bool sure;		/* else it is more likely a sentence */
	bool piece;		/* the rest is in another mail */
	size_t line, body;	/* offsets: its first line, what to decode */
	size_t rest;		/* behind the first line */
};

/* Does a line, which ends with its line end, begin one?  At offset 0. */
bool mime_file_begins(struct str line, struct mime_file *f_r);
/* The first one from offset from on, where a line begins; false: none. */
bool mime_file_next(struct str octets, size_t from, struct mime_file *f_r);

#endif
