/* What test-imap4 -t tells of an ACL's settings. */

#include "common.h"
#include "keys.h"
#include "settings.h"

static const char policy[] = VERSION
    "idle-timeout = 40m\n"
    "session-acl \"plain\" { from = {\"10.0.0.0/8\"} listener = {\"a\"}\n"
    "time \"t\" { day = 1 } plug-to = {\"[2001:db8::1]:143\", \"a.b:1\"} }\n"
    "session-acl \"czech\" { language = CZ login-timeout = 90s }\n"
    "listen-on { non-transparent \"a\" { port = 143 } }\n"
    "ssl-params \"x\\\"y\" { auth-cert-file = \"credential:ca\" }\n"
    "command-acl \"bare\" { no-mail-scanning = yes\n"
    "plug-to = {\"127.0.0.1:143\"} }\n"
    "command-acl \"full\" { no-mail-scanning = yes deny = no\n"
    "client-cert { subject = 'a.*' }\n"
    "server-cert-match { subject = {'CN=a\\\\.b', '!x'} }\n"
    "server-ssl-params = \"x\\\"y\"  plug-to = {\"127.0.0.1:143\"}\n"
    "plug-to-order = random  login-timeout = 0\n"
    "max-mail-in = 1536  max-time = 1d  max-bad-commands = 7\n"
    "commands = {\"CAPABILITY\", \"NOOP\", \"LOGOUT\"} }\n";

enum { OF, FORCE };

static char *
told(const struct conf *c, int what, uint32_t a, uint32_t b, bool as_json)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct json j = { .f = f };
	struct answer to = { .c = c, .out = f, .json = as_json ? &j : NULL };

	if (as_json)
		json_object(&j, NULL);
	if (what == OF)
		settings_of(c, a, b, &to);
	else
		settings_in_force(c, a, b, &to);
	if (as_json)
		json_end(&j);
	fclose(f);
	return text;
}

static void
tells(const char *want, const struct conf *c, int what, uint32_t a,
    uint32_t b, const char *name)
{
	char *seen = told(c, what, a, b, false);

	tap_cstr(want, seen, "%s", name);
	free(seen);
}

static void
has(const struct conf *c, uint32_t phase, uint32_t row, const char *part)
{
	char *seen = told(c, OF, phase, row, true);

	if (!tap_ok(strstr(seen, part) != NULL, "JSON has %s", part))
		tap_diag("%s", seen);
	free(seen);
}

/* Whatever key there is, now or later, JSON tells it. */
static void
has_every_key(const struct conf *c, const char *acl, uint32_t phase,
    size_t when)
{
	const struct conf_section *def = conf_section_find(&conf_vocabulary,
	    acl);
	char *all = told(c, OF, phase, 1, true), name[64];

	for (const struct conf_key *k = def->keys; k->name; k++) {
		bool condition = k->at >= when &&
		    k->at < when + sizeof(struct conf_conditions);

		if (k->flags & (KEY_LATER | KEY_REPLACED) || k->def == NULL)
			continue;
		snprintf(name, sizeof name, "\"%s", k->name);
		tap_ok((strstr(all, name) != NULL) != condition, "%s: %s",
		    acl, k->name);
	}
	free(all);
}

int
main(void)
{
	struct compile_result r;
	struct conf c;

	must(policy, &r, &c);
	tells("    plug-to = {\"[2001:db8::1]:143\", \"a.b:1\"}\n", &c, OF, 1,
	    0, "conditions are not settings");
	tells("    language = CZ\n    login-timeout = 90s\n", &c, OF, 1, 1,
	    "what a session-acl says");
	tells("    plug-to = {\"127.0.0.1:143\"}\n"
	    "    no-mail-scanning = yes\n", &c, OF, 2, 0,
	    "defaults are left out");
	tells("    plug-to = {\"127.0.0.1:143\"}\n"
	    "    plug-to-order = random\n"
	    "    login-timeout = 0\n"
	    "    server-ssl-params = \"x\\\"y\"\n"
	    "    commands = {\"CAPABILITY\", \"NOOP\", \"LOGOUT\"}\n"
	    "    max-mail-in = 1536\n"
	    "    max-time = 1d\n"
	    "    max-bad-commands = 7\n"
	    "    no-mail-scanning = yes\n"
	    "    server-cert-match {\n"
	    "        subject = {\"CN=a\\\\.b\", \"!x\"}\n"
	    "    }\n", &c, OF, 2, 1, "what a command-acl says");
	tells("", &c, OF, 2, 2, "no ACL, no settings");
	tells("    language = EN\n"
	    "    plug-to = {\"127.0.0.1:143\"}\n"
	    "    idle-timeout = 40m\n"
	    "    login-timeout = 1m\n", &c, FORCE, 0, 0,
	    "in force: the top level's, and the command-acl's before the "
	    "session-acl's");
	tells("    language = CZ\n"
	    "    plug-to = {\"127.0.0.1:143\"}\n"
	    "    plug-to-order = random\n"
	    "    idle-timeout = 40m\n"
	    "    login-timeout = 0\n", &c, FORCE, 1, 1,
	    "in force: no limit is a limit of one's own");
	has(&c, 1, 0, "\"plug-to\": [\"[2001:db8::1]:143\", \"a.b:1\"]");
	has(&c, 1, 1, "\"login-timeout-ms\": 90000");
	has(&c, 2, 0, "\"deny\": false");
	has(&c, 2, 1, "\"server-ssl-params\": \"x\\\"y\"");
	has(&c, 2, 1, "\"subject\": [\"CN=a\\\\.b\", \"!x\"]");
	has(&c, 2, 1, "\"max-mail-in\": 1536");
	has(&c, 2, 1, "\"max-bad-commands\": 7");
	has_every_key(&c, "session-acl", 1,
	    offsetof(struct conf_session_acl, when));
	has_every_key(&c, "command-acl", 2,
	    offsetof(struct conf_command_acl, when));
	conf_close(&c);
	compile_free(&r);
	return tap_done();
}
