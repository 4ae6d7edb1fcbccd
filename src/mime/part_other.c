#include "part_impl.h"

#include <assert.h>

#include "err.h"
#include "file.h"

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
		mime_part_fail(p, "too many parts that only some readers find");
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
	if (up == NULL || part->kind != MIME_LEAF || !mime_part_encoded(part))
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
		mime_part_fail(p, "many parts, and boundaries that readers differ "
		    "about");
}

/* Has an end of the same offset been added? */
static bool
repeated(const struct mime_header_reading *r, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (r->ends[j] == r->ends[i])
			return true;
	return false;
}

int
mime_other_begin(struct mime_parts *p, struct mime_part *part,
    const struct mime_header_reading *r)
{
	for (unsigned i = 0; i < MIME_HEADER_ENDS; i++)
		if (r->ends[i] > 0 && !repeated(r, i) && add_other(p, part,
		    MIME_OTHER_EARLY, r->ends[i] - 1) == NULL)
			return ERR_LIMIT;
	if (part->kind != MIME_LEAF && mime_part_encoded(part) &&
	    add_other(p, part, MIME_OTHER_ENCODED, part->body.off) == NULL)
		return ERR_LIMIT;
	return 1;
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

int
mime_other_dashes(struct mime_parts *p, struct str line)
{
	struct str text = str_trim((struct str){ line.p,
	    line.n - mime_part_line_end(line) });
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
		    mime_part_before_line(p));
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

int
mime_other_field(struct mime_parts *p, struct str line)
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
	enum mime_kept k = mime_kept_find(field->name);
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
	struct mime_header_reading reading = { 0 };
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
		mime_part_note_ends(p, &field, &reading);
	}
	if (f.flags & MIME_HIDES)
		x->cte_readings |= MIME_CTE_GUESSES;
	for (unsigned i = 0; i < MIME_HEADER_ENDS; i++) {
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

static_assert(MIME_OTHER_UU + MIME_FILE_UU64 == MIME_OTHER_UU64 &&
    MIME_OTHER_UU + MIME_FILE_YENC == MIME_OTHER_YENC &&
    MIME_OTHER_UU + MIME_FILE_BINHEX == MIME_OTHER_BINHEX, "in one order");

int
mime_other_file(struct mime_parts *p, struct str line)
{
	struct mime_file f;
	struct mime_other *x;

	if (!mime_file_begins(line, &f) ||
	    (p->at->cte == MIME_CTE_UU && f.kind == MIME_FILE_UU))
		return 0;
	if (f.sure)
		p->at->flags |= MIME_EMBEDDED;
	if (f.piece)
		p->at->marks |= MIME_MARK_PARTIAL;
	end_others(p->at, MIME_OTHER_UU, MIME_OTHER_BINHEX, p->pos);
	x = add_other(p, p->at, (enum mime_other_kind)(MIME_OTHER_UU + f.kind),
	    p->pos + f.body);
	if (x == NULL)
		return ERR_LIMIT;
	x->cte_readings = MIME_CTE_BIT(f.cte);
	return 0;
}

int
mime_other_line(struct mime_parts *p, struct str line)
{
	bool blank = mime_part_line_blank(line, 0);

	if (p->hidden != NULL && blank && end_hidden_header(p, line) < 0)
		return ERR_LIMIT;
	if (p->dashes_near == p->pos && !blank)
		p->dashes_near += line.n;
	return 0;
}

void
mime_other_boundary(struct mime_parts *p, struct mime_part *owner,
    uint64_t end)
{
	p->hidden = NULL;
	p->dashes.n = 0;
	end_others(owner, MIME_OTHER_HIDDEN, MIME_OTHER_BINHEX, end);
}

void
mime_other_end(struct mime_parts *p, struct mime_part *m, uint64_t end)
{
	end_others(m, MIME_OTHER_EARLY, MIME_OTHER_BINHEX, end);
	end_longer(p, m, end);
	add_longer(p, m);
}
