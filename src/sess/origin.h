#ifndef ORIGIN_H
#define ORIGIN_H

/*
 * By which listener a connection came, and where it was going: a caught one
 * to its server, which a redirected socket's SO_ORIGINAL_DST tells, and
 * tproxy's by its own local address.
 */

#include "sess.h"

/*
 * Complete a start whose client_fd, conf and to (the socket's local address)
 * are there, and listener if it is known: listener; of a caught connection
 * transparent, server and to, both the original destination; loop.
 */
void origin_find(struct sess_start *s);

/* Would a connection to this address come back to us? */
bool origin_is_own(const struct conf *c, const struct addr *a);

#endif
