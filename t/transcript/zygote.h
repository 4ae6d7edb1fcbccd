#ifndef ZYGOTE_H
#define ZYGOTE_H

/*
 * Sessions are forked from a process that stays as small as imap4-proxy's own
 * wait-mode parent: it is started before the runner reads a script, compiles
 * a configuration or touches OpenSSL, and gets descriptors over a socket.  So
 * the peak RSS that wait4(2) tells of a session (a fork's ru_maxrss begins
 * with the anonymous pages it inherits) is the session's own, and cores,
 * leaks and seccomp verdicts stay in the child.
 */

#include <sys/types.h>

#include <stdbool.h>

enum zygote_dial {
	DIAL_OK,		/* the server's descriptor */
	DIAL_REFUSED,		/* no candidate works */
	DIAL_SECOND,		/* the first does not, the second does */
};

struct zygote_request {
	int client, server, log, conf;	/* passed on; the caller closes its own */
	enum zygote_dial dial;
	bool relay;		/* not a session: octets both ways */
};

struct zygote_result {
	int status;		/* as wait4(2) gives it */
	long maxrss;		/* KB */
};

/* Start it: once, as the first thing. */
void zygote_start(void);
/* Fork a session; its pid. */
pid_t zygote_fork(const struct zygote_request *r);
/* Descriptor that becomes readable when the session has ended. */
int zygote_fd(void);
/* The session's end; waits for it. */
void zygote_wait(struct zygote_result *r_r);

#endif
