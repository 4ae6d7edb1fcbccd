/*
 * Archives.  Properties: members and octets keep their limits, heads are the
 * first octets that are read, and a zip's check looks at octets of it only.
 */

#include <assert.h>
#include <stdlib.h>

#include "clock.h"
#include "unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 1 << 18, DEADLINE_MS = 2000 };

static uint64_t
read_member(struct unpack *u, const struct unpack_member *m)
{
	static char head[UNPACK_HEAD];
	size_t n = m->head.n;
	uint64_t all = 0;
	char buf[4096];
	int64_t k;

	assert(n <= UNPACK_HEAD && !(m->encrypted && n > 0));
	if (n > 0)
		memcpy(head, m->head.p, n);
	while ((k = unpack_read(u, buf, sizeof buf)) > 0) {
		assert(k <= (int64_t)sizeof buf);
		if (all < n) {
			assert(all + (uint64_t)k <= n);
			assert(memcmp(head + all, buf, (size_t)k) == 0);
		}
		all += (uint64_t)k;
	}
	assert(k < 0 || all >= n);
	return all;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint64_t all = 0, members = 0;
	struct unpack_member m;
	struct unpack u;
	char *p;

	if (n > INPUT_MAX)
		return 0;
	p = malloc(n + 1);
	assert(p != NULL);
	memcpy(p, data, n);
	zip_check((struct str){ p, n });
	if (unpack_open(&u, (struct str){ p, n },
	    clock_after(DEADLINE_MS)) > 0) {
		while (unpack_next(&u, &m) > 0) {
			all += read_member(&u, &m);
			members++;
		}
		unpack_close(&u);
	}
	assert(members <= UNPACK_MEMBERS_MAX);
	assert(all <= UNPACK_OCTETS_MAX + (uint64_t)UNPACK_HEAD);
	free(p);
	return 0;
}
