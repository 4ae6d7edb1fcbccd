/*
 * imap4-proxy.cfg(5) and mod-mail-doc(5), the key table and the defaults keep
 * in step.
 */

#include "common.h"
#include "fd.h"
#include "keys.h"

static const char *const paths[] = { "man/imap4-proxy.cfg.5",
	"man/mod-mail-doc.5" };

enum { LINES = 3000, PAGES = sizeof paths / sizeof *paths };

static char *pages[PAGES];
static char *lines[LINES];
static const char *section[LINES];	/* the .Ss a line stands in */
static bool used[LINES];
static unsigned nlines;

static void
read_page(unsigned i)
{
	const char *now = "";
	size_t n;

	if (fd_read_file(paths[i], 1 << 20, &pages[i], &n) < 0) {
		printf("Bail out! no %s\n", paths[i]);
		exit(1);
	}
	for (char *p = strtok(pages[i], "\n"); p && nlines < LINES;
	    p = strtok(NULL, "\n")) {
		if (strncmp(p, ".Ss ", 4) == 0)
			now = p + 4;
		if (strncmp(p, ".Sh ", 4) == 0)
			now = "";
		lines[nlines] = p;
		section[nlines++] = now;
	}
}

/* Is a section one of those a .Ss "Section a, b" tells about? */
static bool
about(const char *ss, const char *name)
{
	struct str rest = str_c(ss), item;

	if (*name == '\0')
		return strcmp(ss, "Top level") == 0;
	if (!str_starts(rest, STR("Section ")))
		return false;
	rest.p += 8;
	rest.n -= 8;
	for (bool more = true; more; ) {
		more = str_cut(&rest, ',', &item);
		if (str_eq(str_trim(item), str_c(name)))
			return true;
	}
	return false;
}

static const char *
type_word(const struct conf_key *k)
{
	static const char words[KEY_TYPES][16] = {
		[KEY_VERSION] = "text", [KEY_TEXT] = "text",
		[KEY_NAME] = "name", [KEY_PATH] = "path",
		[KEY_FILE] = "file", [KEY_USER] = "user",
		[KEY_GROUP] = "group", [KEY_TIME] = "time",
		[KEY_SIZE] = "size", [KEY_FLAG] = "flag",
		[KEY_TRI] = "flag", [KEY_AUTH] = "title",
		[KEY_OOB_METHOD] = "word", [KEY_USERS] = "names",
		[KEY_NUMBERS] = "numbers",
		[KEY_ENUM8] = "word", [KEY_ENUM16] = "word",
		[KEY_ENUM32] = "word", [KEY_TARGET] = "target",
		[KEY_ADDRESS] = "address", [KEY_PORTS] = "ports",
		[KEY_SERVER_NAME] = "text", [KEY_SSL] = "title",
		[KEY_BAD_COMMANDS] = "numbers",
		[KEY_NUMBER] = "number", [KEY_DSCP] = "class",
		[KEY_ADDRESSES] = "addresses", [KEY_NAMES] = "titles",
		[KEY_PATTERNS] = "patterns", [KEY_SANS] = "names",
		[KEY_PRINTS] = "fingerprints",
		[KEY_MAILBOXES] = "mailboxes", [KEY_COMMANDS] = "rows",
		[KEY_CAPABILITIES] = "rows", [KEY_MECHANISMS] = "rows",
		[KEY_ITEMS] = "rows", [KEY_EXTENSIONS] = "rows",
		[KEY_SERVERS] = "servers", [KEY_SOURCE] = "source",
		[KEY_NAMESERVERS] = "nameservers",
		[KEY_DOMAINS] = "domains", [KEY_DAYS] = "days",
		[KEY_MONTHS] = "months", [KEY_WDAYS] = "weekdays",
		[KEY_HOURS] = "hours", [KEY_HOURS_INCLUDED] = "hours",
		[KEY_DATES] = "dates", [KEY_WDAY_RANGES] = "weekdays",
		[KEY_PROTOCOL] = "word", [KEY_ANTISPAM] = "title",
		[KEY_HTML] = "title",
		[KEY_NOTICE] = "notice",
		[KEY_FIELD] = "text", [KEY_SIZES] = "sizes",
		[KEY_SCORES] = "scores", [KEY_GLOBS] = "globs",
		[KEY_MIME_TYPES] = "types", [KEY_VIRUS] = "statuses",
		[KEY_ENGINES] = "engines", [KEY_METHODS] = "methods",
		[KEY_ENDPOINTS] = "endpoints",
	};

	return words[k->type];
}

