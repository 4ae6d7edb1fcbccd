#ifndef GATE_H
#define GATE_H

/*
 * Who may come in: how many children there are, in all and of one client
 * address, and how many connections a second.  It knows no sockets and no
 * processes, and time is what the caller says, so tests need neither.
 *
 * A rate is a bucket that holds one second's connections and refills evenly.
 * An address that exceeds its rate is refused for the rest of this second and
 * the next one, as Kernun's does; it does not use up the rate of all.  IPv4
 * counts by address, IPv6 by prefix.
 *
 * Addresses with children are always remembered; of the others the one that
 * was seen last is forgotten last.  Every call takes constant time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

enum {
	/* Children of one parent, whatever is configured. */
	GATE_CHILDREN_MAX = 65536,
	/*
	 * Addresses without children that are remembered: a network of as
	 * many clients has its rates counted exactly.
	 */
	GATE_HOSTS = 16384,
};

struct gate_limits {		/* 0: no limit, but for children */
	uint32_t children, children_per_ip;
	uint32_t rate, rate_per_ip;	/* connections a second */
	uint32_t prefix6;		/* bits of an IPv6 address, 0 to 128 */
};

enum gate_verdict {
	GATE_OPEN,
	GATE_RATE_PER_IP,
	GATE_CHILDREN_PER_IP,
	GATE_CHILDREN,
	GATE_RATE,
	GATE_VERDICTS
};

struct gate;

/* NULL without memory.  It is this process's alone: no fork's child has it. */
struct gate *gate_new(const struct gate_limits *limits);
void gate_free(struct gate *g);
/* Other limits from now on.  Buckets keep what is in them. */
void gate_set(struct gate *g, const struct gate_limits *limits);

/*
 * May a connection from this address come in at this time, in ms of any clock
 * that only goes forward?  It has used up the rates if so, and is counted as
 * a child once gate_enter() says so.
 */
enum gate_verdict gate_ask(struct gate *g, const struct addr *from,
    int64_t now);
/* The key that limits it: "max-children" and so on; "" for GATE_OPEN. */
const char *gate_name(enum gate_verdict v);

/* The child pid serves this address.  false: no room for another. */
bool gate_enter(struct gate *g, const struct addr *from, int32_t pid);
/* It has ended; false when it was none of ours. */
bool gate_leave(struct gate *g, int32_t pid);

uint32_t gate_children(const struct gate *g);
/* The children in any order: 0 begins, then the last one's *at; 0 ends. */
int32_t gate_next(const struct gate *g, uint32_t *at);

#endif
