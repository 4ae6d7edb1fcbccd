/*
 * The compiler against any text.  Properties: it ends with a report; what
 * compiles prints as a text that compiles to the same policy tables, octet by
 * octet; and that text prints as itself.
 */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "compile.h"
#include "module.h"
#include "regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

const struct module_head *const module_static[] = {
	&engine_regex.head,
	NULL,
};

static char *
print(const struct conf *c, bool all)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert(f != NULL);
	compile_print(c, f, all);
	fclose(f);
	return text;
}

static void
must_compile(const char *text, struct compile_result *r, struct conf *c)
{
	if (compile_text("printed", "/", str_c(text), r) < 0)
		fprintf(stderr, "%s%s", text, r->report);
	assert(r->errors == 0);
	assert(conf_open_mem(c, r->cache, r->size, CONF_CHECK_WHOLE) == 0);
}

static void
there_and_back(const struct conf *c, bool all)
{
	struct compile_result r;
	char *text = print(c, all), *again;
	struct conf back;

	must_compile(text, &r, &back);
	assert(c->head->tables_end == back.head->tables_end);
	assert(memcmp(c->map + sizeof *c->head, back.map + sizeof *c->head,
	    c->head->tables_end - sizeof *c->head) == 0);
	again = print(&back, all);
	assert(strcmp(text, again) == 0);
	free(again);
	free(text);
	compile_free(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str text = { (const char *)data, n };
	struct compile_result r;
	struct conf c;

	if (compile_text("t.cfg", "/", text, &r) == 0) {
		assert(conf_open_mem(&c, r.cache, r.size,
		    CONF_CHECK_WHOLE) == 0);
		there_and_back(&c, false);
		there_and_back(&c, true);
	} else {
		assert(r.cache == NULL && r.report[0] != '\0');
	}
	compile_free(&r);
	return 0;
}
