/* Every message of the compiler, wanted word by word. */

#include <unistd.h>

#include "common.h"

struct row {
	const char *name, *text, *want;
};

/* Stands alone: what makes a text a text. */
static const struct row texts[] = {
	{ "an empty text", "",
	  "t.cfg:1: version: missing: version = \"1\" must come first\n"
	  "t.cfg:1: warning: no session-acl: every connection is rejected\n" },
	{ "version is not first", "name = \"x\"\n" VERSION ACLS,
	  "t.cfg:2: version: must be the first statement\n" },
	{ "version behind a section", "log { }\n" VERSION ACLS,
	  "t.cfg:2: version: must be the first statement\n" },
	{ "another version", "version = \"2\"\n" ACLS,
	  "t.cfg:1: version: \"2\" is not this program's: write \"1\"\n" },
	{ "a byte order mark", "\xef\xbb\xbf" VERSION ACLS,
	  "t.cfg:1: begins with a byte order mark: save it as plain UTF-8; "
	  "checking stopped here\n" },
	{ "a string without its end", VERSION "name = \"x\n\n",
	  "t.cfg:2: a string that begins here does not end; checking stopped "
	  "here\n" },
	{ "a comment without its end", VERSION "/* x\n" ACLS,
	  "t.cfg:2: a comment that begins here does not end; checking "
	  "stopped here\n" },
	{ "a section without its end", VERSION ACLS "log {\n level = 3\n",
	  "t.cfg:4: '{' is never closed; checking stopped here\n" },
	{ "a brace too many", VERSION ACLS "}\n",
	  "t.cfg:4: '}' closes nothing; checking stopped here\n" },
	{ "nested without end", VERSION "a{a{a{a{a{a{a{a{a{}}}}}}}}}\n",
	  "t.cfg:2: nested deeper than any section is; checking stopped "
	  "here\n" },
	{ "a bare star", VERSION "command-acl \"c\" {\n commands = {*}\n}\n",
	  "t.cfg:3: '*' stands outside quotes: put the word in quotes; "
	  "checking stopped here\n" },
	{ "a variable that is not set", VERSION "name = ${T_NO_SUCH}\n",
	  "t.cfg:2: ${T_NO_SUCH}: the variable is not set in the "
	  "environment; checking stopped here\n" },
	{ "a variable with a default", VERSION "name = \"${HOME:-x}\"\n",
	  "t.cfg:2: ${HOME:-x}: a default inside ${} is not understood: "
	  "write ${NAME}; checking stopped here\n" },
	{ "a variable without end", VERSION "name = \"${HOME\n\"\n",
	  "t.cfg:2: \"${\" without \"}\"; checking stopped here\n" },
	{ "a variable in a bare word", VERSION "name = x${HOME}\n",
	  "t.cfg:2: put a word with ${} in it in double quotes; checking "
	  "stopped here\n" },
	{ "a NUL by escape", VERSION "name = \"a\\x00b\"\n",
	  "t.cfg:2: an escape in a string is not an octet from 1 to 255; "
	  "checking stopped here\n" },
	{ "an include of nothing", VERSION "include(\"/nonexistent/x\")\n",
	  "t.cfg:2: /nonexistent/x: No such file or directory; checking "
	  "stopped here\n" },
	{ "an include without a name", VERSION "include()\n",
	  "t.cfg:2: include: write include(\"FILE\"); checking stopped "
	  "here\n" },
	{ "a missing comma", VERSION ACLS "resolver { search = {a.b c.d} }\n",
	  "t.cfg:4: resolver: syntax error: unexpected token 'c.d'; checking "
	  "stopped here\n" },
	{ "a section used as a key", VERSION ACLS "log = 5\n",
	  "t.cfg:4: syntax error: missing opening brace for section 'log'; "
	  "checking stopped here\n" },
	{ "a key used as a section", VERSION ACLS "name { }\n",
	  "t.cfg:4: syntax error: missing equal sign after option 'name'; "
	  "checking stopped here\n" },
	{ "a path to a key", VERSION ACLS
	  "\"session-acl=s|idle-timeout\" = 40m\n",
	  "t.cfg:4: a key's name holds no '|'; checking stopped here\n" },
	{ "an empty name", VERSION ACLS "\"\" = 5\n",
	  "t.cfg:4: syntax error; checking stopped here\n" },
	{ "a section without its title", VERSION "session-acl { }\n",
	  "t.cfg:2: syntax error: missing title for section 'session-acl'; "
	  "checking stopped here\n" },
	{ "errors before a syntax error", VERSION "nam = 1\n" ACLS "log = 5\n",
	  "t.cfg:2: nam: unknown key: did you mean name?\n"
	  "t.cfg:5: syntax error: missing opening brace for section 'log'; "
	  "checking stopped here\n" },
	{ "no command-acl", VERSION
	  "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} }\n",
	  "t.cfg:1: warning: no command-acl: every connection is rejected\n" },
	{ "no listener and no server", VERSION "session-acl \"s\" { }\n"
	  "command-acl \"c\" { no-mail-scanning = yes }\n",
	  "t.cfg:3: command-acl \"c\": plug-to: missing, and session-acl "
	  "\"s\" has none either: a connection names no server itself: write "
	  "plug-to = {\"HOST:PORT\"} in one of them\n" },
	{ "no server on a listener", VERSION
	  "listen-on { non-transparent \"in\" { port = 143 } }\n"
	  "session-acl \"s\" { listener = {\"in\"} }\n"
	  "command-acl \"c\" { no-mail-scanning = yes }\n",
	  "t.cfg:4: command-acl \"c\": plug-to: missing, and session-acl "
	  "\"s\" has none either: non-transparent \"in\" names no server "
	  "itself: write plug-to = {\"HOST:PORT\"} in one of them\n" },
	{ "servers of caught connections", VERSION
	  "listen-on { transparent \"in\" { port = 143 listen-port = 2143 } "
	  "}\nsession-acl \"s\" { listener = {\"in\"} }\n"
	  "command-acl \"c\" { no-mail-scanning = yes }\n", "" },
	{ "no server for one of two listeners", VERSION
	  "listen-on { transparent \"in\" { port = 143 listen-port = 2143 }\n"
	  "non-transparent \"x\" { port = 143 } }\n"
	  "session-acl \"s\" { }\n"
	  "command-acl \"c\" { no-mail-scanning = yes }\n",
	  "t.cfg:5: command-acl \"c\": plug-to: missing, and session-acl "
	  "\"s\" has none either: non-transparent \"x\" names no server "
	  "itself: write plug-to = {\"HOST:PORT\"} in one of them\n" },
	{ "what needs a capability", VERSION
	  "session-acl \"s\" {\n plug-to = {\"127.0.0.1:143\"}\n"
	  " source-address = client }\n"
	  "command-acl \"c\" { no-mail-scanning = yes\n"
	  " traffic-shaping { to-server { mark = 1 } } }\n",
	  "t.cfg:4: warning: session-acl \"s\": source-address: needs "
	  "sessions with CAP_NET_RAW: see PRIVILEGES in imap4-proxy(8)\n"
	  "t.cfg:6: warning: command-acl \"c\": traffic-shaping: needs "
	  "sessions with CAP_NET_RAW: see PRIVILEGES in imap4-proxy(8)\n" },
};

