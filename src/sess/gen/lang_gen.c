/*
 * Makes gen/sess/lang_table.h: the texts of lang.h in English, in Czech and in
 * Czech without diacritics.  usage: lang_gen cs.mo
 *
 * Each language is one char array and the offsets into it: no pointers, so
 * nothing is relocated when a session starts.  msgfmt leaves fuzzy and empty
 * translations out of the .mo file, so a text not found there is an error.
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang.h"

enum {
	MO_MAGIC = 0x950412de,	/* of this machine's byte order */
	MO_MAX = 1 << 20,
	TEXT_MAX = 200,		/* RFC 2683 asks for short lines */
};

#define ENGLISH(id, text) text,
static const char *const english[] = { LANG_TEXTS(ENGLISH) };
#define NAME(id, text) #id,
static const char *const names[] = { LANG_TEXTS(NAME) };

static char mo[MO_MAX + 1];
static size_t mo_size;

/* Letters of Czech, and what ASCII has for them. */
static const struct { char utf8[3], ascii; } letters[] = {
	{ "á", 'a' }, { "č", 'c' }, { "ď", 'd' }, { "é", 'e' }, { "ě", 'e' },
	{ "í", 'i' }, { "ň", 'n' }, { "ó", 'o' }, { "ř", 'r' }, { "š", 's' },
	{ "ť", 't' }, { "ú", 'u' }, { "ů", 'u' }, { "ý", 'y' }, { "ž", 'z' },
	{ "Á", 'A' }, { "Č", 'C' }, { "Ď", 'D' }, { "É", 'E' }, { "Ě", 'E' },
	{ "Í", 'I' }, { "Ň", 'N' }, { "Ó", 'O' }, { "Ř", 'R' }, { "Š", 'S' },
	{ "Ť", 'T' }, { "Ú", 'U' }, { "Ů", 'U' }, { "Ý", 'Y' }, { "Ž", 'Z' },
};

static uint32_t
mo_word(size_t off)
{
	uint32_t w;

	if (off > mo_size - sizeof w)
		errx(1, "the .mo file is damaged");
	memcpy(&w, mo + off, sizeof w);
	return w;
}

static const char *
mo_string(size_t table, uint32_t i)
{
	uint32_t off = mo_word(table + 8 * i + 4);

	if (off > mo_size)
		errx(1, "the .mo file is damaged");
	return mo + off;
}

static void
mo_read(const char *path)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		err(1, "%s", path);
	mo_size = fread(mo, 1, MO_MAX, f);
	fclose(f);
	if (mo_size < 28 || mo_word(0) != MO_MAGIC)
		errx(1, "%s is no .mo file of this machine", path);
}

static const char *
mo_find(const char *msgid)
{
	uint32_t n = mo_word(8);

	for (uint32_t i = 0; i < n; i++)
		if (strcmp(mo_string(mo_word(12), i), msgid) == 0)
			return mo_string(mo_word(16), i);
	return NULL;
}

/* out: TEXT_MAX + 1 octets. */
static void
to_ascii(const char *s, char *out)
{
	while (*s != '\0') {
		size_t i = 0;

		if ((unsigned char)*s < 0x80) {
			*out++ = *s++;
			continue;
		}
		while (i < sizeof letters / sizeof *letters &&
		    strncmp(s, letters[i].utf8, 2) != 0)
			i++;
		if (i == sizeof letters / sizeof *letters)
			errx(1, "no ASCII is known for '%s'", s);
		*out++ = letters[i].ascii;
		s += 2;
	}
	*out = '\0';
}

static void
check(const char *name, const char *s)
{
	if (*s == '\0' || *s == '[' || *s == ' ')
		errx(1, "%s: no resp-text begins like '%s'", name, s);
	if (strlen(s) > TEXT_MAX)
		errx(1, "%s: longer than %d octets", name, TEXT_MAX);
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f || *s == '"' ||
		    *s == '\\')
			errx(1, "%s: an octet that may not be there", name);
}

static void
print_table(const char *name, const char *const *texts)
{
	size_t at = 0;

	printf("static const char %s[] =\n", name);
	for (int i = 0; i < LANG_COUNT; i++) {
		check(names[i], texts[i]);
		printf("    \"%s\\0\"\n", texts[i]);
	}
	printf("    ;\nstatic const uint16_t %s_at[] = {", name);
	for (int i = 0; i < LANG_COUNT; i++) {
		printf("%s%zu,", i % 10 ? " " : "\n\t", at);
		at += strlen(texts[i]) + 1;
	}
	if (at > UINT16_MAX)
		errx(1, "%s: too much text for 16 bits", name);
	printf("\n};\n\n");
}

int
main(int argc, char **argv)
{
	static char plain[LANG_COUNT][TEXT_MAX + 1];
	const char *czech[LANG_COUNT], *ascii[LANG_COUNT];

	if (argc != 2)
		errx(2, "usage: lang_gen cs.mo");
	mo_read(argv[1]);
	for (int i = 0; i < LANG_COUNT; i++) {
		czech[i] = mo_find(english[i]);
		if (czech[i] == NULL)
			errx(1, "%s has no translation of \"%s\" (%s)",
			    argv[1], english[i], names[i]);
		check(names[i], czech[i]);
		to_ascii(czech[i], plain[i]);
		ascii[i] = plain[i];
	}
	printf("/* Made by lang_gen of lang.h and po/cs.po. */\n\n"
	    "#include <stdint.h>\n\n");
	print_table("lang_en", english);
	print_table("lang_cs", czech);
	print_table("lang_cs_ascii", ascii);
	return 0;
}
