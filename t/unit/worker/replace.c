/* Notices: their files, their fields, whatever mails put into them. */

#include <sys/stat.h>

#include <stdlib.h>
#include <unistd.h>

#include "image.h"
#include "replace.h"
#include "tap.h"

static const struct {
	const char *name, *value, *want;
} values[] = {
	{ "a value", "a.exe", "<a.exe>" },
	{ "a line end", "a\r\n--b\r\nContent-Type: x",
	    "<a --b Content-Type: x>" },
	{ "controls", "a\x1b[31m\x07", "<a[31m>" },
	{ "text that turns", "a\xe2\x80\xae" "fdp.exe", "<afdp.exe>" },
	{ "what is not UTF-8", "a\xff", "<a?>" },
	{ "fields in a value", "%n%%", "<%n%%>" },
	{ "nothing", "", "<->" },
	{ "what is not seen", "\xe2\x80\x8b", "<->" },
};

struct set {
	struct image m;
	struct conf c;
	struct replace r;
	struct arena a;
	char dir[64];
};

static void
set_open(struct set *s)
{
	arena_init(&s->a, 8 << 20, NULL, NULL);
	snprintf(s->dir, sizeof s->dir, "%s", image_folder());
	s->c = image_open(&s->m, s->dir);
}

static void
set_close(struct set *s)
{
	replace_close(&s->r);
	arena_fini(&s->a);
	image_remove(s->dir);
}

static struct mime_text
text_of(struct set *s, struct conf_ref notice, enum conf_language l,
    const char *name, const char **why)
{
	struct replace_values v = { 0 };

	v.field[NOTICE_NAME] = str_c(name);
	return replace_text(&s->r, &s->a, notice, l, &v, why);
}

static void
test_values(void)
{
	struct conf_ref notice;
	struct set s;
	const char *why;
	char longest[1001];

	set_open(&s);
	image_file(s.dir, "EN", "n.txt", "<%n>");
	image_file(s.dir, "EN", "h.html", "<%n>%%");
	notice = s.m.doc[0].replace_file = image_str(&s.m, "n.txt");
	s.m.doc[1].replace_file = image_str(&s.m, "h.html");
	replace_open(&s.r, &s.c);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct mime_text t = text_of(&s, notice, CONF_LANG_EN,
		    values[i].value, &why);

		tap_str(str_c(values[i].want), t.octets, "%s",
		    values[i].name);
		tap_ok(why == NULL && !t.html, "%s: a notice as it is",
		    values[i].name);
	}
	for (size_t i = 0; i + 2 < sizeof longest; i += 2)
		memcpy(longest + i, "\xc4\x8d", 3);
	tap_int(2 * REPLACE_VALUE_MAX + 2, (int64_t)text_of(&s, notice,
	    CONF_LANG_EN, longest, &why).octets.n,
	    "a long value is cut at a character");
	tap_str(STR("<&#60;b&#62; &#38;&#39;&#34;>%"), text_of(&s,
	    s.m.doc[1].replace_file, CONF_LANG_EN, "<b> &'\"", &why).octets,
	    "in HTML a value is text");
	tap_ok(text_of(&s, s.m.doc[1].replace_file, CONF_LANG_EN, "x",
	    &why).html, "which is HTML");
	set_close(&s);
}

