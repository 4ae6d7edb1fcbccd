/* The other side's certificate: may it be used, and what does it say? */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "err.h"
#include "tls_impl.h"

/* ---- names -------------------------------------------------------------- */

/* "dns:" and "email:" names; NULL for the kinds that policy does not know. */
static const char *
san_kind(const GENERAL_NAME *g)
{
	switch (g->type) {
	case GEN_DNS:
		return "dns:";
	case GEN_EMAIL:
		return "email:";
	default:
		return NULL;
	}
}

static struct str
san_value(const GENERAL_NAME *g)
{
	const ASN1_STRING *s = g->d.ia5;

	return (struct str){ (const char *)ASN1_STRING_get0_data(s),
	    (size_t)ASN1_STRING_length(s) };
}

/*
 * C code elsewhere stops reading a name at NUL, so two readers would see two
 * names: no such certificate is taken.  Returns NULL or what is wrong.
 */
static const char *
names_why(X509 *x)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL,
	    NULL);
	const char *why = NULL;
	int n = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && why == NULL; i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		struct str s;

		if (san_kind(g) == NULL)
			continue;
		s = san_value(g);
		if (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)
			why = "a name has NUL in it";
		else if (s.n > TLS_NAME_MAX || ++n > CERT_SAN_MAX)
			why = "too many or too long names";
	}
	GENERAL_NAMES_free(names);
	return why;
}

/* ---- may it be used? ---------------------------------------------------- */

static const char *
chain_why(STACK_OF(X509) *chain)
{
	int n = sk_X509_num(chain);

	/* the leaf and what may lie between it and an anchor */
	if (n > TLS_DEPTH_MAX + 1)
		return "the chain is too long";
	for (int i = 0; i < n; i++) {
		EVP_PKEY *k = X509_get0_pubkey(sk_X509_value(chain, i));

		if (k != NULL && EVP_PKEY_get_base_id(k) != EVP_PKEY_EC &&
		    EVP_PKEY_get_bits(k) > TLS_RSA_MAX)
			return "a key is too large";
	}
	return NULL;
}

int
tls_peer_verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_conn *conn = SSL_get_app_data(ssl);
	const char *why = chain_why(X509_STORE_CTX_get0_untrusted(store));
	const struct tls_ctx *ctx = arg;

	if (why == NULL)
		why = names_why(X509_STORE_CTX_get0_cert(store));
	if (why != NULL) {
		snprintf(conn->reason, sizeof conn->reason, "certificate: %s",
		    why);
		X509_STORE_CTX_set_error(store,
		    X509_V_ERR_APPLICATION_VERIFICATION);
		return 0;
	}
	/* nothing to verify against; the handshake does not ask either */
	if (ctx->params->verify == TLS_VERIFY_NONE) {
		X509_STORE_CTX_set_error(store,
		    X509_V_ERR_APPLICATION_VERIFICATION);
		return 0;
	}
	return X509_verify_cert(store);
}

/* ---- what does it say? -------------------------------------------------- */

static int
name_text(const X509_NAME *name, struct arena *a, struct str *s_r)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long n;
	int rc = ERR_TLS;

	if (bio == NULL)
		return rc;
	/* an empty subject is no error: its text is empty */
	if (X509_NAME_entry_count(name) == 0 || X509_NAME_print_ex(bio, name,
	    0, XN_FLAG_RFC2253) >= 0) {
		n = BIO_get_mem_data(bio, &p);
		rc = n > TLS_NAME_MAX ? ERR_LIMIT : 0;
		if (rc == 0)
			*s_r = arena_dup(a, (struct str){ n > 0 ? p : "",
			    (size_t)n });
	}
	BIO_free(bio);
	return rc;
}

static void
take_sans(X509 *x, struct arena *a, struct certinfo *ci_r)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL,
	    NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names) &&
	    ci_r->nsan < CERT_SAN_MAX; i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		const char *kind = san_kind(g);
		struct str s;

		if (kind == NULL)
			continue;
		s = san_value(g);
		ci_r->san[ci_r->nsan++] = str_c(arena_printf(a, "%s%.*s", kind,
		    STR_ARG(s)));
	}
	GENERAL_NAMES_free(names);
}

