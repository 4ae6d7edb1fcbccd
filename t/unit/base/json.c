#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "module.h"
#include "tap.h"

const struct module_head *const module_static[] = { NULL };

/* A string as JSON; malloc'd. */
static char *
text_of(struct str s)
{
	char *text = NULL;
	size_t n = 0;
	struct json j = { .f = open_memstream(&text, &n) };

	if (j.f == NULL)
		abort();
	json_str(&j, NULL, s);
	fclose(j.f);
	return text;
}

static void
test_strings(void)
{
	static const struct {
		const char *name;
		struct str s;
		const char *want;
	} rows[] = {
		{ "plain", STR("a b"), "\"a b\"" },
		{ "empty", STR(""), "\"\"" },
		{ "none", { NULL, 0 }, "null" },
		{ "quotes", STR("\"\\/"), "\"\\\"\\\\/\"" },
		{ "controls", STR("\n\t\r\001\177\0x"),
		  "\"\\n\\t\\u000d\\u0001\\u007f\\u0000x\"" },
		{ "UTF-8", STR("\303\251"), "\"\303\251\"" },
		{ "no UTF-8", STR("\303x\351"), "\"\\u00c3x\\u00e9\"" },
		{ "a NUL and UTF-8", STR("\303\251\0"),
		  "\"\\u00c3\\u00a9\\u0000\"" },
	};
	char *seen;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		seen = text_of(rows[i].s);
		tap_cstr(rows[i].want, seen, "%s", rows[i].name);
		free(seen);
	}
}

static void
test_nesting(void)
{
	char *text = NULL;
	size_t n = 0;
	struct json j = { .f = open_memstream(&text, &n) };

	if (j.f == NULL)
		abort();
	json_object(&j, NULL);
	json_array(&j, "a");
	json_end(&j);
	json_object(&j, "b\"");
	json_num(&j, "n", UINT64_MAX);
	json_bool(&j, "t", true);
	json_end(&j);
	json_array(&j, "c");
	json_raw(&j, NULL, "[1]");
	json_object(&j, NULL);
	json_end(&j);
	json_bool(&j, NULL, false);
	json_end(&j);
	json_end(&j);
	fclose(j.f);
	tap_cstr("{\"a\": [], \"b\\\"\": {\"n\": 18446744073709551615, "
	    "\"t\": true}, \"c\": [[1], {}, false]}\n", text, "nests");
	free(text);
}

static void
test_ascii(void)
{
	char *text = NULL;
	size_t n = 0;
	struct json j = { .f = open_memstream(&text, &n), .ascii = true };

	if (j.f == NULL)
		abort();
	json_array(&j, NULL);
	json_str(&j, NULL, STR("k\u016f\u0148 \U0001f40e \u20ac"));
	json_str(&j, NULL, STR("\xc2\x9b" "2J"));
	json_str(&j, NULL, STR("\xff"));
	json_end(&j);
	fclose(j.f);
	tap_cstr("[\"k\\u016f\\u0148 \\ud83d\\udc0e \\u20ac\", "
	    "\"\\u009b2J\", \"\\u00ff\"]\n", text,
	    "ASCII alone, if that is wanted");
	free(text);
}

int
main(void)
{
	test_strings();
	test_ascii();
	test_nesting();
	return tap_done();
}
