#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"

struct arena_block {
	struct arena_block *below;
	size_t fill;
	size_t size;
	_Alignas(16) char data[];
};

void
arena_init(struct arena *a, size_t cap, void (*overflow)(void *), void *ctx)
{
	*a = (struct arena){ .cap = cap, .overflow = overflow, .ctx = ctx };
}

static void
drop_top(struct arena *a)
{
	struct arena_block *b = a->top;

	a->top = b->below;
	str_wipe(b->data, b->fill);
	free(b);
}

void
arena_fini(struct arena *a)
{
	while (a->top != NULL)
		drop_top(a);
	a->used = 0;
}

static void
full(struct arena *a)
{
	if (a->overflow != NULL)
		a->overflow(a->ctx);
	abort();
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->top;

	if (n > a->cap)
		full(a);
	n = (n + 15) & ~(size_t)15;
	if (a->used + n > a->cap)
		full(a);
	if (b == NULL || b->size - b->fill < n) {
		size_t size = ARENA_BLOCK - sizeof *b;

		if (size < n)
			size = n;
		b = malloc(sizeof *b + size);
		if (b == NULL)
			full(a);
		*b = (struct arena_block){ .below = a->top, .size = size };
		a->top = b;
	}
	void *p = b->data + b->fill;

	b->fill += n;
	a->used += n;
	return memset(p, 0, n);
}

struct str
arena_dup(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);

	/* size: n octets and the NUL, as vsnprintf counted them above */
	char *p = arena_alloc(a, (size_t)n + 1);

	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

struct arena_mark
arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->top, a->top ? a->top->fill : 0,
	    a->used };
}

void
arena_release(struct arena *a, struct arena_mark m)
{
	while (a->top != m.block) {
		assert(a->top != NULL);
		drop_top(a);
	}
	if (m.block != NULL) {
		str_wipe(m.block->data + m.fill, m.block->fill - m.fill);
		m.block->fill = m.fill;
	}
	a->used = m.used;
}
