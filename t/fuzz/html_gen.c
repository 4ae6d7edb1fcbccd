/*
 * html_gen COUNT FIRST: random documents for fuzz_html, each from its number,
 * made of what HTML filters are attacked with.  One that breaks a property
 * ends the program and stands in the file "html_gen.found".
 */

#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <unistd.h>
#include <fcntl.h>

#include "tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { COUNT = 5000, DOC_MAX = 4096, PIECES_MAX = 40 };

static const char *const tags[] = { "a", "b", "i", "p", "div", "table", "tr",
	"td", "th", "tbody", "thead", "caption", "colgroup", "col", "ul",
	"ol", "li", "dl", "dt", "dd", "h1", "h2", "pre", "listing",
	"textarea", "select", "option", "optgroup", "form", "button", "input",
	"nobr", "font", "em", "code", "center", "style", "script", "title",
	"svg", "math", "mi", "mtext", "annotation-xml", "foreignObject",
	"desc", "mglyph", "malignmark", "template", "noscript", "iframe",
	"object", "embed", "applet", "marquee", "video", "source", "base",
	"link", "meta", "img", "image", "br", "hr", "xmp", "plaintext",
	"noembed", "noframes", "frameset", "frame", "html", "head", "body",
	"isindex", "ruby", "rt", "rp", "rb", "span", "label", "fieldset",
	"legend", "details", "summary", "keygen", "area", "map", "blink",
	"x-y", "o:p", "big", "small", "tt", "u", "s", "strike", "strong" };
static const char *const attrs[] = { "href=javascript:alert(1)",
	"src=http://x/", "src=\"cid:a\"", "onload=x", "onerror='y'",
	"style=\"color:red\"", "style='background:url(http://x)'",
	"style='position:fixed;width:expression(1)'", "class=\"a b\"",
	"id=i", "href=\"#x\"", "href=\"https://x/?a=1&b=2\"",
	"background=//x", "srcset=\"x 1x\"", "alt='\"><script>'",
	"title=\"&lt;img src=x&gt;\"", "href='java&#9;script:x'",
	"href=\"jav&Tab;ascript&colon;x\"", "href=data:text/html,x",
	"http-equiv=refresh", "content='0;url=http://x'", "charset=utf-7",
	"type=hidden", "type=text/css", "type=image", "nowrap", "=", "/",
	"\"", "'", "a=b=c", "href=x href=y", "encoding=text/html",
	"formaction=javascript:x", "xlink:href=javascript:x", "srcdoc=<p>",
	"alt=caf&eacute;", "alt='&ngE;&nGt'", "width=1&{x};",
	"face=a", "face=b", "color=1", "color=2", "target=_blank",
	"usemap=#m", "language=vbscript", "value=\"\n\nx\"" };
static const char *const texts[] = { "text", " ", "\n", "\n\n", "\r\n", "x<y",
	"&amp;", "&lt", "&#60;script&#62;", "&", "<", ">", "\"", "'", "--",
	"<!--", "-->", "<!-->", "<!--->", "--!>", "<![CDATA[", "]]>",
	"<!DOCTYPE html>", "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 "
	"Transitional//EN\" \"http://x\">", "<?xml?>", "<!x>", "</>", "</",
	"<a", "<b x='", "\xc3\xa9", "\xff", "\xef\xbb\xbf", "\x01", "\x7f",
	"@import url(x);", "a{color:red}", "b{background:url(\"http://x\")}",
	"@media x{a{color:blue}}", "}", "{", "\\", "/*", "*/", "\\75 rl(x)",
	"a:not(.b)>c{width:calc(1px + 2px)}", "\"</style>\"", "<!--[if mso]>",
	"<![endif]-->", "\t", "\f" };

static uint64_t state;

static unsigned
random_below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 20) % n);
}

#define ANY(table) (table)[random_below(sizeof(table) / sizeof *(table))]

struct doc {
	uint8_t p[DOC_MAX];
	size_t n;
};

static void
put(struct doc *d, const char *s)
{
	size_t n = strlen(s);

	if (n > sizeof d->p - d->n)
		return;
	memcpy(d->p + d->n, s, n);
	d->n += n;
}

static void
put_tag(struct doc *d)
{
	unsigned end = random_below(3) == 0;

	put(d, end ? "</" : "<");
	put(d, ANY(tags));
	for (unsigned i = random_below(4); !end && i > 0; i--) {
		put(d, " ");
		put(d, ANY(attrs));
	}
	if (random_below(30) > 0)
		put(d, random_below(20) > 0 ? ">" : "/>");
}

/* Some pieces again and again: what grows with each shows then. */
static void
put_again(struct doc *d)
{
	size_t from, n;

	from = d->n;
	for (unsigned i = 1 + random_below(6); i > 0; i--)
		put_tag(d);
	n = d->n - from;
	for (unsigned i = random_below(40); i > 0; i--) {
		if (n > sizeof d->p - d->n)
			return;
		memcpy(d->p + d->n, d->p + from, n);
		d->n += n;
	}
}

static void
generate(struct doc *d, uint64_t number)
{
	state = (number + 1) * 0x9e3779b97f4a7c15;
	for (int i = 0; i < 4; i++)
		random_below(2);
	d->n = 1;
	d->p[0] = (uint8_t)random_below(random_below(4) > 0 ? 32 : 256);
	for (unsigned i = random_below(PIECES_MAX); i > 0; i--) {
		if (random_below(40) == 0)
			put_again(d);
		else if (random_below(3) > 0)
			put_tag(d);
		else
			put(d, ANY(texts));
		if (random_below(100) == 0 && d->n < sizeof d->p)
			d->p[d->n++] = 0;
	}
}

static struct doc doc;

static void
found(int sig)
{
	int fd = open("html_gen.found", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd >= 0 && write(fd, doc.p, doc.n) < 0)
		_exit(2);
	signal(sig, SIG_DFL);
	raise(sig);
}

int
main(int argc, char **argv)
{
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : COUNT;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	signal(SIGABRT, found);
	signal(SIGSEGV, found);
	for (uint64_t i = 0; i < count; i++) {
		generate(&doc, first + i);
		LLVMFuzzerTestOneInput(doc.p, doc.n);
	}
	tap_ok(true, "%ju random documents keep the properties",
	    (uintmax_t)count);
	return tap_done();
}
