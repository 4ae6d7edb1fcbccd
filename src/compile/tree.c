#include <confuse.h>

#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "scan.h"
#include "tree.h"
#include "vis.h"

/*
 * libconfuse stops at the first name it does not know.  Such a name is put
 * into its schema, as whatever its use turns out to be, and the text is read
 * again, so that one run finds them all.
 */
enum unknown_as { AS_VALUE, AS_SECTION, AS_TITLED };

struct unknown {
	const struct conf_section *in;
	enum unknown_as as;
	struct conf_section def;	/* its name; as a section, itself */
};

struct loader {
	struct scan *scan;
	struct tree_node *root, *top;
	struct unknown unknown[TREE_UNKNOWN_MAX];
	unsigned nunknown;
	unsigned order;
	bool again;	/* the schema was amended */
	bool live;	/* the text is being read, not the schema made */
};

/* libconfuse gives its callbacks no argument of ours. */
static struct loader *loading;

/*
 * A value of this name has a default, so libconfuse sets it the moment a
 * section begins; the name has no path to it from any text.
 */
#define BEGIN_HOOK "|"

/* ---- names -------------------------------------------------------------- */

const char *
tree_label(const struct tree_node *n, char *out)
{
	const struct tree_node *chain[2] = { n, NULL };
	size_t at = 0;

	out[0] = '\0';
	for (chain[1] = n ? n->parent : NULL; chain[1] && !chain[1]->title; )
		chain[1] = chain[1]->parent;
	for (int i = 1; i >= 0; i--) {
		const struct tree_node *c = chain[i];
		char title[60];

		if (c == NULL || c->name == NULL)
			continue;
		/* size: 40 + 60 + 5 for each of two, below TREE_LABEL */
		at += (size_t)snprintf(out + at, TREE_LABEL - at,
		    c->title ? "%.40s \"%s\": " : "%.40s: ", c->name,
		    vis(title, sizeof title, str_c(c->title)));
	}
	return out;
}

/* Letters to change, drop or add to make one of the other (Levenshtein). */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[64], n = (unsigned)strlen(b);

	if (n >= 64 || strlen(a) >= 64)
		return 64;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i] != '\0'; i++) {
		unsigned diagonal = row[0]++;

		for (unsigned j = 0; j < n; j++) {
			unsigned best = diagonal + (ascii_up(a[i]) !=
			    ascii_up(b[j]));

			diagonal = row[j + 1];
			if (diagonal + 1 < best)
				best = diagonal + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j + 1] = best;
		}
	}
	return row[n];
}

const char *
tree_nearest(const char *word, const char *const *names, unsigned n)
{
	/* a third of the letters may be wrong */
	unsigned best = ((unsigned)strlen(word) + 1) / 3;
	const char *found = NULL;

	for (unsigned i = 0; i < n; i++) {
		unsigned d = distance(word, names[i]);

		if (d < best || (d == best && d > 0 && found == NULL)) {
			best = d;
			found = names[i];
		}
	}
	return found;
}

enum { NAMES_MAX = 100 };	/* of one section; command-acl has 50 */

static const char *
nearest_in(const struct conf_section *s, const char *word)
{
	const char *names[NAMES_MAX];
	unsigned n = 0;

	for (const struct conf_key *k = s->keys; k && k->name; k++)
		if (n < NAMES_MAX && !(k->flags & KEY_REPLACED))
			names[n++] = k->name;
	for (const struct conf_section *c = s->sections; c && c->name; c++)
		if (n < NAMES_MAX)
			names[n++] = c->name;
	return tree_nearest(word, names, n);
}

/* The section of the vocabulary's first two levels that has this name. */
static const char *
home_of(const char *word)
{
	const struct conf_section *v = &conf_vocabulary;

	for (const struct conf_section *c = v->sections; c->name; c++)
		if (conf_key_find(c, word) || conf_section_find(c, word))
			return c->name;
	return NULL;
}

static void
report_unknown(struct loader *l, const struct tree_node *in,
    const char *kind, const char *name, struct conf_line at)
{
	char label[TREE_LABEL], word[100];
	const char *near = nearest_in(in->def, name), *home = home_of(name);
	const char *hint = near ? near : home;

	report_add(l->scan->report, REPORT_ERROR, at,
	    "%s%s: unknown %s%s%s%s", tree_label(in, label),
	    vis(word, sizeof word, str_c(name)), kind,
	    near ? ": did you mean " : home ? ": it belongs in " : "",
	    hint ? hint : "", hint ? "?" + (near == NULL) : "");
}

/* ---- what libconfuse tells ---------------------------------------------- */

