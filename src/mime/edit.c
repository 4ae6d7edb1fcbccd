#include "edit.h"

#include <assert.h>

#include "compose.h"
#include "err.h"
#include "field.h"
#include "mend.h"
#include "word.h"

enum {
	/* Old values that are kept; a part has one type. */
	KEPT_VALUES = 4,
	/* Boundaries that are tried: one is found at once. */
	BOUNDARY_TRIES = 16,
};

static const char *const names[] = {
	[MIME_EDIT_REPLACE] = "replace", [MIME_EDIT_REMOVE] = "remove",
	[MIME_EDIT_TYPE] = "type", [MIME_EDIT_HEADER] = "header",
	[MIME_EDIT_SUBJECT] = "subject", [MIME_EDIT_SET] = "set",
	[MIME_EDIT_FIELD] = "field", [MIME_EDIT_CLOSE] = "close",
	[MIME_EDIT_BASE64] = "base64", [MIME_EDIT_REBUILD] = "rebuild",
};

static const char *const outcomes[] = {
	[MIME_EDIT_DONE] = "done", [MIME_EDIT_NOTHING] = "nothing",
	[MIME_EDIT_COVERED] = "covered", [MIME_EDIT_BRIEF] = "brief",
	[MIME_EDIT_REFUSED] = "refused",
};

/* What goes of a header, and what is put before its other fields. */
struct rule {
	struct rule *next;
	struct str name;	/* "": all fields */
	bool prefix;		/* all whose names begin so */
	bool keep;		/* nothing goes */
	bool deep;		/* what only some readers take for one, too */
	struct str field;	/* composed, or "" */
};

/* What becomes of a part. */
struct slot {
	const struct mime_part *part;
	struct mime_edit *edits, **end;
	struct mime_edit *replace, *remove, *rebuild;
	bool covered;		/* within one that is replaced */
	bool gone;		/* with its boundary */
	struct rule *rules, **rules_end;
	struct mime_edit *subject;
	bool renamed;		/* a rule puts a Subject */
	/* of a part that is replaced */
	struct mime_retext text, brief;
	struct mime_splice *described;	/* the fields of its header */
	struct mime_splice *lead, *body, *pad;
	uint64_t old;		/* octets it had */
};

