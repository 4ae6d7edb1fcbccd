#ifndef USERS_EDIT_H
#define USERS_EDIT_H

/*
 * Changing a users file: under a lock on its folder, into another file that
 * takes its place, so that sessions see the one or the other.  What stands
 * there stays as it is, comments and bad lines included, but for entries that
 * have expired, which go.
 */

#include <sys/types.h>

#include "users.h"

enum {
	/* For somebody else's change, ms. */
	USERS_LOCK_MS = 2000,
};

struct users_edit {
	const char *path;
	struct users_rules rules;
	gid_t gid;	/* of a new file that root makes; -1: ours */
	int64_t now;	/* seconds since 1970 */
};

/*
 * Put an entry in place of what stands there about its address and prefix, or
 * behind all others.  0; ERR_CONFIG with why_r (USERS_WHY octets), and nothing
 * is changed; ERR_LIMIT: the same, it would be more than rules.max.
 */
int users_put(const struct users_edit *u, const struct users_entry *e,
    char *why_r);
/* Take what is about this address and prefix out: 1; 0: there is nothing. */
int users_drop(const struct users_edit *u, const struct users_entry *net,
    char *why_r);

/* Its text without a line's end, "10.0.0.1 joe staff -", malloc'd. */
char *users_text(const struct users_entry *e);
/* An address or prefix as it is written; out: USERS_NET octets. */
enum { USERS_NET = ADDR_TEXT + 4 };
char *users_net_text(const struct users_entry *e, char *out);

/*
 * The file as it is, with a NUL behind it, malloc'd: nothing when there is no
 * file.  0, or ERR_CONFIG with why_r.
 */
int users_load(const char *path, const struct users_rules *rules,
    char **p_r, size_t *n_r, char *why_r);

#endif
