#include <assert.h>

#include "err.h"
#include "file.h"
#include "inspect.h"
#include "readings.h"
#include "shownas.h"

/* A body, of a part or of what some readers take for one. */
struct body {
	struct judged_part *row;
	struct str in;			/* as it stands */
	struct str declared;		/* "text/plain", or "" */
	enum mime_cte cte;
	unsigned readings;
	bool tree;			/* it is the row's own body */
	bool mail;			/* decoded, it is to be taken apart */
	bool mapped;			/* in is of the mail itself */
	unsigned depth;
};

/* An archive: in how many others it is, and until when it may be read. */
struct nest {
	unsigned depth;
	int64_t deadline;
};

static void look_into(struct inspect *in, struct judged *j,
    const struct body *b);
static void open_archive(struct inspect *in, struct judged *j,
    struct judged_part *row, struct str octets, const struct nest *n);

/* Does anything need all of a body at once? */
static bool
whole_wanted(const struct inspect *in)
{
	return engines_wanted(in->engines) || in->typing->archives;
}

/* ---- decoding ------------------------------------------------------------ */

/* Decoded octets: all of them, or the first. */
struct heap {
	const struct judged *mapped;	/* what is decoded is of this mail */
	struct piece piece;
	bool whole;
	bool over;			/* of all: there is no room */
};

static bool
keep(void *ctx, struct str octets)
{
	struct heap *h = ctx;
	size_t room = h->piece.room - h->piece.n, n = octets.n;

	if (n > room) {
		h->over = h->whole;
		n = room;
	}
	memcpy(h->piece.p + h->piece.n, octets.p, n);
	scratch_wrote(&h->piece, n);
	return !h->over;
}

static void
let_go(void *ctx, struct str octets)
{
	const struct heap *h = ctx;
	uint64_t off;

	if (h->mapped == NULL)
		return;
	off = (uint64_t)(octets.p - h->mapped->octets.p);
	judged_behind(h->mapped, off, off + octets.n);
}

/* ---- archives ------------------------------------------------------------ */

static bool
read_member(struct inspect *in, struct unpack *u, struct piece *p)
{
	char *more;
	struct piece bigger;
	int64_t n;

	*p = (struct piece){ 0 };
	if (!scratch_get(in->scratch, 1 << 16, p))
		return false;
	while ((n = unpack_read(u, p->p + p->n, p->room - p->n)) > 0) {
		scratch_wrote(p, (size_t)n);
		if (p->n < p->room)
			continue;
		if (!scratch_get(in->scratch, 4 * p->room, &bigger))
			return false;
		more = bigger.p;
		memcpy(more, p->p, p->n);
		scratch_wrote(&bigger, p->n);
		scratch_put(in->scratch, p);
		*p = bigger;
	}
	return n == 0;
}

/* What is in archives in archives takes from what is left for all of them. */
static bool
spend(struct inspect *in, struct judged_part *row, const struct nest *n,
    uint64_t octets)
{
	if (n->depth == 0)
		return true;
	if (octets > in->inside) {
		row->marks |= MAIL_ARCHIVE_CUT;
		in->inside = 0;
		return false;
	}
	in->inside -= octets;
	return true;
}

/*
 * Engines have the archive, too, and unpack it themselves, if they can.
 * false: no other one is to be read.
 */
static bool
show_member(struct inspect *in, struct judged *j, struct judged_part *row,
    struct unpack *u, const struct nest *n)
{
	const struct nest deeper = { n->depth + 1, u->deadline };
	struct piece p;
	bool all = read_member(in, u, &p), goes_on;

	goes_on = spend(in, row, n, p.n);
	if (all)
		open_archive(in, j, row, piece_str(&p), &deeper);
	else
		row->marks |= MAIL_ARCHIVE_CUT;
	if (all && engines_wanted(in->engines))
		engines_ask(in->engines, j, row, piece_str(&p), &p);
	scratch_put(in->scratch, &p);
	return goes_on;
}

