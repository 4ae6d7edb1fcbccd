#include "html_tree.h"

#include <stdlib.h>

#include "err.h"
#include "html_elem.h"

enum {
	FIRST_PIECES = 256,
	NAME = 4,
	/* Elements looked past for one that ends: work stays linear. */
	LOOK_PAST = 64,
	/* Fewer than the eight that a parser tries. */
	BLOCKS_PAST = 4,
};

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- open elements ------------------------------------------------------------ */

static GumboTag
top(const struct html_tree *t)
{
	return t->nopen > 0 ? (GumboTag)t->open[t->nopen - 1] :
	    GUMBO_TAG_LAST;
}

static bool
cell(GumboTag tag)
{
	return tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH;
}

static bool
group(GumboTag tag)
{
	return tag == GUMBO_TAG_TBODY || tag == GUMBO_TAG_THEAD ||
	    tag == GUMBO_TAG_TFOOT;
}

static bool
item(GumboTag tag)
{
	return tag == GUMBO_TAG_LI || tag == GUMBO_TAG_DD ||
	    tag == GUMBO_TAG_DT || tag == GUMBO_TAG_OPTION;
}

/* Does a start tag end the element that is open? */
static bool
start_ends(GumboTag start, GumboTag open)
{
	bool part = cell(start) || start == GUMBO_TAG_TR || group(start);

	if (open == GUMBO_TAG_P)
		return part || (html_elem(start) & HTML_E_CLOSES_P &&
		    start != GUMBO_TAG_TABLE);
	if (open == GUMBO_TAG_DD || open == GUMBO_TAG_DT)
		return start == GUMBO_TAG_DD || start == GUMBO_TAG_DT;
	if (item(open))
		return start == open;
	if (cell(open))
		return part;
	if (open == GUMBO_TAG_TR)
		return start == GUMBO_TAG_TR || group(start);
	return group(open) && group(start);
}

/* Does an end tag end the element that is open on its way to its own? */
static bool
end_ends(GumboTag end, GumboTag open)
{
	if (open == GUMBO_TAG_P)
		return html_elem(end) & (HTML_E_CLOSES_P | HTML_E_MARK) ||
		    end == GUMBO_TAG_TR || group(end);
	if (item(open))
		return end == GUMBO_TAG_UL || end == GUMBO_TAG_OL ||
		    end == GUMBO_TAG_DL || end == GUMBO_TAG_SELECT;
	if (cell(open))
		return end == GUMBO_TAG_TR || group(end) ||
		    end == GUMBO_TAG_TABLE;
	if (open == GUMBO_TAG_TR)
		return group(end) || end == GUMBO_TAG_TABLE;
	return group(open) && end == GUMBO_TAG_TABLE;
}

static bool
special(GumboTag tag)
{
	return html_elem(tag) & HTML_E_SPECIAL;
}

/*
 * Where the innermost element is that ends others, past those that end with
 * it or come again in what follows (b, font ...); 0: none, or too far.
 */
static unsigned
innermost(const struct html_tree *t)
{
	unsigned n = t->nopen;

	for (unsigned i = 0; n > 0 && !special((GumboTag)t->open[n - 1]); i++)
		n = i < LOOK_PAST ? n - 1 : 0;
	return n;
}

/*
 * Is the cell at n - 1 one of a table?  Then nothing in it outlives it, which
 * is not so of a td by itself: that is no element at all.
 */
static bool
in_row(const struct html_tree *t, unsigned n)
{
	GumboTag below = n > 2 ? (GumboTag)t->open[n - 3] : GUMBO_TAG_LAST;

	return n > 2 && cell((GumboTag)t->open[n - 1]) &&
	    t->open[n - 2] == GUMBO_TAG_TR &&
	    (group(below) || below == GUMBO_TAG_TABLE);
}

