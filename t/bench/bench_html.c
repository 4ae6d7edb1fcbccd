/*
 * What filtering costs: documents as newsletters, letters, Word and old
 * programs write them, and some that are meant to be slow.  Medians of CPU
 * time; MB/s are 10^6 octets of input.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "timing.h"

enum { ROUNDS = 9, SIZE = 1000000 };

static const struct {
	const char *name, *first, *again;
} rows[] = {
	{ "newsletter", "<!DOCTYPE html><html><head><title>News</title><style>"
	    "a:hover{color:red}@media (max-width:600px){.x{width:100%}}"
	    "</style></head><body><table>",
	    "<tr><td align=\"center\" valign=\"top\" style=\"padding: 0 18px "
	    "9px; font-family: Helvetica, Arial, sans-serif; font-size: 14px;"
	    " line-height: 150%; color: #606060;\"><a href=\"https://"
	    "example.com/click?u=abc&amp;id=123456\" target=\"_blank\" "
	    "style=\"color:#2BAADF;text-decoration:underline;\"><img alt=\""
	    "Offer\" src=\"https://images.example.com/abc.png\" width=\"264\""
	    " style=\"max-width:564px;\"></a><br>Some words of the "
	    "newsletter, that go on for a while, with an entity&nbsp;or two "
	    "&amp; so on, for a paragraph of text.</td></tr>\n" },
	{ "letter", "<html><body>", "<p>Lorem ipsum dolor sit amet, "
	    "consectetur adipiscing elit, sed do eiusmod tempor incididunt "
	    "ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis "
	    "nostrud exercitation ullamco laboris.</p>\n" },
	{ "Word", "<html xmlns:o=\"x\"><body lang=EN-US>",
	    "<p class=MsoNormal style='margin:0cm;font-size:11.0pt'><span "
	    "lang=EN-US style='font-size:10.0pt;font-family:\"Arial\","
	    "sans-serif'>Some text here in the paragraph<o:p></o:p></span>"
	    "</p>\n" },
	{ "old programs", "<HTML><BODY>", "<P><FONT FACE=\"Arial\" SIZE=2>"
	    "Some words<BR>and <B>bold</B> ones, <A HREF=\"http://example.com"
	    "/\">a link</A></FONT><UL><LI>one<LI>two</UL>\n" },
	{ "a style sheet", "<style>", ".c1 > p:first-child, a[href^=\"x\"]{"
	    "color:#fff;background:url(http://x/) no-repeat;margin:0 1px;"
	    "font:12px/1.5 \"A B\",serif}\n" },
	{ "text in UTF-8", "<p>", "P\xc5\x99\xc3\xadli\xc5\xa1 \xc5\xbelu"
	    "\xc5\xa5ou\xc4\x8dk\xc3\xbd k\xc5\xaf\xc5\x88 &amp; dal\xc5\xa1"
	    "\xc3\xad\n" },
	{ "rare references", "", "<p title='&eacute;&ngE;'>twenty octets of "
	    "text</p>" },
	{ "misnested tags", "", "<b>1<i>2</b>3</i>and twenty octets" },
	{ "tables that do not end", "<table>", "<tr><td>some octets" },
	{ "2000 open elements", NULL, "<i>x</i> and some text" },
};

static char *in;

static void
fill(size_t row)
{
	size_t n = strlen(rows[row].again), at = 0;

	if (rows[row].first == NULL) {
		for (int i = 0; i < 200; i++, at += 5)
			memcpy(in + at, "<div>", 5);
		for (int i = 0; i < 1800; i++, at += 7)
			memcpy(in + at, "<p></i>", 7);
	} else {
		at = strlen(rows[row].first);
		memcpy(in, rows[row].first, at);
	}
	for (; at < SIZE; at += n)
		memcpy(in + at, rows[row].again, SIZE - at < n ? SIZE - at : n);
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int
main(void)
{
	static const struct html_rules rules;
	struct mime_charsets charsets;

	mime_charsets_init(&charsets);
	in = malloc(SIZE + 4096);
	if (in == NULL)
		return 1;
	printf("%-24s %8s %8s %8s\n", "1 MB of", "ms", "MB/s", "out/in");
	for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
		double us[ROUNDS], m;
		size_t n = 0;

		fill(row);
		for (int i = 0; i < ROUNDS; i++) {
			double start = cpu_us();
			struct html h;

			if (html_filter(&h, &rules, &charsets,
			    (struct str){ in, SIZE }, STR("utf-8")) < 0)
				printf("%s: %s\n", rows[row].name, h.why);
			n = h.out.n;
			html_fini(&h);
			us[i] = cpu_us() - start;
		}
		m = median(us, ROUNDS);
		printf("%-24s %8.1f %8.1f %8.2f\n", rows[row].name, m / 1e3,
		    SIZE / m, (double)n / SIZE);
	}
	return 0;
}