static unsigned
archive_marks(unsigned unpacked)
{
	unsigned marks = MAIL_ARCHIVE;

	if (unpacked & UNPACK_ENCRYPTED)
		marks |= MAIL_ENCRYPTED;
	if (unpacked & (UNPACK_DAMAGED | UNPACK_OVERLAP | UNPACK_HIDDEN))
		marks |= MAIL_AMBIGUOUS;
	if (unpacked & UNPACK_CUT)
		marks |= MAIL_ARCHIVE_CUT;
	return marks;
}

static void
open_archive(struct inspect *in, struct judged *j, struct judged_part *row,
    struct str octets, const struct nest *n)
{
	struct unpack_member m;
	struct unpack u;
	bool goes_on = n->depth <= INSPECT_ARCHIVES_MAX;

	if (unpack_open(&u, octets, n->deadline) <= 0)
		return;
	if (!goes_on)
		u.marks |= UNPACK_CUT;
	while (goes_on && unpack_next(&u, &m) > 0) {
		goes_on = spend(in, row, n, INSPECT_MEMBER);
		if (in->typing->members)
			typing_member(in->typing, j, row, m.name, m.head);
		if (goes_on && !m.encrypted)
			goes_on = show_member(in, j, row, &u, n);
	}
	row->marks |= archive_marks(u.marks);
	unpack_close(&u);
}

/* ---- a mail in an encoded body ------------------------------------------- */

static void
note_names(struct judged *j, struct judged_part *row,
    const struct mime_part *p)
{
	shownas_values(j, &p->disposition, &p->type, &row->names);
}

static void
look_at_others(struct inspect *in, struct judged *j,
    const struct mime_parts *parts, struct judged_part *row, unsigned depth)
{
	for (struct mime_other *o = parts->others; o != NULL; o = o->next) {
		struct body b = {
			.row = row ? row : judged_row(j, o->part),
			.in = mime_span_str(parts->in, o->body),
			.cte = MIME_CTE_7BIT, .readings = o->cte_readings,
			.mail = o->kind == MIME_OTHER_ENCODED,
			.mapped = row == NULL, .depth = depth,
		};

		if (o->kind == MIME_OTHER_UU)
			b.readings |= MIME_CTE_BIT(MIME_CTE_UU);
		if (o->kind == MIME_OTHER_HIDDEN)
			shownas_values(j, &o->disposition, &o->type,
			    &b.row->names);
		if (o->kind == MIME_OTHER_YENC || o->kind == MIME_OTHER_BINHEX)
			b.row->marks |= MAIL_AMBIGUOUS;
		look_into(in, j, &b);
	}
}

/*
 * Its parts are judged as other readings of the part it is in.  With a tree
 * of its own; what is found is the row's.
 */
static void
take_apart(struct inspect *in, struct judged *j, struct judged_part *row,
    struct str octets, unsigned depth)
{
	struct mime_parts t;
	struct body b = { .row = row, .depth = depth + 1 };

	if (depth == INSPECT_DEPTH_MAX) {
		row->marks |= MAIL_MALFORMED;
		engines_missed(in->engines, j, row, "encoded too often");
		return;
	}
	mime_parts_init(&t, j->arena, octets);
	if (mime_parts_step(&t, octets.n) < 0) {
		row->marks |= MAIL_MALFORMED;
		engines_missed(in->engines, j, row, t.why);
		return;
	}
	row->flags |= t.flags;
	for (struct mime_part *p = t.mail; p != NULL; p = p->later) {
		note_names(j, row, p);
		if (p->kind == MIME_MULTIPART)
			continue;
		b.in = mime_span_str(octets, p->body);
		b.declared = judged_declared(j->arena, p);
		b.cte = p->cte;
		b.readings = p->cte_readings;
		if (p->kind == MIME_LEAF)
			look_into(in, j, &b);
	}
	look_at_others(in, j, &t, row, depth + 1);
}

/* ---- files in text ------------------------------------------------------- */