struct plan {
	struct mime_edits *e;
	struct arena *a;
	struct slot *slot;
	size_t count;
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

/* ---- places ---- */

/*
 * A header that a boundary ended has its body behind the line end that the
 * boundary has, and so have messages within messages that begin there: here
 * they are all of no octets where that header ends.
 */
static struct mime_span
header_of(const struct mime_part *part)
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

static struct mime_span
body_of(const struct mime_part *part)
{
	struct mime_span s = part->body, h = header_of(part);

	if (s.n == 0 && s.off > h.off + h.n)
		s.off = h.off + h.n;
	return s;
}

static uint64_t
body_end(const struct mime_part *part)
{
	struct mime_span s = body_of(part);

	return s.off + s.n;
}

/* At off the mail ends, or a line does. */
static bool
at_line_end(struct str mail, uint64_t off)
{
	return off == mail.n || mail.p[off] == '\n' || (mail.p[off] == '\r' &&
	    off + 1 < mail.n && mail.p[off + 1] == '\n');
}

/* Is there an empty line at the header's end? */
static bool
closed(struct str header)
{
	return str_eq(header, STR("\n")) || str_eq(header, STR("\r\n")) ||
	    (header.n >= 2 &&
	    memcmp(header.p + header.n - 2, "\n\n", 2) == 0) ||
	    (header.n >= 3 &&
	    memcmp(header.p + header.n - 3, "\n\r\n", 3) == 0);
}

/* A message has fields besides those that describe its body. */
static bool
is_message(const struct mime_part *part)
{
	return part->parent == NULL || part->parent->kind == MIME_MESSAGE;
}

/* ---- rules ---- */

static struct rule *
add_rule(struct plan *p, struct slot *s, struct str name, struct str field)
{
	struct rule *r = arena_alloc(p->a, sizeof *r);

	r->name = name;
	r->field = field;
	*s->rules_end = r;
	s->rules_end = &r->next;
	return r;
}

static struct rule *
put_field(struct plan *p, struct slot *s, struct str name, struct str field)
{
	struct rule *r = add_rule(p, s, name, field);

	r->keep = true;
	return r;
}

/* All of the name go, and what an earlier edit put; field is put. */
static struct rule *
set_field(struct plan *p, struct slot *s, struct str name, struct str field)
{
	for (struct rule *r = s->rules; r != NULL; r = r->next)
		if (str_ieq(r->name, name))
			r->field = STR("");
	return add_rule(p, s, name, field);
}

/* Fields that describe a body say nothing in a message without this one. */
static void
put_version(struct plan *p, struct slot *s)
{
	if (is_message(s->part) && s->part->kept[MIME_KEPT_VERSION].p == NULL)
		set_field(p, s, STR("MIME-Version"),
		    STR("MIME-Version: 1.0\r\n"));
}

static bool
begins(struct str written, struct str prefix)
{
	char head[64];
	size_t n = 0;

	for (size_t i = 0; i < written.n && n < prefix.n; i++)
		if (written.p[i] > ' ' && written.p[i] <= '~')
			head[n++] = written.p[i];
	return n == prefix.n && str_ieq((struct str){ head, n }, prefix);
}

/* Behind a CR that some take for a line's end, is there such a field? */
static bool
hides(struct str whole, const struct rule *r)
{
	const char *p = whole.p, *end = whole.p + whole.n;

	while (p < end && (p = memchr(p, '\r', (size_t)(end - p))) != NULL) {
		const char *colon;

		p++;
		colon = memchr(p, ':', (size_t)(end - p));
		if (colon != NULL && mime_name_is((struct str){ p,
		    (size_t)(colon - p) }, r->name))
			return true;
	}
	return false;
}

static bool
rule_takes(const struct rule *r, const struct mime_field *f)
{
	if (r->keep)
		return false;
	if (r->name.n == 0)
		return true;
	if (r->prefix)
		return begins(f->name, r->name);
	if (f->value.p != NULL && mime_name_is(f->name, r->name))
		return true;
	/* what says what the body is stays, whatever is in it */
	return r->deep && f->flags & MIME_BARE_CR && hides(f->whole, r) &&
	    !begins(f->name, STR("Content-"));
}

static bool
taken(const struct slot *s, const struct mime_field *f)
{
	for (const struct rule *r = s->rules; r != NULL; r = r->next)
		if (rule_takes(r, f))
			return true;
	return false;
}

/* What fields of the name said, as X-Orig-name. */
static void
keep_values(struct plan *p, struct slot *s, struct str name)
{
	struct str as = str_c(arena_printf(p->a, "X-Orig-%.*s",
	    STR_ARG(name)));
	struct mime_fields f;
	struct mime_field field;
	int n = 0;

	set_field(p, s, as, STR(""));
	mime_fields_init(&f, mime_span_str(p->e->mail, header_of(s->part)));
	while (n < KEPT_VALUES && mime_fields_next(&f, &field) > 0) {
		if (field.value.p == NULL || !mime_name_is(field.name, name))
			continue;
		put_field(p, s, as, mime_compose_kept(p->a, as, field.value));
		n++;
	}
}

/* ---- a header anew ---- */

/*
 * The text in front of a Subject's value; p NULL: it is there already.
 */
static struct str
prefix_of(struct plan *p, struct str value, struct str prefix)
{
	struct str seen, head = value;
	uint64_t flags = 0;
	bool word, blank;

	if (head.n > MIME_TEXT_MAX)
		head.n = MIME_TEXT_MAX;
	seen = mime_words(p->a, p->e->charsets, head, &flags);
	if (str_starts(str_trim(seen), mime_clean(p->a, prefix,
	    MIME_TEXT_MAX)))
		return STR_NULL;
	blank = value.n > 0 && memchr(" \t\r\n", value.p[0], 4) != NULL;
	head = str_trim(value);
	while (head.n > 0 && memchr(" \t\r\n", head.p[0], 4) != NULL) {
		head.p++;
		head.n--;
	}
	word = str_starts(head, STR("=?"));
	return str_c(arena_printf(p->a, " %.*s%s",
	    STR_ARG(mime_compose_words(p->a, prefix, word)),
	    blank || value.n == 0 ? "" : " "));
}

static void
prefix_field(struct plan *p, struct slot *s, const struct mime_field *f)
{
	struct str text = prefix_of(p, f->value, s->subject->value);
	size_t first = 0;

	if (text.p == NULL) {
		s->subject->outcome = MIME_EDIT_NOTHING;
		return;
	}
	while (first < f->value.n && f->value.p[first] != '\r' &&
	    f->value.p[first] != '\n')
		first++;
	/* a line is folded before the old text rather than grow too long */
	if (f->name.n + 1 + text.n + first > MIME_FOLD_AT &&
	    f->value.n > 0 && (f->value.p[0] == ' ' || f->value.p[0] == '\t'))
		text = str_c(arena_printf(p->a, "%.*s\r\n", STR_ARG(text)));
	mime_splice_text(&p->e->splices, (uint64_t)(f->value.p -
	    p->e->mail.p), 0, text);
}

struct walk {
	uint64_t put;		/* where fields are put */
	bool ended;		/* the line before that has its end */
	bool kept_end;		/* the last field that stays has its end */
	bool subject;
};

/* A field of octets of ours, which may be the Subject. */
static struct str
new_field(struct plan *p, struct slot *s, struct str field, struct walk *w)
{
	struct mime_fields f;
	struct mime_field one;
	struct str text;

	mime_fields_init(&f, field);
	if (s->subject == NULL || mime_fields_next(&f, &one) <= 0 ||
	    one.value.p == NULL || !mime_name_is(one.name, STR("Subject")))
		return field;
	w->subject = true;
	text = prefix_of(p, one.value, s->subject->value);
	if (text.p == NULL)
		return field;
	return str_c(arena_printf(p->a, "%.*s%.*s%.*s",
	    (int)(one.value.p - field.p), field.p, STR_ARG(text),
	    (int)(field.p + field.n - one.value.p), one.value.p));
}

static struct mime_edit *
field_edit(const struct slot *s, uint64_t off)
{
	for (struct mime_edit *x = s->edits; x != NULL; x = x->same)
		if (x->kind == MIME_EDIT_FIELD && x->off == off)
			return x;
	return NULL;
}

static void
plan_field(struct plan *p, struct slot *s, const struct mime_field *f,
    struct walk *w)
{
	struct mime_splices *out = &p->e->splices;
	uint64_t off = (uint64_t)(f->whole.p - p->e->mail.p);
	struct mime_edit *x = field_edit(s, off);
	bool end = f->whole.p[f->whole.n - 1] == '\n';

