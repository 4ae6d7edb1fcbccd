#ifndef SERVE_H
#define SERVE_H

/*
 * The monitor's sockets: a client sends one line, gets the answer (query.h in
 * stat/) and the connection is closed.  Who may connect is the file's mode:
 * stats.sock for app-user and its group, admin.sock, where sessions can be
 * ended, for app-user; and for root, both.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "loop.h"
#include "query.h"

enum {
	/* At once; one more is told so and closed. */
	SERVE_CLIENTS = 32,
	/* For a line to come, and for each part of an answer to be read, ms. */
	SERVE_WAIT = 5000,
	/* Answers that wait to be read, together: a page of 65,536 sessions. */
	SERVE_HELD = 128 << 20,
	SERVE_SOCKETS = 2,
	SERVE_WHY = 160,
};

struct serve {
	struct loop *loop;
	const struct conf *conf;	/* in force */
	int sockets[SERVE_SOCKETS];	/* -1: none */
	size_t held;
	char why[SERVE_WHY];
	struct serve_client {
		int fd;			/* -1: a free row */
		bool admin;
		size_t n;		/* octets of line */
		char line[QUERY_LINE + 1];
		char *answer;		/* malloc'd; NULL: none yet */
		size_t size, sent;
		int64_t deadline;
	} clients[SERVE_CLIENTS];
};

/*
 * Make the sockets in the run folder, as app-user and before the jail; those
 * of a helper that is gone are replaced.  conf is the configuration in force,
 * whose place may come to hold another.  false, with why: some could not be
 * made; those that could are there.
 */
bool serve_open(struct serve *s, const struct conf *conf);
/* Serve them in a loop; false: it has no room. */
bool serve_begin(struct serve *s, struct loop *l);

#endif
