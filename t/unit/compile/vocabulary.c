/*
 * Random texts written from the table of keys: what compiles comes back from
 * print to the same octets, with and without the defaults; and every key is
 * in some text that compiles.
 */

#include "common.h"
#include "dice.h"
#include "keys.h"
#include "rows.h"

enum {
	TEXTS = 2500,
	KEYS_MAX = 500,
	/* Of 16: how often a key or section that need not be is written. */
	OFTEN = 2,
};

static unsigned titles, ports;		/* of this text */

/* ---- values -------------------------------------------------------------- */

enum { SAMPLES = 8 };

/* What may stand for a value of each type; lists take one or two of them. */
static const char *const samples[KEY_TYPES][SAMPLES] = {
	[KEY_VERSION] = { "\"1\"" },
	[KEY_NAME] = { "imap4", "other" },
	[KEY_PATH] = { "\"/tmp\"", "\"\"" },
	[KEY_FILE] = { "\"credential:a\"" },
	[KEY_USER] = { "\"\"" },
	[KEY_GROUP] = { "\"\"" },
	[KEY_FLAG] = { "yes", "no" },
	[KEY_TRI] = { "yes", "no" },
	[KEY_TARGET] = { "stderr", "syslog", "journal", "\"file:/tmp/x\"" },
	[KEY_ADDRESS] = { "\"::\"", "\"10.0.0.1\"", "\"2001:db8::1\"" },
	[KEY_SERVER_NAME] = { "client-sni", "\"mail.example.org\"" },
	[KEY_SSL] = { "\"x\"" },
	[KEY_AUTH] = { "none", "\"office\"" },
	[KEY_OOB_METHOD] = { "file" },
	[KEY_DSCP] = { "AF11", "CS1", "EF", "7", "0" },
	[KEY_BAD_COMMANDS] = { "5", "\"3-20\"", "\"1-1\"", "0" },
	[KEY_ADDRESSES] = { "\"10.0.0.0/8\"", "\"!10.1.0.0/16\"", "\"*\"",
	    "\"2001:db8::/32\"", "\"192.0.2.1-192.0.2.9\"",
	    "\"!a.example.org\"", "\"b.example.org\"" },
	[KEY_USERS] = { "\"joe\"", "\"!ann\"", "\"none\"" },
	[KEY_NUMBERS] = { "\">= 32\"", "\"!64\"", "\"8-16\"", "0" },
	[KEY_PATTERNS] = { "'CN=[a-z]+,O=X\\\\.y'", "'!CN=\"b\"'" },
	[KEY_SANS] = { "\"dns:*.example.org\"", "\"!email:a@b\"" },
	[KEY_PRINTS] = { "\"000102030405060708090a0b0c0d0e0f"
	    "000102030405060708090a0b0c0d0e0f\"" },
	[KEY_MAILBOXES] = { "\"INBOX\"", "\"!Trash*\"", "\"Work/*\"",
	    "\"\xc3\xa4?\"" },
	[KEY_SERVERS] = { "\"127.0.0.1:143\"", "\"[2001:db8::1]:993\"",
	    "\"mail.example.org:143\"" },
	[KEY_NAMESERVERS] = { "\"192.0.2.53\"", "\"[2001:db8::53]:5353\"" },
	[KEY_DOMAINS] = { "\"example.org\"", "\"a.example\"" },
	[KEY_DAYS] = { "1", "\"3-9\"", "\"!5\"" },
	[KEY_MONTHS] = { "\"jan\"", "\"oct-mar\"", "\"!7\"" },
	[KEY_WDAYS] = { "\"mon-fri\"", "0", "\"!wed\"" },
	[KEY_HOURS] = { "\"0800-1630\"", "\"2200-0600\"", "\"1200-2400\"" },
	[KEY_HOURS_INCLUDED] = { "\"0800-1630\"", "\"2200-0600\"" },
	[KEY_DATES] = { "\"24 dec - 6 jan\"", "\"1 may\"" },
	[KEY_WDAY_RANGES] = { "\"fri-mon\"", "\"wed\"" },
	[KEY_ANTISPAM] = { "none", "\"p\"", "\"q\"" },
	[KEY_HTML] = { "\"h\"", "\"i\"" },
	[KEY_NOTICE] = { "\"\"" },
	[KEY_FIELD] = { "\"[***]\"", "\"\xc3\xa4\"", "\"\"" },
	[KEY_SIZES] = { "\">= 10M\"", "\"!1K-2K\"", "5", "\"< 3\"" },
	[KEY_SCORES] = { "\">= 5000\"", "UNKNOWN", "\"!UNKNOWN\"",
	    "\"0-10\"" },
	[KEY_GLOBS] = { "\"*.exe\"", "\"!Eicar*\"" },
	[KEY_MIME_TYPES] = { "\"image/*\"", "\"\"", "\"!text/plain\"",
	    "\"!\"" },
	[KEY_VIRUS] = { "found", "free", "error", "\"!skipped\"" },
	[KEY_ENGINES] = { "\"e\"", "\"*\"", "\"!f\"" },
	[KEY_ENDPOINTS] = { "\"/run/a.sock\"", "\"127.0.0.1:3310\"",
	    "\"[::1]:3310\"" },
};

