#include <stdarg.h>

#include "values.h"

uint32_t
values_count(const struct tree_entry *e)
{
	uint32_t n = 0;

	for (const struct tree_value *v = e->first; v != NULL; v = v->next)
		n++;
	return n;
}

bool
values_empty(struct build *b, const struct conf_key *k,
    const struct tree_entry *e)
{
	if (e->first != NULL)
		return false;
	value_error(b, k, e->at, "an empty set: leave the key out, or write "
	    "what it may be");
	return true;
}

void
values_bad(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *fmt, ...)
{
	char text[REPORT_LINE - VALUE_SHOWN], shown[VALUE_SHOWN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	value_error(b, k, v->at, "%s %s", value_shown(v->text, shown), text);
}

int32_t
values_title(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, const char *section)
{
	const struct conf_section *def = conf_section_find(&conf_vocabulary,
	    section);
	const char *titles[TITLES_MAX], *near;
	unsigned n = 0;
	int32_t row = 0;

	for (const struct tree_node *s = tree_section(b->root, def, NULL);
	    s != NULL; s = tree_section(b->root, def, s), row++) {
		if (strcmp(s->title, e->first->text) == 0)
			return row;
		if (n < TITLES_MAX)
			titles[n++] = s->title;
	}
	near = tree_nearest(e->first->text, titles, n);
	values_bad(b, k, e->first, "is no %s section%s%s%s", section,
	    near ? ": did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
	return -1;
}

void
values_open(struct values_out *l, FILE *f)
{
	*l = (struct values_out){ .f = f };
	fputc('{', f);
}

void
values_next(struct values_out *l)
{
	if (l->some)
		fputs(", ", l->f);
	l->some = true;
}

void
values_close(struct values_out *l)
{
	fputc('}', l->f);
}

bool
values_print(const struct conf *c, struct conf_ref table, size_t size,
    size_t align, values_put *put, FILE *f)
{
	struct values_out l;

	if (table.n == 0)
		return false;
	values_open(&l, f);
	for (uint32_t i = 0; i < table.n; i++) {
		const void *row = conf_at(c, table, size, align, i);

		if (row == NULL)
			break;
		values_next(&l);
		if (!put(c, row, f))
			break;
	}
	values_close(&l);
	return true;
}