/* NULL: the page says it in its own words. */
static const char *
default_word(const struct conf_key *k)
{
	if (k->flags & KEY_REQUIRED)
		return "required";
	/* by what other keys of the ACL say */
	if (k->flags & KEY_INHERIT && strncmp(k->name, "max-", 4) == 0)
		return NULL;
	if (k->flags & KEY_INHERIT)
		return "inherited";
	if (k->def != NULL)
		return *k->def ? k->def : "none";
	switch (k->type) {
	case KEY_ENUM8: return NULL;
	case KEY_SSL: return "plain text";
	case KEY_SERVERS: case KEY_NAMESERVERS: case KEY_DOMAINS:
		return "none";
	case KEY_COMMANDS: case KEY_CAPABILITIES: case KEY_MECHANISMS:
	case KEY_ITEMS: case KEY_EXTENSIONS:
		return "allowed";
	default: return "any";
	}
}

/* Does the item at a line, or one it shares its text with, name a choice? */
static bool
names_choice(unsigned at, struct str choice)
{
	struct str line, word;

	while (at + 1 < nlines && strncmp(lines[at + 1], ".It", 3) == 0)
		at++;
	for (at++; at < nlines && strncmp(lines[at], ".It", 3) != 0 &&
	    strncmp(lines[at], ".El", 3) != 0; at++) {
		line = str_c(lines[at]);
		if (!str_starts(line, STR(".Cm ")))
			continue;
		for (bool more = true; more; ) {
			more = str_cut(&line, ' ', &word);
			if (str_eq(word, choice))
				return true;
		}
	}
	return false;
}

static void
check_choices(const struct conf_section *s, const struct conf_key *k,
    unsigned at)
{
	struct str list = str_c(k->choices), item, word;
	bool more = true;

	while (more) {
		more = str_cut(&list, ' ', &item);
		str_cut(&item, '=', &word);
		if (!ascii_digit(word.p[0]))
			tap_ok(names_choice(at, word), "%s: %s: %.*s",
			    s->name, k->name, STR_ARG(word));
	}
}

static void
check_key(const struct conf_section *s, const struct conf_key *k)
{
	const char *def = default_word(k);
	char want[200];

	snprintf(want, sizeof want, ".It Ic %s No = Ar %s Pq %s", k->name,
	    type_word(k), def ? def : "");
	for (unsigned i = 0; i < nlines; i++)
		if (about(section[i], s->name) && (def ?
		    strcmp(lines[i], want) == 0 :
		    strncmp(lines[i], want, strlen(want)) == 0)) {
			used[i] = true;
			tap_ok(true, "%s: %s", s->name, k->name);
			if (k->choices != NULL)
				check_choices(s, k, i);
			return;
		}
	tap_ok(false, "%s: %s: wanted %s", s->name, k->name, want);
}

static bool
listed_later(const char *name)
{
	char line[100];

	snprintf(line, sizeof line, ".Ic %s", name);
	for (unsigned i = 0; i < nlines; i++)
		if (strcmp(section[i], "Not in this version") == 0 &&
		    strncmp(lines[i], line, strlen(line)) == 0 &&
		    (lines[i][strlen(line)] == '\0' ||
		    lines[i][strlen(line)] == ' ')) {
			used[i] = true;
			return true;
		}
	return false;
}

/* Depth: the vocabulary's. */
static void
check_section(const struct conf_section *s)
{
	for (const struct conf_key *k = s->keys; k && k->name; k++)
		if (k->flags & KEY_LATER)
			tap_ok(listed_later(k->name), "%s: %s is told to be "
			    "missing", s->name, k->name);
		else if (!(k->flags & KEY_REPLACED))
			check_key(s, k);
	for (const struct conf_section *c = s->sections; c && c->name; c++)
		if (!(c->flags & SECTION_LATER))
			check_section(c);
		else if (conf_section_find(&conf_vocabulary, c->name) ||
		    c->note == NULL)
			tap_ok(listed_later(c->name), "%s is told to be "
			    "missing", c->name);
}

static void
check_leftovers(void)
{
	for (unsigned i = 0; i < nlines; i++) {
		bool item = strncmp(lines[i], ".It Ic", 6) == 0;
		bool later = strcmp(section[i], "Not in this version") == 0 &&
		    strncmp(lines[i], ".Ic", 3) == 0;

		if ((item || later) && !used[i])
			tap_ok(false, "in no table: %s", lines[i]);
	}
}

int
main(void)
{
	for (unsigned i = 0; i < PAGES; i++)
		read_page(i);
	check_section(&conf_vocabulary);
	check_leftovers();
	for (unsigned i = 0; i < PAGES; i++)
		free(pages[i]);
	return tap_done();
}
