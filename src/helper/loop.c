#include <errno.h>
#include <poll.h>
#include <stddef.h>

#include "clock.h"
#include "loop.h"

void
loop_init(struct loop *l)
{
	*l = (struct loop){ .stop = false };
	for (int i = 0; i < LOOP_SOURCES; i++)
		l->sources[i].fd = -1;
}

/* The row of a descriptor, -1: of none. */
static struct loop_source *
row(struct loop *l, int fd)
{
	for (int i = 0; i < LOOP_SOURCES; i++)
		if (l->sources[i].fd == fd)
			return &l->sources[i];
	return NULL;
}

bool
loop_add(struct loop *l, int fd, short events,
    void (*ready)(void *ctx, int fd, short revents), void *ctx)
{
	struct loop_source *s = row(l, -1);

	if (s == NULL)
		return false;
	*s = (struct loop_source){ fd, events, ready, ctx };
	return true;
}

void
loop_want(struct loop *l, int fd, short events)
{
	struct loop_source *s = row(l, fd);

	if (s != NULL)
		s->events = events;
}

void
loop_remove(struct loop *l, int fd)
{
	struct loop_source *s = row(l, fd);

	if (s != NULL)
		s->fd = -1;
}

bool
loop_every(struct loop *l, int64_t ms, void (*tick)(void *ctx), void *ctx)
{
	for (int i = 0; i < LOOP_CLOCKS; i++) {
		struct loop_clock *c = &l->clocks[i];

		if (c->every != 0)
			continue;
		*c = (struct loop_clock){ ms, clock_after(ms), tick, ctx };
		return true;
	}
	return false;
}

/* Call what is due; milliseconds to the next, -1: none. */
static int
clocks(struct loop *l)
{
	int64_t next = CLOCK_NEVER;

	for (int i = 0; i < LOOP_CLOCKS; i++) {
		struct loop_clock *c = &l->clocks[i];

		if (c->every == 0)
			continue;
		if (clock_left(c->due) == 0) {
			/* from now: what was missed is not made up for */
			c->due = clock_after(c->every);
			c->tick(c->ctx);
		}
		next = c->due < next ? c->due : next;
	}
	return clock_left(next);
}

static void
dispatch(struct loop *l, const struct pollfd *p)
{
	for (int i = 0; i < LOOP_SOURCES; i++) {
		struct loop_source *s = &l->sources[i];

		/* a row may have been given up, or given to another */
		if (p[i].fd >= 0 && p[i].revents != 0 && s->fd == p[i].fd)
			s->ready(s->ctx, s->fd, p[i].revents);
	}
}

int
loop_run(struct loop *l)
{
	struct pollfd p[LOOP_SOURCES];

	while (!l->stop) {
		int wait = clocks(l);

		for (int i = 0; i < LOOP_SOURCES; i++)
			p[i] = (struct pollfd){ .fd = l->sources[i].fd,
			    .events = l->sources[i].events };
		if (l->stop)
			break;
		if (poll(p, LOOP_SOURCES, wait) < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		dispatch(l, p);
	}
	return 0;
}