/* Keys that cannot have any value of their type, or go by others. */
static const struct { const char *in, *key, *value; } own[] = {
	{ "", "auth", "\"office\"" },
	{ "ssl-params", "ciphers", "\"HIGH\"" },
	{ "ssl-params", "groups", "\"P-256\"" },
	{ "ssl-params", "ciphersuites", "\"TLS_AES_128_GCM_SHA256\"" },
	{ "transparent", "iface", "\"ppp*\"" },
	{ "transparent", "address", "{\"10.0.0.0/8\", \"!10.0.0.1\"}" },
	{ "oob-auth", "path", "\"/tmp/none\"" },
	{ "monitoring", "socket", "\"a.sock\"" },
	{ "monitoring", "admin-socket", "\"b.sock\"" },
	{ "monitoring", "users-socket", "\"c.sock\"" },
	{ "to-client", "group", "g" }, { "to-client", "max-rate", "1M" },
	{ "to-server", "group", "h" }, { "to-server", "max-rate", "2M" },
	{ "session-acl", "listener", "{\"l\", \"!m\"}" },
	{ "command-acl", "listener", "{\"l\"}" },
	{ "command-acl", "parent", "{\"s\", \"!t\"}" },
	{ "mail-acl", "listener", "{\"l\"}" },
	{ "doc-acl", "listener", "{\"l\"}" },
	{ "mail-acl", "parent", "{\"c\", \"!d\"}" },
	{ "doc-acl", "parent", "{\"c\"}" },
	{ "quarantine", "dir", "\"/tmp\"" },
	{ "antivirus", "protocol", "icap" },
	{ "antivirus", "icap-service", "\"avscan\"" },
	{ "antispam", "protocol", "rspamd" },
	{ "doctype-identification", "order", "{magic, extension}" },
	{ "doctype-identification", "order-upload", "{magic}" },
	{ "doctype-identification", "order-download", "content-type" },
	{ "doctype-identification", "mime-types", "\"/dev/null\"" },
	{ "doctype-identification", "magic", "\"/dev/null\"" },
	{ "doc-acl", "doctype-ident-order", "{\"extension\"}" },
	{ "modify-header", "value", "v" }, { "modify-header", "op", "add" },
	/* a family has one */
	{ "session-acl", "source-address", "{\"192.0.2.1\", "
	    "\"2001:db8::1\"}" },
};

static bool
put_own(FILE *f, const struct conf_section *in, const char *key)
{
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(own[i].in, in->name) == 0 &&
		    strcmp(own[i].key, key) == 0) {
			fputs(own[i].value, f);
			return true;
		}
	return false;
}

/* One of "word=1 other=2". */
static void
put_choice(FILE *f, const char *choices)
{
	struct str list = str_c(choices), item = list, word;
	uint32_t n = 1;

	for (const char *p = choices; *p != '\0'; p++)
		n += *p == ' ';
	n = dice(n) + 1;
	while (n-- > 0)
		str_cut(&list, ' ', &item);
	str_cut(&item, '=', &word);
	fprintf(f, "\"%.*s\"", STR_ARG(word));
}