/* Leave a cell with what is open in it, where the tag ends cells. */
static void
leave_cell(struct html_tree *t, bool ends)
{
	unsigned n = ends && !t->foreign ? innermost(t) : 0;

	if (in_row(t, n))
		t->nopen = n;
}

/* false: too many are open. */
static bool
count_start(struct html_tree *t, GumboTag tag)
{
	if (tag == GUMBO_TAG_SVG || tag == GUMBO_TAG_MATH)
		t->foreign = true;
	if (html_elem(tag) & HTML_E_VOID && !t->foreign)
		return true;
	leave_cell(t, start_ends(tag, GUMBO_TAG_TD));
	while (!t->foreign && t->nopen > 0 && start_ends(tag, top(t)))
		t->nopen--;
	if (t->nopen == HTML_OPEN_MAX)
		return false;
	t->open[t->nopen++] = (uint16_t)tag;
	if (t->nopen > t->most)
		t->most = t->nopen;
	return true;
}

/*
 * The end tag of an element further down.  Past such as are not special it
 * ends, and those above it are open again in what follows; b, font and their
 * like end past a few others, too (13.2.6.4.7, adoption agency).
 */
static void
count_misnested(struct html_tree *t, GumboTag tag)
{
	unsigned n = t->nopen, past = 0;

	for (unsigned i = 0; n > 0 && i < LOOK_PAST; i++, n--) {
		GumboTag open = (GumboTag)t->open[n - 1];

		if (open == tag) {
			memmove(&t->open[n - 1], &t->open[n],
			    (t->nopen - n) * sizeof *t->open);
			t->nopen--;
			return;
		}
		if (special(open) && (!(html_elem(tag) & HTML_E_FORMAT) ||
		    html_elem(open) & HTML_E_SCOPE || ++past > BLOCKS_PAST))
			return;
	}
}

static void
count_end(struct html_tree *t, GumboTag tag)
{
	unsigned n;

	leave_cell(t, cell(tag) || end_ends(tag, GUMBO_TAG_TD));
	n = t->nopen;
	while (!t->foreign && n > 0 && (GumboTag)t->open[n - 1] != tag &&
	    end_ends(tag, (GumboTag)t->open[n - 1]))
		n--;
	if (n > 0 && (GumboTag)t->open[n - 1] == tag)
		t->nopen = n - 1;
	else if (!t->foreign)
		count_misnested(t, tag);
}

/* ---- the skeleton --------------------------------------------------------------- */

/* Room for one piece more: it, or NULL with why. */
static struct html_piece *
piece(struct html_tree *t, const struct html_token *x)
{
	struct html_piece *p;

	if (t->n == t->room) {
		size_t room = t->room == 0 ? FIRST_PIECES : t->room * 2;

		p = t->n < HTML_PIECES_MAX ?
		    realloc(t->pieces, room * sizeof *p) : NULL;
		if (p == NULL) {
			t->why = "too many tags";
			return NULL;
		}
		t->pieces = p;
		t->room = room;
	}
	p = &t->pieces[t->n++];
	*p = (struct html_piece){
		.off = (uint32_t)(x->text.p - t->in.p),
		.n = (uint32_t)x->text.n,
		.skeleton = (uint32_t)t->skeleton.n,
		.tag = (uint16_t)x->tag, .kind = (uint8_t)x->kind,
	};
	return p;
}

static bool
only_blanks(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!html_blank(s.p[i]) && s.p[i] != '/')
			return false;
	return true;
}

/*
 * Formatting elements with the same attributes are alike: something short
 * that differs where they do.
 */
static void
put_mark(struct html_tree *t, struct str attrs)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < attrs.n; i++)
		h = (h ^ (unsigned char)attrs.p[i]) * 0x100000001b3;
	html_put_char(&t->skeleton, ' ');
	for (int i = 0; i < 6; i++, h >>= 5)
		html_put_char(&t->skeleton, digits[26 + (h & 31)]);
}