/* On line 2 of a text that is good otherwise. */
static const struct row top[] = {
	{ "an unknown key", "idle-timout = 5\n",
	  "t.cfg:2: idle-timout: unknown key: did you mean idle-timeout?\n" },
	{ "a key nothing is near to", "xyzzy = 5\n",
	  "t.cfg:2: xyzzy: unknown key\n" },
	{ "a key of another section", "plug-to = {\"127.0.0.1:143\"}\n",
	  "t.cfg:2: plug-to: unknown key: it belongs in session-acl\n" },
	{ "an unknown section", "listen-in { port = 5 x \"t\" { y = {1} } }\n",
	  "t.cfg:2: listen-in: unknown section: did you mean listen-on?\n" },
	{ "an unknown titled section", "frob \"a\" { b = 5 }\n",
	  "t.cfg:2: frob: unknown section\n" },
	{ "unknown ones at many places", "a1 = 5\nb1 = {1, 2}\nc1 { }\n"
	  "log { d1 = 5 }\na1 = 6\n",
	  "t.cfg:2: a1: unknown key\n"
	  "t.cfg:3: b1: unknown key\n"
	  "t.cfg:4: c1: unknown section\n"
	  "t.cfg:5: log: d1: unknown key\n"
	  "t.cfg:6: a1: unknown key\n" },
	{ "a key twice", "name = \"a\"\nname = \"b\"\n",
	  "t.cfg:3: name: written twice: first at t.cfg:2\n" },
	{ "a section twice", "log { }\nlog { level = 3 }\n",
	  "t.cfg:3: log: written twice: first at t.cfg:2\n" },
	{ "a title twice", "ssl-params \"a\" { }\nssl-params \"a\" { }\n",
	  "t.cfg:3: ssl-params \"a\": the same title twice: first at "
	  "t.cfg:2\n" },
	{ "an empty title", "ssl-params \"\" { }\n",
	  "t.cfg:2: ssl-params: an empty title\n" },
	{ "a key of a later version", "log { client-names = yes }\n",
	  "t.cfg:2: log: client-names: not in this version\n" },
	{ "a store that is too small",
	  "verdict-store { path = \"/x\"  max-size = 100K }\n",
	  "t.cfg:2: verdict-store: max-size: \"100K\" is out of range: write "
	  "1048576 to 68719476736\n"
	  "t.cfg:2: warning: verdict-store: path: in vain: no command-acl that "
	  "scans has use-antivirus or use-antispam\n" },
	{ "a section of a later version", "stats-daily { x = 5 y { } }\n",
	  "t.cfg:2: stats-daily: imap4-stat keeps statistics\n" },
	{ "no protocol", "antivirus \"a\" { protocol = smtp "
	  "connection = \"/x\" }\n",
	  "t.cfg:2: antivirus \"a\": protocol: \"smtp\" is no protocol of such "
	  "a scanner: write clamd, clamd-fd or icap\n" },
	{ "a protocol of others", "antispam \"a\" { protocol = clamd "
	  "connection = \"/x\" }\n",
	  "t.cfg:2: antispam \"a\": protocol: \"clamd\" is no protocol of such "
	  "a scanner: write spamd or rspamd\n" },
	{ "descriptors over TCP", "antivirus \"a\" { protocol = clamav-file "
	  "connection = {\"/x\", \"127.0.0.1:3310\"} }\n",
	  "t.cfg:2: antivirus \"a\": connection: clamd-fd hands mails over by "
	  "a Unix socket: write its \"/path\", or protocol = clamd\n" },
	{ "no service", "antivirus \"a\" { protocol = icap "
	  "connection = \"/x\" }\n",
	  "t.cfg:2: antivirus \"a\": icap-service: missing\n" },
	{ "a bad service", "antivirus \"a\" { protocol = icap icap-service = "
	  "\"a b\" connection = \"/x\" }\n",
	  "t.cfg:2: antivirus \"a\": icap-service: is no name of a service\n" },
	{ "a service of none", "antivirus \"a\" { icap-service = \"avscan\" "
	  "connection = \"/x\" }\n",
	  "t.cfg:2: antivirus \"a\": icap-service: in vain: write protocol = "
	  "icap\n" },
	{ "a body of none", "antivirus \"a\" { icap-pass-200-with-pure-body "
	  "= yes connection = \"/x\" }\n",
	  "t.cfg:2: warning: antivirus \"a\": icap-pass-200-with-pure-body: "
	  "in vain: it is of protocol = icap\n" },
	{ "a scanner's mark", "antivirus \"a\" { connection = \"/x\" "
	  "traffic-shaping { mark = 1 } }\n",
	  "t.cfg:2: warning: antivirus \"a\": traffic-shaping: needs sessions "
	  "with CAP_NET_RAW: see PRIVILEGES in imap4-proxy(8)\n" },
	{ "no place of a scanner", "antivirus \"a\" { connection = {"
	  "\"clamd.ctl\", \"mail.example.org:3310\", \"10.0.0.1\", "
	  "\"0.0.0.0:3310\"} }\n",
#define NOWHERE(s) "t.cfg:2: antivirus \"a\": connection: \"" s "\" is " \
	"nowhere a scanner can be: write the \"/path\" of its socket, or " \
	"\"ADDRESS:PORT\"\n"
	  NOWHERE("clamd.ctl") NOWHERE("mail.example.org:3310")
	  NOWHERE("10.0.0.1") NOWHERE("0.0.0.0:3310") },
#undef NOWHERE
	{ "no method", "doctype-identification { order = {magic, file} "
	  "order-upload = {magic, magic} }\n",
	  "t.cfg:2: doctype-identification: order: \"file\" is none of: "
	  "magic, content-type, extension, or stands there twice\n"
	  "t.cfg:2: doctype-identification: order-upload: \"magic\" is none "
	  "of: magic, content-type, extension, or stands there twice\n" },
	{ "no such file of types",
	  "doctype-identification { mime-types = \"/none\" }\n",
	  "t.cfg:2: doctype-identification: mime-types: there is no file "
	  "/none\n" },
	{ "Kernun's keys", "init-children = 5\nnodaemon = yes\n",
	  "t.cfg:2: init-children: Kernun's: processes are systemd's or "
	  "inetd's: set it there\n"
	  "t.cfg:3: nodaemon: Kernun's: a session always runs in the "
	  "foreground\n" },
	{ "no time", "login-timeout = 5x\n",
	  "t.cfg:2: login-timeout: \"5x\" is not a time: write seconds, or a "
	  "number with s, m, h or d\n" },
	{ "a negative time", "login-timeout = -5\n",
	  "t.cfg:2: login-timeout: \"-5\" is not a time: write seconds, or a "
	  "number with s, m, h or d\n" },
	{ "too long a time", "login-timeout = 400d\n",
	  "t.cfg:2: login-timeout: \"400d\" is too long: write at most "
	  "366d\n" },
	{ "a time that overflows", "login-timeout = 99999999999999999999d\n",
	  "t.cfg:2: login-timeout: \"99999999999999999999d\" is not a time: "
	  "write seconds, or a number with s, m, h or d\n" },
	{ "a timeout of 0", "server-conn { conn-timeout = 0 }\n",
	  "t.cfg:2: server-conn: conn-timeout: \"0\" is too short: it must "
	  "not be 0\n" },
	{ "a short idle-timeout", "idle-timeout = 28m\n",
	  "t.cfg:2: warning: idle-timeout: shorter than 29m ends IDLE of "
	  "clients that do all right (RFC 2177)\n" },
	{ "no size", "client-conn { recv-bufsize = 64Q }\n",
	  "t.cfg:2: client-conn: recv-bufsize: \"64Q\" is not a size: write "
	  "octets, or a number with K, M or G\n" },
	{ "a size out of range", "client-conn { recv-bufsize = 1K }\n",
	  "t.cfg:2: client-conn: recv-bufsize: \"1K\" is out of range: write "
	  "4096 to 1048576\n" },
	{ "no such choice", "language = DE\n",
	  "t.cfg:2: language: \"DE\" is none of: EN, CZ, CZ-ASCII, "
	  "CZ-ISO-8859-2, CZ-WINDOWS-1250\n" },
	{ "no such level", "log { level = 10 }\n",
	  "t.cfg:2: log: level: \"10\" is none of: error, warning, normal, "
	  "debug, trace, full\n" },
	{ "no such target", "log-stats { target = disk }\n",
	  "t.cfg:2: log-stats: target: \"disk\" is none of: stderr, syslog, "
	  "journal, file:PATH\n" },
	{ "a log file in no folder", "log { target = \"file:/nowhere/x\" }\n",
	  "t.cfg:2: log: target: there is no folder /nowhere/\n" },
	{ "a list for one value", "name = {a, b}\nlogin-timeout = {}\n",
	  "t.cfg:2: name: a list: write one value\n"
	  "t.cfg:3: login-timeout: a list: write one value\n" },
	{ "no name", "name = \"a/b\"\n",
	  "t.cfg:2: name: \"a/b\" is not a name: write 1 to 32 letters, "
	  "digits, '-' or '_'\n" },
	{ "no such user", "app-user = \"no-such-user\"\n",
	  "t.cfg:2: app-user: \"no-such-user\" is no user of this "
	  "machine\n" },
	{ "root", "app-user = root\n",
	  "t.cfg:2: app-user: \"root\" is root: name a user without "
	  "rights\n" },
	{ "root's group", "app-group = root\n",
	  "t.cfg:2: app-group: \"root\" is root's: name a group without "
	  "rights\n" },
	{ "no such group", "app-group = \"no-such-group\"\n",
	  "t.cfg:2: app-group: \"no-such-group\" is no group of this "
	  "machine\n" },
	{ "no such folder", "chroot-dir = \"/nowhere\"\n",
	  "t.cfg:2: chroot-dir: /nowhere is no folder\n" },
	{ "no name server", "resolver { servers = {\"ns.example.org\"} }\n",
	  "t.cfg:2: resolver: servers: \"ns.example.org\" is no name server: "
	  "write its address, or \"ADDRESS:PORT\"\n" },
	{ "no domain", "resolver { search = {\"a..b\"} }\n",
	  "t.cfg:2: resolver: search: \"a..b\" is no domain name\n" },
	{ "one address above all", "tcpserver { max-children = 5\n"
	  "max-children-per-ip = 6\nconn-rate = 5  conn-rate-per-ip = 6 }\n",
	  "t.cfg:3: tcpserver: max-children-per-ip: 6 is above max-children, "
	  "5\n"
	  "t.cfg:4: tcpserver: conn-rate-per-ip: 6 is above conn-rate, 5\n" },
	{ "one address's rate alone",
	  "tcpserver { conn-rate-per-ip = 6 }\n", "" },
	{ "no children", "tcpserver { max-children = 0 }\n",
	  "t.cfg:2: tcpserver: max-children: \"0\" is not a number from 1 to "
	  "65536\n" },
	{ "Kernun's children", "tcpserver { init-children = 5 }\n",
	  "t.cfg:2: tcpserver: init-children: Kernun's: each connection is "
	  "a process of its own, made when it comes\n" },
};