static void
take_fingerprint(X509 *x, struct certinfo *ci_r)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (X509_digest(x, EVP_sha256(), md, &n) != 1)
		return;
	for (unsigned int i = 0; i < n && i < 32; i++)
		snprintf(ci_r->fingerprint + 2 * i, 3, "%02x", md[i]);
}

/* All but whether it is verified.  why_r: TLS_WHY_MAX. */
static int
take_info(X509 *x, struct arena *a, struct certinfo *ci_r, char *why_r)
{
	const char *why = names_why(x);
	int rc;

	if (why != NULL) {
		snprintf(why_r, TLS_WHY_MAX, "certificate: %s", why);
		return ERR_TLS;
	}
	rc = name_text(X509_get_subject_name(x), a, &ci_r->subject);
	if (rc == 0)
		rc = name_text(X509_get_issuer_name(x), a, &ci_r->issuer);
	if (rc < 0) {
		snprintf(why_r, TLS_WHY_MAX,
		    "certificate: subject or issuer cannot be used");
		return rc;
	}
	take_sans(x, a, ci_r);
	take_fingerprint(x, ci_r);
	ci_r->present = true;
	return 0;
}

int
tls_peer_info(struct tls_conn *conn, struct arena *a, struct certinfo *ci_r)
{
	X509 *x = SSL_get0_peer_certificate(conn->ssl);
	int rc;

	memset(ci_r, 0, sizeof *ci_r);
	if (x == NULL)
		return 0;
	rc = take_info(x, a, ci_r, conn->reason);
	if (rc < 0)
		return rc;
	ci_r->verified = conn->ctx->params->verify != TLS_VERIFY_NONE &&
	    SSL_get_verify_result(conn->ssl) == X509_V_OK;
	return 0;
}

/* ---- for the checker ---------------------------------------------------- */

int
tls_check_info(const char *file, struct arena *a, struct certinfo *ci_r,
    char *why_r)
{
	struct tls_pair p = { .cert_path = file };
	int rc;

	memset(ci_r, 0, sizeof *ci_r);
	tls_library();
	rc = tls_pair_load(&p, why_r);
	if (rc == 0)
		rc = take_info(p.leaf, a, ci_r, why_r);
	tls_pair_free(&p);
	return rc;
}

static int
count_in_file(const char *file, int what, char *why_r)
{
	X509_STORE *store;
	X509_LOOKUP *lookup;
	int n = 0;

	tls_library();
	store = X509_STORE_new();
	lookup = store != NULL ?
	    X509_STORE_add_lookup(store, X509_LOOKUP_file()) : NULL;
	if (lookup != NULL)
		n = what == X509_LU_CRL ?
		    X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) :
		    X509_load_cert_file(lookup, file, X509_FILETYPE_PEM);
	X509_STORE_free(store);
	if (n > 0)
		return n;
	tls_reason(why_r, what == X509_LU_CRL ? "crl-file" : "auth-cert-file",
	    "nothing in it");
	return ERR_TLS;
}

int
tls_check_ca(const char *file, char *why_r)
{
	return count_in_file(file, X509_LU_X509, why_r);
}

int
tls_check_crl(const char *file, char *why_r)
{
	return count_in_file(file, X509_LU_CRL, why_r);
}

/* "1f2e3d4c.0": the name OpenSSL looks an issuer up by. */
static bool
is_hashed(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
	    name[9] >= '0' && name[9] <= '9';
}

int
tls_check_ca_dir(const char *dir, char *why_r)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int found = 0;

	if (d == NULL) {
		snprintf(why_r, TLS_WHY_MAX, "auth-cert-dir: %s: %s", dir,
		    strerror(errno));
		return ERR_TLS;
	}
	while (!found && (e = readdir(d)) != NULL)
		found = is_hashed(e->d_name);
	closedir(d);
	if (!found)
		snprintf(why_r, TLS_WHY_MAX,
		    "auth-cert-dir: %s: no hashed names (openssl rehash)",
		    dir);
	return found;
}
