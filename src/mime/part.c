#include "part.h"

#include <assert.h>

#include "err.h"
#include "field.h"
#include "shown.h"

enum {
	/* Of a file's mode, as every uuencode writes it. */
	MODE_DIGITS = 3,
};

static const char *const kept_names[MIME_KEPT_COUNT] = {
#define KEPT_ROW(id, name) [MIME_KEPT_##id] = name,
	MIME_KEPT(KEPT_ROW)
#undef KEPT_ROW
};

static const struct {
	const char *media, *subtype;
	unsigned marks;
} marks[] = {
	{ "multipart", "signed", MIME_MARK_SIGNED },
	{ "multipart", "encrypted", MIME_MARK_ENCRYPTED },
	{ "application", "pgp-encrypted", MIME_MARK_ENCRYPTED },
	{ "application", "pgp-signature", MIME_MARK_SIGNATURE },
	{ "application", "pkcs7-signature", MIME_MARK_SIGNATURE },
	{ "application", "x-pkcs7-signature", MIME_MARK_SIGNATURE },
	{ "application", "pkcs7-mime", MIME_MARK_ENCRYPTED },
	{ "application", "x-pkcs7-mime", MIME_MARK_ENCRYPTED },
	{ "message", "partial", MIME_MARK_PARTIAL },
	{ "message", "external-body", MIME_MARK_EXTERNAL },
	{ "application", "ms-tnef", MIME_MARK_TNEF },
	{ "application", "vnd.ms-tnef", MIME_MARK_TNEF },
};

const char *
mime_kept_name(enum mime_kept k)
{
	return kept_names[k];
}

struct str
mime_span_str(struct str in, struct mime_span s)
{
	assert(s.off <= in.n && s.n <= in.n - s.off);
	return (struct str){ in.p + s.off, s.n };
}

static int
fail(struct mime_parts *p, const char *why)
{
	p->why = why;
	return ERR_LIMIT;
}

static bool
blank_from(struct str line, size_t at)
{
	for (; at < line.n; at++)
		if (memchr(" \t\r\n", line.p[at], 4) == NULL)
			return false;
	return true;
}

/* ---- the tree grows ---- */

/* A part that begins with a header at pos; ERR_LIMIT: it is one too many. */
static int
add_part(struct mime_parts *p, struct mime_part *parent)
{
	struct mime_part *part;

	if (p->count == MIME_PARTS_MAX)
		return fail(p, "too many parts");
	if (parent != NULL && parent->depth == MIME_DEPTH_MAX)
		return fail(p, "parts are nested too deep");
	part = arena_alloc(p->arena, sizeof *part);
	part->parent = parent;
	part->id = (uint32_t)p->count++;
	part->header.off = p->pos;
	part->number = 1;
	part->from = p->lines;
	if (parent != NULL) {
		part->depth = parent->depth + 1;
		if (parent->tail != NULL) {
			parent->tail->next = part;
			part->number = parent->tail->number + 1;
		} else {
			parent->child = part;
		}
		parent->tail = part;
		p->last->later = part;
	} else {
		p->mail = part;
	}
	p->last = p->at = part;
	p->in_header = true;
	return 1;
}

/* ---- headers ---- */

/*
 * What ends a header for some: the first line of each kind may be the body's
 * first.
 */
static const uint64_t header_ends[] = {
	MIME_NO_COLON, MIME_BLANK_COLON, MIME_MBOX_FROM, MIME_NO_NAME,
	MIME_BAD_NAME, MIME_FOLD_FIRST, MIME_FOLD_BLANK, MIME_BARE_CR,
};

enum { HEADER_ENDS = sizeof header_ends / sizeof *header_ends };

/* What is known while a header is read: bits of enum mime_kept. */
struct reading {
	unsigned seen;
	unsigned settled;	/* what follows does not count */
	uint64_t ends[HEADER_ENDS];	/* offsets and one; 0: none */
};

/*
 * Does value count, of fields of one name, as Dovecot has it?  Each is looked
 * into once at most.
 */
static bool
counts(struct mime_parts *p, struct reading *r, enum mime_kept k,
    struct str value)
{
	struct mime_shown shown;
	struct str word;
	size_t at = 0;
	bool good = true;

