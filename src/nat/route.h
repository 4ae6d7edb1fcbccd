#ifndef ROUTE_H
#define ROUTE_H

/*
 * Policy routing for marked packets: they are delivered to this machine's own
 * sockets, whatever address they are going to (tproxy, answers to clients'
 * addresses).  A rule and a route for each family, in a table of the
 * configuration's own, with the project's rtnetlink protocol number.
 */

#include <stdint.h>

enum {
	/* rtnetlink(7)'s "who made it"; ip(8) shows "proto 143". */
	ROUTE_PROTOCOL = 143,
	/* Before main and what administrators usually add. */
	ROUTE_PRIORITY = 143,
};

/* A socket for all of it, kept: -1 with errno. */
int route_open(void);
/* Remove what an earlier run left, then make it, if on.  0, or -1 (errno). */
int route_set(int fd, const char *name, int on);
/* The number of a configuration's table. */
uint32_t route_table(const char *name);

#endif
