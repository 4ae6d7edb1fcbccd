#ifndef SWEEPER_H
#define SWEEPER_H

/*
 * The processes that keep the verdict store (store.h) to its age, and tell the
 * monitor of it.  Any session may have written nonsense in that file, and who
 * reads it may crash or never end: so the sweeper, which is sealed with the
 * store open, is the child of one that starts another when it ends.  That one
 * reads nothing but the cache.  A file that a sweeper was lost by, or saw to be
 * damaged, begins anew.
 */

#include <sys/types.h>

#include "conf.h"
#include "store.h"

enum {
	/* Looks for what is too old, s; sooner when max-age is less. */
	SWEEPER_EVERY = 60,
	/* Between two batches, for sessions to get in, ms. */
	SWEEPER_PAUSE = 5,
	/* After others have kept the store busy, ms. */
	SWEEPER_BUSY = 1000,
	/* Between looks whether the file is still that at its path, ms. */
	SWEEPER_LOOKS = 1000,
	/* Who works longer on a batch goes round in a circle, s. */
	SWEEPER_STUCK = 10,
	/* Before a store that failed is tried again, s: 1, 2, 4 ... */
	SWEEPER_REST_MAX = 60,
	SWEEPER_WHY = 160,
};

enum sweeper_wish {
	SWEEPER_LOOK,		/* state */
	SWEEPER_NEXT,		/* the value of a mail behind a key */
	SWEEPER_FORGET,		/* a batch of a mail's */
	SWEEPER_FORGET_ALL,	/* a batch of all */
	SWEEPER_RELOAD,		/* a new configuration; without an answer */
	SWEEPER_WISHES,
};

/* What the monitor asks. */
struct sweeper_ask {
	uint32_t ticket;	/* is in the answer; not 0 */
	uint32_t wish;		/* enum sweeper_wish */
	struct store_key key;	/* NEXT; FORGET: its mail */
};

/* An answer; also, with ticket 0, how the store is after it was swept. */
struct sweeper_answer {
	uint32_t ticket;
	/* NEXT: octets of value, 0 no other; FORGET: how many; ERR_* */
	int32_t result;
	struct store_state state;	/* LOOK, and by itself */
	struct store_key key;		/* NEXT: of value */
	int64_t time;			/* when it was put, s since 1970 */
	char why[SWEEPER_WHY];		/* result < 0 */
	char value[STORE_VALUE_MAX];
};

/* Is what was received, of so many octets, one of them? */
bool sweeper_ask_check(const struct sweeper_ask *a, ssize_t n);
/* why gets an end by that, and is a line of ASCII. */
bool sweeper_answer_check(struct sweeper_answer *a, ssize_t n);

/*
 * The path of the store, in out of PATH_MAX; NULL: there is none.  It is in
 * chroot-dir when its folder is there: sessions that are not started as root
 * do without.
 */
const char *sweeper_path(const struct conf *c, char *out);

/*
 * The whole life of the sweeper's parent, and its; fd is a SOCK_SEQPACKET.
 * c is the configuration in force, cache its file.  Ends with the other end
 * of fd, or with parent.  Never returns.
 */
_Noreturn void sweeper_run(int fd, int parent, const char *cache,
    struct conf *c);

#endif
