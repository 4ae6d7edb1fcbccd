#include "html.h"

#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "tap.h"

#define HEAD "<html><head><meta charset=\"utf-8\">"
#define BODY HEAD "</head><body>"
#define END "</body></html>"

struct row {
	const char *name, *in, *want;
};

static struct mime_charsets charsets;

static const struct row strict[] = {
	{ "a text becomes a document", "x", BODY "x" END },
	{ "nothing becomes one", "", BODY END },
	{ "elements end", "<p>a<p>b<ul><li>c", BODY
	    "<p>a</p><p>b</p><ul><li>c</li></ul>" END },
	{ "misnested elements are put right", "<b>1<i>2</b>3</i>", BODY
	    "<b>1<i>2</i></b><i>3</i>" END },
	{ "what stands in a table but not in a cell is before it",
	    "<table>x<tr><td>y", BODY
	    "x<table><tbody><tr><td>y</td></tr></tbody></table>" END },
	{ "a DOCTYPE keeps how a document is laid out",
	    "<!doctype HTML><p>x", "<!DOCTYPE html>" BODY "<p>x</p>" END },
	{ "scripts go with what is in them",
	    "<script>alert(1)</script>x<script src=//y></script>",
	    BODY "x" END },
	{ "handlers of events go", "<p onclick=x OnLoad='y' id=i>z", BODY
	    "<p id=\"i\">z</p>" END },
	{ "an element of an unknown name goes, its content stays",
	    "<o:p>x<foo>y</foo></o:p>", BODY "xy" END },
	{ "NUL in a name does not make it another", "<scr\\0ipt>x</scr\\0ipt>",
	    BODY "x" END },
	{ "SVG goes with what is in it", "a<svg><style><img src=x "
	    "onerror=alert(1)></style></svg>b", BODY "ab" END },
	{ "MathML goes", "a<math><mi>x</mi></math>b", BODY "ab" END },
	{ "elements of HTML in it go, too", "a<math><mtext><table><mglyph>"
	    "<style><img src=x></style></mglyph></math>", BODY "a" END },
	{ "noscript is as without scripts", "<noscript><p title=\"</noscript>"
	    "<img src=x onerror=y>\">z</noscript>", BODY
	    "<p title=\"&lt;/noscript&gt;&lt;img src=x onerror=y&gt;\">z</p>"
	    END },
	{ "a template goes with what is in it",
	    "a<template><p>x</template>b", BODY "ab" END },
	{ "comments go", "a<!-- x --!>b<!-->c<!--->d<!--x", BODY "abcd" END },
	{ "conditional comments go", "<!--[if mso]><script>x</script>"
	    "<![endif]-->a<![if !mso]>b<![endif]>", BODY "ab" END },
	{ "CDATA and declarations go", "<![CDATA[x]]>a<?xml?>b<!x>",
	    BODY "ab" END },
	{ "a tag without end goes", "a<img src=x onerror=y", BODY "a" END },
	{ "< and > that are no tags are text", "a < b > c <3", BODY
	    "a &lt; b &gt; c &lt;3" END },
	{ "references stay as they are", "&amp;&nbsp&#60;b&gt;", BODY
	    "&amp;&nbsp&#60;b&gt;" END },
	{ "controls go", "a\\x01\\x7f" "b\\0c", BODY "abc" END },
	{ "line ends are LF", "a\r\nb\rc", BODY "a\nb\nc" END },
	{ "blanks at the end go", "<p>a</p></body></html> \r\n", BODY
	    "<p>a</p>" END },
	{ "a line end at the front of pre stays", "<pre>\n\nx</pre>", BODY
	    "<pre>\n\nx</pre>" END },
	{ "xmp is pre, with its octets", "<xmp><b>&amp;</xmp>", BODY
	    "<pre>&lt;b&gt;&amp;amp;</pre>" END },
	{ "javascript: goes", "<a href=javascript:x>1</a>"
	    "<a href=' JaVa&#10;Script&colon;x'>2</a>"
	    "<a href='java&Tab;script&#58x'>3</a>", BODY
	    "<a>1</a><a>2</a><a>3</a>" END },
	{ "data: and others go", "<a href=data:text/html,x>1</a>"
	    "<a href=file:///x>2</a><a href=//x/>3</a>", BODY
	    "<a>1</a><a>2</a><a>3</a>" END },
	{ "links stay", "<a href=http://x/?a=1&b=2>1</a><a href=mailto:x@y>2"
	    "</a><a href=#z>3</a><a href=cid:p>4</a>", BODY
	    "<a href=\"http://x/?a=1&amp;b=2\">1</a>"
	    "<a href=\"mailto:x@y\">2</a><a href=\"#z\">3</a>"
	    "<a href=\"cid:p\">4</a>" END },
	{ "only the first of two attributes counts",
	    "<a href=javascript:x href=http://y>z</a>", BODY "<a>z</a>" END },
	{ "quotes in values do not end them", "<p title='\"><script>x'>y",
	    BODY "<p title=\"&quot;&gt;&lt;script&gt;x\">y</p>" END },
	{ "names in values are decoded", "<img alt='caf&eacute; &lt;&copy=1'>",
	    BODY "<img alt=\"caf\xc3\xa9 &lt;&amp;copy=1\">" END },
	{ "remote content goes, parts of the mail stay",
	    "<img src=http://x/y.png><img src=cid:z><td background=//x>"
	    "<img srcset='x 1x'>", BODY
	    "<img><img src=\"cid:z\"><img>" END },
	{ "forms go, what they say stays", "<form action=http://x>a<input>"
	    "<select><option>b</select><textarea>c</textarea>"
	    "<button formaction=x>d</button></form>", BODY "ad" END },
	{ "meta, base and link go", "<meta http-equiv=refresh "
	    "content='0;url=http://x'><base href=http://x>"
	    "<link rel=stylesheet href=http://x><meta charset=utf-7>y",
	    BODY "y" END },
	{ "frames go", "a<iframe src=http://x>y</iframe>"
	    "<frameset><frame src=x></frameset>b", BODY "ab" END },
	{ "objects go, what stands for them stays",
	    "<object data=x><embed src=y>z</object>", BODY "z" END },
	{ "title and style sheets stay", "<title>a&amp;<b></title>"
	    "<style>p{color:red;behavior:url(x)}</style>x",
	    HEAD "<title>a&amp;&lt;b&gt;</title><style>p{color:red}</style>"
	    "</head><body>x" END },
	{ "a style sheet's end cannot be hidden",
	    "<style>p:not(\"</style><img src=x onerror=y>\")", BODY
	    "<img>\")" END },
	{ "styles of elements are cleaned",
	    "<p style='color:red;position:fixed;background:url(http://x)'>x",
	    BODY "<p style=\"color:red\">x</p>" END },
	{ "attributes of the body stay, without handlers",
	    "<body bgcolor=red onload=x background=http://x>y", HEAD
	    "</head><body bgcolor=\"red\">y" END },
	{ "what is in a p ends it no more when it is written",
	    "<p><object><div>x</div></object>", BODY "<p>x</p>" END },
	{ "three that are alike are enough", "<b><b><b><b>x", BODY
	    "<b><b><b>x</b></b></b>" END },
	{ "plaintext is text", "a<plaintext><b>", BODY
	    "a<pre>&lt;b&gt;</pre>" END },
	{ "a bad octet is U+FFFD", "a\xff", BODY "a\xc3\xbf" END },
};

