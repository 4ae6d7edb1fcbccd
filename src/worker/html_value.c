#include "html_value.h"

#include <gumbo.h>

#include "html_lex.h"

static bool
control(char c)
{
	unsigned char u = (unsigned char)c;

	return u == 0x7f || (u < ' ' && u != '\t' && u != '\n' && u != '\f');
}

static bool
alnum(char c)
{
	return ascii_digit(c) || (ascii_up(c) >= 'A' && ascii_up(c) <= 'Z');
}

static bool
has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (control(s.p[i]))
			return true;
	return false;
}

/* Put without controls; CR and CRLF are LF. */
static void
put_clean(struct html_out *o, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!control(s.p[i]))
			html_put_char(o, s.p[i]);
		else if (s.p[i] == '\r' && (i + 1 == s.n ||
		    s.p[i + 1] != '\n'))
			html_put_char(o, '\n');
	}
}

static const struct {
	struct str name;
	const char *is;
} common[] = {
	{ STR("amp;"), "&" }, { STR("quot;"), "\"" }, { STR("lt;"), "<" },
	{ STR("gt;"), ">" }, { STR("nbsp;"), "\xc2\xa0" },
};

enum { COMMON = sizeof common / sizeof *common };

/* Behind '&': which row, or COMMON. */
static size_t
common_at(struct str s)
{
	size_t i = 0;

	while (i < COMMON && !str_starts(s, common[i].name))
		i++;
	return i;
}

/*
 * Behind '&', a letter or digit: is it no reference?  In attributes those
 * without ';' are none before '='.
 */
static bool
bare(struct str s)
{
	size_t i = 0;

	if (s.n == 0 || (!alnum(s.p[0]) && s.p[0] != '#'))
		return true;
	while (i < s.n && alnum(s.p[i]))
		i++;
	return i > 0 && i < s.n && s.p[i] == '=';
}

/* false: there are references only gumbo knows; scratch is of no use. */
static bool
decode_common(struct html_out *o, struct str s)
{
	const char *amp;

	while (s.n > 0 && (amp = memchr(s.p, '&', s.n)) != NULL) {
		size_t n = (size_t)(amp - s.p), row;

		html_put(o, (struct str){ s.p, n });
		s.p += n + 1;
		s.n -= n + 1;
		row = common_at(s);
		if (row < COMMON) {
			html_put(o, str_c(common[row].is));
			s.p += common[row].name.n;
			s.n -= common[row].name.n;
		} else if (bare(s)) {
			html_put_char(o, '&');
		} else {
			return false;
		}
	}
	html_put(o, s);
	return true;
}

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

/* The body of what was parsed, or NULL. */
static const GumboVector *
children_of_body(const GumboOutput *out)
{
	const GumboVector *v = &out->root->v.element.children;

	for (unsigned i = 0; i < v->length; i++) {
		const GumboNode *n = v->data[i];

		if (n->type == GUMBO_NODE_ELEMENT &&
		    n->v.element.tag == GUMBO_TAG_BODY)
			return &n->v.element.children;
	}
	return NULL;
}

/* A document of one tag with one value: gumbo decodes it. */
static void
decode_all(struct arena *a, struct html_out *o, struct str s)
{
	GumboOptions opt = kGumboDefaultOptions;
	struct arena_mark mark = arena_mark(a);
	const GumboVector *v;
	const GumboNode *br;
	char *doc = arena_alloc(a, s.n * 6 + 16), *end = doc;

	end = mempcpy(end, "<br x=\"", 7);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			end = mempcpy(end, "&quot;", 6);
		else
			*end++ = s.p[i];
	}
	end = mempcpy(end, "\">", 2);
	opt.allocator = take;
	opt.deallocator = leave;
	opt.userdata = a;
	opt.max_errors = 0;
	v = children_of_body(gumbo_parse_with_options(&opt, doc,
	    (size_t)(end - doc)));
	br = v != NULL && v->length > 0 ? v->data[0] : NULL;
	if (br != NULL && br->v.element.attributes.length > 0) {
		const GumboAttribute *x = br->v.element.attributes.data[0];

		put_clean(o, str_c(x->value));
	}
	arena_release(a, mark);
}

struct str
html_value(struct arena *a, struct html_out *scratch, struct str written)
{
	struct str s = written;

	html_out_cut(scratch, 0);
	if (memchr(s.p, '&', s.n) == NULL) {
		if (!has_control(s))
			return s;
		put_clean(scratch, s);
		return html_out_str(scratch, 0);
	}
	if (has_control(s) || !decode_common(scratch, s)) {
		html_out_cut(scratch, 0);
		decode_all(a, scratch, s);
	}
	return html_out_str(scratch, 0);
}

static bool
line_end(char c)
{
	return c == '\n' || c == '\t' || c == '\r';
}

struct str
html_url(struct html_out *scratch, struct str value)
{
	size_t i = 0;

	while (value.n > 0 && html_blank(value.p[0])) {
		value.p++;
		value.n--;
	}
	while (value.n > 0 && html_blank(value.p[value.n - 1]))
		value.n--;
	while (i < value.n && !line_end(value.p[i]))
		i++;
	if (i == value.n)
		return value;
	html_out_cut(scratch, 0);
	for (i = 0; i < value.n; i++)
		if (!line_end(value.p[i]))
			html_put_char(scratch, value.p[i]);
	return html_out_str(scratch, 0);
}

static const struct {
	struct str name;
	enum html_scheme scheme;
} schemes[] = {
	{ STR("http"), HTML_SCHEME_HTTP },
	{ STR("https"), HTML_SCHEME_HTTP },
	{ STR("cid"), HTML_SCHEME_CID },
	{ STR("mailto"), HTML_SCHEME_LINK },
	{ STR("tel"), HTML_SCHEME_LINK },
	{ STR("sms"), HTML_SCHEME_LINK },
	{ STR("ftp"), HTML_SCHEME_LINK },
	{ STR("news"), HTML_SCHEME_LINK },
	{ STR("xmpp"), HTML_SCHEME_LINK },
	{ STR("javascript"), HTML_SCHEME_SCRIPT },
	{ STR("vbscript"), HTML_SCHEME_SCRIPT },
	{ STR("jscript"), HTML_SCHEME_SCRIPT },
	{ STR("livescript"), HTML_SCHEME_SCRIPT },
	{ STR("mocha"), HTML_SCHEME_SCRIPT },
};

enum html_scheme
html_scheme(struct str url, struct str *name_r)
{
	size_t i = 0;

	*name_r = STR("");
	if (url.n > 0 && url.p[0] == '#')
		return HTML_SCHEME_FRAGMENT;
	while (i < url.n && (alnum(url.p[i]) || url.p[i] == '+' ||
	    url.p[i] == '-' || url.p[i] == '.'))
		i++;
	if (i == 0 || i == url.n || url.p[i] != ':' || ascii_digit(url.p[0]))
		return HTML_SCHEME_NONE;
	*name_r = (struct str){ url.p, i };
	for (i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (str_ieq(*name_r, schemes[i].name))
			return schemes[i].scheme;
	return HTML_SCHEME_OTHER;
}

struct str
html_lower(struct str s, char *to, size_t size)
{
	if (s.n > size)
		s.n = size;
	for (size_t i = 0; i < s.n; i++)
		to[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    (char)(s.p[i] + 32) : s.p[i];
	return (struct str){ to, s.n };
}
