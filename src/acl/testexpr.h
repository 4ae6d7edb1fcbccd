#ifndef TESTEXPR_H
#define TESTEXPR_H

/*
 * Test expressions, in Kernun's grammar:
 *
 *	test [from HOST] [transparent] [to SOCK] [server SOCK] [listener STR]
 *	    [user STR] [group STR-LIST] [ip-tos UINT8] [time UINT32]
 *	    [cert STR] [command STR] [direction download|upload] [mail STR]
 *	    [virus STATUS[:STR]] [spam-score UINT32] [size UINT32] [type STR]
 *	    [file-name STR];
 *	show-acl [PHASE];   show-proxy [all];   show-hash;   help;
 *
 * Elements of 'test' come in any order, each at most once.  HOST is a numeric
 * address in brackets, "[192.0.2.1]", which IPv4 may leave out; SOCK is HOST :
 * PORT, blanks allowed; STR is a bare word or stands in double quotes, where \
 * takes the next octet as it is; STR-LIST is {STR, STR}; time is [[mm]dd]hhmm
 * of the current year and month.  cert is a file, command an IMAP
 * command without its tag.
 * group goes with user only; users are those of an oob-auth.  mail is a file;
 * STATUS is a word of virus-status, and a name goes with found only.  size,
 * type and file-name are of a mail of one document, so they go without mail.
 *
 * Not given: from and to are 0.0.0.0 and port 0; server is to when
 * transparent, else unknown; listener is what to's address and port say; time
 * is now.
 *
 * Parsing writes nothing and looks up no name: imap4-proxy's debug run uses
 * it for the addresses it pretends to have.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "addr.h"
#include "conf.h"
#include "str.h"
#include "users.h"

enum {
	/* A title with its NUL; configurations have shorter ones. */
	TESTEXPR_STR = 128,
	TESTEXPR_COMMAND_MAX = 512,	/* the same of an IMAP command */
	TESTEXPR_FILE = 512,		/* and of a file's path */
	TESTEXPR_WHY = 160,
	/* Octets of one printed expression and its NUL. */
	TESTEXPR_TEXT = 3 * ADDR_TEXT + 2 * TESTEXPR_STR +
	    2 * USERS_NAME + 3 * USERS_GROUPS +
	    2 * TESTEXPR_COMMAND_MAX + 4 * TESTEXPR_FILE +
	    6 * TESTEXPR_STR + 300,
	/* show-acl's PHASE is Kernun's uint8. */
	TESTEXPR_PHASE_MAX = 255,
};

enum testexpr_kind {
	TESTEXPR_TEST,
	TESTEXPR_SHOW_ACL,
	TESTEXPR_SHOW_PROXY,
	TESTEXPR_SHOW_HASH,
	TESTEXPR_HELP,
	TESTEXPR_KINDS
};

/* Bits of given. */
enum testexpr_element {
	TESTEXPR_FROM = 1 << 0,
	TESTEXPR_TRANSPARENT = 1 << 1,
	TESTEXPR_TO = 1 << 2,
	TESTEXPR_SERVER = 1 << 3,
	TESTEXPR_LISTENER = 1 << 4,
	TESTEXPR_TIME = 1 << 5,
	TESTEXPR_COMMAND = 1 << 6,
	TESTEXPR_CERT = 1 << 7,
	TESTEXPR_IP_TOS = 1 << 8,
	TESTEXPR_USER = 1 << 9,
	TESTEXPR_GROUP = 1 << 10,
	TESTEXPR_DIRECTION = 1 << 11,
	TESTEXPR_MAIL = 1 << 12,
	TESTEXPR_VIRUS = 1 << 13,
	TESTEXPR_SPAM_SCORE = 1 << 14,
	TESTEXPR_SIZE = 1 << 15,
	TESTEXPR_TYPE = 1 << 16,
	TESTEXPR_FILE_NAME = 1 << 17,
	/* What says that a mail is meant, and what it is without a file. */
	TESTEXPR_OF_MAIL = TESTEXPR_DIRECTION | TESTEXPR_MAIL |
	    TESTEXPR_VIRUS | TESTEXPR_SPAM_SCORE | TESTEXPR_SIZE |
	    TESTEXPR_TYPE | TESTEXPR_FILE_NAME,
	TESTEXPR_NO_FILE = TESTEXPR_SIZE | TESTEXPR_TYPE |
	    TESTEXPR_FILE_NAME,
};

struct testexpr {
	enum testexpr_kind kind;
	unsigned given;			/* enum testexpr_element */
	struct addr from, to, server;
	bool transparent;
	bool all;			/* show-proxy all */
	uint32_t time;			/* [[mm]dd]hhmm */
	uint32_t phase;			/* show-acl; 1 unless written */
	uint32_t tos;			/* 0 to 255, ECN's bits 0 */
	char listener[TESTEXPR_STR];
	char user[USERS_NAME + 1];
	char groups[USERS_GROUPS + 1];	/* "a,b" */
	char command[TESTEXPR_COMMAND_MAX];
	char cert[TESTEXPR_FILE];
	uint8_t direction;		/* enum conf_direction */
	uint8_t virus;			/* enum conf_virus */
	char mail[TESTEXPR_FILE];
	char virus_name[TESTEXPR_STR];
	uint32_t spam, size;
	char type[TESTEXPR_STR], file_name[TESTEXPR_STR];
	size_t at;			/* octet where it went wrong, from 0 */
	char why[TESTEXPR_WHY];		/* "position 6: unknown ..." or "" */
};

/*
 * The next expression of s from *at_r on, up to and with its ';', behind
 * which *at_r is left.  > 0 one was read, 0 only blanks were left, < 0
 * ERR_SYNTAX with e_r->why.  All of *e_r is written, padding too.
 */
int testexpr_next(struct str s, size_t *at_r, struct testexpr *e_r);
/* Exactly one expression: 0, or ERR_SYNTAX with e_r->why. */
int testexpr_parse(struct str s, struct testexpr *e_r);
/* Its canonical text, which parses to the same; out: TESTEXPR_TEXT octets. */
char *testexpr_print(const struct testexpr *e, char *out);
/*
 * The local time it asks about, completed from now.  false when that month
 * has no such day.
 */
bool testexpr_time(const struct testexpr *e, const struct tm *now,
    struct tm *tm_r);

#endif
