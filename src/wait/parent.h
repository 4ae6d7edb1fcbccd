#ifndef PARENT_H
#define PARENT_H

/*
 * Wait mode's parent: accepts from listening sockets and forks, one process
 * for each connection.  It never reads or writes one octet of a client, so
 * what is forked for the next client has seen nothing of the last.  A few are
 * forked before their client comes (spare.h).
 *
 *	SIGHUP		stop accepting, exit when the last session has ended
 *	SIGQUIT		exit at once, sessions go on by themselves
 *	SIGTERM, SIGINT	end all sessions, and exit
 *	SIGUSR1, SIGUSR2	log more, log less; all sessions, too
 *
 * A connection that the limits refuse is closed and counted, and each limit
 * says so once a second at most (TCPS-642).  A child that a signal ends is
 * counted and logged with the stage it was in (TCPS-603), which is the name
 * it has given itself (PR_SET_NAME).
 */

#include <stdbool.h>
#include <stdint.h>

#include "gate.h"
#include "sockets.h"

enum {
	/* The parent's owner is asked for news this often, ms. */
	PARENT_REFRESH_MS = 1000,
	/* Names of stages, with a NUL. */
	PARENT_STAGE = 32,
	/* Children have this long to heed SIGTERM before SIGKILL, ms. */
	PARENT_TERM_MS = 2000,
};

struct parent_settings {
	struct gate_limits limits;
	unsigned queue;		/* listen(2)'s */
	uint64_t idle_exit;	/* ms without session or connection; 0 never */
};

struct parent_ops {
	/*
	 * Before a connection is accepted, unless it was called within
	 * PARENT_REFRESH_MS: look whether anything has changed, and fill
	 * *s_r.  true: what is forked from now on is not what was forked
	 * before.
	 */
	bool (*refresh)(void *ctx, struct parent_settings *s_r);
	/*
	 * In a child, the parent's sockets are closed: what can be done
	 * without a client, which may be a while from coming.
	 */
	void (*prepare)(void *ctx);
	/*
	 * Then: the client is descriptor 0; name is the socket's.  Does not
	 * return.
	 */
	void (*serve)(void *ctx, const char *name);
	/*
	 * The stage a child was in, where its name cannot be seen: where /proc
	 * hides processes (ProtectProc=).  false: not known either.
	 */
	bool (*stage)(void *ctx, int32_t pid, char out[PARENT_STAGE]);
	void *ctx;
};

/*
 * Signals that change the log's level, here and in the sessions of nowait
 * mode.
 */
void parent_log_signals(void);

/*
 * Serve until a signal or idle-exit ends it.  The first refresh comes at
 * once.  Returns the program's exit status.
 */
int parent_run(const struct sockets *s, const struct parent_ops *ops);

#endif
