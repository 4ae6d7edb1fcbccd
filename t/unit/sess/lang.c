/* Texts: complete in every language, and ASCII where IMAP wants it. */

#include <stdio.h>
#include <string.h>

#include "lang.h"
#include "str.h"
#include "tap.h"

#define PO "src/sess/po/cs.po"

static const enum conf_language all[] = {
	CONF_LANG_UNSET, CONF_LANG_EN, CONF_LANG_CZ, CONF_LANG_CZ_ASCII,
	CONF_LANG_CZ_8859_2, CONF_LANG_CZ_1250,
};

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

static void
test_charset(void)
{
	for (size_t l = 0; l < sizeof all / sizeof *all; l++) {
		int ascii = 0, utf8 = 0, filled = 0;

		for (int i = 0; i < LANG_COUNT; i++) {
			const char *s = lang_text(i, all[l], false);

			ascii += is_ascii(s);
			filled += *s != '\0' && *s != '[';
			s = lang_text(i, all[l], true);
			utf8 += str_utf8(str_c(s));
		}
		tap_int(LANG_COUNT, ascii,
		    "language %d is ASCII before UTF-8 is enabled", all[l]);
		tap_int(LANG_COUNT, filled, "language %d has each text",
		    all[l]);
		tap_int(LANG_COUNT, utf8, "language %d is valid UTF-8 after",
		    all[l]);
	}
}

static void
test_texts(void)
{
	static const struct { enum conf_language l; bool utf8;
	    const char *want; } t[] = {
		{ CONF_LANG_EN, true, "Too many bad commands" },
		{ CONF_LANG_UNSET, false, "Too many bad commands" },
		{ CONF_LANG_CZ, true, "Příliš mnoho chybných příkazů" },
		{ CONF_LANG_CZ, false, "Prilis mnoho chybnych prikazu" },
		{ CONF_LANG_CZ_ASCII, true, "Prilis mnoho chybnych prikazu" },
		{ CONF_LANG_CZ_8859_2, true, "Prilis mnoho chybnych prikazu" },
		{ CONF_LANG_CZ_1250, true, "Prilis mnoho chybnych prikazu" },
	};
	int same = 0;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_cstr(t[i].want, lang_text(LANG_LIMIT_BAD, t[i].l,
		    t[i].utf8), "language %d, UTF-8 %d", t[i].l, t[i].utf8);
	for (int i = 0; i < LANG_COUNT; i++)
		same += strcmp(lang_text(i, CONF_LANG_EN, true),
		    lang_text(i, CONF_LANG_CZ, true)) == 0;
	tap_int(0, same, "no Czech text is English");
	tap_cstr("The session cannot be logged",
	    lang_text(LANG_BYE_LOG, CONF_LANG_EN, false),
	    "a text in the middle of the table is where it should be");
	tap_cstr("Authentication cancelled",
	    lang_text(LANG_COUNT - 1, CONF_LANG_EN, false), "and the last");
}

/* First line of a command's output; false when it failed. */
static bool
run(const char *command, char *line, size_t size)
{
	FILE *f = popen(command, "r");

	line[0] = '\0';
	if (f == NULL)
		return false;
	if (fgets(line, (int)size, f) == NULL)
		line[0] = '\0';
	return pclose(f) == 0;
}

static void
test_po(void)
{
	char line[256], want[64];

	tap_ok(run("LC_ALL=C msgfmt -c --statistics -o /dev/null " PO " 2>&1",
	    line, sizeof line), "msgfmt -c has no complaint: %s", line);
	snprintf(want, sizeof want, "%d translated messages.\n", LANG_COUNT);
	tap_cstr(want, line, "nothing is fuzzy or untranslated");
	tap_ok(run("xgettext -L C --keyword=X:2 --omit-header -o - "
	    "src/sess/lang.h | msgcmp " PO " - 2>&1", line, sizeof line),
	    "the catalogue and lang.h hold the same texts: %s", line);
}

int
main(void)
{
	test_charset();
	test_texts();
	test_po();
	return tap_done();
}
