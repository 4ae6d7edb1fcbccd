#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "heap.h"

enum {
	/* Holes are taken in pieces; below M_MMAP_THRESHOLD. */
	PIECE_MAX = 65536,
	PIECE_MIN = 24,
	/* glibc keeps small ones that were freed in lists of this length. */
	LIST = 7,
	LISTED_MAX = 1032,
	LISTED_STEP = 16,
};

/* A hole, or a part of one. */
struct piece {
	struct piece *next;
};

static struct piece *taken;

/* Where the heap ends that was in use once; 0: it has no such end. */
static uintptr_t
end_of_use(void)
{
	struct mallinfo2 m = mallinfo2();
	uintptr_t end = (uintptr_t)sbrk(0);

	return m.arena == 0 ? 0 : end - m.keepcost;
}

/* false: there is none of that size below end. */
static bool
take(size_t size, uintptr_t end)
{
	struct piece *p = malloc(size);

	if (p == NULL)
		return false;
	if ((uintptr_t)p >= end) {
		free(p);
		return false;
	}
	p->next = taken;
	taken = p;
	return true;
}

static void
give_back(void)
{
	struct piece *p;

	while ((p = taken) != NULL) {
		taken = p->next;
		free(p);
	}
}

void
heap_settle(void)
{
	uintptr_t end;

	give_back();
	malloc_trim(0);
	end = end_of_use();
	for (size_t size = PIECE_MIN; size <= LISTED_MAX; size += LISTED_STEP)
		for (int i = 0; i < LIST && take(size, end); i++)
			;
	for (size_t size = PIECE_MAX; size > PIECE_MIN; size /= 2)
		while (take(size, end))
			;
	while (take(PIECE_MIN, end))
		;
	malloc_trim(0);
}
