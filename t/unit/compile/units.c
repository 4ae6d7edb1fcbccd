/* What test-imap4 -u prints for each kind of listener. */

#include "common.h"
#include "units.h"

#define LISTEN \
	VERSION "listen-on {\n" \
	"non-transparent \"imap\" { port = \"10143-10144\" }\n" \
	"non-transparent \"a b\\n\" { address = \"10.0.0.1\" port = 993 }\n" \
	"non-transparent \"six\" { address = \"2001:db8::1\" port = 993 }\n" \
	"non-transparent \"four\" { address = \"0.0.0.0\" port = 65535 }\n" \
	"}\n" ACLS

#define HEAD \
	"# Made by test-imap4 from listen-on and tcpserver of /etc/x.cfg.\n"
#define INETD(where, protocol) \
	where "  stream  " protocol "  nowait.60000  root  /sbin/imap4-proxy  " \
	"imap4-proxy -f /etc/x.cfg\n"

static const char systemd[] = HEAD
    "[Socket]\n"
    "ListenStream=\n"
    "BindIPv6Only=both\n"
    "Backlog=2000\n"
    "MaxConnections=2000\n"
    "# imap\n"
    "ListenStream=10143\n"
    "ListenStream=10144\n"
    "# a b\\x0A\n"
    "ListenStream=10.0.0.1:993\n"
    "# six\n"
    "ListenStream=[2001:db8::1]:993\n"
    "# four\n"
    "ListenStream=0.0.0.0:65535\n";

static const char inetd[] = HEAD
    "# imap\n"
    INETD("10143", "tcp4") INETD("10143", "tcp6")
    INETD("10144", "tcp4") INETD("10144", "tcp6")
    "# a b\\x0A\n"
    INETD("10.0.0.1:993", "tcp4")
    "# six\n"
    INETD("[2001:db8::1]:993", "tcp6")
    "# four\n"
    INETD("0.0.0.0:65535", "tcp4");

static const char xinetd[] = HEAD
    "service imap4-proxy-a_20_5fb-143\n"
    "{\n"
    "\ttype            = UNLISTED\n"
    "\tid              = imap4-proxy-a_20_5fb-143\n"
    "\tsocket_type     = stream\n"
    "\tprotocol        = tcp\n"
    "\tbind            = ::\n"
    "\tport            = 143\n"
    "\tflags           = NODELAY KEEPALIVE\n"
    "\tserver          = /sbin/imap4-proxy\n"
    "\tserver_args     = -f /etc/x.cfg\n"
    "\twait            = no\n"
    "\tuser            = root\n"
    "\tinstances       = 2000\n"
    "\tper_source      = 500\n"
    "\tcps             = 1000 1\n"
    "\tumask           = 077\n"
    "\tlog_on_success  =\n"
    "\tlog_on_failure  =\n"
    "\tdisable         = no\n"
    "}\n";

#define CAUGHT(how) \
	VERSION "listen-on {\n" \
	"non-transparent \"a\" { address = \"10.0.0.1\" port = 993 }\n" \
	"transparent \"lan\" { port = \"143-144\" listen-port = 2143 " how \
	" } }\n" ACLS

static const char tproxy[] = HEAD
    "[Socket]\n"
    "ListenStream=\n"
    "BindIPv6Only=both\n"
    "Transparent=yes\n"
    "Backlog=2000\n"
    "MaxConnections=2000\n"
    "# a\n"
    "ListenStream=10.0.0.1:993\n"
    "# lan\n"
    "ListenStream=2143\n";

#define LIMITED(keys) \
	VERSION "listen-on { non-transparent \"a\" { address = \"10.0.0.1\" " \
	"port = 143 } }\n" "tcpserver { " keys " }\n" ACLS

static const char limited[] = HEAD
    "[Socket]\n"
    "ListenStream=\n"
    "BindIPv6Only=both\n"
    "Backlog=50\n"
    "MaxConnections=70\n"
    "MaxConnectionsPerSource=9\n"
    "# a\n"
    "ListenStream=10.0.0.1:143\n";