/* It is marked as if its line stood in the mail; false: it is one too many. */
static bool
note_file(struct inspect *in, struct judged *j, const struct body *b,
    const struct mime_file *f)
{
	const char *why = b->depth == INSPECT_DEPTH_MAX ?
	    "encoded too often" : in->files == 0 ? "too many files in text" :
	    NULL;

	if (why != NULL) {
		b->row->marks |= MAIL_MALFORMED;
		engines_missed(in->engines, j, b->row, why);
		return false;
	}
	in->files--;
	if (f->sure)
		b->row->flags |= MIME_EMBEDDED;
	if (f->kind == MIME_FILE_YENC || f->kind == MIME_FILE_BINHEX)
		b->row->marks |= MAIL_AMBIGUOUS;
	return true;
}

/* What an encoding hid of them. */
static void
look_for_files(struct inspect *in, struct judged *j, const struct body *b,
    struct str octets)
{
	struct mime_file f, next;
	bool more = mime_file_next(octets, 0, &f);

	for (; more && note_file(in, j, b, &f); f = next) {
		struct body file = { .row = b->row, .cte = f.cte,
			.depth = b->depth + 1 };

		more = mime_file_next(octets, f.rest, &next);
		file.in = (struct str){ octets.p + f.body,
		    (more ? next.line : octets.n) - f.body };
		look_into(in, j, &file);
	}
}

/* ---- a body in one reading ----------------------------------------------- */

static void
note_type(struct inspect *in, struct judged *j, const struct body *b,
    bool first, struct str octets)
{
	struct str type;

	if (b->tree && first) {
		typing_part(in->typing, j, b->row, b->declared, octets);
		return;
	}
	type = typing_identify(in->typing, j, b->row, b->declared, octets);
	if (type.n > 0)
		judged_add(j->arena, &b->row->others, type);
}

/* Decoded octets; the piece becomes the engines' where they have to look. */
static void
look_at(struct inspect *in, struct judged *j, const struct body *b,
    bool first, struct str octets, struct piece *piece)
{
	const struct nest none = { 0, j->deadline };

	note_type(in, j, b, first, octets);
	if (whole_wanted(in))
		open_archive(in, j, b->row, octets, &none);
	if (b->mail)
		take_apart(in, j, b->row, octets, b->depth);
	if (engines_wanted(in->engines))
		engines_ask(in->engines, j, b->row, octets, piece);
}

static void
look_plain(struct inspect *in, struct judged *j, const struct body *b,
    bool first)
{
	struct piece copy = { 0 };
	uint64_t off = (uint64_t)(b->in.p - j->octets.p);

	/* octets that are not the mail's go before they are looked at */
	if (!b->mapped && engines_wanted(in->engines)) {
		if (!scratch_get(in->scratch, b->in.n, &copy)) {
			engines_missed(in->engines, j, b->row, "no memory");
			return;
		}
		memcpy(copy.p, b->in.p, b->in.n);
		scratch_wrote(&copy, b->in.n);
		look_at(in, j, b, first, piece_str(&copy), &copy);
		scratch_put(in->scratch, &copy);
		return;
	}
	look_at(in, j, b, first, b->in, NULL);
	if (b->mapped)
		judged_behind(j, off, off + b->in.n);
}

static void
note_decoded(struct judged *j, const struct body *b, bool first,
    const struct decoded *d)
{
	b->row->flags |= d->flags;
	/* of what everybody takes for its body: mail-filter asks the tree */
	if (b->tree && first)
		b->row->part->flags |= d->flags;
	if (d->name_n > 0)
		shownas_add(j, &b->row->names,
		    (struct str){ d->name, d->name_n });
	if (b->tree && first) {
		b->row->decoded = d->n;
		b->row->measured = true;
	}
}

static void
look_decoded(struct inspect *in, struct judged *j, const struct body *b,
    struct readings *l, unsigned i)
{
	struct heap h = { .mapped = b->mapped ? j : NULL,
		.whole = whole_wanted(in) || b->mail };
	struct readings_sink to = { keep, let_go, &h };
	static struct decoded d;
	struct str octets;

