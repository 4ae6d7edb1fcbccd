/* An index of a mail: what is found in it, and what is refused. */

#include <sys/mman.h>

#include <unistd.h>

#include "err.h"
#include "index.h"
#include "index_make.h"
#include "sealed.h"
#include "tap.h"

enum { OCTETS = 1000 };

/* parent, child, next, number, kind, header and body: 10 octets each row. */
struct row { uint32_t parent, child, next, number; enum mail_kind kind; };

#define N MAIL_NONE
#define LEAF MAIL_LEAF
#define MULTI MAIL_MULTIPART
#define MESSAGE MAIL_MESSAGE

static const struct row mixed[] = {
	{ N, 1, N, 1, MULTI },
	{ 0, N, 2, 1, LEAF },		/* 1 */
	{ 0, 3, 6, 2, MESSAGE },	/* 2 */
	{ 2, 4, N, 1, MULTI },		/* its message */
	{ 3, N, 5, 1, LEAF },		/* 2.1 */
	{ 3, N, N, 2, LEAF },		/* 2.2 */
	{ 0, 7, 8, 3, MESSAGE },	/* 3 */
	{ 6, N, N, 1, LEAF },		/* its message, 3.1 */
	{ 0, 9, N, 4, MULTI },		/* 4 */
	{ 8, N, N, 1, LEAF },		/* 4.1 */
};
static const struct row plain[] = { { N, N, N, 1, LEAF } };
static const struct row forwarded[] = {
	{ N, 1, N, 1, MESSAGE },
	{ 0, N, N, 1, LEAF },
};

/* In memory that may be written to: damage is tried on it. */
static struct str
make(const struct row *rows, size_t n)
{
	static char block[1 << 16] __attribute__((aligned(8)));
	struct mail_make m;
	struct mail_part *p;
	struct mail_ref parts;
	struct str s;
	uint64_t size;
	int fd;

	mail_make_begin(&m, OCTETS);
	parts = MAIL_MAKE_ROWS(&m, struct mail_part, n);
	mail_make_head(&m)->parts = parts;
	for (size_t i = 0; i < n; i++) {
		p = MAIL_MAKE_ROW(&m, struct mail_part, parts, i);
		*p = (struct mail_part){ .parent = rows[i].parent,
			.child = rows[i].child, .next = rows[i].next,
			.number = rows[i].number,
			.kind = (uint8_t)rows[i].kind };
		p->header = (struct mail_span){ 20 * i, 10 };
		p->body = (struct mail_span){ 20 * i + 10,
			i == 0 ? OCTETS - 10 : 10 };
	}
	if (mail_make_end(&m, &fd, &size) < 0)
		return STR_NULL;
	s = sealed_map(fd, size);
	memcpy(block, s.p, s.n);
	sealed_unmap(s);
	close(fd);
	return (struct str){ block, (size_t)size };
}

/* ---- sections ------------------------------------------------------------ */

enum { NIL = -1, WHOLE = -2 };

