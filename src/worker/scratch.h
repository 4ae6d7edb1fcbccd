#ifndef SCRATCH_H
#define SCRATCH_H

/*
 * Room for what is decoded of a mail: small pieces in memory, large ones in a
 * file, if there is one, so that a large mail takes disk and page cache but
 * no memory that is ours.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

enum {
	/* Larger pieces go to the file. */
	SCRATCH_MEMORY = 1 << 20,
	/* Octets written before their pages are let go. */
	SCRATCH_WINDOW = 4 << 20,
};

struct scratch {
	int fd;			/* -1: memory for all */
	uint64_t end;		/* of what lies in the file */
	unsigned live;		/* pieces of the file */
};

struct piece {
	char *p;		/* NULL: none */
	size_t n, room;
	uint64_t off;		/* in the file */
	bool filed;
};

/* fd stays the caller's. */
void scratch_begin(struct scratch *s, int fd);
/* A piece with room for so many octets, none written: false, there is none. */
bool scratch_get(struct scratch *s, size_t room, struct piece *p_r);
/* n octets more are written behind p->n. */
void scratch_wrote(struct piece *p, size_t n);
void scratch_put(struct scratch *s, struct piece *p);

static inline struct str
piece_str(const struct piece *p)
{
	return (struct str){ p->p, p->n };
}

#endif
