#include "html_css.h"

#include <assert.h>
#include <stdlib.h>

#include "html_css_lex.h"
#include "html_value.h"

enum { SCRATCH_MAX = 1 << 20 };

struct css {
	struct html_css *c;
	struct html_out *o;
	struct css_lex x;
	struct css_token t;		/* the one that is looked at */
	struct html_out text, url;	/* of strings, while they are written */
	bool remote;			/* this declaration asks for something */
	unsigned depth;
};

/* ---- what is admitted -------------------------------------------------------- */

/* In order; with a dash at the end: all that begin so. */
static const char *const properties[] = {
	"background", "background-", "border", "border-", "bottom",
	"box-shadow", "box-sizing", "caption-side", "clear", "color",
	"column-", "columns", "cursor", "direction", "display",
	"empty-cells", "flex", "flex-", "float", "font", "font-", "gap",
	"height", "hyphens", "inline-size", "justify-", "left",
	"letter-spacing", "line-break", "line-height", "list-style",
	"list-style-", "margin", "margin-", "max-height", "max-width",
	"min-height", "min-width", "mso-", "object-", "opacity", "order",
	"orphans", "outline", "outline-", "overflow", "overflow-", "padding",
	"padding-", "page-", "position", "quotes", "resize", "right",
	"row-gap", "tab-size", "table-layout", "text-", "top",
	"unicode-bidi", "vertical-align", "visibility", "white-space",
	"widows", "width", "word-", "word-break", "word-spacing",
	"word-wrap", "writing-mode", "zoom",
};

static const char *const functions[] = {
	"calc", "clamp", "hsl", "hsla", "linear-gradient", "max", "min",
	"minmax", "radial-gradient", "repeat", "repeating-linear-gradient",
	"repeating-radial-gradient", "rgb", "rgba",
};

/* Of pseudo-classes. */
static const char *const selectors[] = {
	"is", "lang", "not", "nth-child", "nth-last-child",
	"nth-last-of-type", "nth-of-type", "where",
};

#define ROWS(table) (table), sizeof(table) / sizeof *(table)

static int
by_name(const void *key, const void *row)
{
	const struct str *s = key;
	struct str t = str_c(*(const char *const *)row);
	int c = memcmp(s->p, t.p, s->n < t.n ? s->n : t.n);

	return c != 0 ? c : (s->n > t.n) - (s->n < t.n);
}

static bool
listed(struct str name, const char *const *rows, size_t n)
{
	return bsearch(&name, rows, n, sizeof *rows, by_name) != NULL;
}

/* In lower case. */
static bool
property_known(struct str name)
{
	const char *dash;

	if (listed(name, ROWS(properties)))
		return true;
	dash = memchr(name.p, '-', name.n);
	while (dash != NULL && dash > name.p) {
		struct str head = { name.p, (size_t)(dash - name.p) + 1 };

		if (listed(head, ROWS(properties)))
			return true;
		dash = memchr(dash + 1, '-',
		    name.n - (size_t)(dash + 1 - name.p));
	}
	return false;
}

/* ---- tokens ----------------------------------------------------------------- */

static void
step(struct css *s)
{
	css_next(&s->x, &s->t);
}

static bool
is(const struct css *s, char delim)
{
	return s->t.kind == CSS_DELIM && s->t.delim == delim;
}

static void
skip_blanks(struct css *s)
{
	while (s->t.kind == CSS_BLANK)
		step(s);
}

/*
 * What cannot be used, up to what ends it: ';' of a declaration, the '}' of
 * the block it is in, the end.
 */
static void
skip_value(struct css *s, bool block)
{
	unsigned open = 0;

	for (; s->t.kind != CSS_END; step(s)) {
		if (s->t.kind == CSS_FUNCTION || is(s, '(') || is(s, '[') ||
		    is(s, '{'))
			open++;
		else if (open == 0 && (is(s, ';') || (block && is(s, '}'))))
			return;
		else if (open > 0 && (is(s, ')') || is(s, ']') || is(s, '}')))
			open--;
	}
}

