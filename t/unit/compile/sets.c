/* What values become: printed as the compiled tables hold them. */

#include "command.h"
#include "common.h"
#include "sasl.h"

struct row {
	/* want begins with '-': must not be printed, it is the default */
	const char *section, *text, *want;
};

static const struct row rows[] = {
	/* addresses: merged, sorted, in the shortest form */
	{ "session", "from = {\"10.0.0.0/9\", \"10.128.0.0/9\"}",
	  "from = {\"10.0.0.0/8\"}" },
	{ "session", "from = {\"10.0.0.9\", \"10.0.0.1\", \"10.0.0.1\"}",
	  "from = {\"10.0.0.1\", \"10.0.0.9\"}" },
	{ "session", "from = {\"10.0.0.1-10.0.0.6\", \"10.0.0.5-10.0.0.8\", "
	  "\"10.0.0.9\"}", "from = {\"10.0.0.1-10.0.0.9\"}" },
	{ "session", "from = {\"10.0.0.0-10.0.0.255\"}",
	  "from = {\"10.0.0.0/24\"}" },
	{ "session", "from = {\"::ffff:10.0.0.1\", \"[2001:db8::1]\"}",
	  "from = {\"10.0.0.1\", \"2001:db8::1\"}" },
	{ "session", "from = {\"::ffff:10.0.0.0/8\"}",
	  "from = {\"10.0.0.0/8\"}" },
	{ "session", "from = {\"0.0.0.0/0\", \"!10.0.0.0/8\"}",
	  "from = {\"0.0.0.0/0\", \"!10.0.0.0/8\"}" },
	{ "session", "from = {\"!10.0.0.1\"}", "from = {\"!10.0.0.1\"}" },
	{ "session", "from = \"10.0.0.1\"", "from = {\"10.0.0.1\"}" },
	{ "session", "from = {\"*\"}", "from = {\"::/0\"}" },
	{ "session", "from = {\"::/0\"}", "from = {\"::/0\"}" },
	{ "session", "from = {\"::-::fffe:ffff:ffff\", \"0.0.0.0/0\"}",
	  "from = {\"::-::fffe:ffff:ffff\", \"0.0.0.0/0\"}" },
	{ "session", "from = {\"255.255.255.255\", \"::1:0:0:0\"}",
	  "from = {\"255.255.255.255\", \"::1:0:0:0\"}" },
	{ "session", "from = {\"10.0.0.0/32\"} from += {\"10.0.0.1\"}",
	  "from = {\"10.0.0.0/31\"}" },

	/* numbers */
	{ "session", "ip-tos-from = {\"8\", \"4-7\", \"32\"}",
	  "ip-tos-from = {\"4-8\", \"32\"}" },
	{ "session", "ip-tos-from = {\"!ge 128\", \"< 4\", \">252\"}",
	  "ip-tos-from = {\"0-3\", \">= 253\", \"!>= 128\"}" },
	{ "command", "ip-tos-from = 184", "ip-tos-from = {\"184\"}" },
	{ "command", "ip-tos-from = {\"GT 251\", \"<= 7\"}",
	  "ip-tos-from = {\"0-7\", \">= 252\"}" },
	{ "session", "ip-tos-from = {\">= 0\"}",
	  "ip-tos-from = {\">= 0\"}" },
	{ "session", "transparent = off", "transparent = no" },
	{ "command", "transparent = yes", "transparent = yes" },

	{ "command", "mailboxes = {\"inbox\", \"!Entw\xc3\xbcrfe*\", "
	  "\"a \\\\ \\\" $b\"}",
	  "mailboxes = {\"INBOX\", \"!Entw\xc3\xbcrfe*\", "
	  "\"a \\\\ \\\" \\$b\"}" },
	{ "command", "mailboxes = \"*\"", "mailboxes = {\"*\"}" },

	{ "session", "source-address = {client}", "source-address = client" },
	{ "session", "source-address = {\"2001:DB8::1\", \"10.0.0.1\"}",
	  "source-address = {\"10.0.0.1\", \"2001:db8::1\"}" },
	{ "session", "source-address = \"10.0.0.1\"",
	  "source-address = {\"10.0.0.1\"}" },

	/* traffic */
	{ "session", "traffic-shaping { to-client { mark = 0x10 } }",
	  "mark = 16" },
	{ "session", "traffic-shaping { to-client { dscp = ef } }",
	  "dscp = EF" },
	{ "session", "traffic-shaping { to-client { dscp = 10 } }",
	  "dscp = AF11" },
	{ "command", "traffic-shaping { to-server { dscp = 3 } }",
	  "dscp = 3" },
	{ "command", "traffic-shaping { to-server { max-rate = 2M } }",
	  "max-rate = 2M" },
	{ "command", "traffic-shaping { to-server { max-rate = 1M group = "
	  "\"all\" } }", "group = \"all\"" },
	{ "session", "traffic-shaping { to-server { max-rate-per-ip = 8K } }",
	  "max-rate-per-ip = 8K" },
	{ "command", "traffic-shaping { to-server { priority = 0 } }",
	  "-priority" },

	/* host names: in lower case, each once, behind the addresses */
	{ "session", "from = {\"Mail.Example.org\", \"10.0.0.1\", "
	  "\"! b.example.org\", \"!10.0.0.2\", \"mail.example.ORG\", "
	  "\"a_1.x-y.\"}", "from = {\"10.0.0.1\", \"mail.example.org\", "
	  "\"a_1.x-y.\", \"!10.0.0.2\", \"!b.example.org\"}" },
	{ "session", "from = {\"!b\"} to = {\"b\", \"!b\"}",
	  "from = {\"!b\"}\n\tto = {\"b\", \"!b\"}" },

	/* commands */
	{ "command", "commands = {\"noop\", CAPABILITY, \"LOGOUT\"}",
	  "commands = {\"CAPABILITY\", \"NOOP\", \"LOGOUT\"}" },
	{ "command", "commands = {\"NOOP\", \"CAPABILITY\", \"LOGOUT\", "
	  "\"UNKNOWN\", \"!NOOP\"}",
	  "commands = {\"UNKNOWN\", \"CAPABILITY\", \"LOGOUT\"}" },
	{ "command", "commands = {\"*\", \"!*\"}",
	  "commands = {\"*\", \"!*\"}" },
	{ "command", "auth-mechanisms = {\"PLAIN\", \"SCRAM-SHA-256\"}",
	  "auth-mechanisms = {\"PLAIN\", \"SCRAM-SHA-256\"}" },
	{ "command", "auth-mechanisms = {\"!PLAIN\"}",
	  "auth-mechanisms = {\"*\", \"!PLAIN\", \"!EXTERNAL\", "
	  "\"!ANONYMOUS\", \"!OTP\"}" },
	{ "command", "auth-mechanisms = {\"*\", \"PLAIN\"}",
	  "auth-mechanisms = {\"*\", \"PLAIN\"}" },

	/* times and sizes */
	{ "session", "idle-timeout = 2700", "idle-timeout = 45m" },
	{ "session", "idle-timeout = 3600s", "idle-timeout = 1h" },
	{ "session", "idle-timeout = 2D", "idle-timeout = 2d" },
	{ "session", "idle-timeout = 0", "idle-timeout = 0" },
	{ "command", "max-mail-in = 1048576", "max-mail-in = 1M" },
	{ "command", "max-mail-in = 1k", "max-mail-in = 1K" },
	{ "command", "max-mail-in = 1025", "max-mail-in = 1025" },
	{ "command", "fetch-items = {\"flags\", UID, \"BODY[]\"}",
	  "fetch-items = {\"FLAGS\", \"UID\", \"BODY[]\"}" },
	{ "command", "fetch-items = {FAST, \"!FLAGS\", \"RFC822.TEXT\"}",
	  "fetch-items = {\"INTERNALDATE\", \"RFC822.SIZE\", "
	  "\"BODY[TEXT]\"}" },
	{ "command", "fetch-items = {FULL, UNKNOWN}",
	  "fetch-items = {\"UNKNOWN\", \"FLAGS\", \"INTERNALDATE\", "
	  "\"RFC822.SIZE\", \"ENVELOPE\", \"BODY\"}" },
	{ "command", "append-extensions = {\"!UTF8\"}",
	  "append-extensions = {\"MULTIAPPEND\", \"LITERAL8\", "
	  "\"REPLACE\"}" },
	{ "command", "append-extensions = {\"*\", \"!*\"}",
	  "append-extensions = {\"*\", \"!*\"}" },
	{ "command", "append-extensions = {\"*\"}",
	  "-append-extensions" },
	{ "command", "access = full", "-access" },
	/* what access takes is gone from the lists */
	{ "command", "access = organise commands = {NOOP, EXPUNGE, STORE}",
	  "commands = {\"NOOP\", \"STORE\"}" },
	{ "command", "access = read-only commands = {NOOP, EXPUNGE, STORE}",
	  "commands = {\"NOOP\"}" },
	{ "command", "access = read-only",
	  "append-extensions = {\"*\", \"!*\"}" },
	{ "command", "access = organise",
	  "append-extensions = {\"MULTIAPPEND\", \"LITERAL8\", "
	  "\"UTF8\"}" },
	{ "command", "access = no-export", "fetch-items = {\"FLAGS\", "
	  "\"UID\", \"INTERNALDATE\", \"RFC822.SIZE\", \"ENVELOPE\", "
	  "\"BODY\", \"BODYSTRUCTURE\", \"BODY[HEADER]\", "
	  "\"BODY[HEADER.FIELDS]\", \"BODY[MIME]\", \"PARTIAL\", "
	  "\"BINARY.SIZE\", \"MODSEQ\", \"EMAILID\", \"THREADID\", "
	  "\"SAVEDATE\"}" },
	{ "command", "access = no-export commands = {NOOP, UNKNOWN}",
	  "commands = {\"NOOP\"}" },
	{ "command", "dry-run = on", "dry-run = yes" },
	{ "command", "max-bad-commands = 5", "max-bad-commands = 5" },
	{ "command", "max-bad-commands = \"1-50\"",
	  "max-bad-commands = \"1-50\"" },
	{ "session", "time \"x\" { wday = {\"fri-mon\", \"!sun\"} }",
	  "time \"1\" {\n\t\twday = {\"mon\", \"fri\", \"sat\"}\n\t}" },
	{ "session", "time \"x\" { day = {\"30-2\"} month = {12, \"jan\"} "
	  "hours = {\"2200-2400\", \"0000-0600\"} }",
	  "time \"1\" {\n\t\tday = {1, 2, 30, 31}\n\t\tmonth = {\"jan\", "
	  "\"dec\"}\n\t\thours = {\"2200-2400\", \"0000-0600\"}\n\t}" },
	{ "session", "time-period-set { time-spec \"x\" { "
	  "dates = {\"24 12 - 6 1\", \"1 may\"} weekdays = {5} "
	  "hours = {\"1800-0600\"} } }",
	  "time-period-set {\n\t\ttime-spec \"x\" {\n\t\t\tdates = "
	  "{\"24 dec - 6 jan\", \"1 may - 1 may\"}\n\t\t\tweekdays = "
	  "{\"fri-fri\"}\n\t\t\thours = {\"1800-0600\"}\n\t\t}\n\t}" },

	/* words */
	{ "session", "deny = on", "deny = yes" },
	{ "session", "deny = FALSE", "-deny" },
	{ "session", "language = cz-ascii", "language = CZ-ASCII" },
	{ "session", "language = 'EN'", "language = EN" },
	{ "command", "preauth = refuse", "-preauth" },
	{ "command", "max-line = 65536", "-max-line" },

	/* texts: quotes of both kinds */
	{ "command", "server-ssl-params = \"t\" server-cert-match { subject = "
	  "'CN=a\\.b\\'c\"$x' }",
	  "server-cert-match {\n\t\tsubject = {\"CN=a\\\\.b'c\\\"\\$x\"}\n"
	  "\t}" },
	{ "command", "server-ssl-params = \"t\" server-cert-match { san = "
	  "{\"dns:a.example\", '!email:x@\\x'} }",
	  "server-cert-match {\n\t\tsan = {\"dns:a.example\", "
	  "\"!email:x@\\\\x\"}\n\t}" },
	{ "command", "server-ssl-params = \"t\" server-cert-match { "
	  "fingerprint = \"AA:bb:CC:dd:EE:ff:00:11:22:33:44:55:66:77:88:99:"
	  "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99\" }",
	  "fingerprint = {\"aabbccddeeff00112233445566778899"
	  "aabbccddeeff00112233445566778899\"}" },

	/* servers */
	{ "command", "plug-to = {\"192.0.2.1 : 143\", \"[2001:DB8::1]:993\", "
	  "\"[192.0.2.2]:143\", \"Mail.example.org:143\"}",
	  "plug-to = {\"192.0.2.1:143\", \"[2001:db8::1]:993\", "
	  "\"192.0.2.2:143\", \"Mail.example.org:143\"}" },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		bool session = strcmp(r->section, "session") == 0;
		struct compile_result res;
		struct conf c;
		char text[2000], *seen;

		snprintf(text, sizeof text, VERSION "ssl-params \"t\" { }\n"
		    "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"}\n%s\n}"
		    "\ncommand-acl \"c\" { no-mail-scanning = yes\n%s\n}\n",
		    session ? r->text : "", session ? "" : r->text);
		must(text, &res, &c);
		seen = print(&c, false);
		bool absent = r->want[0] == '-';

		if (!tap_ok(absent == (strstr(seen, r->want + absent) ==
		    NULL), "%s is %s", r->text, r->want))
			tap_diag("seen %s", seen);
		free(seen);
		compile_free(&res);
	}
}

