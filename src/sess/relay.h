#ifndef RELAY_H
#define RELAY_H

/*
 * The loop: parse what the legs sent, flush what they are owed, wait with one
 * poll, and keep the limits of time and volume.  It runs with the client
 * alone too, while the proxy has greeted and no server is contacted yet.
 */

#include "session.h"

enum sess_state relay_run(struct sess *s);
/*
 * Until the session ends (s->end.set), or, without a server, until a command
 * needs one or the client may start TLS (s->need_server, s->start_tls).
 */
void relay_loop(struct sess *s);
/* At the TLS boundary: forget everything the client said in clear. */
void relay_forget(struct sess *s);
/*
 * Wait for the server's next octets, before the relay: false when deadline
 * or the client's end came first, or the server closed; s is then ended.
 */
bool relay_await_server(struct sess *s, int64_t deadline);

#endif
