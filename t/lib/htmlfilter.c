/*
 * The HTML filter as a program, for t/e2e/html.t: a document from stdin to
 * stdout, what was removed to stderr.
 *
 *	htmlfilter [-rf] [CHARSET]	-r keep remote content, -f forms
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "html.h"

enum { INPUT_MAX = 64 << 20 };

static struct str
read_all(void)
{
	char *p = malloc(INPUT_MAX);

	if (p == NULL)
		exit(1);
	return (struct str){ p, fread(p, 1, INPUT_MAX, stdin) };
}

int
main(int argc, char **argv)
{
	struct html_rules rules = { 0 };
	struct mime_charsets charsets;
	struct html h;
	int opt;

	while ((opt = getopt(argc, argv, "rf")) != -1) {
		rules.keep_remote |= opt == 'r';
		rules.keep_forms |= opt == 'f';
	}
	mime_charsets_init(&charsets);
	if (html_filter(&h, &rules, &charsets, read_all(),
	    optind < argc ? str_c(argv[optind]) : STR("")) < 0) {
		fprintf(stderr, "htmlfilter: %s\n", h.why);
		return 1;
	}
	fwrite(h.out.p, 1, h.out.n, stdout);
	for (int i = 0; i < HTML_GONES; i++)
		if (h.gone[i] > 0)
			fprintf(stderr, "%s %u\n",
			    html_gone_name((enum html_gone)i), h.gone[i]);
	html_fini(&h);
	mime_charsets_fini(&charsets);
	return 0;
}