static const struct row listeners[] = {
	{ "no port", "listen-on { non-transparent \"a\" { } }\n",
	  "t.cfg:2: non-transparent \"a\": port: missing\n" },
	{ "a host name for the kernel", "listen-on { transparent \"a\" { "
	  "port = 143 listen-port = 2143 address = {\"a.example.org\"} } }\n",
	  "t.cfg:2: transparent \"a\": address: \"a.example.org\" is a "
	  "host's name: the rules that catch connections need addresses\n" },
	{ "a wrong port", "listen-on { non-transparent \"a\" "
	  "{ port = \"9-8\" } }\n",
	  "t.cfg:2: non-transparent \"a\": port: \"9-8\" is not a port: write "
	  "1 to 65535, or a range \"10143-10150\"\n" },
	{ "no address", "listen-on { non-transparent \"a\" "
	  "{ port = 143 address = \"localhost\" } }\n",
	  "t.cfg:2: non-transparent \"a\": address: \"localhost\" is not an "
	  "address: write its number, \"0.0.0.0\" or \"::\" for all\n" },
	{ "a port taken", "listen-on { non-transparent \"a\" { port = 143 }\n"
	  "non-transparent \"b\" { address = \"10.0.0.1\" port = 143 } }\n",
	  "t.cfg:3: non-transparent \"b\": port: 143 is taken by "
	  "non-transparent \"a\": only one can have an address and port\n" },
	{ "a transparent one", "listen-on { transparent \"a\" { } }\n",
	  "t.cfg:2: transparent \"a\": port: missing\n"
	  "t.cfg:2: transparent \"a\": listen-port: missing\n" },
	{ "a title of both kinds", "listen-on { non-transparent \"a\" { "
	  "port = 144 }\ntransparent \"a\" { port = 143 listen-port = 2143 "
	  "} }\n",
	  "t.cfg:3: transparent \"a\": a non-transparent section has the same "
	  "title: 'listener' could not tell them apart\n" },
	{ "an interface of no kernel", "listen-on { transparent \"a\" { port "
	  "= 143 listen-port = 2143 iface = \"eth1; drop\" } }\n",
	  "t.cfg:2: transparent \"a\": iface: is no name of an interface: "
	  "write \"eth1\", or \"ppp*\" for all that begin so\n" },
	{ "the longest interface, the beginning of some", "listen-on {\n"
	  "transparent \"a\" { port = 143 listen-port = 2143 "
	  "iface = \"abcdefghijklm.5\" }\n"
	  "transparent \"b\" { port = 143 listen-port = 2144 "
	  "iface = \"ppp*\" } }\n", "" },
	{ "an interface too long", "listen-on { transparent \"a\" { port "
	  "= 143 listen-port = 2143 iface = \"abcdefghijklm.56\" } }\n",
	  "t.cfg:2: transparent \"a\": iface: is no name of an interface: "
	  "write \"eth1\", or \"ppp*\" for all that begin so\n" },
	{ "a loop that nobody tells apart", "app-user = \"\"\n"
	  "listen-on { transparent \"a\" { port = 143 listen-port = 2143 "
	  "iface = \"lo\" } }\n",
	  "t.cfg:3: transparent \"a\": iface: \"lo\" would catch the proxy's "
	  "own connections: they are told apart by app-user, and \"\" is no "
	  "user of this machine\n" },
	{ "tproxy of the own machine", "app-user = \"daemon\"\n"
	  "listen-on { transparent \"a\" { port = 143 listen-port = 2143 "
	  "iface = \"lo\" mode = tproxy } }\n",
	  "t.cfg:3: transparent \"a\": mode: tproxy cannot catch what this "
	  "machine itself sends: write mode = redirect\n" },
	{ "a range to listen on", "listen-on { transparent \"a\" { port = "
	  "143 listen-port = \"2143-2144\" } }\n",
	  "t.cfg:2: transparent \"a\": listen-port: a range: all of 'port' is "
	  "sent to one\n" },
	{ "a port of both", "listen-on { transparent \"a\" { port = "
	  "\"143-243\" listen-port = 200 } }\n",
	  "t.cfg:2: transparent \"a\": listen-port: 200 is a server's port as "
	  "well: a direct connection could not be told from a caught one\n" },
	{ "a listen-port taken", "listen-on { non-transparent \"a\" { port = "
	  "\"143-2143\" address = \"10.0.0.1\" }\n"
	  "transparent \"b\" { port = 143 listen-port = 2143 } }\n",
	  "t.cfg:3: transparent \"b\": listen-port: 2143 is taken by "
	  "non-transparent \"a\"\n" },
	{ "a listen-port of two", "listen-on {\n"
	  "transparent \"a\" { port = 143 listen-port = 2143 }\n"
	  "transparent \"b\" { port = 993 listen-port = 2143 } }\n",
	  "t.cfg:4: transparent \"b\": listen-port: 2143 is taken by "
	  "transparent \"a\": it tells which section a connection came by\n" },
	{ "Kernun's iface", "listen-on { non-transparent \"a\" { port = 143 "
	  "iface = \"eth0\" } }\n",
	  "t.cfg:2: non-transparent \"a\": iface: Kernun's: an address is "
	  "given by its number, in 'address'\n" },
};

/* Inside session-acl "s" from line 3 on. */
static const struct row session[] = {
	{ "no source address", "source-address = \"x\"\n",
	  "source-address: \"x\" is no address: write own, client, or "
	  "{\"192.0.2.1\", \"2001:db8::1\"}\n" },
	{ "two of a family", "source-address = {\"10.0.0.1\", \"10.0.0.2\"}\n",
	  "source-address: \"10.0.0.2\": another one of this family: one is "
	  "used\n" },
	{ "no prefix", "from = {\"10.0.0.0/33\"}\n",
	  "from: \"10.0.0.0/33\" has no prefix length from 0 to 32\n" },
	{ "bits behind a prefix", "from = {\"10.0.0.1/8\"}\n",
	  "from: \"10.0.0.1/8\" has bits behind its prefix: write "
	  "\"10.0.0.0/8\"\n" },
	{ "a range backwards", "from = {\"10.0.0.2-10.0.0.1\"}\n",
	  "from: \"10.0.0.2-10.0.0.1\" is no range: the first address must "
	  "be the lower one, of the same family\n" },
	{ "a range of two families", "from = {\"10.0.0.2-2001:db8::\"}\n",
	  "from: \"10.0.0.2-2001:db8::\" is no range: the first address must "
	  "be the lower one, of the same family\n" },
	{ "no address", "from = {\"10.0.0\"}\n",
	  "from: \"10.0.0\" is no address: write \"10.0.0.1\", "
	  "\"10.1.0.0/16\", \"10.0.0.1-10.0.0.9\", the same of IPv6, or a "
	  "host's name\n" },
	{ "a mistyped address, which no host name is",
	  "from = {\"10.0.0.l7\", \"10.0.0.1o\"}\n",
	  "from: \"10.0.0.1o\" is no address: write \"10.0.0.1\", "
	  "\"10.1.0.0/16\", \"10.0.0.1-10.0.0.9\", the same of IPv6, or a "
	  "host's name\n" },
	{ "a pattern of names", "to = {\"!*.example.org\"}\n",
	  "to: \"!*.example.org\" is no address: write \"10.0.0.1\", "
	  "\"10.1.0.0/16\", \"10.0.0.1-10.0.0.9\", the same of IPv6, or a "
	  "host's name\n" },
	{ "no address at all", "source-address = {}\n",
	  "source-address: an empty set: write own, client, or an "
	  "address\n" },
	{ "an empty set", "server = {}\n",
	  "server: an empty set: leave the key out, or write what it may "
	  "be\n" },
	{ "a mark", "traffic-shaping { to-client { mark = 0x1ffffffff } }\n",
	  "to-client: mark: \"0x1ffffffff\" is not a number "
	  "from 0 to 4294967295\n" },
	{ "a DSCP", "traffic-shaping { to-server { dscp = AF14 } }\n",
	  "to-server: dscp: \"AF14\" is not a DSCP: write 0 "
	  "to 63, or CS0 to CS7, AF11 to AF43, EF, LE, VOICE-ADMIT\n" },
	{ "a priority", "traffic-shaping { to-server { priority = 7 } }\n",
	  "to-server: priority: \"7\" is not a number from "
	  "0 to 6\n" },
	{ "a group without a rate", "traffic-shaping { to-server { "
	  "group = g } }\n",
	  "traffic-shaping: to-server: group without max-rate: write what its "
	  "sessions may send together\n" },
	{ "Kernun's queues", "traffic-shaping { to-server { altq = x } }\n",
	  "to-server: altq: Kernun's: mark and priority tell "
	  "the kernel's classes (tc(8), nft(8)) the same\n" },
	{ "no such listener", "listener = {\"imap\"}\n",
	  "listener: \"imap\" is no listener\n" },
	{ "a parent", "parent = {\"s\"}\n",
	  "parent: Kernun's: a session-acl has no phase before it\n" },
	{ "a certificate", "client-cert { subject = 'x' }\n",
	  "client-cert: the client's certificate is not known before its "
	  "handshake: write client-cert in a command-acl, or "
	  "client-cert-match here\n" },
	{ "a match without TLS", "client-cert-match { subject = 'CN=x' }\n",
	  "client-cert-match: without client-ssl-params: there is no "
	  "certificate to match\n" },
	{ "no such parameters", "client-ssl-params = \"out\"\n",
	  "client-ssl-params: \"out\" is no ssl-params section\n" },
	{ "no flag", "deny = maybe\n",
	  "deny: \"maybe\" is neither yes nor no\n" },
	{ "no flag that may be left out", "transparent = maybe\n",
	  "transparent: \"maybe\" is neither yes nor no\n" },
#define NO_NUMBER " is no number from 0 to 255, nor several: write \"N\", " \
	"\"A-B\", \">= N\", \"> N\", \"<= N\" or \"< N\"\n"
	{ "no number", "ip-tos-from = {\"low\"}\n",
	  "ip-tos-from: \"low\"" NO_NUMBER },
	{ "a number too large", "ip-tos-from = {\"256\"}\n",
	  "ip-tos-from: \"256\"" NO_NUMBER },
	{ "a range upside down", "ip-tos-from = {\"8-4\"}\n",
	  "ip-tos-from: \"8-4\"" NO_NUMBER },
	{ "an operator and a range", "ip-tos-from = {\">= 4-8\"}\n",
	  "ip-tos-from: \">= 4-8\"" NO_NUMBER },
	{ "numbers that are not there", "ip-tos-from = {\"> 255\"}\n",
	  "ip-tos-from: \"> 255\" holds for no number from 0 to 255\n" },
	{ "no numbers", "ip-tos-from = {}\n",
	  "ip-tos-from: an empty set: leave the key out, or write what it "
	  "may be\n" },
	{ "ECN's bits", "ip-tos-from = {\"185\", \"!3\"}\n",
	  "ip-tos-from: 185 can never be: the two low bits are ECN's and "
	  "count as 0\n"
	  "t.cfg:4: session-acl \"s\": ip-tos-from: 3 can never be: the two "
	  "low bits are ECN's and count as 0\n" },
	{ "no version of PROXY", "send-proxy = v3\n",
	  "send-proxy: \"v3\" is none of: no, v1, v2\n" },
	{ "more sessions than any board has", "max-sessions = 65537\n",
	  "max-sessions: \"65537\" is not a number from 0 to 65536\n" },
	{ "a number below none", "max-sessions-per-ip = -1\n",
	  "max-sessions-per-ip: \"-1\" is not a number from 0 to 65536\n" },
	{ "no day", "time \"x\" { day = {32} }\n",
	  "time \"x\": day: \"32\" is no day of a month: write 1 to 31, or "
	  "\"1-15\"\n" },
	{ "no month", "time \"x\" { month = {\"dez\"} }\n",
	  "time \"x\": month: \"dez\" is no month: write jan to dec, 1 to "
	  "12, or \"jan-mar\"\n" },
	{ "no weekday", "time \"x\" { wday = {7} }\n",
	  "time \"x\": wday: \"7\" is no day of the week: write sun to sat, "
	  "0 to 6, or \"mon-fri\"\n" },
	{ "nothing left", "time \"x\" { wday = {\"mon\", \"!mon\"} }\n",
	  "time \"x\": wday: nothing is left of this set\n" },
	{ "no hours", "time \"x\" { hours = {\"0860-0900\"} }\n",
	  "time \"x\": hours: \"0860-0900\" is no span of hours: write "
	  "\"0800-1630\"\n" },
	{ "empty hours", "time \"x\" { hours = {\"0800-0800\"} }\n",
	  "time \"x\": hours: \"0800-0800\" is an empty span of hours: the "
	  "end is not part of it\n" },
	{ "both kinds of time", "time-period-set { time-spec \"a\" { "
	  "hours = {\"0800-0900\"} } } time \"x\" { day = {1} }\n",
	  "time-period-set: excludes time: write one of them\n" },
	{ "an empty period set", "time-period-set { }\n",
	  "time-period-set: empty: write a time-spec\n" },
	{ "no date", "time-period-set { time-spec \"a\" { "
	  "dates = {\"30 feb\"} } }\n",
	  "time-spec \"a\": dates: \"30 feb\" is no span of "
	  "dates: write \"24 dec - 6 jan\"\n" },
};

