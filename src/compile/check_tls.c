#include <sys/stat.h>

#include <errno.h>
#include <time.h>

#include "check.h"
#include "tls.h"

enum {
	/* Renewals come a month early; two weeks before the end they failed. */
	EXPIRES_SOON = 14 * 86400,
};

static const struct tls_engine *
engine(void)
{
	const char *why;

	return module_get("tls", &why);
}

static bool
is_credential(const char *path)
{
	return strncmp(path, "credential:", 11) == 0;
}

/* The engine's reasons name the part, and most of them the file. */
static void
say_why(struct check *ck, const struct tree_node *n, const char *key,
    const char *path, const char *why)
{
	const char *colon = strstr(why, ": ");

	if (colon != NULL && colon - why < 15)
		why = colon + 2;
	if (strstr(why, path) != NULL)
		CHECK_ERROR(ck, n, key, "%s", why);
	else
		CHECK_ERROR(ck, n, key, "%s: %s", path, why);
}

/* ---- certificates and keys ---------------------------------------------- */

static void
check_key_mode(struct check *ck, const struct tree_node *n, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return;		/* loading it tells */
	if (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP))
		CHECK_ERROR(ck, n, "private-key", "%s has mode %04o: "
		    "everyone may %s it: chmod 600", path,
		    st.st_mode & 07777, st.st_mode & S_IROTH ? "read" :
		    "change");
	else if (st.st_mode & S_IRGRP && st.st_gid != ck->m->gid)
		CHECK_WARN(ck, n, "private-key", "%s has mode %04o: its "
		    "group may read it", path, st.st_mode & 07777);
	if (!check_service_reads(ck, path, &st))
		CHECK_WARN(ck, n, "private-key", "%s cannot be read by "
		    "app-user \"%s\": sessions that systemd starts will "
		    "have no key", path,
		    conf_cstr(&ck->conf, ck->m->app_user));
}

static void
check_dates(struct check *ck, const struct tree_node *n, const char *path,
    const struct tls_check *tc)
{
	int64_t now = time(NULL), days = (tc->not_after - now) / 86400;

	if (tc->not_after < now)
		CHECK_WARN(ck, n, "certificate", "%s has expired", path);
	else if (tc->not_after < now + EXPIRES_SOON)
		CHECK_WARN(ck, n, "certificate", "%s expires in %d day%s",
		    path, (int)days, days == 1 ? "" : "s");
	if (tc->not_before > now)
		CHECK_WARN(ck, n, "certificate", "%s is not valid yet", path);
}

static void
check_pair(struct check *ck, const struct tree_node *n,
    struct conf_ref certificate, struct conf_ref private_key)
{
	const char *cert = conf_cstr(&ck->conf, certificate);
	const char *key = conf_cstr(&ck->conf, private_key);
	struct tls_check tc = { 0 };
	bool of_key;

	if (*cert == '\0' && *key == '\0')
		return;
	if (*cert == '\0' || *key == '\0') {
		CHECK_ERROR(ck, n, *cert ? "private-key" : "certificate",
		    "missing: a certificate and its key come together");
		return;
	}
	if (is_credential(cert) || is_credential(key))
		return;		/* only the service has them */
	check_key_mode(ck, n, key);
	if (engine()->check_key(cert, key, &tc) < 0) {
		of_key = strncmp(tc.why, "private key", 11) == 0;
		say_why(ck, n, of_key ? "private-key" : "certificate",
		    of_key ? key : cert, tc.why);
		return;
	}
	check_dates(ck, n, cert, &tc);
}

static void
check_sni(struct check *ck, const struct tree_node *ssl_node,
    const struct conf_ssl *ssl)
{
	const struct conf_section *def = conf_section_find(ssl_node->def,
	    "sni");
	const struct tree_node *n = tree_section(ssl_node, def, NULL);
	const struct conf_sni *sni;

	for (uint32_t i = 0; n != NULL; i++,
	    n = tree_section(ssl_node, def, n)) {
		sni = CONF_AT(&ck->conf, struct conf_sni, ssl->sni, i);
		const char *star = strchr(n->title, '*');

		if (star != NULL && (star != n->title || star[1] != '.' ||
		    strchr(star + 1, '*') != NULL))
			CHECK_ERROR(ck, n, "", "'*' stands for the first "
			    "label only: write \"*.example.org\"");
		/* one that is missing is reported as required */
		if (sni->certificate.n > 0 && sni->private_key.n > 0)
			check_pair(ck, n, sni->certificate,
			    sni->private_key);
	}
}

/* ---- trust -------------------------------------------------------------- */

static void
check_anchors(struct check *ck, const struct tree_node *n,
    const struct conf_ssl *ssl)
{
	const char *file = conf_cstr(&ck->conf, ssl->auth_cert_file);
	const char *dir = conf_cstr(&ck->conf, ssl->auth_cert_dir);
	const char *crl = conf_cstr(&ck->conf, ssl->crl_file);
	char why[TLS_WHY_MAX] = "";
	int r;

	if (*file && !is_credential(file) && engine()->check_ca(file, why) < 0)
		say_why(ck, n, "auth-cert-file", file, why);
	if (*crl && !is_credential(crl) && engine()->check_crl(crl, why) < 0)
		say_why(ck, n, "crl-file", crl, why);
	if (*dir == '\0' || !check_written(n, "auth-cert-dir"))
		return;
	r = engine()->check_ca_dir(dir, why);
	if (r < 0)
		say_why(ck, n, "auth-cert-dir", dir, why);
	else if (r == 0)
		CHECK_WARN(ck, n, "auth-cert-dir", "%s: holds nothing that "
		    "is found by its hash: run openssl rehash", dir);
}