	if (r->settled & 1u << k)
		return false;
	switch (k) {
	case MIME_KEPT_DISPOSITION:
		/* the last, up to the first with parameters */
		mime_shown_word(p->arena, value, &shown);
		if (shown.params != NULL)
			r->settled |= 1u << k;
		return true;
	case MIME_KEPT_CTE:
		good = mime_shown_cte(value, &word);
		break;
	case MIME_KEPT_LANGUAGE:
		good = mime_shown_language(value, &at, &word);
		break;
	default:
		break;
	}
	if (good)
		r->settled |= 1u << k;
	return good;
}

/* Of those that are kept, else COUNT. */
static enum mime_kept
which(struct str name)
{
	unsigned k = 0;

	while (k < MIME_KEPT_COUNT && !str_ieq(name, str_c(kept_names[k])))
		k++;
	return (enum mime_kept)k;
}

static enum mime_kept
keep_field(struct mime_parts *p, struct mime_part *part,
    const struct mime_field *field, struct reading *r)
{
	enum mime_kept k = which(field->name);

	if (k == MIME_KEPT_COUNT)
		return k;
	if (r->seen & 1u << k)
		part->flags |= MIME_FIELD_REPEATED;
	r->seen |= 1u << k;
	if (counts(p, r, k, field->value))
		part->kept[k] = field->value;
	return k;
}

/* Readers may not see what stands behind these, or see another field. */
#define HIDES (MIME_NO_COLON | MIME_BLANK_COLON | MIME_FOLD_FIRST | \
    MIME_FOLD_BLANK | MIME_BARE_CR | MIME_NO_NAME | MIME_BAD_NAME | MIME_NUL)
#define ENCODINGS (MIME_CTE_BIT(MIME_CTE_7BIT) | \
    MIME_CTE_BIT(MIME_CTE_BASE64) | MIME_CTE_BIT(MIME_CTE_QP) | \
    MIME_CTE_BIT(MIME_CTE_UU))

/* A field that says how octets are to be read, in every reading of them. */
static void
read_cte(struct mime_part *part, const struct mime_field *field)
{
	unsigned readings;
	enum mime_cte cte = mime_cte_parse(field->value, &readings,
	    &part->flags);

	if (part->cte_readings == 0)
		part->cte = cte;
	part->cte_readings |= readings;
}

static int
read_value(struct mime_parts *p, struct str value, enum mime_value_kind kind,
    struct mime_part *part, struct mime_value *v_r)
{
	int r;

	if (value.p == NULL)
		return 1;
	r = mime_value_parse(p->arena, value, kind, v_r);
	part->flags |= v_r->flags;
	return r > 0 ? 1 : fail(p, v_r->why);
}

/* Do fields of MIME say what the part is? In a part of a multipart always. */
static bool
is_mime(const struct mime_part *part)
{
	return (part->parent != NULL && part->parent->kind == MIME_MULTIPART) ||
	    part->kept[MIME_KEPT_VERSION].p != NULL ||
	    part->kept[MIME_KEPT_TYPE].p != NULL;
}

/* Dovecot's reading, not everybody's. */
static void
forget_fields(struct mime_part *part)
{
	for (unsigned k = 0; k < MIME_KEPT_COUNT; k++) {
		if (part->kept[k].p != NULL)
			part->flags |= MIME_VERSION_NONE;
		part->kept[k] = STR_NULL;
	}
	part->cte = MIME_CTE_7BIT;
	part->cte_readings |= MIME_CTE_BIT(MIME_CTE_7BIT);
}

/*
 * What a header's end may be is an offset in the mail, and one.  Behind the
 * first blank line of a field, else behind it:
 */
static uint64_t
behind_blank(const struct mime_parts *p, struct str rest)
{
	struct str line;

	while (str_cut(&rest, '\n', &line))
		if (blank_from(line, 0))
			break;
	return (uint64_t)(rest.p - p->in.p) + 1;
}

/*
 * To whom CR ends a line: the first line behind one that is empty, then what
 * is behind it, or that is no field.  0: there is none.
 */
static uint64_t
behind_cr(const struct mime_parts *p, struct str rest)
{
	struct str line;

	while (str_cut(&rest, '\r', &line) && rest.n > 0) {
		const char *from = rest.p;
		size_t n = 0;

		while (n < rest.n && rest.p[n] != '\r' && rest.p[n] != '\n')
			n++;
		if (from[0] == '\n' || blank_from(
		    (struct str){ from, n > 0 ? 1 : 0 }, 0)) {
			if (n > 0 || from[0] == '\n')
				continue;
			return (uint64_t)(from + 1 - p->in.p) + 1;
		}
		if (memchr(from, ':', n) == NULL)
			return (uint64_t)(from - p->in.p) + 1;
	}
	return 0;
}

