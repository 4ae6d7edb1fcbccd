#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "look.h"

static int
fail(struct board_look *r, int err, int error, const char *why)
{
	r->why = why;
	r->error = error;
	return err;
}

static bool
copy(const struct board_look *r, void *to, size_t n, uint64_t at)
{
	return pread(r->fd, to, n, (off_t)at) == (ssize_t)n;
}

static int
check(struct board_look *r, uid_t owner)
{
	struct board_head h;
	struct stat st;

	if (fstat(r->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fail(r, ERR_CONFIG, 0, "it is not a plain file");
	if (st.st_uid != owner && st.st_uid != 0)
		return fail(r, ERR_CONFIG, 0, "it belongs to another user");
	r->n = board_slots((uint64_t)st.st_size);
	if (r->n == 0 || !copy(r, &h, sizeof h, 0) ||
	    memcmp(h.magic, BOARD_MAGIC, sizeof h.magic) != 0 ||
	    h.version != BOARD_VERSION || h.slots != r->n)
		return fail(r, ERR_CONFIG, 0,
		    "it is not a scoreboard of this version");
	return 0;
}

int
look_open(struct board_look *r, const char *folder, uid_t owner)
{
	char path[PATH_MAX];
	int rc;

	*r = (struct board_look){ .fd = -1 };
	snprintf(path, sizeof path, "%s/" BOARD_FILE, folder);
	r->fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (r->fd < 0)
		return fail(r, ERR_IO, errno, "it cannot be opened");
	rc = check(r, owner);
	if (rc == 0) {
		r->slots = calloc(r->n, sizeof *r->slots);
		rc = r->slots ? look_load(r) : fail(r, ERR_LIMIT, ENOMEM,
		    "it cannot be read");
	}
	if (rc < 0)
		look_close(r);
	return rc;
}

void
look_close(struct board_look *r)
{
	fd_close(&r->fd);
	free(r->slots);
	r->slots = NULL;
}

int
look_load(struct board_look *r)
{
	struct board_head h;

	if (!copy(r, &h, sizeof h, 0) ||
	    !copy(r, r->slots, r->n * sizeof *r->slots, BOARD_HEAD))
		return fail(r, ERR_IO, errno, "it cannot be read");
	memcpy(r->counters, h.counters, sizeof r->counters);
	r->live = r->dead = 0;
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t owner = r->slots[i].owner;

		if ((owner & FUTEX_TID_MASK) != 0)
			r->live++;
		else if (owner & FUTEX_OWNER_DIED)
			r->dead++;
	}
	return 0;
}

/* The slot's owner now; 0: nobody, or it cannot be read. */
static uint32_t
owner_now(const struct board_look *r, uint32_t i)
{
	uint32_t owner;

	if (!copy(r, &owner, sizeof owner, BOARD_HEAD +
	    (uint64_t)i * sizeof *r->slots +
	    offsetof(struct board_slot, owner)))
		return 0;
	return owner & FUTEX_TID_MASK;
}

static struct addr
end(const struct display_end *e)
{
	struct addr a = { .scope = e->scope, .port = e->port };

	memcpy(a.ip, e->ip, sizeof a.ip);
	return a;
}

/* Between two times of which one may be anything. */
static int64_t
since(int64_t then, int64_t now)
{
	return then < 0 || then > now ? 0 : now - then;
}

bool
look_row(const struct board_look *r, uint32_t i, struct board_row *row_r)
{
	int64_t now = clock_ms();
	struct display *d = &row_r->d;

	if (i >= r->n)
		return false;
	*row_r = (struct board_row){ .slot = i, .pid = owner_now(r, i) };
	if (row_r->pid == 0 || !copy(r, d, sizeof *d, BOARD_HEAD +
	    (uint64_t)r->n * sizeof *r->slots + (uint64_t)i * BOARD_DISPLAY))
		return false;
	/* between the two looks nobody else can have written it all */
	if (d->pid != row_r->pid || !look_still(r, row_r))
		return false;
	row_r->from = end(&d->from);
	row_r->to = end(&d->to);
	row_r->server = end(&d->server);
	row_r->age = since(d->began, now);
	row_r->idle = since(d->active, now);
	if (since(d->mark, now) > 2 * (int64_t)d->interval)
		d->speed_in = d->speed_out = 0;	/* nothing moved since */
	return true;
}

bool
look_still(const struct board_look *r, const struct board_row *row)
{
	return owner_now(r, row->slot) == row->pid;
}

struct str
look_text(const char *field, size_t size)
{
	return (struct str){ field, strnlen(field, size) };
}