	if (taken(s, f)) {
		mime_splice_text(out, off, f->whole.n, STR(""));
		return;
	}
	w->kept_end = end;
	if (x != NULL) {
		mime_splice_text(out, off, f->whole.n,
		    new_field(p, s, x->value, w));
		w->kept_end = x->value.n > 0 ?
		    x->value.p[x->value.n - 1] == '\n' : true;
		return;
	}
	/* a fold before all fields, or mbox's first line, stays first */
	if (f->flags & (MIME_FOLD_FIRST | MIME_MBOX_FROM) && w->put == off) {
		w->put = off + f->whole.n;
		w->ended = end;
	}
	if (s->subject != NULL && f->value.p != NULL &&
	    mime_name_is(f->name, STR("Subject"))) {
		w->subject = true;
		prefix_field(p, s, f);
	}
}

static struct mime_splice *
put_octets(struct plan *p, struct walk *w, struct str octets)
{
	if (!w->ended) {
		mime_splice_text(&p->e->splices, w->put, 0, STR("\r\n"));
		w->ended = w->kept_end = true;
	}
	return mime_splice_text(&p->e->splices, w->put, 0, octets);
}

static void
put_fields(struct plan *p, struct slot *s, struct walk *w)
{
	for (const struct rule *r = s->rules; r != NULL; r = r->next)
		if (r->field.n > 0)
			put_octets(p, w, r->field);
	if (s->replace != NULL)
		s->described = put_octets(p, w, STR(""));
	if (s->subject != NULL && !w->subject && !s->renamed)
		put_octets(p, w, mime_compose(p->a, STR("Subject"),
		    s->subject->value));
}

static bool
wants(const struct slot *s, enum mime_edit_kind kind)
{
	for (const struct mime_edit *x = s->edits; x != NULL; x = x->same)
		if (x->kind == kind)
			return true;
	return false;
}

/* Is something put into the message in it? */
static bool
child_edited(const struct plan *p, const struct slot *s)
{
	return s->part->kind == MIME_MESSAGE && s->part->child != NULL &&
	    p->slot[s->part->child->id].edits != NULL;
}

/* What has to be between the header and its body. */
static struct str
closing(const struct plan *p, const struct slot *s, const struct walk *w)
{
	struct str header = mime_span_str(p->e->mail, header_of(s->part));
	bool fields = s->rules != NULL || s->subject != NULL;

	/* a multipart would find boundaries that it had no chance to */
	if (closed(header) || (!s->replace && !child_edited(p, s) &&
	    (!wants(s, MIME_EDIT_CLOSE) || s->part->kind == MIME_MULTIPART) &&
	    (header.n > 0 || !fields)))
		return STR("");
	return w->kept_end ? STR("\r\n") : STR("\r\n\r\n");
}

/*
 * Not where the mail ends within the boundary before the part, unless that
 * goes with the parts before it.
 */
static bool
begins_line(const struct plan *p, const struct slot *s)
{
	const struct mime_part *up = s->part->parent, *c;
	uint64_t off = s->part->header.off;

	if (up == NULL || up->kind != MIME_MULTIPART ||
	    p->slot[up->id].rebuild != NULL || p->e->mail.p[off - 1] == '\n')
		return true;
	for (c = up->child; c != s->part; c = c->next)
		if (!p->slot[c->id].gone)
			return false;
	return p->e->mail.p[up->child->header.off - 1] == '\n';
}

static void
plan_header(struct plan *p, struct slot *s)
{
	bool begun = begins_line(p, s);
	struct walk w = { header_of(s->part).off, begun, begun, false };
	struct mime_fields f;
	struct mime_field field;
	struct str close;

	if (s->edits == NULL && !child_edited(p, s))
		return;
	mime_fields_init(&f, mime_span_str(p->e->mail, header_of(s->part)));
	while (mime_fields_next(&f, &field) > 0)
		plan_field(p, s, &field, &w);
	put_fields(p, s, &w);
	close = closing(p, s, &w);
	if (close.n > 0)
		mime_splice_text(&p->e->splices, body_of(s->part).off, 0,
		    close);
}

/* ---- edits of a header ---- */

/* RFC 5322 section 3.6, RFC 2045: what may occur once. */
static bool
once(struct str name)
{
	static const char *const known[] = { "Date", "From", "Sender",
	    "Reply-To", "To", "Cc", "Bcc", "Message-ID", "In-Reply-To",
	    "References", "Subject", "Return-Path", "MIME-Version",
	    "X-Spam-Score", "X-Virus-Status", "X-Virus-Name" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_ieq(name, str_c(known[i])))
			return true;
	return str_istarts(name, STR("Content-"));
}

static void
plan_op(struct plan *p, struct slot *s, struct mime_edit *x)
{
	struct str text = x->value, field = STR("");
	bool subject = str_ieq(x->name, STR("Subject"));

	assert(mime_name_good(x->name));
	/* a Subject of ours gets the prefix at once */
	if (subject && s->subject != NULL && x->op != MIME_HEADER_DELETE) {
		s->renamed = true;
		if (!str_starts(text, s->subject->value))
			text = str_c(arena_printf(p->a, "%.*s %.*s",
			    STR_ARG(s->subject->value), STR_ARG(text)));
	}
	if (x->op != MIME_HEADER_DELETE)
		field = mime_compose(p->a, x->name, text);
	if (x->op == MIME_HEADER_ADD && !once(x->name)) {
		put_field(p, s, x->name, field);
		return;
	}
	set_field(p, s, x->name, field)->deep = true;
}

static bool
type_good(struct str type)
{
	struct str main;

	return !str_istarts(type, STR("multipart")) &&
	    !str_istarts(type, STR("message")) &&
	    str_cut(&type, '/', &main) && mime_token_good(main) &&
	    mime_token_good(type);
}

static void
plan_type(struct plan *p, struct slot *s, struct mime_edit *x)
{
	const struct mime_param *charset = mime_param_first(&s->part->type,
	    STR("charset"));
	struct str name = mime_mend_name(p->a, p->e->charsets, s->part);
	struct mime_pair pairs[2];
	size_t n = 0;

	if (s->part->kind != MIME_LEAF || !type_good(x->value)) {
		x->outcome = MIME_EDIT_REFUSED;
		return;
	}
	if (charset != NULL && str_istarts(x->value, STR("text/")))
		pairs[n++] = (struct mime_pair){ STR("charset"),
		    charset->value };
	if (name.n > 0)
		pairs[n++] = (struct mime_pair){ STR("name"), name };
	keep_values(p, s, STR("Content-Type"));
	put_version(p, s);
	set_field(p, s, STR("Content-Type"), mime_compose_value(p->a,
	    STR("Content-Type"), x->value, pairs, n));
}

/* ---- bodies ---- */

static void
plan_base64(struct plan *p, struct slot *s, struct mime_edit *x)
{
	if (s->part->child != NULL) {
		x->outcome = MIME_EDIT_REFUSED;
		return;
	}
	put_version(p, s);
	set_field(p, s, STR("Content-Transfer-Encoding"),
	    STR("Content-Transfer-Encoding: base64\r\n"));
	if (s->part->body.n > 0)
		mime_splice_base64(&p->e->splices, s->part->body.off,
		    s->part->body.n, s->part->cte);
}

/* The replaced part's header and body; lengths come later. */
static void
plan_replace(struct plan *p, struct slot *s)
{
	struct mime_splices *out = &p->e->splices;
	const struct mime_part *part = s->part;
	struct mime_span body = body_of(part);
	struct rule *r;

	mime_retext(p->a, s->replace->text, &s->text);
	mime_retext(p->a, s->replace->brief, &s->brief);
	s->old = part->header.n + part->body.n;
	keep_values(p, s, STR("Content-Type"));
	keep_values(p, s, STR("Content-Disposition"));
	r = add_rule(p, s, is_message(part) ? STR("Content-") : STR(""),
	    STR(""));
	r->prefix = is_message(part);
	if (is_message(part))
		set_field(p, s, STR("MIME-Version"),
		    STR("MIME-Version: 1.0\r\n"));
	plan_header(p, s);
	s->lead = mime_splice_text(out, body.off, 0, STR(""));
	s->body = mime_splice_text(out, body.off, body.n, STR(""));
	s->pad = mime_splice_blanks(out, body.off + body.n, 0, false);
	if (!at_line_end(p->e->mail, body.off + body.n))
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

/* One that occurs nowhere in the mail; STR_NULL: somebody foresaw them all. */
static struct str
new_boundary(struct plan *p, const struct mime_part *part)
{
	uint64_t h = hash(p->e->mail, UINT64_C(0xcbf29ce484222325));

	for (unsigned i = 0; i < BOUNDARY_TRIES; i++) {
		struct str b = str_c(arena_printf(p->a, "=_%016llx%u_%u",
		    (unsigned long long)h, (unsigned)part->id, i));

		if (memmem(p->e->mail.p, p->e->mail.n, b.p, b.n) == NULL)
			return b;
	}
	return STR_NULL;
}

/* Between parts stand boundaries of ours and nothing else. */
static int
plan_boundaries(struct plan *p, const struct mime_part *part, struct str b)
{
	struct mime_splices *out = &p->e->splices;
	struct str line = str_c(arena_printf(p->a, "\r\n--%.*s\r\n",
	    STR_ARG(b)));
	uint64_t at = part->body.off;

	for (const struct mime_part *c = part->child; c != NULL; c = c->next) {
		struct str l = line;

		if (p->slot[c->id].gone)
			continue;
		if (at == part->body.off) {
			l.p += 2;
			l.n -= 2;
		}
		mime_splice_text(out, at, c->header.off - at, l);
		at = body_end(c);
	}
	/* behind what is put at the last part's end, inner ones first */
	mime_splice_text(out, at, body_end(part) - at, str_c(arena_printf(
	    p->a, "\r\n--%.*s--%s", STR_ARG(b), body_end(part) <
	    p->e->mail.n && at_line_end(p->e->mail, body_end(part)) ? "" :
	    "\r\n")))->rank = MIME_DEPTH_MAX + 1 - part->depth;
	return 0;
}

static int
plan_rebuild(struct plan *p, struct slot *s)
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
	set_field(p, s, STR("Content-Type"), mime_mend_multipart(p->a,
	    p->e->charsets, s->part, b));
	return plan_boundaries(p, s->part, b);
}

/*
 * Parts that go, each with the boundary before it, but the first ones with
 * those behind them.
 */
static void
plan_gaps(struct plan *p, const struct mime_part *part)
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
		at = body_end(c);
		/* where no line end stands before a boundary, one has to */
		if (!at_line_end(p->e->mail, body_end(c->next)))
			while (at < c->next->header.off &&
			    at_line_end(p->e->mail, at))
				at += p->e->mail.p[at] == '\n' ? 1 : 2;
		if (body_end(c->next) > at)
			mime_splice_text(out, at, body_end(c->next) - at,
			    STR(""));
	}
}

