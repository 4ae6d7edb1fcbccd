#ifndef SERVER_H
#define SERVER_H

/* The steps towards the server: connect, TLS, greeting, capabilities. */

#include "session.h"

enum sess_state server_connect(struct sess *s);
enum sess_state server_tls(struct sess *s);
enum sess_state server_greeting(struct sess *s);

#endif