static struct conf_line
line_of(const cfg_t *cfg)
{
	return scan_line(loading->scan, (unsigned)cfg->line);
}

static void
report_later(const struct tree_node *in, const char *name, bool section,
    const char *note, bool replaced, struct conf_line at)
{
	char label[TREE_LABEL];

	report_add(loading->scan->report, REPORT_ERROR, at,
	    "%s%s: %s%s%s", tree_label(in, label), name,
	    replaced ? "Kernun's: " : note && section ? "" :
	    "not in this version", note && !replaced && !section ? ": " : "",
	    note ? note : "");
}

static void
report_twice(const struct tree_node *in, const char *name, const char *title,
    struct conf_line at, struct conf_line first)
{
	char label[TREE_LABEL], word[100];
	const struct scan *s = loading->scan;

	if (title != NULL)
		report_add(s->report, REPORT_ERROR, at,
		    "%s%s \"%s\": the same title twice: first at %s:%u",
		    tree_label(in, label), name,
		    vis(word, sizeof word, str_c(title)),
		    s->sources[first.source].shown, first.line);
	else
		report_add(s->report, REPORT_ERROR, at,
		    "%s%s: written twice: first at %s:%u",
		    tree_label(in, label), name,
		    s->sources[first.source].shown, first.line);
}

/* What stands in such a section is not looked at. */
static bool
strange(const struct conf_section *s)
{
	return s->flags & (SECTION_LATER | SECTION_UNKNOWN);
}

static const struct conf_section *
find_section(const struct loader *l, const struct conf_section *in,
    const char *name)
{
	const struct conf_section *s = conf_section_find(in, name);

	for (unsigned i = 0; s == NULL && i < l->nunknown; i++)
		if (l->unknown[i].in == in &&
		    strcmp(l->unknown[i].def.name, name) == 0)
			s = &l->unknown[i].def;
	return s;
}

/* Titles are looked for once for each section and each use of it. */
struct tree_index {
	struct tree_node *first[4096];
};

static struct tree_node **
bucket(struct tree_index *index, const struct tree_node *in,
    const struct conf_section *def, const char *title)
{
	uintptr_t key[2] = { (uintptr_t)in, (uintptr_t)def };
	uint64_t sum = conf_sum(key, sizeof key) ^ conf_sum(title,
	    strlen(title));

	return &index->first[sum % 4096];
}

const struct tree_node *
tree_titled(const struct tree_node *root, const struct tree_node *in,
    const struct conf_section *def, const char *title)
{
	const struct tree_node *n = *bucket(root->index, in, def, title);

	while (n != NULL && (n->parent != in || n->def != def ||
	    strcmp(n->title ? n->title : "", title) != 0))
		n = n->same_hash;
	return n;
}

/* Unless it is there already: then the first one. */
static const struct tree_node *
enter(struct tree_node *root, struct tree_node *n)
{
	const char *title = n->title ? n->title : "";
	const struct tree_node *first = tree_titled(root, n->parent, n->def,
	    title);
	struct tree_node **b;

	if (first != NULL)
		return first;
	b = bucket(root->index, n->parent, n->def, title);
	n->same_hash = *b;
	*b = n;
	return n;
}

static void
check_section(struct tree_node *n)
{
	const struct conf_section *d = n->def;
	const struct tree_node *first;

	if (strange(n->parent->def))
		return;
	if (d->flags & SECTION_UNKNOWN) {
		report_unknown(loading, n->parent, "section", n->name,
		    n->at);
		return;
	}
	if (d->flags & SECTION_LATER) {
		report_later(n->parent, d->name, true, d->note, false,
		    n->at);
		return;
	}
	first = enter(loading->root, n);
	if (first != n) {
		report_twice(n->parent, d->name, n->title, n->at, first->at);
		return;
	}
	if (n->title != NULL && n->title[0] == '\0')
		report_add(loading->scan->report, REPORT_ERROR, n->at,
		    "%s: an empty title", d->name);
}

/* A section begins. */
static int
begin(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct loader *l = loading;
	struct arena *a = l->scan->arena;
	struct tree_node *n;

	(void)opt;
	*(const char **)result = value;
	if (!l->live)
		return 0;
	n = arena_alloc(a, sizeof *n);
	n->parent = l->top;
	n->name = arena_dup(a, str_c(cfg_name(cfg))).p;
	if (cfg_title(cfg) != NULL)
		n->title = arena_dup(a, str_c(cfg_title(cfg))).p;
	n->at = line_of(cfg);
	n->order = ++l->order;
	n->def = find_section(l, l->top->def, n->name);
	if (l->top->last != NULL)
		l->top->last->next = n;
	else
		l->top->first = n;
	l->top->last = n;
	l->top = n;
	check_section(n);
	return 0;
}

