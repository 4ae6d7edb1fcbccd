#ifndef REGISTRAR_H
#define REGISTRAR_H

/*
 * The process that keeps the users of an oob-auth with method = external: it
 * takes lines (users_talk.h) at the users socket and writes a file of the run
 * folder, which sessions read as they read any other (users.h).  It runs as
 * the sessions' user, and can change files of that folder alone.
 */

#include "conf.h"

/* The row of oob_auths it is for; NULL: there is none. */
const struct conf_oob *registrar_wanted(const struct conf *c);

/*
 * The child's whole life, which ends with the other end of fd; users that are
 * known stay in the file.  listener: the users socket, -1: it makes one.
 * Never returns.
 */
_Noreturn void registrar_run(int fd, int listener, const struct conf *c);

#endif
