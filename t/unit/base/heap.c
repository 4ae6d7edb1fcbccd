/* A settled heap: nothing is taken from holes. */

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "heap.h"
#include "tap.h"

enum { BLOCKS = 400, SIZES = 9 };

static const size_t sizes[SIZES] = { 16, 24, 100, 500, 1032, 1040, 4080,
	20000, 60000 };
static void *blocks[SIZES][BLOCKS];

/* Blocks of all sizes, and every second of them free again. */
static void
make_holes(void)
{
	for (int i = 0; i < BLOCKS; i++)
		for (int k = 0; k < SIZES; k++)
			blocks[k][i] = malloc(sizes[k]);
	for (int i = 0; i < BLOCKS; i += 2)
		for (int k = 0; k < SIZES; k++)
			free(blocks[k][i]);
}

/* The size of holes, all together. */
static size_t
holes(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.fordblks - m.keepcost;
}

static void
test_settled(uintptr_t old_end)
{
	unsigned within = 0;

	for (int i = 0; i < BLOCKS; i += 2)
		for (int k = 0; k < SIZES; k++) {
			blocks[k][i] = malloc(sizes[k]);
			within += (uintptr_t)blocks[k][i] < old_end;
		}
	tap_int(0, within, "all that comes then lies behind what was there");
	for (int i = 0; i < BLOCKS; i += 2)
		for (int k = 0; k < SIZES; k++)
			free(blocks[k][i]);
}

int
main(void)
{
	size_t before, after;
	uintptr_t end;

	make_holes();
	if (mallinfo2().arena == 0) {
		tap_ok(true, "another allocator is in use");	/* ASan's */
		return tap_done();
	}
	before = holes();
	heap_settle();
	end = (uintptr_t)sbrk(0);
	after = holes();
	tap_ok(before > 10 << 20, "a heap with holes: %zu octets", before);
	/* of less than a struct each */
	tap_ok(after < before / 1000, "has none: %zu", after);
	end -= mallinfo2().keepcost;
	test_settled(end);
	before = mallinfo2().arena;
	for (int i = 0; i < 20; i++) {
		heap_settle();
		make_holes();
		for (int b = 1; b < BLOCKS; b += 2)
			for (int k = 0; k < SIZES; k++)
				free(blocks[k][b]);
	}
	heap_settle();
	tap_ok(mallinfo2().arena <= before * 2,
	    "time and again without growing: %zu of %zu",
	    mallinfo2().arena, before);
	return tap_done();
}
