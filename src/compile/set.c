/* Sets and lists of texts: titles, expressions, names, servers. */

#include <stdlib.h>

#include "addr.h"
#include "arena.h"
#include "hostname.h"
#include "mailboxes.h"
#include "regex.h"
#include "users.h"
#include "utf7.h"
#include "values.h"

/* ---- sets of texts ------------------------------------------------------ */

/* What one value becomes; NULL after an error. */
typedef const char *value_check(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text);

static void
read_set(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, struct conf_strset *s, value_check *check)
{
	struct conf_strval *to;
	const char *text;
	bool negative;

	if (values_empty(b, k, e))
		return;
	s->given = 1;
	to = out_table(b->out, sizeof *to, _Alignof(struct conf_strval),
	    values_count(e), &s->values);
	for (const struct tree_value *v = e->first; v; v = v->next, to++) {
		negative = v->text[0] == '!';
		text = check(b, k, v, v->text + negative);
		if (text == NULL)
			continue;
		to->text = out_str(b->out, str_c(text));
		to->negative = negative;
	}
}

static bool
put_text(const struct conf *c, const void *row, FILE *f)
{
	const struct conf_strval *v = row;
	char *text;

	if (asprintf(&text, "%s%s", v->negative ? "!" : "",
	    conf_cstr(c, v->text)) < 0)
		abort();
	value_quote(f, str_c(text));
	free(text);
	return true;
}

static bool
print_set(const struct conf *c, const struct conf_strset *s, FILE *f)
{
	return s->given && VALUES_PRINT(c, struct conf_strval, s->values,
	    put_text, f);
}

/* listener names a section of listen-on; parent one of the phase before. */
static bool
titled(const struct build *b, const struct tree_node *in,
    const char *section, const char *title, const char **titles, unsigned *n)
{
	const struct conf_section *def = conf_section_find(in->def, section);

	if (tree_titled(b->root, in, def, title) != NULL)
		return true;
	for (const struct tree_node *s = tree_section(in, def, NULL);
	    s != NULL && *n < TITLES_MAX; s = tree_section(in, def, s))
		titles[(*n)++] = s->title;
	return false;
}

static const char *
check_title(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	bool parent = strcmp(k->name, "parent") == 0;
	bool first = strcmp(b->node->def->name, "command-acl") == 0;
	const char *before = first ? "session-acl" : "command-acl";
	const struct tree_node *in = parent ? b->root : tree_section(b->root,
	    conf_section_find(&conf_vocabulary, "listen-on"), NULL);
	const char *titles[TITLES_MAX], *near;
	unsigned n = 0, other = TITLES_MAX;

	if (in != NULL && titled(b, in, parent ? before :
	    "non-transparent", text, titles, &n))
		return text;
	if (in != NULL && !parent &&
	    titled(b, in, "transparent", text, titles, &n))
		return text;
	if (parent && titled(b, in, first ? "command-acl" : "session-acl",
	    text, NULL, &other)) {
		values_bad(b, k, v,
		    "is a %s: parent names an ACL of the "
		    "phase before, a %s", first ? "command-acl" :
		    "session-acl", before);
		return NULL;
	}
	near = tree_nearest(text, titles, n);
	values_bad(b, k, v,
	    "is no %s%s%s%s", parent ? before : "listener",
	    near ? ": did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
	return NULL;
}

void
value_read_names(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_title);
}

bool
value_print_names(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

static const char *
check_user(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	bool group = strcmp(k->name, "group") == 0;

	if (users_name(str_c(text)) || strcmp(text, "none") == 0)
		return text;
	if (strcmp(text, "*") == 0)
		values_bad(b, k, v,
		    "is no %s: write \"!none\" for whoever %s", k->name,
		    group ? "has one" : "is known");
	else
		values_bad(b, k, v,
		    "is no %s: write 1 to %d octets of UTF-8 without "
		    "blanks, commas and a '!' or '#' in front", k->name,
		    USERS_NAME);
	return NULL;
}

void
value_read_users(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_user);
}

