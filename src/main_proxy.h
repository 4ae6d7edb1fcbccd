#ifndef MAIN_PROXY_H
#define MAIN_PROXY_H

/* What the files of the program imap4-proxy share: one process has one. */

#include "board.h"
#include "conf.h"
#include "current.h"
#include "log.h"
#include "parent.h"
#include "sess.h"
#include "sockets.h"

struct options {
	const char *cfg, *cache, *listener, *expr;
	int level;
};

struct program {
	struct options o;
	char **argv;
	struct current current;
	struct conf conf;
	struct board board;
	bool waits;			/* in wait mode: */
	struct sockets *sockets;	/* malloc'd: nowait has none */
	bool sealed;			/* program_seal() */
	const struct store_engine *store_engine;
	struct store *store;		/* of verdicts; NULL: none */
};

/* ---- main_proxy.c -------------------------------------------------------- */

_Noreturn void die(int status, enum log_id id, const char *what,
    const char *why);

/* The scoreboard of p's configuration; none is open. */
void program_open_board(struct program *p);
/* Log what came of a look for the configuration. */
void program_report(const struct current *u);
/* The same before imap4-session takes over. */
void program_report_once(struct program *p);
/*
 * Begin again as imap4-session, with the same arguments; fd: the client, or
 * the first socket of wait mode.
 */
_Noreturn void program_become_session(struct program *p, int fd);
/* Once, before any session: what is said, and what cannot be had later. */
void program_begin(struct program *p);
/* Become app-user, and enter the jail's first phase. */
void program_seal(struct program *p);
/*
 * Can that be before there is a client?  Not if a session with this
 * configuration reads files about its client (host names, users), which must
 * be as they are then and may be out of reach behind it, or becomes another
 * program.
 */
bool program_seals_early(const struct program *p);
/*
 * The session of start->client_fd, until the process ends; sealed unless it
 * is so already.  listener: "" if it is not known.
 */
_Noreturn void program_session(struct program *p, struct sess_start *start);

/*
 * A keeper of mail workers, where sessions may scan: -1 there is none.  Not
 * ready: it is started when it is first asked.
 */
int program_keeper(const struct program *p, bool ready);

/* ---- main_wait.c --------------------------------------------------------- */

/*
 * Accept and fork, with p's configuration until it changes, until a signal
 * or idle-exit; the exit status.
 */
int wait_run(struct program *p);

#endif