/* Which of the parts go: of all, the first stays, empty. */
static void
plan_removals(struct plan *p, const struct mime_part *part)
{
	const struct mime_part *c;
	bool some = false, left = false;

	for (c = part->child; c != NULL; c = c->next) {
		struct slot *s = &p->slot[c->id];

		s->gone = s->remove != NULL;
		some |= s->gone;
		left |= !s->gone;
	}
	if (some && !left) {
		struct slot *s = &p->slot[part->child->id];

		s->gone = false;
		s->replace = s->remove;
	}
	if (some && !wants(&p->slot[part->id], MIME_EDIT_REBUILD))
		plan_gaps(p, part);
}

/* ---- all parts ---- */

static void
plan_set(struct plan *p, struct slot *s, const struct mime_edit *x)
{
	set_field(p, s, x->name, x->value);
	if (x->value.n > 0 && str_istarts(x->name, STR("Content-")))
		put_version(p, s);
}

static int
plan_one(struct plan *p, struct slot *s, struct mime_edit *x)
{
	if (x->kind == MIME_EDIT_TYPE)
		plan_type(p, s, x);
	else if (x->kind == MIME_EDIT_HEADER)
		plan_op(p, s, x);
	else if (x->kind == MIME_EDIT_SET)
		plan_set(p, s, x);
	else if (x->kind == MIME_EDIT_BASE64)
		plan_base64(p, s, x);
	else if (x == s->rebuild)
		return plan_rebuild(p, s);
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
plan_part(struct plan *p, struct slot *s)
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
		plan_replace(p, s);
	else
		plan_header(p, s);
	return 0;
}

