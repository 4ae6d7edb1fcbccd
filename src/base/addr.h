#ifndef ADDR_H
#define ADDR_H

/*
 * Socket addresses.  An address is always 16 octets in network order; IPv4 is
 * kept IPv4-mapped (::ffff:a.b.c.d), so one comparison serves both families
 * and an IPv4 client on a dual-stack socket is the same client.
 */

#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum {
	/* "[" 45 octets of IPv6, "%" a scope number "]:65535" and a NUL. */
	ADDR_TEXT = 80,
};

struct addr {
	uint8_t ip[16];		/* all zero: none */
	uint32_t scope;		/* link-local scope, else 0 */
	uint16_t port;		/* host order; 0: none */
};

bool addr_is4(const struct addr *a);
/* No address at all (:: or 0.0.0.0)? */
bool addr_none(const struct addr *a);
bool addr_is_loopback(const struct addr *a);
/* Same address; ports are not compared. */
bool addr_same(const struct addr *a, const struct addr *b);

/*
 * "192.0.2.1", "2001:db8::1", "[2001:db8::1]"; port 0.  false when it is not
 * a numeric address: names are never looked up.
 */
bool addr_parse(struct str s, struct addr *a_r);
/*
 * The host part of "host:port", "[v6]:port": *host_r points into s without
 * brackets.  false when the form or the port (1-65535) is wrong.
 */
bool addr_split(struct str s, struct str *host_r, uint16_t *port_r);

/* "192.0.2.1", "2001:db8::1" to out (ADDR_TEXT octets); returns out. */
char *addr_host(const struct addr *a, char *out);
/* "[192.0.2.1]:143": Kernun's form of a socket; returns out. */
char *addr_text(const struct addr *a, char *out);

/* false when the family is neither AF_INET nor AF_INET6. */
bool addr_from_sa(const struct sockaddr *sa, struct addr *a_r);
/* The native family: IPv4-mapped becomes AF_INET.  Returns the length. */
socklen_t addr_to_sa(const struct addr *a, struct sockaddr_storage *ss_r);

/* The peer, or the local end, of a connected socket. */
bool addr_peer(int fd, struct addr *a_r);
bool addr_local(int fd, struct addr *a_r);

#endif
