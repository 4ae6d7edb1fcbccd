#ifndef SESS_H
#define SESS_H

/*
 * One session: from an accepted connection to SESSION-END.  The process is
 * the session: sess_run allocates for it, logs for it, and when it returns
 * both legs are closed.
 */

#include <stdbool.h>
#include <time.h>

#include "addr.h"
#include "board.h"
#include "conf.h"
#include "hosts.h"

enum {
	/*
	 * What a session may allocate: the longest command (max-line and
	 * literals), certificates, capabilities.  RSS stays under 4 MB.
	 */
	SESS_ARENA = 1 << 20,
};

/* How sess_run reaches the server: NULL dials for real. */
struct sess_dial_hook {
	/* A connected descriptor, or -1. */
	int (*connect)(void *ctx, const char *host, uint16_t port);
	void *ctx;
};

struct store;
struct store_engine;
struct tlsset;

struct sess_start {
	const struct conf *conf;
	int client_fd;			/* connected; sess_run closes it */
	struct addr from, to;		/* the client, whom it wants */
	struct addr server;		/* original destination, or none */
	bool transparent;
	struct str listener;		/* the listen-on section, or "" */
	const char *loop;		/* NULL, or why it must not be served */
	time_t now;			/* for time conditions; 0: ask */
	bool config_stale;
	bool jail;			/* seal the process as it goes on */
	const struct sess_dial_hook *dial;
	const struct tlsset *tls;	/* contexts that are ready, or NULL */
	struct board *board;		/* NULL: no scoreboard */
	const struct hosts *hosts;	/* known addresses; NULL: none */
	int keeper;			/* of mail workers; -1: none */
	const struct store_engine *store_engine;
	struct store *store;		/* of verdicts; NULL: none */
};

enum sess_result { SESS_ACCEPTED, SESS_REJECTED, SESS_FAILED };

/*
 * Read what may be out of reach once the identity has changed and the process
 * is in a chroot: who is at which address.  Call it before; a session that was
 * not prepared reads it when it asks.
 */
void sess_prepare(const struct sess_start *start);

/*
 * Can this session come to need a module: TLS on either leg, a server or a
 * host of a rule to be looked up by name?  Logs nothing.
 */
bool sess_needs_modules(const struct sess_start *start);

/* The same of any session of a configuration. */
bool sess_may_need_modules(const struct conf *c);

/*
 * Load what any session of a configuration may come to need but for TLS
 * (tlsset.h), and compile its expressions, in a process that forks sessions.
 * Again for each configuration; c must outlive its sessions.
 */
void sess_load_modules(const struct conf *c);

/*
 * Can any session of a configuration come to scan mails?  And has it a store
 * of verdicts for them, which is opened before the jail?
 */
bool sess_may_scan(const struct conf *c);
bool sess_may_recall(const struct conf *c);

/* Run it to its end; the result is what SESSION-END says last. */
enum sess_result sess_run(const struct sess_start *start);

#endif
