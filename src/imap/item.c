#include <assert.h>

#include "fetch.h"
#include "item.h"

/* The X-macro's short words. */
enum { ALLOW = IMAP_ALLOW, ASK = IMAP_ASK };
enum { OCTETS = IMAP_ITEM_OCTETS, TEXT = IMAP_ITEM_TEXT };

const struct imap_item_info imap_items[IMAP_ITEM_ROWS] = {
#define ROW(id, name, deflt, flags) \
	[IMAP_ITEM_##id] = { name, sizeof name - 1, deflt, flags },
	IMAP_ITEMS(ROW)
#undef ROW
};

static_assert(IMAP_ITEM_ROWS <= 64, "a mask has a bit for each row");

#define BIT(id) IMAP_ITEM_BIT(IMAP_ITEM_##id)

/* Other names of rows; those with a section end where it begins. */
static const struct { char name[26]; uint8_t row; } others[] = {
	{ "RFC822", IMAP_ITEM_BODY_ALL },
	{ "RFC822.PEEK", IMAP_ITEM_BODY_ALL },
	{ "RFC822.HEADER", IMAP_ITEM_BODY_HEADER },
	{ "RFC822.TEXT", IMAP_ITEM_BODY_TEXT },
	{ "BODY[HEADER.FIELDS.NOT]", IMAP_ITEM_BODY_HEADER },
};

enum { OTHERS = sizeof others / sizeof *others };

bool
imap_item_named(struct str name, enum imap_item_row *row_r)
{
	for (unsigned i = 0; i < IMAP_ITEM_ROWS; i++)
		if (name.n == imap_items[i].n && str_ieq(name,
		    str_c(imap_items[i].name))) {
			*row_r = (enum imap_item_row)i;
			return true;
		}
	for (unsigned i = 0; i < OTHERS; i++)
		if (str_ieq(name, str_c(others[i].name))) {
			*row_r = (enum imap_item_row)others[i].row;
			return true;
		}
	return false;
}

uint64_t
imap_item_macro(struct str name)
{
	const uint64_t fast = BIT(FLAGS) | BIT(INTERNALDATE) | BIT(SIZE);

	if (str_ieq(name, STR("FAST")))
		return fast;
	if (str_ieq(name, STR("ALL")))
		return fast | BIT(ENVELOPE);
	if (str_ieq(name, STR("FULL")))
		return fast | BIT(ENVELOPE) | BIT(BODY);
	return 0;
}

/* An item without a section. */
static uint64_t
plain(struct str name)
{
	enum imap_item_row row;

	/* names with brackets are the configuration's alone */
	if (memchr(name.p, '[', name.n) != NULL ||
	    !imap_item_named(name, &row))
		return BIT(UNKNOWN);
	/* the modifier and the placeholder are no items */
	if (row == IMAP_ITEM_PARTIAL)
		return BIT(UNKNOWN);
	return row == IMAP_ITEM_BINARY ? BIT(UNKNOWN) : IMAP_ITEM_BIT(row);
}

/* BODY[spec], by the words of its section. */
static uint64_t
body_section(struct str spec)
{
	struct imap_section s;

	if (!imap_section_parse(spec, &s))
		return BIT(UNKNOWN);
	switch (s.text) {
	case IMAP_SECTION_ALL:
		return s.nparts > 0 ? BIT(BODY_PART) : BIT(BODY_ALL);
	case IMAP_SECTION_HEADER:
	case IMAP_SECTION_FIELDS_NOT:
		return BIT(BODY_HEADER);
	case IMAP_SECTION_FIELDS: return BIT(BODY_FIELDS);
	case IMAP_SECTION_TEXT: return BIT(BODY_TEXT);
	case IMAP_SECTION_MIME: return BIT(BODY_MIME);
	}
	return BIT(UNKNOWN);
}

/* name[spec], and perhaps <partial> behind it. */
static uint64_t
sectioned(struct str name, struct str spec, bool partial)
{
	uint64_t rows = BIT(UNKNOWN);

	if (str_ieq(name, STR("BODY")) || str_ieq(name, STR("BODY.PEEK")))
		rows = body_section(spec);
	else if (str_ieq(name, STR("BINARY")) ||
	    str_ieq(name, STR("BINARY.PEEK")))
		rows = BIT(BINARY);
	else if (str_ieq(name, STR("BINARY.SIZE")))
		rows = BIT(BINARY_SIZE);
	return partial ? rows | BIT(PARTIAL) : rows;
}

uint64_t
imap_item_rows(struct str text)
{
	const char *open = memchr(text.p, '[', text.n);
	struct str name = text, spec;
	size_t n = 0;

	if (open == NULL)
		return plain(text);
	name.n = (size_t)(open - text.p);
	spec = (struct str){ open + 1, text.n - name.n - 1 };
	/* "HEADER.FIELDS (names)]": the words before the names */
	while (n < spec.n && spec.p[n] != ' ' && spec.p[n] != ']')
		n++;
	return sectioned(name, (struct str){ spec.p, n },
	    text.p[text.n - 1] == '>');
}

uint64_t
imap_item_rows_asked(const struct imap_arg *a)
{
	const struct imap_arg *w = a->list;
	uint64_t macro;

	if (a->kind == IMAP_ARG_SECTION)
		return sectioned(a->s, w != NULL && w->kind == IMAP_ARG_ATOM ?
		    w->s : STR(""), a->partial.n > 0);
	if (a->kind != IMAP_ARG_ATOM)
		return BIT(UNKNOWN);
	macro = imap_item_macro(a->s);
	return macro != 0 ? macro : plain(a->s);
}

/* ---- of a command -------------------------------------------------------- */

/* May a list stand behind these items, as their argument? */
static bool
takes_list(uint64_t rows)
{
	return rows == BIT(PREVIEW) || rows == BIT(ANNOTATION);
}

/*
 * One item, or a list of them.  A list in it that is no argument has items in
 * it, for all that is known.
 */
static uint64_t
listed(const struct imap_arg *a)
{
	uint64_t rows = 0, last = 0;

	if (a->kind != IMAP_ARG_LIST)
		return imap_item_rows_asked(a);
	for (a = a->list; a != NULL; a = a->next) {
		if (a->kind != IMAP_ARG_LIST)
			last = imap_item_rows_asked(a);
		else
			last = takes_list(last) ? 0 : BIT(UNKNOWN);
		rows |= last;
	}
	return rows;
}

/*
 * Lists behind this word where it is in a list itself, whatever form the word
 * has, and sections anywhere.
 */
static uint64_t
behind(const struct imap_arg *args, struct str word)
{
	struct imap_walk w;
	const struct imap_arg *a;
	uint64_t rows = 0;

	imap_walk_begin(&w, args);
	while ((a = imap_walk_next(&w)) != NULL) {
		if (a->kind == IMAP_ARG_SECTION)
			rows |= imap_item_rows_asked(a);
		else if (w.depth > 0 && imap_arg_astring(a) &&
		    str_ieq(a->s, word))
			for (a = a->next; a != NULL &&
			    a->kind == IMAP_ARG_LIST; a = a->next)
				rows |= listed(a);
	}
	return rows;
}

uint64_t
imap_command_items(const struct imap_command *c)
{
	uint16_t flags = imap_commands[c->row].flags;
	const struct imap_arg *a;

	if (flags & IMAP_CMD_FETCH) {
		a = imap_arg_at(c, 1);
		return a != NULL ? listed(a) : 0;
	}
	if (!(flags & IMAP_CMD_UPDATES))
		return 0;
	return behind(c->args, c->row == IMAP_NOTIFY ? STR("MessageNew") :
	    STR("UPDATE"));
}

/* Rows with a flag: looked at for every item a server sends. */
#define OCTETS_ROW(id, name, deflt, flags) ((flags) & OCTETS ? BIT(id) : 0) |
#define TEXT_ROW(id, name, deflt, flags) ((flags) & TEXT ? BIT(id) : 0) |

bool
imap_items_have(uint64_t rows, unsigned flags)
{
	const uint64_t octets = IMAP_ITEMS(OCTETS_ROW) 0;
	const uint64_t text = IMAP_ITEMS(TEXT_ROW) 0;

	return (flags & OCTETS && rows & octets) ||
	    (flags & TEXT && rows & text);
}
