#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "outcome.h"
#include "sealed.h"

static void
drop(struct outcome_octets *o)
{
	sealed_unmap(o->map);
	fd_close(&o->fd);
	*o = (struct outcome_octets){ .fd = -1 };
}

void
outcome_begin(struct outcome *x, int file)
{
	x->file = file;
	x->o[0] = x->o[1] = (struct outcome_octets){ .fd = -1 };
	x->now = NULL;
	x->n = 0;
}

static int
put_all(int fd, uint64_t at, struct str s)
{
	while (s.n > 0) {
		ssize_t n = pwrite(fd, s.p, s.n, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		at += (uint64_t)n;
		s.p += n;
		s.n -= (size_t)n;
	}
	return 0;
}

static int
fd_of(const struct outcome *x, const struct outcome_octets *o)
{
	return o->filed ? x->file : o->fd;
}

static int
flush(struct outcome *x)
{
	struct outcome_octets *o = x->now;
	int rc = put_all(fd_of(x, o), o->written,
	    (struct str){ x->buffer, x->n });

	o->written += x->n;
	x->n = 0;
	return rc;
}

static int
write_octets(void *ctx, struct str s)
{
	struct outcome *x = ctx;
	size_t n;

	while (s.n > 0) {
		n = sizeof x->buffer - x->n;
		if (n > s.n)
			n = s.n;
		memcpy(x->buffer + x->n, s.p, n);
		x->n += n;
		s.p += n;
		s.n -= n;
		if (x->n == sizeof x->buffer && flush(x) < 0)
			return ERR_IO;
	}
	return 0;
}

static int
begin(void *ctx, uint64_t size, struct mime_sink *out_r)
{
	struct outcome *x = ctx;
	struct outcome_octets *o = x->now == &x->o[0] ? &x->o[1] : &x->o[0];
	bool free_file = x->file >= 0 && (x->now == NULL || !x->now->filed);

	drop(o);
	o->size = size;
	o->filed = size > OUTCOME_MEMORY && free_file;
	if (!o->filed)
		o->fd = memfd_create("imap4-edited", MFD_CLOEXEC |
		    MFD_ALLOW_SEALING);
	x->now = o;
	x->n = 0;
	*out_r = (struct mime_sink){ write_octets, x };
	return fd_of(x, o) < 0 ? ERR_IO : 0;
}

static struct str
finish(void *ctx)
{
	struct outcome *x = ctx;
	struct outcome_octets *o = x->now;
	void *p;

	if (flush(x) < 0 || o->written != o->size)
		return STR_NULL;
	if (o->size == 0)
		return o->map = STR("");
	p = mmap(NULL, o->size, PROT_READ, MAP_PRIVATE, fd_of(x, o), 0);
	if (p == MAP_FAILED)
		return STR_NULL;
	return o->map = (struct str){ p, o->size };
}

struct rewrite_place
outcome_place(struct outcome *x)
{
	return (struct rewrite_place){ begin, finish, x };
}

/* The file has what was written before: it is written over. */
static bool
move_to_file(struct outcome *x)
{
	struct outcome_octets *o = x->now;

	if (put_all(x->file, 0, o->map) < 0)
		return false;
	o->filed = true;
	fd_close(&o->fd);
	return true;
}

bool
outcome_take(struct outcome *x, bool *in_file_r, int *fd_r)
{
	struct outcome_octets *o = x->now;

	*in_file_r = false;
	*fd_r = -1;
	if (o == NULL || o->map.p == NULL)
		return false;
	if (!o->filed && o->size > OUTCOME_MEMORY && x->file >= 0 &&
	    !move_to_file(x))
		return false;
	*in_file_r = o->filed;
	if (o->filed)
		return true;
	if (!sealed_make(o->fd))
		return false;
	*fd_r = o->fd;
	o->fd = -1;
	return true;
}

int
outcome_fd(const struct outcome *x)
{
	return fcntl(fd_of(x, x->now), F_DUPFD_CLOEXEC, 0);
}

void
outcome_end(struct outcome *x)
{
	drop(&x->o[0]);
	drop(&x->o[1]);
	x->now = NULL;
}
