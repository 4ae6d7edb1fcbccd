#ifndef SHAPE_H
#define SHAPE_H

/*
 * What the kernel is told about a socket's outgoing packets, so that it (and
 * the routers behind it) can class and pace them.  One socket is one
 * direction: what is sent to the client, or to the server.
 */

#include <stdint.h>

enum {
	SHAPE_DSCP_NONE = -1,
	/* SO_PRIORITY above it wants CAP_NET_ADMIN (socket(7)). */
	SHAPE_PRIORITY_MAX = 6,
};

struct shape {
	uint32_t mark;		/* SO_MARK: CAP_NET_RAW or _ADMIN; 0 none */
	uint8_t priority;	/* SO_PRIORITY: skb->priority; 0 none */
	int8_t dscp;		/* RFC 2474, 0 to 63, or SHAPE_DSCP_NONE */
	uint64_t max_rate;	/* octets a second, TCP's own pacing; 0 any */
};

/*
 * Apply to a socket, connected or not; before connect(2) the SYN is marked,
 * too.  What is 0 or none stays as it is, so that a later call adds to an
 * earlier one.  0, or -1 with a constant text in *why_r: what could not be
 * set.  On a socket that is not of the Internet, dscp is left out.
 */
int shape_apply(int fd, const struct shape *s, const char **why_r);

#endif
