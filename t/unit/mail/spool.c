/* The octets of mails: in memory, in files, from workers, and no more room. */

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "sealed.h"
#include "spool.h"
#include "tap.h"

enum { MEMORY = 64 << 10, MAX = 4 << 20 };

static char dir[] = "/tmp/t-spool-XXXXXX";
static char big[1 << 20];

static bool
write_mail(struct spool *s, struct spooled *m, size_t n)
{
	for (size_t at = 0; at < n; ) {
		size_t k = n - at < 10000 ? n - at : 10000;

		if (spool_write(s, m, (struct str){ big + at, k }) < 0)
			return false;
		at += k;
	}
	return true;
}

static bool
same_mail(const struct spooled *m, size_t n)
{
	static char got[sizeof big];

	return spool_read(m, 0, got, sizeof got) == (int64_t)n &&
	    memcmp(got, big, n) == 0;
}

static void
test_memory(struct spool *s)
{
	struct spooled a, b, c;
	char got[8];
	int fd;

	tap_int(1, spool_begin(s, 40000, &a), "a small mail has room");
	tap_int(0, spool_begin(s, 40000, &b), "a second one has not, yet");
	tap_ok(b.fd < 0, "and is not there");
	tap_ok(write_mail(s, &a, 30000), "it is written");
	fd = spool_seal(s, &a);
	tap_ok(fd >= 0 && sealed_is(fd, 30000), "and sealed, at its length");
	tap_int(30000, (int64_t)s->used, "what it did not need is free");
	tap_ok(same_mail(&a, 30000), "it is read again");
	tap_int(3, spool_read(&a, 29997, got, 8), "up to its end");
	tap_int(0, spool_read(&a, 30000, got, 8), "and not behind it");
	tap_int(0, spool_read(&a, UINT64_MAX, got, 8), "nor far behind");
	tap_int(1, spool_begin(s, MEMORY - 30000, &b), "the rest has room");
	tap_int(1, spool_begin(s, 0, &c), "and a mail of no octets");
	tap_ok(spool_seal(s, &c) >= 0, "which is one");
	spool_drop(s, &a);
	spool_drop(s, &b);
	spool_drop(s, &c);
	tap_int(0, (int64_t)s->used, "all given back");
	tap_ok(a.fd < 0, "and gone");
	spool_drop(s, &a);
	tap_int(ERR_LIMIT, spool_begin(s, MAX + 1, &a), "too large for max");
	tap_int(ERR_LIMIT, spool_begin(s, UINT64_MAX, &a), "far too large");
}

static int64_t
blocks(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? -1 : (int64_t)st.st_blocks;
}

static void
test_file(struct spool *s)
{
	struct spooled a, b;
	int fd;

	tap_int(1, spool_begin(s, sizeof big, &a), "a large one has a file");
	tap_int(0, spool_begin(s, sizeof big, &b), "a second one waits");
	tap_ok(write_mail(s, &a, sizeof big), "it is written");
	fd = spool_seal(s, &a);
	tap_ok(fd >= 0 && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY,
	    "others can only read it");
	tap_ok(same_mail(&a, sizeof big), "and it is read again");
	tap_int(0, (int64_t)s->used, "it takes no memory");
	spool_drop(s, &a);
	tap_int(0, blocks(fd), "dropped, it takes no disk either");
	tap_int(1, spool_begin(s, sizeof big, &a), "the file has the next");
	tap_ok(write_mail(s, &a, 1000) && same_mail(&a, 1000),
	    "which begins at its beginning");
	spool_drop(s, &a);
}

static void
test_cut(struct spool *s)
{
	struct spooled a;
	char got[8];

	tap_int(1, spool_begin(s, sizeof big, &a), "a file that somebody cuts");
	tap_ok(write_mail(s, &a, 1000) && ftruncate(a.fd, 10) == 0,
	    "under its reader");
	tap_int(ERR_IO, spool_read(&a, 500, got, 8), "is an error");
	spool_drop(s, &a);
}

