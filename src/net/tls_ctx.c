/* Contexts: one role's settings, and which certificate a handshake gets. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "str.h"
#include "tls_impl.h"

static const unsigned char alpn_imap[] = { 4, 'i', 'm', 'a', 'p' };

enum {
	MODES = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER,
	/* 112 bits: no RSA below 2048, no SHA-1 signatures. */
	SECURITY_LEVEL = 2,
};

#define OPTIONS (SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION)

/* ---- callbacks ---------------------------------------------------------- */

static bool
name_matches(const char *pattern, const char *name)
{
	const char *dot;

	if (pattern[0] != '*')
		return str_ieq(str_c(pattern), str_c(name));
	dot = strchr(name, '.');	/* the star is one whole label */
	return dot != NULL && dot > name &&
	    str_ieq(str_c(pattern + 1), str_c(dot));
}

/* The pair for a name: exact before wildcard, else the default. */
static struct tls_pair *
choose(struct tls_ctx *ctx, const char *name)
{
	struct tls_pair *wild = NULL;

	for (size_t i = 0; *name != '\0' && i < ctx->nsni; i++) {
		struct tls_named *s = &ctx->sni[i];

		if (s->name == NULL || !name_matches(s->name, name))
			continue;
		if (s->name[0] != '*')
			return &s->pair;
		if (wild == NULL)
			wild = &s->pair;
	}
	return wild != NULL ? wild : &ctx->pair;
}

/* SSL_CTX_set_cert_cb: the name is known, a certificate is needed. */
static int
give_certificate(SSL *ssl, void *arg)
{
	struct tls_ctx *ctx = arg;
	struct tls_conn *conn = SSL_get_app_data(ssl);
	const char *name = NULL;

	if (ctx->params->role == TLS_ACCEPT)
		name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	snprintf(conn->sni, sizeof conn->sni, "%s", name != NULL ? name : "");
	return tls_pair_use(choose(ctx, conn->sni), ssl, conn->reason) == 0;
}

/* A name that is acknowledged is kept in a TLS 1.2 session's ticket. */
static int
take_name(SSL *ssl, int *alert, void *arg)
{
	(void)ssl;
	(void)alert;
	(void)arg;
	return SSL_TLSEXT_ERR_OK;
}

/* RFC 7301 3.2; a list without "imap" is meant for another protocol. */
static int
select_alpn(SSL *ssl, const unsigned char **out, unsigned char *n_r,
    const unsigned char *in, unsigned int n, void *arg)
{
	(void)ssl;
	(void)arg;
	for (unsigned int i = 0; i < n; i += in[i] + 1U) {
		if (n - i < sizeof alpn_imap ||
		    memcmp(in + i, alpn_imap, sizeof alpn_imap) != 0)
			continue;
		*out = in + i + 1;
		*n_r = in[i];
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- settings ----------------------------------------------------------- */

static int
fail(const char *stage, const char *otherwise)
{
	tls_reason(tls_why, stage, otherwise);
	return ERR_TLS;
}

static int
set_lists(SSL_CTX *ssl, const char *ciphers, const char *ciphersuites,
    const char *groups)
{
	if (tls_given(ciphers) && SSL_CTX_set_cipher_list(ssl, ciphers) != 1)
		return fail("ciphers", "not understood");
	if (tls_given(ciphersuites) &&
	    SSL_CTX_set_ciphersuites(ssl, ciphersuites) != 1)
		return fail("ciphersuites", "not understood");
	if (tls_given(groups) && SSL_CTX_set1_groups_list(ssl, groups) != 1)
		return fail("groups", "not understood");
	return 0;
}

static int
set_protocol(struct tls_ctx *ctx)
{
	const struct tls_params *p = ctx->params;
	int min = p->min_version != 0 ? p->min_version : TLS1_2_VERSION;
	int max = p->max_version != 0 ? p->max_version : TLS1_3_VERSION;

	assert(!p->tickets || (p->role == TLS_ACCEPT &&
	    p->verify == TLS_VERIFY_NONE));
	SSL_CTX_set_options(ctx->ssl, OPTIONS);
	if (p->tickets)
		SSL_CTX_set_tlsext_servername_callback(ctx->ssl, take_name);
	else
		SSL_CTX_set_options(ctx->ssl, SSL_OP_NO_TICKET);
	/* a client's passwords do not stay in OpenSSL's buffers, either */
	if (p->role == TLS_ACCEPT)
		SSL_CTX_set_options(ctx->ssl, SSL_OP_CLEANSE_PLAINTEXT);
	SSL_CTX_set_mode(ctx->ssl, MODES);
	SSL_CTX_set_num_tickets(ctx->ssl, p->tickets ? 1 : 0);
	SSL_CTX_set_timeout(ctx->ssl, TLS_TICKET_S);
	SSL_CTX_set_session_cache_mode(ctx->ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_security_level(ctx->ssl, SECURITY_LEVEL);
	SSL_CTX_set_max_cert_list(ctx->ssl, TLS_CHAIN_MAX);
	if (min < TLS1_2_VERSION)
		min = TLS1_2_VERSION;
	if (SSL_CTX_set_min_proto_version(ctx->ssl, min) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx->ssl, max) != 1 || max < min)
		return fail("version", "not supported");
	if (p->session_context.n > 0 && SSL_CTX_set_session_id_context(
	    ctx->ssl, (const unsigned char *)p->session_context.p,
	    (unsigned)p->session_context.n) != 1)
		return fail("session", "context too long");
	if (p->role == TLS_ACCEPT)
		SSL_CTX_set_alpn_select_cb(ctx->ssl, select_alpn, NULL);
	else if (SSL_CTX_set_alpn_protos(ctx->ssl, alpn_imap,
	    sizeof alpn_imap) != 0)
		return fail("alpn", "no memory");
	return set_lists(ctx->ssl, p->ciphers, p->ciphersuites, p->groups);
}

static int
set_crl(struct tls_ctx *ctx)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx->ssl);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
	const char *path = ctx->params->crl_file;

	tls_file_note(&ctx->files[1], path);
	if (lookup == NULL ||
	    X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) <= 0)
		return fail("crl-file", "cannot be read");
	X509_STORE_set_flags(store,
	    X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return 0;
}

