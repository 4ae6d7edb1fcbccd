#include <stdint.h>
#include <stdlib.h>

#include "zip.h"

enum {
	EOCD_SIZE = 22, CENTRAL_SIZE = 46, LOCAL_SIZE = 30,
	COMMENT_MAX = 65535,
	FLAG_ENCRYPTED = 1, FLAG_MASKED = 1 << 13,
	U16_MAX = 0xffff,
};
#define U32_MAX UINT32_MAX	/* its place in a zip64's header */

/* Octets of a member, headers and all. */
struct span { uint64_t from, to; };

struct zip {
	struct str s;
	uint64_t prefix;	/* octets before what offsets count from */
	uint64_t central, central_end;
	unsigned marks;
	struct span *spans;
	size_t n;
};

static uint32_t
le(struct str s, uint64_t off, unsigned octets)
{
	uint32_t v = 0;

	for (unsigned i = octets; i-- > 0;)
		v = v << 8 | (unsigned char)s.p[off + i];
	return v;
}

static bool
has(struct str s, uint64_t off, uint64_t n)
{
	return off <= s.n && n <= s.n - off;
}

/* The end of the central directory: its offset, or s.n. */
static uint64_t
find_end(struct str s)
{
	for (size_t back = EOCD_SIZE; back <= s.n &&
	    back <= EOCD_SIZE + COMMENT_MAX; back++) {
		size_t off = s.n - back;

		if (memcmp(s.p + off, "PK\5\6", 4) == 0 &&
		    le(s, off + 20, 2) == back - EOCD_SIZE)
			return off;
	}
	return s.n;
}

/* Does the local header at off belong to the central one at at? */
static bool
agree(const struct zip *z, uint64_t at, uint64_t off)
{
	uint32_t n = le(z->s, at + 28, 2);

	return le(z->s, off + 26, 2) == n && has(z->s, off + LOCAL_SIZE, n) &&
	    memcmp(z->s.p + off + LOCAL_SIZE, z->s.p + at + CENTRAL_SIZE,
	    n) == 0 && le(z->s, off + 8, 2) == le(z->s, at + 10, 2);
}

/* One central header at at, within the directory; where the next one is. */
static uint64_t
add_member(struct zip *z, uint64_t at)
{
	uint32_t flags = le(z->s, at + 8, 2), octets = le(z->s, at + 20, 4);
	uint64_t next = at + CENTRAL_SIZE + le(z->s, at + 28, 2) +
	    le(z->s, at + 30, 2) + le(z->s, at + 32, 2);
	uint64_t off = z->prefix + le(z->s, at + 42, 4);
	struct span *span = &z->spans[z->n];

	if (flags & (FLAG_ENCRYPTED | FLAG_MASKED))
		z->marks |= UNPACK_ENCRYPTED;
	if (next > z->central_end || !has(z->s, off, LOCAL_SIZE) ||
	    memcmp(z->s.p + off, "PK\3\4", 4) != 0 || !agree(z, at, off)) {
		z->marks |= UNPACK_DAMAGED;
		return next;
	}
	span->from = off;
	span->to = off + LOCAL_SIZE + le(z->s, off + 26, 2) +
	    le(z->s, off + 28, 2) + octets;
	if (octets == U32_MAX)
		z->marks |= UNPACK_CUT;
	else if (span->to > z->central)
		z->marks |= UNPACK_OVERLAP;
	z->n++;
	return next;
}

static int
by_place(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* Do the members follow each other, from the first octet to the directory? */
static void
check_places(struct zip *z)
{
	uint64_t end = 0;

	qsort(z->spans, z->n, sizeof *z->spans, by_place);
	for (size_t i = 0; i <= z->n; i++) {
		uint64_t from = i < z->n ? z->spans[i].from : z->central;

		if (from < end)
			z->marks |= UNPACK_OVERLAP;
		else if (from - end > (i == 0 ? 0 : ZIP_DESCRIPTOR_MAX))
			z->marks |= UNPACK_HIDDEN;
		if (i < z->n && z->spans[i].to > end)
			end = z->spans[i].to;
	}
}

static void
check_members(struct zip *z, uint32_t count)
{
	uint64_t at = z->central;

	z->spans = calloc((size_t)count + 1, sizeof *z->spans);
	if (z->spans == NULL) {
		z->marks |= UNPACK_CUT;
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (at + CENTRAL_SIZE > z->central_end ||
		    memcmp(z->s.p + at, "PK\1\2", 4) != 0) {
			z->marks |= UNPACK_DAMAGED;
			break;
		}
		at = add_member(z, at);
	}
	if (at != z->central_end)
		z->marks |= UNPACK_DAMAGED;
	if ((z->marks & (UNPACK_DAMAGED | UNPACK_CUT)) == 0)
		check_places(z);
	free(z->spans);
}

unsigned
zip_check(struct str s)
{
	struct zip z = { .s = s };
	uint64_t end = find_end(s), size, off;

	if (end == s.n)
		return UNPACK_DAMAGED;
	size = le(s, end + 12, 4);
	off = le(s, end + 16, 4);
	/* zip64: for what is larger than any mail; not checked */
	if (le(s, end + 10, 2) == U16_MAX || size == U32_MAX || off == U32_MAX)
		return UNPACK_CUT;
	/* disks; a directory that cannot be where it says */
	if (le(s, end + 4, 2) != 0 || le(s, end + 6, 2) != 0 ||
	    le(s, end + 8, 2) != le(s, end + 10, 2) || size + off > end)
		return UNPACK_DAMAGED;
	z.prefix = end - size - off;
	z.central = end - size;
	z.central_end = end;
	check_members(&z, le(s, end + 10, 2));
	return z.marks;
}