/* A number that is not always small. */
static uint64_t
number(uint64_t min, uint64_t max)
{
	uint64_t span = max ? max - min : 1000000;

	return min + (dice(3) ? dice(2000) % (span + 1) : span);
}

/* Rows that no text may name are left out. */
static void
put_row(FILE *f, const struct rows *rows)
{
	uint32_t row = dice(rows->count());

	if (dice(6) == 0) {
		fputs("\"*\"", f);
		return;
	}
	while (rows->kind(row) == ROW_NEVER)
		row = dice(rows->count());
	fprintf(f, "\"%s%s\"", dice(3) ? "" : "!", rows->name(row));
}

static void
put_sample(FILE *f, const struct conf_key *k)
{
	const char *const *of = samples[k->type];
	uint32_t n = 0;

	while (n < SAMPLES && of[n] != NULL)
		n++;
	fputs(n > 0 ? of[dice(n)] : "\"\"", f);
}

static void
put_list(FILE *f, const struct conf_key *k)
{
	const struct rows *rows = rows_of(k);

	fputc('{', f);
	for (uint32_t i = 0, n = 1 + dice(2); i < n; i++) {
		fputs(i ? ", " : "", f);
		if (rows != NULL)
			put_row(f, rows);
		else
			put_sample(f, k);
	}
	fputc('}', f);
}

static void
put_value(FILE *f, const struct conf_section *in, const struct conf_key *k)
{
	if (put_own(f, in, k->name))
		return;
	switch (k->type) {
	case KEY_TIME:
		fprintf(f, "%llus", (unsigned long long)number((k->min +
		    999) / 1000, k->max / 1000));
		break;
	case KEY_SIZE:
	case KEY_NUMBER:
		fprintf(f, "%llu", (unsigned long long)number(k->min,
		    k->max));
		break;
	case KEY_ENUM8:
	case KEY_ENUM16:
	case KEY_ENUM32:
		put_choice(f, k->choices);
		break;
	case KEY_PORTS:
		fprintf(f, "%u", ++ports);
		break;
	default:
		if (conf_key_is_list(k))
			put_list(f, k);
		else
			put_sample(f, k);
	}
}

/* ---- texts --------------------------------------------------------------- */

/* Every key that is written, and whether a text with it compiled. */
static struct used {
	const struct conf_key *key;
	const struct conf_section *in;
	bool now, compiled;
} used[KEYS_MAX];
static unsigned nused;

static struct used *
use_of(const struct conf_section *in, const struct conf_key *k)
{
	for (unsigned i = 0; i < nused; i++)
		if (used[i].key == k && used[i].in == in)
			return &used[i];
	if (nused == KEYS_MAX)
		abort();
	used[nused] = (struct used){ .key = k, .in = in };
	return &used[nused++];
}

/* What others cannot do without. */
static bool
is_needed(const char *name)
{
	static const char *const needed[] = { "auth", "plug-to", "value",
	    "dir", "protocol", "icap-service", "certificate", "private-key", "path", "san",
	    "auth-cert-file", "client-ssl-params", "server-ssl-params",
	    "max-rate", "time-spec" };

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (strcmp(needed[i], name) == 0)
			return true;
	return false;
}

static bool
is_written(const struct conf_key *k)
{
	return k->flags & KEY_REQUIRED || is_needed(k->name) ||
	    dice(16) < OFTEN;
}

static void put_inside(FILE *f, const struct conf_section *s);

static void
put_section(FILE *f, const struct conf_section *s, const char *title)
{
	fprintf(f, "%s ", s->name);
	if (s->flags & SECTION_TITLED && title != NULL)
		fprintf(f, "\"%s\" ", title);
	else if (s->flags & SECTION_TITLED)
		fprintf(f, "\"t%u\" ", ++titles);
	fputs("{\n", f);
	put_inside(f, s);
	fputs("}\n", f);
}

/* Those that others name are written by random_text(). */
static bool
is_named(const struct conf_section *c)
{
	static const char *const named[] = { "listen-on", "ssl-params",
	    "oob-auth", "session-acl", "command-acl", "antivirus", "antispam",
	    "quarantine", "html-filter" };

	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (strcmp(named[i], c->name) == 0)
			return true;
	return false;
}

