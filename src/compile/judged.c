/* What ACLs of mails and documents take that no other does. */

#include "values.h"

/* ---- texts -------------------------------------------------------------- */

enum {
	/* A line of a header has up to 998 octets (RFC 5322 2.1.1). */
	FIELD_MAX = 200,
};

static bool
one_line(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return n <= FIELD_MAX && (n == 0 || str_utf8((struct str){ text, n }));
}

void
value_read_field(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	if (!one_line(e->first->text))
		values_bad(b, k, e->first, "cannot stand in a field of a "
		    "header: write up to %d octets of UTF-8 without control "
		    "characters", FIELD_MAX);
	else
		*(struct conf_ref *)place = out_str(b->out,
		    str_c(e->first->text));
}

/* A name of notices, or a path. */
void
value_read_notice(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	const char *s = e->first->text;

	if (strchr(s, '/') != NULL) {
		s = value_path(b, s);
	} else if (s[0] == '.') {
		values_bad(b, k, e->first, "is no file: write the name of a "
		    "notice, or a path");
		return;
	}
	*(struct conf_ref *)place = out_str(b->out, str_c(s));
}

/* ---- words -------------------------------------------------------------- */

enum { ALL_VIRUSES = (1 << CONF_VIRUSES) - 1 };

void
value_read_virus(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	uint8_t yes = 0, no = 0;

	if (values_empty(b, k, e))
		return;
	for (const struct tree_value *v = e->first; v; v = v->next) {
		bool negative = v->text[0] == '!';
		unsigned i = 0;

		while (i < CONF_VIRUSES && strcmp(conf_viruses[i],
		    v->text + negative) != 0)
			i++;
		if (i == CONF_VIRUSES) {
			values_bad(b, k, v, "is none of: found, free, "
			    "skipped, unknown, error");
			return;
		}
		*(negative ? &no : &yes) |= (uint8_t)(1u << i);
	}
	yes = (yes ? yes : ALL_VIRUSES) & (uint8_t)~no & ALL_VIRUSES;
	if (yes == 0)
		value_error(b, k, e->at, "holds for no status at all");
	*(uint8_t *)place = yes;
}

bool
value_print_virus(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	uint8_t bits = *(const uint8_t *)place;
	struct values_out out;

	(void)c, (void)k;
	if (bits == 0)
		return false;
	values_open(&out, f);
	for (unsigned i = 0; i < CONF_VIRUSES; i++)
		if (bits >> i & 1) {
			values_next(&out);
			fputs(conf_viruses[i], f);
		}
	values_close(&out);
	return true;
}

/* ---- how types are identified ------------------------------------------- */

static const char methods[CONF_METHODS][13] = {
	[CONF_BY_CONTENT_TYPE] = "content-type",
	[CONF_BY_EXTENSION] = "extension",
	[CONF_BY_MAGIC] = "magic",
};

/* A default has all words in one value. */
static bool
add_method(struct conf_methods *m, struct str word)
{
	uint8_t i = 1;

	while (i < CONF_METHODS && !str_eq(str_c(methods[i]), word))
		i++;
	if (i == CONF_METHODS || m->n == CONF_METHODS - 1 ||
	    memchr(m->method, i, m->n) != NULL)
		return false;
	m->method[m->n++] = i;
	return true;
}

void
value_read_methods(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_methods m = { .n = 0 };
	struct str word, rest;

	if (values_empty(b, k, e))
		return;
	for (const struct tree_value *v = e->first; v; v = v->next) {
		bool more = true;

		rest = str_c(v->text);
		while (more) {
			more = str_cut(&rest, ' ', &word);
			if (add_method(&m, word))
				continue;
			values_bad(b, k, v, "is none of: magic, content-type, "
			    "extension, or stands there twice");
			return;
		}
	}
	*(struct conf_methods *)place = m;
}

bool
value_print_methods(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_methods *m = place;
	struct values_out out;

	(void)c, (void)k;
	if (m->n == 0)
		return false;
	values_open(&out, f);
	for (unsigned i = 0; i < m->n && i < CONF_METHODS - 1; i++) {
		values_next(&out);
		fprintf(f, "\"%s\"", m->method[i] < CONF_METHODS ?
		    methods[m->method[i]] : "");
	}
	values_close(&out);
	return true;
}

bool
value_default_methods(const struct conf_key *k, const struct conf_methods *m)
{
	struct tree_value v = { .text = k->def };
	struct tree_entry e = { .key = k, .first = &v, .last = &v };
	struct conf_methods def = { .n = 0 };

	value_read_methods(NULL, k, &e, &def);
	return memcmp(&def, m, sizeof def) == 0;
}
