#ifndef SHAPING_H
#define SHAPING_H

/*
 * traffic-shaping: what the ACLs say about the packets of both legs.  What
 * the kernel does alone is set on the sockets; rates that sessions share are
 * throttles of the relay's legs.  Without them a session pays nothing but a few
 * comparisons.
 */

#include "session.h"
#include "shape.h"

/*
 * session-acl was chosen, or command-acl (s->cacl set): shape what is sent to
 * the client.  NULL, or why the session cannot go on.
 */
const char *shaping_client(struct sess *s);
/* The server's socket, before it is connected. */
void shaping_server(const struct sess *s, struct shape *shape_r);
/* The relay begins: shared rates hold from now on. */
void shaping_begin(struct sess *s);
/* The session ends: what is left goes out at once. */
void shaping_end(struct sess *s);

#endif
