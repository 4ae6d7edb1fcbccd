#include <assert.h>
#include <stdio.h>

#include "view.h"

static bool
named(const struct imap_arg *item, const char *name)
{
	return str_ieq(item->s, str_c(name));
}

/* "RFC822" and its kind have no section on the wire. */
static bool
old_section(const struct imap_arg *item, struct imap_section *s_r)
{
	static const struct { char name[14]; uint8_t text; } olds[] = {
		{ "RFC822", IMAP_SECTION_ALL },
		{ "RFC822.PEEK", IMAP_SECTION_ALL },
		{ "RFC822.HEADER", IMAP_SECTION_HEADER },
		{ "RFC822.TEXT", IMAP_SECTION_TEXT },
	};

	*s_r = (struct imap_section){ .parts = STR("") };
	for (size_t i = 0; i < sizeof olds / sizeof *olds; i++)
		if (named(item, olds[i].name)) {
			s_r->text = (enum imap_section_text)olds[i].text;
			return true;
		}
	return false;
}

/* Its words; false when it has none. */
static bool
section_of(const struct imap_arg *item, struct imap_section *s_r,
    const struct imap_arg **fields_r)
{
	const struct imap_arg *w = item->list;
	struct str spec = STR("");

	*fields_r = NULL;
	if (item->kind != IMAP_ARG_SECTION)
		return old_section(item, s_r);
	if (w != NULL && w->kind == IMAP_ARG_ATOM) {
		spec = w->s;
		w = w->next;
	}
	if (w != NULL && w->kind == IMAP_ARG_LIST)
		*fields_r = w->list;
	return imap_section_parse(spec, s_r);
}

bool
view_content(const struct imap_arg *item)
{
	const struct imap_arg *fields;
	struct imap_section s;

	if (!section_of(item, &s, &fields))
		return false;
	/* the header of the mail itself is what listings show */
	return s.nparts > 0 || str_istarts(item->s, STR("BINARY")) ||
	    (s.text != IMAP_SECTION_HEADER && s.text != IMAP_SECTION_FIELDS &&
	    s.text != IMAP_SECTION_FIELDS_NOT);
}

bool
view_seen(const struct imap_arg *item)
{
	return (item->kind == IMAP_ARG_SECTION && (named(item, "BODY") ||
	    named(item, "BINARY"))) ||
	    (item->kind == IMAP_ARG_ATOM && (named(item, "RFC822") ||
	    named(item, "RFC822.TEXT")));
}

/* ---- names --------------------------------------------------------------- */

struct out {
	char *p;
	size_t n;
};

static void
add(struct out *o, struct str s)
{
	assert(o->n + s.n < VIEW_NAME);
	if (s.n > 0)
		memcpy(o->p + o->n, s.p, s.n);
	o->n += s.n;
}

static void
add_upper(struct out *o, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_up(s.p[i]);

		add(o, (struct str){ &c, 1 });
	}
}

static bool
is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f ||
		    strchr("(){\"%*\\[]", s.p[i]) != NULL)
			return false;
	return s.n > 0;
}

/* Printable ASCII, as imap_item_asked() has seen to. */
static void
add_field(struct out *o, struct str name)
{
	if (is_plain(name)) {
		add(o, name);
		return;
	}
	add(o, STR("\""));
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			add(o, STR("\\"));
		add(o, (struct str){ name.p + i, 1 });
	}
	add(o, STR("\""));
}

/* "<0.10>" was asked for: "<0>". */
static void
add_origin(struct out *o, const struct imap_arg *item)
{
	struct str rest = item->partial, origin;

	if (rest.n == 0)
		return;
	str_cut(&rest, '.', &origin);
	while (origin.n > 1 && origin.p[0] == '0') {
		origin.p++;
		origin.n--;
	}
	add(o, STR("<"));
	add(o, origin);
	add(o, STR(">"));
}

size_t
view_name(const struct imap_arg *item, char out[VIEW_NAME])
{
	struct out o = { out, 0 };
	struct str name = item->s;
	const struct imap_arg *fields = NULL;
	struct imap_section s;

	if (name.n > 5 && str_ieq((struct str){ name.p + name.n - 5, 5 },
	    STR(".PEEK")))
		name.n -= 5;
	add_upper(&o, name);
	if (item->kind == IMAP_ARG_SECTION) {
		section_of(item, &s, &fields);
		add(&o, STR("["));
		if (item->list != NULL && item->list->kind == IMAP_ARG_ATOM)
			add_upper(&o, item->list->s);
		if (fields != NULL)
			add(&o, STR(" ("));
		for (; fields != NULL; fields = fields->next) {
			add_field(&o, fields->s);
			add(&o, fields->next ? STR(" ") : STR(")"));
		}
		add(&o, STR("]"));
		add_origin(&o, item);
	}
	add(&o, STR(" "));
	o.p[o.n] = '\0';
	return o.n;
}

/* ---- answers ------------------------------------------------------------- */

static void
text(struct view *v, struct str t)
{
	v->form = t.p != NULL ? VIEW_TEXT : VIEW_NIL;
	v->whole = (struct view_piece){ t.p, 0, t.n };
	v->size = v->left = t.n;
}

static void
number(struct view *v, uint64_t n)
{
	snprintf(v->number, sizeof v->number, "%llu", (unsigned long long)n);
	text(v, str_c(v->number));
}

