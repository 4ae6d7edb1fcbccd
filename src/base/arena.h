#ifndef ARENA_H
#define ARENA_H

/*
 * The session's memory.  Everything is allocated for a session, a command or
 * a mail and gone with it: there is no free.  An arena has a hard cap;
 * reaching it calls the owner's overflow handler, which does not return, so
 * arena_alloc never returns NULL.
 */

#include <stddef.h>

#include "str.h"

enum {
	/* One page less malloc's header: small sessions touch one page. */
	ARENA_BLOCK = 4096 - 16,
};

struct arena_block;

struct arena {
	struct arena_block *top;	/* newest block; older ones behind it */
	size_t used;			/* octets taken, all blocks */
	size_t cap;
	void (*overflow)(void *ctx);	/* must not return */
	void *ctx;
};

/* A point to go back to. */
struct arena_mark {
	struct arena_block *block;
	size_t fill;
	size_t used;
};

/*
 * cap in octets.  overflow is called with ctx when cap is passed or malloc
 * fails; it must not return (longjmp or exit); NULL aborts.
 */
void arena_init(struct arena *a, size_t cap, void (*overflow)(void *),
    void *ctx);
void arena_fini(struct arena *a);

/* n octets, zeroed, aligned for any type.  Never NULL. */
void *arena_alloc(struct arena *a, size_t n)
    __attribute__((returns_nonnull, malloc, alloc_size(2)));
/* A copy with a NUL behind it that str.n does not count. */
struct str arena_dup(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

/* Everything allocated after the mark is wiped and given back. */
struct arena_mark arena_mark(const struct arena *a);
void arena_release(struct arena *a, struct arena_mark m);

#endif
