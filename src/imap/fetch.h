#ifndef FETCH_H
#define FETCH_H

/*
 * FETCH items (RFC 9051 section 6.4.5 and extensions): their names, the
 * sections in them, and what they carry.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arg.h"
#include "str.h"

enum imap_section_text {
	IMAP_SECTION_ALL,	/* "" or parts alone */
	IMAP_SECTION_HEADER,
	IMAP_SECTION_FIELDS,
	IMAP_SECTION_FIELDS_NOT,
	IMAP_SECTION_TEXT,
	IMAP_SECTION_MIME,
};

enum {
	/* Parts in parts: deeper than mail systems let MIME nest. */
	IMAP_PARTS_MAX = 100,
};

/* "1.2.HEADER.FIELDS": the words of a section, without its names. */
struct imap_section {
	struct str parts;	/* "1.2", n 0: none */
	unsigned nparts;
	enum imap_section_text text;
};

/* false when it is none; the section points into spec. */
bool imap_section_parse(struct str spec, struct imap_section *s_r);
/* Part i, by value: "01" is 1. */
uint32_t imap_section_part(const struct imap_section *s, unsigned i);
/* The same octets of a mail, names of HEADER.FIELDS apart? */
bool imap_section_same(const struct imap_section *a,
    const struct imap_section *b);

/* An item as a server names it. */
struct imap_item {
	struct str name;	/* "BODY", "FLAGS" */
	bool sectioned;
	struct imap_section section;
	struct str fields;	/* names, between ( and ), as on the wire */
	bool partial;
	uint32_t origin;
};

/*
 * "FLAGS", "BODY[1.HEADER.FIELDS (A "B C")]<10>".  false when it is no item;
 * it points into text.
 */
bool imap_item_parse(struct str text, struct imap_item *it_r);

/* Is this argument an item that a client may ask for? */
bool imap_item_asked(const struct imap_arg *a);

/* Does this item, "BODY[1.2]<0>", carry octets of a message? */
bool imap_item_content(struct str name);
/* Does any item a FETCH asks for? */
bool imap_fetch_content(const struct imap_command *c);

#endif