static int
from_worker(size_t n, bool seal)
{
	int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (write(fd, big, n) != (ssize_t)n || (seal && !sealed_make(fd)))
		return -1;
	return fd;
}

static void
test_adopt(struct spool *s)
{
	struct spooled m;
	int fd = from_worker(1000, true);

	tap_int(0, spool_adopt(s, fd, 1000, &m), "a worker's memfd is taken");
	tap_ok(same_mail(&m, 1000) && s->used == 1000, "and counts");
	spool_drop(s, &m);
	fd = from_worker(1000, false);
	tap_int(ERR_SYNTAX, spool_adopt(s, fd, 1000, &m),
	    "one that is not sealed is not");
	tap_int(-1, fcntl(fd, F_GETFD), "and closed");
	tap_int(ERR_SYNTAX, spool_adopt(s, from_worker(10, true), 1000, &m),
	    "nor one of another size");
	tap_int(ERR_LIMIT, spool_adopt(s, from_worker(MEMORY + 1, true),
	    MEMORY + 1, &m), "nor one that memory has no room for");
	tap_int(0, (int64_t)s->used, "nothing counts");
}

static void
test_lend(struct spool *s)
{
	struct spooled m;
	int fd = spool_lend(s);

	tap_ok(fd >= 0 && pwrite(fd, big, 5000, 0) == 5000,
	    "a file is lent to a worker");
	tap_int(-1, spool_lend(s), "to one at a time");
	tap_int(0, spool_lent(s, 5000, &m), "what it wrote is a mail");
	tap_ok(same_mail(&m, 5000), "and is read");
	tap_int(-1, spool_lend(s), "nobody has the file meanwhile");
	spool_drop(s, &m);
	fd = spool_lend(s);
	tap_ok(fd >= 0, "then it is lent again");
	tap_int(ERR_SYNTAX, spool_lent(s, 5001, &m),
	    "a worker that says more than it wrote is not believed");
	tap_ok(spool_lend(s) == fd, "the file is free again");
	spool_lend_end(s);
	tap_ok(spool_lend(s) == fd, "as it is when the loan ends");
	spool_lend_end(s);
}

static void
test_no_place(void)
{
	struct spooled m;
	struct spool s;

	tap_int(ERR_IO, spool_open(&s, "/no/such/dir", MEMORY, MAX, 0),
	    "a folder that is not there");
	tap_ok(s.why != NULL, "has a reason: %s", s.why);
	tap_int(1, spool_begin(&s, 1000, &m), "memory works without");
	spool_drop(&s, &m);
	tap_int(ERR_IO, spool_begin(&s, MEMORY + 1, &m),
	    "a large mail has no place");
	tap_int(-1, spool_lend(&s), "nor has a worker");
	tap_int(ERR_IO, spool_open(&s, "/proc", MEMORY, MAX, 0),
	    "a file system that makes no files");
	tap_ok(s.why != NULL, "has a reason: %s", s.why);

	tap_int(0, spool_open(&s, dir, MEMORY, MAX, UINT64_MAX / 2),
	    "a disk with less than min-free");
	tap_int(ERR_IO, spool_begin(&s, MEMORY + 1, &m), "takes no mail");
	tap_cstr("spool dir: less than min-free is free", s.why,
	    "and says so");
	tap_int(1, spool_begin(&s, 10, &m), "memory does not ask the disk");
	spool_drop(&s, &m);
	spool_close(&s);
}

int
main(void)
{
	struct spool s;

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 2654435761u >> 13);
	if (mkdtemp(dir) == NULL)
		return 1;
	tap_int(0, spool_open(&s, dir, MEMORY, MAX, 4096), "a spool opens");
	test_memory(&s);
	test_file(&s);
	test_cut(&s);
	test_adopt(&s);
	test_lend(&s);
	spool_close(&s);
	test_no_place();
	tap_int(0, rmdir(dir), "nothing is left in its folder");
	return tap_done();
}