/* A section ended. */
static int
end(cfg_t *cfg, cfg_opt_t *opt)
{
	(void)cfg;
	(void)opt;
	loading->top = loading->top->parent;
	return 0;
}

static struct tree_entry *
add_entry(struct tree_node *n, const struct conf_key *k, struct conf_line at)
{
	struct tree_entry *e = arena_alloc(loading->scan->arena, sizeof *e);

	e->key = k;
	e->at = at;
	e->order = ++loading->order;
	if (n->last_entry != NULL)
		n->last_entry->next = e;
	else
		n->entries = e;
	n->last_entry = e;
	return e;
}

/* The entry a value goes to: lists get theirs one by one. */
static struct tree_entry *
entry_for(struct tree_node *n, const struct conf_key *k, unsigned nth,
    struct conf_line at)
{
	struct tree_entry *e = n->entries;

	while (e != NULL && e->key != k)
		e = e->next;
	if (e == NULL)
		return add_entry(n, k, at);
	/* '=' begins a list anew, '+=' and further values do not */
	if (nth <= 1) {
		report_twice(n, k->name, NULL, at, e->at);
		return NULL;
	}
	return e;
}

static void
add_value(struct tree_entry *e, const char *text, struct conf_line at)
{
	struct arena *a = loading->scan->arena;
	struct tree_value *v = arena_alloc(a, sizeof *v);

	v->text = arena_dup(a, str_c(text)).p;
	v->at = at;
	if (e->last != NULL)
		e->last->next = v;
	else
		e->first = v;
	e->last = v;
}

/* A key got a value. */
static int
value_of(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct tree_node *n = loading->top;
	struct conf_line at = line_of(cfg);
	const struct conf_key *k;
	struct tree_entry *e;

	*(const char **)result = value;
	if (strange(n->def))
		return 0;
	k = conf_key_find(n->def, opt->name);
	if (k == NULL) {
		if (opt->nvalues <= 1)
			report_unknown(loading, n, "key", opt->name, at);
		return 0;
	}
	if (k->flags & (KEY_LATER | KEY_REPLACED)) {
		if (opt->nvalues <= 1)
			report_later(n, k->name, false, k->note,
			    k->flags & KEY_REPLACED, at);
		return 0;
	}
	e = entry_for(n, k, opt->nvalues, at);
	if (e != NULL && strcmp(value, SCAN_EMPTY_LIST) != 0)
		add_value(e, value, at);
	return 0;
}

/* ---- errors ------------------------------------------------------------- */

static void
amend(struct loader *l, const struct conf_section *in, const char *name,
    struct conf_line at)
{
	if (l->nunknown == TREE_UNKNOWN_MAX) {
		report_add(l->scan->report, REPORT_ERROR, at,
		    "more than %d unknown names; checking stopped here",
		    TREE_UNKNOWN_MAX);
		return;
	}
	l->unknown[l->nunknown++] = (struct unknown){ in, AS_VALUE,
	    { .name = arena_dup(l->scan->arena, str_c(name)).p,
	      .flags = SECTION_UNKNOWN } };
	l->again = true;
}

/* An unknown name is used otherwise than thought: true when that helps. */
static bool
amend_use(struct loader *l, const char *name, enum unknown_as was)
{
	for (unsigned i = 0; i < l->nunknown; i++) {
		struct unknown *u = &l->unknown[i];

		if (u->in == l->top->def && u->as == was &&
		    strcmp(u->def.name, name) == 0) {
			u->as++;
			l->again = true;
			return true;
		}
	}
	return false;
}

static void
syntax_error(struct loader *l, const cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[200], seen[250], label[TREE_LABEL];

	vsnprintf(text, sizeof text, fmt, ap);
	report_add(l->scan->report, REPORT_ERROR, line_of(cfg),
	    "%ssyntax error: %s; checking stopped here",
	    tree_label(l->top, label), vis(seen, sizeof seen, str_c(text)));
}

__attribute__((format(printf, 2, 0))) static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct loader *l = loading;
	va_list copy;
	const char *name;

	va_copy(copy, ap);
	name = strstr(fmt, "'%s'") ? va_arg(copy, const char *) : "";
	va_end(copy);
	if (strncmp(fmt, "no such option", 14) == 0) {
		amend(l, l->top->def, name, line_of(cfg));
		return;
	}
	if (strncmp(fmt, "missing equal sign", 18) == 0 &&
	    amend_use(l, name, AS_VALUE))
		return;
	if (strncmp(fmt, "missing opening brace", 21) == 0 &&
	    amend_use(l, name, AS_SECTION))
		return;
	syntax_error(l, cfg, fmt, ap);
}

