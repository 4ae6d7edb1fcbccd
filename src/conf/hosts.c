#include <sys/mman.h>
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "hosts.h"

static_assert(sizeof(struct hosts_head) == 40, "no hidden padding");
static_assert(sizeof(struct hosts_row) == 24, "no hidden padding");

static int
refuse(struct hosts *h, const char *why)
{
	hosts_close(h);
	h->why = why;
	return ERR_CONFIG;
}

/* ---- opening ------------------------------------------------------------- */

static int
check(struct hosts *h)
{
	const struct hosts_head *head = h->head;

	if (memcmp(head->magic, HOSTS_MAGIC, sizeof head->magic) != 0 ||
	    head->format != HOSTS_FORMAT)
		return refuse(h, "not a file of addresses");
	if (head->size != h->size || head->sum !=
	    conf_sum(head + 1, h->size - sizeof *head))
		return refuse(h, "damaged");
	return 0;
}

static int
check_file(struct hosts *h, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return refuse(h, "not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse(h, "owned by another user");
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return refuse(h, "may be written by others");
	if (st->st_size < (off_t)sizeof(struct hosts_head) ||
	    st->st_size > HOSTS_MAX)
		return refuse(h, "not a file of addresses");
	return 0;
}

static int
open_fd(struct hosts *h, int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return refuse(h, "cannot be examined");
	if (check_file(h, &st) < 0)
		return ERR_CONFIG;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return refuse(h, "cannot be mapped");
	*h = (struct hosts){ .map = p, .head = p, .mapped = true,
	    .size = (size_t)st.st_size };
	return check(h);
}

int
hosts_open(struct hosts *h, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int rc;

	*h = (struct hosts){ 0 };
	if (fd < 0)
		return refuse(h, errno == ENOENT ? "not there" :
		    "cannot be opened");
	rc = open_fd(h, fd);
	fd_close(&fd);
	return rc;
}

int
hosts_open_mem(struct hosts *h, const void *p, size_t n)
{
	*h = (struct hosts){ 0 };
	if (n < sizeof(struct hosts_head) || n > HOSTS_MAX)
		return refuse(h, "not a file of addresses");
	*h = (struct hosts){ .map = p, .head = p, .size = n };
	return check(h);
}

void
hosts_close(struct hosts *h)
{
	if (h->mapped)
		munmap((void *)(uintptr_t)h->map, h->size);
	*h = (struct hosts){ 0 };
}

/* ---- reading ------------------------------------------------------------- */

/* All n elements of size octets, or NULL when they are not in the file. */
static const void *
at(const struct hosts *h, struct conf_ref ref, size_t size, size_t align)
{
	/* size: n < 2^32 and size < 2^16, so the product fits 64 bits */
	uint64_t end = ref.off + (uint64_t)ref.n * size;

	if (ref.n == 0 || ref.off < sizeof *h->head || end > h->size ||
	    ref.off % align != 0)
		return NULL;
	return h->map + ref.off;
}

static struct str
name_of(const struct hosts *h, const struct hosts_row *row)
{
	struct conf_ref ref = row->name;
	const char *p = at(h, ref, 1, 1);

	return p ? (struct str){ p, ref.n } : STR_NULL;
}

static int
compare(struct str a, struct str b)
{
	int d = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

const struct hosts_row *
hosts_find(const struct hosts *h, struct str name)
{
	const struct hosts_row *rows;
	size_t lo = 0, hi;

	if (h->head == NULL || name.n == 0)
		return NULL;
	rows = at(h, h->head->rows, sizeof *rows, _Alignof(struct hosts_row));
	hi = rows ? h->head->rows.n : 0;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		struct str have = name_of(h, &rows[mid]);
		int d = have.p ? compare(name, have) : -1;

		if (d == 0)
			return &rows[mid];
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const uint8_t (*hosts_addrs(const struct hosts *h,
    const struct hosts_row *row))[16]
{
	return row->addrs.n <= HOSTS_ADDRS ? at(h, row->addrs, 16, 1) : NULL;
}

bool
hosts_fresh(const struct hosts_row *row, int64_t now)
{
	return row->expires > now && row->expires - now <= HOSTS_TTL_MAX;
}

bool
hosts_path(const char *cache, char *out)
{
	return snprintf(out, PATH_MAX, "%s%s", cache, HOSTS_SUFFIX) < PATH_MAX;
}
