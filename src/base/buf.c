#include <sys/mman.h>

#include <assert.h>
#include <stdlib.h>

#include "buf.h"

void
buf_init(struct buf *b, size_t cap)
{
	*b = (struct buf){ .cap = cap };
}

static void
give_back(struct buf *b)
{
	if (b->mem != NULL)
		munmap(b->mem, b->cap);
	b->mem = NULL;
	b->head = b->tail = b->high = 0;
}

void
buf_fini(struct buf *b)
{
	give_back(b);
}

char *
buf_space(struct buf *b, size_t min, size_t *n_r)
{
	if (min > buf_room(b))
		return NULL;
	if (b->mem == NULL) {
		b->mem = mmap(NULL, b->cap, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (b->mem == MAP_FAILED) {
			b->mem = NULL;
			return NULL;
		}
		b->head = b->tail = 0;
	}
	if (b->cap - b->tail < min) {
		memmove(b->mem, b->mem + b->head, buf_len(b));
		b->tail -= b->head;
		b->head = 0;
	}
	*n_r = b->cap - b->tail;
	return b->mem + b->tail;
}

void
buf_filled(struct buf *b, size_t n)
{
	assert(n <= b->cap - b->tail);
	b->tail += n;
	if (b->high < b->tail)
		b->high = b->tail;
}

bool
buf_put(struct buf *b, struct str s)
{
	size_t n;
	char *p;

	if (s.n == 0)
		return true;
	p = buf_space(b, s.n, &n);
	if (p == NULL)
		return false;
	memcpy(p, s.p, s.n);
	buf_filled(b, s.n);
	return true;
}

void
buf_drop(struct buf *b, size_t n)
{
	assert(n <= buf_len(b));
	b->head += n;
	if (b->head == b->tail)
		b->head = b->tail = 0;
}

void
buf_cut(struct buf *b, size_t n)
{
	assert(n <= buf_len(b));
	b->tail = b->head + n;
	if (b->head == b->tail)
		b->head = b->tail = 0;
}

void
buf_wipe(struct buf *b)
{
	if (b->mem != NULL)
		str_wipe(b->mem, b->high);
	b->head = b->tail = 0;
}

void
buf_wipe_free(struct buf *b)
{
	if (b->mem == NULL)
		return;
	str_wipe(b->mem, b->head);
	str_wipe(b->mem + b->tail, b->high - b->tail);
}

void
buf_idle(struct buf *b)
{
	if (buf_len(b) == 0)
		give_back(b);
}
