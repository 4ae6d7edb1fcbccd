#ifndef RESOLVE_H
#define RESOLVE_H

/*
 * Names to addresses through c-ares: the module resolve.so, loaded only when
 * a name is to be looked up; module_get("resolve", &why).  No NSS and no
 * /etc/hosts: DNS alone, under one deadline.  It opens sockets and, with no
 * servers given, reads /etc/resolv.conf: before the seal.
 */

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "module.h"
#include "str.h"

enum {
	/* Addresses kept of one name; more are dropped. */
	RESOLVE_MAX = 16,
	/* A name in the DNS (RFC 1035 2.3.4) and its NUL. */
	RESOLVE_NAME = 256,
	/* RFC 8305 section 3 recommends this many ms. */
	RESOLVE_DELAY = 50,
	/* Total for one name in ms, unless configured. */
	RESOLVE_TIMEOUT = 5000,
	/* Servers in one configuration; resolv.conf has at most 3. */
	RESOLVE_SERVERS = 16,
	RESOLVE_SEARCH = 16,
};

enum { RESOLVE_4 = 1, RESOLVE_6 = 2, RESOLVE_BOTH = 3 };

struct resolve_conf {
	/*
	 * Numeric addresses, "192.0.2.1", "192.0.2.1:53", "[2001:db8::1]:53";
	 * none: those of resolv.conf.
	 */
	const char *const *servers;
	size_t nservers;
	/* Domains; none: resolv.conf's, or with servers given none at all. */
	const char *const *search;
	size_t nsearch;
	/*
	 * Total for one name in ms, whatever servers and search are; 0:
	 * RESOLVE_TIMEOUT.
	 */
	int64_t timeout;
};

struct resolve_engine {
	struct module_head head;

	/*
	 * Addresses of a name, ports 0, IPv6 first, at most max (<=
	 * RESOLVE_MAX).  When one family has answered the other one gets
	 * RESOLVE_DELAY ms more.  deadline: clock_ms(), on top of conf's
	 * timeout.  watch: -1, or a descriptor whose end (fd_peer_gone)
	 * aborts.  Returns how many (> 0); ERR_NAME, ERR_TIMEOUT, ERR_EOF
	 * (watch), ERR_IO, with a constant text in *why_r.
	 */
	int (*lookup)(const struct resolve_conf *conf, const char *name,
	    unsigned families, int64_t deadline, int watch,
	    struct addr *out, size_t max, const char **why_r);
	/*
	 * The name of an address to out (RESOLVE_NAME octets).  > 0, or an
	 * error as above.  A name is only what its owner says.
	 */
	int (*reverse)(const struct resolve_conf *conf, const struct addr *a,
	    int64_t deadline, int watch, char *out, const char **why_r);
};

extern const struct resolve_engine engine_resolve;

#endif
