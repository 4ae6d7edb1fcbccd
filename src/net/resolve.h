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
	/* Where all that a name has are wanted. */
	RESOLVE_ALL = 64,
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

/* One of many names, and all there is to know of it. */
struct resolve_name {
	const char *name;
	/*
	 * Out: addresses, ports 0, of both families, n > 0 of them: all there
	 * are.  Else n is 0, err ERR_NAME (it has none), ERR_TIMEOUT, ERR_IO
	 * (a family's servers fail), ERR_LIMIT (more than RESOLVE_ALL), and
	 * why a constant text.
	 */
	struct addr list[RESOLVE_ALL];
	size_t n;
	uint32_t ttl;		/* seconds: the shortest of what was said */
	int err;
	const char *why;
};

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
	 * n names together, all of both families of each, for rules: a part
	 * of a name's addresses counts as none.  deadline alone ends it, not
	 * conf's timeout; CLOCK_NEVER is RESOLVE_TIMEOUT.  How many have
	 * addresses, or ERR_EOF (watch), ERR_NAME (no resolver) with a
	 * constant text in *why_r.
	 */
	int (*lookup_all)(const struct resolve_conf *conf,
	    struct resolve_name *names, size_t n, int64_t deadline, int watch,
	    const char **why_r);
	/*
	 * The name of an address to out (RESOLVE_NAME octets).  > 0, or an
	 * error as above.  A name is only what its owner says.
	 */
	int (*reverse)(const struct resolve_conf *conf, const struct addr *a,
	    int64_t deadline, int watch, char *out, const char **why_r);
};

extern const struct resolve_engine engine_resolve;

#endif