/* Twice the same is done once. */
static bool
repeated(const struct slot *s, const struct mime_edit *x)
{
	return x->kind != MIME_EDIT_HEADER && x->kind != MIME_EDIT_SET &&
	    x->kind != MIME_EDIT_FIELD && wants(s, x->kind);
}

static void
attach(struct plan *p, struct mime_edit *x)
{
	struct slot *s = &p->slot[x->part->id];

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
make_slots(struct plan *p)
{
	const struct mime_part *part;

	for (part = p->e->root; part != NULL; part = part->later)
		p->count++;
	p->slot = arena_alloc(p->a, p->count * sizeof *p->slot);
	for (part = p->e->root; part != NULL; part = part->later) {
		struct slot *s = &p->slot[part->id];

		assert(part->id < p->count);
		s->part = part;
		s->end = &s->edits;
		s->rules_end = &s->rules;
	}
}

static int
plan_parts(struct plan *p)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->count; i++) {
		struct slot *s = &p->slot[i];
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
			plan_removals(p, s->part);
		r = plan_part(p, s);
	}
	return r;
}

/* ---- lengths ---- */

static void
take_text(struct slot *s, const struct mime_retext *t)
{
	s->described->text = t->header;
	s->described->size = t->header.n;
	s->body->text = t->body;
	s->body->size = t->body.n;
	s->pad->kind = t->qp ? MIME_SPLICE_BLANKS_QP : MIME_SPLICE_BLANKS;
}