static const char waiting[] = HEAD
    "[Socket]\n"
    "ListenStream=\n"
    "BindIPv6Only=both\n"
    "Backlog=50\n"
    "# a\n"
    "ListenStream=10.0.0.1:143\n";

static const char inetd_rate[] = HEAD
    "# a\n"
    "10.0.0.1:143  stream  tcp4  nowait.600  root  /sbin/imap4-proxy  "
    "imap4-proxy -f /etc/x.cfg\n";

static const char inetd_wait[] = HEAD
    "# a\n"
    "10.0.0.1:143  stream  tcp4  wait  root  /sbin/imap4-proxy  "
    "imap4-proxy -f /etc/x.cfg\n";

static const char redirect[] = HEAD
    "# a\n"
    INETD("10.0.0.1:993", "tcp4")
    "# lan\n"
    INETD("2143", "tcp4") INETD("2143", "tcp6");

/* What is printed, or the objection; malloc'd. */
static char *
units_of(const char *text, const char *kind, const char *cfg)
{
	const struct units_command command = { "/sbin/imap4-proxy", cfg };
	const char *why = NULL;
	struct compile_result r;
	struct conf c;
	char *out = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&out, &n);

	if (f == NULL)
		abort();
	must(text, &r, &c);
	if (units_print(&c, kind, &command, f, &why) < 0)
		fprintf(f, "(%s)", why);
	fclose(f);
	conf_close(&c);
	compile_free(&r);
	return out;
}

static void
is(const char *want, const char *text, const char *kind, const char *cfg,
    const char *name)
{
	char *seen = units_of(text, kind, cfg);

	tap_cstr(want, seen, "%s", name);
	free(seen);
}

int
main(void)
{
	static const char blank[] = "(a path with a blank, a quote or a '#' "
	    "cannot be written there)";
	static const char mute[] = "(listen-on has no section: nothing to "
	    "listen on)";

	is(systemd, LISTEN, "systemd", "/etc/x.cfg", "systemd's drop-in");
	is(inetd, LISTEN, "inetd", "/etc/x.cfg", "inetd's lines");
	is(xinetd, VERSION "listen-on { non-transparent \"a _b\" { "
	    "port = 143 } }\n" ACLS, "xinetd", "/etc/x.cfg",
	    "xinetd's service");
	is(tproxy, CAUGHT("mode = tproxy"), "systemd", "/etc/x.cfg",
	    "a transparent socket");
	is(redirect, CAUGHT(""), "inetd", "/etc/x.cfg", "redirected ones");
	is("(mode = tproxy needs a socket that systemd can make and this "
	    "cannot: write mode = redirect)", CAUGHT("mode = tproxy"),
	    "inetd", "/etc/x.cfg", "no transparent socket by inetd");
	is(mute, VERSION ACLS, "systemd", "/etc/x.cfg", "no listener");
	is(blank, LISTEN, "inetd", "/etc/x y.cfg", "a blank for inetd");
	is(blank, LISTEN, "xinetd", "/etc/x#y.cfg", "a comment for xinetd");
	is(blank, LISTEN, "systemd", "/etc/x\ny.cfg", "two lines for systemd");
	is(limited, LIMITED("max-children = 70  max-children-per-ip = 9  "
	    "queue-size = 50  conn-rate = 10"), "systemd", "/etc/x.cfg",
	    "tcpserver for systemd");
	is(waiting, LIMITED("max-children = 70  queue-size = 50"),
	    "systemd-wait", "/etc/x.cfg", "what the parent does not do itself");
	is(inetd_rate, LIMITED("conn-rate = 10"), "inetd", "/etc/x.cfg",
	    "its rate for inetd");
	is(inetd_wait, LIMITED("conn-rate = 10"), "inetd-wait", "/etc/x.cfg",
	    "inetd's wait");
	tap_ok(units_known("inetd") && !units_known("netd") &&
	    !units_known(""), "knows its kinds");
	return tap_done();
}
