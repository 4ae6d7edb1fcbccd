#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "json.h"
#include "print.h"
#include "vis.h"

enum {
	/* The last column of a list, up to column 80. */
	FROM_MAX = 23,
	/* A counter's name, with its end. */
	NAME_ROOM = 16,
};

static const struct {
	const char *name;		/* enum counter's */
	const char *family, *labels;
	const char *help;
} counters[COUNTER_COUNT] = {
#define C(name, family, labels, help) \
	[COUNTER_##name] = { #name, family, labels, help },
	COUNTERS(C)
#undef C
};

#define C(name, family, labels, help) \
static_assert(sizeof #name <= NAME_ROOM, "it has room, as show stat has it");
COUNTERS(C)
#undef C

/* Killed ones are counted when their slot is taken again, or seen empty. */
static uint64_t
counter(const struct print *p, enum counter which)
{
	return p->r->counters[which] +
	    (which == COUNTER_DIED ? p->r->dead : 0);
}

/* ---- the sessions that are meant ----------------------------------------- */

struct rows {
	struct board_row *rows;		/* malloc'd */
	size_t n;
};

static const struct filter *sorting;	/* qsort has no argument for it */

static int
in_order(const void *a, const void *b)
{
	return filter_order(sorting, a, b);
}

static struct rows
collect(const struct print *p)
{
	struct rows all = { calloc(p->r->live + 1, sizeof *all.rows), 0 };

	for (uint32_t i = 0; all.rows && i < p->r->n; i++) {
		if ((p->r->slots[i].owner & FUTEX_TID_MASK) == 0)
			continue;
		/* sessions that began since the slots were read are late */
		if (all.n < p->r->live && look_row(p->r, i,
		    &all.rows[all.n]) && (p->filter == NULL ||
		    filter_holds(p->filter, &all.rows[all.n])))
			all.n++;
	}
	sorting = p->filter;
	if (sorting != NULL && sorting->sort != NULL)
		qsort(all.rows, all.n, sizeof *all.rows, in_order);
	return all;
}

/* ---- lists --------------------------------------------------------------- */

/* "59s" "59m" "23h" "99d": four characters at most. */
static const char *
short_time(int64_t ms, char out[24])
{
	static const struct {
		int64_t s;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	int64_t s = ms / 1000;
	unsigned i = 0;

	while (i < 3 && s < units[i].s)
		i++;
	s /= units[i].s;
	snprintf(out, 24, "%lld%c", (long long)(s > 999 ? 999 : s),
	    units[i].unit);
	return out;
}

/* "999", "98K", "1.2M": four characters at most. */
static const char *
short_size(uint64_t v, char out[24])
{
	static const char units[] = "\0KMGTPE";
	unsigned i = 0;
	uint64_t tenths = v > UINT64_MAX / 10 ? UINT64_MAX : v * 10;

	while (tenths >= 9995 && i < 6) {
		tenths /= 1000;
		i++;
	}
	if (i > 0 && tenths < 100)
		snprintf(out, 24, "%u.%u%c", (unsigned)tenths / 10,
		    (unsigned)tenths % 10, units[i]);
	else if (i > 0)
		snprintf(out, 24, "%u%c", (unsigned)(tenths / 10), units[i]);
	else
		snprintf(out, 24, "%u", (unsigned)(tenths / 10));
	return out;
}

/* Escaped, and cut to a column. */
static void
put_column(FILE *out, struct str s, int width)
{
	char seen[64];

	fprintf(out, " %-*s", width, vis(seen, (size_t)width + 1, s));
}

void
print_list(const struct print *p, FILE *out)
{
	struct rows all = collect(p);
	char a[24], b[24], c[24], from[ADDR_TEXT], seen[FROM_MAX + 1];

	fprintf(out, "%5s %4s %4s %4s %4s %-15s %-14s %s\n", "SLOT", "AGE",
	    "IDLE", "IN/s", "OUT/", "DOES", "USER", "FROM");
	for (size_t i = 0; i < all.n; i++) {
		const struct board_row *r = &all.rows[i];
		struct str does = LOOK_TEXT(r->d.command);

		if (does.n == 0)
			does = LOOK_TEXT(r->d.stage);
		fprintf(out, "%5u %4s %4s ", r->slot, short_time(r->age, a),
		    short_time(r->idle, b));
		fprintf(out, "%4s ", short_size(r->d.speed_in, c));
		fprintf(out, "%4s", short_size(r->d.speed_out, c));
		put_column(out, does, 15);
		put_column(out, LOOK_TEXT(r->d.user), 14);
		addr_text(&r->from, from);
		fprintf(out, " %s\n", vis(seen, sizeof seen, str_c(from)));
	}
	free(all.rows);
}

void
print_fields(const struct print *p, FILE *out)
{
	struct rows all = collect(p);
	char text[FIELD_TEXT + 1], seen[VIS_MAX * FIELD_TEXT + 8];

	for (size_t i = 0; i < all.n; i++) {
		if (i > 0)
			fputc('\n', out);
		for (unsigned f = 0; f < fields_count; f++)
			fprintf(out, "%s: %s\n", fields[f].name,
			    vis(seen, sizeof seen, field_text(&fields[f],
			    &all.rows[i], text)));
	}
	free(all.rows);
}

/* ---- counters ------------------------------------------------------------ */

/* As in "show stat": in lower case. */
static void
counter_name(enum counter which, char out[NAME_ROOM])
{
	size_t i = 0;

	for (; counters[which].name[i] != '\0'; i++) {
		char c = counters[which].name[i];

		out[i] = c == '_' ? '-' : (char)(c | 0x20);
	}
	out[i] = '\0';
}

void
print_counters(const struct print *p, FILE *out)
{
	char name[NAME_ROOM];

	fprintf(out, "sessions %u\nslots %u\n", p->r->live, p->r->n);
	for (int i = 0; i < COUNTER_COUNT; i++) {
		counter_name((enum counter)i, name);
		fprintf(out, "%s %llu\n", name, (unsigned long long)
		    counter(p, (enum counter)i));
	}
}

static const char pre[] = "imap4_proxy_";

static void
put_gauge(const struct print *p, FILE *out, const char *name, uint64_t v,
    const char *help)
{
	fprintf(out, "# TYPE %s%s gauge\n# HELP %s%s %s\n"
	    "%s%s{name=\"%s\"} %llu\n", pre, name, pre, name, help, pre, name,
	    p->name, (unsigned long long)v);
}

void
print_metrics(const struct print *p, FILE *out)
{
	put_gauge(p, out, "active", p->r->live, "Sessions now");
	put_gauge(p, out, "slots", p->r->n, "Sessions that the scoreboard has "
	    "room for");
	if (p->store != NULL) {
		put_gauge(p, out, "verdict_store_values", p->store->values,
		    "What engines said of mails, kept");
		put_gauge(p, out, "verdict_store_used_bytes",
		    p->store->used, "Of its file, in use");
		put_gauge(p, out, "verdict_store_room_bytes",
		    p->store->room, "That may be in use");
	}
	for (int i = 0; i < COUNTER_COUNT; i++) {
		const char *family = counters[i].family;

		if (counters[i].help != NULL)
			fprintf(out, "# TYPE %s%s counter\n# HELP %s%s %s\n",
			    pre, family, pre, family, counters[i].help);
		fprintf(out, "%s%s_total{name=\"%s\"%s%s} %llu\n", pre,
		    family, p->name, counters[i].labels[0] ? "," : "",
		    counters[i].labels, (unsigned long long)
		    counter(p, (enum counter)i));
	}
	fputs("# EOF\n", out);
}

/* ---- JSON ---------------------------------------------------------------- */

static void
json_row(struct json *j, const struct board_row *r)
{
	char text[FIELD_TEXT + 1];

	json_object(j, NULL);
	for (unsigned f = 0; f < fields_count; f++) {
		if (field_is_number(&fields[f]))
			json_num(j, fields[f].name,
			    field_number(&fields[f], r));
		else
			json_str(j, fields[f].name,
			    field_text(&fields[f], r, text));
	}
	json_end(j);
}

void
print_json(const struct print *p, FILE *out)
{
	struct rows all = collect(p);
	struct json j = { .f = out, .ascii = true };
	char name[NAME_ROOM];

	json_object(&j, NULL);
	json_str(&j, "name", str_c(p->name));
	json_str(&j, "config", str_c(p->config));
	json_num(&j, "slots", p->r->n);
	json_num(&j, "active", p->r->live);
	json_object(&j, "counters");
	for (int i = 0; i < COUNTER_COUNT; i++) {
		counter_name((enum counter)i, name);
		json_num(&j, name, counter(p, (enum counter)i));
	}
	json_end(&j);
	if (p->store != NULL) {
		json_object(&j, "verdicts");
		json_num(&j, "values", p->store->values);
		json_num(&j, "used", p->store->used);
		json_num(&j, "room", p->store->room);
		json_end(&j);
	}
	json_array(&j, "sessions");
	for (size_t i = 0; i < all.n; i++)
		json_row(&j, &all.rows[i]);
	json_end(&j);
	json_end(&j);
	free(all.rows);
}

/* ---- a page -------------------------------------------------------------- */

/* vis() leaves ASCII only; of that, what HTML means something by. */
static void
put_html(FILE *out, struct str s)
{
	char seen[VIS_MAX * FIELD_TEXT + 8];

	for (const char *c = vis(seen, sizeof seen, s); *c; c++)
		if (strchr("<>&\"'", *c) != NULL)
			fprintf(out, "&#%d;", *c);
		else
			fputc(*c, out);
}

void
print_html(const struct print *p, FILE *out)
{
	struct rows all = collect(p);
	char text[FIELD_TEXT + 1];

	fprintf(out, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
	    "<meta charset=\"utf-8\"><title>imap4-proxy ");
	put_html(out, str_c(p->name));
	fprintf(out, "</title>\n<style>body{font-family:sans-serif}"
	    "table{border-collapse:collapse;font-size:small}"
	    "td,th{padding:1px 6px;text-align:left;border-bottom:1px solid "
	    "#ccc}</style></head>\n<body><h1>imap4-proxy ");
	put_html(out, str_c(p->name));
	fprintf(out, "</h1>\n<p>%u sessions, room for %u</p>\n",
	    p->r->live, p->r->n);
	if (p->store != NULL)
		fprintf(out, "<p>%llu verdicts, %llu octets of %llu</p>\n",
		    (unsigned long long)p->store->values,
		    (unsigned long long)p->store->used,
		    (unsigned long long)p->store->room);
	fputs("<table><tr>", out);
	for (unsigned f = 0; f < fields_count; f++)
		fprintf(out, "<th title=\"%s\">%s</th>", fields[f].help,
		    fields[f].name);
	fputs("</tr>\n", out);
	for (size_t i = 0; i < all.n; i++) {
		fputs("<tr>", out);
		for (unsigned f = 0; f < fields_count; f++) {
			fputs("<td>", out);
			put_html(out, field_text(&fields[f], &all.rows[i],
			    text));
			fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	fputs("</table>\n</body></html>\n", out);
	free(all.rows);
}