/* Where the header ends for some in this field, or at it. */
static void
note_ends(const struct mime_parts *p, const struct mime_field *field,
    struct reading *r)
{
	uint64_t at = (uint64_t)(field->whole.p - p->in.p);
	uint64_t flags = field->flags;

	/*
	 * Who takes "From " for no end goes on to the next line that is no
	 * field, such as ">From ".
	 */
	if (flags & MIME_MBOX_FROM)
		flags &= field->whole.p[0] == '>' ?
		    ~(uint64_t)MIME_MBOX_FROM :
		    ~(uint64_t)(MIME_NO_COLON | MIME_BAD_NAME);
	for (unsigned i = 0; i < HEADER_ENDS; i++) {
		if (!(flags & header_ends[i]) || r->ends[i] > 0)
			continue;
		r->ends[i] = header_ends[i] == MIME_FOLD_BLANK ?
		    behind_blank(p, field->whole) :
		    header_ends[i] == MIME_BARE_CR ?
		    behind_cr(p, field->whole) : at + 1;
	}
}

static int
read_fields(struct mime_parts *p, struct mime_part *part,
    struct reading *reading)
{
	struct mime_fields f;
	struct mime_field field;
	int r;

	mime_fields_init(&f, mime_span_str(p->in, part->header));
	while ((r = mime_fields_next(&f, &field)) > 0) {
		if (field.value.p != NULL &&
		    keep_field(p, part, &field, reading) == MIME_KEPT_CTE)
			read_cte(part, &field);
		note_ends(p, &field, reading);
	}
	part->flags |= f.flags;
	if (r < 0)
		return fail(p, f.why);
	if (part->cte_readings == 0)
		part->cte_readings = MIME_CTE_BIT(MIME_CTE_7BIT);
	if (!is_mime(part))
		forget_fields(part);
	r = read_value(p, part->kept[MIME_KEPT_TYPE], MIME_VALUE_TYPE, part,
	    &part->type);
	return r < 0 ? r : read_value(p, part->kept[MIME_KEPT_DISPOSITION],
	    MIME_VALUE_WORD, part, &part->disposition);
}

static bool
is_type(const struct mime_part *m, const char *media, const char *subtype)
{
	return str_ieq(m->media, str_c(media)) &&
	    str_ieq(m->subtype, str_c(subtype));
}

/* Does s hold word, in any case? */
static bool
holds(struct str s, struct str word)
{
	for (; s.n >= word.n; s.p++, s.n--)
		if (str_istarts(s, word))
			return true;
	return false;
}

/* Does one of both boundaries begin with the other? */
static bool
alike(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	return a.p != NULL && b.p != NULL && memcmp(a.p, b.p, n) == 0;
}

/* Of a multipart, whose boundary is b; p NULL: none. */
static void
take_boundary(struct mime_part *part, struct str b)
{
	const struct mime_param *m = part->type.params;

	part->boundary = b;
	if (b.p == NULL)
		part->flags |= MIME_BOUNDARY_NONE;
	while ((m = mime_param_next(m, STR("boundary"))) != NULL) {
		if (!str_eq(m->value, b))
			part->unsure = true;
		m = m->next;
	}
	if (b.n == 0 || str_trim(b).n != b.n ||
	    (b.n >= 2 && memcmp(b.p + b.n - 2, "--", 2) == 0))
		part->unsure = true;
	if (b.n > MIME_BOUNDARY_MAX)
		part->boundary.n = MIME_BOUNDARY_MAX;
	for (const struct mime_part *up = part->parent; up; up = up->parent)
		if (alike(up->boundary, part->boundary))
			part->unsure = true;
	if (part->unsure || b.n > 70)
		part->flags |= MIME_BOUNDARY_STRANGE;
}

/* Encodings of a multipart or a message that change its octets. */
static bool
encoded(const struct mime_part *part)
{
	return (part->cte_readings & ~(MIME_CTE_BIT(MIME_CTE_7BIT) |
	    MIME_CTE_BIT(MIME_CTE_8BIT) | MIME_CTE_BIT(MIME_CTE_BINARY) |
	    MIME_CTE_BIT(MIME_CTE_UNKNOWN))) != 0;
}

