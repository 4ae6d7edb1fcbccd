/* What the compiler says about certificates, keys and authorities. */

#include <sys/stat.h>

#include <pwd.h>
#include <stdarg.h>
#include <unistd.h>

#include "common.h"

/* Whom keys belong to, and somebody else. */
static const char *owner, *other;

struct row {
	const char *name;
	const char *params;	/* in ssl-params "p", from line 2 on */
	const char *acl;	/* in the session-acl, line 4 */
	const char *want;	/* '@' stands for the folder */
};

#define USES "client-ssl-params = \"p\"\n"
#define PAIR(n) "certificate = \"" n ".pem\" private-key = \"" n ".key\""

static const struct row rows[] = {
	{ "a good pair", PAIR("server"), USES, "" },
	{ "a key of another", "certificate = \"server.pem\"\n"
	  "private-key = \"other.key\"", USES,
	  "t.cfg:3: ssl-params \"p\": private-key: @/other.key does not match "
	  "@/server.pem\n" },
	{ "no such file", "certificate = \"none.pem\"\n"
	  "private-key = \"server.key\"", USES,
	  "t.cfg:2: ssl-params \"p\": certificate: @/none.pem: No such file "
	  "or directory\n" },
	{ "a certificate alone", "certificate = \"server.pem\"", USES,
	  "t.cfg:2: ssl-params \"p\": private-key: missing: a certificate "
	  "and its key come together\n" },
	{ "a key alone", "private-key = \"server.key\"", "",
	  "t.cfg:2: ssl-params \"p\": certificate: missing: a certificate "
	  "and its key come together\n" },
	{ "no certificate for clients", "mode = starttls", USES,
	  "t.cfg:6: session-acl \"s\": client-ssl-params: ssl-params \"p\" "
	  "has no certificate to show to clients\n" },
	{ "an expired certificate", PAIR("expired"), USES,
	  "t.cfg:2: warning: ssl-params \"p\": certificate: @/expired.pem has "
	  "expired\n" },
	{ "one that expires soon", PAIR("soon"), USES,
	  "t.cfg:2: warning: ssl-params \"p\": certificate: @/soon.pem "
	  "expires in 13 days\n" },
	{ "one that expires tomorrow", PAIR("tomorrow"), USES,
	  "t.cfg:2: warning: ssl-params \"p\": certificate: @/tomorrow.pem "
	  "expires in 1 day\n" },
	{ "one that expires in two weeks", PAIR("later"), USES, "" },
	{ "one that is not valid yet", PAIR("future"), USES,
	  "t.cfg:2: warning: ssl-params \"p\": certificate: @/future.pem is "
	  "not valid yet\n" },
	{ "an sni's that expires soon", PAIR("server") "\nsni \"a.example\" { "
	  PAIR("soon") " }", USES,
	  "t.cfg:3: warning: ssl-params \"p\": sni \"a.example\": "
	  "certificate: @/soon.pem expires in 13 days\n" },
	{ "authorities without hashes", PAIR("server") "\nverify = optional "
	  "auth-cert-dir = \"empty\"", USES,
	  "t.cfg:3: warning: ssl-params \"p\": auth-cert-dir: @/empty: holds "
	  "nothing that is found by its hash: run openssl rehash\n" },
	{ "credentials", "certificate = \"credential:a\" private-key = "
	  "\"credential:b\"", USES, "" },
	{ "no credential", "certificate = \"credential:a/b\" private-key = "
	  "\"credential:\"", "",
	  "t.cfg:2: ssl-params \"p\": certificate: \"credential:a/b\" is not "
	  "the name of a credential: write \"credential:NAME\"\n"
	  "t.cfg:2: ssl-params \"p\": private-key: \"credential:\" is not "
	  "the name of a credential: write \"credential:NAME\"\n" },
	{ "a key everyone reads", "certificate = \"server.pem\"\n"
	  "private-key = \"open.key\"", USES,
	  "t.cfg:3: ssl-params \"p\": private-key: @/open.key has mode 0644: "
	  "everyone may read it: chmod 600\n" },
	{ "a key its group reads", "certificate = \"server.pem\"\n"
	  "private-key = \"group.key\"", USES,
	  "t.cfg:3: warning: ssl-params \"p\": private-key: @/group.key has "
	  "mode 0640: its group may read it\n" },
	{ "a name's own pair", PAIR("server") "\nsni \"*.Wild.example.org\" {"
	  PAIR("wild") "}", USES, "" },
	{ "a star elsewhere", PAIR("server") "\nsni \"a.*.example.org\" {"
	  PAIR("wild") "}", USES,
	  "t.cfg:3: ssl-params \"p\": sni \"a.*.example.org\": '*' stands for "
	  "the first label only: write \"*.example.org\"\n" },
	{ "a name without a key", PAIR("server") "\nsni \"a\" { certificate = "
	  "\"wild.pem\" }", USES,
	  "t.cfg:3: ssl-params \"p\": sni \"a\": private-key: missing\n" },
	{ "an authority", PAIR("server") "\nauth-cert-file = \"ca.pem\" "
	  "auth-cert-dir = \"cadir\" crl-file = \"ca.crl\"\n"
	  "verify = required", USES, "" },
	{ "an authority that is none", PAIR("server") "\nauth-cert-file = "
	  "\"garbage.pem\"", USES, "t.cfg:3: ssl-params \"p\": "
	  "auth-cert-file: @/garbage.pem: -" },
	{ "no such folder", PAIR("server") "\nauth-cert-dir = \"nodir\"",
	  USES, "t.cfg:3: ssl-params \"p\": auth-cert-dir: @/nodir: No such "
	  "file or directory\n" },
	{ "every public authority", PAIR("server") "\nverify = optional",
	  USES, "t.cfg:7: warning: session-acl \"s\": client-ssl-params: "
	  "ssl-params \"p\" trusts every authority of /etc/ssl/certs to name "
	  "clients: write auth-cert-file and auth-cert-dir = \"\"\n" },
	{ "a match and no anchor", PAIR("server") "\nauth-cert-dir = \"\"",
	  USES "client-cert-match { subject = 'CN=x' }\n",
	  "t.cfg:8: session-acl \"s\": client-cert-match: ssl-params \"p\" "
	  "has no trust anchor: write auth-cert-file or auth-cert-dir\n" },
	{ "a match and no look", PAIR("server") "\nauth-cert-file = \"ca.pem\""
	  " verify = none", USES "client-cert-match { subject = 'CN=x' }\n",
	  "t.cfg:8: session-acl \"s\": client-cert-match: ssl-params \"p\" "
	  "has verify = none: write required\n" },
	{ "no ciphers", PAIR("server") "\nciphers = \"NOSUCH\"", USES,
	  "t.cfg:3: ssl-params \"p\": ciphers: \"NOSUCH\": -" },
	{ "no groups", PAIR("server") "\ngroups = \"NOSUCH\"", USES,
	  "t.cfg:3: ssl-params \"p\": groups: \"NOSUCH\": -" },
	{ "versions the wrong way", PAIR("server") "\nmin-version = \"TLSv1.3\""
	  " max-version = \"TLSv1.2\"", USES,
	  "t.cfg:3: ssl-params \"p\": min-version: is above max-version\n" },
	{ "an old version", PAIR("server") "\nmin-version = \"TLSv1\"", USES,
	  "t.cfg:3: ssl-params \"p\": min-version: \"TLSv1\" is none of: "
	  "TLSv1.2, TLSv1.3\n" },
	{ "a later key", PAIR("server") "\nocsp-response = \"x\"", USES,
	  "t.cfg:3: ssl-params \"p\": ocsp-response: not in this "
	  "version\n" },
};