static void
put_tag(struct html_tree *t, GumboTag tag, bool end)
{
	html_put(&t->skeleton, end ? STR("</") : STR("<"));
	html_put(&t->skeleton, html_elem_name(tag));
}

static void
remember(struct html_tree *t, const struct html_token *x)
{
	if (x->tag == GUMBO_TAG_HTML && t->html_at == 0)
		t->html_at = (uint32_t)t->n;
	if (x->tag == GUMBO_TAG_BODY && t->body_at == 0)
		t->body_at = (uint32_t)t->n;
}

static bool
add_start(struct html_tree *t, const struct html_token *x)
{
	if (html_elem(x->tag) & HTML_E_SKIP)
		return true;
	if (piece(t, x) == NULL)
		return false;
	if (!count_start(t, x->tag)) {
		t->why = "too many elements are open";
		return false;
	}
	if (!only_blanks(x->text))
		remember(t, x);
	put_tag(t, x->tag, false);
	if (html_elem(x->tag) & HTML_E_FORMAT && !only_blanks(x->text))
		put_mark(t, x->text);
	html_put(&t->skeleton, x->closes_itself ? STR("/>") : STR(">"));
	return true;
}

static void
add_end(struct html_tree *t, const struct html_token *x)
{
	if (html_elem(x->tag) & HTML_E_SKIP ||
	    x->tag == GUMBO_TAG_BODY || x->tag == GUMBO_TAG_HTML)
		return;
	count_end(t, x->tag);
	/* gumbo puts the text before it behind the form, but for a comment */
	if (x->tag == GUMBO_TAG_FORM)
		html_put(&t->skeleton, STR("<!---->"));
	put_tag(t, x->tag, true);
	html_put_char(&t->skeleton, '>');
}

/* Its name, in place of a text. */
static bool
add_name(struct html_tree *t, const struct html_token *x)
{
	size_t id = t->n;

	if (piece(t, x) == NULL)
		return false;
	for (int i = 0; i < NAME; i++)
		html_put_char(&t->skeleton, digits[id >> (6 * i) & 63]);
	return true;
}

static bool
add_text(struct html_tree *t, struct html_token *x)
{
	size_t n = 0;

	while (n < x->text.n && html_blank(x->text.p[n]))
		n++;
	html_put(&t->skeleton, (struct str){ x->text.p, n });
	x->text.p += n;
	x->text.n -= n;
	return x->text.n == 0 || add_name(t, x);
}

static bool
add_raw(struct html_tree *t, const struct html_token *x)
{
	struct html_token pre = *x;

	switch (x->tag) {
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_STYLE:
		/* found by the tag before it */
		return piece(t, x) != NULL;
	case GUMBO_TAG_XMP:
	case GUMBO_TAG_PLAINTEXT:
		html_put(&t->skeleton, STR("<pre>"));
		pre.tag = GUMBO_TAG_PRE;
		if (!add_name(t, &pre))
			return false;
		html_put(&t->skeleton, STR("</pre>"));
		return true;
	default:
		return true;
	}
}

static bool
add(struct html_tree *t, struct html_token *x)
{
	switch (x->kind) {
	case HTML_START:
		return add_start(t, x);
	case HTML_END:
		add_end(t, x);
		return true;
	case HTML_TEXT:
		return add_text(t, x);
	case HTML_RCDATA:
		return add_text(t, x);
	case HTML_RAW:
		return add_raw(t, x);
	case HTML_DOCTYPE:
		html_put(&t->skeleton, x->text.n <= HTML_DOCTYPE_MAX ?
		    x->text : STR("<!DOCTYPE x>"));
		return true;
	}
	return true;
}

/* ---- gumbo ------------------------------------------------------------------------ */

static void *
take(void *ctx, size_t n)
{
	return arena_alloc(ctx, n);
}

