/*
 * What libconfuse does alone, and what the compiler makes of it: the reasons
 * for scan.c.  A libconfuse that behaves otherwise fails here first.
 */

#include <confuse.h>

#include <stdarg.h>

#include "common.h"

static char errors[2000];
static int errors_line;

__attribute__((format(printf, 2, 0))) static void
collect(cfg_t *cfg, const char *fmt, va_list ap)
{
	size_t n = strlen(errors);

	vsnprintf(errors + n, sizeof errors - n, fmt, ap);
	strncat(errors, "|", sizeof errors - strlen(errors) - 1);
	errors_line = cfg->line;
}

/* Read a text with libconfuse and a schema like ours. */
static cfg_t *
alone(const char *text, int *rc_r)
{
	static cfg_opt_t acl[] = {
		CFG_STR("deny", NULL, CFGF_NONE),
		CFG_STR_LIST("commands", NULL, CFGF_NONE),
		CFG_END()
	};
	static cfg_opt_t top[] = {
		CFG_STR("name", NULL, CFGF_NONE),
		CFG_SEC("acl", acl, CFGF_MULTI | CFGF_TITLE),
		CFG_END()
	};
	cfg_t *cfg = cfg_init(top, CFGF_NONE);

	errors[0] = '\0';
	cfg_set_error_function(cfg, collect);
	*rc_r = cfg_parse_buf(cfg, text);
	return cfg;
}

static char *
ours(const char *text)
{
	struct compile_result r;
	char *report;
	char full[1000];

	snprintf(full, sizeof full, VERSION "%s", text);
	compile_text("t.cfg", "/tmp", str_c(full), &r);
	report = r.report;
	r.report = NULL;
	compile_free(&r);
	return report;
}

static void
has(const char *text, const char *want)
{
	char *report = ours(text);

	if (!tap_ok(strstr(report, want) != NULL, "ours: %s", want))
		tap_diag("seen %s", report);
	free(report);
}

static void
test_repeats(void)
{
	cfg_t *cfg;
	int rc;

	cfg = alone("name = a\nname = b\n", &rc);
	tap_int(0, rc, "libconfuse takes a key twice");
	tap_cstr("b", cfg_getstr(cfg, "name"), "and the last one wins");
	cfg_free(cfg);
	has("name = a\nname = b\n", "t.cfg:3: name: written twice: first at "
	    "t.cfg:2\n");

	cfg = alone("acl \"x\" { deny = yes }\nacl \"x\" { }\n", &rc);
	tap_int(0, rc, "libconfuse takes a title twice");
	tap_int(1, cfg_size(cfg, "acl"), "and keeps one section");
	tap_ok(cfg_getstr(cfg_getnsec(cfg, "acl", 0), "deny") == NULL,
	    "the last one: a denial is gone");
	cfg_free(cfg);
	has("session-acl \"x\" { deny = yes }\nsession-acl \"x\" { }\n",
	    "t.cfg:3: session-acl \"x\": the same title twice: first at "
	    "t.cfg:2\n");
}

static void
test_silence(void)
{
	cfg_t *cfg;
	int rc;

	cfg = alone("acl \"x\" { commands = {a, *} }\n", &rc);
	tap_int(0, rc, "libconfuse takes a bare star");
	tap_int(1, cfg_size(cfg_getnsec(cfg, "acl", 0), "commands"),
	    "and drops it");
	cfg_free(cfg);
	has("command-acl \"x\" { commands = {a, *} }\n",
	    "'*' stands outside quotes");

	cfg = alone("acl \"x\" { deny = yes\n", &rc);
	tap_int(0, rc, "libconfuse takes a section that never ends");
	cfg_free(cfg);
	has("session-acl \"x\" { deny = yes\n", "'{' is never closed");

	unsetenv("T_NO_SUCH");
	cfg = alone("name = \"a${T_NO_SUCH}b\"\n", &rc);
	tap_int(0, rc, "libconfuse takes a variable that is not set");
	tap_cstr("ab", cfg_getstr(cfg, "name"), "for nothing");
	cfg_free(cfg);
	has("name = \"a${T_NO_SUCH}b\"\n", "is not set in the environment");

	cfg = alone("name = \"a\\x00b\"\n", &rc);
	tap_int(0, rc, "libconfuse takes a NUL in a string");
	tap_cstr("a", cfg_getstr(cfg, "name"), "and cuts it there");
	cfg_free(cfg);
	has("name = \"a\\x00b\"\n", "not an octet from 1 to 255");
}

static void
test_errors(void)
{
	cfg_t *cfg;
	int rc;

	cfg = alone("a = 1\nb = 2\nname = c\n", &rc);
	tap_int(CFG_PARSE_ERROR, rc, "libconfuse refuses an unknown key");
	tap_cstr("no such option 'a'|", errors, "and stops at the first");
	cfg_free(cfg);
	has("xx = 1\nyy = 2\n", "t.cfg:2: xx: unknown key\n"
	    "t.cfg:3: yy: unknown key\n");

	cfg = alone("/* a comment */ /* two */\nbad = c\n", &rc);
	tap_ok(errors_line > 2, "libconfuse counts %d lines up to line 2 "
	    "behind comments", errors_line);
	cfg_free(cfg);
	has("/* a comment */ /* two */\nbad = c\n", "t.cfg:3: bad: ");

	cfg = alone("name + = c\n", &rc);
	tap_int(0, rc, "libconfuse drops a lonely '+'");
	cfg_free(cfg);
	has("name + = c\n", "'+' stands outside quotes");
}

int
main(void)
{
	test_repeats();
	test_silence();
	test_errors();
	return tap_done();
}
