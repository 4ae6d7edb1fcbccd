/* Arena and buffer: bounds, marks, and memory that goes back. */

#include <setjmp.h>

#include "arena.h"
#include "buf.h"
#include "tap.h"

static jmp_buf full;

static void
overflow(void *ctx)
{
	(*(int *)ctx)++;
	longjmp(full, 1);
}

static void
test_arena(void)
{
	volatile int calls = 0;
	volatile size_t wraps = SIZE_MAX - 3;
	struct arena a;

	arena_init(&a, 20000, overflow, (void *)&calls);

	struct str s = arena_dup(&a, STR("kept"));
	struct arena_mark m = arena_mark(&a);
	char *p = arena_alloc(&a, 9000);

	tap_int(0, p[0] | p[8999], "memory comes zeroed");
	tap_ok(a.used >= 9000, "it is counted");
	arena_release(&a, m);
	tap_ok(a.used < 100, "a release gives it back");
	tap_str(STR("kept"), s, "what was before the mark stays");
	tap_cstr("x=7", arena_printf(&a, "x=%d", 7), "text is formatted");
	if (setjmp(full) == 0)
		for (;;)
			arena_alloc(&a, 1000);
	tap_int(1, calls, "the cap calls the owner");
	if (setjmp(full) == 0)
		arena_alloc(&a, wraps);
	tap_int(2, calls, "so does a size that would wrap");
	arena_fini(&a);
	tap_int(0, (int64_t)a.used, "the end gives everything back");
}

static void
test_buf(void)
{
	struct buf b;
	size_t n;

	buf_init(&b, 4096);
	tap_ok(b.mem == NULL, "an idle buffer holds no memory");
	tap_ok(buf_put(&b, STR("hello")), "octets go in");
	tap_str(STR("hello"), buf_str(&b), "and are there");
	buf_drop(&b, 2);
	tap_str(STR("llo"), buf_str(&b), "some are dropped");
	tap_ok(buf_space(&b, 4094, &n) == NULL, "too much does not fit");
	tap_ok(buf_space(&b, 4093, &n) != NULL, "the rest fits");
	tap_int(4093, (int64_t)n, "contiguously");
	tap_str(STR("llo"), buf_str(&b), "the content moved along");
	buf_cut(&b, 1);
	tap_str(STR("l"), buf_str(&b), "the end is cut back");
	buf_idle(&b);
	tap_ok(b.mem != NULL, "a buffer with content keeps its memory");
	n = b.high;
	buf_wipe(&b);
	tap_int(5, (int64_t)n, "it knows how far it was written");
	tap_ok(memcmp(b.mem, "\0\0\0\0\0", 5) == 0,
	    "wiping clears what was there, dropped or not");
	buf_idle(&b);
	tap_ok(b.mem == NULL, "an empty one gives it back");
	buf_fini(&b);
}

static void
test_wipe(void)
{
	struct buf b;
	size_t n;
	char *p;

	buf_init(&b, 4096);
	tap_ok(buf_put(&b, STR("LOGIN joe sesame keep")), "a secret and more");
	p = buf_space(&b, 0, &n) - 21;
	buf_drop(&b, 17);
	tap_ok(buf_put(&b, STR("lost")), "something behind it");
	buf_cut(&b, 4);
	buf_wipe_free(&b);
	tap_ok(str_eq(buf_str(&b), STR("keep")), "what is in use stays");
	tap_ok(memcmp(p, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0keep\0\0\0\0",
	    25) == 0, "what was before and behind it is gone");
	buf_fini(&b);
}

int
main(void)
{
	test_arena();
	test_buf();
	test_wipe();
	return tap_done();
}
