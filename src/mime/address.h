#ifndef ADDRESS_H
#define ADDRESS_H

/*
 * Lists of addresses (RFC 5322 section 3.4) as ENVELOPE shows them (RFC 9051
 * section 7.5.2), with groups, routes, comments as names, and broken ones
 * with the words that Dovecot shows for what is missing.
 */

#include <stdbool.h>
#include <stddef.h>

#include "str.h"
#include "wire.h"

struct mime_addresses {
	struct mime_wire *wire;
	size_t count;		/* written so far */
};

/*
 * The addresses of a field's value, without brackets around all of them;
 * of several fields, one after the other.  Takes time linear in value.n.
 */
void mime_addresses_put(struct mime_addresses *a, struct str value);

#endif