static const struct row command[] = {
	{ "no such parent", "parent = {\"sessio\", \"t\"}\n",
	  "parent: \"sessio\" is no session-acl\n"
	  "t.cfg:4: command-acl \"c\": parent: \"t\" is no "
	  "session-acl\n" },
	{ "a parent of the wrong phase", "parent = {\"c\"}\n",
	  "parent: \"c\" is a command-acl: parent names an ACL of the phase "
	  "before, a session-acl\n" },
	{ "no command", "commands = {\"*\", \"UID FETCH\"}\n",
	  "commands: \"UID FETCH\" is no command known here: did you mean "
	  "\"UID-FETCH\"?\n" },
	{ "a command that is never passed", "commands = {\"*\", "
	  "\"COMPRESS\"}\n",
	  "commands: \"COMPRESS\" can never be passed: leave it out\n" },
	{ "no commands", "commands = {}\n",
	  "commands: an empty set: leave the key out, or write what it may "
	  "be\n" },
	{ "too few commands", "commands = {\"LOGIN\", \"FETCH\", "
	  "\"CAPABILITY\"}\n",
	  "warning: commands: without NOOP, which every client uses\n"
	  "t.cfg:4: warning: command-acl \"c\": commands: without LOGOUT, "
	  "which every client uses\n" },
	{ "no FETCH item", "fetch-items = {\"*\", \"BODY[1]\"}\n",
	  "fetch-items: \"BODY[1]\" is no FETCH item known here: did you "
	  "mean \"BODY[]\"?\n" },
	{ "items nobody can do without", "fetch-items = {\"!FLAGS\", "
	  "\"!UID\"}\n",
	  "warning: fetch-items: without FLAGS, which every client uses\n"
	  "t.cfg:4: warning: command-acl \"c\": fetch-items: without UID, "
	  "which every client uses\n" },
	{ "an item refused, its text not", "fetch-items = {\"!RFC822\"}\n",
	  "warning: fetch-items: without BODY[], but BODY[TEXT] reads the "
	  "same text\n" },
	{ "all text refused", "access = no-export fetch-items = {\"!BODY[]\", "
	  "\"!BODY[TEXT]\", \"!BODY[PART]\", \"!BINARY\"}\n", "" },
	{ "text that is searched", "commands = {\"!SEARCH\", "
	  "\"!UID-SEARCH\"} fetch-items = {\"!BODY[]\", \"!BODY[TEXT]\", "
	  "\"!BODY[PART]\", \"!BINARY\"}\n",
	  "warning: fetch-items: has no text of mails, but SORT looks into "
	  "it: access = no-export refuses that, too\n" },
	{ "items of no command", "commands = {\"!FETCH\", \"!UID-FETCH\"} "
	  "fetch-items = {\"!PREVIEW\"}\n",
	  "warning: fetch-items: in vain: commands has none that fetches\n" },
	{ "uploads of no command", "commands = {\"!APPEND\", \"!REPLACE\", "
	  "\"!UID-REPLACE\"} append-extensions = {\"UTF8\"}\n",
	  "warning: append-extensions: in vain: commands has none that "
	  "uploads\n" },
	{ "no access", "access = readonly\n",
	  "access: \"readonly\" is none of: full, read-only, organise, "
	  "no-export\n" },
	{ "commands that access refuses", "access = organise commands = {"
	  "\"*\", EXPUNGE, \"!DELETE\"}\n",
	  "warning: commands: EXPUNGE is there in vain: access = organise "
	  "refuses it\n" },
	{ "one command of two that do the same", "commands = {\"!EXPUNGE\"}\n",
	  "warning: commands: \"!EXPUNGE\" without \"!UID-EXPUNGE\", which "
	  "does the same\n" },
	{ "CLOSE, which expunges", "commands = {\"!EXPUNGE\", "
	  "\"!UID-EXPUNGE\"}\n",
	  "warning: commands: \"!EXPUNGE\" without \"!CLOSE\", which does "
	  "the same\n"
	  "t.cfg:4: warning: command-acl \"c\": commands: \"!UID-EXPUNGE\" "
	  "without \"!CLOSE\", which does the same\n" },
	{ "CLOSE, which access makes harmless", "access = organise commands = "
	  "{\"!EXPUNGE\", \"!STORE\", \"!UID-STORE\"}\n", "" },
	{ "items that access refuses", "access = no-export fetch-items = {"
	  "FLAGS, UID, \"RFC822\", \"BODY[TEXT]\", \"BODY[PART]\", "
	  "BINARY}\n",
	  "warning: fetch-items: BODY[] is there in vain: access = no-export "
	  "refuses it\n"
	  "t.cfg:4: warning: command-acl \"c\": fetch-items: BODY[TEXT] is "
	  "there in vain: access = no-export refuses it\n"
	  "t.cfg:4: warning: command-acl \"c\": fetch-items: BODY[PART] is "
	  "there in vain: access = no-export refuses it\n"
	  "t.cfg:4: warning: command-acl \"c\": fetch-items: BINARY is "
	  "there in vain: access = no-export refuses it\n" },
	{ "nothing to organise with", "access = organise commands = {"
	  "\"!MOVE\", \"!UID-MOVE\"}\n",
	  "warning: access: organise without MOVE and UID-MOVE in commands: "
	  "what remains is to copy\n" },
	{ "an extension that is never passed", "append-extensions = {\"*\", "
	  "\"CATENATE\"}\n",
	  "append-extensions: \"CATENATE\" can never be passed: leave it "
	  "out\n" },
	{ "no mailbox", "mailboxes = {}\n",
	  "mailboxes: an empty set: leave the key out, or write what it may "
	  "be\n" },
	{ "an empty mailbox", "mailboxes = {\"INBOX\", \"!\"}\n",
	  "mailboxes: \"!\" is empty: write names of mailboxes in UTF-8, "
	  "'*' for any run of characters and '?' for one\n" },
	{ "a mailbox in Latin-1", "mailboxes = {\"Entw\xfcrfe\"}\n",
	  "mailboxes: \"Entw\\xFCrfe\" is not UTF-8: write names of "
	  "mailboxes in UTF-8, '*' for any run of characters and '?' for "
	  "one\n" },
	{ "a mailbox as on the wire", "mailboxes = {\"!Entw&APw-rfe*\"}\n",
	  "mailboxes: \"!Entw&APw-rfe*\" is modified UTF-7: write "
	  "\"!Entw\xc3\xbcrfe*\"\n" },
	{ "an ampersand in a mailbox", "mailboxes = {\"INBOX\", \"R&D\", "
	  "\"&\"}\n", "" },
	{ "a mailbox that is denied", "mailboxes = {\"INBOX\", \"Trash\", "
	  "\"!trash*\"}\n",
	  "warning: mailboxes: \"Trash\" admits nothing: \"!trash*\" denies "
	  "all of it\n" },
	{ "mailboxes twice", "mailboxes = {\"INBOX\", \"W*\", \"Work\", "
	  "\"inbox\", \"!Wa\", \"!wa\"}\n",
	  "warning: mailboxes: \"Work\" is there in vain: \"W*\" has all of "
	  "it\n"
	  "t.cfg:4: warning: command-acl \"c\": mailboxes: \"INBOX\" is "
	  "there in vain: \"INBOX\" has all of it\n"
	  "t.cfg:4: warning: command-acl \"c\": mailboxes: \"!wa\" is there "
	  "in vain: \"!Wa\" has all of it\n" },
	{ "a mailbox without its parent", "mailboxes = {\"INBOX\", "
	  "\"Work/a*/b\", \"Play\", \"Play/*\", \"!/*\", \"x/y/?\", "
	  "\"x\"}\n",
	  "warning: mailboxes: \"Work/a*/b\" without \"Work\": clients that "
	  "list level by level do not find it\n"
	  "t.cfg:4: warning: command-acl \"c\": mailboxes: \"x/y/?\" without "
	  "\"x/y\": clients that list level by level do not find it\n" },
	{ "no INBOX", "mailboxes = {\"Work\"}\n",
	  "warning: mailboxes: without INBOX, which every client uses\n" },
	{ "mailboxes of what is not known", "mailboxes = {\"INBOX\"} "
	  "commands = {\"*\", \"UNKNOWN\"}\n",
	  "warning: commands: UNKNOWN in vain: mailboxes refuses what is not "
	  "known to name none\n" },
	{ "labels besides mailboxes", "mailboxes = {\"INBOX\"} "
	  "fetch-items = {\"*\"}\n",
	  "warning: fetch-items: X-GM-LABELS tells names of mailboxes, "
	  "whatever mailboxes says\n" },
	{ "half of IMAP4rev2", "capabilities = {\"*\", \"!LITERAL-\"}\n",
	  "warning: capabilities: IMAP4rev2 without LITERAL-, which is part "
	  "of it: have both or neither\n" },
	{ "neither half", "capabilities = {\"*\", \"!LITERAL-\", "
	  "\"!IMAP4rev2\"}\n", "" },
	{ "no capability", "capabilities = {\"IMAP4REV3\"}\n",
	  "capabilities: \"IMAP4REV3\" is no capability known here: did you "
	  "mean \"IMAP4rev1\"?\n" },
	{ "no mechanism", "auth-mechanisms = {\"PLIAN\"}\n",
	  "auth-mechanisms: \"PLIAN\" is no mechanism known here: did you "
	  "mean \"PLAIN\"?\n" },
	{ "a server's match without TLS", "server-cert-match { san = "
	  "\"dns:x\" }\n",
	  "server-cert-match: without server-ssl-params: there is no "
	  "certificate to match\n" },
	{ "an empty expression", "client-cert { subject = {'x', '!'} }\n",
	  "client-cert: subject: \"!\" is an empty expression\n"
	  "t.cfg:4: warning: command-acl \"c\": client-cert: never holds: no "
	  "session-acl has client-ssl-params with verify = optional or "
	  "required\n" },
	{ "no expression", "client-cert { subject = '(' }\n",
	  "client-cert: subject: \"(\" is no regular expression: missing "
	  "closing parenthesis at its octet 2\n"
	  "t.cfg:4: warning: command-acl \"c\": client-cert: never holds: no "
	  "session-acl has client-ssl-params with verify = optional or "
	  "required\n" },
	{ "no alternative name", "client-cert { san = \"x\" }\n",
	  "client-cert: san: \"x\" is no alternative name: write "
	  "\"dns:NAME\" or \"email:ADDRESS\"\n"
	  "t.cfg:4: warning: command-acl \"c\": client-cert: never holds: no "
	  "session-acl has client-ssl-params with verify = optional or "
	  "required\n" },
	{ "no fingerprint", "client-cert { fingerprint = \"ab\" }\n",
	  "client-cert: fingerprint: \"ab\" is no fingerprint: write "
	  "SHA-256's 64 hexadecimal digits (openssl x509 -fingerprint "
	  "-sha256)\n"
	  "t.cfg:4: warning: command-acl \"c\": client-cert: never holds: no "
	  "session-acl has client-ssl-params with verify = optional or "
	  "required\n" },
	{ "an empty match", "client-cert { }\n",
	  "client-cert: empty: write subject, issuer, san or fingerprint\n"
	  "t.cfg:4: warning: command-acl \"c\": client-cert: never holds: no "
	  "session-acl has client-ssl-params with verify = optional or "
	  "required\n" },
	{ "no server", "plug-to = {\"10.0.0.1\"}\n",
	  "plug-to: \"10.0.0.1\" is no server: write \"HOST:PORT\", an IPv6 "
	  "address in brackets: \"[2001:db8::1]:143\"\n" },
	{ "a bare IPv6 server", "plug-to = {\"::1:143\"}\n",
	  "plug-to: \"::1:143\" is no server: write \"HOST:PORT\", an IPv6 "
	  "address in brackets: \"[2001:db8::1]:143\"\n" },
	{ "nobody's address", "plug-to = {\"0.0.0.0:143\"}\n",
	  "plug-to: \"0.0.0.0:143\" is no server: nobody has this "
	  "address\n" },
	{ "no host", "plug-to = {\"a_b c:143\"}\n",
	  "plug-to: \"a_b c:143\" has no host name and no address in front "
	  "of its port\n" },
	{ "order of nothing", "plug-to-order = random\n",
	  "plug-to-order: without plug-to: there is nothing to order\n" },
	{ "bad bad commands", "max-bad-commands = \"few\"\n",
	  "max-bad-commands: \"few\" is not a number, or two: write "
	  "\"BEFORE-AFTER\" for before and after login\n" },
	{ "an engine that is not there", "use-antivirus = {\"x\"}\n",
	  "use-antivirus: \"x\" is no antivirus section\n"
	  "t.cfg:4: warning: command-acl \"c\": use-antivirus: in vain: with "
	  "no-mail-scanning mails pass as they are\n" },
	{ "a word that is none", "mail-filter { quoting = mend }\n",
	  "mail-filter: quoting: \"mend\" is none of: pass, correct, "
	  "reject\n"
	  "t.cfg:4: warning: command-acl \"c\": mail-filter: in vain: with "
	  "no-mail-scanning mails pass as they are\n" },
	{ "what download has, too", "download { max-mail = x }\n",
	  "download: max-mail: \"x\" is not a size: write octets, or a "
	  "number with K, M or G\n"
	  "t.cfg:4: warning: command-acl \"c\": download: in vain: with "
	  "no-mail-scanning mails pass as they are\n" },
	{ "a short line", "max-line = 80\n",
	  "max-line: \"80\" is out of range: write 1024 to 1048576\n" },
};

