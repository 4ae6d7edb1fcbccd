#include "fetch.h"
#include "item.h"
#include "response.h"

/* Longer names before their beginnings. */
static const struct {
	char name[20];
	uint8_t text;
} texts[] = {
	{ "HEADER.FIELDS.NOT", IMAP_SECTION_FIELDS_NOT },
	{ "HEADER.FIELDS", IMAP_SECTION_FIELDS },
	{ "HEADER", IMAP_SECTION_HEADER },
	{ "TEXT", IMAP_SECTION_TEXT },
	{ "MIME", IMAP_SECTION_MIME },
};

static bool
find_text(struct str word, enum imap_section_text *text_r)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (str_ieq(word, str_c(texts[i].name))) {
			*text_r = (enum imap_section_text)texts[i].text;
			return true;
		}
	return false;
}

bool
imap_section_parse(struct str spec, struct imap_section *s_r)
{
	struct str rest = spec, part;
	uint64_t v;
	bool more = spec.n > 0;

	*s_r = (struct imap_section){ .parts = { spec.p, 0 } };
	while (more && rest.n > 0 && ascii_digit(rest.p[0])) {
		more = str_cut(&rest, '.', &part);
		if (!str_u64(part, UINT32_MAX, &v) ||
		    ++s_r->nparts > IMAP_PARTS_MAX)
			return false;
		s_r->parts.n = (size_t)(part.p + part.n - spec.p);
	}
	if (!more)
		return true;
	return find_text(rest, &s_r->text) &&
	    (s_r->text != IMAP_SECTION_MIME || s_r->nparts > 0);
}

uint32_t
imap_section_part(const struct imap_section *s, unsigned i)
{
	struct str rest = s->parts, part = STR_NULL;
	uint64_t v = 0;

	for (;; i--) {
		str_cut(&rest, '.', &part);
		if (i == 0)
			break;
	}
	str_u64(part, UINT32_MAX, &v);
	return (uint32_t)v;
}

bool
imap_section_same(const struct imap_section *a, const struct imap_section *b)
{
	if (a->text != b->text || a->nparts != b->nparts)
		return false;
	for (unsigned i = 0; i < a->nparts; i++)
		if (imap_section_part(a, i) != imap_section_part(b, i))
			return false;
	return true;
}

