#ifndef APPEND_H
#define APPEND_H

/*
 * What APPEND and REPLACE may do beyond one mail as a literal, one table
 * (RFC 3502, 3516, 4469, 6855, 8508).  A set of rows is a mask, row 0 its
 * lowest bit.
 */

#include <stdbool.h>
#include <stdint.h>

#include "arg.h"
#include "command.h"

/* X(enumerator, name, default); nothing unknown can be read at all. */
#define IMAP_EXTS(X) \
	X(UNKNOWN, "UNKNOWN", NEVER) \
	X(MULTIAPPEND, "MULTIAPPEND", ALLOW) \
	X(LITERAL8, "LITERAL8", ALLOW) \
	X(UTF8, "UTF8", ALLOW) \
	X(REPLACE, "REPLACE", ALLOW) \
	X(CATENATE, "CATENATE", NEVER)

enum imap_ext {
#define IMAP_EXT_ENUM(id, name, deflt) IMAP_EXT_##id,
	IMAP_EXTS(IMAP_EXT_ENUM)
#undef IMAP_EXT_ENUM
	IMAP_EXT_ROWS
};

struct imap_ext_info {
	char name[12];
	uint8_t deflt;		/* enum imap_default */
};

extern const struct imap_ext_info imap_exts[IMAP_EXT_ROWS];

#define IMAP_EXT_BIT(row) (UINT64_C(1) << (row))

/* By the configuration's name; false when there is none. */
bool imap_ext_named(struct str name, enum imap_ext *row_r);

/* A literal that is announced and no argument yet. */
enum imap_coming { IMAP_COMING_NONE, IMAP_COMING_LITERAL,
	IMAP_COMING_LITERAL8 };

/* The first argument behind an upload's mailbox; NULL: not read yet. */
const struct imap_arg *imap_append_first(const struct imap_command *c);
/*
 * Are these flags, or a date, that go on as they are written?  A string with
 * a control character would go on as a literal, and be a mail to the server.
 */
bool imap_append_flags(const struct imap_arg *list);
bool imap_append_date(const struct imap_arg *a);
/* What an upload, as far as it is read, makes use of; 0 of other commands. */
uint64_t imap_append_exts(const struct imap_command *c,
    enum imap_coming coming);

#endif