/* In a mail-acl "m" on line 4, without its label. */
static const struct row mail[] = {
	{ "an uneven spam-score", "spam-score = {\"5.0\"}\n",
	  "spam-score: \"5.0\" is no number from 0 to 1000000000, nor "
	  "several: write \"N\", \"A-B\", \">= N\", \"> N\", \"<= N\" or "
	  "\"< N\"\n" },
	{ "no size", "size = \">= 10X\"\n",
	  "size: \">= 10X\" is no number from 0 to 1125899906842624, nor "
	  "several: write \"N\", \"A-B\", \">= N\", \"> N\", \"<= N\" or "
	  "\"< N\"\n" },
	{ "no status", "virus-status = {infected}\n",
	  "virus-status: \"infected\" is none of: found, free, skipped, "
	  "unknown, error\n" },
	{ "no status left", "virus-status = {found, \"!found\"}\n",
	  "virus-status: holds for no status at all\n" },
	{ "no type", "mime-type = {\"image\", \"a/b/c\", \"text/a b\"}\n",
#define NO_TYPE(s) "mime-type: \"" s "\" is no type: write " \
	"\"text/plain\", \"image/*\", or \"\" for what has none\n"
	  NO_TYPE("image") "t.cfg:4: mail-acl \"m\": " NO_TYPE("a/b/c")
	  "t.cfg:4: mail-acl \"m\": " NO_TYPE("text/a b") },
#undef NO_TYPE
	{ "no glob", "virus-name = {\"a\\nb\"}\n",
	  "virus-name: \"a\\x0Ab\" is no pattern: write 1 to 255 octets of "
	  "UTF-8, '*' for any run of characters and '?' for one\n" },
	{ "two lines", "prefix-subject = \"a\\r\\nBcc: x\"\n",
	  "prefix-subject: \"a\\x0D\\x0ABcc: x\" cannot stand in a field of "
	  "a header: write up to 200 octets of UTF-8 without control "
	  "characters\n" },
	{ "no notice", "replace-body = \"no.txt\"\n",
#define NO_NOTICE(s) "replace-body: there is no file /tmp/notices/" s \
	"/no.txt\n"
	  NO_NOTICE("EN") "t.cfg:4: mail-acl \"m\": " NO_NOTICE("CZ")
	  "t.cfg:4: mail-acl \"m\": " NO_NOTICE("CZ-ASCII") },
#undef NO_NOTICE
	{ "a hidden notice", "replace-body = \".txt\"\n",
	  "replace-body: \".txt\" is no file: write the name of a notice, or "
	  "a path\n" },
	{ "an endless notice", "replace-body = \"/dev/zero\"\n",
	  "replace-body: there is no file /dev/zero\n" },
	{ "no quarantine", "quarantine = yes\n",
	  "quarantine: yes, but there is none: write quarantine { dir = "
	  "\"...\" }\n" },
	{ "no name of a field", "header \"Subject:\" { match = 'x' }\n",
	  "header \"Subject:\": is no name of a field: write it without its "
	  "colon\n" },
	{ "a field twice",
	  "header \"To\" { match = 'x' } header \"TO\" { match = 'y' }\n",
	  "header \"TO\": the same field as header \"To\"\n" },
	{ "no expression", "header \"To\" { match = '(' }\n",
	  "header \"To\": match: \"(\" is no regular expression: missing "
	  "closing parenthesis at its octet 2\n" },
	{ "what mails are read by",
	  "modify-header \"Content-Type\" { op = delete }\n",
	  "modify-header \"Content-Type\": is what a mail is read by: no "
	  "rule may change it\n" },
	{ "no value", "modify-header \"X-A\" { op = add }\n",
	  "modify-header \"X-A\": value: missing\n" },
	{ "a value too many",
	  "modify-header \"X-A\" { op = delete value = \"a\" }\n",
	  "modify-header \"X-A\": value: in vain: delete needs none\n" },
	{ "a session-acl as its parent", "parent = {\"s\"}\n",
	  "parent: \"s\" is a session-acl: parent names an ACL of the phase "
	  "before, a command-acl\n" },
	{ "nobody as its parent", "parent = {\"x\"}\n",
	  "parent: \"x\" is no command-acl\n" },
	{ "times of two kinds", "time \"a\" { } time-period-set { "
	  "time-spec \"b\" { hours = \"0800-0900\" } }\n",
	  "time-period-set: excludes time: write one of them\n" },
	{ "what denying leaves", "deny = yes prefix-subject = \"a\"\n",
	  "warning: prefix-subject: in vain: the mail is denied\n" },
};

