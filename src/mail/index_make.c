#include <sys/mman.h>

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "index_make.h"
#include "sealed.h"

enum {
	/* What most mails need; it doubles from here. */
	ROOM = 64 << 10,
};

static void
fail(struct mail_make *m, int err)
{
	if (m->failed == 0)
		m->failed = err;
}

/* Memory for so many octets more, or a failure. */
static bool
make_room(struct mail_make *m, size_t n)
{
	size_t room = m->room;
	void *p;

	if (m->failed != 0)
		return false;
	if (n > MAIL_INDEX_MAX - m->n) {
		fail(m, ERR_LIMIT);
		return false;
	}
	while (room < m->n + n)
		room *= 2;
	if (room == m->room)
		return true;
	p = ftruncate(m->fd, (off_t)room) < 0 ? MAP_FAILED :
	    mremap(m->map, m->room, room, MREMAP_MAYMOVE);
	if (p == MAP_FAILED) {
		fail(m, ERR_IO);
		return false;
	}
	m->map = p;
	m->room = room;
	return true;
}

static uint32_t
put(struct mail_make *m, size_t n, size_t align)
{
	size_t skip = -m->n % align;

	if (n > MAIL_INDEX_MAX || !make_room(m, skip + n))
		return UINT32_MAX;
	m->n += skip + n;
	return (uint32_t)(m->n - n);
}

void
mail_make_begin(struct mail_make *m, uint64_t octets)
{
	struct mail_index_head *h;

	*m = (struct mail_make){ .room = ROOM };
	m->fd = memfd_create("imap4-index", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	m->map = m->fd < 0 || ftruncate(m->fd, ROOM) < 0 ? MAP_FAILED :
	    mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	if (m->map == MAP_FAILED) {
		m->map = NULL;
		fail(m, ERR_IO);
		return;
	}
	put(m, sizeof *h, 1);
	h = mail_make_head(m);
	memcpy(h->magic, MAIL_INDEX_MAGIC, sizeof h->magic);
	h->format = MAIL_INDEX_FORMAT;
	h->octets = octets;
	h->virus = MAIL_VIRUS_SKIPPED;
	h->spam = MAIL_SPAM_UNKNOWN;
}

/* Where writes go that nobody will read. */
static void *
nowhere(size_t size)
{
	static union {
		struct mail_index_head head;
		struct mail_part part;
		struct mail_result result;
		char octets[256];
	} u;

	static_assert(sizeof u == 256, "the largest row");
	assert(size <= sizeof u);
	return &u;
}

struct mail_index_head *
mail_make_head(struct mail_make *m)
{
	return m->failed ? nowhere(sizeof(struct mail_index_head)) :
	    (void *)m->map;
}

struct mail_ref
mail_make_rows(struct mail_make *m, size_t size, size_t n)
{
	uint32_t off;

	if (n == 0)
		return (struct mail_ref){ 0 };
	/* size: both are checked, so the product is 64 bits at most */
	off = size > 256 || n > MAIL_INDEX_MAX ? put(m, SIZE_MAX, 1) :
	    put(m, size * n, 8);
	if (off == UINT32_MAX) {
		fail(m, ERR_LIMIT);
		return (struct mail_ref){ 0 };
	}
	return (struct mail_ref){ off, (uint32_t)n };
}

void *
mail_make_row(struct mail_make *m, struct mail_ref table, size_t size,
    size_t i)
{
	if (m->failed != 0)
		return nowhere(size);
	assert(i < table.n);
	return m->map + table.off + i * size;
}

struct mail_ref
mail_make_str(struct mail_make *m, struct str s)
{
	uint32_t off;

	if (s.n == 0)
		return (struct mail_ref){ 0 };
	off = put(m, s.n, 1);
	if (off == UINT32_MAX) {
		fail(m, ERR_LIMIT);
		return (struct mail_ref){ 0 };
	}
	memcpy(m->map + off, s.p, s.n);
	return (struct mail_ref){ off, (uint32_t)s.n };
}

void
mail_make_listed(struct mail_make *m, struct mail_ref list, size_t i,
    struct str s)
{
	struct mail_ref r = mail_make_str(m, s);

	*MAIL_MAKE_ROW(m, struct mail_ref, list, i) = r;
}

int
mail_make_end(struct mail_make *m, int *fd_r, uint64_t *size_r)
{
	int rc;

	mail_make_head(m)->size = (uint32_t)m->n;
	/* a seal against writing needs that nobody can by a mapping */
	if (m->failed == 0 && munmap(m->map, m->room) == 0) {
		m->map = NULL;
		if (ftruncate(m->fd, (off_t)m->n) < 0 || !sealed_make(m->fd))
			fail(m, ERR_IO);
	}
	rc = m->failed;
	*size_r = m->n;
	*fd_r = rc < 0 ? -1 : m->fd;
	if (rc == 0)
		m->fd = -1;
	mail_make_drop(m);
	return rc;
}

void
mail_make_drop(struct mail_make *m)
{
	if (m->map != NULL)
		munmap(m->map, m->room);
	m->map = NULL;
	fd_close(&m->fd);
}
