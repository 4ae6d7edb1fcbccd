/*
 * The HTML filter.  The first octet chooses rules, the rest is a document.
 * Properties: the result is UTF-8 and keeps its limit; filtered again it is
 * the same, octet for octet; a parser that is given all of it reads the tags
 * that are written, in their order, with each element ended; by strict rules
 * there is no element, attribute, address or style but harmless ones, which
 * is looked at here with other means than the filter's.
 */

#include <assert.h>
#include <gumbo.h>
#include <stdio.h>
#include <stdlib.h>

#include "html.h"
#include "html_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 1 << 16,
	OPEN_MAX = 1 << 12,	/* copies of elements take memory */
	FILTER = 1, REMOTE = 2, FORMS = 4, LISTS = 8, TEXTS = 16,
	CHARSET = 5,		/* from this bit on */
};

static const char *const charsets_of[] = { "", "utf-8", "windows-1252",
	"utf-16le", "iso-2022-jp", "utf-7", "gb2312", "x" };

static bool
has(const void *ctx, const void *set, struct str value)
{
	(void)ctx;
	return str_glob(str_c(set), value, true);
}

static const struct html_list deny_all[] = { { "*", false } };
static const struct html_list accept_some[] = {
	{ "text/css", true }, { "*bad*", false }, { "https:*", true } };

static void
choose(struct html_rules *r, uint8_t code)
{
	static const struct str text = { "removed <&amp;> \"x\"", 18 };

	*r = (struct html_rules){ .filter = code & FILTER,
	    .keep_remote = code & REMOTE, .keep_forms = code & FORMS,
	    .has = has };
	for (int i = 0; i < HTML_ITEMS; i++) {
		if (!(code & LISTS))
			continue;
		r->lists[i] = i % 2 ? accept_some : deny_all;
		r->nlists[i] = i % 2 ? 3 : 1;
	}
	for (int i = 0; code & TEXTS && i < HTML_TEXTS; i++)
		r->text[i] = text;
}

/* ---- what strict rules promise -------------------------------------------------- */

static const char *const harmless[] = {
	"html", "head", "body", "meta", "title", "style",
	"a", "abbr", "acronym", "address", "area", "article", "aside", "b",
	"bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite",
	"code", "col", "colgroup", "data", "dd", "del", "details", "dfn",
	"dir", "div", "dl", "dt", "em", "fieldset", "figcaption", "figure",
	"font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header",
	"hgroup", "hr", "i", "img", "ins", "kbd", "label", "legend", "li",
	"listing", "main", "map", "mark", "menu", "nav", "nobr", "ol", "p",
	"pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small",
	"span", "strike", "strong", "sub", "summary", "sup", "table",
	"tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u",
	"ul", "var", "wbr", NULL,
};
static const char *const controls[] = { "form", "input", "button", "select",
	"option", "optgroup", "textarea", "output", NULL };

static bool
among(const char *name, const char *const *list)
{
	while (*list != NULL && strcmp(*list, name) != 0)
		list++;
	return *list != NULL;
}

static void
never(const char *s, const char *what)
{
	if (strcasestr(s, what) != NULL) {
		fprintf(stderr, "fuzz_html: \"%s\" has \"%s\"\n", s, what);
		abort();
	}
}

/* Without what is in strings, but for the first letters of addresses. */
static char *
without_strings(const char *s)
{
	char *copy = strdup(s), *to = copy;
	int in = 0, keep = 0;

	assert(copy != NULL);
	for (; *s != 0; s++) {
		if (*s == '\'') {
			in = !in;
			keep = to - copy >= 4 && memcmp(to - 4, "url(", 4) == 0
			    ? 5 : 1;
		} else if (in) {
			in++;
		}
		if (in <= keep)
			*to++ = *s;
	}
	*to = 0;
	return copy;
}

static void
check_declared(const char *s, const char *name)
{
	const char *p = s;
	size_t n = strlen(name);

	while ((p = strcasestr(p, name)) != NULL) {
		const char *v = p + n;

		if ((p == s || p[-1] == ';' || p[-1] == '{') && *v == ':')
			assert(strcmp(name, "position") == 0 &&
			    (strncasecmp(v, ":static", 7) == 0 ||
			    strncasecmp(v, ":relative", 9) == 0));
		p = v;
	}
}

static void
check_css(const char *sheet, uint8_t code)
{
	char *s = without_strings(sheet);

	never(sheet, "<");
	never(s, "/*");
	never(s, "@import");
	never(s, "@font");
	never(s, "expression(");
	never(s, "\\");
	check_declared(s, "position");
	check_declared(s, "behavior");
	check_declared(s, "-moz-binding");
	for (const char *p = s; (p = strcasestr(p, "url(")) != NULL; p++)
		assert(strncasecmp(p, "url('cid:", 9) == 0 ||
		    (code & REMOTE && strncasecmp(p, "url('http", 9) == 0));
	free(s);
}

static void
check_attribute(const GumboAttribute *a, const char *elem, uint8_t code)
{
	bool src = strcmp(a->name, "src") == 0 ||
	    strcmp(a->name, "background") == 0;

	assert(strncmp(a->name, "on", 2) != 0);
	assert(strcmp(a->name, "srcset") != 0);
	assert(strcmp(a->name, "http-equiv") != 0);
	assert(strcmp(elem, "meta") != 0 || strcmp(a->name, "charset") == 0);
	if (strcmp(a->name, "style") == 0)
		check_css(a->value, code);
	if (strcmp(a->name, "href") == 0 || src) {
		assert(strncasecmp(a->value, "javascript", 10) != 0);
		assert(strncasecmp(a->value, "data", 4) != 0);
		assert(strncasecmp(a->value, "vbscript", 8) != 0);
	}
	if (src && !(code & REMOTE))
		assert(strncasecmp(a->value, "cid:", 4) == 0);
}

