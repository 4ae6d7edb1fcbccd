#ifndef HEAD_H
#define HEAD_H

/*
 * The head of an answer in the manner of HTTP (RFC 9112 section 4, RFC 3507
 * section 4.3.3; spamd's is alike): a status line, fields, an empty line.
 * Strict: lines end with CRLF, nothing is folded, no octet is a control.
 */

#include "str.h"

enum {
	HEAD_MAX = 16384,
	HEAD_FIELDS_MAX = 100,
};

struct head {
	struct str protocol;	/* "HTTP/1.1" */
	unsigned code;		/* digits, up to 999 */
	struct str fields;	/* their lines */
	size_t size;		/* octets of the whole head */
};

/*
 * 1, 0 more is needed, ERR_SYNTAX, ERR_LIMIT.  Slices point into s.
 */
int head_parse(struct str s, struct head *h_r);
/*
 * A field's value, trimmed: 1; 0 there is none; ERR_SYNTAX when it is there
 * more than once, which readers take differently.
 */
int head_field(const struct head *h, const char *name, struct str *value_r);
/* One that is a number: as above, and ERR_SYNTAX when it is none. */
int head_number(const struct head *h, const char *name, uint64_t *v_r);

#endif