/* The rows of the default and of "*". */
static void
test_defaults(void)
{
	struct compile_result res;
	const struct conf_command_acl *a;
	struct conf c;

	must(VERSION ACLS "command-acl \"all\" { no-mail-scanning = yes\n"
	    "commands = {\"*\"} auth-mechanisms = {\"*\", \"PLAIN\"} }\n",
	    &res, &c);
	a = CONF_AT(&c, struct conf_command_acl, c.main->command_acls, 0);
	tap_ok(conf_bit(&a->commands, IMAP_FETCH) &&
	    !conf_bit(&a->commands, IMAP_SETACL) &&
	    !conf_bit(&a->commands, IMAP_COMPRESS) &&
	    !conf_bit(&a->commands, IMAP_UNKNOWN),
	    "the default has what is allowed, and only that");
	tap_ok(conf_bit(&a->auth.allowed, IMAP_SASL_PLAIN) &&
	    !conf_bit(&a->auth.named, IMAP_SASL_PLAIN),
	    "of mechanisms too, none of them spelled out");
	tap_int(65536, (int64_t)a->max_line, "max-line is 64K");
	tap_int(600000, (int64_t)a->command_timeout, "command-timeout 10m");
	tap_int(3, a->max_bad_before, "3 bad commands before login");
	tap_int(20, a->max_bad_after, "20 after");
	tap_ok(a->idle_timeout == CONF_UNSET && a->server_ssl == -1,
	    "what is not written is left to others");
	a = CONF_AT(&c, struct conf_command_acl, c.main->command_acls, 1);
	tap_ok(conf_bit(&a->commands, IMAP_SETACL) &&
	    !conf_bit(&a->commands, IMAP_COMPRESS) &&
	    !conf_bit(&a->commands, IMAP_UNKNOWN),
	    "'*' has all that can be understood");
	tap_ok(conf_bit(&a->auth.named, IMAP_SASL_PLAIN) &&
	    !conf_bit(&a->auth.named, IMAP_SASL_LOGIN),
	    "what '*' brings is not spelled out");
	tap_int(31 * 60000, (int64_t)c.main->idle_timeout, "31m idle");
	tap_int(60000, (int64_t)c.main->login_timeout, "60s to log in");
	compile_free(&res);
}

