/* oob-auth, auth, user and group: messages, and what is compiled. */

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "common.h"
#include "fd.h"

static char dir[] = "/tmp/t-oob-XXXXXX";

static char *
report_of(const char *text)
{
	struct compile_result r;
	char *report;

	compile_text("t.cfg", dir, str_c(text), &r);
	report = r.report;
	r.report = NULL;
	compile_free(&r);
	return report;
}

static void
put(const char *text, mode_t mode)
{
	char path[100];
	int fd;

	snprintf(path, sizeof path, "%s/users", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || fd_write_all(fd, str_c(text)) < 0 ||
	    fchmod(fd, mode) < 0)
		abort();
	close(fd);
}

/* ---- messages ------------------------------------------------------------ */

#define OOB "oob-auth \"o\" { path = \"users\" }\n"
#define NAME_OF(key) "\" is no " key ": write 1 to 64 octets of UTF-8 " \
	"without blanks, commas and a '!' or '#' in front\n"

static const struct {
	const char *name, *text, *want;
} rows[] = {
	{ "a good one", "auth = \"o\"\n" OOB ACLS, "" },
	{ "an external one", "name = \"t-oob\"\nauth = \"o\"\n"
	  "oob-auth \"o\" { method = external }\n" ACLS, "" },
	{ "a socket elsewhere", "monitoring { users-socket = \"/run/x.sock\" "
	  "}\n" ACLS, "" },
	{ "no socket's name", "monitoring { users-socket = \"a/b\" }\n" ACLS,
	  "t.cfg:2: monitoring: users-socket: write the name of a socket in "
	  "the run folder, a path from / on, or none\n" },
	{ "a socket for two things", "monitoring { users-socket = "
	  "\"stats.sock\" }\n" ACLS, "t.cfg:2: monitoring: users-socket: is "
	  "socket as well: each has rights of its own\n" },
	{ "an external one with a file", "oob-auth \"o\" { path = \"users\" "
	  "method = external }\n" ACLS, "t.cfg:2: oob-auth \"o\": path: "
	  "imap4-helper keeps an external one in its own folder: leave it "
	  "out\n" },
	{ "two external ones", "name = \"t-oob\"\n"
	  "oob-auth \"o\" { method = external }\n"
	  "oob-auth \"p\" { method = external }\n" ACLS, "t.cfg:4: "
	  "oob-auth \"p\": method: there is another external one, and one "
	  "socket for both\n" },
	{ "another method of Kernun's", "oob-auth \"o\" { path = \"users\" "
	  "method = ext-mod }\n" ACLS, "t.cfg:2: oob-auth \"o\": method: "
	  "\"ext-mod\" is Kernun's: write external\n" },
	{ "a method of Kernun's", "oob-auth \"o\" { path = \"users\" "
	  "method = html-form }\n" ACLS, "t.cfg:2: oob-auth \"o\": method: "
	  "\"html-form\" is Kernun's: write file, and have the login page "
	  "call imap4-stat user\n" },
	{ "no method", "oob-auth \"o\" { path = \"users\" method = fil }\n"
	  ACLS, "t.cfg:2: oob-auth \"o\": method: \"fil\" is none of: "
	  "file, external\n" },
	{ "no path", "oob-auth \"o\" { }\n" ACLS,
	  "t.cfg:2: oob-auth \"o\": path: missing\n" },
	{ "too many sessions", "oob-auth \"o\" { path = \"users\" "
	  "max-sessions = 100001 }\n" ACLS, "t.cfg:2: oob-auth \"o\": "
	  "max-sessions: \"100001\" is not a number from 1 to 100000\n" },
	{ "a key of Kernun's", "user-match = short\n" ACLS, "t.cfg:2: "
	  "user-match: Kernun's: names of users are compared as they are, "
	  "domain included\n" },
	{ "a section of Kernun's", "radius-client \"r\" { secret = x }\n"
	  ACLS, "t.cfg:2: radius-client: whoever asks for the user's "
	  "password calls imap4-stat user\n" },
	{ "no such section", "auth = \"offic\"\n" OOB
	  "oob-auth \"office\" { path = \"users\" }\n" ACLS, "t.cfg:2: auth: "
	  "\"offic\" is no oob-auth section: did you mean \"office\"?\n" },
	{ "a title that means something", "auth = none\n"
	  "oob-auth \"none\" { path = \"users\" }\n" ACLS, "t.cfg:3: "
	  "oob-auth \"none\": auth = none means that there is none: choose "
	  "another title\n" },
	{ "too many sections", OOB
	  "oob-auth \"2\" { path = \"users\" }\n"
	  "oob-auth \"3\" { path = \"users\" }\n"
	  "oob-auth \"4\" { path = \"users\" }\n"
	  "oob-auth \"5\" { path = \"users\" }\n"
	  "oob-auth \"6\" { path = \"users\" }\n"
	  "oob-auth \"7\" { path = \"users\" }\n"
	  "oob-auth \"8\" { path = \"users\" }\n"
	  "oob-auth \"9\" { path = \"users\" }\n" ACLS,
	  "t.cfg:10: oob-auth \"9\": there are more than 8\n" },
	{ "nobody is known in session-acl", OOB
	  "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} auth = \"o\"\n"
	  "user = {\"joe\"} }\n"
	  "command-acl \"c\" { no-mail-scanning = yes group = {\"a\"} }\n",
	  "t.cfg:4: session-acl \"s\": user: nobody is ever known here: "
	  "write auth = \"TITLE\" of an oob-auth at the top level, which "
	  "session-acl goes by\n" },
	{ "nobody is known in command-acl", "auth = \"o\"\n" OOB
	  "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} auth = none\n"
	  "user = {\"joe\"} }\n"
	  "command-acl \"c\" { no-mail-scanning = yes group = {\"!a\"} }\n",
	  "t.cfg:6: command-acl \"c\": group: nobody is ever known here: "
	  "write auth = \"TITLE\" of an oob-auth at the top level or in a "
	  "session-acl\n" },
	{ "a command-acl that is never asked", OOB
	  "session-acl \"s\" { deny = yes }\n"
	  "command-acl \"c\" { no-mail-scanning = yes user = {\"a\"} }\n",
	  "" },
	{ "no users and no groups", "auth = \"o\"\n" OOB
	  "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"}\n"
	  "user = {\"a b\", \"*\", \"!*\"}\n"
	  "group = {\"\", \"*\"} }\n"
	  "command-acl \"c\" { no-mail-scanning = yes user = {} }\n",
	  "t.cfg:5: session-acl \"s\": user: \"a b" NAME_OF("user")
	  "t.cfg:5: session-acl \"s\": user: \"*\" is no user: write "
	  "\"!none\" for whoever is known\n"
	  "t.cfg:5: session-acl \"s\": user: \"!*\" is no user: write "
	  "\"!none\" for whoever is known\n"
	  "t.cfg:6: session-acl \"s\": group: \"" NAME_OF("group")
	  "t.cfg:6: session-acl \"s\": group: \"*\" is no group: write "
	  "\"!none\" for whoever has one\n"
	  "t.cfg:7: command-acl \"c\": user: an empty set: leave the key "
	  "out, or write what it may be\n" },
	{ "an ACL for a user before one for all", "auth = \"o\"\n" OOB
	  "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} "
	  "user = {\"joe\"} }\n"
	  "session-acl \"t\" { plug-to = {\"127.0.0.1:143\"} }\n"
	  "command-acl \"c\" { no-mail-scanning = yes }\n", "" },
};