/* The same of an html-filter "m". */
static const struct row html[] = {
	{ "an item without a set", "policy = filter "
	  "script-tag-language \"1\" { }",
	  "warning: script-tag-language \"1\": neither accept nor deny: what "
	  "no list has is removed\n" },
	{ "an item that is not asked",
	  "iframe-tag-src \"1\" { deny = {\"*\"} }",
	  "warning: iframe-tag-src \"1\": in vain: policy strict removes all "
	  "of them but harmless style sheets\n" },
	{ "what a filter keeps", "policy = filter forms = remove "
	  "macro-language \"1\" { deny = {\"*\"} }",
	  "warning: forms: in vain: policy filter keeps both\n" },
	{ "a filter that does nothing", "policy = filter ",
	  "warning: policy: filter without a list removes nothing but SVG and "
	  "MathML\n" },
};

/* The same of a doc-acl "m". */
static const struct row doc[] = {
	{ "what denying leaves of a document", "deny = yes remove = yes\n",
	  "warning: remove: in vain: the mail is denied\n" },
	{ "what removing leaves",
	  "remove = yes force-doctype-ident = yes\n",
	  "warning: force-doctype-ident: in vain: the part is removed\n" },
	{ "a filter for a part that is removed", "remove = yes "
	  "html-filter = \"safe\"\n",
	  "html-filter: \"safe\" is no html-filter section\n"
	  "t.cfg:4: warning: doc-acl \"m\": html-filter: in vain: the part is "
	  "removed\n" },
};

/* Line 4 on of a text with engines and no command-acl. */
static const struct row scans[] = {
#define FREE "mail-acl \"m\" { virus-status = {\"!found\"} }\n"
#define DOCS "doc-acl \"d\" { }\n"
#define SCAN(what) "command-acl \"c\" {\n" what "}\n"
#define SAYS(line, what) "t.cfg:" line ": warning: command-acl \"c\": " what
	{ "nothing to warn of", SCAN("use-antivirus = {\"a\"}\n") FREE DOCS,
	  "" },
	{ "no ACL of mails", SCAN(""),
	  SAYS("4", "scans, but no mail-acl is for its mails: all are "
	  "denied\n") SAYS("4", "scans, but no doc-acl is for its mails: all "
	  "are denied\n") },
	{ "no ACL of uploads", SCAN("") "mail-acl \"m\" { direction = "
	  "download }\n" "doc-acl \"d\" { direction = upload }\n",
	  SAYS("4", "scans, but no mail-acl is for its uploads: all are "
	  "denied\n") SAYS("4", "scans, but no doc-acl is for its downloads: "
	  "all are denied\n") },
	{ "ACLs of others", SCAN("") "mail-acl \"m\" { parent = {\"!c\"} }\n"
	  DOCS, SAYS("4", "scans, but no mail-acl is for its mails: all are "
	  "denied\n") },
	{ "ways round the scanner", SCAN("commands = {\"*\", UNKNOWN, "
	  "SETMETADATA}\ncapabilities = {\"*\", METADATA}\nfetch-items = "
	  "{\"*\", \"SNIPPET\", \"!PREVIEW\"}\n") FREE DOCS,
	  SAYS("5", "commands: UNKNOWN is there in vain: it would go round "
	  "the scanner\n")
	  SAYS("5", "commands: SETMETADATA is there in vain: it would go "
	  "round the scanner\n")
	  SAYS("6", "capabilities: METADATA is there in vain: it would go "
	  "round the scanner\n")
	  SAYS("7", "fetch-items: SNIPPET is there in vain: it would go round "
	  "the scanner\n") },
	{ "several engines", SCAN("use-antivirus = {\"*\"}\n") FREE DOCS,
	  SAYS("5", "use-antivirus: several: a free of one hides an error of "
	  "another: write require-all = yes\n") },
	{ "several that are all asked",
	  SCAN("use-antivirus = {\"*\"} require-all = yes\n") FREE DOCS, "" },
	{ "one for each direction", SCAN("upload { use-antivirus = {\"a\"} } "
	  "download { use-antivirus = {\"b\"} }\n") FREE DOCS, "" },
	{ "a limit that comes first",
	  SCAN("max-mail = 20M max-mail-out = 10M\n") FREE DOCS,
	  SAYS("5", "max-mail: in vain: max-mail-out ends the session before "
	  "it denies a mail\n") },
	{ "a trial", SCAN("dry-run = yes\n") FREE DOCS,
	  SAYS("5", "dry-run: yes: mails are judged, and pass as they are all "
	  "the same\n") },
	{ "marks with lazy listings", SCAN("") "mail-acl \"m\" { "
	  "prefix-subject = \"[x]\" }\n" DOCS,
#define LAZY(line, what) SAYS(line, "index: lazy: listings show mails that " \
	"were not judged as the server has them, and " what " changes them " \
	"later: clients that keep them see both\n")
	  LAZY("4", "prefix-subject") },
	{ "corrections with lazy listings",
	  SCAN("index = lazy mail-filter { quoting = correct }\n") FREE DOCS,
	  LAZY("5", "mail-filter") },
	{ "marks with exact ones", SCAN("index = exact\n") "mail-acl \"m\" { "
	  "prefix-subject = \"[x]\" }\n" DOCS, "" },
	{ "marks of uploads", SCAN("") "mail-acl \"m\" { direction = upload "
	  "add-verdict-headers = yes }\nmail-acl \"r\" { }\n" DOCS, "" },
	{ "mails that were not scanned", SCAN("use-antivirus = {\"a\"}\n")
	  "mail-acl \"v\" { virus-status = {found, error} deny = yes }\n"
	  "mail-acl \"m\" { }\n" DOCS,
	  "t.cfg:8: warning: mail-acl \"m\": takes mails that were not "
	  "scanned, too: name unknown, skipped in virus-status of an ACL "
	  "before it\n" },
	{ "those that only scanned ones get", SCAN(
	  "use-antivirus = {\"a\"}\n") "mail-acl \"m\" { virus-status = "
	  "free }\n" DOCS, "" },
	{ "documents that were not scanned", SCAN(
	  "use-antivirus = {\"a\"}\n") "mail-acl \"m\" { }\ndoc-acl \"v\" "
	  "{ virus-status = {\"!free\"} deny = yes }\n" DOCS, "" },
	{ "uploads that were not scanned", SCAN("use-antivirus = {\"a\"}\n")
	  "mail-acl \"v\" { direction = download virus-status = {\"!free\"} "
	  "deny = yes }\nmail-acl \"m\" { }\n" DOCS,
	  "t.cfg:8: warning: mail-acl \"m\": takes mails that were not "
	  "scanned, too: name error, unknown, skipped in virus-status of an "
	  "ACL before it\n" },
	{ "documents behind one that takes them", SCAN(
	  "use-antivirus = {\"a\"}\n") "mail-acl \"m\" { }\ndoc-acl \"t\" "
	  "{ html-filter = h }\ndoc-acl \"v\" { virus-status = {\"!free\"} "
	  "deny = yes }\nhtml-filter \"h\" { policy = strict }\n",
	  "t.cfg:7: warning: mail-acl \"m\": takes mails that were not "
	  "scanned, too: name error, unknown, skipped in virus-status of an "
	  "ACL before it\n" },