static const struct {
	const char *name;
	const struct row *rows;
	size_t n;
	uint32_t numbers[4];
	unsigned count;
	enum imap_section_text text;
	int row;			/* or NIL */
	int off;			/* WHOLE: all octets */
} sections[] = {
#define MAIL(m) m, sizeof m / sizeof *m
	{ "[]", MAIL(mixed), { 0 }, 0, IMAP_SECTION_ALL, 0, WHOLE },
	{ "[HEADER]", MAIL(mixed), { 0 }, 0, IMAP_SECTION_HEADER, 0, 0 },
	{ "[HEADER.FIELDS]", MAIL(mixed), { 0 }, 0, IMAP_SECTION_FIELDS, 0,
	    0 },
	{ "[TEXT]", MAIL(mixed), { 0 }, 0, IMAP_SECTION_TEXT, 0, 10 },
	{ "[MIME]", MAIL(mixed), { 0 }, 0, IMAP_SECTION_MIME, NIL, 0 },
	{ "[0]", MAIL(mixed), { 0 }, 1, IMAP_SECTION_ALL, NIL, 0 },
	{ "[1]", MAIL(mixed), { 1 }, 1, IMAP_SECTION_ALL, 1, 30 },
	{ "[1.MIME]", MAIL(mixed), { 1 }, 1, IMAP_SECTION_MIME, 1, 20 },
	{ "[1.HEADER], no message", MAIL(mixed), { 1 }, 1,
	    IMAP_SECTION_HEADER, NIL, 0 },
	{ "[1.TEXT], no message", MAIL(mixed), { 1 }, 1, IMAP_SECTION_TEXT,
	    NIL, 0 },
	{ "[1.1], a leaf's own", MAIL(mixed), { 1, 1 }, 2, IMAP_SECTION_ALL,
	    1, 30 },
	{ "[1.2]", MAIL(mixed), { 1, 2 }, 2, IMAP_SECTION_ALL, NIL, 0 },
	{ "[1.1.1]", MAIL(mixed), { 1, 1, 1 }, 3, IMAP_SECTION_ALL, NIL, 0 },
	{ "[2], a message", MAIL(mixed), { 2 }, 1, IMAP_SECTION_ALL, 2, 50 },
	{ "[2.MIME]", MAIL(mixed), { 2 }, 1, IMAP_SECTION_MIME, 2, 40 },
	{ "[2.HEADER]", MAIL(mixed), { 2 }, 1, IMAP_SECTION_HEADER, 3, 60 },
	{ "[2.HEADER.FIELDS.NOT]", MAIL(mixed), { 2 }, 1,
	    IMAP_SECTION_FIELDS_NOT, 3, 60 },
	{ "[2.TEXT]", MAIL(mixed), { 2 }, 1, IMAP_SECTION_TEXT, 3, 70 },
	{ "[2.1]", MAIL(mixed), { 2, 1 }, 2, IMAP_SECTION_ALL, 4, 90 },
	{ "[2.2.MIME]", MAIL(mixed), { 2, 2 }, 2, IMAP_SECTION_MIME, 5, 100 },
	{ "[2.3]", MAIL(mixed), { 2, 3 }, 2, IMAP_SECTION_ALL, NIL, 0 },
	{ "[3.1]", MAIL(mixed), { 3, 1 }, 2, IMAP_SECTION_ALL, 7, 150 },
	{ "[3.2]", MAIL(mixed), { 3, 2 }, 2, IMAP_SECTION_ALL, NIL, 0 },
	{ "[4], a multipart", MAIL(mixed), { 4 }, 1, IMAP_SECTION_ALL, 8,
	    170 },
	{ "[4.1]", MAIL(mixed), { 4, 1 }, 2, IMAP_SECTION_ALL, 9, 190 },
	{ "[5]", MAIL(mixed), { 5 }, 1, IMAP_SECTION_ALL, NIL, 0 },
	{ "[4294967295]", MAIL(mixed), { UINT32_MAX }, 1, IMAP_SECTION_ALL,
	    NIL, 0 },
	{ "[1] of a mail that is no multipart", MAIL(plain), { 1 }, 1,
	    IMAP_SECTION_ALL, 0, 10 },
	{ "[1.MIME] of it", MAIL(plain), { 1 }, 1, IMAP_SECTION_MIME, 0, 0 },
	{ "[1.TEXT] of it", MAIL(plain), { 1 }, 1, IMAP_SECTION_TEXT, NIL,
	    0 },
	{ "[2] of it", MAIL(plain), { 2 }, 1, IMAP_SECTION_ALL, NIL, 0 },
	{ "[1] of a mail that is a message", MAIL(forwarded), { 1 }, 1,
	    IMAP_SECTION_ALL, 0, 10 },
	{ "[1.HEADER] of it", MAIL(forwarded), { 1 }, 1, IMAP_SECTION_HEADER,
	    1, 20 },
	{ "[1.TEXT] of it", MAIL(forwarded), { 1 }, 1, IMAP_SECTION_TEXT, 1,
	    30 },
	{ "[1.1] of it", MAIL(forwarded), { 1, 1 }, 2, IMAP_SECTION_ALL, 1,
	    30 },
	{ "[TEXT] of it", MAIL(forwarded), { 0 }, 0, IMAP_SECTION_TEXT, 0,
	    10 },
};

static void
test_sections(void)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		struct str s = make(sections[i].rows, sections[i].n);
		struct mail_section sec = { 0 };
		struct mail_index x;
		int off = sections[i].off;
		bool found;

		if (mail_index_open(&x, s.p, s.n, OCTETS) < 0) {
			tap_ok(false, "%s: %s", sections[i].name, x.why);
			continue;
		}
		found = mail_index_section(&x, sections[i].numbers,
		    sections[i].count, sections[i].text, &sec);
		if (!tap_int(sections[i].row != NIL, found, "%s is%s there",
		    sections[i].name, sections[i].row == NIL ? " not" : "") ||
		    !found)
			continue;
		tap_ok(sec.part == mail_index_part(&x,
		    (uint32_t)sections[i].row), "%s is row %d",
		    sections[i].name, sections[i].row);
		tap_int(off == WHOLE ? 0 : off, (int64_t)sec.span.off,
		    "%s begins there", sections[i].name);
		if (off == WHOLE)
			tap_int(OCTETS, (int64_t)sec.span.n, "and is all");
	}
}

/* ---- what is no index ---------------------------------------------------- */

static struct mail_index_head *head;
static struct mail_part *parts;