static void
take_marks(struct mime_part *part)
{
	if (part->parent != NULL)
		part->marks = part->parent->marks &
		    (MIME_MARK_SIGNED | MIME_MARK_ENCRYPTED);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (is_type(part, marks[i].media, marks[i].subtype))
			part->marks |= marks[i].marks;
}

static void
take_type(struct mime_parts *p, struct mime_part *part,
    struct mime_shown *s_r)
{
	struct str field = part->kept[MIME_KEPT_TYPE];
	bool digest = part->parent != NULL &&
	    is_type(part->parent, "multipart", "digest");

	*s_r = (struct mime_shown){ digest ? STR("message") : STR("text"),
	    digest ? STR("rfc822") : STR("plain"), NULL };
	if (field.p != NULL)
		mime_shown_type(p->arena, field, s_r);
	part->media = s_r->type;
	part->subtype = s_r->subtype;
}

static void
take_kind(struct mime_parts *p, struct mime_part *part)
{
	struct mime_shown s;
	const struct mime_shown_param *b;

	take_type(p, part, &s);
	if (is_type(part, "message", "rfc822") ||
	    is_type(part, "message", "global"))
		part->kind = MIME_MESSAGE;
	else if (str_ieq(s.type, STR("multipart")) && s.subtype.n > 0)
		part->kind = MIME_MULTIPART;
	if (part->kind == MIME_MULTIPART) {
		b = mime_shown_find(&s, STR("boundary"));
		take_boundary(part, b ? b->value : STR_NULL);
	} else if (part->kind == MIME_LEAF &&
	    (holds(part->type.loose, STR("multi")) ||
	    (holds(part->type.loose, STR("rfc822")) &&
	    !str_ieq(part->media, STR("text"))))) {
		part->flags |= MIME_TYPE_STRANGE;
	}
	if (part->kind != MIME_LEAF && encoded(part))
		part->flags |= MIME_COMPOSITE_CTE;
	if (part->flags & HIDES)
		part->cte_readings |= ENCODINGS;
	take_marks(part);
}

/* ---- what others find ---- */

/* s does not reach behind end. */
static void
clip(struct mime_span *s, uint64_t end)
{
	if (s->off + s->n > end)
		s->n = end > s->off ? end - s->off : 0;
}

/* From off on; its end is set later.  NULL: one too many. */
static struct mime_other *
add_other(struct mime_parts *p, struct mime_part *part,
    enum mime_other_kind kind, uint64_t off)
{
	struct mime_other *x;

	if (p->others_count == MIME_OTHERS_MAX) {
		fail(p, "too many parts that only some readers find");
		return NULL;
	}
	x = arena_alloc(p->arena, sizeof *x);
	p->others_count++;
	x->part = part;
	x->kind = kind;
	x->body.off = off;
	x->cte_readings = part->cte_readings;
	x->open = part->open;
	part->open = x;
	*p->tail = x;
	p->tail = &x->next;
	return x;
}

/* Of m, those of kinds from first to last end at end. */
static void
end_others(struct mime_part *m, enum mime_other_kind first,
    enum mime_other_kind last, uint64_t end)
{
	struct mime_other **at = &m->open;

	while (*at != NULL) {
		struct mime_other *x = *at;

		if (x->kind < first || x->kind > last) {
			at = &x->open;
			continue;
		}
		clip(&x->header, end);
		x->body.n = end > x->body.off ? end - x->body.off : 0;
		*at = x->open;
	}
}

/*
 * The body of an encoded part may go on to the end of the outermost multipart
 * whose boundary readers differ about.
 */
static void
add_longer(struct mime_parts *p, struct mime_part *part)
{
	struct mime_part *up = NULL;
	struct mime_other *x;

	for (struct mime_part *m = part->parent; m != NULL; m = m->parent)
		if (m->unsure)
			up = m;
	if (up == NULL || part->kind != MIME_LEAF || !encoded(part))
		return;
	x = add_other(p, part, MIME_OTHER_LONGER, part->body.off);
	if (x == NULL)
		return;
	x->part = up;
	part->open = x->open;
	x->open = up->longer;
	up->longer = x;
}

/* The multipart ends at end. */
static void
end_longer(struct mime_parts *p, struct mime_part *m, uint64_t end)
{
	for (struct mime_other *x = m->longer; x != NULL; x = x->open) {
		x->body.n = end > x->body.off ? end - x->body.off : 0;
		p->longer += x->body.n;
	}
	if (p->longer / MIME_LONGER_MAX > p->in.n)
		fail(p, "many parts, and boundaries that readers differ "
		    "about");
}