static int
set_trust(struct tls_ctx *ctx)
{
	const struct tls_params *p = ctx->params;
	int mode = SSL_VERIFY_PEER;

	SSL_CTX_set_cert_verify_callback(ctx->ssl, tls_peer_verify, ctx);
	if (p->verify == TLS_VERIFY_NONE)
		return 0;
	if (p->verify == TLS_VERIFY_REQUIRED)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(ctx->ssl, mode, NULL);
	SSL_CTX_set_verify_depth(ctx->ssl, TLS_DEPTH_MAX);
	if (tls_given(p->ca_file)) {
		tls_file_note(&ctx->files[0], p->ca_file);
		if (SSL_CTX_load_verify_file(ctx->ssl, p->ca_file) != 1)
			return fail("auth-cert-file", "cannot be read");
	}
	if (tls_given(p->ca_dir) &&
	    SSL_CTX_load_verify_dir(ctx->ssl, p->ca_dir) != 1)
		return fail("auth-cert-dir", "cannot be used");
	return tls_given(p->crl_file) ? set_crl(ctx) : 0;
}

static int
set_pairs(struct tls_ctx *ctx)
{
	const struct tls_params *p = ctx->params;

	ctx->pair.cert_path = p->certificate;
	ctx->pair.key_path = p->private_key;
	if (p->nsni > 0) {
		ctx->sni = calloc(p->nsni, sizeof *ctx->sni);
		if (ctx->sni == NULL)
			return fail("sni", "no memory");
	}
	ctx->nsni = p->nsni;
	for (size_t i = 0; i < p->nsni; i++) {
		ctx->sni[i].name = p->sni[i].name;
		ctx->sni[i].pair.cert_path = p->sni[i].certificate;
		ctx->sni[i].pair.key_path = p->sni[i].private_key;
		if (p->preload &&
		    tls_pair_load(&ctx->sni[i].pair, tls_why) < 0)
			return ERR_TLS;
	}
	if (!tls_given(p->certificate))
		return p->role == TLS_CONNECT ? 0 :
		    fail("certificate", "none is configured");
	if (p->preload && tls_pair_load(&ctx->pair, tls_why) < 0)
		return ERR_TLS;
	SSL_CTX_set_cert_cb(ctx->ssl, give_certificate, ctx);
	return 0;
}

/* ---- public ------------------------------------------------------------- */

struct tls_ctx *
tls_ctx_new(const struct tls_params *params, const char **why_r)
{
	struct tls_ctx *ctx = calloc(1, sizeof *ctx);

	tls_library();
	*why_r = tls_why;
	if (ctx == NULL) {
		fail("context", "no memory");
		return NULL;
	}
	ctx->params = params;
	ctx->ssl = SSL_CTX_new(params->role == TLS_ACCEPT ?
	    TLS_server_method() : TLS_client_method());
	if (ctx->ssl == NULL) {
		fail("context", "no memory");
		free(ctx);
		return NULL;
	}
	if (set_protocol(ctx) < 0 || set_trust(ctx) < 0 ||
	    set_pairs(ctx) < 0) {
		tls_ctx_free(ctx);
		return NULL;
	}
	return ctx;
}

void
tls_ctx_free(struct tls_ctx *ctx)
{
	if (ctx == NULL)
		return;
	for (size_t i = 0; i < ctx->nsni; i++)
		tls_pair_free(&ctx->sni[i].pair);
	free(ctx->sni);
	tls_pair_free(&ctx->pair);
	SSL_CTX_free(ctx->ssl);
	free(ctx);
}

bool
tls_ctx_fresh(const struct tls_ctx *ctx)
{
	for (size_t i = 0; i < ctx->nsni; i++)
		if (!tls_pair_fresh(&ctx->sni[i].pair))
			return false;
	return tls_pair_fresh(&ctx->pair) && tls_file_fresh(&ctx->files[0]) &&
	    tls_file_fresh(&ctx->files[1]);
}

int
tls_check_lists(const char *ciphers, const char *ciphersuites,
    const char *groups, char *why_r)
{
	SSL_CTX *ssl;
	int rc;

	tls_library();
	ssl = SSL_CTX_new(TLS_server_method());
	rc = ssl != NULL ? set_lists(ssl, ciphers, ciphersuites, groups) :
	    fail("context", "no memory");
	SSL_CTX_free(ssl);
	if (rc < 0)
		memcpy(why_r, tls_why, TLS_WHY_MAX);
	return rc;
}
