#ifndef LIST_H
#define LIST_H

/*
 * What is to be caught, as the monitor tells it to the one who may change the
 * packet filter: numbers and fixed arrays, no references, checked again by
 * who receives it.
 */

#include "conf.h"

enum {
	LIST_VERSION = 1,
	/* Interfaces and kinds of port: a firewall has a few. */
	LIST_CATCHES = 64,
	/* Of all sections together; a list stays one message, 22 KB. */
	LIST_RANGES = 512,
	LIST_IFACE = 16,	/* IFNAMSIZ */
	/* Of the configuration's name; a table's name has room for it. */
	LIST_NAME = 64,
};

struct list_range {
	uint8_t lo[16], hi[16];		/* as conf_range */
};

struct list_catch {
	char iface[LIST_IFACE];		/* "" any, "lo" this machine's own */
	uint16_t port, port_to, listen_port;
	uint8_t tproxy, block;
	uint8_t active;			/* somebody takes what is caught */
	uint8_t pad;
	/* rows of ranges; npos 0: everything but the neg ones */
	uint16_t first, npos, nneg;
};

struct list {
	uint32_t version;
	uint32_t uid;			/* whose connections are left alone */
	uint8_t foreign;		/* sessions use clients' addresses */
	uint8_t pad[3];
	uint32_t ncatches, nranges;
	char name[LIST_NAME];		/* of the configuration */
	struct list_catch catches[LIST_CATCHES];
	struct list_range ranges[LIST_RANGES];
};

/* From a configuration: 0, or -1 with a constant text in *why_r. */
int list_make(struct list *l_r, const struct conf *c, const char **why_r);

/* Who listens at one of these ports is active, the others are not. */
void list_listening(struct list *l, const uint16_t *ports, size_t n);

/* Received octets: are they a list all of whose values may be used? */
bool list_check(const struct list *l, size_t n);

/* Has one to be blocked when it is not caught? */
bool list_blocks(const struct list *l);

/* Does a packet's mark have to lead it here: tproxy, clients' addresses? */
bool list_needs_route(const struct list *l);

#endif
