#ifndef PROXY_HEADER_H
#define PROXY_HEADER_H

/*
 * The PROXY protocol's header, for a server behind us that wants to know who
 * its client is: "The PROXY protocol", versions 1 and 2, HAProxy's
 * specification.
 */

#include <stddef.h>

#include "addr.h"

enum {
	/* Version 1: 107 with CRLF; version 2 with two IPv6 addresses: 52. */
	PROXY_HEADER_MAX = 108,
};

/*
 * The header of a connection from one address to the other, to out
 * (PROXY_HEADER_MAX octets); its length.  version: 1 or 2.  An address that
 * is not known makes it one that says nothing (UNKNOWN, LOCAL).
 */
size_t proxy_header(unsigned version, const struct addr *from,
    const struct addr *to, char *out);

#endif