static void
test_languages(void)
{
	static const struct {
		enum conf_language language;
		const char *charset, *want;
	} want[] = {
		{ CONF_LANG_UNSET, "utf-8", "English a" },
		{ CONF_LANG_EN, "utf-8", "English a" },
		{ CONF_LANG_CZ, "utf-8", "\xc4\x8c" "esky a" },
		{ CONF_LANG_CZ_ASCII, "utf-8", "Cesky a" },
		{ CONF_LANG_CZ_8859_2, "iso-8859-2", "\xc8" "esky a" },
		{ CONF_LANG_CZ_1250, "windows-1250", "\xc8" "esky a" },
	};
	struct conf_ref notice, html;
	const char *why;
	struct set s;

	set_open(&s);
	image_file(s.dir, "CZ", "h.html", "\xc4\x8c" "esky %n");
	html = s.m.doc[0].replace_file = image_str(&s.m, "h.html");
	image_file(s.dir, "EN", "n.txt", "English %n");
	image_file(s.dir, "CZ", "n.txt", "\xc4\x8c" "esky %n");
	image_file(s.dir, "CZ-ASCII", "n.txt", "Cesky %n");
	notice = s.m.mail[0].replace_body = image_str(&s.m, "n.txt");
	replace_open(&s.r, &s.c);
	/* nothing is opened any more */
	image_remove(s.dir);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct mime_text t = text_of(&s, notice, want[i].language,
		    "a", &why);

		tap_str(str_c(want[i].want), t.octets, "language %d",
		    want[i].language);
		tap_str(str_c(want[i].charset), t.charset,
		    "language %d: charset", want[i].language);
	}
	tap_str(STR("utf-8"), text_of(&s, notice, CONF_LANG_CZ_8859_2,
	    "\xe2\x82\xac", &why).charset,
	    "what a charset lacks has it sent in UTF-8");
	for (int l = CONF_LANG_CZ_8859_2; l <= CONF_LANG_CZ_1250; l++) {
		struct mime_text t = text_of(&s, html, (enum conf_language)l,
		    "\xe2\x82\xac\xf0\x9f\x98\x80", &why);

		tap_str(STR("&#268;esky &#8364;&#128512;"), t.octets,
		    "HTML in language %d is ASCII", l);
		tap_str(STR("utf-8"), t.charset, "so what it says of its "
		    "charset stays true");
	}
	set_close(&s);
}

static void
test_bad(void)
{
	static char big[NOTICE_MAX + 2];
	static const struct {
		const char *name, *text, *why;
	} bad[] = {
		{ "none.txt", NULL, "the notice cannot be read" },
		{ "bytes.txt", "a\xff", "the notice is not UTF-8" },
		{ "field.txt", "a %q", "the notice has what is no field" },
		{ "end.txt", "a %", "the notice has what is no field" },
	};
	struct mime_text t;
	const char *why;
	struct set s;

	set_open(&s);
	memset(big, 'x', sizeof big - 1);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (bad[i].text != NULL)
			image_file(s.dir, "EN", bad[i].name, bad[i].text);
		s.m.doc[i].replace_file = image_str(&s.m, bad[i].name);
	}
	image_file(s.dir, "EN", "big.txt", big);
	s.m.mail[0].replace_body = image_str(&s.m, "big.txt");
	replace_open(&s.r, &s.c);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		t = text_of(&s, s.m.doc[i].replace_file, CONF_LANG_EN, "a",
		    &why);
		tap_cstr(bad[i].why, why, "%s", bad[i].name);
		tap_ok(t.octets.n > 10 && !t.html,
		    "%s: a text of ours stands for it", bad[i].name);
	}
	text_of(&s, s.m.mail[0].replace_body, CONF_LANG_EN, "a", &why);
	tap_cstr("the notice is too long", why, "big.txt");
	text_of(&s, image_str(&s.m, "new.txt"), CONF_LANG_EN, "a", &why);
	tap_cstr("the notice was not read", why, "one nobody named");
	tap_ok(replace_brief(CONF_LANG_CZ).octets.n < 20,
	    "a brief text is brief");
	set_close(&s);
}

/* A notice of nothing but fields has a bound. */
static void
test_many(void)
{
	static char many[NOTICE_MAX];
	char value[REPLACE_VALUE_MAX + 1];
	const char *why;
	struct set s;

	set_open(&s);
	for (size_t i = 0; i + 2 < sizeof many; i += 2)
		memcpy(many + i, "%n", 2);
	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	image_file(s.dir, "EN", "n.txt", many);
	s.m.mail[0].replace_body = image_str(&s.m, "n.txt");
	replace_open(&s.r, &s.c);
	tap_ok(text_of(&s, s.m.mail[0].replace_body, CONF_LANG_EN, value,
	    &why).octets.n < 5 * NOTICE_MAX,
	    "a notice does not become many times as long");
	set_close(&s);
}

int
main(void)
{
	test_values();
	test_languages();
	test_bad();
	test_many();
	return tap_done();
}