static uint64_t
text_size(const struct mime_retext *t)
{
	return t->header.n + t->body.n;
}

/* Shorter texts, from the first part on, until the mail is not longer. */
static void
take_briefs(struct plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct slot *s = &p->slot[i];

		if (mime_splices_size(&p->e->splices) <= p->e->mail.n)
			return;
		if (s->body == NULL || text_size(&s->brief) >=
		    text_size(&s->text))
			continue;
		take_text(s, &s->brief);
		if (s->replace->kind == MIME_EDIT_REPLACE)
			s->replace->outcome = MIME_EDIT_BRIEF;
	}
}

static void
pad(struct slot *s, uint64_t n)
{
	if (n == 1) {
		s->lead->text = STR(" ");
		s->lead->size = 1;
	} else {
		s->pad->size = n;
	}
}

/* What a part lost is filled up in it, what the mail lost, in the first. */
static void
fill(struct plan *p, uint64_t rest)
{
	struct slot *first = NULL;

	for (size_t i = 0; i < p->count && first == NULL; i++)
		if (p->slot[i].body != NULL)
			first = &p->slot[i];
	for (size_t i = p->count; i-- > 0 && first != NULL;) {
		struct slot *s = &p->slot[i];
		uint64_t n = 0;

		if (s->body == NULL)
			continue;
		if (s->old > s->described->size + s->body->size)
			n = s->old - s->described->size - s->body->size;
		if (n > rest || s == first)
			n = rest;
		pad(s, n);
		rest -= n;
	}
	p->e->resized = rest > 0;
}

static void
plan_lengths(struct plan *p)
{
	uint64_t size;

	for (size_t i = 0; i < p->count; i++)
		if (p->slot[i].body != NULL)
			take_text(&p->slot[i], &p->slot[i].text);
	if (!p->e->same_length)
		return;
	take_briefs(p);
	size = mime_splices_size(&p->e->splices);
	if (size > p->e->mail.n)
		p->e->resized = true;
	else
		fill(p, p->e->mail.n - size);
}

int
mime_edits_plan(struct mime_edits *e)
{
	struct plan p = { .e = e, .a = e->arena };
	int r;

	make_slots(&p);
	for (struct mime_edit *x = e->first; x != NULL; x = x->next)
		attach(&p, x);
	r = plan_parts(&p);
	if (r < 0)
		return r;
	plan_lengths(&p);
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
