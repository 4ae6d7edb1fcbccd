/*
 * The tables of commands, capabilities and mechanisms; what a client is
 * offered; user names out of SASL messages.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "capability.h"
#include "command.h"
#include "sasl.h"
#include "tap.h"

/* ---- rows ---------------------------------------------------------------- */

static void
test_commands(void)
{
	bool found = true, letters = true, states = true;
	enum imap_row row;

	for (unsigned i = 1; i < IMAP_ROWS; i++) {
		const struct imap_command_info *c = &imap_commands[i];
		struct str name = str_c(c->name), uid = STR("UID-");
		bool is_uid = str_starts(name, uid);

		if (is_uid)
			name = (struct str){ name.p + 4, name.n - 4 };
		found = found && imap_command_find(name, is_uid) == i &&
		    imap_command_named(str_c(c->name), &row) && row == i;
		letters = letters &&
		    strspn(c->args, "smpqalfi?*|") == strlen(c->args);
		states = states && c->states != 0 && c->deflt <= IMAP_NEVER;
	}
	tap_ok(found, "every command is found by its own name");
	tap_ok(letters, "signatures use letters that mean something");
	tap_ok(states, "every command has a state and a default");
	tap_ok(IMAP_ROWS <= 256, "rows fit a compiled set");
	tap_int(IMAP_UID_FETCH, imap_command_find(STR("fetch"), true),
	    "UID fetch is found in any case");
	tap_int(IMAP_UNKNOWN, imap_command_find(STR("UID-FETCH"), false),
	    "UID-FETCH is no word of the wire");
	tap_int(IMAP_UNKNOWN, imap_command_find(STR("NOOP"), true),
	    "there is no UID NOOP");
	tap_ok(!imap_command_named(STR("FOO"), &row),
	    "a configuration cannot name FOO");
	tap_ok(imap_command_named(STR("UNKNOWN"), &row) &&
	    row == IMAP_UNKNOWN, "it can name UNKNOWN");
}

/* What must not be admitted by any policy, or not by default. */
static void
test_defaults(void)
{
	static const struct { const char *name; enum imap_default deflt; }
	t[] = {
		{ "COMPRESS", IMAP_NEVER }, { "UNAUTHENTICATE", IMAP_NEVER },
		{ "RLIST", IMAP_NEVER }, { "RLSUB", IMAP_NEVER },
		{ "CONVERT", IMAP_NEVER }, { "UID-CONVERT", IMAP_NEVER },
		{ "CONVERSIONS", IMAP_NEVER }, { "URLFETCH", IMAP_NEVER },
		{ "GENURLAUTH", IMAP_NEVER }, { "RESETKEY", IMAP_NEVER },
		{ "GETJMAPACCESS", IMAP_NEVER }, { "SETACL", IMAP_ASK },
		{ "DELETEACL", IMAP_ASK }, { "SETQUOTA", IMAP_ASK },
		{ "SETMETADATA", IMAP_ASK }, { "XLIST", IMAP_ASK },
		{ "X-STATE", IMAP_ASK }, { "UNKNOWN", IMAP_ASK },
		{ "FETCH", IMAP_ALLOW }, { "APPEND", IMAP_ALLOW },
	};
	static const struct { const char *name; enum imap_default deflt; }
	caps[] = {
		{ "COMPRESS=DEFLATE", IMAP_NEVER }, { "JMAPACCESS", IMAP_NEVER },
		{ "UNAUTHENTICATE", IMAP_NEVER }, { "URLAUTH", IMAP_NEVER },
		{ "URLAUTH=BINARY", IMAP_NEVER }, { "LITERAL+", IMAP_NEVER },
		{ "LOGIN-REFERRALS", IMAP_NEVER }, { "UTF8=ONLY", IMAP_NEVER },
		{ "MAILBOX-REFERRALS", IMAP_NEVER }, { "UTF8=ALL", IMAP_NEVER },
		{ "IMAPSIEVE=sieve://x", IMAP_NEVER },
		{ "UTF8=ACCEPT", IMAP_ALLOW }, { "IDLE", IMAP_ALLOW },
		{ "THREAD=REFS", IMAP_ALLOW }, { "XNOBODY", IMAP_ASK },
	};
	static const struct { const char *name; enum imap_default deflt; }
	mechs[] = {
		{ "PLAIN", IMAP_ALLOW }, { "plain", IMAP_ALLOW },
		{ "GSSAPI", IMAP_NEVER }, { "DIGEST-MD5", IMAP_NEVER },
		{ "NTLM", IMAP_NEVER }, { "KERBEROS_V4", IMAP_NEVER },
		{ "SCRAM-SHA-256-PLUS", IMAP_NEVER },
		{ "SCRAM-SHA3-512-PLUS", IMAP_NEVER },
		{ "EXTERNAL", IMAP_ASK }, { "XNOBODY", IMAP_ASK },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		enum imap_row row = IMAP_UNKNOWN;

		imap_command_named(str_c(t[i].name), &row);
		tap_int(t[i].deflt, imap_commands[row].deflt,
		    "the default of command %s", t[i].name);
	}
	for (size_t i = 0; i < sizeof caps / sizeof *caps; i++)
		tap_int(caps[i].deflt, imap_caps_table[imap_cap_find(
		    str_c(caps[i].name))].deflt,
		    "the default of capability %s", caps[i].name);
	for (size_t i = 0; i < sizeof mechs / sizeof *mechs; i++)
		tap_int(mechs[i].deflt,
		    imap_sasl[imap_sasl_find(str_c(mechs[i].name))].deflt,
		    "the default of mechanism %s", mechs[i].name);
}

