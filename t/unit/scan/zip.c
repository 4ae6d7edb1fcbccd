/* Two sets of headers in a zip, compared. */

#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "zip.h"

enum { MEMBERS = 3, SIZE_MAX_TEST = 4096 };

/* A zip of stored members, built as the case wants it. */
struct member {
	const char *name, *local;	/* local: NULL, the same */
	uint32_t flags;
	int32_t off;		/* added to the offset in the directory */
	uint32_t before;	/* octets nobody names before it */
	uint32_t more;		/* added to its size in the directory */
};

struct built {
	char p[SIZE_MAX_TEST];
	size_t n;
};

static void
put(struct built *b, uint32_t v, unsigned octets)
{
	for (unsigned i = 0; i < octets; i++)
		b->p[b->n++] = (char)(v >> 8 * i);
}

static void
put_str(struct built *b, const char *s)
{
	memcpy(b->p + b->n, s, strlen(s));
	b->n += strlen(s);
}

static void
put_local(struct built *b, const struct member *m)
{
	const char *name = m->local != NULL ? m->local : m->name;

	for (uint32_t i = 0; i < m->before; i++)
		put(b, '#', 1);
	put_str(b, "PK\3\4");
	put(b, 20, 2);
	put(b, m->flags, 2);
	for (int i = 0; i < 3; i++)
		put(b, 0, 2);		/* method, time, date */
	put(b, 0, 4);
	put(b, 5, 4);
	put(b, 5, 4);
	put(b, (uint32_t)strlen(name), 2);
	put(b, 0, 2);
	put_str(b, name);
	put_str(b, "hello");
}

static void
put_central(struct built *b, const struct member *m, uint32_t off)
{
	put_str(b, "PK\1\2");
	put(b, 20, 2);
	put(b, 20, 2);
	put(b, m->flags, 2);
	for (int i = 0; i < 3; i++)
		put(b, 0, 2);
	put(b, 0, 4);
	put(b, 5 + m->more, 4);
	put(b, 5, 4);
	put(b, (uint32_t)strlen(m->name), 2);
	put(b, 0, 2);			/* extra */
	put(b, 0, 2);			/* comment */
	put(b, 0, 2);			/* disk */
	put(b, 0, 2);
	put(b, 0, 4);
	put(b, off, 4);
	put_str(b, m->name);
}

struct shape_of {
	uint32_t hidden;	/* octets before the directory */
	uint32_t count_more, disk, size_more, comment;
	const char *tail;	/* behind the end */
	uint32_t cut;		/* octets off the end */
};

static void
build(struct built *b, const struct member *m, const struct shape_of *s)
{
	uint32_t at[MEMBERS], n = 0, central;

	b->n = 0;
	for (; n < MEMBERS && m[n].name != NULL; n++) {
		at[n] = (uint32_t)b->n + m[n].before;
		put_local(b, &m[n]);
	}
	for (uint32_t i = 0; i < s->hidden; i++)
		put(b, '#', 1);
	central = (uint32_t)b->n;
	for (uint32_t i = 0; i < n; i++)
		put_central(b, &m[i], at[i] + (uint32_t)m[i].off);
	n += s->count_more;
	put_str(b, "PK\5\6");
	put(b, s->disk, 2);
	put(b, 0, 2);
	put(b, n, 2);
	put(b, n, 2);
	put(b, (uint32_t)b->n - 12 - central + s->size_more, 4);
	put(b, central, 4);
	put(b, s->comment, 2);
	put_str(b, s->tail != NULL ? s->tail : "");
	b->n -= s->cut;
}

#define TWO { .name = "a.txt" }, { .name = "b.txt" }

static const struct {
	const char *name;
	struct member m[MEMBERS];
	struct shape_of s;
	unsigned want;
} cases[] = {
	{ "two members", { TWO }, { 0 }, 0 },
	{ "none", { { 0 } }, { 0 }, 0 },
	{ "a comment", { TWO }, { .comment = 3, .tail = "abc" }, 0 },
	{ "an octet behind the end", { TWO }, { .tail = "x" },
	    UNPACK_DAMAGED },
	{ "a comment cut short", { TWO }, { .comment = 3, .tail = "ab" },
	    UNPACK_DAMAGED },
	{ "no end", { TWO }, { .cut = 1 }, UNPACK_DAMAGED },
	{ "encrypted", { { .name = "a", .flags = 1 } }, { 0 },
	    UNPACK_ENCRYPTED },
	{ "its directory encrypted", { { .name = "a", .flags = 1 << 13 } },
	    { 0 }, UNPACK_ENCRYPTED },
	{ "two names of a member", { { .name = "a.txt", .local = "a.exe" } },
	    { 0 }, UNPACK_DAMAGED },
	{ "names of two lengths", { { .name = "a", .local = "ab" } }, { 0 },
	    UNPACK_DAMAGED },
	{ "a member where none is", { { .name = "a", .off = 1 } }, { 0 },
	    UNPACK_DAMAGED },
	{ "a member behind the end", { { .name = "a", .off = 100000 } },
	    { 0 }, UNPACK_DAMAGED },
	{ "one member twice", { { .name = "a" }, { .name = "a",
	    .off = -36 } }, { 0 }, UNPACK_OVERLAP | UNPACK_HIDDEN },
	{ "a member that holds the next", { { .name = "a", .more = 36 },
	    { .name = "b" } }, { 0 }, UNPACK_OVERLAP },
	{ "a member over the directory", { { .name = "a", .more = 1 } }, { 0 },
	    UNPACK_OVERLAP },
	{ "a descriptor behind a member", { { .name = "a" }, { .name = "b",
	    .before = ZIP_DESCRIPTOR_MAX } }, { 0 }, 0 },
	{ "more than that", { { .name = "a" }, { .name = "b",
	    .before = ZIP_DESCRIPTOR_MAX + 1 } }, { 0 }, UNPACK_HIDDEN },
	{ "octets before the first", { { .name = "a", .before = 1 } }, { 0 },
	    UNPACK_HIDDEN },
	{ "octets before the directory", { TWO },
	    { .hidden = ZIP_DESCRIPTOR_MAX + 1 }, UNPACK_HIDDEN },
	{ "more members than there are", { TWO }, { .count_more = 1 },
	    UNPACK_DAMAGED },
	{ "fewer", { TWO }, { .count_more = (uint32_t)-1 }, UNPACK_DAMAGED },
	{ "several disks", { TWO }, { .disk = 1 }, UNPACK_DAMAGED },
	{ "a directory larger than the file", { TWO },
	    { .size_more = 100000 }, UNPACK_DAMAGED },
	{ "zip64", { TWO }, { .count_more = 0xfffd }, UNPACK_CUT },
};

int
main(void)
{
	struct built b;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		build(&b, cases[i].m, &cases[i].s);
		tap_int(cases[i].want, zip_check((struct str){ b.p, b.n }),
		    "%s", cases[i].name);
	}
	tap_int(UNPACK_DAMAGED, zip_check(STR("")), "no octets");
	return tap_done();
}
