#include "edit.h"

#include <assert.h>

#include "edit_plan.h"
#include "err.h"

static const char *const names[] = {
	[MIME_EDIT_REPLACE] = "replace", [MIME_EDIT_REMOVE] = "remove",
	[MIME_EDIT_HTML] = "html", [MIME_EDIT_TYPE] = "type", [MIME_EDIT_HEADER] = "header",
	[MIME_EDIT_SUBJECT] = "subject", [MIME_EDIT_SET] = "set",
	[MIME_EDIT_FIELD] = "field", [MIME_EDIT_CLOSE] = "close",
	[MIME_EDIT_BASE64] = "base64", [MIME_EDIT_REBUILD] = "rebuild",
};

static const char *const outcomes[] = {
	[MIME_EDIT_DONE] = "done", [MIME_EDIT_NOTHING] = "nothing",
	[MIME_EDIT_COVERED] = "covered", [MIME_EDIT_BRIEF] = "brief",
	[MIME_EDIT_REFUSED] = "refused",
};

const char *
mime_edit_name(enum mime_edit_kind kind)
{
	return names[kind];
}

const char *
mime_edit_outcome_name(enum mime_edit_outcome outcome)
{
	return outcomes[outcome];
}

/* ---- the list ---- */

void
mime_edits_init(struct mime_edits *e, struct arena *a, struct str mail,
    const struct mime_part *root, struct mime_charsets *charsets)
{
	*e = (struct mime_edits){ .arena = a, .mail = mail, .root = root,
	    .charsets = charsets };
	e->end = &e->first;
	mime_splices_init(&e->splices, a, mail);
}

static struct mime_edit *
add(struct mime_edits *e, enum mime_edit_kind kind,
    const struct mime_part *part)
{
	struct mime_edit *x = arena_alloc(e->arena, sizeof *x);

	x->kind = kind;
	x->part = part;
	*e->end = x;
	e->end = &x->next;
	return x;
}

struct mime_edit *
mime_edit_replace(struct mime_edits *e, const struct mime_part *part,
    struct mime_text text, struct mime_text brief)
{
	struct mime_edit *x = add(e, MIME_EDIT_REPLACE, part);

	x->text = text;
	x->brief = brief;
	return x;
}

struct mime_edit *
mime_edit_remove(struct mime_edits *e, const struct mime_part *part)
{
	return add(e, MIME_EDIT_REMOVE, part);
}

struct mime_edit *
mime_edit_html(struct mime_edits *e, const struct mime_part *part,
    struct str octets)
{
	struct mime_edit *x = add(e, MIME_EDIT_HTML, part);

	x->text = (struct mime_text){ octets, STR("utf-8"), true };
	return x;
}

struct mime_edit *
mime_edit_type(struct mime_edits *e, const struct mime_part *part,
    struct str type)
{
	struct mime_edit *x = add(e, MIME_EDIT_TYPE, part);

	x->value = type;
	return x;
}

struct mime_edit *
mime_edit_header(struct mime_edits *e, enum mime_header_op op,
    struct str name, struct str value)
{
	struct mime_edit *x = add(e, MIME_EDIT_HEADER, e->root);

	x->op = op;
	x->name = name;
	x->value = value;
	return x;
}

struct mime_edit *
mime_edit_subject(struct mime_edits *e, struct str prefix)
{
	struct mime_edit *x = add(e, MIME_EDIT_SUBJECT, e->root);

	x->value = prefix;
	return x;
}

struct mime_edit *
mime_edit_set(struct mime_edits *e, const struct mime_part *part,
    struct str name, struct str field)
{
	struct mime_edit *x = add(e, MIME_EDIT_SET, part);

	x->name = name;
	x->value = field;
	return x;
}

struct mime_edit *
mime_edit_field(struct mime_edits *e, const struct mime_part *part,
    uint64_t off, struct str octets)
{
	struct mime_edit *x = add(e, MIME_EDIT_FIELD, part);

	x->off = off;
	x->value = octets;
	return x;
}

struct mime_edit *
mime_edit_close(struct mime_edits *e, const struct mime_part *part)
{
	return add(e, MIME_EDIT_CLOSE, part);
}

struct mime_edit *
mime_edit_base64(struct mime_edits *e, const struct mime_part *part)
{
	return add(e, MIME_EDIT_BASE64, part);
}

struct mime_edit *
mime_edit_rebuild(struct mime_edits *e, const struct mime_part *part)
{
	return add(e, MIME_EDIT_REBUILD, part);
}

/* ---- the plan ---- */

bool
mime_plan_wants(const struct mime_slot *s, enum mime_edit_kind kind)
{
	for (const struct mime_edit *x = s->edits; x != NULL; x = x->same)
		if (x->kind == kind)
			return true;
	return false;
}

