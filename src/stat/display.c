#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "display.h"

static_assert(sizeof(struct display) <= BOARD_DISPLAY, "a slot's display");

void
display_put(struct board *b, struct display *d)
{
	if (b == NULL || b->head == NULL || b->mine < 0)
		return;
	d->pid = b->self;
	memcpy(b->display + (size_t)b->mine * BOARD_DISPLAY, d, sizeof *d);
}

/* Is the octet within a character of UTF-8? */
static bool
within(struct str s, size_t at)
{
	return at < s.n && (s.p[at] & 0xc0) == 0x80;
}

void
display_middle(char *field, size_t size, size_t tail, struct str s)
{
	size_t head = s.n, end = s.n;

	memset(field, '\0', size);
	if (s.n > size) {
		head = size - tail - 3;
		end = s.n - tail;
		while (head > 0 && within(s, head))
			head--;
		while (within(s, end))
			end++;
		memcpy(field + head, "...", 3);
		memcpy(field + head + 3, s.p + end, s.n - end);
	}
	if (head > 0)
		memcpy(field, s.p, head);
}

void
display_text(char *field, size_t size, struct str s)
{
	display_middle(field, size, 0, s);
}

void
display_addr(struct display_end *e, const struct addr *a)
{
	memcpy(e->ip, a->ip, sizeof e->ip);
	e->scope = a->scope;
	e->port = a->port;
}

static uint64_t
speed(uint64_t octets, int64_t ms)
{
	return octets * 1000 / (uint64_t)ms;
}

void
display_octets(struct display *d, uint64_t to_client, uint64_t from_client,
    int64_t now)
{
	d->to_client = to_client;
	d->from_client = from_client;
	if (d->interval == 0 || now - d->mark < d->interval)
		return;
	d->speed_in = speed(to_client - d->mark_in, now - d->mark);
	d->speed_out = speed(from_client - d->mark_out, now - d->mark);
	d->mark_in = to_client;
	d->mark_out = from_client;
	d->mark = now;
}

bool
display_stage(const struct board *b, uint32_t pid,
    char out[DISPLAY_WORD + 1])
{
	uint32_t who;

	for (uint32_t i = 0; b->display != NULL && i < b->n; i++) {
		const char *d = b->display + (size_t)i * BOARD_DISPLAY;

		memcpy(&who, d + offsetof(struct display, pid), sizeof who);
		if (who != pid)
			continue;
		memcpy(out, d + offsetof(struct display, stage),
		    DISPLAY_WORD);
		out[DISPLAY_WORD] = '\0';
		return true;
	}
	return false;
}
