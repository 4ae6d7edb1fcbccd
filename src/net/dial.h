#ifndef DIAL_H
#define DIAL_H

/*
 * Connect to the first candidate that works.  Blocks, in a poll loop of its
 * own, until the deadline at most.  Numeric addresses load nothing; a name
 * goes through the resolve engine and each of its addresses is tried in turn.
 */

#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "resolve.h"
#include "shape.h"

enum {
	/* Addresses tried for all candidates together: bounds the time. */
	DIAL_TRIES_MAX = 64,
};

struct dial_target {
	struct addr addr;	/* addr_none(): host is a name */
	const char *host;	/* name, or the address as it was written */
	uint16_t port;
};

/* A candidate that did not work. */
struct dial_failure {
	size_t target;		/* row of targets */
	struct addr addr;	/* none when the name did not resolve */
	const char *stage;	/* "resolve", "socket", "connect", "policy" */
	int err;		/* ERR_* */
	const char *why;	/* constant: "Connection refused", "timeout" */
};

/* Whence to dial. */
struct dial_source {
	/* No address: servers of that family are not dialed. */
	struct addr v4, v6;
	/*
	 * Not this machine's: IP_TRANSPARENT, which needs CAP_NET_RAW, and
	 * rules that bring the answers here (imap4-helper(8)).
	 */
	bool foreign;
};

struct dial {
	const struct dial_target *targets;
	size_t ntargets;
	int64_t each;		/* ms for one address; 0: no limit of its own */
	int64_t deadline;	/* clock_ms() for everything */
	const struct dial_source *source;	/* NULL: the kernel's choice */
	int rcvbuf, sndbuf;	/* as io_setup_socket() */
	const struct shape *shape;	/* of what is sent there, or NULL */
	/*
	 * A descriptor (the client's) whose end makes dialing pointless
	 * (fd_peer_gone), -1 none.
	 */
	int watch;
	const struct resolve_conf *resolve;	/* NULL: defaults */
	/*
	 * Called before connecting: NULL, or why this address must not be
	 * dialed (a loop).  May be NULL.
	 */
	const char *(*refuse)(void *ctx, const struct addr *a);
	/* Called for each failure, for the log.  May be NULL. */
	void (*failed)(void *ctx, const struct dial_failure *f);
	void *ctx;
};

struct dial_result {
	int fd;			/* connected, io_setup_socket() done; or -1 */
	struct addr addr;	/* reached */
	size_t target;		/* its row of targets */
	const char *why;	/* constant, when nothing worked */
};

/*
 * > 0 connected; else the last candidate's ERR_* (ERR_REFUSED, ERR_NAME,
 * ERR_TIMEOUT, ERR_IO), ERR_TIMEOUT when the deadline came first, ERR_EOF
 * when watch ended, ERR_SUPPORT when the resolve module is missing.
 */
int dial_connect(const struct dial *d, struct dial_result *r_r);

#endif
