#ifndef RESPONSE_H
#define RESPONSE_H

/*
 * What a server sends, read incrementally (RFC 9051 section 9).  A status
 * line, a continuation and a FETCH item name are looked at when whole; data
 * is given token by token, so a line may be of any length, and a literal's
 * octets are left to the caller.  Any split of the input gives the same
 * events, but for sets of more than IMAP_TOKEN_MAX octets, which come in parts
 * that end in a comma.  A line that cannot be parsed is an error for good.
 *
 * Deviations of real servers that are tolerated:
 *	"* SEARCH " CRLF	a blank before CRLF (Courier, Exchange)
 *	"(\\Seen )"		a blank before a closing bracket (Yahoo, QQ)
 *	"*  1843 EXISTS"	two blanks behind '*' (DavMail)
 *	"(FLAGS ()  UID 1)"	two blanks between FETCH items (DavMail)
 *	"BODYSTRUCTURE (..)(..)"	two lists as one value (mail.ru)
 *	"a OK" CRLF		no text behind a status (Exchange, hMailServer)
 *	"+" CRLF		no blank behind '+' (older Exchange)
 */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum {
	/* A status line; those with long capability lists have some hundred
	 * octets, COPYUID of scattered sets some thousand. */
	IMAP_STATUS_MAX = 32768,
	/* A quoted string or atom; sets are given in parts. */
	IMAP_TOKEN_MAX = 32768,
	/*
	 * Literals up to this, other than mails, are given whole as tokens:
	 * whoever writes them on sees what is in them.
	 */
	IMAP_SHORT_MAX = 4096,
	/* The name of a FETCH item, with its header names. */
	IMAP_ITEM_MAX = 8192,
	/* BODYSTRUCTURE nests; mail systems stop at 100. */
	IMAP_RESPONSE_DEPTH = 128,
	/* Text of a status line that goes on to the client. */
	IMAP_TEXT_MAX = 1000,
};

enum imap_status { IMAP_ST_OK, IMAP_ST_NO, IMAP_ST_BAD, IMAP_ST_BYE,
	IMAP_ST_PREAUTH };

enum imap_resp_event {
	IMAP_RESP_NEED,
	IMAP_RESP_ERROR,	/* why */
	IMAP_RESP_CONTINUE,	/* "+": text */
	IMAP_RESP_STATUS,	/* status, tag (n 0: untagged), code, text */
	IMAP_RESP_BEGIN,	/* data: row, name, number if has_number */
	IMAP_RESP_ITEM,		/* FETCH: the name of an item, in text */
	IMAP_RESP_TOKEN,	/* token */
	IMAP_RESP_LITERAL,	/* size, literal8; its octets follow */
	IMAP_RESP_END,		/* the data line is over */
};

enum imap_token { IMAP_TOK_SPACE, IMAP_TOK_OPEN, IMAP_TOK_CLOSE,
	IMAP_TOK_ATOM, IMAP_TOK_QUOTED, IMAP_TOK_LITERAL };

/* Untagged data: X(enumerator, name, flags). */
enum {
	IMAP_DATA_PASS = 1,	/* goes on to the client */
	IMAP_DATA_NONAUTH = 2,	/* before login, too (RFC 9051 11.3) */
	IMAP_DATA_NUMBER = 4,	/* "* n NAME" */
	IMAP_DATA_NUMBERS = 8,	/* its atoms are 32-bit numbers */
	IMAP_DATA_BARE = 16,	/* nothing follows the name */
	IMAP_DATA_NONZERO = 32,	/* its number is not 0 */
};