static void
test_capability_rows(void)
{
	bool found = true;
	enum imap_cap row;

	for (unsigned i = 1; i < IMAP_CAP_ROWS; i++) {
		char name[IMAP_CAP_NAME + 1];
		int n = snprintf(name, sizeof name, "%s%s",
		    imap_caps_table[i].name,
		    imap_caps_table[i].name[strlen(imap_caps_table[i].name) -
		    1] == '=' ? "X" : "");

		for (int k = 0; k < n; k++)
			name[k] = (char)tolower((unsigned char)name[k]);
		if (imap_cap_find(str_c(name)) != i) {
			tap_diag("%s is not found", name);
			found = false;
		}
	}
	tap_ok(found, "every capability is found, whatever its case");
	tap_ok(imap_cap_named(STR("AUTH"), &row) && row == IMAP_CAP_AUTH,
	    "AUTH names AUTH=");
	tap_ok(imap_cap_named(STR("AUTH=PLAIN"), &row) &&
	    row == IMAP_CAP_AUTH, "and so does AUTH=PLAIN");
	tap_ok(!imap_cap_named(STR("XNOBODY"), &row),
	    "a configuration cannot name what is not known");
}

/* ---- the offer ----------------------------------------------------------- */

static const uint64_t every[4] = { UINT64_MAX, UINT64_MAX, UINT64_MAX,
	UINT64_MAX }, none[4];

static void
learn(struct imap_caps *c, const char *list)
{
	struct str all = str_c(list), name;
	bool more = true;

	imap_caps_clear(c);
	while (more) {
		more = str_cut(&all, ' ', &name);
		if (name.n > 0)
			imap_caps_add(c, name);
	}
}

/* Words wanted and words that must not be there, in one string: "+A -B". */
static void
check_offer(const char *name, const char *server, struct imap_offer o,
    const char *want)
{
	struct imap_caps c;
	char out[IMAP_CAPS_OUT], list[IMAP_CAPS_OUT + 2];
	struct str words = str_c(want), w;
	bool ok = true, more = true;
	size_t n;

	learn(&c, server);
	n = imap_caps_offer(&c, &o, out);
	snprintf(list, sizeof list, " %.*s ", (int)n, out);
	while (more) {
		char word[64];

		more = str_cut(&words, ' ', &w);
		snprintf(word, sizeof word, " %.*s ", (int)w.n - 1, w.p + 1);
		ok = ok && (strstr(list, word) != NULL) == (w.p[0] == '+');
	}
	if (!tap_ok(ok, "%s", name))
		tap_diag("wanted %s\n  seen%s", want, list);
}

