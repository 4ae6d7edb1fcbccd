#ifndef ORIGDST_H
#define ORIGDST_H

/*
 * Where a redirected connection was going (nftables redirect, REDIRECT):
 * SO_ORIGINAL_DST, which needs no privilege.
 */

#include <stdbool.h>

#include "addr.h"

/*
 * The original destination of a connected TCP socket.  false when there is
 * none, or it is the socket's own local address: the connection was not
 * redirected.
 */
bool origdst_get(int fd, struct addr *a_r);

/*
 * Is an address one of this machine's?  Asks the kernel's routes; a few us.
 * The port is not looked at.
 */
bool origdst_local(const struct addr *a);

#endif
