#include "arena.h"
#include "hostname.h"
#include "tables.h"

/* Sections that were written, row by row. */
static uint32_t
count_sections(const struct tree_node *in, const struct conf_section *def)
{
	uint32_t n = 0;

	for (const struct tree_node *s = tree_section(in, def, NULL);
	    s != NULL; s = tree_section(in, def, s))
		n++;
	return n;
}

static uint32_t
count_lines(const struct tree_node *in)
{
	uint32_t n = 0;

	for (const struct tree_node *s = in->first; s; s = s->next)
		n += 1 + count_lines(s);	/* depth: the vocabulary's */
	return n;
}

/*
 * The entry that decides a key: the section's, or the one of this name in
 * what it overrides.
 */
static const struct tree_entry *
deciding(const struct tree_node *node, const struct tree_node *under,
    const struct conf_key *k)
{
	const struct tree_entry *e = node ? tree_entry(node, k) : NULL;

	if (e != NULL || under == NULL)
		return e;
	k = conf_key_find(under->def, k->name);
	return k != NULL ? tree_entry(under, k) : NULL;
}

static void
fill_keys(struct build *b, const struct conf_section *def,
    const struct tree_node *node, const struct tree_node *under, char *place)
{
	char label[TREE_LABEL];

	for (const struct conf_key *k = def->keys; k && k->name; k++) {
		const struct tree_entry *e = deciding(node, under, k);

		if (k->flags & (KEY_LATER | KEY_REPLACED | KEY_BOTH))
			continue;
		b->node = e && !(node && tree_entry(node, k)) ? under : node;
		if (e != NULL && (e->first == NULL || e->first != e->last) &&
		    !conf_key_is_list(k))
			value_error(b, k, e->at, "a list: write one value");
		else if (e != NULL)
			value_types[k->type].read(b, k, e, place + k->at);
		else if (k->flags & KEY_REQUIRED && node != NULL)
			report_add(b->report, REPORT_ERROR, node->at,
			    "%s%s: missing%s", tree_label(node, label),
			    k->name, k->type != KEY_VERSION ? "" :
			    ": version = \"1\" must come first");
		else
			value_default(b, k, place + k->at);
	}
}

static struct conf_ref
put_title(struct build *b, const struct conf_section *def, const char *text)
{
	char *t = arena_printf(b->arena, "%s", text);

	if (def->flags & SECTION_LOWER)
		for (char *p = t; *p != '\0'; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p += 32;
	return out_str(b->out, str_c(t));
}

static void
note_line(struct tables *t, const struct conf_section *def,
    const struct tree_node *node, char *place)
{
	if (def->line_at < 0)
		return;
	t->lines[t->nlines++] = node->at;
	memcpy(place + def->line_at, &t->nlines, sizeof t->nlines);
}

static void fill(struct build *b, struct tables *t,
    const struct conf_section *def, const struct tree_node *node,
    char *place);

static void
fill_table(struct build *b, struct tables *t, const struct conf_section *def,
    const struct tree_node *in, char *place)
{
	struct conf_ref ref;
	char *row = out_table(b->out, def->size, def->align,
	    count_sections(in, def), &ref);

	memcpy(place + def->at, &ref, sizeof ref);
	for (const struct tree_node *s = tree_section(in, def, NULL);
	    s != NULL; s = tree_section(in, def, s), row += def->size)
		fill(b, t, def, s, row);
}

/*
 * One whose keys, and those of its sections, may stand beside it.  in: what
 * it stands in, NULL when that was not written.
 */
static void
fill_both(struct build *b, const struct conf_section *def,
    const struct tree_node *node, const struct tree_node *in, char *place)
{
	const struct conf_section *c = def->sections, *beside;

	fill_keys(b, def, node, in, place);
	for (; c != NULL && c->name != NULL; c++) {
		beside = in ? conf_section_find(in->def, c->name) : NULL;
		fill_keys(b, c, node ? tree_section(node, c, NULL) : NULL,
		    beside ? tree_section(in, beside, NULL) : NULL,
		    place + c->at);
	}
}

/* The sections inside; depth: the vocabulary's. */
static void
fill_sections(struct build *b, struct tables *t,
    const struct conf_section *def, const struct tree_node *node, char *place)
{
	static const struct tree_node none;
	const struct conf_section *c = def->sections;
	const struct tree_node *in = node ? node : &none, *under = NULL;

	for (; c != NULL && c->name != NULL; c++) {
		const struct tree_node *s = tree_section(in, c, NULL);

		if (c->flags & SECTION_LATER)
			continue;
		if (c->flags & SECTION_HIDDEN) {
			under = s;
		} else if (c->flags & SECTION_TABLE) {
			fill_table(b, t, c, in, place);
		} else if (c->flags & SECTION_OVERRIDES) {
			fill_keys(b, c, s, under, place + c->at);
		} else if (c->flags & SECTION_BOTH) {
			fill_both(b, c, s, node, place + c->at);
		} else {
			fill(b, t, c, s, place + c->at);
		}
	}
}

/* One section: node NULL when it was not written. */
static void
fill(struct build *b, struct tables *t, const struct conf_section *def,
    const struct tree_node *node, char *place)
{
	const struct tree_node *outer = b->node;
	struct conf_ref title;

	b->node = node;
	if (node != NULL && def->title_at >= 0) {
		title = put_title(b, def, node->title);
		memcpy(place + def->title_at, &title, sizeof title);
	}
	if (node != NULL)
		note_line(t, def, node, place);
	if (node != NULL && def->given_at >= 0)
		place[def->given_at] = 1;
	fill_keys(b, def, node, NULL, place);
	fill_sections(b, t, def, node, place);
	b->node = outer;
}

void
tables_build(struct build *b, struct tables *t_r)
{
	const struct conf_section *v = &conf_vocabulary;

	*t_r = (struct tables){ .lines = arena_alloc(b->arena,
	    (count_lines(b->root) + 1) * sizeof t_r->lines[0]) };
	t_r->m = out_table(b->out, v->size, v->align, 1, &t_r->main);
	fill(b, t_r, v, b->root, (char *)t_r->m);
	hostname_table(b, t_r->m);
}