#define BESIDE(mails) SCAN("use-antivirus = {\"a\"} index = exact\n") \
	"mail-acl \"v\" { virus-status = {" mails "} deny = yes }\n" \
	"mail-acl \"m\" { }\n" \
	"doc-acl \"f\" { virus-status = {found} remove = yes }\n"
	{ "documents beside a virus", BESIDE("error, unknown, skipped") DOCS,
	  "t.cfg:10: warning: doc-acl \"d\": takes what was not scanned "
	  "beside a virus: name error, unknown, skipped in virus-status of an "
	  "ACL before it\n" },
	{ "some of them", BESIDE("error, unknown, skipped") "doc-acl \"e\" "
	  "{ virus-status = error deny = yes }\n" DOCS,
	  "t.cfg:11: warning: doc-acl \"d\": takes what was not scanned "
	  "beside a virus: name unknown, skipped in virus-status of an ACL "
	  "before it\n" },
	{ "all of them", BESIDE("error, unknown, skipped") "doc-acl \"e\" "
	  "{ virus-status = {\"!free\"} remove = yes }\n" DOCS, "" },
	{ "none, as the mail is denied", BESIDE("\"!free\"") DOCS, "" },
	{ "statuses without an engine", SCAN("") "mail-acl \"v\" { "
	  "virus-status = {found} deny = yes }\nmail-acl \"m\" { }\n" DOCS,
	  "t.cfg:6: warning: mail-acl \"v\": virus-status: never holds: no "
	  "command-acl that scans has use-antivirus\n" },
	{ "scores without a filter", SCAN("") "mail-acl \"v\" { spam-score = "
	  "{\">= 5000\"} }\nmail-acl \"m\" { spam-score = {UNKNOWN, 5} }\n"
	  DOCS, "t.cfg:6: warning: mail-acl \"v\": spam-score: never holds: no "
	  "command-acl that scans has use-antispam\n" },
	{ "scores with one", "antispam \"s\" { connection = \"/s\" }\n"
	  SCAN("use-antispam = \"s\"\n") "mail-acl \"v\" { spam-score = "
	  "{\">= 5000\"} }\nmail-acl \"m\" { }\n" DOCS, "" },
	{ "nobody who scans", "command-acl \"c\" {\nno-mail-scanning = yes\n"
	  "index = exact }\n" "mail-acl \"m\" { }\n" DOCS,
	  SAYS("6", "index: in vain: with no-mail-scanning mails pass as they "
	  "are\n")
	  "t.cfg:7: warning: mail-acl \"m\": never asked: no command-acl scans "
	  "mails\nt.cfg:8: warning: doc-acl \"d\": never asked: no command-acl "
	  "scans mails\n" },
	{ "too much memory", SCAN("") FREE DOCS "spool { memory = 200M }\n",
	  "t.cfg:8: warning: spool: memory: 200 MB, and 320 MB beside it, are "
	  "more than the 512 MB that imap4-proxy@.service gives a session\n" },
	{ "too much memory for all", SCAN("") FREE DOCS
	  "spool { memory = 96M } tcpserver {\nmax-children = 65536 }\n",
	  "t.cfg:9: warning: tcpserver: max-children: 65536 sessions with 96 "
	  "MB of spool.memory each can need more than the memory that "
	  "imap4-proxy-wait.service may have\n" },
	{ "no folder", SCAN("") FREE DOCS "spool { dir = \"/none\" }\n",
	  "t.cfg:8: warning: spool: dir: /none is no folder: a mail that does "
	  "not fit memory has no place\n" },
	{ "another root", SCAN("") FREE DOCS "chroot-dir = \"/usr\"\n",
	  "t.cfg:8: warning: chroot-dir: with mail scanning spool.dir, the "
	  "verdict-store and the sockets of scanners are looked for in it, and "
	  "it has to have /proc\n" },
	{ "no quarantine folder", SCAN("") "mail-acl \"m\" { "
	  "quarantine = yes }\n" DOCS "quarantine { dir = \"/none\" }\n",
	  "t.cfg:8: quarantine: dir: /none is no folder\n" },
	{ "a store without a folder", SCAN("use-antivirus = {\"a\"}\n") FREE DOCS
	  "verdict-store { path = \"/none/x\" }\n",
	  "t.cfg:9: warning: verdict-store: path: /none/ is no folder: every "
	  "mail is scanned anew\n" },
	{ "a store in everybody's folder", SCAN("use-antivirus = {\"a\"}\n") FREE DOCS
	  "verdict-store { path = \"/tmp/x\" }\n",
	  "t.cfg:9: warning: verdict-store: path: others than its owner can "
	  "write to /tmp/, and say what is clean\n" },
	{ "a store in another's folder", SCAN("use-antivirus = {\"a\"}\n") FREE DOCS
	  "verdict-store { path = \"/usr/x\" }\napp-user = nobody\n",
	  "t.cfg:9: warning: verdict-store: path: /usr/ does not belong to "
	  "app-user: no session can make the store there\n" },
	{ "a store nowhere", SCAN("use-antivirus = {\"a\"}\n") FREE DOCS
	  "verdict-store { max-age = 1h }\n",
	  "t.cfg:9: warning: verdict-store: in vain: it has no path\n" },
	{ "a store of nothing", SCAN("") FREE DOCS
	  "verdict-store { path = \"/usr/x\" }\n",
	  "t.cfg:8: warning: verdict-store: path: in vain: no command-acl that "
	  "scans has use-antivirus or use-antispam\n" },
};

/* Instead of ACLS: ACLs and listeners that are there in vain. */
static const struct row reach[] = {
#define COMMAND "command-acl \"c\" { no-mail-scanning = yes }\n"
#define SESSION(name, when) "session-acl \"" name "\" { " when \
	" plug-to = {\"127.0.0.1:143\"} }\n"
#define NEVER(line, name, by) "t.cfg:" line ": warning: session-acl \"" name \
	"\": never chosen: session-acl \"" by "\" before it matches " \
	"whatever this one would\n"
	{ "nothing after everything", SESSION("a", "") SESSION("b",
	  "from = {\"10.0.0.1\"}") COMMAND, NEVER("3", "b", "a") },
	{ "a part after the whole",
	  SESSION("a", "from = {\"10.0.0.0/8\", \"192.0.2.0/24\"}")
	  SESSION("b", "from = {\"10.1.0.0/16\", \"192.0.2.7\"}") COMMAND,
	  NEVER("3", "b", "a") },
	{ "the whole after a part", SESSION("a", "from = {\"10.1.0.0/16\"}")
	  SESSION("b", "from = {\"10.0.0.0/8\"}") SESSION("c", "") COMMAND,
	  "" },
	{ "what was left out", SESSION("a",
	  "from = {\"10.0.0.0/8\", \"!10.1.0.0/16\"}")
	  SESSION("b", "from = {\"10.0.0.0/9\"}")
	  SESSION("c", "from = {\"10.2.0.0/16\"}")
	  SESSION("d", "from = {\"!10.1.0.0/16\"}") COMMAND,
	  NEVER("4", "c", "a") },
	{ "less than was left out", SESSION("a",
	  "from = {\"!10.1.2.0/24\"}") SESSION("b",
	  "from = {\"!10.1.0.0/16\"}") COMMAND, NEVER("3", "b", "a") },
	{ "two conditions after one", SESSION("a", "to = {\"10.0.0.1\"}")
	  SESSION("b", "to = {\"10.0.0.1\"} from = {\"10.0.0.2\"}")
	  COMMAND, NEVER("3", "b", "a") },
	{ "one after two", SESSION("a", "to = {\"10.0.0.1\"} "
	  "from = {\"10.0.0.2\"}") SESSION("b", "to = {\"10.0.0.1\"}")
	  COMMAND, "" },
	{ "at another time", SESSION("a", "time \"t\" { wday = {\"mon\"} }")
	  SESSION("b", "") COMMAND, "" },
	{ "titles", "listen-on { non-transparent \"x\" { port = 1 }\n"
	  "non-transparent \"y\" { port = 2 } }\n"
	  SESSION("a", "listener = {\"!x\"}")
	  SESSION("b", "listener = {\"y\"}")
	  SESSION("c", "listener = {\"x\", \"y\"}") COMMAND,
	  NEVER("5", "b", "a") },
	{ "a later phase", SESSION("a", "from = {\"10.0.0.1\"}")
	  SESSION("b", "") "command-acl \"c\" { parent = {\"a\", \"b\"} "
	  "no-mail-scanning = yes }\ncommand-acl \"d\" { parent = {\"b\"} "
	  "no-mail-scanning = yes }\n",
	  "t.cfg:5: warning: command-acl \"d\": never chosen: command-acl "
	  "\"c\" before it matches whatever this one would\n" },
	{ "nothing behind it", SESSION("a", "from = {\"10.0.0.1\"}")
	  SESSION("b", "") "command-acl \"c\" { parent = {\"!b\"} "
	  "no-mail-scanning = yes }\n",
	  "t.cfg:3: warning: session-acl \"b\": no command-acl is for its "
	  "connections: all are rejected\n" },
	{ "nothing before it", SESSION("a", "from = {\"10.0.0.1\"} deny = yes")
	  SESSION("b", "") "command-acl \"c\" { parent = {\"a\"} "
	  "no-mail-scanning = yes }\n" "command-acl \"d\" { parent = {\"b\"} "
	  "no-mail-scanning = yes }\n",
	  "t.cfg:4: warning: command-acl \"c\": parent: never holds: the "
	  "session-acls it admits deny\n" },
	{ "a transparent listener of nobody", "listen-on {\n"
	  "non-transparent \"x\" { port = 1 }\n"
	  "transparent \"y\" { port = 2 listen-port = 3 } }\n"
	  SESSION("a", "listener = {\"x\"}") COMMAND,
	  "t.cfg:4: warning: transparent \"y\": no session-acl is for this "
	  "listener: every connection to it is rejected\n" },
	{ "a listener of nobody", "listen-on {\n"
	  "non-transparent \"x\" { port = 1 }\n"
	  "non-transparent \"y\" { port = 2 } }\n"
	  SESSION("a", "listener = {\"x\"}") COMMAND,
	  "t.cfg:4: warning: non-transparent \"y\": no session-acl is for "
	  "this listener: every connection to it is rejected\n" },
};