	if (!scratch_get(in->scratch, h.whole ? readings_room(&l->r[i],
	    b->in.n) : DOCTYPE_MAGIC_OCTETS, &h.piece)) {
		engines_missed(in->engines, j, b->row, "no memory");
		return;
	}
	readings_decode(&l->r[i], b->in, &to, &d);
	let_go(&h, b->in);
	if (!in->measure)
		readings_decoded(l, i, d.flags);
	note_decoded(j, b, i == 0, &d);
	if (h.over) {
		b->row->marks |= MAIL_MALFORMED;
		engines_missed(in->engines, j, b->row,
		    "BinHex that makes much of little");
	}
	octets = piece_str(&h.piece);
	if (!b->mail && !in->measure)
		look_for_files(in, j, b, octets);
	look_at(in, j, b, i == 0, octets, &h.piece);
	scratch_put(in->scratch, &h.piece);
}

static void
look_into(struct inspect *in, struct judged *j, const struct body *b)
{
	struct readings l;

	readings_begin(&l, b->cte, in->measure ? 0 : b->readings);
	for (unsigned i = 0; i < l.n; i++) {
		if (in->left < b->in.n) {
			b->row->marks |= MAIL_MALFORMED;
			engines_missed(in->engines, j, b->row,
			    "too many readings");
			return;
		}
		in->left -= b->in.n;
		if (!l.r[i].plain) {
			look_decoded(in, j, b, &l, i);
			continue;
		}
		if (b->tree && i == 0) {
			b->row->decoded = b->in.n;
			b->row->measured = b->cte != MIME_CTE_UNKNOWN;
		}
		look_plain(in, j, b, i == 0);
	}
}

/* ---- all ----------------------------------------------------------------- */

static unsigned
marks_of(const struct judged *j, const struct mime_part *p)
{
	unsigned marks = 0;

	(void)j;
	if (p->marks & MIME_MARK_ENCRYPTED)
		marks |= MAIL_ENCRYPTED;
	if (p->marks & (MIME_MARK_PARTIAL | MIME_MARK_EXTERNAL))
		marks |= MAIL_AMBIGUOUS;
	if (p->marks & MIME_MARK_SIGNED)
		marks |= MAIL_SIGNED;
	/* what stands in a signed part is covered by its signature */
	if (p->parent != NULL)
		marks |= judged_row(j, p->parent)->marks & MAIL_SIGNED;
	if (p->cte == MIME_CTE_UNKNOWN)
		marks |= MAIL_AMBIGUOUS;
	return marks;
}

/*
 * A message in a mail is what its parts are, but for what was found: that is
 * decided where it is.  Children come behind their parents.
 */
static void
judge_messages(struct judged *j)
{
	for (uint32_t i = j->nrows; i-- > 1; ) {
		struct judged_part *row = &j->rows[i], *up;

		if (row->verdict == NULL || row->verdict->status ==
		    SCAN_FOUND || row->part->parent == NULL)
			continue;
		up = judged_row(j, row->part->parent);
		if (up->part->kind == MIME_LEAF)
			continue;
		if (up->verdict == NULL) {
			up->verdict = arena_alloc(j->arena,
			    sizeof *up->verdict);
			*up->verdict = *row->verdict;
		} else if (up->verdict->status != SCAN_FOUND) {
			scan_join(up->verdict, row->verdict);
		}
	}
}

void
inspect_mail(struct inspect *in, struct judged *j)
{
	in->left = INSPECT_OCTETS + INSPECT_TIMES * j->octets.n;
	in->files = INSPECT_FILES_MAX;
	in->inside = INSPECT_INSIDE;
	typing_begin(in->typing);
	engines_begin(in->engines, j, in->scratch);
	engines_ask_mail(in->engines, j);
	for (uint32_t i = 0; i < j->nrows; i++) {
		struct judged_part *row = &j->rows[i];
		const struct mime_part *p = row->part;
		struct body b = {
			.row = row, .in = mime_span_str(j->octets, p->body),
			.declared = row->declared, .cte = p->cte,
			.readings = p->cte_readings, .tree = true,
			.mapped = true,
		};

		row->marks |= marks_of(j, p);
		shownas_part(j, row);
		if (p->kind == MIME_LEAF)
			look_into(in, j, &b);
		else if (p->kind == MIME_MESSAGE)
			typing_part(in->typing, j, row, b.declared, STR(""));
	}
	if (!in->measure)
		look_at_others(in, j, &j->parts, NULL, 0);
	engines_end(in->engines, j);
	judge_messages(j);
}