/* ---- rules --------------------------------------------------------------------- */

static bool
has(const void *ctx, const void *set, struct str value)
{
	(void)ctx;
	return str_glob(str_c(set), value, true);
}

static const struct html_list deny_javascript[] = {
	{ "javascript", false }, { "*", true } };
static const struct html_list accept_css[] = { { "text/css", true } };
static const struct html_list accept_us[] = { { "https://us/*", true } };
static const struct html_list deny_all[] = { { "*", false } };

static const struct html_rules naught = { .filter = true };
static const struct html_rules items = {
	.filter = true, .has = has,
	.lists = { [HTML_SCRIPT_LANGUAGE] = deny_javascript,
	    [HTML_STYLE_TYPE] = accept_css, [HTML_IFRAME_SRC] = accept_us,
	    [HTML_INTRINSIC_LANGUAGE] = deny_javascript,
	    [HTML_MACRO_LANGUAGE] = deny_all },
	.nlists = { 2, 1, 1, 2, 1 },
};
static const struct html_rules said = {
	.filter = true, .has = has,
	.lists = { [HTML_SCRIPT_LANGUAGE] = deny_all,
	    [HTML_STYLE_TYPE] = deny_all, [HTML_IFRAME_SRC] = deny_all,
	    [HTML_INTRINSIC_LANGUAGE] = deny_all },
	.nlists = { 1, 1, 1, 1 },
	.text = { STR("[head]"), STR("[script <>]"), STR("[style]"),
	    STR("[iframe]"), STR("void 0") },
};
static const struct html_rules remote = { .keep_remote = true };
static const struct html_rules forms = { .keep_forms = true };