static void
check_lists(struct check *ck, const struct tree_node *n,
    const struct conf_ssl *ssl)
{
	static const char names[3][16] = { "ciphers", "ciphersuites",
		"groups" };
	const char *v[3] = { conf_cstr(&ck->conf, ssl->ciphers),
		conf_cstr(&ck->conf, ssl->ciphersuites),
		conf_cstr(&ck->conf, ssl->groups) };
	char why[TLS_WHY_MAX];

	for (int i = 0; i < 3; i++)
		if (*v[i] && engine()->check_lists(i == 0 ? v[0] : "",
		    i == 1 ? v[1] : "", i == 2 ? v[2] : "", why) < 0)
			CHECK_ERROR(ck, n, names[i], "\"%s\": %s", v[i],
			    why);
	if (ssl->min_version > ssl->max_version)
		CHECK_ERROR(ck, n, "min-version", "is above max-version");
}

/* ---- the legs ----------------------------------------------------------- */

static const struct conf_ssl *
ssl_row(const struct check *ck, int32_t row)
{
	return row < 0 ? NULL : CONF_AT(&ck->conf, struct conf_ssl,
	    ck->m->ssl, (uint32_t)row);
}

/* A match judges a certificate that an anchor vouches for, or nothing. */
static void
check_match(struct check *ck, const struct tree_node *n, const char *match,
    const char *params, const struct conf_ssl *ssl)
{
	const char *title;

	if (ssl == NULL) {
		if (!check_written(n, params))
			CHECK_ERROR(ck, n, match, "without %s: there is no "
			    "certificate to match", params);
		return;
	}
	title = conf_cstr(&ck->conf, ssl->name);
	if (ssl->verify == CONF_VERIFY_NONE)
		CHECK_ERROR(ck, n, match, "ssl-params \"%s\" has verify = "
		    "none: write required", title);
	if (ssl->auth_cert_file.n == 0 && ssl->auth_cert_dir.n == 0)
		CHECK_ERROR(ck, n, match, "ssl-params \"%s\" has no trust "
		    "anchor: write auth-cert-file or auth-cert-dir", title);
}

static void
check_session_leg(struct check *ck, uint32_t i)
{
	const struct tree_node *n = check_node(ck, "session-acl", i), *sn;
	const struct conf_session_acl *a = CONF_AT(&ck->conf,
	    struct conf_session_acl, ck->m->session_acls, i);
	const struct conf_ssl *ssl = ssl_row(ck, a->client_ssl);
	bool asks;

	if (a->client_cert_match.given)
		check_match(ck, n, "client-cert-match", "client-ssl-params",
		    ssl);
	if (ssl == NULL)
		return;
	sn = check_node(ck, "ssl-params", (uint32_t)a->client_ssl);
	if (ssl->certificate.n == 0)
		CHECK_ERROR(ck, n, "client-ssl-params", "ssl-params \"%s\" "
		    "has no certificate to show to clients", sn->title);
	asks = a->client_cert_match.given ||
	    ssl->verify >= CONF_VERIFY_OPTIONAL;
	if (asks && ssl->auth_cert_dir.n > 0 && ssl->auth_cert_file.n == 0 &&
	    !check_written(sn, "auth-cert-dir"))
		CHECK_WARN(ck, n, "client-ssl-params", "ssl-params \"%s\" "
		    "trusts every authority of %s to name clients: write "
		    "auth-cert-file and auth-cert-dir = \"\"", sn->title,
		    conf_cstr(&ck->conf, ssl->auth_cert_dir));
}

static void
check_command_leg(struct check *ck, uint32_t i)
{
	const struct tree_node *n = check_node(ck, "command-acl", i);
	const struct conf_command_acl *a = CONF_AT(&ck->conf,
	    struct conf_command_acl, ck->m->command_acls, i);
	const struct conf_ssl *ssl = ssl_row(ck, a->server_ssl);

	if (a->server_cert_match.given)
		check_match(ck, n, "server-cert-match", "server-ssl-params",
		    ssl);
	if (ssl != NULL && !a->server_cert_match.given &&
	    (ssl->verify == CONF_VERIFY_NONE ||
	    ssl->verify == CONF_VERIFY_OPTIONAL))
		CHECK_WARN(ck, n, "server-ssl-params", "ssl-params \"%s\" "
		    "does not require a good certificate: whoever answers "
		    "is taken for the server",
		    conf_cstr(&ck->conf, ssl->name));
}

void
check_tls(struct check *ck)
{
	const char *why;

	for (uint32_t i = 0; i < ck->m->session_acls.n; i++)
		check_session_leg(ck, i);
	for (uint32_t i = 0; i < ck->m->command_acls.n; i++)
		check_command_leg(ck, i);
	if (ck->m->ssl.n > 0 && module_get("tls", &why) == NULL) {
		CHECK_ERROR(ck, check_node(ck, "ssl-params", 0), "",
		    "cannot be checked: %s", why);
		return;
	}
	for (uint32_t i = 0; i < ck->m->ssl.n; i++) {
		const struct tree_node *n = check_node(ck, "ssl-params", i);
		const struct conf_ssl *ssl = ssl_row(ck, (int32_t)i);

		check_pair(ck, n, ssl->certificate, ssl->private_key);
		check_sni(ck, n, ssl);
		check_anchors(ck, n, ssl);
		check_lists(ck, n, ssl);
	}
}
