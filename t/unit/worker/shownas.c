/* Names that readers may show for a part. */

#include <stdio.h>
#include <stdlib.h>

#include "shownas.h"
#include "tap.h"

enum { NAMES = 6 };

static const struct {
	const char *disposition, *type;
	const char *want[NAMES];	/* all of these, in any order */
} cases[] = {
	{ "attachment; filename=a.txt", "text/plain; name=b.txt",
	    { "a.txt", "b.txt" } },
	{ "attachment; filename=\"a b.txt\"", "text/plain", { "a b.txt" } },
	{ "attachment; filename*=utf-8''%C4%8D.txt", "text/plain",
	    { "\xc4\x8d.txt" } },
	{ "attachment; filename*=iso-8859-2''%E8.txt", "text/plain",
	    { "\xc4\x8d.txt" } },
	{ "attachment; filename*0=a; filename*1=.exe; filename=b.txt",
	    "text/plain", { "a.exe", "b.txt" } },
	{ "attachment; filename=\"=?utf-8?q?=C4=8D.txt?=\"", "text/plain",
	    { "=?utf-8?q?=C4=8D.txt?=", "\xc4\x8d.txt" } },
	{ "attachment; filename=a.txt; filename=b.exe", "text/plain",
	    { "a.txt", "b.exe" } },
	{ "attachment; name=a.exe", "text/plain; filename=b.exe",
	    { "a.exe", "b.exe" } },
	{ "attachment; filename=\"a.txt\\\";x.exe\"", "text/plain",
	    { "a.txt\";x.exe" } },
	{ "attachment", "text/plain", { NULL } },
};

static bool
listed(const struct judged_list *l, const char *name)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (str_eq(l->s[i], str_c(name)))
			return true;
	return false;
}

int
main(void)
{
	struct mime_charsets charsets;
	struct arena a;
	struct judged j = { .arena = &a, .charsets = &charsets };
	struct judged_list l;
	char number[32];

	mime_charsets_init(&charsets);
	arena_init(&a, 1 << 24, NULL, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mime_value d, t;

		l = (struct judged_list){ .n = 0 };
		if (mime_value_parse(&a, str_c(cases[i].disposition),
		    MIME_VALUE_WORD, &d) < 0 || mime_value_parse(&a,
		    str_c(cases[i].type), MIME_VALUE_TYPE, &t) < 0)
			abort();
		shownas_values(&j, &d, &t, &l);
		for (size_t k = 0; k < NAMES && cases[i].want[k]; k++)
			tap_ok(listed(&l, cases[i].want[k]), "%s, %s: %s",
			    cases[i].disposition, cases[i].type,
			    cases[i].want[k]);
		if (cases[i].want[0] == NULL)
			tap_int(0, l.n, "no name, none shown");
	}
	l = (struct judged_list){ .n = 0 };
	for (int i = 0; i < JUDGED_LISTED_MAX + 5; i++) {
		snprintf(number, sizeof number, "file %d", i);
		shownas_add(&j, &l, str_c(number));
		shownas_add(&j, &l, str_c(number));
	}
	tap_ok(l.n == JUDGED_LISTED_MAX && l.cut,
	    "each name is listed once, and not too many");
	arena_fini(&a);
	mime_charsets_fini(&charsets);
	return tap_done();
}
