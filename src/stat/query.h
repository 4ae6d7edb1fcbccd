#ifndef QUERY_H
#define QUERY_H

/*
 * The monitor's commands: one line in, a text out.  The same for who reads
 * the scoreboard itself and for who asks through a socket.
 *
 *	help
 *	show sess [FILTER...]	a line each (print_list)
 *	show sess all [FILTER...]	every field
 *	show sess SLOT		every field of one
 *	show top [FILTER...]	a summary, and the fastest first
 *	show stat | show metrics | show json [FILTER...] | show html
 *	show config		name, hash in force, slots
 *	show verdicts [json] [SHA256]	the verdict store, or what it has of
 *				a mail
 *	forget SHA256 | forget all	administrators only
 *	kill SLOT | kill FILTER...	administrators only
 *	log LEVEL		the same, and only where there is a log
 *
 * An answer that begins with "error: " is one.
 */

#include <stdio.h>
#include <sys/types.h>

#include "print.h"
#include "str.h"

enum {
	/* A command: longer ones are refused. */
	QUERY_LINE = 4096,
	/* A mail's, SHA-256. */
	QUERY_HASH = 32,
};

/* What the verdict store is asked. */
struct query_verdicts {
	bool forget;
	bool json;
	bool one;			/* of one mail, not all */
	uint8_t mail[QUERY_HASH];
};

struct query {
	const char *folder;	/* of the board */
	uid_t owner;		/* the sessions' user */
	const char *name;	/* of the configuration */
	const char *config;	/* hash in force, hex; NULL: unknown */
	bool admin;		/* may kill, and set the level */
	/* Set the level of who answers, 3 to 9; NULL: it has no log. */
	void (*log)(int level);
	/*
	 * Has the store asked; the answer goes to out, now or later.  NULL:
	 * who answers has none.
	 */
	int (*verdicts)(void *ctx, const struct query_verdicts *v, FILE *out);
	void *ctx;
	const struct print_store *store;	/* NULL: not known */
};

/* Run a command; its answer goes to out.  0, or < 0 when it is an error. */
int query_run(const struct query *m, struct str line, FILE *out);

#endif