/* A block from its '{' to behind its '}'. */
static void
skip_block(struct css *s)
{
	unsigned open = 0;

	for (; s->t.kind != CSS_END; step(s)) {
		if (is(s, '{'))
			open++;
		else if (is(s, '}') && --open == 0) {
			step(s);
			return;
		}
	}
}

/* A rule that is of no use: to its block's end, or its ';'. */
static void
skip_rule(struct css *s, bool block)
{
	while (s->t.kind != CSS_END && !is(s, '{') && !is(s, ';') &&
	    !(block && is(s, '}')))
		step(s);
	if (is(s, '{'))
		skip_block(s);
	else if (is(s, ';'))
		step(s);
	s->c->gone++;
}

/* ---- strings and addresses ----------------------------------------------------- */

static struct str
decoded(struct css *s, struct str in)
{
	html_out_cut(&s->text, 0);
	while (in.n > 0) {
		char c = in.p[0];

		in.p++;
		in.n--;
		if (c != '\\') {
			html_put_char(&s->text, c);
		} else if (in.n > 0 && in.p[0] == '\n') {
			in.p++;
			in.n--;
		} else if (in.n > 0) {
			html_put_rune(&s->text, css_escape(&in));
		}
	}
	return html_out_str(&s->text, 0);
}

static void
put_string(struct css *s, struct str text)
{
	html_put_char(s->o, '\'');
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\'')
			html_put(s->o, STR("\\27 "));
		else if (c == '\\')
			html_put(s->o, STR("\\5c "));
		else if (c == '<')
			html_put(s->o, STR("\\3c "));
		else if ((unsigned char)c >= ' ' && c != 0x7f)
			html_put_char(s->o, c);
	}
	html_put_char(s->o, '\'');
}

static bool
put_url(struct css *s, struct str written)
{
	struct str url = html_url(&s->url, decoded(s, written)), name;
	enum html_scheme scheme;

	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] < ' ' || url.p[i] == 0x7f)
			return false;
	scheme = html_scheme(url, &name);
	if (scheme == HTML_SCHEME_HTTP && !s->c->keep_remote)
		s->remote = true;
	if (scheme != HTML_SCHEME_CID &&
	    !(scheme == HTML_SCHEME_HTTP && s->c->keep_remote))
		return false;
	html_put(s->o, STR("url("));
	put_string(s, url);
	html_put_char(s->o, ')');
	return true;
}

/* url( with a string. */
static bool
put_url_function(struct css *s)
{
	bool good;

	step(s);
	skip_blanks(s);
	if (s->t.kind != CSS_STRING)
		return false;
	good = put_url(s, s->t.text);
	step(s);
	skip_blanks(s);
	return good && is(s, ')');
}

/* ---- values --------------------------------------------------------------------- */

static bool
put_function(struct css *s, const char *const *rows, size_t n)
{
	char low[HTML_CSS_NAME_MAX];
	struct str name = html_lower(s->t.text, low, sizeof low);

	if (s->depth >= HTML_CSS_DEPTH_MAX || !listed(name, rows, n))
		return false;
	s->depth++;
	html_put(s->o, name);
	html_put_char(s->o, '(');
	return true;
}

/*
 * ')' and '(' of a value or selector.  Some readers take "0cmexpression(" for
 * a function, so that a '(' follows a blank, or another.
 */
static bool
put_paren(struct css *s, char c)
{
	char before = s->o->n > 0 ? s->o->p[s->o->n - 1] : ' ';

	if (c == '(' && (s->depth >= HTML_CSS_DEPTH_MAX ||
	    (before != ' ' && before != '(')))
		return false;
	if (c == ')' && s->depth == 0)
		return false;
	s->depth += c == '(' ? 1 : -1U;
	html_put_char(s->o, c);
	return true;
}

static bool
put_important(struct css *s)
{
	step(s);
	skip_blanks(s);
	html_put(s->o, STR("!important"));
	return s->t.kind == CSS_IDENT &&
	    str_ieq(s->t.text, STR("important"));
}

