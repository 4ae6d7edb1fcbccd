/*
 * What identifying documents costs: loading libmagic's database, the first
 * document and others, the declared type, a name's suffix.  Medians, us.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctype.h"
#include "timing.h"

enum { LOADS = 20, ROUNDS = 200, SIZE = 65536 };

static const struct doctype_order by_magic = { { DOCTYPE_MAGIC }, 1 };
static const struct doctype_order by_type = { { DOCTYPE_CONTENT_TYPE }, 1 };
static const struct doctype_order by_name = { { DOCTYPE_EXTENSION }, 1 };

static char octets[SIZE];

static const struct {
	const char *name, *repeat;
	const struct doctype_order *order;
	size_t n;
} rows[] = {
	{ "text, 1 KB", "Some words of a letter. ", &by_magic, 1024 },
	{ "text, 64 KB", "Some words of a letter.\r\n", &by_magic, SIZE },
	{ "HTML, 64 KB", "<html><body>Some words.</p>\n", &by_magic, SIZE },
	{ "PDF, 64 KB", "%PDF-1.4\n1 0 obj\n", &by_magic, SIZE },
	{ "unknown octets, 64 KB", "\1\2\3\377\376", &by_magic, SIZE },
	{ "declared type", "x", &by_type, SIZE },
	{ "suffix", "x", &by_name, SIZE },
};

static double
identify(struct doctype *d, size_t row)
{
	static const struct str name = { "report.final.pdf", 16 };
	struct doctype_ask ask = { .octets = { octets, rows[row].n },
	    .declared = STR("application/pdf"), .names = &name, .nnames = 1 };
	double start = now_us();

	doctype_identify(d, rows[row].order, &ask);
	return now_us() - start;
}

static void
fill(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < SIZE; i++)
		octets[i] = s[i % n];
}

/* NULL: the database cannot be loaded. */
static struct doctype *
load(const struct doctype_order *order, double *us_r)
{
	static struct doctype d;
	const char *why = "";
	double start = now_us();

	doctype_close(&d);
	if (doctype_open(&d, order, NULL, "/etc/mime.types", &why) < 0) {
		fprintf(stderr, "bench_doctype: %s\n", why);
		return NULL;
	}
	*us_r = now_us() - start;
	return &d;
}

static int
show_load(const char *name, const struct doctype_order *order)
{
	double us[LOADS], first[LOADS];
	struct doctype *d;

	fill(rows[1].repeat);
	for (int i = 0; i < LOADS; i++) {
		d = load(order, &us[i]);
		if (d == NULL)
			return -1;
		first[i] = identify(d, 0);
	}
	printf("%-24s %8.1f\n", name, median(us, LOADS));
	printf("%-24s %8.1f\n", "  first document", median(first, LOADS));
	return 0;
}

int
main(void)
{
	static const struct doctype_order all = { { DOCTYPE_MAGIC,
	    DOCTYPE_CONTENT_TYPE, DOCTYPE_EXTENSION }, 3 };
	double us[ROUNDS];
	struct doctype *d;

	if (show_load("load libmagic", &by_magic) < 0 ||
	    show_load("load mime.types", &by_name) < 0)
		return 1;
	d = load(&all, us);
	if (d == NULL)
		return 1;
	for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
		fill(rows[row].repeat);
		for (int i = 0; i < ROUNDS; i++)
			us[i] = identify(d, row);
		printf("%-24s %8.1f\n", rows[row].name, median(us, ROUNDS));
	}
	return 0;
}