#define AGAIN "0123456789012345678901234567890123456789"

/* Sessions that are counted, where they cannot be or need not. */
static const struct row counted[] = {
	{ "a limit without a scoreboard", "monitoring { disabled = yes }\n"
	  SESSION("a", "max-sessions = 5") COMMAND,
	  "t.cfg:3: session-acl \"a\": max-sessions: nothing is counted with "
	  "monitoring { disabled = yes }: every connection would be "
	  "rejected\n" },
	{ "the other limit without one", "monitoring { disabled = yes }\n"
	  SESSION("a", "max-sessions-per-ip = 5") COMMAND,
	  "t.cfg:3: session-acl \"a\": max-sessions-per-ip: nothing is "
	  "counted with monitoring { disabled = yes }: every connection "
	  "would be rejected\n" },
	{ "no limit and no scoreboard", "monitoring { disabled = yes }\n"
	  SESSION("a", "max-sessions = 0") COMMAND, "" },
	{ "a limit for nobody", "monitoring { disabled = yes }\n"
	  "session-acl \"a\" { deny = yes max-sessions = 5 }\n" COMMAND,
	  "" },
	{ "two rates of one group", SESSION("a", "from = {\"10.0.0.1\"}\n"
	  "traffic-shaping { to-client { group = g max-rate = 1M } }")
	  SESSION("b", "traffic-shaping { to-client { group = g max-rate = 2M "
	  "} }") COMMAND,
	  "t.cfg:4: session-acl \"b\": traffic-shaping: to-client: group \"g\" "
	  "has another max-rate in \"a\": a group has one\n" },
	{ "rates that nobody counts", "monitoring { disabled = yes }\n"
	  SESSION("a", "traffic-shaping { to-client { max-rate-per-ip = 8K } "
	  "}") COMMAND,
	  "t.cfg:3: warning: session-acl \"a\": traffic-shaping: nothing is "
	  "shared with monitoring { disabled = yes }: each session has such a "
	  "rate of its own\n" },
	{ "mail that would pass unscanned", "listen-on { transparent \"a\" { "
	  "port = 143 listen-port = 2143 } }\n" SESSION("a", "")
	  "command-acl \"c\" { }\n"
	  "mail-acl \"m\" { }\ndoc-acl \"d\" { }\n",
	  "t.cfg:2: warning: transparent \"a\": on-exit: pass: when "
	  "imap4-helper is not running, mail passes unscanned: write on-exit "
	  "= block\n" },
	{ "all tail", "monitoring { data = 63 }\n" SESSION("a", "") COMMAND,
	  "t.cfg:2: monitoring: data: 63 leaves nothing of the beginning: "
	  "write more than tail = 60 and 3\n" },
	{ "a socket in another folder", "monitoring { socket = \"x/y\" }\n"
	  SESSION("a", "") COMMAND,
	  "t.cfg:2: monitoring: socket: write the name of a socket in the "
	  "run folder, a path from / on, or none\n" },
	{ "one socket for both", "monitoring { admin-socket = stats.sock }\n"
	  SESSION("a", "") COMMAND,
	  "t.cfg:2: monitoring: admin-socket: is socket as well: each "
	  "has rights of its own\n" },
	{ "too long a name", "monitoring { socket = \"/" AGAIN AGAIN AGAIN
	  "\" }\n" SESSION("a", "") COMMAND,
	  "t.cfg:2: monitoring: socket: /" AGAIN AGAIN AGAIN ": no socket "
	  "has so long a name\n" },
	{ "no sockets", "monitoring { socket = none admin-socket = none }\n"
	  SESSION("a", "") COMMAND, "" },
	{ "a prefix of too many bits", "per-ip-prefix6 = 129\n"
	  SESSION("a", "") COMMAND,
	  "t.cfg:2: per-ip-prefix6: \"129\" is not a number from 0 to "
	  "128\n" },
};

static char *
report_of(const char *text)
{
	struct compile_result r;
	char *report;

	compile_text("t.cfg", "/tmp", str_c(text), &r);
	report = r.report;
	r.report = NULL;
	compile_free(&r);
	return report;
}

static void
run(const struct row *rows, size_t n, const char *before, const char *after,
    const char *prefix)
{
	char text[4096], want[2048];
	char *seen;

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof text, "%s%s%s", before, rows[i].text,
		    after);
		/* a warning says so in front of its place */
		bool warns = strncmp(rows[i].want, "warning: ", 9) == 0;

		if (*prefix == '\0' || *rows[i].want == '\0')
			snprintf(want, sizeof want, "%s", rows[i].want);
		else
			snprintf(want, sizeof want, "%.9s%s%s%s", prefix,
			    warns ? "warning: " : "", prefix + 9,
			    rows[i].want + (warns ? 9 : 0));
		seen = report_of(text);
		tap_cstr(want, seen, "%s", rows[i].name);
		free(seen);
	}
}

/* The folder depends on the machine, and on what ran here before. */
static void
run_uncounted(void)
{
	static const char text[] = VERSION SESSION("a", "max-sessions = 5\n"
	    "max-sessions-per-ip = 6") COMMAND;
	static const char never[] = "t.cfg:3: warning: session-acl \"a\": "
	    "max-sessions-per-ip: more than max-sessions admits in all: it "
	    "is never reached\n";
	char missing[1024] = "", want[2048], *seen = report_of(text);

	if (access(conf_run_dir, F_OK) < 0)
		snprintf(missing, sizeof missing, "t.cfg:2: warning: "
		    "session-acl \"a\": max-sessions: sessions are counted in "
		    "%s/imap4, which is not there: until it is made "
		    "(systemd-tmpfiles --create), sessions that do not start "
		    "as root reject every connection\n", conf_run_dir);
	snprintf(want, sizeof want, "%s%s", missing, never);
	tap_cstr(want, seen, "a folder that is %s, and a limit that is never "
	    "reached", *missing ? "not there" : "there");
	free(seen);
}

/* More unknown names than anybody reads. */
static void
run_unknown(void)
{
	static const char end[] = "t.cfg:102: more than 100 unknown names; "
	    "checking stopped here\n";
	char *text = NULL, *seen, *tail;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		abort();
	fputs(VERSION, f);
	for (int i = 0; i < 200; i++)
		fprintf(f, "xyzzy%d = 1\n", i);
	fclose(f);
	seen = report_of(text);
	tail = strstr(seen, "t.cfg:102:");
	tap_cstr(end, tail ? tail : seen, "a hundred unknown names are told");
	free(seen);
	free(text);
}

#define RUN(rows, ...) run(rows, sizeof rows / sizeof rows[0], __VA_ARGS__)

int
main(void)
{
	static const char nul[] = VERSION "name = \"a\0b\"\n";
	struct compile_result r;

	RUN(texts, "", "", "");
	RUN(top, VERSION, ACLS, "");
	RUN(listeners, VERSION, ACLS, "");
	RUN(reach, VERSION, "", "");
	RUN(counted, VERSION, "", "");
	run_uncounted();
	run_unknown();
	RUN(session, VERSION "session-acl \"s\" {\n"
	    "plug-to = {\"127.0.0.1:143\"}\n", "}\n"
	    "command-acl \"c\" { no-mail-scanning = yes }\n",
	    "t.cfg:4: session-acl \"s\": ");
	RUN(command, VERSION
	    "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} }\n"
	    "command-acl \"c\" { no-mail-scanning = yes\n", "}\n",
	    "t.cfg:4: command-acl \"c\": ");
	RUN(mail, VERSION
	    "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} }\n"
	    "command-acl \"c\" { index = exact } mail-acl \"m\" {\n", "}\n"
	    "mail-acl \"z\" { deny = yes } doc-acl \"z\" { deny = yes }\n",
	    "t.cfg:4: mail-acl \"m\": ");
	RUN(html, VERSION "html-filter \"m\" { ", " }\n" ACLS,
	    "t.cfg:2: html-filter \"m\": ");
	RUN(doc, VERSION
	    "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} }\n"
	    "command-acl \"c\" { } doc-acl \"m\" {\n", "}\n"
	    "mail-acl \"z\" { deny = yes } doc-acl \"z\" { deny = yes }\n",
	    "t.cfg:4: doc-acl \"m\": ");
	RUN(scans, VERSION
	    "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} }\n"
	    "antivirus \"a\" { connection = \"/a\" } "
	    "antivirus \"b\" { connection = \"/b\" }\n", "", "");
	compile_text("t.cfg", "/tmp", (struct str){ nul, sizeof nul - 1 },
	    &r);
	tap_cstr("t.cfg:2: holds a NUL: not a text; checking stopped here\n",
	    r.report, "a NUL");
	tap_ok(r.cache == NULL, "nothing is compiled on an error");
	compile_free(&r);
	return tap_done();
}
