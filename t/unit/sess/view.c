/* FETCH items answered from an index and the octets it is about. */

#include <stdio.h>
#include <unistd.h>

#include "arena.h"
#include "index_make.h"
#include "reader.h"
#include "sealed.h"
#include "tap.h"
#include "view.h"

/* Subject, To, an empty line; two parts, of which the second is encoded. */
static const char mail[] =
    "Subject: one\r\n"		/* 0, 14 octets */
    "To: a@example.org\r\n"	/* 14, 19 */
    "subject: two\r\n"		/* 33, 14 */
    "\r\n"			/* 47, 2 */
    "head1\r\n\r\nbody1"	/* 49: 9, 5 */
    "head2\r\n\r\nYm9keTI=";	/* 63: 9, 8 */
enum { OCTETS = sizeof mail - 1 };

static struct str block;

static void
fill_part(struct mail_make *m, struct mail_ref parts, unsigned row,
    uint64_t at, uint64_t body)
{
	struct mail_part *p = MAIL_MAKE_ROW(m, struct mail_part, parts, row);

	*p = (struct mail_part){
		.parent = row ? 0 : MAIL_NONE, .child = row ? MAIL_NONE : 1,
		.next = row == 1 ? 2 : MAIL_NONE, .number = row ? row : 1,
		.kind = row ? MAIL_LEAF : MAIL_MULTIPART,
		.header = { at, row ? 9 : 49 },
		.body = { at + (row ? 9 : 49), body },
	};
}

static void
make_fields(struct mail_make *m, struct mail_ref parts)
{
	static const struct { const char *name; uint64_t off, n; } t[] = {
		{ "Subject", 0, 14 }, { "To", 14, 19 }, { "subject", 33, 14 },
	};
	struct mail_ref rows = MAIL_MAKE_ROWS(m, struct mail_field, 3), name;
	struct mail_field *f;

	for (unsigned i = 0; i < 3; i++) {
		name = mail_make_str(m, str_c(t[i].name));
		f = MAIL_MAKE_ROW(m, struct mail_field, rows, i);
		f->name = name;
		f->whole = (struct mail_span){ t[i].off, t[i].n };
	}
	MAIL_MAKE_ROW(m, struct mail_part, parts, 0)->fields = rows;
}

static bool
make_index(struct mail_index *x)
{
	struct mail_make m;
	struct mail_ref parts, value;
	uint64_t size;
	int fd;

	mail_make_begin(&m, OCTETS);
	parts = MAIL_MAKE_ROWS(&m, struct mail_part, 3);
	mail_make_head(&m)->parts = parts;
	fill_part(&m, parts, 0, 0, OCTETS - 49);
	fill_part(&m, parts, 1, 49, 5);
	fill_part(&m, parts, 2, 63, 8);
	make_fields(&m, parts);
	value = mail_make_str(&m, STR("(an envelope)"));
	MAIL_MAKE_ROW(&m, struct mail_part, parts, 0)->envelope = value;
	if (mail_make_end(&m, &fd, &size) < 0)
		return false;
	block = sealed_map(fd, size);
	close(fd);
	return mail_index_open(x, block.p, block.n, OCTETS) == 0;
}

/* The item of "FETCH 1 item". */
static const struct imap_arg *
item_of(struct arena *a, const char *text)
{
	static struct imap_reader r;
	char line[400];
	size_t used;
	int n = snprintf(line, sizeof line, "a FETCH 1 %s\r\n", text);

	imap_reader_init(&r, a);
	r.max_line = sizeof line;
	if (imap_reader_feed(&r, (struct str){ line, (size_t)n }, &used) !=
	    IMAP_EV_COMMAND)
		return NULL;
	return r.cmd.args->next;
}

/* Name and answer as they would stand in a response. */
static const char *
answer(const struct mail_index *x, const struct imap_arg *item,
    const char *decoded)
{
	static char out[VIEW_NAME + 400];
	const char *from = mail;
	size_t n = view_name(item, out);
	struct view_piece p;
	struct view v;
	uint64_t sum = 0;

	view_begin(&v, x, item);
	if (v.form == VIEW_DECODED || v.form == VIEW_DECODED_SIZE) {
		view_decoded(&v, strlen(decoded));
		from = decoded;
	}
	if (v.form == VIEW_NIL)
		n += (size_t)sprintf(out + n, "NIL");
	if (v.form == VIEW_LITERAL)
		n += (size_t)sprintf(out + n, "{%u}", (unsigned)v.size);
	while (v.form != VIEW_NIL && view_next(&v, &p)) {
		memcpy(out + n, p.p ? p.p : from + p.off, p.n);
		n += p.n;
		sum += p.n;
	}
	out[n] = '\0';
	if (v.form != VIEW_NIL && sum != v.size)
		return "pieces that are not as long as they say";
	return out;
}

