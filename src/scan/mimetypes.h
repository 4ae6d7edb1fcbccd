#ifndef MIMETYPES_H
#define MIMETYPES_H

/*
 * Types by file name's suffix: a mime.types file, read once into a sorted
 * table.  A line is a type and its suffixes, '#' begins a comment; the first
 * line that has a suffix is the one that counts.
 */

#include <stdint.h>

#include "str.h"

enum {
	/* Debian's has 74 KB and 1,400 suffixes. */
	MIMETYPES_FILE_MAX = 1 << 20,
	MIMETYPES_ROWS_MAX = 65536,
	/* RFC 6838 section 4.2: 127 octets on each side of the slash. */
	MIMETYPES_TYPE_MAX = 255,
	/* Longer ones are not looked up. */
	MIMETYPES_SUFFIX_MAX = 32,
};

struct mimetypes {
	struct mimetypes_row {
		uint32_t suffix, type;	/* in text */
		uint8_t suffix_n, type_n;
	} *rows;
	size_t n;
	char *text;		/* malloc'd, in lower case */
};

/* A type, "type/subtype" (RFC 2045 section 5.1), and nothing else? */
bool mimetypes_is_type(struct str s);

/* 0, or ERR_IO (errno), ERR_LIMIT; an unusable line is left out. */
int mimetypes_open(struct mimetypes *m, const char *path, const char **why_r)
    __attribute__((warn_unused_result));
/* The same from text, which is copied. */
int mimetypes_parse(struct mimetypes *m, struct str text, const char **why_r)
    __attribute__((warn_unused_result));
void mimetypes_close(struct mimetypes *m);

/*
 * The type of a file of that name: of its last suffix that is known.  Dots
 * and blanks at its end count for nothing, as on the systems that drop them.
 * STR_NULL when there is none; lives as long as m.
 */
struct str mimetypes_of(const struct mimetypes *m, struct str name);

#endif
