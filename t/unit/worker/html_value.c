#include "html_value.h"

#include "tap.h"

static const struct {
	const char *name, *in, *want;
} values[] = {
	{ "a value without references is itself", "a b", "a b" },
	{ "references of every page are read", "&amp;&quot;&lt;&gt;&nbsp;",
	    "&\"<>\xc2\xa0" },
	{ "others are read by gumbo", "&eacute;&colon;&NewLine;&ngE;",
	    "\xc3\xa9:\n\xe2\x89\xa7\xcc\xb8" },
	{ "numbers are read", "&#60;&#x3c;&#0060&#128;",
	    "<<<\xe2\x82\xac" },
	{ "without ; before = there is no reference", "?a=1&copy=2&lt=3",
	    "?a=1&copy=2&lt=3" },
	{ "without ; elsewhere there may be one", "&lt &copy/",
	    "< \xc2\xa9/" },
	{ "quotes stay in what gumbo reads", "'\"&#60;", "'\"<" },
	{ "controls go", "a\x01\x7f\x1f" "b", "ab" },
	{ "controls go that are references", "a&#1;&#127;b&amp;", "ab&" },
	{ "line ends are LF", "a\r\nb\rc", "a\nb\nc" },
	{ "a bare & is one", "&", "&" },
	{ "< and > end nothing", "a>b<c&eacute;>", "a>b<c\xc3\xa9>" },
};

static const struct {
	const char *name, *in, *url;
	enum html_scheme scheme;
} urls[] = {
	{ "a link to the web", "HTTPS://x", "HTTPS://x", HTML_SCHEME_HTTP },
	{ "blanks at its ends go", " \n cid:x ", "cid:x", HTML_SCHEME_CID },
	{ "line ends and tabs in it go", "java\nscr\tipt:x", "javascript:x",
	    HTML_SCHEME_SCRIPT },
	{ "a fragment", "#x:y", "#x:y", HTML_SCHEME_FRAGMENT },
	{ "no scheme", "x/y:z", "x/y:z", HTML_SCHEME_NONE },
	{ "no scheme, but a host", "//x", "//x", HTML_SCHEME_NONE },
	{ "a colon in front", ":x", ":x", HTML_SCHEME_NONE },
	{ "a digit in front", "1a:x", "1a:x", HTML_SCHEME_NONE },
	{ "an unknown scheme", "data:x", "data:x", HTML_SCHEME_OTHER },
	{ "mail", "mailto:x", "mailto:x", HTML_SCHEME_LINK },
	{ "nothing", "", "", HTML_SCHEME_NONE },
};

int
main(void)
{
	struct html_out scratch;
	struct arena a;
	char low[4];

	arena_init(&a, 1 << 20, NULL, NULL);
	html_out_init(&scratch, 4096);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		tap_str(str_c(values[i].want), html_value(&a, &scratch,
		    str_c(values[i].in)), "%s", values[i].name);
	tap_str(STR("ab"), html_value(&a, &scratch, STR("a\0b")),
	    "NUL is a control");
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct str url = html_url(&scratch, str_c(urls[i].in)), name;

		tap_str(str_c(urls[i].url), url, "%s: its octets",
		    urls[i].name);
		tap_int(urls[i].scheme, html_scheme(url, &name),
		    "%s: its scheme", urls[i].name);
	}
	tap_str(STR("abc\xc3"), html_lower(STR("ABC\xc3\x89"), low,
	    sizeof low), "lower case is ASCII's, and cut");
	html_out_fini(&scratch);
	arena_fini(&a);
	return tap_done();
}