static const struct {
	const struct html_rules *rules;
	struct row row;
} ruled[] = {
	{ &naught, { "without an item all stays",
	    "<script>if(a<b)c()</script><p onclick=\"x('y')\">"
	    "<iframe src=http://x></iframe><a href=javascript:z>1</a>",
	    HEAD "<script>if(a<b)c()</script></head><body>"
	    "<p onclick=\"x('y')\"><iframe src=\"http://x\"></iframe>"
	    "<a href=\"javascript:z\">1</a></p>" END } },
	{ &naught, { "SVG, srcdoc and scripts with two ends go in any case",
	    "<svg onload=x></svg><iframe srcdoc='<b>'></iframe>"
	    "<script><!--<script></script>x--></script>y",
	    BODY "<iframe></iframe>x--&gt;y" END } },
	{ &naught, { "a declared charset is ours",
	    "<meta charset=latin2><meta name=a content=b>x", HEAD
	    "<meta name=\"a\" content=\"b\"></head><body>x" END } },
	{ &items, { "a denied language goes, whatever it is called",
	    "x<script>1</script><script type=text/ecmascript>2</script>"
	    "<script language=JavaScript1.2>3</script><script type=module>4"
	    "</script><script type=text/vbscript>5</script>", BODY
	    "x<script type=\"text/vbscript\">5</script>" END } },
	{ &items, { "a type no list has goes",
	    "x<style>a{}</style><style type=text/css>b{}</style>"
	    "<style type=text/x>c{}</style>", BODY
	    "x<style>a{}</style><style type=\"text/css\">b{}</style>" END } },
	{ &items, { "frames are judged by where they load from",
	    "x<iframe src=https://us/1></iframe><iframe src=https://us.x/>"
	    "</iframe><iframe></iframe>", BODY
	    "x<iframe src=\"https://us/1\"></iframe>" END } },
	{ &items, { "handlers and addresses are judged by language",
	    "<p onclick=x() onload='vbscript:y'><a href=' java\tscript:z'>1"
	    "</a><a href='vbscript:z'>2</a>", BODY
	    "<p onload=\"vbscript:y\"><a>1</a><a href=\"vbscript:z\">2</a>"
	    "</p>" END } },
	{ &items, { "macros in values are judged", "<hr width='&{f()};'>",
	    BODY "<hr>" END } },
	{ &said, { "texts stand for what was removed",
	    "<script>a</script><script>b</script><p onclick=x>c"
	    "<script>d</script><style>e</style><iframe></iframe>",
	    BODY "[head]<p onclick=\"void 0\">c[script &lt;&gt;][style]"
	    "[iframe]</p>" END } },
	{ &said, { "but not where a table has no text",
	    "<table><script>a</script><tr><td>b", BODY
	    "<table><tbody><tr><td>b</td></tr></tbody></table>" END } },
	{ &remote, { "remote content stays when it is asked for",
	    "<img src=https://x/y.png><img src=//z><p style='background:"
	    "url(http://x/&quot;)'>x", BODY "<img src=\"https://x/y.png\">"
	    "<img><p>x</p>" END } },
	{ &forms, { "forms stay when they are asked for",
	    "<form action=http://x onsubmit=y><input name=a autofocus>"
	    "<select><option selected>b<option>c</select><textarea>\n\nd"
	    "</textarea><button formaction=javascript:z>e</button>f</form>",
	    BODY "<form action=\"http://x\"><input name=\"a\"><select>"
	    "<option selected>b</option><option>c</option></select>"
	    "<textarea>\n\nd</textarea><button>e</button>f</form>" END } },
};

