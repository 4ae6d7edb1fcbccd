#include "edit_plan.h"

#include "compose.h"
#include "err.h"
#include "mend.h"

enum {
	/* Boundaries that are tried: one is found at once. */
	BOUNDARY_TRIES = 16,
};

/* ---- places ---- */

/*
 * A header that a boundary ended has its body behind the line end that the
 * boundary has, and so have messages within messages that begin there: here
 * they are all of no octets where that header ends.
 */
struct mime_span
mime_plan_header_of(const struct mime_part *part)
{
	const struct mime_part *up = part->parent;
	struct mime_span s = part->header;

	while (up != NULL && up->kind == MIME_MESSAGE) {
		uint64_t end = up->header.off + up->header.n;

		if (up->body.n == 0 && s.off > end)
			s.off = end;
		up = up->parent;
	}
	return s;
}

struct mime_span
mime_plan_body_of(const struct mime_part *part)
{
	struct mime_span s = part->body, h = mime_plan_header_of(part);

	if (s.n == 0 && s.off > h.off + h.n)
		s.off = h.off + h.n;
	return s;
}

uint64_t
mime_plan_end_of(const struct mime_part *part)
{
	struct mime_span s = mime_plan_body_of(part);

	return s.off + s.n;
}

bool
mime_plan_line_end(struct str mail, uint64_t off)
{
	return off == mail.n || mail.p[off] == '\n' || (mail.p[off] == '\r' &&
	    off + 1 < mail.n && mail.p[off + 1] == '\n');
}

/* ---- bodies ---- */

static bool
is_utf8_html(const struct mime_part *part)
{
	const struct mime_param *p = mime_param_first(&part->type,
	    STR("charset"));

	return str_ieq(part->type.type, STR("text")) &&
	    str_ieq(part->type.subtype, STR("html")) && p != NULL &&
	    str_ieq(p->value, STR("utf-8"));
}

static void
html_header(struct mime_plan *p, struct mime_slot *s, bool qp)
{
	struct str name = mime_mend_name(p->a, p->e->charsets, s->part);
	struct mime_pair pairs[2] = { { STR("charset"), STR("utf-8") },
	    { STR("name"), name } };

	if (!is_utf8_html(s->part))
		mime_plan_keep(p, s, STR("Content-Type"));
	mime_plan_version(p, s);
	mime_plan_field(p, s, STR("Content-Type"), mime_compose_value(p->a,
	    STR("Content-Type"), STR("text/html"), pairs, 1 + (name.n > 0)));
	mime_plan_field(p, s, STR("Content-Transfer-Encoding"), qp ?
	    STR("Content-Transfer-Encoding: quoted-printable\r\n") :
	    STR("Content-Transfer-Encoding: 7bit\r\n"));
}

void
mime_plan_html(struct mime_plan *p, struct mime_slot *s, struct mime_edit *x)
{
	struct mime_splices *out = &p->e->splices;
	struct mime_span body = mime_plan_body_of(s->part);

	if (s->part->kind != MIME_LEAF) {
		x->outcome = MIME_EDIT_REFUSED;
		return;
	}
	mime_retext(p->a, x->text, &s->text);
	html_header(p, s, s->text.qp);
	/* what has no body has no place for one, either */
	if (body.n == 0)
		return;
	/* fields of ours are among the rules, which lengths do not choose */
	s->text.header = STR("");
	s->brief = s->text;
	s->old = body.n;
	s->described = mime_splice_text(out, body.off, 0, STR(""));
	s->lead = mime_splice_text(out, body.off, 0, STR(""));
	s->body = mime_splice_text(out, body.off, body.n, STR(""));
	s->pad = mime_splice_blanks(out, body.off + body.n, 0, false);
}

void
mime_plan_base64(struct mime_plan *p, struct mime_slot *s, struct mime_edit *x)
{
	if (s->part->child != NULL) {
		x->outcome = MIME_EDIT_REFUSED;
		return;
	}
	if (mime_plan_wants(s, MIME_EDIT_HTML)) {
		x->outcome = MIME_EDIT_COVERED;
		return;
	}
	mime_plan_version(p, s);
	mime_plan_field(p, s, STR("Content-Transfer-Encoding"),
	    STR("Content-Transfer-Encoding: base64\r\n"));
	if (s->part->body.n > 0)
		mime_splice_base64(&p->e->splices, s->part->body.off,
		    s->part->body.n, s->part->cte);
}

void
mime_plan_replace(struct mime_plan *p, struct mime_slot *s)
{
	struct mime_splices *out = &p->e->splices;
	const struct mime_part *part = s->part;
	struct mime_span body = mime_plan_body_of(part);
	bool message = mime_plan_is_message(part);
	struct mime_rule *r;

	mime_retext(p->a, s->replace->text, &s->text);
	mime_retext(p->a, s->replace->brief, &s->brief);
	s->old = part->header.n + part->body.n;
	mime_plan_keep(p, s, STR("Content-Type"));
	mime_plan_keep(p, s, STR("Content-Disposition"));
	r = mime_plan_rule(p, s, message ? STR("Content-") : STR(""), STR(""));
	r->prefix = message;
	if (message)
		mime_plan_field(p, s, STR("MIME-Version"),
		    STR("MIME-Version: 1.0\r\n"));
	mime_plan_header(p, s);
	s->lead = mime_splice_text(out, body.off, 0, STR(""));
	s->body = mime_splice_text(out, body.off, body.n, STR(""));
	s->pad = mime_splice_blanks(out, body.off + body.n, 0, false);
	if (!mime_plan_line_end(p->e->mail, body.off + body.n))
		mime_splice_text(out, body.off + body.n, 0, STR("\r\n"));
}

