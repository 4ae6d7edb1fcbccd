#ifndef ADDRSET_H
#define ADDRSET_H

/*
 * Sets of addresses: sorted ranges in the cache, searched by halves, and host
 * names.
 */

#include "addr.h"
#include "conf.h"
#include "host.h"
#include "truth.h"

enum {
	/* Two addresses, without scopes, and a dash. */
	ADDRSET_RANGE_TEXT = 2 * ADDR_TEXT,
};

/*
 * Is the address in the set?  A set that is not written holds; an address
 * that is not known (all zero) is in no range and no host's.  UNDECIDED, with
 * *why_r: a host name that would decide is not resolved, or the cache is
 * damaged.  Ports and scopes are not compared.  hosts: NULL where no set has
 * names.
 */
enum acl_truth addrset_judge(const struct conf *c,
    const struct conf_addrset *s, const struct addr *a,
    struct acl_hosts *hosts, const char **why_r);
/* The same of a set that has no host names. */
enum acl_truth addrset_has(const struct conf *c, const struct conf_addrset *s,
    const struct addr *a);

/*
 * A range as one writes it: "192.0.2.1", "192.0.2.0/24", "10.0.0.1-10.0.0.9".
 * out holds ADDRSET_RANGE_TEXT octets; returns out.
 */
char *addrset_range_text(const struct conf_range *r, char *out);

#endif
