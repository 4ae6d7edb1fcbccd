#ifndef FIELDS_H
#define FIELDS_H

/*
 * What is known of a session, field by field: one table makes the names, what
 * is printed, what can be filtered by and sorted by.  Texts come out bounded
 * but not escaped.
 */

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "look.h"

enum {
	/* The longest: a mailbox. */
	FIELD_TEXT = DISPLAY_DATA,
	/* Conditions of a filter: more are mistyped. */
	FILTER_MAX = 8,
	FILTER_WHY = 120,
};

struct field {
	char name[16];
	uint8_t kind;
	uint16_t at, size;	/* in struct board_row */
	const char *help;
};

extern const struct field fields[];
extern const unsigned fields_count;

/* NULL: there is none of that name. */
const struct field *field_find(struct str name);
bool field_is_number(const struct field *f);
/* Of a number. */
uint64_t field_number(const struct field *f, const struct board_row *row);
/* Of any field, as text to out (FIELD_TEXT + 1 octets); its octets. */
struct str field_text(const struct field *f, const struct board_row *row,
    char *out);

/* Sessions that are meant, "user=joe from=10.* config!=current". */
struct filter {
	struct filter_term {
		const struct field *field;	/* NULL: "acl", either */
		bool differs;			/* != */
		struct str value;		/* a glob */
	} terms[FILTER_MAX];
	unsigned n;
	const struct field *sort;		/* NULL: by slot */
	char why[FILTER_WHY];
};

/*
 * Words NAME=GLOB and NAME!=GLOB, which all must hold, and sort=NAME.  An
 * address is matched with its port and without; acl is both ACLs; current is
 * the hash in hex that "config" is compared with when it is said to be
 * "current".  text and current must outlive f.  false, with why.
 */
bool filter_parse(struct filter *f, struct str text, struct str current);
bool filter_holds(const struct filter *f, const struct board_row *row);
/* < 0 when a comes before b: large numbers first, texts in order. */
int filter_order(const struct filter *f, const struct board_row *a,
    const struct board_row *b);

#endif
