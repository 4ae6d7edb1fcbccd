#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "json.h"
#include "report.h"

static bool
before(struct conf_line a, struct conf_line b)
{
	return a.source != b.source ? a.source < b.source : a.line < b.line;
}

static struct report_item **
place_of(struct report *r, struct conf_line at, const char *text)
{
	struct report_item **p = &r->first;

	while (*p != NULL && !before(at, (*p)->at)) {
		bool here = !before((*p)->at, at);

		if (here && strcmp((*p)->text, text) == 0)
			return NULL;
		p = &(*p)->next;
	}
	return p;
}

void
report_add(struct report *r, enum report_kind kind, struct conf_line at,
    const char *fmt, ...)
{
	char text[REPORT_LINE];
	struct report_item **p, *item;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p = place_of(r, at, text);
	if (p == NULL)
		return;
	if (kind == REPORT_ERROR)
		r->errors++;
	else
		r->warnings++;
	if (r->errors + r->warnings > REPORT_MAX)
		return;
	item = arena_alloc(r->arena, sizeof *item);
	*item = (struct report_item){ *p, kind, at,
	    arena_dup(r->arena, str_c(text)).p };
	*p = item;
}

void
report_merge(struct report *r, const struct report *other)
{
	for (const struct report_item *i = other->first; i; i = i->next)
		report_add(r, i->kind, i->at, "%s", i->text);
}

char *
report_print(const struct report *r, const char *const *names)
{
	unsigned all = r->errors + r->warnings;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		abort();
	for (const struct report_item *i = r->first; i; i = i->next) {
		fprintf(f, "%s:", names[i->at.source]);
		if (i->at.line != 0)
			fprintf(f, "%u:", i->at.line);
		fprintf(f, " %s%s\n", i->kind == REPORT_WARNING ?
		    "warning: " : "", i->text);
	}
	if (all > REPORT_MAX)
		fprintf(f, "%s: and %u more\n", names[0], all - REPORT_MAX);
	fclose(f);
	return text;
}

char *
report_print_json(const struct report *r, const char *const *names)
{
	char *text = NULL;
	size_t n = 0;
	struct json j = { .f = open_memstream(&text, &n) };

	if (j.f == NULL)
		abort();
	json_array(&j, NULL);
	for (const struct report_item *i = r->first; i; i = i->next) {
		json_object(&j, NULL);
		json_str(&j, "file", str_c(names[i->at.source]));
		json_num(&j, "line", i->at.line);
		json_str(&j, "severity", str_c(i->kind == REPORT_WARNING ?
		    "warning" : "error"));
		json_str(&j, "text", str_c(i->text));
		json_end(&j);
	}
	json_end(&j);
	fclose(j.f);
	text[n - 1] = '\0';	/* it becomes part of a document */
	return text;
}
