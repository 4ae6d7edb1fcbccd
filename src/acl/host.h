#ifndef HOST_H
#define HOST_H

/*
 * What host names in sets stand for, as far as it is known: one row for each
 * name of the configuration, read from the file of known addresses (hosts.h)
 * when a condition first asks for it.  Nothing is looked up here: who can
 * look names up sees which were wanted, and learns the rows.
 *
 * A name that is not resolved can be neither in a set nor outside: the
 * condition is undecided, and so the connection rejected.  Addresses that
 * have expired hold until new ones come.
 */

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "conf.h"
#include "hosts.h"
#include "truth.h"

enum {
	/* A name of 253 octets and a reason. */
	ACL_HOST_WHY = 340,
};

enum acl_host_state {
	ACL_HOST_UNSEEN,	/* nobody asked yet */
	ACL_HOST_UNKNOWN,	/* has no addresses */
	ACL_HOST_EXPIRED,	/* has, they hold no longer than need be */
	ACL_HOST_KNOWN,
};

struct acl_host {
	/* UNKNOWN: none; else in the file or where acl_host_learn() was told */
	const uint8_t (*ip)[16];
	const char *why;	/* UNKNOWN: a constant reason */
	uint16_t n;
	uint8_t state;		/* enum acl_host_state */
	bool wanted;		/* a condition asked; not KNOWN */
	bool asked;		/* looked up, with whatever outcome */
};

struct acl_hosts {
	const struct conf *conf;
	const struct hosts *known;	/* what the file says; NULL: none */
	int64_t now;			/* seconds since 1970 */
	struct acl_host *rows;		/* by row of conf_main.hosts */
	uint32_t n;
	bool wanted;			/* any row is, and was not asked */
	char why[ACL_HOST_WHY];		/* of the last undecided condition */
};

struct arena;

/*
 * For this configuration, in arena; NULL when no set of it has a name.  known
 * (may be NULL) and c outlive it.
 */
struct acl_hosts *acl_hosts_new(struct arena *arena, const struct conf *c,
    const struct hosts *known, int64_t now);

/* The text of a row's name; STR_NULL: the cache is damaged. */
struct str acl_host_name(const struct conf *c, uint32_t i);
/* A row as it is known now; NULL: there is none. */
const struct acl_host *acl_host_at(struct acl_hosts *h, uint32_t i);

/*
 * The same for a condition that hangs on it: a row that is not known, or not
 * for long, is wanted.  NULL: it is not resolved, and *why_r is h->why, or
 * constant.  h may be NULL.
 */
const struct acl_host *acl_host_need(struct acl_hosts *h,
    const struct conf *c, uint32_t i, const char **why_r);
/*
 * Is this (known) address one of the host's?  UNDECIDED: the host is not
 * resolved, as above.
 */
enum acl_truth acl_host_has(struct acl_hosts *h, const struct conf *c,
    uint32_t i, const struct addr *a, const char **why_r);

/*
 * What looking row i up gave: n addresses (which outlive h), or n = 0 and a
 * constant reason: then the last known ones stay.
 */
void acl_host_learn(struct acl_hosts *h, uint32_t i, const uint8_t (*ip)[16],
    uint16_t n, const char *why);

#endif
