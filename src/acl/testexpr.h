#ifndef TESTEXPR_H
#define TESTEXPR_H

/*
 * Test expressions, in Kernun's grammar:
 *
 *	test [from HOST] [transparent] [to SOCK] [server SOCK] [listener STR]
 *	    [user STR] [group STR-LIST] [time UINT32];
 *	show-acl [PHASE];   show-proxy [all];   show-hash;   help;
 *
 * Elements of 'test' come in any order, each at most once.  HOST is a numeric
 * address, "[192.0.2.1]"; SOCK is HOST : PORT, blanks allowed; STR is a bare
 * word or stands in double quotes, where \ takes the next octet literally;
 * time is [[mm]dd]hhmm of the current year and month.  Not given: addresses
 * are 0.0.0.0, ports 0, time is now.
 *
 * Parsing writes nothing and looks up no name: imap4-proxy's debug run uses
 * it for the addresses it pretends to have.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "addr.h"
#include "str.h"

enum {
	/* A title; configurations have shorter ones. */
	TESTEXPR_STR = 128,
	TESTEXPR_WHY = 160,
	/* Octets of one printed expression and its NUL. */
	TESTEXPR_TEXT = 3 * ADDR_TEXT + 2 * TESTEXPR_STR + 100,
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
};

struct testexpr {
	enum testexpr_kind kind;
	unsigned given;			/* enum testexpr_element */
	struct addr from, to, server;
	bool transparent;
	bool all;			/* show-proxy all */
	uint32_t time;			/* [[mm]dd]hhmm */
	uint32_t phase;			/* show-acl; 1 unless written */
	char listener[TESTEXPR_STR];
	size_t at;			/* octet where it went wrong */
	char why[TESTEXPR_WHY];		/* "position 6: unknown element ..." */
};

/*
 * The next expression of *s, up to and with its ';'; *s becomes what follows.
 * > 0 one was read, 0 only blanks were left, < 0 ERR_SYNTAX with e_r->why.
 */
int testexpr_next(struct str *s, struct testexpr *e_r);
/* Exactly one expression: 0, or ERR_SYNTAX with e_r->why. */
int testexpr_parse(struct str s, struct testexpr *e_r);
/* Its canonical text, which parses to the same; out: TESTEXPR_TEXT octets. */
char *testexpr_print(const struct testexpr *e, char *out);
/* The local time it asks about, completed from now. */
void testexpr_time(const struct testexpr *e, const struct tm *now,
    struct tm *tm_r);

#endif
