#include <assert.h>

#include "queue.h"

static struct queued *
at(const struct queue *q, unsigned i)
{
	return &q->rows[(q->head + i) % QUEUE_MAX];
}

bool
queue_full(const struct queue *q)
{
	return q->n == QUEUE_MAX;
}

struct queued *
queue_add(struct queue *q, enum queue_kind kind)
{
	struct queued *r;

	assert(q->n < QUEUE_MAX);
	r = at(q, q->n++);
	*r = (struct queued){ .kind = kind };
	if (kind != QUEUE_LOCAL)
		r->number = q->next++;
	return r;
}

struct queued *
queue_head(const struct queue *q)
{
	return q->n > 0 ? at(q, 0) : NULL;
}

struct queued *
queue_last(const struct queue *q)
{
	return q->n > 0 ? at(q, q->n - 1) : NULL;
}

void
queue_drop_head(struct queue *q)
{
	assert(q->n > 0);
	q->head = (q->head + 1) % QUEUE_MAX;
	q->n--;
}

struct queued *
queue_find(const struct queue *q, uint32_t number)
{
	for (unsigned i = 0; i < q->n; i++) {
		struct queued *r = at(q, i);

		if (r->kind != QUEUE_LOCAL && !r->done && r->number == number)
			return r;
	}
	return NULL;
}

bool
queue_barred(const struct queue *q)
{
	for (unsigned i = 0; i < q->n; i++)
		if (at(q, i)->barrier && !at(q, i)->done)
			return true;
	return false;
}

bool
queue_wants_content(const struct queue *q)
{
	for (unsigned i = 0; i < q->n; i++)
		if (at(q, i)->content && !at(q, i)->done)
			return true;
	return false;
}

unsigned
queue_remote(const struct queue *q)
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->n; i++)
		n += at(q, i)->kind != QUEUE_LOCAL && !at(q, i)->done;
	return n;
}
