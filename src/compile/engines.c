/* What looks at mails: protocols, where engines listen, sets of them. */

#include "addr.h"
#include "arena.h"
#include "values.h"

/* ---- protocols ---------------------------------------------------------- */

/* The first word of a protocol prints; some are Kernun's. */
static const struct {
	char word[12];
	uint8_t protocol;
	bool antispam;
} protocols[] = {
	{ "clamd", CONF_CLAMD, false },
	{ "clamav-net", CONF_CLAMD, false },
	{ "clamd-fd", CONF_CLAMD_FD, false },
	{ "clamav-file", CONF_CLAMD_FD, false },
	{ "icap", CONF_ICAP, false },
	{ "spamd", CONF_SPAMD, true },
	{ "rspamd", CONF_RSPAMD, true },
};

enum { PROTOCOLS = sizeof protocols / sizeof *protocols };

void
value_read_protocol(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	bool antispam = strcmp(k->def, "spamd") == 0;

	for (unsigned i = 0; i < PROTOCOLS; i++) {
		if (protocols[i].antispam != antispam ||
		    !str_ieq(str_c(protocols[i].word),
		    str_c(e->first->text)))
			continue;
		*(uint8_t *)place = protocols[i].protocol;
		return;
	}
	values_bad(b, k, e->first, "is no protocol of such a scanner: write %s",
	    antispam ? "spamd or rspamd" : "clamd, clamd-fd or icap");
}

bool
value_print_protocol(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	unsigned i = 0;

	(void)c, (void)k;
	while (i < PROTOCOLS - 1 &&
	    protocols[i].protocol != *(const uint8_t *)place)
		i++;
	fputs(protocols[i].word, f);
	return true;
}

/* ---- where they listen -------------------------------------------------- */

enum {
	/* What sun_path holds, with its NUL. */
	UNIX_PATH_MAX = 108,
};

/*
 * No host names: the worker that talks to scanners has nothing to look them
 * up with.
 */
static void
read_endpoint(struct build *b, const struct conf_key *k,
    const struct tree_value *v, struct conf_endpoint *to)
{
	struct str host;
	struct addr a;

	if (v->text[0] == '/' && strlen(v->text) < UNIX_PATH_MAX) {
		to->path = out_str(b->out, str_c(v->text));
	} else if (addr_split(str_c(v->text), &host, &to->port) &&
	    addr_parse(host, &a) && !addr_none(&a)) {
		memcpy(to->ip, a.ip, sizeof to->ip);
	} else {
		values_bad(b, k, v, "is nowhere a scanner can be: write the "
		    "\"/path\" of its socket, or \"ADDRESS:PORT\"");
	}
}

void
value_read_endpoints(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_endpoint *to;

	if (values_empty(b, k, e))
		return;
	to = out_table(b->out, sizeof *to, _Alignof(struct conf_endpoint),
	    values_count(e), place);
	for (const struct tree_value *v = e->first; v; v = v->next)
		read_endpoint(b, k, v, to++);
}

static bool
put_endpoint(const struct conf *c, const void *row, FILE *f)
{
	const struct conf_endpoint *p = row;
	struct str path = conf_str(c, p->path);
	struct addr a = { .port = p->port };
	char text[ADDR_TEXT];

	if (path.p != NULL) {
		value_quote(f, path);
		return true;
	}
	memcpy(a.ip, p->ip, sizeof a.ip);
	addr_host(&a, text);
	fprintf(f, addr_is4(&a) ? "\"%s:%u\"" : "\"[%s]:%u\"", text, a.port);
	return true;
}

bool
value_print_endpoints(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return VALUES_PRINT(c, struct conf_endpoint,
	    *(const struct conf_ref *)place, put_endpoint, f);
}

/* ---- by their titles ---------------------------------------------------- */

/* One of them; "none" is 0. */
static void
read_title(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place, const char *section)
{
	bool none = strcmp(e->first->text, "none") == 0;

	/* values_title() gives -1 when there is none of that title */
	*(uint32_t *)place = none ? 0 :
	    (uint32_t)(values_title(b, k, e, section) + 1);
}

static bool
print_title(const struct conf *c, const void *row, size_t at, FILE *f)
{
	struct conf_ref name;

	if (row == NULL)
		return false;
	memcpy(&name, (const char *)row + at, sizeof name);
	value_quote(f, conf_str(c, name));
	return true;
}

void
value_read_antispam(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_title(b, k, e, place, "antispam");
}

bool
value_print_antispam(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	uint32_t row = *(const uint32_t *)place;

	(void)k;
	if (row > 0)
		return print_title(c, CONF_AT(c, struct conf_engine,
		    c->main->antispams, row - 1),
		    offsetof(struct conf_engine, name), f);
	fputs("none", f);
	return true;
}

void
value_read_html(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_title(b, k, e, place, "html-filter");
}

bool
value_print_html(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	uint32_t row = *(const uint32_t *)place;

	(void)k;
	return row > 0 && print_title(c, CONF_AT(c, struct conf_html,
	    c->main->html_filters, row - 1), offsetof(struct conf_html, name),
	    f);
}

/* ---- sets of them ------------------------------------------------------- */

/* The engines one value names, as bits; 0 after an error. */
static uint32_t
named(struct build *b, const struct conf_key *k, const struct tree_value *v,
    uint32_t all)
{
	struct tree_value one = *v;
	struct tree_entry e = { .key = k, .first = &one, .last = &one };
	int32_t row;

	one.text += one.text[0] == '!';
	if (strcmp(one.text, "*") == 0)
		return all;
	row = values_title(b, k, &e, "antivirus");
	return row < 0 || row >= CONF_ENGINES_MAX ? 0 : 1u << row;
}

static uint32_t
all_engines(const struct build *b)
{
	const struct conf_section *def = conf_section_find(&conf_vocabulary,
	    "antivirus");
	uint32_t all = 0, n = 0;

	for (const struct tree_node *s = tree_section(b->root, def, NULL);
	    s != NULL && n < CONF_ENGINES_MAX;
	    s = tree_section(b->root, def, s))
		all |= 1u << n++;
	return all;
}

void
value_read_engines(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	uint32_t all = all_engines(b), yes = 0, no = 0, bits;
	bool positive = false;

	*(uint32_t *)place = 0;
	if (values_empty(b, k, e))
		return;
	if (e->first == e->last && strcmp(e->first->text, "none") == 0)
		return;
	for (const struct tree_value *v = e->first; v; v = v->next) {
		bits = named(b, k, v, all);
		positive |= v->text[0] != '!';
		*(v->text[0] == '!' ? &no : &yes) |= bits;
	}
	*(uint32_t *)place = (positive ? yes : all) & ~no;
}

bool
value_print_engines(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	uint32_t bits = *(const uint32_t *)place;
	struct values_out out;

	(void)k;
	if (bits == 0) {
		fputs("none", f);
		return true;
	}
	values_open(&out, f);
	for (uint32_t i = 0; i < CONF_ENGINES_MAX; i++) {
		if (!(bits >> i & 1))
			continue;
		values_next(&out);
		print_title(c, CONF_AT(c, struct conf_engine,
		    c->main->antiviruses, i),
		    offsetof(struct conf_engine, name), f);
	}
	values_close(&out);
	return true;
}
