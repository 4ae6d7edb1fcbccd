#ifndef HEAD_H
#define HEAD_H

/*
 * The head of an answer in the manner of HTTP (RFC 9112 section 4, RFC 3507
 * section 4.3.3; spamd's is alike): a status line, fields, an empty line.  Or
 * that of a request, which begins with a request line.
 * Strict: lines end with CRLF, and no octet but a tab is a control.  A field
 * may go on in lines that begin with a blank; only head_lines() gives it then.
 */

#include "str.h"

enum {
	HEAD_MAX = 16384,
	HEAD_FIELDS_MAX = 100,
};

struct head {
	struct str protocol;	/* "HTTP/1.1" */
	unsigned code;		/* digits, up to 999; a request has 0 */
	struct str line;	/* the first one, without its end */
	struct str fields;	/* their lines */
	size_t size;		/* octets of the whole head */
};

/*
 * 1, 0 more is needed, ERR_SYNTAX, ERR_LIMIT.  Slices point into s.
 */
int head_parse(struct str s, struct head *h_r);
/* The same of a request: "POST http://mail/ HTTP/1.1". */
int head_parse_request(struct str s, struct head *h_r);
/*
 * A field's value, trimmed: 1; 0 there is none; ERR_SYNTAX when it is there
 * more than once or goes on in the next line, which readers take differently.
 */
int head_field(const struct head *h, const char *name, struct str *value_r);
/* One that is a number: as above, and ERR_SYNTAX when it is none. */
int head_number(const struct head *h, const char *name, uint64_t *v_r);
/* A field's value with the lines it goes on in: 1, 0, ERR_SYNTAX. */
int head_lines(const struct head *h, const char *name, struct str *value_r);

#endif