bool
value_print_users(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

static const char *
check_pattern(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	const struct regex_engine *engine;
	char text_why[200];
	const char *why;
	size_t at;

	engine = module_get("regex", &why);
	if (engine == NULL) {
		values_bad(b, k, v, "cannot be checked: %s", why);
		return NULL;
	}
	if (text[0] == '\0') {
		values_bad(b, k, v, "is an empty expression");
		return NULL;
	}
	if (engine->check(str_c(text), text_why, sizeof text_why, &at) < 0) {
		values_bad(b, k, v,
		    "is no regular expression: %s at its octet %zu",
		    text_why, at + 1);
		return NULL;
	}
	return text;
}

void
value_read_patterns(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_pattern);
}

bool
value_print_patterns(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

static const char *
check_san(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	if ((strncmp(text, "dns:", 4) == 0 && text[4] != '\0') ||
	    (strncmp(text, "email:", 6) == 0 && text[6] != '\0'))
		return text;
	values_bad(b, k, v, "is no alternative name: write \"dns:NAME\" or "
	    "\"email:ADDRESS\"");
	return NULL;
}

void
value_read_sans(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_san);
}

bool
value_print_sans(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

/* "AA:BB..." or "aabb...": 64 hex digits, lower case. */
static const char *
check_print(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	char *hex = arena_alloc(b->arena, 65);
	unsigned n = 0;

	for (const char *p = text; *p != '\0'; p++) {
		char c = *p >= 'A' && *p <= 'F' ? (char)(*p + 32) : *p;
		bool digit = ascii_digit(c) || (c >= 'a' && c <= 'f');

		if (c == ':' && n > 0 && n % 2 == 0)
			continue;
		if (!digit || n == 64) {
			n = 0;
			break;
		}
		hex[n++] = c;
	}
	if (n == 64)
		return hex;
	values_bad(b, k, v, "is no fingerprint: write SHA-256's 64 hexadecimal "
	    "digits (openssl x509 -fingerprint -sha256)");
	return NULL;
}

void
value_read_prints(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_print);
}

bool
value_print_prints(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

/*
 * A name that looks like modified UTF-7 on the wire is not what is compared:
 * to out, of IMAP_UTF8_ROOM octets, what to write.
 */
static bool
is_utf7(struct str text, char *out)
{
	size_t n;

	if (!imap_utf7_decode(out, text, &n) || n == text.n)
		return false;
	out[n] = '\0';
	return acl_mailbox_pattern((struct str){ out, n }) == NULL;
}

static const char *
check_mailbox(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	char utf8[IMAP_UTF8_ROOM(ACL_PATTERN_MAX) + 1];
	const char *why = acl_mailbox_pattern(str_c(text));

	if (why != NULL) {
		values_bad(b, k, v,
		    "%s: write names of mailboxes in UTF-8, '*' for "
		    "any run of characters and '?' for one", why);
		return NULL;
	}
	if (is_utf7(str_c(text), utf8)) {
		values_bad(b, k, v, "is modified UTF-7: write \"%s%s\"",
		    v->text[0] == '!' ? "!" : "", utf8);
		return NULL;
	}
	return imap_is_inbox(str_c(text)) ? "INBOX" : text;
}

void
value_read_mailboxes(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_mailbox);
}

bool
value_print_mailboxes(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

/* ---- globs --------------------------------------------------------------- */

enum {
	/* Names of files have up to 255 octets on most systems. */
	GLOB_MAX = 255,
};

static bool
plain(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return n <= GLOB_MAX && (n == 0 || str_utf8((struct str){ text, n }));
}

static const char *
check_glob(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	if (text[0] != '\0' && plain(text))
		return text;
	values_bad(b, k, v, "is no pattern: write 1 to %d octets of UTF-8, "
	    "'*' for any run of characters and '?' for one", GLOB_MAX);
	return NULL;
}

void
value_read_globs(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_glob);
}

bool
value_print_globs(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return print_set(c, place, f);
}

/* "type/subtype", each with '*' and '?'; "*" is any, "" an unknown one. */
static const char *
check_mime_type(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	struct str type, subtype = str_c(text);

	if (text[0] == '\0')
		return CONF_NO_TYPE;
	if (strcmp(text, "*") == 0)
		return text;
	if (plain(text) && strpbrk(text, " ;,\"()<>@:\\[]=") == NULL &&
	    str_cut(&subtype, '/', &type) && type.n > 0 && subtype.n > 0 &&
	    memchr(subtype.p, '/', subtype.n) == NULL)
		return text;
	values_bad(b, k, v, "is no type: write \"text/plain\", \"image/*\", or "
	    "\"\" for what has none");
	return NULL;
}

