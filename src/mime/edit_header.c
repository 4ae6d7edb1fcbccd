#include "edit_plan.h"

#include <assert.h>

#include "compose.h"
#include "field.h"
#include "mend.h"
#include "word.h"

enum {
	/* Old values that are kept; a part has one type. */
	KEPT_VALUES = 4,
};

bool
mime_plan_is_message(const struct mime_part *part)
{
	return part->parent == NULL || part->parent->kind == MIME_MESSAGE;
}

/* ---- rules ---- */

static struct str
header_octets(const struct mime_plan *p, const struct mime_slot *s)
{
	return mime_span_str(p->e->mail, mime_plan_header_of(s->part));
}

struct mime_rule *
mime_plan_rule(struct mime_plan *p, struct mime_slot *s, struct str name,
    struct str field)
{
	struct mime_rule *r = arena_alloc(p->a, sizeof *r);

	r->name = name;
	r->field = field;
	*s->rules_end = r;
	s->rules_end = &r->next;
	return r;
}

static struct mime_rule *
put_field(struct mime_plan *p, struct mime_slot *s, struct str name,
    struct str field)
{
	struct mime_rule *r = mime_plan_rule(p, s, name, field);

	r->keep = true;
	return r;
}

struct mime_rule *
mime_plan_field(struct mime_plan *p, struct mime_slot *s, struct str name,
    struct str field)
{
	for (struct mime_rule *r = s->rules; r != NULL; r = r->next)
		if (str_ieq(r->name, name))
			r->field = STR("");
	return mime_plan_rule(p, s, name, field);
}

void
mime_plan_version(struct mime_plan *p, struct mime_slot *s)
{
	if (mime_plan_is_message(s->part) &&
	    s->part->kept[MIME_KEPT_VERSION].p == NULL)
		mime_plan_field(p, s, STR("MIME-Version"),
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
hides(struct str whole, const struct mime_rule *r)
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
rule_takes(const struct mime_rule *r, const struct mime_field *f)
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
taken(const struct mime_slot *s, const struct mime_field *f)
{
	for (const struct mime_rule *r = s->rules; r != NULL; r = r->next)
		if (rule_takes(r, f))
			return true;
	return false;
}

void
mime_plan_keep(struct mime_plan *p, struct mime_slot *s, struct str name)
{
	struct str as = str_c(arena_printf(p->a, "X-Orig-%.*s",
	    STR_ARG(name)));
	struct mime_fields f;
	struct mime_field field;
	int n = 0;

	mime_plan_field(p, s, as, STR(""));
	mime_fields_init(&f, header_octets(p, s));
	while (n < KEPT_VALUES && mime_fields_next(&f, &field) > 0) {
		if (field.value.p == NULL || !mime_name_is(field.name, name))
			continue;
		put_field(p, s, as, mime_compose_kept(p->a, as, field.value));
		n++;
	}
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

/* ---- a header anew ---- */

/*
 * The text in front of a Subject's value; p NULL: it is there already.
 */
static struct str
prefix_of(struct mime_plan *p, struct str value, struct str prefix)
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
prefix_field(struct mime_plan *p, struct mime_slot *s,
    const struct mime_field *f)
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
	bool kept_end;		/* the last one that stays has its end */
	bool subject;
	struct mime_edit *at;	/* the next edit of a field */
};

/* A field of octets of ours, which may be the Subject. */
static struct str
new_field(struct mime_plan *p, struct mime_slot *s, struct str field,
    struct walk *w)
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

/* They are in the order of the header. */
static struct mime_edit *
field_edit(struct walk *w, uint64_t off)
{
	while (w->at != NULL && (w->at->kind != MIME_EDIT_FIELD ||
	    w->at->off < off))
		w->at = w->at->same;
	return w->at != NULL && w->at->off == off ? w->at : NULL;
}

static void
plan_field(struct mime_plan *p, struct mime_slot *s, const struct mime_field *f,
    struct walk *w)
{
	struct mime_splices *out = &p->e->splices;
	uint64_t off = (uint64_t)(f->whole.p - p->e->mail.p);
	struct mime_edit *x = field_edit(w, off);
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
put_octets(struct mime_plan *p, struct walk *w, struct str octets)
{
	if (!w->ended) {
		mime_splice_text(&p->e->splices, w->put, 0, STR("\r\n"));
		w->ended = w->kept_end = true;
	}
	return mime_splice_text(&p->e->splices, w->put, 0, octets);
}

static void
put_fields(struct mime_plan *p, struct mime_slot *s, struct walk *w)
{
	for (const struct mime_rule *r = s->rules; r != NULL; r = r->next)
		if (r->field.n > 0)
			put_octets(p, w, r->field);
	if (s->replace != NULL)
		s->described = put_octets(p, w, STR(""));
	if (s->subject != NULL && !w->subject && !s->renamed)
		put_octets(p, w, mime_compose(p->a, STR("Subject"),
		    s->subject->value));
}

/* Is something put into the message in it? */
static bool
child_edited(const struct mime_plan *p, const struct mime_slot *s)
{
	return s->part->kind == MIME_MESSAGE && s->part->child != NULL &&
	    p->slot[s->part->child->id].edits != NULL;
}

/* What has to be between the header and its body. */
static struct str
closing(const struct mime_plan *p, const struct mime_slot *s,
    const struct walk *w)
{
	struct str header = header_octets(p, s);
	bool fields = s->rules != NULL || s->subject != NULL;

	/* a multipart would find boundaries that it had no chance to */
	if (closed(header) || (!s->replace && !child_edited(p, s) &&
	    (!mime_plan_wants(s, MIME_EDIT_CLOSE) ||
	    s->part->kind == MIME_MULTIPART) &&
	    (header.n > 0 || !fields)))
		return STR("");
	return w->kept_end ? STR("\r\n") : STR("\r\n\r\n");
}

/*
 * Not where the mail ends within the boundary before the part, unless that
 * goes with the parts before it.
 */
static bool
begins_line(const struct mime_plan *p, const struct mime_slot *s)
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

void
mime_plan_header(struct mime_plan *p, struct mime_slot *s)
{
	bool begun = begins_line(p, s);
	struct walk w = { mime_plan_header_of(s->part).off, begun, begun,
	    false, s->edits };
	struct mime_fields f;
	struct mime_field field;
	struct str close;

	if (s->edits == NULL && !child_edited(p, s))
		return;
	mime_fields_init(&f, header_octets(p, s));
	while (mime_fields_next(&f, &field) > 0)
		plan_field(p, s, &field, &w);
	put_fields(p, s, &w);
	close = closing(p, s, &w);
	if (close.n > 0)
		mime_splice_text(&p->e->splices,
		    mime_plan_body_of(s->part).off, 0, close);
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

void
mime_plan_op(struct mime_plan *p, struct mime_slot *s, struct mime_edit *x)
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
	mime_plan_field(p, s, x->name, field)->deep = true;
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

void
mime_plan_type(struct mime_plan *p, struct mime_slot *s, struct mime_edit *x)
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
	mime_plan_keep(p, s, STR("Content-Type"));
	mime_plan_version(p, s);
	mime_plan_field(p, s, STR("Content-Type"), mime_compose_value(p->a,
	    STR("Content-Type"), x->value, pairs, n));
}

void
mime_plan_set(struct mime_plan *p, struct mime_slot *s,
    const struct mime_edit *x)
{
	mime_plan_field(p, s, x->name, x->value);
	if (x->value.n > 0 && str_istarts(x->name, STR("Content-")))
		mime_plan_version(p, s);
}