static void
test_messages(void)
{
	char text[2048], *seen;

	put("10.0.0.1 joe staff -\n", 0644);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text, VERSION "%s", rows[i].text);
		seen = report_of(text);
		tap_cstr(rows[i].want, seen, "%s", rows[i].name);
		free(seen);
	}
}

/* ---- the file ------------------------------------------------------------ */

static void
file_says(const char *want, const char *name)
{
	char *seen = report_of(VERSION "app-user = \"nobody\"\nauth = \"o\"\n"
	    "oob-auth \"o\" { path = \"users\" max-sessions = 3 }\n" ACLS);
	char line[600] = "";

	if (*want != '\0')
		snprintf(line, sizeof line, "t.cfg:4: warning: oob-auth "
		    "\"o\": path: %s/users%s", dir, want);
	tap_cstr(line, seen, "%s", name);
	free(seen);
}

static void
test_file(void)
{
	char path[100], want[300];

	put("# one\n10.0.0.1 joe staff -\n\n", 0644);
	file_says("", "a good file");
	put("10.0.0.1 joe staff -\n10.0.0.2 joe\n", 0644);
	file_says(":2: its third field is no list of groups, nor '-'\n",
	    "a bad line");
	put("10.0.0.1 joe staff -\n10.0.0.2 joe - -", 0644);
	file_says(": its last line has no end\n", "half a line");
	put("10.0.0.1 a - -\n10.0.0.2 b - -\n10.0.0.3 c - -\n"
	    "10.0.0.4 d - -\n", 0644);
	file_says(" has 4 entries, more than max-sessions: nobody is known\n",
	    "too many entries");
	put("10.0.0.1 joe - -\n", 0666);
	file_says(": may be written by others: whatever asks for user or "
	    "group rejects\n", "one that others may write");
	if (geteuid() == 0) {
		put("10.0.0.1 joe - -\n", 0600);
		file_says(": app-user \"nobody\" cannot read it: make it "
		    "readable for its group\n", "one that sessions cannot "
		    "read");
	}
	snprintf(path, sizeof path, "%s/users", dir);
	unlink(path);
	snprintf(want, sizeof want, "t.cfg:4: warning: oob-auth \"o\": path: "
	    "there is no %s yet: until there is one, whatever asks for user "
	    "or group rejects\n", path);
	char *seen = report_of(VERSION "app-user = \"nobody\"\nauth = \"o\"\n"
	    "oob-auth \"o\" { path = \"users\" max-sessions = 3 }\n" ACLS);

	tap_cstr(want, seen, "none");
	free(seen);
}

