#ifndef VERDICTS_H
#define VERDICTS_H

/*
 * The monitor's commands for the verdict store, which it does not read itself:
 * it asks the sweeper (sweeper.h), one batch or value at a time, and answers
 * its client when all is there, or too late.
 */

#include "door.h"
#include "json.h"
#include "loop.h"
#include "print.h"
#include "query.h"
#include "sweeper.h"

enum {
	/* Clients that wait for an answer: those of both sockets. */
	VERDICTS_REQUESTS = DOOR_CLIENTS + DOOR_CLIENTS_FEW,
	/* For a message of the sweeper's, and for all of an answer, ms. */
	VERDICTS_WAIT = 2000,
	VERDICTS_WHOLE = 8000,
	/* Of a mail that are shown: each engine, in several versions. */
	VERDICTS_SHOWN = 256,
};

struct verdicts {
	int fd;				/* to the sweeper */
	const struct conf *conf;	/* in force */
	struct verdicts_request {
		uint32_t ticket;	/* of what was asked; 0: a free row */
		struct door *door;
		uint64_t client;	/* door_later()'s */
		int64_t uid;		/* the client's user */
		struct query_verdicts is;
		struct store_key at;	/* of a mail: the last one shown */
		uint64_t n;		/* shown, or forgotten */
		int64_t step, whole;	/* deadlines */
		struct json json;
	} requests[VERDICTS_REQUESTS];
	uint32_t tickets;
	bool untold;			/* the sweeper, of a configuration */
	bool known;			/* store is */
	struct print_store store;
	char why[SWEEPER_WHY];		/* it is not in use; "": it is */
	/* Somebody's who shows how things are; called when that changes. */
	void (*changed)(void *ctx);
	void *ctx;
};

/*
 * fd, conf, changed and ctx are set, the rest is zero: a clock in a loop, for
 * answers that do not come.  false: it has no room.
 */
bool verdicts_begin(struct verdicts *v, struct loop *l);
/* A message is there; false: the sweeper ended, or sent nonsense. */
bool verdicts_hear(struct verdicts *v);
/* Ask for a client that sent a line to d. */
int verdicts_ask(struct verdicts *v, const struct query_verdicts *is,
    struct door *d, int fd, FILE *out);
/*
 * conf has become another: if that is the sweeper's business it is told, and
 * who waits is, too.
 */
void verdicts_reload(struct verdicts *v, const struct conf *before);

#endif