/* Has an end of the same offset been added? */
static bool
repeated(const struct reading *r, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (r->ends[j] == r->ends[i])
			return true;
	return false;
}

/* Readings of a part whose header is known. */
static int
add_readings(struct mime_parts *p, struct mime_part *part,
    const struct reading *r)
{
	for (unsigned i = 0; i < HEADER_ENDS; i++)
		if (r->ends[i] > 0 && !repeated(r, i) && add_other(p, part,
		    MIME_OTHER_EARLY, r->ends[i] - 1) == NULL)
			return ERR_LIMIT;
	if (part->kind != MIME_LEAF && encoded(part) &&
	    add_other(p, part, MIME_OTHER_ENCODED, part->body.off) == NULL)
		return ERR_LIMIT;
	return 1;
}

/* The header ends at pos. */
static int
end_header(struct mime_parts *p)
{
	struct mime_part *part = p->at;
	struct reading reading = { 0 };
	int r;

	part->header.n = p->pos - part->header.off;
	part->header_lines = p->lines - part->from;
	part->body.off = p->pos;
	part->from = p->lines;
	p->in_header = false;
	r = read_fields(p, part, &reading);
	if (r < 0)
		return r;
	take_kind(p, part);
	if (part->kind == MIME_MULTIPART)
		part->preamble.off = p->pos;
	p->dashes.n = 0;
	r = add_readings(p, part, &reading);
	if (r < 0)
		return r;
	return part->kind == MIME_MESSAGE ? add_part(p, part) : 1;
}

/* ---- boundaries ---- */

static void
pass_line(struct mime_parts *p, struct str line)
{
	p->lines += line.p[line.n - 1] == '\n';
	p->pos += line.n;
}

/* Of a line that begins with m's boundary: is it the closing one? */
static bool
closes(const struct mime_part *m, struct str line)
{
	size_t used = 2 + m->boundary.n;

	return line.n >= used + 2 && line.p[used] == '-' &&
	    line.p[used + 1] == '-';
}

/*
 * The line at pos begins with "--": whose boundary it is, NULL: nobody's.
 * The longest one counts, with the closing dashes, of equal ones the
 * innermost.
 */
static struct mime_part *
find_owner(const struct mime_parts *p, struct str line)
{
	struct mime_part *best = NULL;
	struct mime_part *m = p->in_header ? p->at->parent : p->at;
	size_t best_n = 0;

	for (; m != NULL; m = m->parent) {
		size_t n = m->boundary.n;

		if (m->boundary.p == NULL || m->closed || line.n - 2 < n ||
		    memcmp(line.p + 2, m->boundary.p, n) != 0)
			continue;
		n += closes(m, line) ? 2 : 0;
		if (best == NULL || n > best_n) {
			best = m;
			best_n = n;
		}
	}
	return best;
}

/* The part's body ends at end; lines line ends are before that. */
static void
end_part(struct mime_parts *p, struct mime_part *m, uint64_t end,
    uint64_t lines)
{
	end_others(m, MIME_OTHER_EARLY, MIME_OTHER_BINHEX, end);
	end_longer(p, m, end);
	add_longer(p, m);
	m->body.n = end - m->body.off;
	m->lines = lines - m->from;
	if (m->kind == MIME_MULTIPART) {
		if (m->child == NULL)
			m->preamble.n = m->body.n;
		if (m->epilogue.off > 0)
			m->epilogue.n = end - m->epilogue.off;
		if (!m->closed)
			m->flags |= MIME_BOUNDARY_OPEN;
		if (m->child == NULL)
			m->flags |= MIME_BOUNDARY_NONE;
	}
	p->flags |= m->flags;
	p->marks |= m->marks;
}

/* All parts within owner end; NULL: all. */
static void
end_parts(struct mime_parts *p, struct mime_part *owner, uint64_t end,
    uint64_t lines)
{
	while (p->at != owner) {
		end_part(p, p->at, end, lines);
		p->at = p->at->parent;
	}
}

/*
 * A boundary follows a header directly: the line end that belongs to it is
 * the header's last.  Dovecot takes it from the header, and from no body.
 */
static void
end_header_early(struct mime_parts *p, uint64_t end)
{
	struct mime_part *m = p->at;

	while (m->header.n == 0)
		m = m->parent;
	if (end < p->pos) {
		clip(&m->header, end);
		m->header_lines--;
	}
}