static void
check_element(const GumboElement *e, uint8_t code)
{
	const char *name = gumbo_normalized_tagname(e->tag);

	assert(e->tag_namespace == GUMBO_NAMESPACE_HTML);
	if (!among(name, harmless) &&
	    !(code & FORMS && among(name, controls))) {
		fprintf(stderr, "fuzz_html: <%s>\n", name);
		abort();
	}
	for (unsigned i = 0; i < e->attributes.length; i++)
		check_attribute(e->attributes.data[i], name, code);
	for (unsigned i = 0; e->tag == GUMBO_TAG_STYLE &&
	    i < e->children.length; i++) {
		const GumboNode *n = e->children.data[i];

		check_css(n->v.text.text, code);
	}
}

/* ---- what a parser reads -------------------------------------------------------- */

static bool
empty(GumboTag tag)
{
	static const char *const names[] = { "area", "br", "col", "hr",
	    "img", "input", "meta", "wbr", NULL };

	return among(gumbo_normalized_tagname(tag), names);
}

/* The next tag that is written, "b" or "/b". */
static struct str
next_tag(struct str *s)
{
	const char *p = memchr(s->p, '<', s->n);
	size_t n = 0;

	if (p == NULL)
		return STR_NULL;
	s->n -= (size_t)(p + 1 - s->p);
	s->p = p + 1;
	while (n < s->n && s->p[n] != ' ' && s->p[n] != '>')
		n++;
	return (struct str){ s->p, n };
}

static void
expect(struct str *left, const char *slash, GumboTag tag)
{
	struct str seen = next_tag(left);
	char want[64];

	snprintf(want, sizeof want, "%s%s", slash,
	    gumbo_normalized_tagname(tag));
	if (!str_eq(seen, str_c(want))) {
		fprintf(stderr, "fuzz_html: read <%s>, written <%.*s>\n",
		    want, STR_ARG(seen));
		abort();
	}
}

static void
check_node(const GumboNode *n, struct str *left, uint8_t code)
{
	if (n->type == GUMBO_NODE_COMMENT)
		abort();
	if (n->type != GUMBO_NODE_ELEMENT)
		return;
	expect(left, "", n->v.element.tag);
	check_element(&n->v.element, code);
	for (unsigned i = 0; i < n->v.element.children.length; i++)
		check_node(n->v.element.children.data[i], left, code);
	if (!empty(n->v.element.tag))
		expect(left, "/", n->v.element.tag);
}

static void
check_strict(struct str out, uint8_t code)
{
	GumboOptions opt = kGumboDefaultOptions;
	GumboOutput *o = gumbo_parse_with_options(&opt, out.p, out.n);
	struct str left = out;

	if (str_starts(left, STR("<!DOCTYPE")))
		next_tag(&left);
	check_node(o->root, &left, code);
	assert(next_tag(&left).p == NULL);
	gumbo_destroy_output(&opt, o);
}

/* ---- what gumbo may need --------------------------------------------------------- */

static unsigned
depth(const GumboNode *n)
{
	unsigned most = 0;

	for (unsigned i = 0; n->type == GUMBO_NODE_ELEMENT &&
	    i < n->v.element.children.length; i++) {
		unsigned d = depth(n->v.element.children.data[i]);

		if (d > most)
			most = d;
	}
	return most + 1;
}

/* The tree is no deeper than elements were counted as open. */
static void
check_open(struct str in)
{
	struct html_tree t;
	struct arena a;

	arena_init(&a, 1 << 28, NULL, NULL);
	if (html_tree_build(&t, &a, in) == 0) {
		unsigned d = depth(t.out->root);

		if (d > 2 * t.most + 8) {
			fprintf(stderr, "fuzz_html: %u deep, %u open\n", d,
			    t.most);
			abort();
		}
	}
	html_tree_fini(&t);
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct mime_charsets charsets;
	struct html_rules rules;
	struct html one, two;
	struct str in = { (const char *)data + 1, n - 1 };

	if (n < 1 || n > INPUT_MAX)
		return 0;
	if (n <= OPEN_MAX)
		check_open(in);
	choose(&rules, data[0]);
	if (html_filter(&one, &rules, &charsets, in,
	    str_c(charsets_of[data[0] >> CHARSET])) == 0) {
		struct str out = html_out_str(&one.out, 0);

		assert(str_utf8(out) || memchr(out.p, 0, out.n) != NULL);
		assert(memchr(out.p, 0, out.n) == NULL);
		assert(out.n <= HTML_OUT_FLOOR + HTML_OUT_RATIO * in.n);
		assert(html_filter(&two, &rules, &charsets, out,
		    STR("utf-8")) == 0);
		if (!str_eq(out, html_out_str(&two.out, 0))) {
			fprintf(stderr, "fuzz_html: once:\n%.*s\ntwice:\n"
			    "%.*s\n", STR_ARG(out),
			    STR_ARG(html_out_str(&two.out, 0)));
			abort();
		}
		html_fini(&two);
		if (!rules.filter)
			check_strict(out, data[0]);
	} else {
		assert(one.why[0] != 0);
	}
	html_fini(&one);
	return 0;
}