/* log fills both logs; log-debug and log-stats override key by key. */
static void
test_logs(void)
{
	struct compile_result res;
	struct conf c;

	must(VERSION ACLS "log-stats { format = json }\n"
	    "log { level = debug target = \"file:x.log\" }\n", &res, &c);
	tap_int(7, c.main->logs[0].level, "log-debug has log's level");
	tap_int(7, c.main->logs[1].level, "log-stats has log's level");
	tap_int(0, c.main->logs[0].format, "log-debug has the default format");
	tap_int(1, c.main->logs[1].format, "log-stats has its own");
	tap_cstr("/tmp/x.log", conf_cstr(&c, c.main->logs[1].path),
	    "a file's name starts in the configuration's folder");
	compile_free(&res);
}

/* ${NAME} is taken as it is, whatever it holds, and noted. */
static void
test_variables(void)
{
	const char *value = "a\"b\\${c}'";
	const struct conf_variable *v;
	struct compile_result res;
	struct conf c;

	setenv("T_PROXY", value, 1);
	must(VERSION ACLS "ssl-params \"t\" { server-name = ${T_PROXY} }\n"
	    "ssl-params \"u\" { server-name = \"x${T_PROXY}\" }\n"
	    "ssl-params \"v\" { server-name = '${T_PROXY}' }\n", &res, &c);
	tap_cstr(value, conf_cstr(&c, CONF_AT(&c, struct conf_ssl,
	    c.main->ssl, 0)->server_name), "a bare variable");
	tap_cstr("xa\"b\\${c}'", conf_cstr(&c, CONF_AT(&c, struct conf_ssl,
	    c.main->ssl, 1)->server_name), "a quoted one");
	tap_cstr("${T_PROXY}", conf_cstr(&c, CONF_AT(&c, struct conf_ssl,
	    c.main->ssl, 2)->server_name), "none in single quotes");
	tap_int(1, c.head->variables.n, "it is noted once");
	v = CONF_AT(&c, struct conf_variable, c.head->variables, 0);
	tap_cstr("T_PROXY", conf_cstr(&c, v->name), "by its name");
	tap_cstr(value, conf_cstr(&c, v->value), "with its value");
	compile_free(&res);
}

int
main(void)
{
	test_rows();
	test_defaults();
	test_logs();
	test_variables();
	return tap_done();
}