static void bad_magic(void) { head->magic[0] = 'x'; }
static void bad_format(void) { head->format++; }
static void bad_size(void) { head->size++; }
static void bad_octets(void) { head->octets++; }
static void bad_virus(void) { head->virus = 77; }
static void bad_results(void) { head->results.n = MAIL_RESULTS_MAX + 1; }
static void no_parts(void) { head->parts.n = 0; }
static void many_parts(void) { head->parts.n = UINT32_MAX; }
static void far_parts(void) { head->parts.off = UINT32_MAX - 7; }
static void odd_parts(void) { head->parts.off++; }
static void ring(void) { parts[1].next = 1; }
static void back(void) { parts[2].next = 1; }
static void own_child(void) { parts[3].child = 3; }
static void old_child(void) { parts[3].child = 1; }
static void far_child(void) { parts[3].child = 10; }
static void far_next(void) { parts[8].next = 12345; }
static void other_parent(void) { parts[4].parent = 0; }
static void late_parent(void) { parts[4].parent = 5; }
static void second_mail(void) { parts[0].next = 1; }
static void leaf_child(void) { parts[3].kind = MAIL_LEAF; }
static void two_messages(void) { parts[3].kind = MAIL_MESSAGE; }
static void empty_message(void) { parts[1].kind = MAIL_MESSAGE; }
static void bad_kind(void) { parts[1].kind = 3; }
static void bad_number(void) { parts[5].number = 7; }
static void first_number(void) { parts[4].number = 0; }
static void long_body(void) { parts[9].body.n = OCTETS; }
static void far_body(void) { parts[9].body.off = UINT64_MAX; }
static void wrap_body(void) { parts[9].body.n = UINT64_MAX - 100; }
static void body_first(void) { parts[9].body.off = 0; }
static void short_mail(void) { parts[0].body.n--; }
static void late_mail(void) { parts[0].header.off = 1; }
static void bad_part_virus(void) { parts[7].virus = 5; }

static const struct {
	const char *name;
	void (*damage)(void);
} damages[] = {
#define D(fn) { #fn, fn }
	D(bad_magic), D(bad_format), D(bad_size), D(bad_octets), D(bad_virus),
	D(bad_results), D(no_parts), D(many_parts), D(far_parts),
	D(odd_parts), D(ring), D(back), D(own_child), D(old_child),
	D(far_child), D(far_next), D(other_parent), D(late_parent),
	D(second_mail), D(leaf_child), D(two_messages), D(empty_message),
	D(bad_kind), D(bad_number), D(first_number), D(long_body),
	D(far_body), D(wrap_body), D(body_first), D(short_mail),
	D(late_mail), D(bad_part_virus),
};

static void
test_damage(void)
{
	struct mail_index x;

	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		struct str s = make(MAIL(mixed));

		head = (void *)(uintptr_t)s.p;
		parts = (void *)((uintptr_t)s.p + head->parts.off);
		damages[i].damage();
		tap_int(ERR_SYNTAX, mail_index_open(&x, s.p, s.n, OCTETS),
		    "refused: %s", damages[i].name);
		tap_ok(x.why != NULL && mail_index_parts(&x) == 0 &&
		    mail_index_part(&x, 0) == NULL, "and nothing is in it");
	}
	tap_int(ERR_SYNTAX, mail_index_open(&x, head, 8, OCTETS),
	    "refused: a few octets");
	tap_int(ERR_SYNTAX, mail_index_open(&x, (char *)head + 1, 4000,
	    OCTETS), "refused: not aligned");
}

/* ---- references ---------------------------------------------------------- */

static void
test_references(void)
{
	struct str s = make(MAIL(mixed));
	struct mail_ref far = { UINT32_MAX, 4 }, long_one = { 100, 1 << 20 };
	struct mail_part p;
	struct mail_index x;

	if (!tap_int(0, mail_index_open(&x, s.p, s.n, OCTETS), "it opens"))
		return;
	p = *mail_index_part(&x, 0);
	tap_ok(mail_index_str(&x, far).p == NULL &&
	    mail_index_str(&x, long_one).p == NULL &&
	    mail_index_str(&x, (struct mail_ref){ 0, 8 }).p == NULL,
	    "a string outside is none");
	p.fields = far;
	tap_ok(mail_index_field(&x, &p, 0) == NULL, "nor is a field");
	/* inside, but its span is anything */
	p.fields = (struct mail_ref){ x.head->parts.off, 2 };
	tap_ok(mail_index_field(&x, &p, 0) == NULL,
	    "nor one whose octets are not the mail's");
	tap_ok(mail_index_listed(&x, far, 0).p == NULL &&
	    mail_index_listed(&x, (struct mail_ref){ 104, 2 }, 2).p == NULL,
	    "nor one of a list");
	tap_ok(mail_index_result(&x, 0) == NULL &&
	    mail_index_value(&x, 0) == NULL, "nor rows that are not there");
	tap_ok(mail_index_part(&x, 10) == NULL &&
	    mail_index_part(&x, MAIL_NONE) == NULL, "nor parts");
}

int
main(void)
{
	test_sections();
	test_damage();
	test_references();
	return tap_done();
}
