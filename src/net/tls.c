/* Connections, and the engine's table. */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "err.h"
#include "tls_impl.h"

char tls_why[TLS_WHY_MAX];

/*
 * openssl.cnf is not read; the error texts (.1 ms, 40 KB) come when there is
 * an error; nothing is taken down at exit, when all goes anyway.
 */
void
tls_library(void)
{
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_NO_LOAD_SSL_STRINGS |
	    OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ATEXIT,
	    NULL);
}

void
tls_reason(char *why, const char *stage, const char *otherwise)
{
	unsigned long e = ERR_peek_error();
	const char *text = otherwise;

	if (e != 0 && ERR_SYSTEM_ERROR(e)) {
		text = strerror(ERR_GET_REASON(e));
	} else if (e != 0) {
		ERR_load_SSL_strings();
		if (ERR_reason_error_string(e) != NULL)
			text = ERR_reason_error_string(e);
	}
	snprintf(why, TLS_WHY_MAX, "%s: %s", stage, text);
	ERR_clear_error();
}

/* ---- what an OpenSSL call came to --------------------------------------- */

static int
say(const char *stage, const char *text, int err)
{
	snprintf(tls_why, sizeof tls_why, "%s: %s", stage, text);
	ERR_clear_error();
	return err;
}

static int
broken(struct tls_conn *conn, const char *stage)
{
	unsigned long e = ERR_peek_error();
	long v = SSL_get_verify_result(conn->ssl);

	if (conn->reason[0] != '\0') {
		memcpy(tls_why, conn->reason, sizeof tls_why);
		ERR_clear_error();
		return ERR_TLS;
	}
	if (ERR_GET_REASON(e) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return conn->done ?
		    say(stage, "ended without close_notify", ERR_TRUNCATED) :
		    say(stage, "connection closed by the peer", ERR_EOF);
	if (ERR_GET_REASON(e) == SSL_R_CERTIFICATE_VERIFY_FAILED &&
	    v != X509_V_OK)
		return say("certificate", X509_verify_cert_error_string(v),
		    ERR_TLS);
	tls_reason(tls_why, stage, "failed");
	return ERR_TLS;
}

/*
 * rc of an SSL call that did not succeed: 0 with what it waits for, or an
 * error with tls_why.
 */
static int
outcome(struct tls_conn *conn, int rc, const char *stage, short *wants)
{
	switch (SSL_get_error(conn->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		*wants = POLLIN;
		return 0;
	case SSL_ERROR_WANT_WRITE:
		*wants = POLLOUT;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return say(stage, "closed by the peer", ERR_EOF);
	case SSL_ERROR_SYSCALL:
		if (errno != 0)
			return say(stage, errno == EPIPE || errno == ECONNRESET
			    ? "connection reset by the peer" :
			    "input or output failed", ERR_IO);
		return broken(conn, stage);
	default:
		return broken(conn, stage);
	}
}

/* OpenSSL asks for an empty queue before each call. */
static void
prepare(void)
{
	ERR_clear_error();
	errno = 0;
}

/* ---- connections -------------------------------------------------------- */

/* Names to look for in a server's certificate, and SNI. */
static int
expect(struct tls_conn *conn, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(conn->ssl);
	struct addr a;

	if (addr_parse(str_c(name), &a))
		return X509_VERIFY_PARAM_set1_ip(param, addr_is4(&a) ?
		    a.ip + 12 : a.ip, addr_is4(&a) ? 4 : 16);
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 &&
	    SSL_set_tlsext_host_name(conn->ssl, name) == 1;
}

static void
conn_free(struct tls_conn *conn)
{
	if (conn == NULL)
		return;
	SSL_free(conn->ssl);
	free(conn);
}

static struct tls_conn *
conn_new(struct tls_ctx *ctx, int fd, const struct tls_peer *peer,
    const char **why_r)
{
	struct tls_conn *conn = calloc(1, sizeof *conn);

	prepare();
	*why_r = tls_why;
	if (conn != NULL)
		conn->ssl = SSL_new(ctx->ssl);
	if (conn == NULL || conn->ssl == NULL ||
	    SSL_set_fd(conn->ssl, fd) != 1) {
		tls_reason(tls_why, "connection", "no memory");
		conn_free(conn);
		return NULL;
	}
	conn->ctx = ctx;
	conn->read_wants = POLLIN;
	conn->write_wants = POLLOUT;
	SSL_set_app_data(conn->ssl, conn);
	if (ctx->params->role == TLS_ACCEPT) {
		SSL_set_accept_state(conn->ssl);
		conn->step_wants = POLLIN;
		return conn;
	}
	SSL_set_connect_state(conn->ssl);
	conn->step_wants = POLLOUT;
	if (peer != NULL && tls_given(peer->name) &&
	    expect(conn, peer->name) != 1) {
		tls_reason(tls_why, "server-name", "not usable");
		conn_free(conn);
		return NULL;
	}
	return conn;
}

/* A session that was resumed never needed a certificate. */
static void
note_name(struct tls_conn *conn)
{
	const char *name = SSL_get_servername(conn->ssl,
	    TLSEXT_NAMETYPE_host_name);

	if (conn->ctx->params->role == TLS_ACCEPT && conn->sni[0] == '\0' &&
	    name != NULL)
		snprintf(conn->sni, sizeof conn->sni, "%s", name);
}

static int
handshake(struct tls_conn *conn)
{
	int rc;

	prepare();
	rc = SSL_do_handshake(conn->ssl);
	if (rc != 1)
		return outcome(conn, rc, "handshake", &conn->step_wants);
	/* verify none lets a refused certificate through: we do not */
	if (conn->reason[0] != '\0')
		return broken(conn, "handshake");
	conn->done = true;
	note_name(conn);
	/* from here on all that comes is TLS: several records at a time */
	SSL_set_read_ahead(conn->ssl, 1);
	return 1;
}

static int
conn_read(struct tls_conn *conn, char *p, size_t n)
{
	int rc;

	prepare();
	rc = SSL_read(conn->ssl, p, n > INT_MAX ? INT_MAX : (int)n);
	if (rc > 0) {
		conn->read_wants = POLLIN;
		return rc;
	}
	return outcome(conn, rc, "record", &conn->read_wants);
}

static int
conn_write(struct tls_conn *conn, const char *p, size_t n)
{
	size_t done = 0;
	int rc;

	assert(n >= conn->held);
	if (n > INT_MAX)
		n = INT_MAX;
	while (done < n) {
		size_t part = n - done;

		if (part > SSL3_RT_MAX_PLAIN_LENGTH)
			part = SSL3_RT_MAX_PLAIN_LENGTH;
		prepare();
		rc = SSL_write(conn->ssl, p + done, (int)part);
		if (rc <= 0) {
			rc = outcome(conn, rc, "record", &conn->write_wants);
			conn->held = rc == 0 ? part : 0;
			return rc == 0 || done > 0 ? (int)done : rc;
		}
		conn->held = 0;
		conn->write_wants = POLLOUT;
		done += (size_t)rc;
	}
	return (int)done;
}

static int
conn_shut(struct tls_conn *conn)
{
	int rc;

	if (!conn->done)
		return 1;
	prepare();
	rc = SSL_shutdown(conn->ssl);
	if (rc >= 0)
		return 1;	/* 0: ours is sent, the peer's may come */
	return outcome(conn, rc, "close", &conn->step_wants);
}

static size_t
conn_held(const struct tls_conn *conn)
{
	return conn->held;
}

static bool
conn_pending(const struct tls_conn *conn)
{
	return SSL_has_pending(conn->ssl) == 1;
}

static short
conn_wants(const struct tls_conn *conn, enum tls_op op)
{
	switch (op) {
	case TLS_OP_READ:
		return conn->read_wants;
	case TLS_OP_WRITE:
		return conn->write_wants;
	default:
		return conn->step_wants;
	}
}

static const char *
conn_why(const struct tls_conn *conn)
{
	(void)conn;
	return tls_why;
}

static int
conn_peer(struct tls_conn *conn, struct arena *a, struct certinfo *ci_r)
{
	int rc = tls_peer_info(conn, a, ci_r);

	if (rc < 0)
		memcpy(tls_why, conn->reason, sizeof tls_why);
	return rc;
}

static void
conn_facts(const struct tls_conn *conn, struct tls_facts *f_r)
{
	const unsigned char *alpn;
	unsigned int n = 0;
	int group = SSL_get_negotiated_group(conn->ssl);

	*f_r = (struct tls_facts){
		.version = SSL_get_version(conn->ssl),
		.cipher = SSL_get_cipher_name(conn->ssl),
		.group = "",
		.resumed = SSL_session_reused(conn->ssl) == 1,
	};
	/* larger: an id of TLS that OpenSSL has no object for */
	if (group > 0 && group < TLSEXT_nid_unknown && OBJ_nid2sn(group))
		f_r->group = OBJ_nid2sn(group);
	SSL_get0_alpn_selected(conn->ssl, &alpn, &n);
	f_r->alpn = n > 0;
	memcpy(f_r->sni, conn->sni, sizeof f_r->sni);
}

const struct tls_engine engine_tls = {
	.head = MODULE_HEAD("tls"),
	.ctx_new = tls_ctx_new,
	.ctx_free = tls_ctx_free,
	.ctx_fresh = tls_ctx_fresh,
	.ctx_warm = tls_ctx_warm,
	.conn_new = conn_new,
	.conn_free = conn_free,
	.handshake = handshake,
	.read = conn_read,
	.write = conn_write,
	.shut = conn_shut,
	.held = conn_held,
	.pending = conn_pending,
	.wants = conn_wants,
	.why = conn_why,
	.peer = conn_peer,
	.facts = conn_facts,
	.check_key = tls_check_key,
	.check_info = tls_check_info,
	.check_ca = tls_check_ca,
	.check_crl = tls_check_crl,
	.check_ca_dir = tls_check_ca_dir,
	.check_lists = tls_check_lists,
};