/* ---- multiparts ---- */

static uint64_t
hash(struct str s, uint64_t h)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* What occurs nowhere in the mail; p NULL: somebody foresaw them all. */
static struct str
find_free(struct mime_plan *p)
{
	uint64_t h = hash(p->e->mail, UINT64_C(0xcbf29ce484222325));

	for (unsigned i = 0; i < BOUNDARY_TRIES; i++) {
		struct str b = str_c(arena_printf(p->a, "=_%016llx%u_",
		    (unsigned long long)h, i));

		if (memmem(p->e->mail.p, p->e->mail.n, b.p, b.n) == NULL)
			return b;
	}
	return STR_NULL;
}

/* All are as long, so none begins like another. */
static struct str
new_boundary(struct mime_plan *p, const struct mime_part *part)
{
	if (p->boundary.p == NULL)
		p->boundary = find_free(p);
	if (p->boundary.p == NULL)
		return STR_NULL;
	return str_c(arena_printf(p->a, "%.*s%05u", STR_ARG(p->boundary),
	    (unsigned)part->id));
}

/* Between parts stand boundaries of ours and nothing else. */
static int
plan_boundaries(struct mime_plan *p, const struct mime_part *part, struct str b)
{
	struct mime_splices *out = &p->e->splices;
	struct str line = str_c(arena_printf(p->a, "\r\n--%.*s\r\n",
	    STR_ARG(b)));
	uint64_t at = part->body.off, end = mime_plan_end_of(part);

	for (const struct mime_part *c = part->child; c != NULL; c = c->next) {
		struct str l = line;

		if (p->slot[c->id].gone)
			continue;
		if (at == part->body.off) {
			l.p += 2;
			l.n -= 2;
		}
		mime_splice_text(out, at, c->header.off - at, l);
		at = mime_plan_end_of(c);
	}
	/* behind what is put at the last part's end, inner ones first */
	line = str_c(arena_printf(p->a, "\r\n--%.*s--%s", STR_ARG(b),
	    end < p->e->mail.n && mime_plan_line_end(p->e->mail, end) ? "" :
	    "\r\n"));
	mime_splice_text(out, at, end - at, line)->rank =
	    MIME_DEPTH_MAX + 1 - part->depth;
	return 0;
}

int
mime_plan_rebuild(struct mime_plan *p, struct mime_slot *s)
{
	struct str b;

	if (s->part->kind != MIME_MULTIPART || s->part->child == NULL) {
		s->rebuild->outcome = MIME_EDIT_REFUSED;
		s->rebuild = NULL;
		return 0;
	}
	b = new_boundary(p, s->part);
	if (b.p == NULL) {
		p->e->why = "no boundary is free";
		return ERR_STATE;
	}
	mime_plan_field(p, s, STR("Content-Type"), mime_mend_multipart(p->a,
	    p->e->charsets, s->part, b));
	return plan_boundaries(p, s->part, b);
}

/*
 * Parts that go, each with the boundary before it, but the first ones with
 * those behind them.
 */
static void
plan_gaps(struct mime_plan *p, const struct mime_part *part)
{
	struct mime_splices *out = &p->e->splices;
	const struct mime_part *c = part->child;
	uint64_t at = c->header.off;

	while (p->slot[c->id].gone)
		c = c->next;
	if (c->header.off > at)
		mime_splice_text(out, at, c->header.off - at, STR(""));
	for (; c->next != NULL; c = c->next) {
		if (!p->slot[c->next->id].gone)
			continue;
		at = mime_plan_end_of(c);
		/* where no line end stands before a boundary, one has to */
		if (!mime_plan_line_end(p->e->mail, mime_plan_end_of(c->next)))
			while (at < c->next->header.off &&
			    mime_plan_line_end(p->e->mail, at))
				at += p->e->mail.p[at] == '\n' ? 1 : 2;
		if (mime_plan_end_of(c->next) > at)
			mime_splice_text(out, at,
			    mime_plan_end_of(c->next) - at, STR(""));
	}
}

void
mime_plan_removals(struct mime_plan *p, const struct mime_part *part)
{
	const struct mime_part *c;
	bool some = false, left = false;

	for (c = part->child; c != NULL; c = c->next) {
		struct mime_slot *s = &p->slot[c->id];

		s->gone = s->remove != NULL;
		some |= s->gone;
		left |= !s->gone;
	}
	if (some && !left) {
		struct mime_slot *s = &p->slot[part->child->id];

		s->gone = false;
		s->replace = s->remove;
	}
	if (some && !mime_plan_wants(&p->slot[part->id], MIME_EDIT_REBUILD))
		plan_gaps(p, part);
}
