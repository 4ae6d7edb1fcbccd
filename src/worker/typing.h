#ifndef TYPING_H
#define TYPING_H

/*
 * Types of documents, and of what is in archives, by the configuration's
 * orders of methods: each direction's, and those of doc-acls.
 */

#include "doctype.h"
#include "judged.h"

struct typing {
	struct doctype doctype;
	struct doctype_order order[CONF_DIRECTIONS];
	struct typing_order {
		struct doctype_order order;
		uint8_t directions;	/* bits */
	} own[CONF_TYPE_ORDERS];	/* of doc-acls */
	uint32_t nown;
	bool types, members;		/* some rule asks about them */
	bool archives;			/* or about what is in these */
	const char *why;		/* constant; a database is not there */
};

/*
 * Load what the rules need, before the jail.  Where a database is missing its
 * method knows nothing, and why says so.
 */
void typing_open(struct typing *t, const struct conf *c);
void typing_close(struct typing *t);

void typing_begin(struct typing *t);
/*
 * What these octets of a part are, by the direction's order; an empty string:
 * not known.  In the mail's arena.
 */
struct str typing_identify(struct typing *t, struct judged *j,
    struct judged_part *row, struct str declared, struct str octets);
/* The same of a part's own body, kept in its row, by all orders. */
void typing_part(struct typing *t, struct judged *j, struct judged_part *row,
    struct str declared, struct str octets);
/*
 * What a member of an archive is, by its first octets and its name, is added
 * to the part's members.
 */
void typing_member(struct typing *t, struct judged *j,
    struct judged_part *row, struct str name, struct str head);

#endif
