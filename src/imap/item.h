#ifndef ITEM_H
#define ITEM_H

/*
 * FETCH items as policies name them: one table (RFC 9051 section 6.4.5 and
 * extensions).  A row is a kind of item: all sections of one form are one
 * row, ".PEEK" makes no difference, nor do the old names ("RFC822.TEXT" is
 * "BODY[TEXT]").  A set of rows is a mask, row 0 its lowest bit.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arg.h"
#include "command.h"
#include "str.h"

enum {
	IMAP_ITEM_OCTETS = 1,	/* its value is octets of a mail */
	IMAP_ITEM_TEXT = 2,	/* it shows more than headers and structure */
};

/*
 * BODY[HEADER.FIELDS.NOT (...)] is a whole header but for some fields, so it
 * is BODY[HEADER].  PARTIAL is "<0.10>" behind a section, needed besides the
 * section's own row.
 *
 * X(enumerator, name, default, flags)
 */
#define IMAP_ITEMS(X) \
	X(UNKNOWN, "UNKNOWN", ASK, TEXT) \
	X(FLAGS, "FLAGS", ALLOW, 0) \
	X(UID, "UID", ALLOW, 0) \
	X(INTERNALDATE, "INTERNALDATE", ALLOW, 0) \
	X(SIZE, "RFC822.SIZE", ALLOW, 0) \
	X(ENVELOPE, "ENVELOPE", ALLOW, 0) \
	X(BODY, "BODY", ALLOW, 0) \
	X(BODYSTRUCTURE, "BODYSTRUCTURE", ALLOW, 0) \
	X(BODY_ALL, "BODY[]", ALLOW, OCTETS|TEXT) \
	X(BODY_HEADER, "BODY[HEADER]", ALLOW, OCTETS) \
	X(BODY_FIELDS, "BODY[HEADER.FIELDS]", ALLOW, OCTETS) \
	X(BODY_TEXT, "BODY[TEXT]", ALLOW, OCTETS|TEXT) \
	X(BODY_PART, "BODY[PART]", ALLOW, OCTETS|TEXT) \
	X(BODY_MIME, "BODY[MIME]", ALLOW, OCTETS) \
	X(PARTIAL, "PARTIAL", ALLOW, 0) \
	X(BINARY, "BINARY", ALLOW, OCTETS|TEXT) \
	X(BINARY_SIZE, "BINARY.SIZE", ALLOW, 0) \
	X(MODSEQ, "MODSEQ", ALLOW, 0) \
	X(EMAILID, "EMAILID", ALLOW, 0) \
	X(THREADID, "THREADID", ALLOW, 0) \
	X(SAVEDATE, "SAVEDATE", ALLOW, 0) \
	X(PREVIEW, "PREVIEW", ALLOW, OCTETS|TEXT) \
	X(ANNOTATION, "ANNOTATION", ASK, 0) \
	/* private to one server */ \
	X(SNIPPET, "SNIPPET", ASK, OCTETS|TEXT) \
	X(X_GM_MSGID, "X-GM-MSGID", ASK, 0) \
	X(X_GM_THRID, "X-GM-THRID", ASK, 0) \
	X(X_GM_LABELS, "X-GM-LABELS", ASK, 0)

enum imap_item_row {
#define IMAP_ITEM_ENUM(id, name, deflt, flags) IMAP_ITEM_##id,
	IMAP_ITEMS(IMAP_ITEM_ENUM)
#undef IMAP_ITEM_ENUM
	IMAP_ITEM_ROWS
};

enum { IMAP_ITEM_NAME = 20 };

struct imap_item_info {
	char name[IMAP_ITEM_NAME];
	uint8_t n;		/* octets of name */
	uint8_t deflt;		/* enum imap_default */
	uint8_t flags;
};

extern const struct imap_item_info imap_items[IMAP_ITEM_ROWS];

#define IMAP_ITEM_BIT(row) (UINT64_C(1) << (row))

/* By the configuration's name, old ones too; false when there is none. */
bool imap_item_named(struct str name, enum imap_item_row *row_r);
/* What ALL, FAST and FULL stand for; 0 for any other name. */
uint64_t imap_item_macro(struct str name);

/* What a server's item is, "BODY[1.2]<0>"; never 0. */
uint64_t imap_item_rows(struct str text);
/* What one item is that a client asks for, or a macro; never 0. */
uint64_t imap_item_rows_asked(const struct imap_arg *a);
/*
 * Everything a command asks for: a FETCH's items, those NOTIFY names for new
 * mails (RFC 5465) and a search for its updates; 0 for none.
 */
uint64_t imap_command_items(const struct imap_command *c);
/* Is any row of a mask one of these flags? */
bool imap_items_have(uint64_t rows, unsigned flags);

#endif
