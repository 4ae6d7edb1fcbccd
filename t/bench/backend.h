#ifndef BACKEND_H
#define BACKEND_H

/*
 * A stand-in for an IMAP server, quick enough not to be what is measured: one
 * process, one epoll, one mailbox with one mail that is sent from a memfd
 * without being copied.  It answers CAPABILITY, ID, LOGIN, SELECT, NOOP,
 * FETCH and LOGOUT, and anything else with BAD.
 */

#include <sys/types.h>

#include <stdint.h>

enum {
	BACKEND_MAIL = 32 << 20,	/* octets of the mail */
	BACKEND_CHUNK = 4 << 20,	/* of the memfd; the mail repeats it */
};

/* Fork it, serving on a listening socket; the child ends with its parent. */
pid_t backend_start(int listener);

#endif
