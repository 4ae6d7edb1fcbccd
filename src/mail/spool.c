#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "sealed.h"
#include "spool.h"

enum { WRITTEN, LENT, FILES };		/* of spool.file */

static const struct spooled none = { .fd = -1, .file = -1 };

static int
fail(struct spool *s, const char *why)
{
	s->why = why;
	return ERR_IO;
}

/* What a failed write or file means; errno tells. */
static int
fail_errno(struct spool *s)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
		return fail(s, "the disk is full");
	case ENOMEM:
		return fail(s, "there is no memory");
	case EMFILE:
	case ENFILE:
		return fail(s, "there are too many open files");
	default:
		return fail(s, "it cannot be written");
	}
}

/* ---- files --------------------------------------------------------------- */

static int
open_file(struct spool *s, struct spool_file *f, const char *dir)
{
	char path[32];

	f->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return fail(s, errno == EOPNOTSUPP ?
		    "spool dir: its file system has no files without a name" :
		    "spool dir: no file can be made there");
	snprintf(path, sizeof path, "/proc/self/fd/%d", f->fd);
	f->reader = open(path, O_RDONLY | O_CLOEXEC);
	return f->reader < 0 ?
	    fail(s, "spool dir: /proc is needed for files in it") : 0;
}

int
spool_open(struct spool *s, const char *dir, uint64_t memory, uint64_t max,
    uint64_t min_free)
{
	*s = (struct spool){ .memory = memory, .max = max,
	    .min_free = min_free };
	for (int i = 0; i < FILES; i++)
		s->file[i] = (struct spool_file){ -1, -1, false };
	for (int i = 0; i < FILES; i++)
		if (open_file(s, &s->file[i], dir) < 0) {
			spool_close(s);
			return ERR_IO;
		}
	return 0;
}

void
spool_close(struct spool *s)
{
	for (int i = 0; i < FILES; i++) {
		fd_close(&s->file[i].fd);
		fd_close(&s->file[i].reader);
	}
}

/* Is there room for n octets more, and what is to stay free? */
static bool
disk_has(struct spool *s, int fd, uint64_t n)
{
	struct statfs fs;
	uint64_t free_octets;

	if (fstatfs(fd, &fs) < 0) {
		fail(s, "spool dir: free space is not known");
		return false;
	}
	free_octets = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
	if (free_octets >= s->min_free && free_octets - s->min_free >= n)
		return true;
	fail(s, "spool dir: less than min-free is free");
	return false;
}

static int
begin_file(struct spool *s, uint64_t n, struct spooled *m_r)
{
	struct spool_file *f = &s->file[WRITTEN];

	if (f->fd < 0)
		return s->why ? ERR_IO : fail(s, "there is no spool dir");
	if (f->taken)
		return 0;
	if (!disk_has(s, f->fd, n))
		return ERR_IO;
	f->taken = true;
	m_r->fd = f->fd;
	m_r->room = n;
	m_r->file = WRITTEN;
	return 1;
}

/*
 * The disk gets its blocks back; the file keeps its length, which who has
 * it mapped can rely on.
 */
static void
give_back(struct spool_file *f, uint64_t n)
{
	if (n > 0)
		(void)fallocate(f->fd, FALLOC_FL_PUNCH_HOLE |
		    FALLOC_FL_KEEP_SIZE, 0, (off_t)n);
	f->taken = false;
}

/* ---- mails --------------------------------------------------------------- */

static int
begin_memory(struct spool *s, uint64_t n, struct spooled *m_r)
{
	if (n > s->memory - s->used)
		return 0;
	m_r->fd = memfd_create("imap4-mail", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (m_r->fd < 0)
		return fail_errno(s);
	m_r->room = n;
	s->used += n;
	return 1;
}

int
spool_begin(struct spool *s, uint64_t n, struct spooled *m_r)
{
	*m_r = none;
	if ((s->max > 0 && n > s->max) || n > INT64_MAX)
		return ERR_LIMIT;
	return n <= s->memory ? begin_memory(s, n, m_r) :
	    begin_file(s, n, m_r);
}

int
spool_write(struct spool *s, struct spooled *m, struct str octets)
{
	assert(m->fd >= 0 && !m->sealed && octets.n <= m->room - m->size);
	while (octets.n > 0) {
		ssize_t n = pwrite(m->fd, octets.p, octets.n,
		    (off_t)m->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_errno(s);
		m->size += (uint64_t)n;
		octets.p += n;
		octets.n -= (size_t)n;
	}
	return 0;
}

int
spool_seal(struct spool *s, struct spooled *m)
{
	if (m->file >= 0) {
		m->sealed = true;
		return s->file[m->file].reader;
	}
	if (!m->sealed && !sealed_make(m->fd))
		return fail(s, "it cannot be sealed");
	m->sealed = true;
	s->used -= m->room - m->size;
	m->room = m->size;
	return m->fd;
}

int64_t
spool_read(const struct spooled *m, uint64_t off, char *out, size_t n)
{
	size_t done = 0;

	if (off >= m->size)
		return 0;
	if (n > m->size - off)
		n = (size_t)(m->size - off);
	while (done < n) {
		ssize_t k = pread(m->fd, out + done, n - done,
		    (off_t)(off + done));

		if (k < 0 && errno == EINTR)
			continue;
		/* a file that became shorter is broken, too */
		if (k <= 0)
			return ERR_IO;
		done += (size_t)k;
	}
	return (int64_t)done;
}

void
spool_drop(struct spool *s, struct spooled *m)
{
	if (m->fd >= 0 && m->file >= 0) {
		give_back(&s->file[m->file], m->size);
	} else if (m->fd >= 0) {
		s->used -= m->room;
		close(m->fd);
	}
	*m = none;
}

/* ---- from workers -------------------------------------------------------- */

int
spool_adopt(struct spool *s, int fd, uint64_t size, struct spooled *m_r)
{
	int rc = 0;

	*m_r = none;
	if (!sealed_is(fd, size))
		rc = ERR_SYNTAX;
	else if (size > s->memory - s->used)
		rc = ERR_LIMIT;
	if (rc < 0) {
		close(fd);
		return rc;
	}
	m_r->fd = fd;
	m_r->size = m_r->room = size;
	m_r->sealed = true;
	s->used += size;
	return 0;
}

int
spool_lend(struct spool *s)
{
	struct spool_file *f = &s->file[LENT];

	if (f->fd < 0 || f->taken || !disk_has(s, f->fd, 0))
		return -1;
	f->taken = true;
	return f->fd;
}

int
spool_lent(struct spool *s, uint64_t size, struct spooled *m_r)
{
	struct spool_file *f = &s->file[LENT];
	struct stat st;

	*m_r = none;
	assert(f->taken);
	if (fstat(f->fd, &st) < 0 || (uint64_t)st.st_size < size ||
	    size > INT64_MAX) {
		spool_lend_end(s);
		return ERR_SYNTAX;
	}
	/* what it wrote is read by a descriptor that cannot change it */
	*m_r = (struct spooled){ .fd = f->reader, .size = size, .room = size,
	    .file = LENT, .sealed = true };
	return 0;
}

void
spool_lend_end(struct spool *s)
{
	struct stat st;

	if (s->file[LENT].taken)
		give_back(&s->file[LENT], fstat(s->file[LENT].fd, &st) == 0 ?
		    (uint64_t)st.st_size : 0);
}