/*
 * Where the line before pos ends, without its line end, unless that belongs
 * to another boundary.
 */
static uint64_t
before_line(const struct mime_parts *p)
{
	uint64_t end = p->pos;

	if (end > p->delimiter_end && p->in.p[end - 1] == '\n') {
		end--;
		if (end > p->delimiter_end && p->in.p[end - 1] == '\r')
			end--;
	}
	return end;
}

/* A boundary line of owner, next is the line behind. */
static int
take_delimiter(struct mime_parts *p, struct mime_part *owner, struct str line)
{
	uint64_t end = before_line(p);
	size_t used = 2 + owner->boundary.n;
	bool closing = closes(owner, line);
	int r = 1;

	if (p->in_header)
		r = end_header(p);
	while (r > 0 && p->in_header)
		r = end_header(p);
	if (r < 0)
		return r;
	if (!blank_from(line, used + (closing ? 2 : 0)))
		owner->flags |= MIME_BOUNDARY_NEAR;
	if (p->at != owner && p->at->body.off == p->pos) {
		end_header_early(p, end);
		end = p->pos;
	}
	p->hidden = NULL;
	p->dashes.n = 0;
	end_parts(p, owner, end, p->lines - (end < p->pos));
	end_others(owner, MIME_OTHER_HIDDEN, MIME_OTHER_BINHEX, end);
	if (owner->child == NULL && owner->preamble.off < end)
		owner->preamble.n = end - owner->preamble.off;
	pass_line(p, line);
	p->delimiter_end = p->pos;
	owner->closed = closing;
	if (closing) {
		owner->epilogue.off = p->pos;
		return 1;
	}
	/* a line without an end, the mail's last, begins nothing */
	return line.p[line.n - 1] == '\n' ? add_part(p, owner) : 1;
}

/* ---- lines ---- */

/* The line at pos, whole; false: it goes on behind upto. */
static bool
take_line(struct mime_parts *p, size_t upto, struct str *line_r)
{
	size_t from = p->scanned > p->pos ? p->scanned : p->pos;
	const char *end = memchr(p->in.p + from, '\n', upto - from);

	if (end == NULL && upto < p->in.n) {
		p->scanned = upto;
		return false;
	}
	*line_r = (struct str){ p->in.p + p->pos, end ?
	    (size_t)(end - p->in.p) + 1 - p->pos : upto - p->pos };
	return true;
}

/* Octets of the line's end: 0, 1 or 2. */
static size_t
before_end(struct str line)
{
	if (line.p[line.n - 1] != '\n')
		return 0;
	return line.n > 1 && line.p[line.n - 2] == '\r' ? 2 : 1;
}

static bool
dashes(struct str line)
{
	return line.n >= 2 && line.p[0] == '-' && line.p[1] == '-';
}

static bool
empty(struct str line)
{
	return str_eq(line, STR("\n")) || str_eq(line, STR("\r\n"));
}

static int
header_line(struct mime_parts *p, struct str line)
{
	struct mime_part *owner = dashes(line) ? find_owner(p, line) : NULL;

	if (owner != NULL)
		return take_delimiter(p, owner, line);
	if (line.n > MIME_HEADER_MAX - (p->pos - p->at->header.off))
		return fail(p, "a header is too long");
	pass_line(p, line);
	return empty(line) ? end_header(p) : 1;
}

/* ---- lines of bodies that some take for more ---- */

/* Is there a multipart whose parts someone may look for here? */
static bool
in_multipart(const struct mime_part *m)
{
	while (m != NULL && m->kind != MIME_MULTIPART)
		m = m->parent;
	return m != NULL;
}

/* A line "--..." that is no boundary that counts. */
static int
dashed_line(struct mime_parts *p, struct str line)
{
	struct str text = str_trim((struct str){ line.p,
	    line.n - before_end(line) });
	struct mime_part *m;

	for (m = p->at; m != NULL; m = m->parent)
		if (m->closed && m->boundary.n + 2 <= text.n &&
		    memcmp(text.p + 2, m->boundary.p, m->boundary.n) == 0)
			m->flags |= MIME_BOUNDARY_AFTER;
	if (str_starts(text, STR("-----BEGIN PGP MESSAGE")))
		p->at->marks |= MIME_MARK_ENCRYPTED;
	if (str_starts(text, STR("-----BEGIN PGP SIGNED")))
		p->at->marks |= MIME_MARK_SIGNED;
	/* it ends what began behind a line like it */
	if (p->dashes.n > 0 && p->hidden == NULL &&
	    str_starts(text, mime_span_str(p->in, p->dashes)))
		end_others(p->at, MIME_OTHER_HIDDEN, MIME_OTHER_HIDDEN,
		    before_line(p));
	p->hidden = NULL;
	p->dashes = (struct mime_span){ p->pos, text.n };
	p->dashes_near = p->pos + line.n;
	return 0;
}