/* "\0", "\x01" of the tables. */
static struct str
unescaped(const char *s, char *to)
{
	char *end = to;

	for (; *s != 0; s++) {
		if (s[0] == '\\' && s[1] == '0') {
			*end++ = 0;
			s++;
		} else if (s[0] == '\\' && s[1] == 'x') {
			char two[3] = { s[2], s[3], 0 };

			*end++ = (char)strtoul(two, NULL, 16);
			s += 3;
		} else {
			*end++ = *s;
		}
	}
	return (struct str){ to, (size_t)(end - to) };
}

static void
check(const struct html_rules *rules, const struct row *row)
{
	char in[1024];
	struct html one, two;
	int err = html_filter(&one, rules, &charsets,
	    unescaped(row->in, in), STR(""));

	tap_str(str_c(row->want), err < 0 ? str_c(one.why) :
	    html_out_str(&one.out, 0), "%s", row->name);
	err = html_filter(&two, rules, &charsets, html_out_str(&one.out, 0),
	    STR("utf-8"));
	if (err < 0 || !str_eq(html_out_str(&one.out, 0),
	    html_out_str(&two.out, 0)))
		tap_ok(false, "%s, and filtered again it is the same",
		    row->name);
	html_fini(&one);
	html_fini(&two);
}

/* ---- charsets ------------------------------------------------------------------- */

static void
check_charset(const char *name, struct str in, const char *declared,
    const char *want)
{
	static const struct html_rules rules;
	struct html h;
	int err = html_filter(&h, &rules, &charsets, in, str_c(declared));

	tap_str(str_c(want), err < 0 ? str_c(h.why) :
	    html_out_str(&h.out, 0), "%s", name);
	html_fini(&h);
}

static void
check_charsets(void)
{
	check_charset("a mark in front is stronger than what is declared",
	    STR("\xff\xfe<\0b\0>\0\xe9\0"), "utf-8",
	    BODY "<b>\xc3\xa9</b>" END);
	check_charset("a script in UTF-7 is a script",
	    STR("+ADw-script+AD4-x+ADw-/script+AD4-y"), "utf-7",
	    BODY "y" END);
	check_charset("what only looks like UTF-7 is text",
	    STR("<meta charset=utf-7>+ADw-script+AD4-"), "",
	    BODY "+ADw-script+AD4-" END);
	check_charset("the document may name its charset",
	    STR("<meta http-equiv=content-type content='text/html; "
	    "charset=iso-8859-2'>\xec"), "", BODY "\xc4\x9b" END);
	check_charset("it is not asked where the mail tells",
	    STR("<meta charset=koi8-r>\xec"), "iso-8859-2",
	    BODY "\xc4\x9b" END);
	check_charset("escapes of ISO-2022-JP hide nothing",
	    STR("\x1b$B!z\x1b(B<script>x</script>y"), "iso-2022-jp",
	    BODY "\xe2\x98\x85y" END);
	check_charset("in an unknown charset ASCII stays", STR("<b>\xe9x"),
	    "x-none", BODY "<b>\xef\xbf\xbdx</b>" END);
}

/* ---- limits ---------------------------------------------------------------------- */