/* ---- the schema --------------------------------------------------------- */

/*
 * Every value is a string, or some: reading them is ours, with their place at
 * hand; a list where one belongs would end libconfuse's reading.
 */
static cfg_opt_t
value_opt(const char *name)
{
	return (cfg_opt_t){ .name = name, .type = CFGT_STR,
	    .flags = CFGF_NODEFAULT | CFGF_LIST, .parsecb = value_of };
}

static cfg_opt_t
section_opt(const char *name, bool titled, cfg_opt_t *sub)
{
	/* MULTI for all: single ones would be begun before the text */
	return (cfg_opt_t){ .name = name, .type = CFGT_SEC,
	    .flags = CFGF_MULTI | (titled ? CFGF_TITLE : CFGF_NONE),
	    .subopts = sub, .validcb = end };
}

/* Never written in any text, and set when a section begins. */
static cfg_opt_t
hook_opt(void)
{
	static char any[] = "x";

	return (cfg_opt_t){ .name = BEGIN_HOOK, .type = CFGT_STR,
	    .def = { .parsed = any }, .parsecb = begin };
}

static unsigned
count(const struct loader *l, const struct conf_section *s)
{
	unsigned n = 0;

	for (const struct conf_key *k = s->keys; k && k->name; k++)
		n++;
	for (const struct conf_section *c = s->sections; c && c->name; c++)
		n++;
	for (unsigned i = 0; i < l->nunknown; i++)
		n += l->unknown[i].in == s;
	return n;
}

/* Depth: SCAN_BRACES at most, as the text nests. */
static cfg_opt_t *
schema(struct loader *l, const struct conf_section *s)
{
	cfg_opt_t *o, *all;

	/* size: the hook, all of the section's names, and an end */
	all = arena_alloc(l->scan->arena, (count(l, s) + 2) * sizeof *o);
	o = all;
	*o++ = hook_opt();
	for (const struct conf_key *k = s->keys; k && k->name; k++)
		*o++ = value_opt(k->name);
	for (const struct conf_section *c = s->sections; c && c->name; c++)
		*o++ = section_opt(c->name, c->flags & SECTION_TITLED,
		    schema(l, c));
	for (unsigned i = 0; i < l->nunknown; i++) {
		const struct unknown *u = &l->unknown[i];

		if (u->in != s)
			continue;
		*o++ = u->as == AS_VALUE ? value_opt(u->def.name) :
		    section_opt(u->def.name, u->as == AS_TITLED,
		    schema(l, &u->def));
	}
	return all;
}

/* ---- reading ------------------------------------------------------------ */

static bool
read_once(struct loader *l)
{
	struct scan *s = l->scan;
	struct report pass = { .arena = s->arena }, *all = s->report;
	bool ok = true;
	cfg_t *cfg;

	l->root = l->top = arena_alloc(s->arena, sizeof *l->root);
	l->root->def = &conf_vocabulary;
	l->root->at = (struct conf_line){ 0, 1 };
	l->root->index = arena_alloc(s->arena, sizeof *l->root->index);
	l->again = l->live = false;
	loading = l;
	s->report = &pass;
	cfg = cfg_init(schema(l, &conf_vocabulary), CFGF_NONE);
	if (cfg == NULL)
		abort();
	cfg_set_error_function(cfg, on_error);
	l->live = true;
	if (s->n > 0)
		ok = cfg_parse_buf(cfg, s->text) == CFG_SUCCESS;
	/* it is silent about an empty name, and about running out of memory */
	if (!ok && !l->again && pass.errors == 0)
		report_add(&pass, REPORT_ERROR, line_of(cfg),
		    "syntax error; checking stopped here");
	cfg_free(cfg);
	loading = NULL;
	s->report = all;
	if (!l->again)
		report_merge(all, &pass);
	return ok;
}

struct tree_node *
tree_read(struct scan *s)
{
	struct loader l = { .scan = s };
	bool ok;

	do
		ok = read_once(&l);
	while (l.again);
	return ok ? l.root : NULL;
}

const struct tree_entry *
tree_entry(const struct tree_node *n, const struct conf_key *k)
{
	const struct tree_entry *e = n->entries;

	while (e != NULL && e->key != k)
		e = e->next;
	return e;
}

struct tree_node *
tree_section(const struct tree_node *n, const struct conf_section *def,
    const struct tree_node *after)
{
	struct tree_node *c = after ? after->next : n->first;

	while (c != NULL && c->def != def)
		c = c->next;
	return c;
}