/* "Content-Anything :" */
static bool
is_field(struct str line)
{
	const char *colon;
	struct str name = line;

	if (!str_istarts(line, STR("content-")) ||
	    (colon = memchr(line.p, ':', line.n)) == NULL)
		return false;
	name.n = (size_t)(colon - line.p);
	name = str_trim(name);
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] == 0x7f)
			return false;
	return true;
}

static int
field_line(struct mime_parts *p, struct str line)
{
	struct mime_part *m = p->at;
	bool near = p->dashes.n > 0 && p->dashes_near == p->pos;
	uint64_t off = near ? p->dashes.off : p->pos;
	struct mime_other *x;

	if (p->hidden != NULL || !is_field(line))
		return 0;
	if ((near && in_multipart(m)) || m->kind == MIME_MULTIPART)
		m->flags |= MIME_HIDDEN_PART;
	end_others(m, MIME_OTHER_HIDDEN, MIME_OTHER_HIDDEN, off);
	x = add_other(p, m, MIME_OTHER_HIDDEN, p->pos);
	if (x == NULL)
		return ERR_LIMIT;
	x->header.off = p->pos;
	p->hidden = x;
	return 0;
}

/*
 * A field of a hidden header; of several the first.  One that is too long to
 * be read says nothing to anybody.
 */
static void
hidden_field(struct mime_parts *p, struct mime_other *x,
    const struct mime_field *field, unsigned *seen)
{
	enum mime_kept k = which(field->name);
	uint64_t flags = 0;
	unsigned readings = 0;
	bool again = k < MIME_KEPT_COUNT && *seen & 1u << k;

	if (k == MIME_KEPT_CTE)
		mime_cte_parse(field->value, &readings, &flags);
	x->cte_readings |= readings;
	if (k == MIME_KEPT_TYPE && !again)
		(void)!mime_value_parse(p->arena, field->value,
		    MIME_VALUE_TYPE, &x->type);
	if (k == MIME_KEPT_DISPOSITION && !again)
		(void)!mime_value_parse(p->arena, field->value,
		    MIME_VALUE_WORD, &x->disposition);
	*seen |= k < MIME_KEPT_COUNT ? 1u << k : 0;
}

/* It ends behind the line at pos, for some before. */
static int
end_hidden_header(struct mime_parts *p, struct str line)
{
	struct mime_other *x = p->hidden, *y;
	struct reading reading = { 0 };
	struct mime_fields f;
	struct mime_field field;

	p->hidden = NULL;
	x->header.n = p->pos + line.n - x->header.off;
	x->body.off = p->pos + line.n;
	x->cte_readings = MIME_CTE_BIT(MIME_CTE_7BIT);
	mime_fields_init(&f, mime_span_str(p->in, x->header));
	while (mime_fields_next(&f, &field) > 0) {
		if (field.value.p != NULL)
			hidden_field(p, x, &field, &reading.seen);
		note_ends(p, &field, &reading);
	}
	if (f.flags & HIDES)
		x->cte_readings |= ENCODINGS;
	for (unsigned i = 0; i < HEADER_ENDS; i++) {
		if (reading.ends[i] == 0 || repeated(&reading, i))
			continue;
		y = add_other(p, x->part, MIME_OTHER_HIDDEN,
		    reading.ends[i] - 1);
		if (y == NULL)
			return ERR_LIMIT;
		y->cte_readings = x->cte_readings;
	}
	return 1;
}

/* Behind word an octal number and a blank: its digits, else 0. */
static size_t
mode_digits(struct str line, struct str word)
{
	size_t i = word.n;

	while (i < line.n && line.p[i] >= '0' && line.p[i] <= '7')
		i++;
	return i < line.n && line.p[i] == ' ' ? i - word.n : 0;
}

