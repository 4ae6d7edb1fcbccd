#ifndef PARAM_H
#define PARAM_H

/*
 * Content-Type and Content-Disposition: a type and parameters (RFC 2045
 * section 5.1, RFC 2183), with the charsets, languages and continuations of
 * RFC 2231, and what is found instead of them.
 *
 * Parameters come in several readings.  The strict one is first; another is
 * added when it differs anywhere, with all its parameters, and flagged.  A
 * policy about names asks every reading.
 */

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "flag.h"
#include "str.h"

enum {
	/*
	 * A field's value.  The longest real ones carry a file's name of
	 * 255 characters, as RFC 2231 writes it some kilobytes.
	 */
	MIME_VALUE_MAX = 64 << 10,
	/* Parameters of a field: readers were slow with a million of them. */
	MIME_PARAMS_MAX = 100,
};

enum mime_value_kind {
	MIME_VALUE_TYPE,	/* "text/plain" */
	MIME_VALUE_WORD,	/* "attachment" */
};

enum mime_reading {
	MIME_READ_STRICT,
	/* a quoted string ends at the first '"', '\' is an octet like others */
	MIME_READ_ESCAPE,
	/* cut at every ';' and the first '=', comments are text */
	MIME_READ_LOOSE,
};

enum mime_param_form {
	MIME_PARAM_PLAIN,	/* name=value */
	MIME_PARAM_EXTENDED,	/* name*=charset'language'value */
	/* name*0=... name*1*=...: pieces from 0 on, the first of each */
	MIME_PARAM_PIECES,
	/* the same with the last of each, gaps jumped over */
	MIME_PARAM_PIECES_LAST,
	/* the same in the order they are written in */
	MIME_PARAM_PIECES_WRITTEN,
};

struct mime_param {
	struct mime_param *next;
	struct str name;	/* without "*..." */
	struct str value;	/* unquoted, %XX decoded; any octets */
	struct str charset;	/* of an RFC 2231 value, else p is NULL */
	uint8_t reading;	/* enum mime_reading */
	uint8_t form;		/* enum mime_param_form */
};

struct mime_value {
	struct str type;	/* empty: none can be read */
	struct str subtype;	/* without comments and blanks; may be empty */
	struct str loose;	/* all before the first ';', trimmed */
	/* By readings; in each, plain ones in their order, then the others. */
	struct mime_param *params;
	uint64_t flags;
	const char *why;	/* of an error */
};

/*
 * Spans point into value or the arena.  1, or ERR_LIMIT: then v_r has
 * nothing but flags and why.
 */
int mime_value_parse(struct arena *a, struct str value,
    enum mime_value_kind kind, struct mime_value *v_r)
    __attribute__((warn_unused_result));

/* From p on, itself included; NULL: no more.  Case does not matter. */
const struct mime_param *mime_param_next(const struct mime_param *p,
    struct str name);
/*
 * What one sees that takes the first, or the last, of the strict reading;
 * pieces count when they begin with 0, up to the first that is missing.
 */
const struct mime_param *mime_param_first(const struct mime_value *v,
    struct str name);
const struct mime_param *mime_param_last(const struct mime_value *v,
    struct str name);

#endif
