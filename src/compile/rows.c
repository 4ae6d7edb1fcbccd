#include <stdarg.h>

#include "rows.h"
#include "value.h"

enum { UNKNOWN_ROW = 0 };

const struct rows *
rows_of(const struct conf_key *k)
{
	switch ((enum key_type)k->type) {
	case KEY_COMMANDS: return &rows_commands;
	case KEY_CAPABILITIES: return &rows_capabilities;
	case KEY_MECHANISMS: return &rows_mechanisms;
	case KEY_ITEMS: return &rows_items;
	case KEY_EXTENSIONS: return &rows_extensions;
	default: return NULL;
	}
}

static void
set(struct conf_bits *b, unsigned row)
{
	b->w[row / 64] |= 1ull << row % 64;
}

/* Every row, or only those allowed unless named otherwise. */
static struct conf_bits
all_rows(const struct rows *t, bool ask)
{
	struct conf_bits b = { 0 };

	for (unsigned i = 0; i < t->count(); i++)
		if (i != UNKNOWN_ROW && (t->kind(i) == ROW_ALLOW ||
		    (ask && t->kind(i) == ROW_ASK)))
			set(&b, i);
	return b;
}

void
value_default_rows(const struct conf_key *k, struct conf_bits *b)
{
	*b = all_rows(rows_of(k), false);
}

static const char *
near_row(const struct rows *t, const char *word)
{
	const char *names[CONF_BITS];
	unsigned n = 0;

	for (; n < t->count(); n++)
		names[n] = t->name(n);
	return tree_nearest(word, names, n);
}

/* The rows one value names; nothing after an error. */
static struct conf_bits
named_rows(struct build *b, const struct conf_key *k, const struct rows *t,
    const struct tree_value *v, struct str word, bool negative)
{
	struct conf_bits bits = { 0 };
	char shown[VALUE_SHOWN];
	const char *near;
	int row;

	if (str_eq(word, STR("*")))
		return all_rows(t, true);
	if (t->group != NULL)
		bits.w[0] = t->group(word);
	if (bits.w[0] != 0)
		return bits;
	row = t->row(word);
	if (row >= 0) {
		if (t->kind((unsigned)row) == ROW_NEVER && !negative)
			value_error(b, k, v->at, "%s can never be passed: "
			    "leave it out", value_shown(v->text, shown));
		set(&bits, (unsigned)row);
		return bits;
	}
	near = near_row(t, word.p);
	value_error(b, k, v->at, "%s is no %s known here%s%s%s",
	    value_shown(v->text, shown), t->what,
	    near ? ": did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
	return bits;
}

static void
add(struct conf_bits *sum, const struct conf_bits *b)
{
	for (unsigned i = 0; i < CONF_BITS / 64; i++)
		sum->w[i] |= b->w[i];
}

static void
take_away(struct conf_bits *sum, const struct conf_bits *b)
{
	for (unsigned i = 0; i < CONF_BITS / 64; i++)
		sum->w[i] &= ~b->w[i];
}

/* named_r: those of the set that are spelled out in it. */
static void
read_rows(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, struct conf_bits *to,
    struct conf_bits *named_r)
{
	const struct rows *t = rows_of(k);
	struct conf_bits yes = { 0 }, no = { 0 };
	bool positive = false;

	if (e->first == NULL) {
		value_error(b, k, e->at, "an empty set: leave the key out, "
		    "or write what it may be");
		return;
	}
	for (const struct tree_value *v = e->first; v; v = v->next) {
		struct str word = str_c(v->text);
		bool negated = word.n > 0 && word.p[0] == '!';
		struct conf_bits bits;

		word.p += negated;
		word.n -= negated;
		bits = named_rows(b, k, t, v, word, negated);
		positive |= !negated;
		add(negated ? &no : &yes, &bits);
		if (!negated && !str_eq(word, STR("*")))
			add(named_r, &bits);
	}
	if (!positive)
		yes = all_rows(t, false);
	take_away(&yes, &no);
	take_away(named_r, &no);
	*to = yes;
}

/* yes spelled out; with star, "*" and what it must not have as well. */
static void
print_rows(const struct rows *t, const struct conf_bits *b, bool star,
    const struct conf_bits *yes, FILE *f)
{
	const char *comma = star ? ", " : "";

	fputs(star ? "{\"*\"" : "{", f);
	for (unsigned i = 0; i < t->count(); i++) {
		bool negated = star && i != UNKNOWN_ROW && !conf_bit(b, i) &&
		    t->kind(i) != ROW_NEVER;

		if (!negated && !conf_bit(yes, i))
			continue;
		fprintf(f, "%s\"%s%s\"", comma, negated ? "!" : "", t->name(i));
		comma = ", ";
	}
	/* nothing at all is everything without everything */
	if (*comma == '\0')
		fputs("\"*\", \"!*\"", f);
	fputc('}', f);
}

/* What is spelled out of mechanisms matters: both sets must come back. */
void
value_read_mechanisms(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_mechanisms *m = place;

	read_rows(b, k, e, &m->allowed, &m->named);
}

bool
value_print_mechanisms(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_mechanisms *m = place;
	bool star = memcmp(&m->allowed, &m->named, sizeof m->named) != 0;

	(void)c;
	print_rows(rows_of(k), &m->allowed, star, &m->named, f);
	return true;
}

#define ROW_TYPE(t) \
void \
value_read_##t(struct build *b, const struct conf_key *k, \
    const struct tree_entry *e, void *place) \
{ \
	struct conf_bits named = { 0 }; \
\
	read_rows(b, k, e, place, &named); \
} \
bool \
value_print_##t(const struct conf *c, const struct conf_key *k, \
    const void *place, FILE *f) \
{ \
	(void)c; \
	print_rows(rows_of(k), place, false, place, f); \
	return true; \
}
ROW_TYPE(commands)
ROW_TYPE(capabilities)
ROW_TYPE(items)
ROW_TYPE(extensions)
