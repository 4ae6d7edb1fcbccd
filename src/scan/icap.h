#ifndef ICAP_H
#define ICAP_H

/*
 * ICAP (RFC 3507): OPTIONS at the beginning of a connection, then RESPMOD for
 * each object, as if it were the body of an answer to GET, with a preview
 * where the server wants one.
 *
 * 204 is free.  An infection is what X-Infection-Found, X-Virus-ID or
 * X-Violations-Found tell, or an answer in the object's place that is not
 * 200.  Any other 200 has to bring the object back as it was; if the body is
 * another one the word is unknown, or free by the engine's pass_body.
 */

#include "head.h"
#include "verdict.h"

enum {
	/* Octets shown first; servers ask for some KB. */
	ICAP_PREVIEW_MAX = 16384,
	/* Of the HTTP head in an answer. */
	ICAP_INNER_MAX = HEAD_MAX,
};

/*
 * What the fields of an answer tell of infections: true, with the name, if
 * there is one.
 */
bool icap_infection(const struct head *h, struct str *name_r);
/*
 * "res-hdr=0, res-body=131": where the body begins; -1: there is none, or
 * this is not understood.
 */
int64_t icap_body_offset(struct str encapsulated);

#endif
