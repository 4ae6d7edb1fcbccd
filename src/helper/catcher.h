#ifndef CATCHER_H
#define CATCHER_H

/*
 * The process that has CAP_NET_ADMIN and nothing else: it takes lists (list.h)
 * over a socketpair, puts each in force, and answers.  When the other end is
 * gone it takes its rules away and ends.
 */

#include "nat.h"

/* What it answers to each list. */
struct catcher_answer {
	int32_t failed;
	uint32_t active;	/* catches in force */
	int32_t unheld;		/* on-exit = block, and nobody blocks */
	char why[NAT_WHY];
};

enum {
	/* To take rules away after the monitor is gone; then it is killed. */
	CATCHER_END_S = 5,
};

/*
 * The child's whole life on fd (SOCK_SEQPACKET); parent is who must be there.
 * uid, gid: whom it becomes when it is started as root.  Never returns.
 */
_Noreturn void catcher_run(int fd, int parent, uint32_t uid, uint32_t gid);

#endif