static const struct {
	struct str word;
	enum mime_other_kind kind;
	bool mode;		/* "644 " follows */
	unsigned cte_readings;
} embedded[] = {
	{ STR("begin "), MIME_OTHER_UU, true, MIME_CTE_BIT(MIME_CTE_UU) },
	{ STR("begin-base64 "), MIME_OTHER_UU64, true,
	    MIME_CTE_BIT(MIME_CTE_BASE64) },
	{ STR("=ybegin "), MIME_OTHER_YENC, false,
	    MIME_CTE_BIT(MIME_CTE_UNKNOWN) },
	{ STR("(This file must be converted with BinHex"),
	    MIME_OTHER_BINHEX, false, MIME_CTE_BIT(MIME_CTE_UNKNOWN) },
};

static int
embedded_line(struct mime_parts *p, struct str line)
{
	struct mime_other *x;

	for (size_t i = 0; i < sizeof embedded / sizeof *embedded; i++) {
		size_t digits = embedded[i].mode ?
		    mode_digits(line, embedded[i].word) : MODE_DIGITS;

		if (!str_starts(line, embedded[i].word) || digits == 0)
			continue;
		if (p->at->cte == MIME_CTE_UU &&
		    embedded[i].kind == MIME_OTHER_UU)
			return 0;
		/* with fewer it is more likely a sentence */
		if (digits >= MODE_DIGITS)
			p->at->flags |= MIME_EMBEDDED;
		end_others(p->at, MIME_OTHER_UU, MIME_OTHER_BINHEX, p->pos);
		x = add_other(p, p->at, embedded[i].kind, p->pos +
		    (embedded[i].kind == MIME_OTHER_UU64 ? line.n : 0));
		if (x == NULL)
			return ERR_LIMIT;
		x->cte_readings = embedded[i].cte_readings;
	}
	return 0;
}

/* By its first octet; 1: the line was a boundary and is done. */
static int
look_at(struct mime_parts *p, struct str line)
{
	struct mime_part *owner;

	switch (line.p[0]) {
	case '-':
		if (!dashes(line))
			return 0;
		owner = find_owner(p, line);
		return owner != NULL ? take_delimiter(p, owner, line) :
		    dashed_line(p, line);
	case 'c':
	case 'C':
		return field_line(p, line);
	case 'b':
	case '=':
	case '(':
		return embedded_line(p, line);
	}
	return 0;
}

/* Of a body's line: what some readers stumble over. */
static uint64_t
octet_flags(const struct mime_part *m, struct str line)
{
	size_t end = before_end(line), n = line.n - end;
	uint64_t flags = end == 1 ? MIME_BARE_LF : 0;

	if (!(m->flags & MIME_BARE_CR) && memchr(line.p, '\r', n) != NULL)
		flags |= MIME_BARE_CR;
	if (!(m->flags & MIME_NUL) && m->cte != MIME_CTE_BINARY &&
	    memchr(line.p, '\0', n) != NULL)
		flags |= MIME_NUL;
	return flags;
}

static int
body_line(struct mime_parts *p, struct str line)
{
	int r = look_at(p, line);

	if (r != 0)
		return r;
	p->at->flags |= octet_flags(p->at, line);
	if (p->hidden != NULL && blank_from(line, 0) &&
	    end_hidden_header(p, line) < 0)
		return ERR_LIMIT;
	if (p->dashes_near == p->pos && !blank_from(line, 0))
		p->dashes_near += line.n;
	pass_line(p, line);
	return 1;
}

static int
finish(struct mime_parts *p)
{
	while (p->in_header) {
		int r = end_header(p);

		if (r < 0)
			return r;
	}
	end_parts(p, NULL, p->in.n, p->lines);
	p->done = true;
	return 1;
}

void
mime_parts_init(struct mime_parts *p, struct arena *a, struct str in)
{
	*p = (struct mime_parts){ .arena = a, .in = in };
	p->tail = &p->others;
	(void)add_part(p, NULL);
}

int
mime_parts_step(struct mime_parts *p, size_t upto)
{
	struct str line;
	int r = p->why ? ERR_LIMIT : 1;

	assert(upto <= p->in.n);
	while (r > 0 && !p->done && p->pos < upto) {
		if (!take_line(p, upto, &line))
			return 0;
		r = p->in_header ? header_line(p, line) : body_line(p, line);
		r = p->why ? ERR_LIMIT : r;
	}
	if (r > 0 && !p->done && upto == p->in.n)
		r = finish(p);
	return r < 0 || p->why ? ERR_LIMIT : p->done;
}