static bool
put_delim(struct css *s)
{
	char c = s->t.delim;

	switch (c) {
	case '(':
	case ')':
		return put_paren(s, c);
	case '!':
		return put_important(s);
	case '+':
	case '-':
	case '*':
		if (s->depth == 0)
			return false;
		html_put_char(s->o, c);
		return true;
	case ',':
	case '/':
		html_put_char(s->o, c);
		return true;
	default:
		return false;
	}
}

static bool
put_component(struct css *s)
{
	switch (s->t.kind) {
	case CSS_IDENT:
		html_put(s->o, s->t.text);
		return true;
	case CSS_HASH:
		html_put_char(s->o, '#');
		html_put(s->o, s->t.text);
		return true;
	case CSS_NUMBER:
		html_put(s->o, s->t.span);
		return true;
	case CSS_STRING:
		put_string(s, decoded(s, s->t.text));
		return true;
	case CSS_URL:
		return put_url(s, s->t.text);
	case CSS_FUNCTION:
		if (str_ieq(s->t.text, STR("url")))
			return put_url_function(s);
		return put_function(s, ROWS(functions));
	case CSS_DELIM:
		return put_delim(s);
	default:
		return false;
	}
}

/* Up to ';', the block's '}' or the end, which are left. */
static bool
put_value(struct css *s, bool block)
{
	size_t from = s->o->n;

	s->depth = 0;
	skip_blanks(s);
	while (s->t.kind != CSS_END && !is(s, ';') &&
	    !(block && is(s, '}'))) {
		bool blank = s->t.kind == CSS_BLANK;

		if (!blank && !put_component(s))
			return false;
		step(s);
		if (blank && s->t.kind != CSS_BLANK && s->t.kind != CSS_END &&
		    !is(s, ';') && !(block && is(s, '}')))
			html_put_char(s->o, ' ');
	}
	while (s->depth > 0) {
		html_put_char(s->o, ')');
		s->depth--;
	}
	return s->o->n > from;
}

/* Where the property is position: a value that keeps it in its place? */
static bool
in_place(struct str value)
{
	static const struct str good[] = { STR("static"), STR("relative"),
	    STR("static!important"), STR("relative!important"),
	    STR("static !important"), STR("relative !important") };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (str_ieq(value, good[i]))
			return true;
	return false;
}

static bool
put_declaration(struct css *s, bool block)
{
	char low[HTML_CSS_NAME_MAX];
	struct str name = html_lower(s->t.text, low, sizeof low);
	size_t value;

	if (s->t.kind != CSS_IDENT || !property_known(name))
		return false;
	html_put(s->o, name);
	html_put_char(s->o, ':');
	step(s);
	skip_blanks(s);
	if (!is(s, ':'))
		return false;
	step(s);
	value = s->o->n;
	if (!put_value(s, block))
		return false;
	return !str_eq(name, STR("position")) ||
	    in_place(html_out_str(s->o, value));
}

/* Up to the block's '}' or the end, which are left. */
static void
put_declarations(struct css *s, bool block)
{
	bool first = true;

	for (;;) {
		size_t from = s->o->n;

		while (s->t.kind == CSS_BLANK || is(s, ';'))
			step(s);
		if (s->t.kind == CSS_END || (block && is(s, '}')))
			return;
		if (!first)
			html_put_char(s->o, ';');
		s->remote = false;
		if (put_declaration(s, block)) {
			first = false;
			continue;
		}
		html_out_cut(s->o, from);
		s->c->gone++;
		s->c->remote += s->remote;
		skip_value(s, block);
	}
}

/* ---- rules ------------------------------------------------------------------- */

/* A part of a selector, but for blanks. */
static bool
put_selector_part(struct css *s)
{
	switch (s->t.kind) {
	case CSS_FUNCTION:
		return put_function(s, ROWS(selectors));
	case CSS_IDENT:
	case CSS_HASH:
	case CSS_NUMBER:
	case CSS_STRING:
		return put_component(s);
	case CSS_DELIM:
		if (s->t.delim == ')')
			return put_paren(s, ')');
		if (s->t.delim == 0 ||
		    strchr(".*>+~,:[]=^$|", s->t.delim) == NULL)
			return false;
		html_put_char(s->o, s->t.delim);
		return true;
	default:
		return false;
	}
}

