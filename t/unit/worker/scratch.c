/* Room for what is decoded: in memory, in a file, and given back. */

#include <sys/mman.h>
#include <sys/stat.h>

#include <stdlib.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static int64_t
size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? -1 : (int64_t)st.st_size;
}

static void
fill(struct piece *p, size_t n)
{
	for (size_t at = 0; at < n; ) {
		size_t k = n - at < 100000 ? n - at : 100000;

		memset(p->p + p->n, 'a' + (int)(at % 7), k);
		scratch_wrote(p, k);
		at += k;
	}
}

static bool
has(const struct piece *p, size_t n)
{
	if (p->n != n)
		return false;
	for (size_t at = 0; at < n; at += 100000)
		if (p->p[at] != 'a' + (int)(at % 7))
			return false;
	return true;
}

int
main(void)
{
	char path[] = "/tmp/t-scratch-XXXXXX";
	int fd = mkstemp(path);
	struct piece a, b, c;
	struct scratch s;

	unlink(path);
	scratch_begin(&s, fd);
	tap_ok(scratch_get(&s, 1000, &a) && !a.filed && a.room >= 1000,
	    "a small piece is in memory");
	fill(&a, 1000);
	tap_ok(scratch_get(&s, 20 << 20, &b) && b.filed && b.off == 0,
	    "a large one in the file");
	fill(&b, 20 << 20);
	tap_ok(scratch_get(&s, 2 << 20, &c) && c.filed && c.off >= b.room,
	    "another behind it");
	fill(&c, 2 << 20);
	tap_ok(has(&a, 1000) && has(&b, 20 << 20) && has(&c, 2 << 20),
	    "each keeps its octets");
	tap_ok(size_of(fd) >= 22 << 20, "the file is as long");
	scratch_put(&s, &b);
	tap_ok(has(&c, 2 << 20), "whatever becomes of the others");
	scratch_put(&s, &c);
	tap_int(0, size_of(fd), "without any the file is empty");
	scratch_put(&s, &a);
	tap_ok(a.p == NULL && b.p == NULL, "and pieces are none");
	scratch_put(&s, &a);
	scratch_begin(&s, -1);
	tap_ok(scratch_get(&s, 20 << 20, &b) && !b.filed,
	    "without a file all is in memory");
	fill(&b, 20 << 20);
	tap_ok(has(&b, 20 << 20), "with its octets");
	scratch_put(&s, &b);
	tap_ok(!scratch_get(&s, (size_t)1 << 60, &b) && b.p == NULL,
	    "what no memory has is not given");
	return tap_done();
}
