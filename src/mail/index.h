#ifndef INDEX_H
#define INDEX_H

/*
 * What the mail worker found in a mail and where everything in it stands: one
 * flat block that the session maps read-only from a sealed memfd.  It comes
 * from the process that takes hostile mail apart, so every accessor checks
 * its reference and gives NULL or STR_NULL outside.  The facts in it are what
 * ACLs ask about; spans and rendered strings are what FETCH is answered from.
 * No octet of the mail itself is in it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch.h"
#include "str.h"

#define MAIL_INDEX_MAGIC "imap4mi\n"

enum {
	/* 10,000 parts and 100,000 fields with their strings fit. */
	MAIL_INDEX_MAX = 64 << 20,
	MAIL_INDEX_FORMAT = 2,
	/* No row: the parent of the mail, the child of a leaf. */
	MAIL_NONE = 0x7fffffff,
	/* Rows of engines' results; more are not configured. */
	MAIL_RESULTS_MAX = 64,
};

/* In the block: n rows of a table, or n octets of a string. */
struct mail_ref { uint32_t off, n; };
/* In the mail's octets. */
struct mail_span { uint64_t off, n; };

enum mail_kind { MAIL_LEAF, MAIL_MULTIPART, MAIL_MESSAGE };

/* Kernun's words, in the order in which engines are combined. */
enum mail_virus { MAIL_VIRUS_FOUND, MAIL_VIRUS_FREE, MAIL_VIRUS_SKIPPED,
	MAIL_VIRUS_UNKNOWN, MAIL_VIRUS_ERROR };

/* Marks of a part, of the mail when any part has it. */
enum {
	MAIL_ENCRYPTED = 1,	/* nobody but its reader can look into it */
	MAIL_MALFORMED = 2,	/* beyond what mail-filter corrects */
	MAIL_SIGNED = 4,	/* covered by a signature */
	MAIL_AMBIGUOUS = 8,	/* readers differ about its octets */
	MAIL_ARCHIVE = 16,	/* members were looked at */
	MAIL_ARCHIVE_CUT = 32,	/* not at all of them */
	MAIL_NAMES_CUT = 64,	/* it has more names */
};

/* The score is not known: no engine, or none that answered. */
#define MAIL_SPAM_UNKNOWN INT32_MIN

/* A field of a message's header, in its order. */
struct mail_field {
	struct mail_ref name;		/* as it stands, without the colon */
	struct mail_span whole;		/* with its last line's end */
};

/*
 * A part; row 0 is the mail itself, children come behind their parents.  A
 * message/rfc822 part has one child, the message in it, whose header and body
 * are that message's; one that nobody took apart is a leaf.
 */
struct mail_part {
	uint32_t parent, child, next;	/* rows, or MAIL_NONE */
	uint32_t number;		/* among its siblings, from 1 */
	uint32_t depth;
	uint8_t kind;			/* enum mail_kind */
	uint8_t cte;			/* enum mime_cte */
	uint8_t virus;			/* enum mail_virus */
	uint8_t marks;
	struct mail_span header;	/* with the empty line */
	struct mail_span body;
	uint64_t lines;			/* of the body */
	uint64_t decoded;		/* octets of the body, decoded */
	uint64_t flags;			/* enum mime_flag */
	struct mail_ref fields;		/* mail_field; of messages only */
	/* Of the mail alone: values of FETCH items, as they go on the wire. */
	struct mail_ref envelope, body_value, bodystructure;
	struct mail_ref declared;	/* "text/plain", in lower case */
	struct mail_ref identified;	/* "": none was identified */
	struct mail_ref ordered;	/* mail_ref: the same by type_orders */
	struct mail_ref others;		/* mail_ref: types in other readings */
	struct mail_ref names;		/* mail_ref: all a reader may show */
	struct mail_ref members;	/* mail_ref: types in an archive */
	struct mail_ref virus_name;
};

/* What one engine said of the whole mail. */
struct mail_result {
	struct mail_ref engine;		/* its title in the configuration */
	struct mail_ref name;		/* of the virus */
	struct mail_ref why;		/* of unknown and error */
	uint32_t ms;			/* it took, from when its turn came */
	uint32_t waited;		/* ms before, for other sessions */
	int32_t spam;			/* score x 1000 */
	uint8_t virus;			/* enum mail_virus */
	uint8_t antispam;		/* spam counts, not virus */
	uint8_t known;			/* from the verdict store */
	uint8_t pad;
};

/* The value of a header field that some rule asks about. */
struct mail_value {
	struct mail_ref name;		/* as the configuration has it */
	struct mail_ref value;		/* unfolded, decoded, UTF-8 */
};

struct mail_index_head {
	char magic[8];
	uint32_t format;
	uint32_t size;			/* of the whole block */
	uint64_t octets;		/* of the mail */
	uint64_t flags;			/* of all parts */
	uint32_t marks;
	int32_t spam;			/* engines combined */
	uint8_t virus;
	uint8_t pad[7];
	struct mail_ref virus_name;
	struct mail_ref message_id, subject;	/* for logs, decoded */
	struct mail_ref parts;		/* mail_part */
	struct mail_ref results;	/* mail_result */
	struct mail_ref values;		/* mail_value */
};

/* An open index; points into memory that outlives it. */
struct mail_index {
	const char *map;
	size_t size;
	const struct mail_index_head *head;
	const char *why;		/* constant; set when a call fails */
};

/*
 * On n octets at p, aligned to 8, about a mail of so many octets: checks the
 * head, and of every part its rows and spans.  0, or ERR_SYNTAX with why.
 */
int mail_index_open(struct mail_index *x, const void *p, size_t n,
    uint64_t octets) __attribute__((warn_unused_result));

uint32_t mail_index_parts(const struct mail_index *x);
/* NULL when there is no such row. */
const struct mail_part *mail_index_part(const struct mail_index *x,
    uint32_t row);
const struct mail_field *mail_index_field(const struct mail_index *x,
    const struct mail_part *p, uint32_t i);
const struct mail_result *mail_index_result(const struct mail_index *x,
    uint32_t i);
/* ms: the longest that one of its engines waited for other sessions'. */
uint32_t mail_index_waited(const struct mail_index *x);
const struct mail_value *mail_index_value(const struct mail_index *x,
    uint32_t i);
/* Strings; STR_NULL when outside. */
struct str mail_index_str(const struct mail_index *x, struct mail_ref r);
/* String i of a list of them, as names and members are. */
struct str mail_index_listed(const struct mail_index *x, struct mail_ref list,
    uint32_t i);

/* What a section of FETCH names: octets of the mail, or fields of a header. */
struct mail_section {
	struct mail_span span;
	const struct mail_part *part;	/* whose octets they are */
};

/*
 * BODY[numbers] of n part numbers and what follows them; for HEADER.FIELDS
 * the span is the whole header's.  false: there is no such part, so it is NIL
 * (RFC 9051 section 6.4.5).  As Dovecot does it: what is no multipart has
 * itself for part 1, and MIME of a mail's part 1 is the mail's own header.
 */
bool mail_index_section(const struct mail_index *x, const uint32_t *numbers,
    unsigned n, enum imap_section_text text, struct mail_section *s_r);

#endif