static void
check_limit(const char *name, const char *why, const char *first,
    const char *again, size_t times)
{
	static const struct html_rules rules;
	size_t n = strlen(again), at = strlen(first);
	char *p = malloc(at + n * times);
	struct html h;
	int err;

	memcpy(p, first, at);
	for (size_t i = 0; i < times; i++, at += n)
		memcpy(p + at, again, n);
	err = html_filter(&h, &rules, &charsets, (struct str){ p, at },
	    STR("utf-8"));
	tap_cstr(why, err < 0 ? h.why : "", "%s", name);
	html_fini(&h);
	free(p);
}

static void
check_limits(void)
{
	enum { MILLION = 1000000 };

	check_limit("254 elements in each other are read", "", "", "<div>",
	    254);
	check_limit("more than 256 are too many",
	    "elements are nested too deeply", "", "<div>", 257);
	check_limit("a million are too many at once",
	    "too many elements are open", "", "<div>", MILLION);
	check_limit("a million that do not close each other are",
	    "too many elements are open", "", "<div></span>", MILLION);
	check_limit("a million of p are read", "", "", "<p>text", MILLION);
	check_limit("a million rows are read", "", "<table>",
	    "<tr><td>ten digits", MILLION);
	check_limit("a million attributes are too many",
	    "a tag has too many attributes", "<p", " a", MILLION);
	check_limit("256 attributes are read", "", "<p", " a", 256);
	check_limit("a million ends without a start are read", "", "",
	    "</div>", MILLION);
	check_limit("a million comments are read", "", "", "<!---->",
	    MILLION);
	check_limit("a million bare < are too much to write",
	    "the result is too large", "", "< ", MILLION);
	check_limit("octets beyond the limit are too many",
	    "the document is too large", "", "0123456789abcdef",
	    (32 << 20) / 16 + 1);
}

static void
check_copies(void)
{
	static const struct html_rules rules;
	static char p[1 << 18];
	struct html h;
	size_t n = 0;

	for (int i = 0; i < 1000; i++)
		n += (size_t)snprintf(p + n, sizeof p - n, "<b a=%d>", i);
	while (n < sizeof p - 3) {
		memcpy(p + n, "<p>x", 4);
		n += 4;
		if (n > sizeof p - 4)
			break;
	}
	tap_ok(html_filter(&h, &rules, &charsets, (struct str){ p, n },
	    STR("utf-8")) == ERR_LIMIT &&
	    strcmp(h.why, "") != 0,
	    "elements that each p repeats come to an end: %s", h.why);
	html_fini(&h);
}

static void
check_counts(void)
{
	static const struct html_rules rules;
	struct html h;
	int err = html_filter(&h, &rules, &charsets, STR("<p onload=x>"
	    "<script></script><svg></svg><img src=http://x><iframe></iframe>"
	    "<a href=data:x>y</a><form></form>"), STR(""));

	tap_int(0, err, "a document is filtered");
	tap_int(2, h.gone[HTML_GONE_SCRIPT], "scripts are counted");
	tap_int(1, h.gone[HTML_GONE_FOREIGN], "SVG is counted");
	tap_int(1, h.gone[HTML_GONE_REMOTE], "remote content is counted");
	tap_int(1, h.gone[HTML_GONE_FRAME], "frames are counted");
	tap_int(1, h.gone[HTML_GONE_URL], "addresses are counted");
	tap_int(1, h.gone[HTML_GONE_FORM], "forms are counted");
	tap_cstr("remote", html_gone_name(HTML_GONE_REMOTE),
	    "what is counted has names");
	html_fini(&h);
}

int
main(void)
{
	static const struct html_rules rules;

	mime_charsets_init(&charsets);
	for (size_t i = 0; i < sizeof strict / sizeof *strict; i++)
		check(&rules, &strict[i]);
	for (size_t i = 0; i < sizeof ruled / sizeof *ruled; i++)
		check(ruled[i].rules, &ruled[i].row);
	check_charsets();
	check_limits();
	check_copies();
	check_counts();
	mime_charsets_fini(&charsets);
	return tap_done();
}