static void shell(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

static void
shell(const char *fmt, ...)
{
	char cmd[9000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof cmd, fmt, ap);
	va_end(ap);
	if (system(cmd) != 0) {
		printf("Bail out! %s\n", cmd);
		exit(1);
	}
}

/* A certificate that ends in so many hours. */
static void
expire_in(const char *folder, const char *name, int hours)
{
	shell("cd %s && cp server.key %s.key && openssl req -new -config "
	    "ca.cnf -key %s.key -subj /CN=%s -out %s.csr && openssl ca -batch "
	    "-config ca.cnf -cert ca.pem -keyfile ca.key -in %s.csr -enddate "
	    "$(date -u -d '+%d hours' +%%Y%%m%%d%%H%%M%%SZ) -notext "
	    "-out %s.pem 2>%s.log", folder, name, name, name, name, name,
	    hours, name, name);
}

/* A copy of the certificates, owned by a user who is not root. */
static void
copy_certificates(char *folder)
{
	const struct passwd *pw = getpwuid(getuid() ? getuid() : 65534);

	owner = strdup(pw ? pw->pw_name : "nobody");
	other = strcmp(owner, "nobody") == 0 ? "daemon" : "nobody";
	shell("t/lib/certs.sh build/certs >/dev/null");
	if (mkdtemp(folder) == NULL)
		abort();
	shell("cp -r build/certs/. %s", folder);
	shell("cd %s && cp server.key open.key && cp server.key group.key && "
	    "chmod 644 open.key && chmod 640 group.key", folder);
	expire_in(folder, "later", 14 * 24 + 12);
	expire_in(folder, "soon", 13 * 24 + 12);
	expire_in(folder, "tomorrow", 24 + 12);
	shell("mkdir %s/empty", folder);
	if (getuid() == 0)
		shell("chown -R %s %s", owner, folder);
}

/* '@' is the folder; '-' at the end: any rest of the line. */
static bool
same(const char *want, const char *seen, const char *folder)
{
	for (; *want != '\0'; want++) {
		if (*want == '@') {
			if (strncmp(seen, folder, strlen(folder)) != 0)
				return false;
			seen += strlen(folder);
		} else if (*want == '-' && want[1] == '\0') {
			return strchr(seen, '\n') == seen + strlen(seen) - 1;
		} else if (*want != *seen++) {
			return false;
		}
	}
	return *seen == '\0';
}

static void
run(const struct row *r, const char *folder)
{
	struct compile_result res;
	char text[2000];

	snprintf(text, sizeof text, "version = \"1\" app-user = \"%s\" "
	    "app-group = \"daemon\"\nssl-params \"p\" { %s\n}\n"
	    "session-acl \"s\" {\nplug-to = {\"127.0.0.1:143\"}\n%s}\n"
	    "command-acl \"c\" { no-mail-scanning = yes }\n", owner,
	    r->params, r->acl);
	compile_text("t.cfg", folder, str_c(text), &res);
	if (!tap_ok(same(r->want, res.report, folder), "%s", r->name))
		tap_diag("wanted %s  seen %s", r->want, res.report);
	compile_free(&res);
}

/* The server's leg: looking is the default, not looking is told. */
static void
test_server_leg(const char *folder)
{
	static const char text[] = VERSION "ssl-params \"p\" { %s }\n"
	    "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} }\n"
	    "command-acl \"c\" { no-mail-scanning = yes\n"
	    "server-ssl-params = \"p\" }\n";
	struct compile_result r;
	char full[500];

	snprintf(full, sizeof full, text, "");
	compile_text("t.cfg", folder, str_c(full), &r);
	tap_cstr("", r.report, "a server's certificate is looked at");
	compile_free(&r);
	snprintf(full, sizeof full, text, "verify = none");
	compile_text("t.cfg", folder, str_c(full), &r);
	tap_cstr("t.cfg:5: warning: command-acl \"c\": server-ssl-params: "
	    "ssl-params \"p\" does not require a good certificate: whoever "
	    "answers is taken for the server\n", r.report,
	    "not to look is told");
	compile_free(&r);
}

/* A key that the service's user may not read, and one for its group. */
static void
test_key_reader(const char *folder)
{
	static const char text[] = VERSION "app-user = \"%s\"\n%s"
	    "ssl-params \"p\" { certificate = \"server.pem\"\n"
	    "private-key = \"group.key\" }\n" ACLS;
	struct stat st;
	struct compile_result r;
	char full[1000], want[9000];

	snprintf(full, sizeof full, text, other, "");
	compile_text("t.cfg", folder, str_c(full), &r);
	snprintf(want, sizeof want, "t.cfg:4: warning: ssl-params \"p\": "
	    "private-key: %s/group.key has mode 0640: its group may read "
	    "it\n"
	    "t.cfg:4: warning: ssl-params \"p\": private-key: %s/group.key "
	    "cannot be read by app-user \"%s\": sessions that systemd "
	    "starts will have no key\n", folder, folder, other);
	tap_cstr(want, r.report, "a key that app-user cannot read");
	compile_free(&r);
	snprintf(want, sizeof want, "%s/group.key", folder);
	if (getuid() != 0 || stat(want, &st) < 0) {
		tap_ok(true, "its group may # SKIP only root gives files "
		    "away");
		return;
	}
	shell("chgrp daemon %s", want);
	snprintf(full, sizeof full, text, other,
	    "app-group = \"daemon\"\n");
	compile_text("t.cfg", folder, str_c(full), &r);
	tap_cstr("", r.report, "its group may");
	compile_free(&r);
}

int
main(void)
{
	char folder[4096], template[] = "build/certs-XXXXXX";

	copy_certificates(template);
	if (realpath(template, folder) == NULL)
		abort();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		run(&rows[i], folder);
	test_server_leg(folder);
	test_key_reader(folder);
	shell("rm -r %s", template);
	return tap_done();
}