static bool
put_type(const struct conf *c, const void *row, FILE *f)
{
	const struct conf_strval *v = row;

	if (strcmp(conf_cstr(c, v->text), CONF_NO_TYPE) != 0)
		return put_text(c, row, f);
	fputs(v->negative ? "\"!\"" : "\"\"", f);
	return true;
}

void
value_read_mime_types(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_set(b, k, e, place, check_mime_type);
}

bool
value_print_mime_types(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_strset *s = place;

	(void)k;
	return s->given && VALUES_PRINT(c, struct conf_strval, s->values,
	    put_type, f);
}

/* ---- hosts -------------------------------------------------------------- */

void
value_read_servers(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_target *t;
	char text[ADDR_TEXT];
	struct str host;
	struct addr a;

	if (values_empty(b, k, e))
		return;
	t = out_table(b->out, sizeof *t, _Alignof(struct conf_target),
	    values_count(e), place);
	for (const struct tree_value *v = e->first; v; v = v->next, t++) {
		if (!addr_split(str_c(v->text), &host, &t->port)) {
			values_bad(b, k, v,
			    "is no server: write \"HOST:PORT\", an "
			    "IPv6 address in brackets: \"[2001:db8::1]:143\"");
		} else if (addr_parse(host, &a) && addr_none(&a)) {
			values_bad(b, k, v,
			    "is no server: nobody has this address");
		} else if (addr_parse(host, &a)) {
			memcpy(t->ip, a.ip, sizeof t->ip);
			t->host = out_str(b->out, str_c(addr_host(&a, text)));
		} else if (hostname_good(host)) {
			t->host = out_str(b->out, host);
		} else {
			values_bad(b, k, v,
			    "has no host name and no address in "
			    "front of its port");
		}
	}
}

static bool
put_server(const struct conf *c, const void *row, FILE *f)
{
	const struct conf_target *t = row;
	const char *host = conf_cstr(c, t->host);
	bool v6 = strchr(host, ':') != NULL;

	fprintf(f, "\"%s%s%s:%u\"", v6 ? "[" : "", host, v6 ? "]" : "",
	    t->port);
	return true;
}

bool
value_print_servers(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return VALUES_PRINT(c, struct conf_target,
	    *(const struct conf_ref *)place, put_server, f);
}

/* Lists that may be empty, kept as they are written. */
static void
read_list(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, struct conf_ref *ref, value_check *check)
{
	struct conf_strval *to = out_table(b->out, sizeof *to,
	    _Alignof(struct conf_strval), values_count(e), ref);
	const char *text;

	for (const struct tree_value *v = e->first; v; v = v->next, to++) {
		text = check(b, k, v, v->text);
		if (text != NULL)
			to->text = out_str(b->out, str_c(text));
	}
}

static const char *
check_nameserver(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	struct str host = str_c(text);
	uint16_t port;
	struct addr a;

	if (addr_parse(host, &a) ||
	    (addr_split(str_c(text), &host, &port) && addr_parse(host, &a)))
		return text;
	values_bad(b, k, v, "is no name server: write its address, or "
	    "\"ADDRESS:PORT\"");
	return NULL;
}

void
value_read_nameservers(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_list(b, k, e, place, check_nameserver);
}

bool
value_print_nameservers(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return VALUES_PRINT(c, struct conf_strval,
	    *(const struct conf_ref *)place, put_text, f);
}

static const char *
check_domain(struct build *b, const struct conf_key *k,
    const struct tree_value *v, const char *text)
{
	if (hostname_good(str_c(text)))
		return text;
	values_bad(b, k, v, "is no domain name");
	return NULL;
}

void
value_read_domains(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	read_list(b, k, e, place, check_domain);
}

bool
value_print_domains(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)k;
	return VALUES_PRINT(c, struct conf_strval,
	    *(const struct conf_ref *)place, put_text, f);
}
