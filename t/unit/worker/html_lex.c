#include "html_lex.h"

#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "tap.h"

static const struct {
	const char *name, *in, *want;
} rows[] = {
	{ "tags and text are told apart", "a<b c=d>e</b>f",
	    "text[a] start:b[ c=d] text[e] end:b[] text[f] " },
	{ "names have any case", "<DiV></dIv>", "start:div[] end:div[] " },
	{ "unknown names are passed over", "a<x-y z='>'>b</x-y>c",
	    "text[a] text[b] text[c] " },
	{ "a quoted > ends no tag", "<p a='>' b=\">\">x",
	    "start:p[ a='>' b=\">\"] text[x] " },
	{ "a tag without end is nothing", "x<p a='", "text[x] " },
	{ "a comment ends as browsers end it", "<!-- > -->a<!-->b<!--->c"
	    "<!----!>d<!-- -- ->e", "text[a] text[b] text[c] text[d] " },
	{ "declarations end at >", "<!x 'y>'>z<?a?>b<![CDATA[<p>]]>",
	    "text['>z] text[b] text[]]>] " },
	{ "a DOCTYPE is whole", "<!DocType html x>a",
	    "doctype[<!DocType html x>] text[a] " },
	{ "</> is nothing, </ at the end text", "a</>b</ x>c</",
	    "text[a] text[b] text[c</] " },
	{ "a script ends at its end tag", "<script>a</b></scripts></SCRIPT >x",
	    "start:script[] raw[a</b></scripts>] end:script[ ] text[x] " },
	{ "a script may have no end", "<script>a<b>",
	    "start:script[] raw[a<b>] " },
	{ "a title has no tags", "<title>a<b></title>",
	    "start:title[] rcdata[a<b>] end:title[] " },
	{ "nothing ends plaintext", "<plaintext>a</plaintext>",
	    "start:plaintext[] raw[a</plaintext>] " },
	{ "a slash at the end is seen", "<br/>", "start:br[/]/ " },
	{ "NUL is in no name", "<b\\r>", "" },
};

static const char *const kinds[] = { [HTML_TEXT] = "text",
	[HTML_START] = "start", [HTML_END] = "end", [HTML_RAW] = "raw",
	[HTML_RCDATA] = "rcdata", [HTML_DOCTYPE] = "doctype" };

static void
check_tokens(size_t i)
{
	char seen[1024];
	struct html_token t;
	struct html_lex x;
	size_t n = 0;

	html_lex_init(&x, str_c(rows[i].in));
	seen[0] = 0;
	while (html_lex_next(&x, &t) > 0) {
		bool tag = t.kind == HTML_START || t.kind == HTML_END;

		n += (size_t)snprintf(seen + n, sizeof seen - n,
		    "%s%s%s[%.*s]%s ", kinds[t.kind], tag ? ":" : "",
		    tag ? gumbo_normalized_tagname(t.tag) : "",
		    STR_ARG(t.text), t.closes_itself ? "/" : "");
	}
	tap_cstr(rows[i].want, seen, "%s", rows[i].name);
}

static const struct {
	const char *name, *in, *want;
} attrs[] = {
	{ "attributes have values, or none", "a=b c d = e>", "a(b)c()d(e)" },
	{ "quotes go", "a='b \"' c=\"d '\">", "a(b \")c(d ')" },
	{ "blanks and slashes are between them", " / a/b\n/c=d/e>",
	    "a()b()c(d/e)" },
	{ "= at the front is in a name", "=a=b>", "=a(b)" },
	{ "a value ends at >", "a=>b", "a()" },
	{ "quotes may have no end", "a='b>", "a(b>)" },
	{ "after a quote a name may begin", "a='b'c=d>", "a(b)c(d)" },
};

static void
check_attrs(size_t i)
{
	struct str s = str_c(attrs[i].in);
	struct html_attr a;
	char seen[256];
	size_t n = 0;

	while (html_attr_next(&s, &a) > 0)
		n += (size_t)snprintf(seen + n, sizeof seen - n,
		    "%.*s(%.*s)", STR_ARG(a.name), STR_ARG(a.value));
	tap_cstr(attrs[i].want, seen, "%s", attrs[i].name);
}

static void
check_limit(void)
{
	char in[4096] = "<p";
	struct html_token t;
	struct html_lex x;

	for (int i = 0; i <= HTML_ATTRS_MAX; i++)
		memcpy(in + 2 + 2 * i, " a", 2);
	html_lex_init(&x, str_c(in));
	tap_int(ERR_LIMIT, html_lex_next(&x, &t),
	    "more than %d attributes are too many", HTML_ATTRS_MAX);
	tap_cstr("a tag has too many attributes", x.why, "it says so");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_tokens(i);
	for (size_t i = 0; i < sizeof attrs / sizeof *attrs; i++)
		check_attrs(i);
	check_limit();
	return tap_done();
}