static void
test_offer(void)
{
	struct imap_offer o = {
		.allowed = every, .mechanisms = every, .named = none,
		.server_known = true,
	}, tls = o, in = o, limit = o, clear = o, alone = o, named = o;

	tls.client_tls = true;
	in.authenticated = true;
	limit.append_limit = 1000;
	clear.login_disabled = clear.starttls = true;
	alone.server_known = false;
	alone.starttls = true;
	named.client_tls = true;
	named.named = every;
	check_offer("what the server has passes", "IMAP4rev1 IDLE MOVE", o,
	    "+IMAP4rev1 +IDLE +MOVE -UIDPLUS");
	check_offer("LITERAL+ becomes LITERAL-", "LITERAL+", o,
	    "+LITERAL- -LITERAL+");
	check_offer("LITERAL- is ours", "IMAP4rev1", o, "+LITERAL-");
	check_offer("the server's STARTTLS is not ours", "STARTTLS", o,
	    "-STARTTLS");
	check_offer("what is never passes not even when all is allowed",
	    "COMPRESS=DEFLATE URLAUTH JMAPACCESS UNAUTHENTICATE "
	    "LOGIN-REFERRALS UTF8=ONLY CATENATE AUTH=GSSAPI", o,
	    "-COMPRESS=DEFLATE -URLAUTH -JMAPACCESS -UNAUTHENTICATE "
	    "-LOGIN-REFERRALS -UTF8=ONLY -CATENATE -AUTH=GSSAPI");
	check_offer("SASL-IR comes with any mechanism", "AUTH=PLAIN", o,
	    "+AUTH=PLAIN +SASL-IR");
	check_offer("and not without", "SASL-IR", o, "-SASL-IR");
	check_offer("nothing of logins after login",
	    "AUTH=PLAIN SASL-IR LOGINDISABLED", in,
	    "-AUTH=PLAIN -SASL-IR -LOGINDISABLED");
	check_offer("no login in clear", "AUTH=PLAIN AUTH=XNEW", clear,
	    "+LOGINDISABLED +STARTTLS -AUTH=PLAIN -AUTH=XNEW");
	check_offer("the proxy alone", "IDLE AUTH=PLAIN", alone,
	    "+IMAP4rev1 +STARTTLS +LITERAL- +ID -IDLE -AUTH=PLAIN");
	check_offer("SCRAM-X-PLUS never", "AUTH=SCRAM-SHA-256-PLUS", o,
	    "-AUTH=SCRAM-SHA-256-PLUS");
	check_offer("SCRAM-X beside SCRAM-X-PLUS, in clear",
	    "AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS", o,
	    "+AUTH=SCRAM-SHA-256");
	check_offer("SCRAM-X beside SCRAM-X-PLUS, under TLS",
	    "AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-1",
	    tls, "-AUTH=SCRAM-SHA-256 +AUTH=SCRAM-SHA-1");
	check_offer("SCRAM-X beside SCRAM-X-PLUS, named by policy",
	    "AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS", named,
	    "+AUTH=SCRAM-SHA-256");
	check_offer("the server's APPENDLIMIT when smaller",
	    "APPENDLIMIT=500", limit, "+APPENDLIMIT=500");
	check_offer("ours when smaller", "APPENDLIMIT=5000", limit,
	    "+APPENDLIMIT=1000 -APPENDLIMIT=5000");
	check_offer("ours alone", "IMAP4rev1", limit, "+APPENDLIMIT=1000");
	check_offer("the server's alone", "APPENDLIMIT=500", o,
	    "+APPENDLIMIT=500");
	check_offer("an APPENDLIMIT that is no number", "APPENDLIMIT=x", o,
	    "-APPENDLIMIT=x");
	check_offer("values as the server spelled them",
	    "RIGHTS=texk THREAD=REFERENCES QUOTA=RES-STORAGE XNEW", o,
	    "+RIGHTS=texk +THREAD=REFERENCES +QUOTA=RES-STORAGE +XNEW");
	check_offer("what cannot stand in a list", "A(B C\"D E]F G", o,
	    "+G -A(B -C\"D -E]F");
	o.allowed = none;
	check_offer("nothing that is not allowed",
	    "IDLE AUTH=PLAIN XNEW RIGHTS=x APPENDLIMIT=5", o,
	    "+IMAP4rev1 -IDLE -AUTH=PLAIN -XNEW -RIGHTS=x -APPENDLIMIT=5");
	o.allowed = every;
	o.mechanisms = none;
	check_offer("no mechanism that is not allowed",
	    "AUTH=PLAIN AUTH=XNEW", o, "-AUTH=PLAIN -AUTH=XNEW -SASL-IR");
}

/* A list of any size leaves the set whole and the offer within bounds. */
static void
test_flood(void)
{
	struct imap_caps c;
	struct imap_offer o = {
		.allowed = every, .mechanisms = every, .named = none,
		.server_known = true,
	};
	char out[IMAP_CAPS_OUT], name[700];

	imap_caps_clear(&c);
	for (unsigned i = 0; i < 5000; i++) {
		int n = snprintf(name, sizeof name, "X-%0*u", i % 600 + 1, i);

		imap_caps_add(&c, (struct str){ name, (size_t)n });
	}
	for (unsigned i = 1; i < IMAP_CAP_ROWS; i++)
		imap_caps_add(&c, str_c(imap_caps_table[i].name));
	for (unsigned i = 1; i < IMAP_SASL_ROWS; i++) {
		int n = snprintf(name, sizeof name, "AUTH=%s",
		    imap_sasl[i].name);

		imap_caps_add(&c, (struct str){ name, (size_t)n });
	}
	tap_ok(c.n <= sizeof c.text, "unknown names are bounded");
	tap_ok(imap_caps_offer(&c, &o, out) < IMAP_CAPS_OUT,
	    "a list of everything fits");
	tap_ok(imap_caps_has(&c, IMAP_CAP_IDLE), "what is known is kept");
}

