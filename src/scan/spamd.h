#ifndef SPAMD_H
#define SPAMD_H

/*
 * spamd(8p): one question on a connection (SYMBOLS, SPAMC 1.5).  The answer
 * is a head in HTTP's manner with a field of its own, "Spam: True ; 15.0 /
 * 5.0", and the names of the rules that it met.
 */

#include "verdict.h"

enum {
	/* Names of rules; there are some thousand, of 20 octets. */
	SPAMD_BODY_MAX = 65536,
};

/*
 * A whole answer, to the end of the connection: found when spamd calls it
 * spam, else free, with the score; unknown when it is no answer.
 */
void spamd_answer(struct str s, struct scan_result *r);

#endif
