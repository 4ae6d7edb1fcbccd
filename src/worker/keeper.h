#ifndef KEEPER_H
#define KEEPER_H

/*
 * The keeper of mail workers: hired from over its control socket by any
 * number of sessions (hire.h), it forks a worker for one of them when
 * something is asked there, says MAIL_DIED when a worker ended otherwise than
 * for want of work, and ends those whose session is gone.  It reads no octet
 * of what is asked.  It ends when nobody can hire any more and no session is
 * left; if it is killed, the kernel ends its workers.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

enum {
	/* Sessions with a worker: twice what tcpserver has for max-children. */
	KEEPER_SEATS_MAX = 4000,
	/* What the keeper opens while it runs is above; a worker closes it. */
	KEEPER_FDS_FROM = 32,
	/* Where a worker finds its session. */
	KEEPER_WORK_FD = 3,
	/* Questions that wait for a worker that died; the kernel keeps ten. */
	KEEPER_DRAIN_MAX = 1000,
	/* Added to a worker's oom_score_adj: it goes, not its session. */
	KEEPER_OOM_MORE = 400,
};

/* A session's worker, and its two sockets. */
struct seat {
	int work, reins;
	int pidfd;			/* -1: no worker runs */
	pid_t pid;
	uint32_t next;			/* free seats */
	bool taken;
};

struct keeper {
	/* What a worker does, in a process of its own; does not return. */
	void (*serve)(void *ctx, int work);
	void *ctx;
	int control;			/* -1: nobody can hire any more */
	int epoll;
	int oom;			/* our oom_score_adj; -1: unknown */
	int oom_self;			/* its value */
	uint32_t seats, free;		/* taken, and the first free one */
	struct seat seat[KEEPER_SEATS_MAX];
};

/*
 * Before the jail: 0, or -1 with *why_r.  control becomes the keeper's.
 */
int keeper_open(struct keeper *k, int control, const char **why_r);
/* Until nobody is left. */
void keeper_run(struct keeper *k);

#endif