static bool
has_name(const struct imap_arg *names, struct str name)
{
	for (; names != NULL; names = names->next)
		if (str_ieq(names->s, name))
			return true;
	return false;
}

/* Is this field of the header among those that are asked for? */
static bool
wanted(const struct view *v, const struct mail_field *f)
{
	bool has = has_name(v->fields, mail_index_str(v->x, f->name));

	return has == (v->section.text == IMAP_SECTION_FIELDS);
}

/*
 * Of a header of n octets.  Of HEADER.FIELDS an empty line is always part, of
 * HEADER.FIELDS.NOT when the header has one, as Dovecot has it.
 */
static uint64_t
fields_size(struct view *v, uint64_t n)
{
	const struct mail_field *f;
	uint64_t size = 0, all = 0;

	for (uint32_t i = 0; (f = mail_index_field(v->x, v->part, i)) != NULL;
	    i++) {
		all += f->whole.n;
		if (wanted(v, f))
			size += f->whole.n;
	}
	v->end_line = v->section.text == IMAP_SECTION_FIELDS || all < n;
	return size + (v->end_line ? 2 : 0);
}

/* "<origin.count>": of size octets, those from origin on. */
static void
cut(struct view *v)
{
	struct str partial = v->asked, origin;
	uint64_t at = 0, n = 0;

	v->left = v->size;
	if (partial.n == 0)
		return;
	str_cut(&partial, '.', &origin);
	if (!str_u64(origin, UINT64_MAX, &at) ||
	    !str_u64(partial, UINT64_MAX, &n))
		n = 0;
	v->skip = at < v->size ? at : v->size;
	v->left = v->size - v->skip;
	if (v->left > n)
		v->left = n;
	v->size = v->left;
}

static void
begin_section(struct view *v, const struct imap_arg *item)
{
	uint32_t numbers[IMAP_PARTS_MAX];
	struct mail_section at;

	if (!section_of(item, &v->section, &v->fields))
		return;
	for (unsigned i = 0; i < v->section.nparts; i++)
		numbers[i] = imap_section_part(&v->section, i);
	v->form = VIEW_LITERAL;
	if (!mail_index_section(v->x, numbers, v->section.nparts,
	    v->section.text, &at)) {
		/* a part that is not there is empty, as Dovecot has it */
		v->fields = NULL;
		if (named(item, "BINARY.SIZE"))
			number(v, 0);
		return;
	}
	v->part = at.part;
	v->binary = str_istarts(item->s, STR("BINARY"));
	v->whole = (struct view_piece){ NULL, at.span.off, at.span.n };
	v->size = at.span.n;
	v->asked = item->partial;
	if (v->binary && v->part->kind == MAIL_LEAF && v->section.nparts > 0) {
		v->form = named(item, "BINARY.SIZE") ? VIEW_DECODED_SIZE :
		    VIEW_DECODED;
		return;
	}
	if (named(item, "BINARY.SIZE")) {
		number(v, at.span.n);
		return;
	}
	if (v->fields != NULL)
		v->size = fields_size(v, at.span.n);
	cut(v);
}

void
view_begin(struct view *v, const struct mail_index *x,
    const struct imap_arg *item)
{
	const struct mail_part *mail = mail_index_part(x, 0);
	uint64_t row = imap_item_rows_asked(item);

	*v = (struct view){ .form = VIEW_NIL, .x = x };
	if (mail == NULL)
		return;
	if (row == VIEW_BIT(SIZE)) {
		number(v, x->head->octets);
	} else if (row == VIEW_BIT(ENVELOPE)) {
		text(v, mail_index_str(x, mail->envelope));
	} else if (row == VIEW_BIT(BODY)) {
		text(v, mail_index_str(x, mail->body_value));
	} else if (row == VIEW_BIT(BODYSTRUCTURE)) {
		text(v, mail_index_str(x, mail->bodystructure));
	} else {
		begin_section(v, item);
	}
}

void
view_decoded(struct view *v, uint64_t n)
{
	if (v->form == VIEW_DECODED_SIZE) {
		number(v, n);
		return;
	}
	v->form = VIEW_LITERAL;
	v->size = n;
	v->whole = (struct view_piece){ NULL, 0, n };
	cut(v);
}

/* What stands behind one another: a field, the empty line, the span. */
static bool
next_whole(struct view *v, struct view_piece *p_r)
{
	const struct mail_field *f;

	if (v->fields == NULL) {
		*p_r = v->whole;
		return v->field++ == 0;
	}
	while ((f = mail_index_field(v->x, v->part, v->field)) != NULL) {
		v->field++;
		if (wanted(v, f)) {
			*p_r = (struct view_piece){ NULL, f->whole.off,
			    f->whole.n };
			return true;
		}
	}
	*p_r = (struct view_piece){ "\r\n", 0, 2 };
	if (!v->end_line)
		return false;
	v->end_line = false;
	return true;
}

bool
view_next(struct view *v, struct view_piece *p_r)
{
	uint64_t n;

	while (v->left > 0 && next_whole(v, p_r)) {
		n = p_r->n < v->skip ? p_r->n : v->skip;
		v->skip -= n;
		p_r->n -= n;
		p_r->off += n;
		if (p_r->p != NULL)
			p_r->p += n;
		if (p_r->n > v->left)
			p_r->n = v->left;
		v->left -= p_r->n;
		if (p_r->n > 0)
			return true;
	}
	return false;
}
