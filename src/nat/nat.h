#ifndef NAT_H
#define NAT_H

/*
 * The packet filter and the policy routing of one configuration.  Everything
 * goes through two netlink sockets that are opened first; the kernel asks for
 * CAP_NET_ADMIN at each message.  The rules that catch connections live as
 * long as the process that made them.
 */

#include "list.h"

enum {
	/* Of a reason: what libnftables says, in one line. */
	NAT_WHY = 256,
};

struct nat {
	struct nft_ctx *nft;
	int route;		/* rtnetlink */
	char name[LIST_NAME];	/* of the tables that are there; "" none */
	bool held;		/* somebody keeps imap4_hold_NAME */
	char why[NAT_WHY];	/* of the last failure */
};

/* 0, or -1 with n->why. */
int nat_open(struct nat *n);
/* Put a list (list_check holds) in force instead of the one before. */
int nat_apply(struct nat *n, const struct list *l);
/* Take the rules away; the hold table stays, and its routing with it. */
void nat_close(struct nat *n);

/* What outlives the one who catches, for "on-exit" and sessions that run. */
int nat_hold(struct nat *n, const struct list *l);
int nat_release(struct nat *n, const char *name);

#endif
