#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "addr.h"
#include "arena.h"
#include "log.h"
#include "rows.h"
#include "values.h"
#include "vis.h"

/* ---- helpers ------------------------------------------------------------ */

void
value_error(struct build *b, const struct conf_key *k, struct conf_line at,
    const char *fmt, ...)
{
	char label[TREE_LABEL], text[REPORT_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	report_add(b->report, REPORT_ERROR, at, "%s%s: %s",
	    tree_label(b->node, label), k->name, text);
}

const char *
value_shown(const char *text, char *out)
{
	char seen[VALUE_SHOWN - 2];

	snprintf(out, VALUE_SHOWN, "\"%s\"",
	    vis(seen, sizeof seen, str_c(text)));
	return out;
}

void
value_quote(FILE *f, struct str s)
{
	fputc('"', f);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\' || c == '$')
			fprintf(f, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			fprintf(f, "\\x%02x", c);
		else
			fputc(c, f);
	}
	fputc('"', f);
}

const char *
value_path(struct build *b, const char *text)
{
	if (text[0] == '/' || text[0] == '\0')
		return text;
	return arena_printf(b->arena, "%s/%s", b->folder, text);
}

static bool
print_str(const struct conf *c, struct conf_ref ref, FILE *f)
{
	struct str s = conf_str(c, ref);

	if (s.p == NULL)
		return false;
	value_quote(f, s);
	return true;
}

/* ---- text --------------------------------------------------------------- */

static void
read_text(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	(void)k;
	*(struct conf_ref *)place = out_str(b->out, str_c(e->first->text));
}

static bool
print_text(const struct conf *c, const struct conf_key *k, const void *place,
    FILE *f)
{
	(void)k;
	return print_str(c, *(const struct conf_ref *)place, f);
}

static void
read_name(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	const char *s = e->first->text;
	size_t n = strlen(s);

	/* it names a folder, a table of the kernel and a log's tag */
	if (n == 0 || n > 32 || strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != n)
		values_bad(b, k, e->first,
		    "is not a name: write 1 to 32 letters, "
		    "digits, '-' or '_'");
	else
		read_text(b, k, e, place);
}

static void
read_path(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	const char *s = e->first->text;

	/* a relative default stays so, wherever the text lies */
	if (k->def == NULL || strcmp(s, k->def) != 0)
		s = value_path(b, s);
	*(struct conf_ref *)place = out_str(b->out, str_c(s));
}

static void
read_file(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	static const char cred[] = "credential:";
	const char *s = e->first->text;

	if (strncmp(s, cred, sizeof cred - 1) != 0) {
		read_path(b, k, e, place);
		return;
	}
	s += sizeof cred - 1;
	if (*s == '\0' || *s == '.' || strchr(s, '/') != NULL)
		values_bad(b, k, e->first,
		    "is not the name of a credential: write "
		    "\"credential:NAME\"");
	else
		read_text(b, k, e, place);
}

static void
read_server_name(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_ssl *ssl = place;

	ssl->client_sni = strcmp(e->first->text, "client-sni") == 0;
	if (!ssl->client_sni)
		read_text(b, k, e, &ssl->server_name);
}

static bool
print_server_name(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_ssl *ssl = place;

	(void)k;
	if (!ssl->client_sni)
		return print_str(c, ssl->server_name, f);
	fputs("\"client-sni\"", f);
	return true;
}

/* ---- numbers ------------------------------------------------------------ */

struct unit {
	char letter;
	uint64_t factor;
};
static const struct unit time_units[] = {
	{ 'd', 86400000 }, { 'h', 3600000 }, { 'm', 60000 }, { 's', 1000 },
};
static const struct unit size_units[] = {
	{ 'G', 1 << 30 }, { 'M', 1 << 20 }, { 'K', 1 << 10 },
};

static bool
number(struct str s, const struct unit *units, unsigned n, uint64_t bare,
    uint64_t *v_r)
{
	uint64_t factor = bare, v;
	char last = s.n > 1 ? s.p[s.n - 1] : '\0';

	for (unsigned i = 0; i < n; i++)
		if (units[i].letter == last || (last != 'M' &&
		    ascii_up(units[i].letter) == ascii_up(last))) {
			factor = units[i].factor;
			s.n--;
			break;
		}
	if (!str_u64(s, UINT64_MAX / 2 / factor, &v))
		return false;
	*v_r = v * factor;
	return true;
}

bool
value_time(struct str s, uint64_t *ms_r)
{
	return number(s, time_units, 4, 1000, ms_r);
}

bool
value_size(struct str s, uint64_t *octets_r)
{
	return number(s, size_units, 3, 1, octets_r);
}

static void
print_number(FILE *f, uint64_t v, const struct unit *units, unsigned n,
    uint64_t bare)
{
	for (unsigned i = 0; i < n; i++)
		if (v != 0 && v % units[i].factor == 0) {
			fprintf(f, "%llu%c", (unsigned long long)
			    (v / units[i].factor), units[i].letter);
			return;
		}
	fprintf(f, "%llu", (unsigned long long)(v / bare));
}

static void
read_time(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	uint64_t v;

	if (!value_time(str_c(e->first->text), &v))
		values_bad(b, k, e->first, "is not a time: write seconds, or a "
		    "number with s, m, h or d");
	else if (v < k->min)
		values_bad(b, k, e->first, "is too short: it must not be 0");
	else if (k->max != 0 && v > k->max)
		values_bad(b, k, e->first, "is too long: write at most %llud",
		    (unsigned long long)(k->max / 86400000));
	else
		*(uint64_t *)place = v;
}

static bool
print_time(const struct conf *c, const struct conf_key *k, const void *place,
    FILE *f)
{
	uint64_t v = *(const uint64_t *)place;

	(void)c;
	(void)k;
	if (v == CONF_UNSET)
		return false;
	print_number(f, v, time_units, 4, 1000);
	return true;
}

static void
read_size(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	uint64_t v;

	if (!value_size(str_c(e->first->text), &v))
		values_bad(b, k, e->first, "is not a size: write octets, or a "
		    "number with K, M or G");
	else if (v < k->min || (k->max != 0 && v > k->max))
		values_bad(b, k, e->first,
		    "is out of range: write %llu to %llu",
		    (unsigned long long)k->min, (unsigned long long)k->max);
	else
		*(uint64_t *)place = v;
}

void
value_put_size(FILE *f, uint64_t octets)
{
	print_number(f, octets, size_units, 3, 1);
}

static bool
print_size(const struct conf *c, const struct conf_key *k, const void *place,
    FILE *f)
{
	uint64_t v = *(const uint64_t *)place;

	(void)c;
	(void)k;
	if (v == CONF_UNSET)
		return false;
	value_put_size(f, v);
	return true;
}

/* "N" or "N-M"; a single one is both. */
static bool
number_range(struct str s, uint64_t max, uint64_t *lo_r, uint64_t *hi_r)
{
	struct str lo;

	if (!str_cut(&s, '-', &lo))
		s = lo;
	return str_u64(str_trim(lo), max, lo_r) &&
	    str_u64(str_trim(s), max, hi_r);
}

static void
read_ports(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	uint16_t *port = place;
	uint64_t lo, hi;

	if (!number_range(str_c(e->first->text), 65535, &lo, &hi) ||
	    lo == 0 || lo > hi) {
		values_bad(b, k, e->first,
		    "is not a port: write 1 to 65535, or a "
		    "range \"10143-10150\"");
		return;
	}
	port[0] = (uint16_t)lo;
	port[1] = (uint16_t)hi;
}

static bool
print_ports(const struct conf *c, const struct conf_key *k, const void *place,
    FILE *f)
{
	const uint16_t *port = place;

	(void)c;
	(void)k;
	if (port[0] == port[1])
		fprintf(f, "%u", port[0]);
	else
		fprintf(f, "\"%u-%u\"", port[0], port[1]);
	return true;
}

static void
read_bad_commands(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	uint32_t *max = place;
	uint64_t before, after;

	if (!number_range(str_c(e->first->text), k->max, &before, &after)) {
		values_bad(b, k, e->first, "is not a number, or two: write "
		    "\"BEFORE-AFTER\" for before and after login");
		return;
	}
	max[0] = (uint32_t)before;
	max[1] = (uint32_t)after;
}

static bool
print_bad_commands(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const uint32_t *max = place;

	(void)c;
	(void)k;
	if (max[0] == max[1])
		fprintf(f, "%u", max[0]);
	else
		fprintf(f, "\"%u-%u\"", max[0], max[1]);
	return true;
}

/* ---- words -------------------------------------------------------------- */

static void
read_flag(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	static const char words[6][6] = { "no", "yes", "false", "true",
		"off", "on" };

	for (unsigned i = 0; i < 6; i++)
		if (str_ieq(str_c(words[i]), str_c(e->first->text))) {
			*(uint8_t *)place = i % 2;
			return;
		}
	values_bad(b, k, e->first, "is neither yes nor no");
}

static bool
print_flag(const struct conf *c, const struct conf_key *k, const void *place,
    FILE *f)
{
	(void)c;
	(void)k;
	fputs(*(const uint8_t *)place ? "yes" : "no", f);
	return true;
}

static void
read_tri(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	uint8_t yes = UINT8_MAX;

	read_flag(b, k, e, &yes);
	if (yes <= 1)
		*(uint8_t *)place = yes ? CONF_TRI_YES : CONF_TRI_NO;
}

static bool
print_tri(const struct conf *c, const struct conf_key *k, const void *place,
    FILE *f)
{
	uint8_t v = *(const uint8_t *)place, yes = v == CONF_TRI_YES;

	return v != CONF_TRI_UNSET && print_flag(c, k, &yes, f);
}

/* The next "word=number" of a list of choices. */
static bool
next_choice(struct str *list, struct str *word_r, uint64_t *v_r)
{
	struct str item;

	if (list->n == 0)
		return false;
	str_cut(list, ' ', &item);
	str_cut(&item, '=', word_r);
	str_u64(item, UINT32_MAX, v_r);
	return true;
}

static bool
choose(struct str list, struct str want, uint64_t *v_r)
{
	struct str word;

	while (next_choice(&list, &word, v_r))
		if (str_ieq(word, want))
			return true;
	return false;
}

/* Numbers that stand for a word beside it are left out. */
static void
list_choices(struct str list, char *out, size_t size)
{
	struct str word;
	uint64_t v;
	size_t n = 0;

	while (next_choice(&list, &word, &v) && n < size)
		if (!ascii_digit(word.p[0]))
			n += (size_t)snprintf(out + n, size - n, "%s%.*s",
			    n == 0 ? "" : ", ", STR_ARG(word));
}

static bool
read_choice(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, uint64_t *v_r)
{
	char words[300];

	if (choose(str_c(k->choices), str_c(e->first->text), v_r))
		return true;
	list_choices(str_c(k->choices), words, sizeof words);
	values_bad(b, k, e->first, "is none of: %s", words);
	return false;
}

static bool
print_choice(const struct conf_key *k, uint64_t v, FILE *f)
{
	struct str list = str_c(k->choices), word;
	uint64_t x;

	while (next_choice(&list, &word, &x))
		if (x == v) {
			fprintf(f, "%.*s", STR_ARG(word));
			return true;
		}
	return false;
}

#define ENUM_TYPE(bits) \
static void \
read_enum##bits(struct build *b, const struct conf_key *k, \
    const struct tree_entry *e, void *place) \
{ \
	uint64_t v; \
\
	if (read_choice(b, k, e, &v)) \
		*(uint##bits##_t *)place = (uint##bits##_t)v; \
} \
static bool \
print_enum##bits(const struct conf *c, const struct conf_key *k, \
    const void *place, FILE *f) \
{ \
	(void)c; \
	return print_choice(k, *(const uint##bits##_t *)place, f); \
}
ENUM_TYPE(8)
ENUM_TYPE(16)
ENUM_TYPE(32)

static const char target_words[] = "stderr=0 syslog=1 journal=2";
static_assert(LOG_TO_STDERR == 0 && LOG_TO_SYSLOG == 1 &&
    LOG_TO_JOURNAL == 2, "the words above are enum log_target");

static void
read_target(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct conf_log *log = place;
	const char *s = e->first->text;
	uint64_t v;

	log->path = (struct conf_ref){ 0, 0 };
	if (strncmp(s, "file:", 5) == 0 && s[5] != '\0') {
		log->target = LOG_TO_FILE;
		log->path = out_str(b->out, str_c(value_path(b, s + 5)));
	} else if (choose(str_c(target_words), str_c(s), &v)) {
		log->target = (uint8_t)v;
	} else {
		values_bad(b, k, e->first,
		    "is none of: stderr, syslog, journal, "
		    "file:PATH");
	}
}

static bool
print_target(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	const struct conf_log *log = place;
	struct str list = str_c(target_words), word;
	uint64_t v;

	(void)k;
	if (log->target == LOG_TO_FILE) {
		fprintf(f, "\"file:%s\"", conf_cstr(c, log->path));
		return true;
	}
	while (next_choice(&list, &word, &v))
		if (v == log->target)
			fprintf(f, "%.*s", STR_ARG(word));
	return true;
}

/* ---- addresses, names of sections --------------------------------------- */

static void
read_address(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct addr a;

	if (!addr_parse(str_c(e->first->text), &a))
		values_bad(b, k, e->first,
		    "is not an address: write its number, "
		    "\"0.0.0.0\" or \"::\" for all");
	else
		memcpy(place, a.ip, sizeof a.ip);
}

static bool
print_address(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	char text[ADDR_TEXT];
	struct addr a = { 0 };

	(void)c;
	(void)k;
	memcpy(a.ip, place, sizeof a.ip);
	fprintf(f, "\"%s\"", addr_host(&a, text));
	return true;
}

static void
read_ssl(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	*(int32_t *)place = values_title(b, k, e, "ssl-params");
}

static bool
print_ssl(const struct conf *c, const struct conf_key *k, const void *place,
    FILE *f)
{
	int32_t row = *(const int32_t *)place;
	const struct conf_ssl *s;

	(void)k;
	if (row < 0)
		return false;
	s = CONF_AT(c, struct conf_ssl, c->main->ssl, (uint32_t)row);
	return s != NULL && print_str(c, s->name, f);
}

static void
read_version(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	(void)place;
	if (strcmp(e->first->text, "1") != 0)
		values_bad(b, k, e->first,
		    "is not this program's: write \"1\"");
}

static bool
print_version(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)c;
	(void)k;
	(void)place;
	fputs("\"1\"", f);
	return true;
}

/* ---- numbers, traffic ---------------------------------------------------- */

/* Decimal, or 0x and hexadecimal digits as tc(8) and nft(8) take a mark. */
static bool
plain_number(const char *s, unsigned long long *v_r)
{
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*v_r = strtoull(s, &end, s[0] == '0' && (s[1] | 0x20) == 'x' ? 16 : 10);
	return *end == '\0' && errno == 0;
}

static void
read_number(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	unsigned long long v;

	if (!plain_number(e->first->text, &v) || v < k->min || v > k->max)
		values_bad(b, k, e->first, "is not a number from %llu to %llu",
		    (unsigned long long)k->min, (unsigned long long)k->max);
	else
		*(uint32_t *)place = (uint32_t)v;
}

static bool
print_plain(const struct conf *c, const struct conf_key *k, const void *place,
    FILE *f)
{
	(void)c;
	(void)k;
	fprintf(f, "%u", *(const uint32_t *)place);
	return true;
}

/* RFC 2474, 2597, 3246, 5865, 8622 */
static const struct { char name[12]; uint8_t dscp; } dscp_names[] = {
	{ "CS0", 0 }, { "LE", 1 }, { "CS1", 8 }, { "AF11", 10 },
	{ "AF12", 12 }, { "AF13", 14 }, { "CS2", 16 }, { "AF21", 18 },
	{ "AF22", 20 }, { "AF23", 22 }, { "CS3", 24 }, { "AF31", 26 },
	{ "AF32", 28 }, { "AF33", 30 }, { "CS4", 32 }, { "AF41", 34 },
	{ "AF42", 36 }, { "AF43", 38 }, { "CS5", 40 },
	{ "VOICE-ADMIT", 44 }, { "EF", 46 }, { "CS6", 48 }, { "CS7", 56 },
};

enum { DSCP_NAMES = sizeof dscp_names / sizeof *dscp_names, DSCP_MAX = 63 };

static void
read_dscp(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	struct str s = str_c(e->first->text);
	uint64_t v;

	for (size_t i = 0; i < DSCP_NAMES; i++)
		if (str_ieq(s, str_c(dscp_names[i].name))) {
			*(uint8_t *)place = dscp_names[i].dscp + 1;
			return;
		}
	if (str_u64(s, DSCP_MAX, &v))
		*(uint8_t *)place = (uint8_t)(v + 1);
	else
		values_bad(b, k, e->first,
		    "is not a DSCP: write 0 to 63, or CS0 "
		    "to CS7, AF11 to AF43, EF, LE, VOICE-ADMIT");
}

static bool
print_dscp(const struct conf *c, const struct conf_key *k, const void *place,
    FILE *f)
{
	unsigned v = *(const uint8_t *)place;

	(void)c;
	(void)k;
	if (v == 0)
		return false;
	for (size_t i = 0; i < DSCP_NAMES; i++)
		if (dscp_names[i].dscp == v - 1) {
			fputs(dscp_names[i].name, f);
			return true;
		}
	fprintf(f, "%u", v - 1);
	return true;
}

/* ---- the table ---------------------------------------------------------- */

#define OWN(t) { read_##t, print_##t }
#define SHARED(t) { value_read_##t, value_print_##t }

const struct value_type value_types[KEY_TYPES] = {
	[KEY_VERSION] = OWN(version),
	[KEY_TEXT] = OWN(text),
	[KEY_NAME] = { read_name, print_text },
	[KEY_PATH] = { read_path, print_text },
	[KEY_FILE] = { read_file, print_text },
	[KEY_USER] = OWN(text),
	[KEY_GROUP] = OWN(text),
	[KEY_TIME] = OWN(time),
	[KEY_SIZE] = OWN(size),
	[KEY_FLAG] = OWN(flag),
	[KEY_TRI] = OWN(tri),
	[KEY_ENUM8] = OWN(enum8),
	[KEY_ENUM16] = OWN(enum16),
	[KEY_ENUM32] = OWN(enum32),
	[KEY_TARGET] = OWN(target),
	[KEY_ADDRESS] = OWN(address),
	[KEY_PORTS] = OWN(ports),
	[KEY_SERVER_NAME] = OWN(server_name),
	[KEY_SSL] = OWN(ssl),
	[KEY_AUTH] = SHARED(auth),
	[KEY_OOB_METHOD] = SHARED(oob_method),
	[KEY_NUMBER] = { read_number, print_plain },
	[KEY_DSCP] = OWN(dscp),
	[KEY_BAD_COMMANDS] = OWN(bad_commands),
	[KEY_ADDRESSES] = SHARED(addresses),
	[KEY_NAMES] = SHARED(names),
	[KEY_USERS] = SHARED(users),
	[KEY_NUMBERS] = SHARED(numbers),
	[KEY_PATTERNS] = SHARED(patterns),
	[KEY_SANS] = SHARED(sans),
	[KEY_PRINTS] = SHARED(prints),
	[KEY_MAILBOXES] = SHARED(mailboxes),
	[KEY_COMMANDS] = SHARED(commands),
	[KEY_CAPABILITIES] = SHARED(capabilities),
	[KEY_MECHANISMS] = SHARED(mechanisms),
	[KEY_ITEMS] = SHARED(items),
	[KEY_EXTENSIONS] = SHARED(extensions),
	[KEY_SERVERS] = SHARED(servers),
	[KEY_SOURCE] = SHARED(source),
	[KEY_NAMESERVERS] = SHARED(nameservers),
	[KEY_DOMAINS] = SHARED(domains),
	[KEY_DAYS] = SHARED(days),
	[KEY_MONTHS] = SHARED(months),
	[KEY_WDAYS] = SHARED(wdays),
	[KEY_HOURS] = SHARED(hours),
	[KEY_HOURS_INCLUDED] = SHARED(hours_included),
	[KEY_DATES] = SHARED(dates),
	[KEY_WDAY_RANGES] = SHARED(wday_ranges),
	[KEY_PROTOCOL] = SHARED(protocol),
	[KEY_ANTISPAM] = SHARED(antispam),
	[KEY_HTML] = SHARED(html),
	[KEY_NOTICE] = { value_read_notice, print_text },
	[KEY_FIELD] = { value_read_field, print_text },
	[KEY_SIZES] = SHARED(numbers),
	[KEY_SCORES] = SHARED(numbers),
	[KEY_GLOBS] = SHARED(globs),
	[KEY_MIME_TYPES] = SHARED(mime_types),
	[KEY_VIRUS] = SHARED(virus),
	[KEY_ENGINES] = SHARED(engines),
	[KEY_METHODS] = SHARED(methods),
	[KEY_ENDPOINTS] = SHARED(endpoints),
};

void
value_default(struct build *b, const struct conf_key *k, void *place)
{
	struct tree_value v = { .text = k->def };
	struct tree_entry e = { .key = k, .first = &v, .last = &v };

	if (k->type == KEY_AUTH)
		*(int32_t *)place = k->flags & KEY_INHERIT ?
		    CONF_AUTH_INHERIT : CONF_AUTH_NONE;
	else if (k->flags & KEY_INHERIT)
		*(uint64_t *)place = CONF_UNSET;
	else if (k->type == KEY_SSL)
		*(int32_t *)place = -1;
	else if (rows_of(k) != NULL)
		value_default_rows(k, place);
	else if (k->def != NULL)
		value_types[k->type].read(b, k, &e, place);
}

bool
value_is_default(const struct conf *c, const struct conf_key *k,
    const void *place)
{
	char *text = NULL;
	size_t n = 0;
	struct conf_mechanisms rows = { 0 };
	uint64_t v = 0;
	FILE *f;
	bool same;

	if (rows_of(k) != NULL) {
		value_default_rows(k, &rows.allowed);
		return memcmp(&rows, place, k->type == KEY_MECHANISMS ?
		    sizeof rows : sizeof rows.allowed) == 0;
	}
	if (k->def == NULL)
		return false;
	if (k->type == KEY_TIME)
		return value_time(str_c(k->def), &v) &&
		    *(const uint64_t *)place == v;
	if (k->type == KEY_SIZE)
		return value_size(str_c(k->def), &v) &&
		    *(const uint64_t *)place == v;
	if (k->type == KEY_METHODS)
		return value_default_methods(k, place);
	f = open_memstream(&text, &n);
	if (f == NULL)
		abort();
	same = !value_types[k->type].print(c, k, place, f);
	fclose(f);
	/* words print bare, texts quoted, and "" not at all */
	if (same)
		same = k->def[0] == '\0';
	else if (n >= 2 && text[0] == '"')
		same = strlen(k->def) == n - 2 &&
		    memcmp(text + 1, k->def, n - 2) == 0;
	else
		same = strcmp(text, k->def) == 0;
	free(text);
	return same;
}