/* Depth: the vocabulary's. */
static void
put_inside(FILE *f, const struct conf_section *s)
{
	for (const struct conf_key *k = s->keys; k && k->name; k++) {
		struct used *u = use_of(s, k);

		if (k->flags & (KEY_LATER | KEY_REPLACED) || !is_written(k))
			continue;
		u->now = true;
		fprintf(f, "%s = ", k->name);
		put_value(f, s, k);
		fputc('\n', f);
	}
	for (const struct conf_section *c = s->sections; c && c->name; c++)
		if (!(c->flags & SECTION_LATER) && !is_named(c) &&
		    (is_needed(c->name) || dice(16) < OFTEN)) {
			put_section(f, c, NULL);
			/* it excludes time, which stands before it */
			if (strcmp(c->name, "time") == 0)
				c++;
		}
}

static const struct conf_section *
top(const char *name)
{
	return conf_section_find(&conf_vocabulary, name);
}

/* What others are named by is always there. */
static char *
random_text(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		abort();
	titles = ports = 0;
	put_inside(f, &conf_vocabulary);
	put_section(f, top("ssl-params"), "x");
	put_section(f, top("oob-auth"), "office");
	put_section(f, top("antivirus"), "e");
	put_section(f, top("antivirus"), "f");
	put_section(f, top("antispam"), "p");
	put_section(f, top("antispam"), "q");
	put_section(f, top("html-filter"), "h");
	put_section(f, top("html-filter"), "i");
	put_section(f, top("quarantine"), NULL);
	fputs("listen-on {\n", f);
	put_section(f, conf_section_find(top("listen-on"),
	    "non-transparent"), "l");
	put_section(f, conf_section_find(top("listen-on"), "transparent"),
	    "m");
	fputs("}\n", f);
	put_section(f, top("session-acl"), "s");
	put_section(f, top("session-acl"), "t");
	put_section(f, top("command-acl"), "c");
	put_section(f, top("command-acl"), "d");
	fclose(f);
	return text;
}

/* ---- there and back ------------------------------------------------------ */

static bool
same_back(const struct conf *c, bool all)
{
	char *text = print(c, all);
	struct compile_result r;
	struct conf back;
	bool same;

	must(text, &r, &back);
	same = c->head->tables_end == back.head->tables_end &&
	    memcmp(c->map + sizeof *c->head, back.map + sizeof *c->head,
	    c->head->tables_end - sizeof *c->head) == 0;
	if (!same)
		tap_diag("printed:\n%s", text);
	conf_close(&back);
	compile_free(&r);
	free(text);
	return same;
}

static void
note_used(bool compiled)
{
	for (unsigned i = 0; i < nused; i++) {
		used[i].compiled |= compiled && used[i].now;
		used[i].now = false;
	}
}

int
main(int argc, char **argv)
{
	unsigned compiled = 0, same = 0;

	for (unsigned i = 0; i < TEXTS; i++) {
		struct compile_result r;
		struct conf c;
		char *text;

		dice_seed = (i + 1) * 0x9e3779b97f4a7c15;
		text = random_text();
		if (compile_text("t.cfg", "/tmp", str_c(text), &r) == 0) {
			compiled++;
			note_used(true);
			if (conf_open_mem(&c, r.cache, r.size,
			    CONF_CHECK_WHOLE) < 0)
				abort();
			same += same_back(&c, false) && same_back(&c, true);
			conf_close(&c);
		} else if (argc > 1) {
			tap_diag("%u: %s", i, r.report);
		}
		(void)argv;
		note_used(false);
		compile_free(&r);
		free(text);
	}
	tap_diag("%u of %u texts compiled", compiled, TEXTS);
	tap_int(compiled, same, "what compiles comes back to the same octets");
	for (unsigned i = 0; i < nused; i++)
		if (!(used[i].key->flags & (KEY_LATER | KEY_REPLACED)))
			tap_ok(used[i].compiled, "%s: %s was among it",
			    used[i].in->name, used[i].key->name);
	return tap_done();
}