static bool
put_media_part(struct css *s)
{
	switch (s->t.kind) {
	case CSS_IDENT:
	case CSS_NUMBER:
		return put_component(s);
	case CSS_DELIM:
		if (s->t.delim == '(' || s->t.delim == ')')
			return put_paren(s, s->t.delim);
		if (s->t.delim == 0 || strchr(":,/", s->t.delim) == NULL)
			return false;
		html_put_char(s->o, s->t.delim);
		return true;
	default:
		return false;
	}
}

/* Up to '{', which is left: false when there is none, or of no use. */
static bool
put_prelude(struct css *s, bool (*part)(struct css *))
{
	size_t from = s->o->n;

	s->depth = 0;
	skip_blanks(s);
	while (s->t.kind != CSS_END && !is(s, '{')) {
		bool blank = s->t.kind == CSS_BLANK;

		if (!blank && !part(s))
			return false;
		step(s);
		if (blank && s->t.kind != CSS_BLANK && !is(s, '{'))
			html_put_char(s->o, ' ');
	}
	return is(s, '{') && s->depth == 0 && s->o->n > from;
}

static void
put_style_rule(struct css *s, bool block)
{
	size_t from = s->o->n, body;

	if (!put_prelude(s, put_selector_part)) {
		html_out_cut(s->o, from);
		skip_rule(s, block);
		return;
	}
	html_put_char(s->o, '{');
	body = s->o->n;
	step(s);
	put_declarations(s, true);
	if (s->o->n == body) {
		html_out_cut(s->o, from);
	} else {
		html_put_char(s->o, '}');
	}
	if (is(s, '}'))
		step(s);
}

static void put_rules(struct css *s, unsigned level);

static void
put_media(struct css *s, unsigned level)
{
	size_t from = s->o->n, body;

	html_put(s->o, STR("@media "));
	step(s);
	if (level >= HTML_CSS_DEPTH_MAX || !put_prelude(s, put_media_part)) {
		html_out_cut(s->o, from);
		skip_rule(s, level > 0);
		return;
	}
	html_put_char(s->o, '{');
	body = s->o->n;
	step(s);
	put_rules(s, level + 1);
	if (s->o->n == body)
		html_out_cut(s->o, from);
	else
		html_put_char(s->o, '}');
	if (is(s, '}'))
		step(s);
}

/* At level 0 to the end, else to the block's '}', which is left. */
static void
put_rules(struct css *s, unsigned level)
{
	while (s->t.kind != CSS_END && !(level > 0 && is(s, '}'))) {
		if (s->t.kind == CSS_BLANK)
			step(s);
		else if (s->t.kind == CSS_AT &&
		    str_ieq(s->t.text, STR("media")))
			put_media(s, level);
		else if (s->t.kind == CSS_AT)
			skip_rule(s, level > 0);
		else if (is(s, '}') || is(s, ';'))
			step(s);
		else
			put_style_rule(s, level > 0);
	}
}

static void
begin(struct css *s, struct html_css *c, struct html_out *o, struct str in)
{
	*s = (struct css){ .c = c, .o = o, .x = { .in = in } };
	html_out_init(&s->text, SCRATCH_MAX);
	html_out_init(&s->url, SCRATCH_MAX);
	step(s);
}

static void
end(struct css *s)
{
	html_out_fini(&s->text);
	html_out_fini(&s->url);
}

void
html_css_declarations(struct html_css *c, struct html_out *o, struct str in)
{
	struct css s;

	begin(&s, c, o, in);
	put_declarations(&s, false);
	end(&s);
}

void
html_css_sheet(struct html_css *c, struct html_out *o, struct str in)
{
	struct css s;

	begin(&s, c, o, in);
	put_rules(&s, 0);
	end(&s);
}