#define IMAP_DATA(X) \
	X(UNKNOWN, "", 0) \
	X(CAPABILITY, "CAPABILITY", PASS|NONAUTH) \
	X(ENABLED, "ENABLED", PASS|NONAUTH) \
	X(ID, "ID", PASS|NONAUTH) \
	X(LANGUAGE, "LANGUAGE", PASS|NONAUTH) \
	X(FLAGS, "FLAGS", PASS) \
	X(LIST, "LIST", PASS) \
	X(LSUB, "LSUB", PASS) \
	X(XLIST, "XLIST", PASS) \
	X(STATUS, "STATUS", PASS) \
	X(SEARCH, "SEARCH", PASS|NUMBERS) \
	X(ESEARCH, "ESEARCH", PASS) \
	X(SORT, "SORT", PASS|NUMBERS) \
	X(THREAD, "THREAD", PASS|NUMBERS) \
	X(NAMESPACE, "NAMESPACE", PASS) \
	X(ACL, "ACL", PASS) \
	X(LISTRIGHTS, "LISTRIGHTS", PASS) \
	X(MYRIGHTS, "MYRIGHTS", PASS) \
	X(QUOTA, "QUOTA", PASS) \
	X(QUOTAROOT, "QUOTAROOT", PASS) \
	X(METADATA, "METADATA", PASS) \
	X(ANNOTATION, "ANNOTATION", PASS) \
	X(COMPARATOR, "COMPARATOR", PASS) \
	X(UIDBATCHES, "UIDBATCHES", PASS) \
	X(VANISHED, "VANISHED", PASS) \
	X(CONVERTED, "CONVERTED", 0) \
	X(URLFETCH, "URLFETCH", 0) \
	X(GENURLAUTH, "GENURLAUTH", 0) \
	X(JMAPACCESS, "JMAPACCESS", 0) \
	X(EXISTS, "EXISTS", PASS|NUMBER|BARE) \
	X(RECENT, "RECENT", PASS|NUMBER|BARE) \
	X(EXPUNGE, "EXPUNGE", PASS|NUMBER|BARE|NONZERO) \
	X(FETCH, "FETCH", PASS|NUMBER|NONZERO)

enum imap_data {
#define IMAP_DATA_ROW(id, name, flags) IMAP_DATA_##id,
	IMAP_DATA(IMAP_DATA_ROW)
#undef IMAP_DATA_ROW
	IMAP_DATA_ROWS
};

struct imap_data_info {
	char name[14];
	uint8_t flags;
};

extern const struct imap_data_info imap_data_table[IMAP_DATA_ROWS];

struct imap_response {
	bool utf8;			/* 8-bit in quoted strings and text */
	const char *why;		/* constant */

	/* of the last event; slices live until the caller drops the input */
	enum imap_status status;
	enum imap_token kind;
	struct str tag, code, code_args, text;
	struct str name;		/* BEGIN: as on the wire */
	struct str token;		/* QUOTED: without quotes, escaped;
					 * LITERAL: any octets */
	enum imap_data row;
	uint64_t number, size;
	bool has_number, literal8;
	bool cut;		/* STATUS: code and text were too long */

	/* the reader's own */
	uint8_t state;
	bool after_value, fetch, name_next;
	bool closed;			/* a list, just before */
	bool binary;			/* the item is BINARY[...] */
	uint8_t item;
	unsigned depth;
	size_t scanned;
};

void imap_response_init(struct imap_response *r);
/*
 * The next event from in; *used_r octets belong to it.  After LITERAL the
 * caller takes size octets itself before the next call.
 */
enum imap_resp_event imap_response_next(struct imap_response *r,
    struct str in, size_t *used_r);
/* Is it inside a line? */
bool imap_response_partial(const struct imap_response *r);

/*
 * Response codes that go on to the client as they are (after a check of
 * their octets); those the session treats itself are rows, too.
 */
enum imap_code { IMAP_CODE_UNKNOWN, IMAP_CODE_PASS, IMAP_CODE_CAPABILITY,
	IMAP_CODE_BARE };
enum imap_code imap_code_find(struct str name);
/* Do the arguments follow the code's grammar? Not of an unknown code. */
bool imap_code_fits(struct str name, struct str args);

/*
 * A status text fit for a client, to out (IMAP_TEXT_MAX octets); its length.
 * Printable ASCII, and UTF-8 where utf8 allows it, the rest as '?': controls,
 * bidirectional overrides, a '[' in front, which would begin a code.
 */
size_t imap_text_clean(char *out, struct str text, bool utf8);

#endif