/* ---- there and back ------------------------------------------------------ */

static void
test_round(void)
{
	static const char text[] = VERSION
	    "auth = \"office\"\n"
	    "oob-auth \"office\" {\n"
	    "\tpath = \"/tmp/none/users\"\n"
	    "\tmax-sessions = 50\n"
	    "}\n"
	    "oob-auth \"vpn\" {\n"
	    "\tmethod = external\n"
	    "}\n"
	    "session-acl \"a\" {\n"
	    "\tuser = {\"!none\", \"!EXAMPLE\\\\joe\"}\n"
	    "\tgroup = {\"staff\", \"none\"}\n"
	    "\tplug-to = {\"127.0.0.1:143\"}\n"
	    "\tauth = none\n"
	    "}\n"
	    "session-acl \"b\" {\n"
	    "\tplug-to = {\"127.0.0.1:143\"}\n"
	    "\tauth = \"vpn\"\n"
	    "}\n"
	    "session-acl \"c\" {\n"
	    "\tfrom = {\"10.0.0.0/8\"}\n"
	    "\tplug-to = {\"127.0.0.1:143\"}\n"
	    "}\n"
	    "command-acl \"d\" {\n"
	    "\tuser = {\"none\"}\n"
	    "\tno-mail-scanning = yes\n"
	    "}\n";
	const struct conf_session_acl *s;
	const struct conf_oob *o;
	struct compile_result r;
	struct conf c;
	char *again;

	must(text, &r, &c);
	again = print(&c, false);
	tap_cstr(text, again, "prints as it was written");
	tap_int(0, c.main->auth, "auth is the first");
	s = CONF_AT(&c, struct conf_session_acl, c.main->session_acls, 0);
	tap_int(CONF_AUTH_NONE, s->auth, "none in an ACL");
	tap_int(1, s[1].auth, "another");
	tap_int(CONF_AUTH_INHERIT, s[2].auth, "or the top level's");
	o = CONF_AT(&c, struct conf_oob, c.main->oob_auths, 0);
	tap_int(50, o->max_sessions, "max-sessions");
	tap_int(10000, o[1].max_sessions, "and its default");
	compile_free(&r);
	free(again);
}

int
main(void)
{
	umask(022);
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) < 0)
		abort();
	test_messages();
	test_file();
	test_round();
	rmdir(dir);
	return tap_done();
}
