#ifndef HOSTS_H
#define HOSTS_H

/*
 * The last known addresses of the host names in sets: a file beside the
 * cache, CACHE.hosts, written whenever they are looked up (test-imap4 -r) and
 * read, in place, by sessions whose policy has such names.  It is no part of
 * the cache, so that a new policy or a new build loses no address, and new
 * addresses are no new policy.
 *
 * Like the cache it is believed when root or the effective uid owns it and
 * nobody else may write it, and every reference in it is checked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "str.h"

#define HOSTS_MAGIC "imap4ho\n"
#define HOSTS_SUFFIX ".hosts"

enum {
	HOSTS_FORMAT = 1,
	/*
	 * Addresses of one name.  One that has more is not resolved: a part
	 * of them must not stand for all.
	 */
	HOSTS_ADDRS = 64,
	/* size: CONF_HOSTS names of HOSTS_ADDRS, and then some */
	HOSTS_MAX = 2 << 20,
	/*
	 * How long addresses hold, whatever their TTL says, s.  They are
	 * looked up every 4 minutes, and sessions should find them fresh; a
	 * name that changes more often than that is none to base rules on.
	 */
	HOSTS_TTL_MIN = 5 * 60,
	HOSTS_TTL_MAX = 24 * 60 * 60,
};

struct hosts_row {
	struct conf_ref name;		/* with a NUL behind it */
	struct conf_ref addrs;		/* 16 octets each, as in addr.h */
	int64_t expires;		/* seconds since 1970 */
};

struct hosts_head {
	char magic[8];
	uint32_t format, pad;
	uint64_t size;			/* of the whole file */
	uint64_t sum;			/* conf_sum of what follows */
	struct conf_ref rows;		/* hosts_row, by name */
};

/* An open file; read-only.  All zero: none, no name is known. */
struct hosts {
	const char *map;
	size_t size;
	const struct hosts_head *head;
	const char *why;		/* constant; set when a call fails */
	bool mapped;
};

/* 0, or ERR_CONFIG with h->why and nothing known. */
int hosts_open(struct hosts *h, const char *path);
/* The same on memory that outlives h, aligned to 8. */
int hosts_open_mem(struct hosts *h, const void *p, size_t n);
void hosts_close(struct hosts *h);

/* The row of a name, NULL when it is not there. */
const struct hosts_row *hosts_find(const struct hosts *h, struct str name);
/*
 * The addresses of a row, row->addrs.n of them, at least one: NULL when they
 * do not lie in the file.
 */
const uint8_t (*hosts_addrs(const struct hosts *h,
    const struct hosts_row *row))[16];
/*
 * Do they still hold at this time?  Not when they would for longer than
 * HOSTS_TTL_MAX: then somebody set the clock.
 */
bool hosts_fresh(const struct hosts_row *row, int64_t now);

/* The name of a cache's file to out (PATH_MAX); false when it is too long. */
bool hosts_path(const char *cache, char *out);

#endif
