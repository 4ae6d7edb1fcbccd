#ifndef CERTINFO_H
#define CERTINFO_H

/*
 * What policy may ask about a peer's certificate: made by net/tls, judged by
 * acl/, printed by the log.  Strings live in the arena of whoever asked.
 */

#include <stdbool.h>

#include "str.h"

enum {
	/* A certificate with more names is matched by its first ones only
	 * for acceptance; policy that needs more names does not exist. */
	CERT_SAN_MAX = 100,
};

struct certinfo {
	bool present;
	bool verified;		/* its chain led to a configured anchor */
	struct str subject;	/* RFC 4514 */
	struct str issuer;	/* RFC 4514 */
	struct str san[CERT_SAN_MAX];	/* "dns:NAME", "email:ADDRESS" */
	size_t nsan;
	char fingerprint[65];	/* SHA-256 of the DER, lower-case hex */
};

#endif