/* Names with a section, and whether it may be more than parts. */
static bool
has_section(struct str name, bool asked, bool *text_r)
{
	static const struct { char name[13]; bool text, asked; } t[] = {
		{ "BODY", true, false }, { "BODY.PEEK", true, true },
		{ "BINARY", false, false }, { "BINARY.PEEK", false, true },
		{ "BINARY.SIZE", false, false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (str_ieq(name, str_c(t[i].name)) &&
		    (asked || !t[i].asked)) {
			*text_r = t[i].text;
			return true;
		}
	return false;
}

/* Does the section go with the item and with the presence of names? */
static bool
fits(const struct imap_section *s, bool text, bool fields)
{
	bool wants = s->text == IMAP_SECTION_FIELDS ||
	    s->text == IMAP_SECTION_FIELDS_NOT;

	return wants == fields && (text || s->text == IMAP_SECTION_ALL);
}

/* ---- as a server names them ---------------------------------------------- */

static bool
is_atom(char c)
{
	return c > ' ' && c < 0x7f && strchr("(){\"[]<>\\", c) == NULL;
}

/* Where the atom or quoted string at i ends; i when there is none. */
static size_t
name_end(struct str s, size_t i)
{
	size_t at = i;

	if (i == s.n || s.p[i] != '"') {
		while (at < s.n && is_atom(s.p[at]))
			at++;
		return at;
	}
	for (at++; at < s.n && s.p[at] != '"'; at++) {
		if (s.p[at] == '\\' && (++at == s.n ||
		    (s.p[at] != '"' && s.p[at] != '\\')))
			return i;
		if (s.p[at] < ' ' || s.p[at] == 0x7f)
			return i;
	}
	return at < s.n ? at + 1 : i;
}

/* "(" names ")" at the front of *s: atoms and quoted strings, one at least. */
static bool
take_fields(struct str *s, struct str *fields_r)
{
	size_t i = 1, start;

	do {
		start = i;
		i = name_end(*s, start);
		if (i == start || i == s->n)
			return false;
	} while (s->p[i++] == ' ');
	if (s->p[i - 1] != ')')
		return false;
	*fields_r = (struct str){ s->p + 1, i - 2 };
	s->p += i;
	s->n -= i;
	return true;
}

/* "<" number ">", or nothing, and then the end. */
static bool
take_origin(struct str s, struct imap_item *it)
{
	uint64_t v;

	if (s.n == 0)
		return true;
	if (s.n < 3 || s.p[0] != '<' || s.p[s.n - 1] != '>' ||
	    !str_u64((struct str){ s.p + 1, s.n - 2 }, UINT32_MAX, &v))
		return false;
	it->partial = true;
	it->origin = (uint32_t)v;
	return true;
}

bool
imap_item_parse(struct str text, struct imap_item *it_r)
{
	struct str s = text, spec;
	bool may_text = false;
	size_t n = 0;

	*it_r = (struct imap_item){ .name = { text.p, 0 } };
	while (n < s.n && is_atom(s.p[n]))
		n++;
	it_r->name.n = n;
	if (n == s.n)
		return n > 0;
	if (s.p[n] != '[' || !has_section(it_r->name, false, &may_text))
		return false;
	it_r->sectioned = true;
	s.p += n + 1;
	s.n -= n + 1;
	for (n = 0; n < s.n && is_atom(s.p[n]);)
		n++;
	spec = (struct str){ s.p, n };
	s.p += n;
	s.n -= n;
	if (str_starts(s, STR(" ("))) {
		s.p++;
		s.n--;
		if (!take_fields(&s, &it_r->fields))
			return false;
	}
	if (s.n == 0 || s.p[0] != ']')
		return false;
	return imap_section_parse(spec, &it_r->section) &&
	    fits(&it_r->section, may_text, it_r->fields.n > 0) &&
	    take_origin((struct str){ s.p + 1, s.n - 1 }, it_r);
}

/* ---- as a client asks for them ------------------------------------------- */

/*
 * Names of header fields are what a server must echo: printable ASCII, so
 * that it can without a literal.
 */
static bool
is_names(const struct imap_arg *a)
{
	if (a->kind != IMAP_ARG_LIST || a->list == NULL || a->next != NULL)
		return false;
	for (a = a->list; a != NULL; a = a->next) {
		if (!imap_arg_astring(a) || a->s.n == 0)
			return false;
		for (size_t i = 0; i < a->s.n; i++)
			if (a->s.p[i] < ' ' || a->s.p[i] >= 0x7f)
				return false;
	}
	return true;
}

/* Octets of its name in a response, names of fields in quotes. */
static size_t
answered_size(const struct imap_arg *a)
{
	const struct imap_arg *w = a->list;
	size_t n = a->s.n + a->partial.n + sizeof "[ ()]<>";

	if (w != NULL && w->kind == IMAP_ARG_ATOM) {
		n += w->s.n;
		w = w->next;
	}
	for (w = w != NULL ? w->list : NULL; w != NULL; w = w->next) {
		n += w->s.n + sizeof "\"\"";
		for (size_t i = 0; i < w->s.n; i++)
			n += w->s.p[i] == '"' || w->s.p[i] == '\\';
	}
	return n;
}

bool
imap_item_asked(const struct imap_arg *a)
{
	const struct imap_arg *w = a->list;
	struct imap_section s;
	struct str spec = STR("");
	bool may_text;

	if (a->kind == IMAP_ARG_ATOM)
		return a->s.p[0] != '\\' && !memchr(a->s.p, '*', a->s.n) &&
		    !memchr(a->s.p, '%', a->s.n);
	if (a->kind != IMAP_ARG_SECTION || !has_section(a->s, true, &may_text))
		return false;
	if (w != NULL && w->kind == IMAP_ARG_ATOM) {
		spec = w->s;
		w = w->next;
	}
	if (str_ieq(a->s, STR("BINARY.SIZE")) && a->partial.n > 0)
		return false;
	/* no answer could have that name */
	if (answered_size(a) > IMAP_ITEM_MAX)
		return false;
	return (w == NULL || is_names(w)) && imap_section_parse(spec, &s) &&
	    fits(&s, may_text, w != NULL);
}

/* ---- what they carry ----------------------------------------------------- */

bool
imap_item_content(struct str name)
{
	return imap_items_have(imap_item_rows(name), IMAP_ITEM_OCTETS);
}

bool
imap_fetch_content(const struct imap_command *c)
{
	return imap_commands[c->row].flags & IMAP_CMD_FETCH &&
	    imap_items_have(imap_command_items(c), IMAP_ITEM_OCTETS);
}