static void
leave(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

static void
parse(struct html_tree *t)
{
	GumboOptions opt = kGumboDefaultOptions;

	opt.allocator = take;
	opt.deallocator = leave;
	opt.userdata = t->arena;
	opt.max_errors = 0;
	t->out = gumbo_parse_with_options(&opt, t->skeleton.p,
	    t->skeleton.n);
}

int
html_tree_build(struct html_tree *t, struct arena *a, struct str in)
{
	struct html_token x;
	struct html_lex lex;
	int got;

	*t = (struct html_tree){ .arena = a, .in = in };
	/* size: <b> and one octet of text become at most 4 times as long */
	html_out_init(&t->skeleton, 8 * in.n + 64);
	if (in.n > HTML_IN_MAX) {
		t->why = "the document is too large";
		return ERR_LIMIT;
	}
	html_lex_init(&lex, in);
	while ((got = html_lex_next(&lex, &x)) > 0)
		if (!add(t, &x))
			return ERR_LIMIT;
	if (got < 0)
		t->why = lex.why;
	html_put(&t->skeleton, STR("\0"));
	if (t->skeleton.full && got == 0) {
		t->why = "no memory";
		got = ERR_LIMIT;
	}
	if (got < 0)
		return got;
	t->skeleton.n--;
	parse(t);
	return 0;
}

void
html_tree_fini(struct html_tree *t)
{
	html_out_fini(&t->skeleton);
	free(t->pieces);
	t->pieces = NULL;
}

/* ---- looking at it ------------------------------------------------------------------ */

static const struct html_piece *
first_of(const struct html_tree *t, uint32_t at)
{
	return at > 0 ? &t->pieces[at - 1] : NULL;
}

static int
by_place(const void *key, const void *row)
{
	const uint32_t *off = key;
	const struct html_piece *p = row;

	return (*off > p->skeleton) - (*off < p->skeleton);
}

const struct html_piece *
html_tree_tag(const struct html_tree *t, const GumboNode *n)
{
	const char *p = n->v.element.original_tag.data;
	uint32_t off;

	if (n->v.element.tag == GUMBO_TAG_HTML)
		return first_of(t, t->html_at);
	if (n->v.element.tag == GUMBO_TAG_BODY)
		return first_of(t, t->body_at);
	if (n->v.element.original_tag.length == 0 || p < t->skeleton.p ||
	    p >= t->skeleton.p + t->skeleton.n)
		return NULL;
	off = (uint32_t)(p - t->skeleton.p);
	return bsearch(&off, t->pieces, t->n, sizeof *t->pieces, by_place);
}

struct str
html_piece_str(const struct html_tree *t, const struct html_piece *p)
{
	return (struct str){ t->in.p + p->off, p->n };
}

struct str
html_tree_raw(const struct html_tree *t, const struct html_piece *tag)
{
	if (tag == NULL || tag + 1 == t->pieces + t->n ||
	    tag[1].kind != HTML_RAW || tag[1].tag != tag->tag)
		return STR("");
	return html_piece_str(t, tag + 1);
}

static size_t
digit(char c)
{
	const char *p = c == 0 ? NULL : strchr(digits, c);

	return p == NULL ? SIZE_MAX : (size_t)(p - digits);
}

bool
html_tree_text(const struct html_tree *t, const char **s,
    struct str *blanks_r, const struct html_piece **p_r)
{
	const char *from = *s, *p = from;
	size_t id = 0;

	*p_r = NULL;
	while (*p != 0 && html_blank(*p))
		p++;
	*blanks_r = (struct str){ from, (size_t)(p - from) };
	*s = p;
	if (p > from || *p == 0)
		return p > from;
	for (int i = 0; i < NAME; i++, p++) {
		size_t d = digit(*p);

		/* gumbo gave less than a whole name: nothing is known */
		if (d == SIZE_MAX)
			return false;
		id |= d << (6 * i);
	}
	*s = p;
	*p_r = id < t->n ? &t->pieces[id] : NULL;
	return *p_r != NULL;
}