static const struct { const char *item, *want; } cases[] = {
	{ "RFC822.SIZE", "RFC822.SIZE 80" },
	{ "envelope", "ENVELOPE (an envelope)" },
	{ "BODYSTRUCTURE", "BODYSTRUCTURE NIL" },
	{ "BODY[1]", "BODY[1] {5}body1" },
	{ "BODY.PEEK[2]", "BODY[2] {8}Ym9keTI=" },
	{ "BODY[02]", "BODY[02] {8}Ym9keTI=" },
	{ "BODY[3]", "BODY[3] {0}" },
	{ "BODY[3]<4.5>", "BODY[3]<4> {0}" },
	{ "BINARY[3]", "BINARY[3] {0}" },
	{ "BODY[1.MIME]", "BODY[1.MIME] {9}head1\r\n\r\n" },
	{ "BODY[1.HEADER]", "BODY[1.HEADER] {0}" },
	{ "BODY.PEEK[header.fields (SUBJECT)]",
	    "BODY[HEADER.FIELDS (SUBJECT)] {30}Subject: one\r\n"
	    "subject: two\r\n\r\n" },
	{ "BODY[HEADER.FIELDS.NOT (subject \"x y\")]",
	    "BODY[HEADER.FIELDS.NOT (subject \"x y\")] {21}"
	    "To: a@example.org\r\n\r\n" },
	{ "BODY[HEADER.FIELDS (X-None)]",
	    "BODY[HEADER.FIELDS (X-None)] {2}\r\n" },
	{ "BODY[HEADER.FIELDS (To)]<2.7>",
	    "BODY[HEADER.FIELDS (To)]<2> {7}: a@exa" },
	{ "BODY[HEADER.FIELDS (Subject To)]<12.6>",
	    "BODY[HEADER.FIELDS (Subject To)]<12> {6}\r\nTo: " },
	{ "BODY[HEADER.FIELDS (To)]<20.9>",
	    "BODY[HEADER.FIELDS (To)]<20> {1}\n" },
	{ "BODY[1]<0.3>", "BODY[1]<0> {3}bod" },
	{ "BODY[1]<3.10>", "BODY[1]<3> {2}y1" },
	{ "BODY[1]<5.1>", "BODY[1]<5> {0}" },
	{ "BODY[1]<4294967295.1>", "BODY[1]<4294967295> {0}" },
	{ "BODY[HEADER]<47.5>", "BODY[HEADER]<47> {2}\r\n" },
	{ "RFC822.TEXT", "RFC822.TEXT {31}head1\r\n\r\nbody1"
	    "head2\r\n\r\nYm9keTI=" },
	{ "RFC822.PEEK", "RFC822 {80}Subject: one\r\nTo: a@example.org\r\n"
	    "subject: two\r\n\r\nhead1\r\n\r\nbody1"
	    "head2\r\n\r\nYm9keTI=" },
	{ "BODY[]<78.5>", "BODY[]<78> {2}I=" },
	{ "BINARY[2]", "BINARY[2] {5}body2" },
	{ "BINARY.PEEK[2]<1.3>", "BINARY[2]<1> {3}ody" },
	{ "BINARY.SIZE[2]", "BINARY.SIZE[2] 5" },
	{ "BINARY.SIZE[3]", "BINARY.SIZE[3] 0" },
	{ "BINARY[]<0.7>", "BINARY[]<0> {7}Subject" },
};

/* What a listing may be answered with, and what marks a mail as seen. */
static const struct { const char *item; bool content, seen; } kinds[] = {
	{ "FLAGS", false, false }, { "RFC822.SIZE", false, false },
	{ "ENVELOPE", false, false }, { "BODYSTRUCTURE", false, false },
	{ "BODY", false, false },
	{ "BODY.PEEK[HEADER]", false, false },
	{ "BODY[HEADER]", false, true },
	{ "BODY.PEEK[HEADER.FIELDS (TO)]", false, false },
	{ "BODY.PEEK[HEADER.FIELDS.NOT (TO)]", false, false },
	{ "RFC822.HEADER", false, false },
	{ "BODY.PEEK[]", true, false }, { "BODY[]", true, true },
	{ "BODY.PEEK[1.HEADER]", true, false },
	{ "BODY.PEEK[TEXT]", true, false },
	{ "BODY.PEEK[1.MIME]", true, false },
	{ "RFC822.PEEK", true, false },
	{ "RFC822", true, true }, { "RFC822.TEXT", true, true },
	{ "BINARY[1]", true, true }, { "BINARY.PEEK[1]", true, false },
	{ "BINARY.SIZE[1]", true, false },
};

int
main(void)
{
	struct mail_index x;
	struct arena a;

	arena_init(&a, 1 << 20, NULL, NULL);
	if (!tap_ok(make_index(&x), "an index is made"))
		return tap_done();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct imap_arg *item = item_of(&a, cases[i].item);

		tap_cstr(cases[i].want, item ? answer(&x, item, "body2") :
		    "no item", "answers %s", cases[i].item);
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const struct imap_arg *item = item_of(&a, kinds[i].item);

		tap_ok(item && view_content(item) == kinds[i].content &&
		    view_seen(item) == kinds[i].seen, "knows what %s needs",
		    kinds[i].item);
	}
	arena_fini(&a);
	return tap_done();
}
