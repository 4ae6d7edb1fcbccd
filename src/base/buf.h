#ifndef BUF_H
#define BUF_H

/*
 * A bounded FIFO of octets.  Its memory comes with the first octet and goes
 * back to the kernel with buf_idle(), so an idle leg holds none.  A pointer
 * into it lives until the next call that writes, makes room or goes idle.
 */

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

struct buf {
	char *mem;		/* NULL while idle */
	size_t cap;		/* hard maximum, octets */
	size_t head, tail;	/* mem[head..tail) is the content */
	size_t high;		/* mem[high..cap) was never written */
};

void buf_init(struct buf *b, size_t cap);
void buf_fini(struct buf *b);

static inline size_t
buf_len(const struct buf *b)
{
	return b->tail - b->head;
}

static inline struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->mem + b->head, b->tail - b->head };
}

/* Octets that still fit. */
static inline size_t
buf_room(const struct buf *b)
{
	return b->cap - buf_len(b);
}

/*
 * Room to write at least min contiguous octets (min <= buf_room): the place;
 * *n_r is all that is contiguous there.  Follow with buf_filled().  NULL when
 * min does not fit.
 */
char *buf_space(struct buf *b, size_t min, size_t *n_r);
void buf_filled(struct buf *b, size_t n);

/* Append all or nothing: false when it does not fit. */
bool buf_put(struct buf *b, struct str s) __attribute__((warn_unused_result));
/* Drop n octets (n <= buf_len) from the front. */
void buf_drop(struct buf *b, size_t n);
/* Cut the content back to its first n octets (n <= buf_len). */
void buf_cut(struct buf *b, size_t n);
/* Overwrite everything the memory ever held, and empty it. */
void buf_wipe(struct buf *b);
/* Overwrite what the memory held besides its content. */
void buf_wipe_free(struct buf *b);
/* Give the memory back if it is empty. */
void buf_idle(struct buf *b);

#endif
