#ifndef SERVE_H
#define SERVE_H

/*
 * The monitor's sockets: the answers are query.h's in stat/.  Who may connect
 * is the file's mode: stats.sock for app-user and its group, admin.sock, where
 * sessions can be ended, for app-user; and for root, both.
 */

#include "conf.h"
#include "door.h"
#include "verdicts.h"

enum { SERVE_SOCKETS = 2 };

struct serve {
	const struct conf *conf;	/* in force */
	int sockets[SERVE_SOCKETS];	/* -1: none */
	struct door doors[SERVE_SOCKETS];
	struct verdicts *verdicts;	/* set before the loop runs */
	char why[DOOR_WHY];
};

/*
 * Take the sockets that the service manager gave as "stats" and "admin", make
 * the others in the run folder, as app-user and before the jail; those of a
 * helper that is gone are replaced.  conf is the configuration in force,
 * whose place may come to hold another.  false, with why: some could not be
 * made; those that could are there.
 */
bool serve_open(struct serve *s, const struct conf *conf);
/*
 * Would another configuration have them at the same places, of the same
 * user?  They stay where they are as long as the helper runs.
 */
bool serve_same(const struct conf *a, const struct conf *b);
/* Serve them in a loop; false: it has no room. */
bool serve_begin(struct serve *s, struct loop *l);
/* A client's user, -1: it is not known. */
int64_t serve_user(int fd);
/* A command that changed something stands in the log, with its answer. */
void serve_log(int64_t uid, struct str line, const char *answer);

#endif