static void
test_enable(void)
{
	struct imap_offer o = { .allowed = every, .mechanisms = every,
	    .named = none };

	tap_ok(imap_cap_enable(&o, STR("utf8=accept")),
	    "UTF8=ACCEPT can be enabled");
	tap_ok(!imap_cap_enable(&o, STR("UIDONLY")), "C8 UIDONLY cannot");
	tap_ok(!imap_cap_enable(&o, STR("X-FOO")), "C8 X-FOO cannot");
	tap_ok(!imap_cap_enable(&o, STR("IDLE")), "IDLE is not enabled");
	o.allowed = none;
	tap_ok(!imap_cap_enable(&o, STR("CONDSTORE")),
	    "nothing that is not allowed can");
}

/* ---- users --------------------------------------------------------------- */

static void
test_users(void)
{
	static const struct { const char *name; enum imap_sasl_row mech;
	    unsigned step; struct str msg, want; } t[] = {
		{ "PLAIN", IMAP_SASL_PLAIN, 0, STR("\0joe\0secret"),
		    STR("joe") },
		{ "PLAIN for another", IMAP_SASL_PLAIN, 0,
		    STR("ann\0joe\0secret"), STR("ann") },
		{ "PLAIN without NULs", IMAP_SASL_PLAIN, 0, STR("secret"),
		    STR_NULL },
		{ "PLAIN with one NUL", IMAP_SASL_PLAIN, 0, STR("\0secret"),
		    STR_NULL },
		{ "LOGIN's first", IMAP_SASL_LOGIN, 0, STR("joe"),
		    STR("joe") },
		{ "LOGIN's second", IMAP_SASL_LOGIN, 1, STR("secret"),
		    STR_NULL },
		{ "XOAUTH2", IMAP_SASL_XOAUTH2, 0,
		    STR("user=joe\1auth=Bearer secret\1\1"), STR("joe") },
		{ "XOAUTH2 without a user", IMAP_SASL_XOAUTH2, 0,
		    STR("auth=Bearer user=secret\1\1"), STR_NULL },
		{ "OAUTHBEARER", IMAP_SASL_OAUTHBEARER, 0,
		    STR("n,a=joe@x,\1host=y\1auth=Bearer secret\1\1"),
		    STR("joe@x") },
		{ "OAUTHBEARER without a user", IMAP_SASL_OAUTHBEARER, 0,
		    STR("n,,\1auth=Bearer a=secret\1\1"), STR_NULL },
		{ "SCRAM", IMAP_SASL_SCRAM_SHA_256, 0,
		    STR("n,,n=joe,r=secret"), STR("joe") },
		{ "SCRAM for another", IMAP_SASL_SCRAM_SHA_1, 0,
		    STR("y,a=ann,n=joe,r=x"), STR("ann") },
		{ "SCRAM with a nonce that looks like a name",
		    IMAP_SASL_SCRAM_SHA_1, 0, STR("n,,r=n=x"), STR_NULL },
		{ "SCRAM's second", IMAP_SASL_SCRAM_SHA_1, 1,
		    STR("c=biws,r=x,p=n=y"), STR_NULL },
		{ "CRAM-MD5", IMAP_SASL_CRAM_MD5, 0, STR("joe 0123456789"),
		    STR("joe") },
		{ "EXTERNAL", IMAP_SASL_EXTERNAL, 0, STR("joe"), STR("joe") },
		{ "EXTERNAL as itself", IMAP_SASL_EXTERNAL, 0, STR(""),
		    STR_NULL },
		{ "ANONYMOUS", IMAP_SASL_ANONYMOUS, 0, STR("trace"),
		    STR_NULL },
		{ "an unknown one", IMAP_SASL_UNKNOWN, 0, STR("secret"),
		    STR_NULL },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_str(t[i].want, imap_sasl_user(t[i].mech, t[i].step,
		    t[i].msg), "the user of %s", t[i].name);
}

int
main(void)
{
	test_commands();
	test_defaults();
	test_capability_rows();
	test_offer();
	test_flood();
	test_enable();
	test_users();
	return tap_done();
}
