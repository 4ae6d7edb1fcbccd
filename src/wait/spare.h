#ifndef SPARE_H
#define SPARE_H

/*
 * Children that were forked before their connection came: they have done all
 * that a session can do without one, and wait for it.  So fork and jail are
 * no part of the time a client waits for its greeting.
 *
 * A spare serves one connection, as every child does.  It hears of its parent
 * by a socket of its own, which brings the client's descriptor and nothing of
 * what the client sent, and which is closed with that.  When the parent ends,
 * or wants it no longer, the socket is closed, and the spare exits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	/*
	 * Each takes the memory of an idle session.  While a few clients come
	 * at once each finds one; of a hundred most have to wait for a fork,
	 * however many there are.
	 */
	SPARES_MAX = 4,
};

struct spares {
	struct spare {
		pid_t pid;
		int fd;		/* the parent's end */
	} rows[SPARES_MAX];
	size_t n;
};

/* Another; there is room (n < SPARES_MAX).  fd is the table's from now on. */
void spares_add(struct spares *s, pid_t pid, int fd);
/*
 * Give a client, whose descriptor stays open here, to one of them, with the
 * number of the socket it came by.  The process that serves it now, which is
 * no spare any more; 0: there is none.
 */
pid_t spares_hand(struct spares *s, int client, unsigned socket);
/* All may go. */
void spares_discard(struct spares *s);
/* A child has ended; was it a spare? */
bool spares_left(struct spares *s, pid_t pid);
/* In any child: the parent's ends are not its own. */
void spares_forked(const struct spares *s);

/*
 * In a spare, whose end is fd: wait for a client, and close fd.  The client's
 * descriptor; -1 when none comes any more.
 */
int spare_wait(int fd, unsigned *socket_r);

#endif
