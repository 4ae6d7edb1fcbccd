#ifndef START_H
#define START_H

/* The steps before the server is contacted, and the seal after it is. */

#include "session.h"

enum sess_state start_session_acl(struct sess *s);
enum sess_state start_client_tls(struct sess *s);
enum sess_state start_client_greeted(struct sess *s);
enum sess_state start_command_acl(struct sess *s);
enum sess_state start_seal(struct sess *s);

#endif
