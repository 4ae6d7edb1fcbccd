#ifndef ICAP_H
#define ICAP_H

/*
 * ICAP (RFC 3507): OPTIONS at the beginning of a connection, then RESPMOD for
 * each object, as if it were the body of an answer to GET, with a preview
 * where the server wants one.  A service that has no RESPMOD is asked by
 * REQMOD, as if the object were the body of a POST.
 *
 * 204 is free.  An infection is what X-Infection-Found, X-Virus-ID or
 * X-Violations-Found tell, or an answer in the object's place: by RESPMOD one
 * that is an error or leads elsewhere, by REQMOD any, for only an error may
 * stand for a request.  Any other 200 has to bring the object back as it was;
 * if the body is another one the word is unknown, or free by the engine's
 * pass_body.  A request that goes elsewhere now is unknown in any case.
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
/* What an answer brings. */
enum icap_inner {
	ICAP_NOTHING,		/* or what is not understood */
	ICAP_REQUEST,		/* with a body */
	ICAP_RESPONSE,		/* with a body */
	ICAP_BARE_RESPONSE,	/* a head, no body */
};
/*
 * "res-hdr=0, res-body=131": an HTTP response, whose head has 131 octets, up
 * to ICAP_INNER_MAX.
 */
enum icap_inner icap_inner(struct str encapsulated, uint64_t *head_r);

#endif
