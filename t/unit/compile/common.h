/* What the compile room's tests share. */

#include <stdio.h>
#include <stdlib.h>

#include "compile.h"
#include "module.h"
#include "regex.h"
#include "resolve.h"
#include "tap.h"
#include "tls.h"

const struct module_head *const module_static[] = {
	&engine_tls.head,
	&engine_regex.head,
	&engine_resolve.head,
	NULL,
};

#define VERSION "version = \"1\"\n"
/* The least that compiles without a warning. */
#define ACLS \
	"session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} }\n" \
	"command-acl \"c\" { no-mail-scanning = yes }\n"

/* Compile and map a good text; ends the test program when it is not. */
__attribute__((unused)) static void
must(const char *text, struct compile_result *r, struct conf *c)
{
	if (compile_text("t.cfg", "/tmp", str_c(text), r) < 0 ||
	    conf_open_mem(c, r->cache, r->size, CONF_CHECK_WHOLE) < 0) {
		printf("Bail out! does not compile:\n%s%s\n", text,
		    r->report);
		exit(1);
	}
}

/* A configuration as text again; malloc'd. */
__attribute__((unused)) static char *
print(const struct conf *c, bool all)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		abort();
	compile_print(c, f, all);
	fclose(f);
	return text;
}