static int
plan_one(struct mime_plan *p, struct mime_slot *s, struct mime_edit *x)
{
	if (x->kind == MIME_EDIT_TYPE)
		mime_plan_type(p, s, x);
	else if (x->kind == MIME_EDIT_HEADER)
		mime_plan_op(p, s, x);
	else if (x->kind == MIME_EDIT_SET)
		mime_plan_set(p, s, x);
	else if (x->kind == MIME_EDIT_HTML)
		mime_plan_html(p, s, x);
	else if (x->kind == MIME_EDIT_BASE64)
		mime_plan_base64(p, s, x);
	else if (x == s->rebuild)
		return mime_plan_rebuild(p, s);
	else if (x->kind == MIME_EDIT_CLOSE &&
	    s->part->kind == MIME_MULTIPART)
		x->outcome = MIME_EDIT_REFUSED;
	return 0;
}

/* Edits of the mail's own fields go on beside the replacement of it. */
static bool
beside(enum mime_edit_kind kind)
{
	return kind == MIME_EDIT_HEADER || kind == MIME_EDIT_SUBJECT;
}

static int
plan_part(struct mime_plan *p, struct mime_slot *s)
{
	int r = 0;

	for (struct mime_edit *x = s->edits; r == 0 && x != NULL; x = x->same) {
		if (s->covered || (x != s->replace && x != s->remove &&
		    (s->gone || (s->replace != NULL && !beside(x->kind)))))
			x->outcome = MIME_EDIT_COVERED;
		else
			r = plan_one(p, s, x);
	}
	if (r < 0 || s->covered || s->gone)
		return r;
	if (s->replace != NULL)
		mime_plan_replace(p, s);
	else
		mime_plan_header(p, s);
	return 0;
}

/* Twice the same is done once. */
static bool
repeated(const struct mime_slot *s, const struct mime_edit *x)
{
	return x->kind != MIME_EDIT_HEADER && x->kind != MIME_EDIT_SET &&
	    x->kind != MIME_EDIT_FIELD && mime_plan_wants(s, x->kind);
}

static void
attach(struct mime_plan *p, struct mime_edit *x)
{
	struct mime_slot *s = &p->slot[x->part->id];

	if (repeated(s, x)) {
		x->outcome = MIME_EDIT_NOTHING;
		return;
	}
	*s->end = x;
	s->end = &x->same;
	if (x->kind == MIME_EDIT_REPLACE && !s->remove)
		s->replace = x;
	else if (x->kind == MIME_EDIT_REMOVE && !s->replace)
		s->remove = x;
	else if (x->kind == MIME_EDIT_REBUILD)
		s->rebuild = x;
	else if (x->kind == MIME_EDIT_SUBJECT)
		s->subject = x;
}

static void
make_slots(struct mime_plan *p)
{
	const struct mime_part *part;

	for (part = p->e->root; part != NULL; part = part->later)
		p->count++;
	p->slot = arena_alloc(p->a, p->count * sizeof *p->slot);
	for (part = p->e->root; part != NULL; part = part->later) {
		struct mime_slot *s = &p->slot[part->id];

		assert(part->id < p->count);
		s->part = part;
		s->end = &s->edits;
		s->rules_end = &s->rules;
	}
}

static int
plan_parts(struct mime_plan *p)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->count; i++) {
		struct mime_slot *s = &p->slot[i];
		const struct mime_part *up = s->part->parent;

		if (up != NULL && (p->slot[up->id].covered ||
		    p->slot[up->id].gone || p->slot[up->id].replace != NULL))
			s->covered = true;
		/* what is in no multipart leaves nothing but itself */
		if (s->remove != NULL && (up == NULL ||
		    up->kind != MIME_MULTIPART))
			s->replace = s->remove;
		if (s->part->kind == MIME_MULTIPART && !s->covered &&
		    !s->gone && s->replace == NULL && s->part->child != NULL)
			mime_plan_removals(p, s->part);
		r = plan_part(p, s);
	}
	return r;
}

int
mime_edits_plan(struct mime_edits *e)
{
	struct mime_plan p = { .e = e, .a = e->arena };
	int r;

	make_slots(&p);
	for (struct mime_edit *x = e->first; x != NULL; x = x->next)
		attach(&p, x);
	r = plan_parts(&p);
	if (r < 0)
		return r;
	mime_plan_lengths(&p);
	r = mime_splices_sort(&e->splices);
	if (r < 0)
		e->why = e->splices.why;
	e->size = mime_splices_size(&e->splices);
	return r;
}

int
mime_edits_write(const struct mime_edits *e, const struct mime_sink *out)
{
	return mime_splices_write(&e->splices, out);
}
