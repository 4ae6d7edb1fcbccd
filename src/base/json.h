#ifndef JSON_H
#define JSON_H

/*
 * Writing JSON (RFC 8259).  Text that is UTF-8 stays itself, or becomes
 * escapes where only ASCII is wanted; of any other text each octet becomes the
 * character of its number.
 * key: the member's name, NULL in an array and for the whole document.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "str.h"

enum {
	/* Ours nest five deep; a bit of struct json each. */
	JSON_DEPTH = 31,
};

struct json {
	FILE *f;
	bool ascii;		/* for what may end on a terminal */
	unsigned depth;
	uint32_t some;		/* bit: this level has a value already */
	uint32_t array;		/* bit: this level is an array */
};

void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
/* The end of the innermost of them; of the outermost, with a newline. */
void json_end(struct json *j);

/* A string; null when s.p is NULL. */
void json_str(struct json *j, const char *key, struct str s);
void json_num(struct json *j, const char *key, uint64_t v);
void json_bool(struct json *j, const char *key, bool v);
/* A value that is JSON already. */
void json_raw(struct json *j, const char *key, const char *value);

#endif
