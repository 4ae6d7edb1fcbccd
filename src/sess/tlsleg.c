#include <stdlib.h>

#include "err.h"
#include "module.h"
#include "pump.h"
#include "slot.h"
#include "tlsleg.h"
#include "tlsset.h"

static const char *
path_of(const struct conf *c, struct arena *a, struct conf_ref ref)
{
	struct str text = conf_str(c, ref);
	struct str prefix = STR("credential:");
	const char *dir;

	if (!str_starts(text, prefix))
		return conf_cstr(c, ref);
	/* systemd.exec(5): where LoadCredential= puts them */
	dir = getenv("CREDENTIALS_DIRECTORY");
	return arena_printf(a, "%s/%s",
	    dir ? dir : "/run/credentials", text.p + prefix.n);
}

static const struct tls_sni *
sni_of(const struct conf *c, struct arena *a, const struct conf_ssl *ssl)
{
	struct tls_sni *sni = arena_alloc(a, (ssl->sni.n + 1) * sizeof *sni);

	for (uint32_t i = 0; i < ssl->sni.n; i++) {
		const struct conf_sni *n = CONF_AT(c, struct conf_sni,
		    ssl->sni, i);

		if (n == NULL)
			continue;
		sni[i] = (struct tls_sni){
			.name = conf_cstr(c, n->name),
			.certificate = path_of(c, a, n->certificate),
			.private_key = path_of(c, a, n->private_key),
		};
	}
	return sni;
}

enum tls_verify
tlsleg_verify(const struct conf_ssl *ssl, const struct conf_certmatch *match,
    enum tls_role role)
{
	if (match != NULL && match->given)
		return TLS_VERIFY_REQUIRED;
	switch ((enum conf_ssl_verify)ssl->verify) {
	case CONF_VERIFY_NONE: return TLS_VERIFY_NONE;
	case CONF_VERIFY_OPTIONAL: return TLS_VERIFY_OPTIONAL;
	case CONF_VERIFY_REQUIRED: return TLS_VERIFY_REQUIRED;
	case CONF_VERIFY_DEFAULT: break;
	}
	return role == TLS_CONNECT ? TLS_VERIFY_REQUIRED : TLS_VERIFY_NONE;
}

void
tlsleg_params(const struct conf *c, struct arena *a,
    const struct conf_ssl *ssl, enum tls_role role, enum tls_verify verify,
    struct tls_params *p_r)
{
	*p_r = (struct tls_params){
		.role = role,
		.verify = verify,
		.certificate = path_of(c, a, ssl->certificate),
		.private_key = path_of(c, a, ssl->private_key),
		.sni = sni_of(c, a, ssl), .nsni = ssl->sni.n,
		.min_version = ssl->min_version,
		.max_version = ssl->max_version,
		.ciphers = conf_cstr(c, ssl->ciphers),
		.ciphersuites = conf_cstr(c, ssl->ciphersuites),
		.groups = conf_cstr(c, ssl->groups),
		.ca_file = path_of(c, a, ssl->auth_cert_file),
		.ca_dir = conf_cstr(c, ssl->auth_cert_dir),
		.crl_file = path_of(c, a, ssl->crl_file),
		.session_context = conf_str(c, ssl->name),
	};
	if (p_r->session_context.n > 32)
		p_r->session_context.n = 32;
}

/* One that is ready for many sessions, or one for this session alone. */
static struct tls_ctx *
context(struct sess *s, const struct conf_ssl *ssl, int32_t row,
    enum tls_role role, enum tls_verify verify, const char **why_r)
{
	struct tls_ctx *ctx = tlsset_find(s->start->tls, row, role, verify);
	struct tls_params *p;

	if (ctx != NULL)
		return ctx;
	p = arena_alloc(&s->arena, sizeof *p);
	tlsleg_params(s->conf, &s->arena, ssl, role, verify, p);
	ctx = s->tls->ctx_new(p, why_r);
	if (ctx == NULL)
		log_msg(LOG_TLS_FILE, "%s", *why_r);
	return ctx;
}

int
tlsleg_begin(struct sess *s, struct io *leg, int32_t row,
    const struct conf_certmatch *match, const char *name, const char **why_r)
{
	const struct conf_ssl *ssl = CONF_AT(s->conf, struct conf_ssl,
	    s->conf->main->ssl, (uint32_t)row);
	enum tls_role role = leg == &s->server ? TLS_CONNECT : TLS_ACCEPT;
	struct tls_ctx *ctx;
	struct tls_peer peer = { .name = name };
	struct tls_conn *conn;

	*why_r = "no such ssl-params in the cache";
	if (ssl == NULL)
		return ERR_CONFIG;
	if (s->tls == NULL)
		s->tls = module_get("tls", why_r);
	if (s->tls == NULL)
		return ERR_SUPPORT;
	ctx = context(s, ssl, row, role, tlsleg_verify(ssl, match, role),
	    why_r);
	if (ctx == NULL)
		return ERR_TLS;
	conn = s->tls->conn_new(ctx, leg->fd,
	    role == TLS_CONNECT ? &peer : NULL, why_r);
	if (conn == NULL)
		return ERR_TLS;

	size_t dropped = io_start_tls(leg, s->tls, conn);

	if (dropped > 0)
		log_msg(LOG_PLAINTEXT_DROPPED, "stage=%s OCTETS=%zu",
		    sess_stage(s), dropped);
	return 0;
}

static void
show_facts(const struct sess *s, const struct io *leg)
{
	struct tls_facts f;
	struct log_rec r;

	s->tls->facts(leg->tls, &f);
	slot_tls(s, leg == &s->server, f.version);
	if (!log_on(LOG_TLS_ESTABLISHED))
		return;
	log_begin(&r, LOG_TLS_ESTABLISHED);
	log_kv(&r, "LEG", leg == &s->server ? "server" : "client");
	log_kv(&r, "VERSION", "%s", f.version);
	log_kv(&r, "CIPHER", "%s", f.cipher);
	log_kv(&r, "GROUP", "%s", f.group);
	log_kv_str(&r, "SNI", str_c(f.sni));
	log_kv(&r, "RESUMED", f.resumed ? "YES" : "NO");
	log_end(&r);
}

int
tlsleg_handshake(struct sess *s, struct io *leg, int64_t deadline,
    struct certinfo **cert_r, const char **why_r)
{
	int rc;

	while ((rc = io_handshake(leg)) == 0)
		if (pump_wait(leg, true, NULL, false, -1, deadline) == 0) {
			*why_r = "the handshake took too long";
			return ERR_TIMEOUT;
		}
	*why_r = leg->why;
	if (rc < 0)
		return rc;
	*cert_r = arena_alloc(&s->arena, sizeof **cert_r);
	rc = s->tls->peer(leg->tls, &s->arena, *cert_r);
	if (rc < 0) {
		*why_r = "the peer's certificate has a name that cannot be "
		    "judged";
		return rc;
	}
	show_facts(s, leg);
	return 0;
}
