/* The TLS engine against itself and against plain OpenSSL peers. */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "err.h"
#include "fd.h"
#include "io.h"
#include "tap.h"
#include "tls_impl.h"

#define C "build/certs/"

static const struct tls_engine *const tls = &engine_tls;

/* ---- two legs ----------------------------------------------------------- */

struct two {
	struct io server, client;
	struct tls_ctx *sctx, *cctx;
	int src, crc;		/* what the handshakes came to */
	char swhy[TLS_WHY_MAX], cwhy[TLS_WHY_MAX];
};

static void
pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    fd) < 0)
		abort();
}

/* One turn of a handshake that is not over. */
static void
turn(struct io *io, int *rc, char *why)
{
	if (*rc != 0)
		return;
	*rc = io_handshake(io);
	if (*rc < 0)
		snprintf(why, TLS_WHY_MAX, "%s", io->why);
}

static void
shake(struct two *t)
{
	for (int i = 0; i < 50 && (t->src == 0 || t->crc == 0); i++) {
		turn(&t->client, &t->crc, t->cwhy);
		turn(&t->server, &t->src, t->swhy);
		/* one that failed is gone for the other */
		if (t->src < 0)
			shutdown(t->server.fd, SHUT_RDWR);
		if (t->crc < 0 && i > 2)
			shutdown(t->client.fd, SHUT_RDWR);
	}
}

static bool
start(struct two *t, const struct tls_params *sp, const struct tls_params *cp,
    const char *name)
{
	struct tls_peer peer = { name };
	const char *why = "";
	struct tls_conn *c;
	int fd[2];

	*t = (struct two){ .src = 0 };
	pair(fd);
	io_init(&t->server, fd[0], 0, 0);
	io_init(&t->client, fd[1], 0, 0);
	t->sctx = tls->ctx_new(sp, &why);
	t->cctx = tls->ctx_new(cp, &why);
	if (t->sctx == NULL || t->cctx == NULL)
		return tap_ok(false, "contexts: %s", why);
	c = tls->conn_new(t->sctx, fd[0], NULL, &why);
	io_start_tls(&t->server, tls, c);
	c = tls->conn_new(t->cctx, fd[1], name ? &peer : NULL, &why);
	io_start_tls(&t->client, tls, c);
	shake(t);
	return true;
}

static void
stop(struct two *t)
{
	io_fini(&t->server);
	io_fini(&t->client);
	tls->ctx_free(t->sctx);
	tls->ctx_free(t->cctx);
}

/* ---- handshakes --------------------------------------------------------- */

#define SERVER .role = TLS_ACCEPT, .certificate = C "server.pem", \
	.private_key = C "server.key"
#define CLIENT .role = TLS_CONNECT, .verify = TLS_VERIFY_REQUIRED, \
	.ca_dir = C "cadir"
#define ASKING SERVER, .verify = TLS_VERIFY_REQUIRED, .ca_dir = C "cadir"
#define OPTING SERVER, .verify = TLS_VERIFY_OPTIONAL, .ca_dir = C "cadir"
#define WITH(n) .certificate = C n ".pem", .private_key = C n ".key"
#define HAVING(n) .role = TLS_ACCEPT, WITH(n)
#define SHOWING(n) CLIENT, WITH(n)

static const struct tls_sni sni[] = {
	{ "other.example.org", C "other.pem", C "other.key" },
	{ "*.wild.example.org", C "wild.pem", C "wild.key" },
};

struct handshake {
	const char *name;
	struct tls_params server, client;
	const char *host;
	const char *server_why;	/* NULL: the server is content */
	const char *client_why;	/* NULL: the client is content */
};

static const struct handshake handshakes[] = {
	{ "chain, name", { SERVER }, { CLIENT }, "imap.example.org" },
	{ "localhost", { SERVER }, { CLIENT }, "localhost" },
	{ "IPv4 address in the certificate", { SERVER }, { CLIENT },
	    "127.0.0.1" },
	{ "IPv6 address in the certificate", { SERVER }, { CLIENT }, "::1" },
	{ "another address", { SERVER }, { CLIENT }, "127.0.0.2",
	    "handshake:", "certificate: IP address mismatch" },
	{ "another name", { SERVER }, { CLIENT }, "mail.example.org",
	    "handshake:", "certificate: hostname mismatch" },
	{ "CA from a file", { SERVER }, { .role = TLS_CONNECT,
	    .verify = TLS_VERIFY_REQUIRED, .ca_file = C "ca.pem" },
	    "localhost" },
	{ "no anchor at all", { SERVER }, { .role = TLS_CONNECT,
	    .verify = TLS_VERIFY_REQUIRED }, "localhost",
	    "handshake:", "certificate: unable to get " },
	{ "an unknown CA", { HAVING("rogue") }, { CLIENT }, "localhost",
	    "handshake:", "certificate: unable to get local issuer" },
	{ "verify = none takes an unknown CA", { HAVING("rogue") },
	    { .role = TLS_CONNECT }, "localhost" },
	{ "verify = none takes another name", { SERVER },
	    { .role = TLS_CONNECT }, "mail.example.org" },
	{ "expired", { HAVING("expired") }, { CLIENT }, "localhost",
	    "handshake:", "certificate: certificate has expired" },
	{ "NUL in a name", { HAVING("nul") }, { CLIENT }, "localhost",
	    "handshake:", "certificate: a name has NUL in it" },
	{ "NUL in a name with verify = none", { HAVING("nul") },
	    { .role = TLS_CONNECT }, "localhost",
	    NULL, "certificate: a name has NUL in it" },
	{ "a chain of 13", { HAVING("deep") }, { CLIENT }, "localhost",
	    "handshake:", "certificate: the chain is too long" },
	{ "issued by a certificate that is no CA", { HAVING("fake") },
	    { CLIENT }, "localhost",
	    "handshake:", "certificate: invalid CA certificate" },
	{ "outside its CA's names", { HAVING("outside") }, { CLIENT },
	    "localhost",
	    "handshake:", "certificate: permitted subtree violation" },
	{ "revoked", { HAVING("revoked") }, { CLIENT,
	    .crl_file = C "ca.crl" }, "localhost",
	    "handshake:", "certificate: certificate revoked" },
	{ "not revoked", { HAVING("direct") }, { CLIENT,
	    .crl_file = C "ca.crl" }, "localhost" },
	{ "RSA", { HAVING("rsa") }, { CLIENT }, "localhost" },
	{ "DER", { .role = TLS_ACCEPT, .certificate = C "server.der",
	    .private_key = C "serverkey.der" }, { CLIENT }, "localhost" },
	{ "TLS 1.2 only", { SERVER, .max_version = 0x0303 }, { CLIENT },
	    "localhost" },
	{ "no version in common", { SERVER, .max_version = 0x0303 },
	    { CLIENT, .min_version = 0x0304 }, "localhost",
	    "handshake: unsupported protocol",
	    "handshake: tlsv1 alert protocol version" },
	{ "ciphers, ciphersuites, groups", { SERVER,
	    .ciphersuites = "TLS_AES_128_GCM_SHA256", .groups = "P-256",
	    .ciphers = "ECDHE+AESGCM" }, { CLIENT }, "localhost" },
	{ "no group in common", { SERVER, .groups = "P-384" },
	    { CLIENT, .groups = "P-256" }, "localhost",
	    "handshake: no suitable key share", "handshake: " },
	{ "client certificate", { ASKING }, { SHOWING("client") },
	    "localhost" },
	{ "client certificate in TLS 1.2", { ASKING, .max_version = 0x0303 },
	    { SHOWING("client") }, "localhost" },
	{ "optional, one shown", { OPTING }, { SHOWING("client") },
	    "localhost" },
	{ "optional, none shown", { OPTING }, { CLIENT }, "localhost" },
	{ "optional, a bad one shown", { OPTING }, { SHOWING("rogue") },
	    "localhost", "certificate: unable to get local issuer" },
	{ "required, none shown", { ASKING }, { CLIENT }, "localhost",
	    "handshake: peer did not return a certificate" },
	{ "a server's certificate shown by a client", { ASKING },
	    { SHOWING("other") }, "localhost",
	    "certificate: unsuitable certificate purpose" },
	{ "expired client", { ASKING }, { SHOWING("expired") }, "localhost",
	    "certificate: certificate has expired" },
	{ "NUL in a client's address", { ASKING }, { SHOWING("nulmail") },
	    "localhost", "certificate: a name has NUL in it" },
	{ "a client's chain of 13", { ASKING }, { SHOWING("deep") },
	    "localhost", "certificate: the chain is too long" },
	{ "a client's RSA key of 4608 bits", { ASKING },
	    { SHOWING("bigrsa") }, "localhost",
	    "certificate: a key is too large" },
	{ "SNI, exact", { SERVER, .sni = sni, .nsni = 2 }, { CLIENT },
	    "other.example.org" },
	{ "SNI, upper case", { SERVER, .sni = sni, .nsni = 2 }, { CLIENT },
	    "OTHER.example.ORG" },
	{ "SNI, one label under a star", { SERVER, .sni = sni, .nsni = 2 },
	    { CLIENT }, "a.wild.example.org" },
	{ "SNI, two labels under a star", { SERVER, .sni = sni, .nsni = 2 },
	    { CLIENT }, "a.b.wild.example.org",
	    "handshake:", "certificate: hostname mismatch" },
	{ "SNI, no label under a star", { SERVER, .sni = sni, .nsni = 2 },
	    { CLIENT }, "wild.example.org",
	    "handshake:", "certificate: hostname mismatch" },
	{ "SNI, unknown: the default", { SERVER, .sni = sni, .nsni = 2 },
	    { CLIENT }, "imap.example.org" },
	{ "everything read beforehand", { SERVER, .sni = sni, .nsni = 2,
	    .preload = true }, { CLIENT }, "other.example.org" },
	{ "a key of another certificate", { .role = TLS_ACCEPT,
	    .certificate = C "server.pem", .private_key = C "other.key" },
	    { CLIENT }, "localhost",
	    "private key: " C "other.key does not match " C "server.pem",
	    "handshake: tlsv1 alert internal error" },
	{ "a missing certificate", { .role = TLS_ACCEPT,
	    .certificate = C "absent.pem", .private_key = C "other.key" },
	    { CLIENT }, "localhost",
	    "certificate: " C "absent.pem: No such file or directory",
	    "handshake:" },
};

static bool
why_is(const char *want, int rc, const char *why)
{
	if (want == NULL ? rc > 0 : rc < 0 &&
	    strncmp(why, want, strlen(want)) == 0)
		return true;
	tap_diag("wanted %s, seen %d %s", want ? want : "success", rc, why);
	return false;
}

/* After TLS 1.3 a client learns of a refusal with its first read. */
static void
one_handshake(const struct handshake *h)
{
	struct two t;

	if (!start(&t, &h->server, &h->client, h->host))
		return;
	tap_ok(why_is(h->server_why, t.src, t.swhy), "%s: the server", h->name);
	if (h->server_why != NULL && h->client_why == NULL) {
		int rc = t.crc > 0 ? io_fill(&t.client) : t.crc;

		tap_ok(rc < 0, "%s: the client hears of it (%s)", h->name,
		    t.client.why);
	} else {
		tap_ok(why_is(h->client_why, t.crc, t.cwhy), "%s: the client",
		    h->name);
	}
	stop(&t);
}

/* ---- facts -------------------------------------------------------------- */

static void
test_facts(void)
{
	const struct tls_params sp = { ASKING, .sni = sni, .nsni = 2 };
	const struct tls_params cp = { SHOWING("client") };
	static struct certinfo ci;
	struct tls_facts f;
	struct arena a;
	struct two t;

	arena_init(&a, 1 << 20, NULL, NULL);
	start(&t, &sp, &cp, "other.example.org");
	tap_int(0, tls->peer(t.server.tls, &a, &ci), "a client is looked at");
	tap_ok(ci.present && ci.verified, "its certificate is verified");
	tap_str(STR("CN=alice,O=Test,C=CZ"), ci.subject, "subject");
	tap_str(STR("CN=Test CA,O=Test"), ci.issuer, "issuer");
	tap_int(2, (int64_t)ci.nsan, "two names");
	tap_str(STR("email:alice@example.org"), ci.san[0], "its address");
	tap_str(STR("dns:alice.example.org"), ci.san[1], "its host");
	tap_int(64, (int64_t)strlen(ci.fingerprint), "SHA-256 in hex");
	tls->facts(t.server.tls, &f);
	tap_cstr("TLSv1.3", f.version, "version");
	tap_cstr("TLS_AES_256_GCM_SHA384", f.cipher, "cipher");
	tap_cstr("X25519", f.group, "group");
	tap_cstr("other.example.org", f.sni, "SNI");
	tap_ok(f.alpn && !f.resumed, "ALPN imap, a new session");
	tap_int(0, tls->peer(t.client.tls, &a, &ci), "the server's");
	tap_str(STR("CN=other.example.org"), ci.subject, "by SNI");
	stop(&t);
	start(&t, &(struct tls_params){ SERVER }, &(struct tls_params){
	    .role = TLS_CONNECT }, NULL);
	tap_int(0, tls->peer(t.server.tls, &a, &ci), "no certificate");
	tap_ok(!ci.present && !ci.verified, "is not present");
	tap_int(0, tls->peer(t.client.tls, &a, &ci), "verify = none");
	tap_ok(ci.present && !ci.verified, "is present and not verified");
	stop(&t);
	arena_fini(&a);
}

/* ---- data --------------------------------------------------------------- */

/* Send n octets one way as fast as both ends go, and compare. */
static bool
carry(struct io *from, struct io *to, size_t n)
{
	size_t put = 0, got = 0;
	char block[5000];
	bool same = true;

	for (int idle = 0; got < n && idle < 1000; idle++) {
		while (put < n && io_room(from) >= sizeof block) {
			size_t k = n - put < sizeof block ? n - put :
			    sizeof block;

			for (size_t i = 0; i < k; i++)
				block[i] = (char)((put + i) * 31 >> 3);
			same = same && io_put(from, (struct str){ block, k });
			put += k;
		}
		io_commit(from);
		if (io_flush(from) > 0)
			idle = 0;
		if (io_fill(to) > 0)
			idle = 0;
		for (size_t i = 0; i < buf_len(&to->in); i++)
			same = same && buf_str(&to->in).p[i] ==
			    (char)((got + i) * 31 >> 3);
		got += buf_len(&to->in);
		io_drop(to, buf_len(&to->in));
	}
	return same && got == n;
}

static void
test_data(void)
{
	struct two t;

	start(&t, &(struct tls_params){ SERVER },
	    &(struct tls_params){ CLIENT }, "localhost");
	tap_ok(carry(&t.client, &t.server, 3000000), "3 MB to the server");
	tap_ok(carry(&t.server, &t.client, 3000000), "3 MB to the client");
	tap_int(3000000, (int64_t)t.server.in_bytes, "counted as payload");
	tap_int(3000000, (int64_t)t.server.out_bytes, "both ways");
	tap_ok(!io_pending(&t.client), "nothing is pending");
	io_idle(&t.client);
	tap_ok(t.client.in.mem == NULL, "idle: no buffer");
	tap_int(1, io_shut(&t.client), "close_notify and FIN");
	tap_int(ERR_EOF, io_fill(&t.server), "an orderly end");
	tap_int(ERR_EOF, io_fill(&t.server), "which stays");
	tap_ok(io_put(&t.server, STR("late")), "the other way is open");
	io_commit(&t.server);
	tap_int(4, io_flush(&t.server), "after half-close");
	tap_int(4, io_fill(&t.client), "and arrives");
	stop(&t);
}

/* Direct sends that block must not lose or repeat what TLS holds. */
static void
test_direct(void)
{
	static char big[600000], want[600000];
	size_t sent = 0, got = 0;
	bool same = true;
	struct two t;

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = want[i] = (char)(i * 7 >> 2);
	start(&t, &(struct tls_params){ SERVER },
	    &(struct tls_params){ CLIENT }, "localhost");
	for (int i = 0; i < 10000 && got < sizeof big; i++) {
		if (sent < sizeof big && io_unsent(&t.server) == 0) {
			int n = io_send_direct(&t.server, (struct str){
			    big + sent, sizeof big - sent });

			if (n > 0) {
				/* whoever owned them may reuse the place */
				memset(big + sent, 'X', (size_t)n);
				sent += (size_t)n;
			}
		} else {
			io_flush(&t.server);
		}
		if (io_unsent(&t.server) > 0 || sent == sizeof big)
			while (io_fill(&t.client) > 0) {
				struct str s = buf_str(&t.client.in);

				same = same && memcmp(s.p, want + got,
				    s.n) == 0;
				got += s.n;
				io_drop(&t.client, s.n);
			}
	}
	tap_int((int64_t)sizeof big, (int64_t)got, "direct: all arrives");
	tap_ok(same, "direct: in order");
	stop(&t);
}

/* A record that does not fit is pending although poll shows nothing. */
static void
test_pending(void)
{
	static char big[40000];
	struct two t;

	start(&t, &(struct tls_params){ SERVER },
	    &(struct tls_params){ CLIENT }, "localhost");
	buf_fini(&t.client.in);
	buf_init(&t.client.in, IO_BUF_MIN);
	tap_ok(io_put(&t.server, (struct str){ big, sizeof big }), "put");
	io_commit(&t.server);
	tap_int(sizeof big, io_flush(&t.server), "sent at once");
	io_fill(&t.client);
	tap_int(0, (int64_t)buf_room(&t.client.in), "filled to the brim");
	tap_ok(!io_want_in(&t.client) && !io_pending(&t.client),
	    "full: wants nothing");
	io_drop(&t.client, 100);
	tap_ok(io_pending(&t.client), "pending when there is room again");
	tap_int(100, io_fill(&t.client), "and is read");
	stop(&t);
}

static void
test_truncation(void)
{
	struct two t;

	start(&t, &(struct tls_params){ SERVER },
	    &(struct tls_params){ CLIENT }, "localhost");
	shutdown(t.client.fd, SHUT_WR);
	tap_int(ERR_TRUNCATED, io_fill(&t.server), "FIN without close_notify");
	tap_cstr("record: ended without close_notify", t.server.why,
	    "says so");
	stop(&t);
	start(&t, &(struct tls_params){ SERVER },
	    &(struct tls_params){ CLIENT }, "localhost");
	if (write(t.client.fd, "a LOGOUT\r\n", 10) != 10)
		abort();
	tap_int(ERR_TLS, io_fill(&t.server), "clear text inside TLS");
	io_close(&t.server, 20);
	tap_int(ERR_TLS, io_fill(&t.client), "an alert answers it");
	tap_ok(strncmp(t.client.why, "record: ", 8) == 0 &&
	    strstr(t.client.why, "alert") != NULL, "and arrives");
	stop(&t);
}

/* An error behind octets is told after them, and poll need not show it. */
static void
test_end_behind_data(void)
{
	struct two t;

	start(&t, &(struct tls_params){ SERVER },
	    &(struct tls_params){ CLIENT }, "localhost");
	tap_ok(io_put(&t.client, STR("last words")), "put");
	io_commit(&t.client);
	io_flush(&t.client);
	io_shut(&t.client);
	tap_int(10, io_fill(&t.server), "the octets first");
	tap_int(ERR_EOF, io_fill(&t.server), "then the end");
	stop(&t);
}

static void
test_plaintext_dropped(void)
{
	const char *why;
	struct tls_params sp = { SERVER };
	struct tls_ctx *ctx = tls->ctx_new(&sp, &why);
	struct io io;
	int fd[2];

	pair(fd);
	io_init(&io, fd[0], 0, 0);
	if (write(fd[1], "b NOOP\r\n", 8) != 8)
		abort();
	io_fill(&io);
	tap_int(8, (int64_t)io_start_tls(&io, tls,
	    tls->conn_new(ctx, fd[0], NULL, &why)),
	    "clear text before the handshake is dropped");
	tap_int(0, (int64_t)buf_len(&io.in), "nothing is left of it");
	if (write(fd[1], "c NOOP\r\n", 8) != 8)
		abort();
	tap_int(ERR_TLS, io_handshake(&io), "more of it fails the handshake");
	io_fini(&io);
	close(fd[1]);
	tls->ctx_free(ctx);
}

/* ---- plain OpenSSL peers ------------------------------------------------ */

struct foreign {
	SSL_CTX *ctx;
	SSL *ssl;
	struct tls_ctx *ours;
	struct tls_params params;
	struct io io;
};

static void
foreign_begin(struct foreign *f, int min, int max)
{
	const char *why = "";
	int fd[2];

	pair(fd);
	io_init(&f->io, fd[0], 0, 0);
	io_start_tls(&f->io, tls, tls->conn_new(f->ours, fd[0], NULL, &why));
	f->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(f->ctx, 0);
	SSL_CTX_set_min_proto_version(f->ctx, min);
	SSL_CTX_set_max_proto_version(f->ctx, max);
	f->ssl = SSL_new(f->ctx);
	SSL_set_fd(f->ssl, fd[1]);
	SSL_set_connect_state(f->ssl);
}

static void
foreign_open(struct foreign *f, int min, int max)
{
	const char *why = "";

	f->params = (struct tls_params){ SERVER };
	f->ours = tls->ctx_new(&f->params, &why);
	foreign_begin(f, min, max);
}

static int
foreign_shake(struct foreign *f)
{
	int rc = 0, peer = 0;

	for (int i = 0; i < 50 && (rc == 0 || peer != 1); i++) {
		if (peer != 1)
			peer = SSL_do_handshake(f->ssl);
		if (rc == 0)
			rc = io_handshake(&f->io);
		if (rc < 0)
			break;
	}
	return rc;
}

static void
foreign_end(struct foreign *f)
{
	close(SSL_get_fd(f->ssl));
	SSL_free(f->ssl);
	SSL_CTX_free(f->ctx);
	io_fini(&f->io);
}

static void
foreign_close(struct foreign *f)
{
	foreign_end(f);
	tls->ctx_free(f->ours);
}

struct alpn {
	const char *name;
	const char *list;	/* wire form; NULL: none */
	size_t n;
	int want;
	const char *chosen;
};

static const struct alpn alpns[] = {
	{ "no ALPN", NULL, 0, 1, "" },
	{ "imap", "\4imap", 5, 1, "imap" },
	{ "http/1.1 and imap", "\10http/1.1\4imap", 14, 1, "imap" },
	{ "http/1.1 alone", "\10http/1.1", 9, ERR_TLS, "" },
	{ "imaps", "\5imaps", 6, ERR_TLS, "" },
	{ "a list that mentions imap inside", "\5ximap", 6, ERR_TLS, "" },
};

static void
one_alpn(const struct alpn *a)
{
	const unsigned char *chosen = NULL;
	unsigned int n = 0;
	struct foreign f;
	int rc;

	foreign_open(&f, TLS1_2_VERSION, 0);
	if (a->list != NULL)
		SSL_set_alpn_protos(f.ssl, (const unsigned char *)a->list,
		    (unsigned)a->n);
	rc = foreign_shake(&f);
	tap_int(a->want, rc, "ALPN, %s", a->name);
	if (rc > 0) {
		SSL_get0_alpn_selected(f.ssl, &chosen, &n);
		tap_str(str_c(a->chosen), (struct str){ n ? (char *)chosen :
		    "", n }, "ALPN, %s: the choice", a->name);
	} else {
		SSL_do_handshake(f.ssl);
		tap_int(SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL,
		    ERR_GET_REASON(ERR_peek_last_error()),
		    "ALPN, %s: alert 120", a->name);
		ERR_clear_error();
	}
	foreign_close(&f);
}

static void
test_old_versions(void)
{
	struct foreign f;

	foreign_open(&f, TLS1_VERSION, TLS1_1_VERSION);
	tap_int(ERR_TLS, foreign_shake(&f), "TLS 1.1 is refused");
	tap_cstr("handshake: unsupported protocol", f.io.why, "says so");
	ERR_clear_error();
	foreign_close(&f);
}

static void
test_renegotiation(void)
{
	struct foreign f;
	char c;

	foreign_open(&f, TLS1_2_VERSION, TLS1_2_VERSION);
	tap_int(1, foreign_shake(&f), "TLS 1.2");
	tap_int(1, SSL_renegotiate(f.ssl), "the client starts again");
	SSL_do_handshake(f.ssl);
	io_fill(&f.io);
	SSL_do_handshake(f.ssl);
	tap_ok(SSL_read(f.ssl, &c, 1) <= 0 &&
	    ERR_GET_REASON(ERR_peek_error()) == SSL_R_NO_RENEGOTIATION,
	    "renegotiation is refused");
	ERR_clear_error();
	foreign_close(&f);
}

static void
test_no_tickets(void)
{
	struct foreign f;
	char c;

	foreign_open(&f, TLS1_3_VERSION, TLS1_3_VERSION);
	tap_int(1, foreign_shake(&f), "TLS 1.3");
	SSL_read(f.ssl, &c, 1);
	tap_ok(!SSL_SESSION_is_resumable(SSL_get_session(f.ssl)),
	    "no ticket is given");
	tap_int(0, SSL_SESSION_get_max_early_data(SSL_get_session(f.ssl)),
	    "no early data is taken");
	ERR_clear_error();
	foreign_close(&f);
}

/* A handshake and an answer, behind which a ticket would be. */
static SSL_SESSION *
visit(struct foreign *f, struct tls_ctx *ours, int version, SSL_SESSION *old,
    bool *resumed_r)
{
	SSL_SESSION *s;
	char c[8];

	f->ours = ours;
	foreign_begin(f, version, version);
	SSL_set_tlsext_host_name(f->ssl, "mail.example.org");
	if (old != NULL)
		SSL_set_session(f->ssl, old);
	foreign_shake(f);
	tap_ok(io_put(&f->io, STR("x")), "an answer");
	io_commit(&f->io);
	io_flush(&f->io);
	SSL_read(f->ssl, c, sizeof c);
	*resumed_r = SSL_session_reused(f->ssl) == 1;
	s = SSL_get1_session(f->ssl);
	SSL_shutdown(f->ssl);
	return s;
}

static void
test_tickets(int version, const char *name)
{
	struct tls_params with = { SERVER, .tickets = true };
	const char *why = "";
	struct tls_ctx *a = tls->ctx_new(&with, &why);
	struct tls_ctx *b = tls->ctx_new(&with, &why);
	struct tls_facts facts;
	SSL_SESSION *first, *other;
	struct foreign f;
	bool resumed;

	first = visit(&f, a, version, NULL, &resumed);
	tap_ok(!resumed && SSL_SESSION_is_resumable(first),
	    "%s: a ticket where they are wanted", name);
	tap_int(0, SSL_SESSION_get_max_early_data(first),
	    "%s: that takes no early data", name);
	foreign_end(&f);
	other = visit(&f, a, version, first, &resumed);
	tap_ok(resumed, "%s: its context knows it", name);
	tls->facts(f.io.tls, &facts);
	tap_ok(facts.resumed && strcmp(facts.sni, "mail.example.org") == 0,
	    "%s: and the name asked for", name);
	foreign_end(&f);
	SSL_SESSION_free(other);
	other = visit(&f, b, version, first, &resumed);
	tap_ok(!resumed, "%s: another of the same settings does not", name);
	foreign_end(&f);
	SSL_SESSION_free(other);
	SSL_SESSION_free(first);
	tls->ctx_free(a);
	tls->ctx_free(b);
	ERR_clear_error();
}

/* A key update in the middle of data is TLS's own business. */
static void
test_key_update(void)
{
	struct foreign f;
	char c[8];

	foreign_open(&f, TLS1_3_VERSION, TLS1_3_VERSION);
	foreign_shake(&f);
	SSL_key_update(f.ssl, SSL_KEY_UPDATE_REQUESTED);
	SSL_write(f.ssl, "before", 6);
	tap_int(6, io_fill(&f.io), "data behind a key update");
	tap_ok(io_put(&f.io, STR("after")), "put");
	io_commit(&f.io);
	tap_int(5, io_flush(&f.io), "an answer");
	tap_int(5, SSL_read(f.ssl, c, sizeof c), "is read");
	foreign_close(&f);
}

/* ---- keys and files ----------------------------------------------------- */

static void
copy(const char *from, const char *to)
{
	char *p;
	size_t n;
	int fd;

	unlink(to);
	if (fd_read_file(from, 1 << 20, &p, &n) < 0)
		abort();
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || fd_write_all(fd, (struct str){ p, n }) < 0)
		abort();
	close(fd);
	free(p);
}

struct check {
	const char *name, *certificate, *key;
	const char *why;	/* NULL: good */
};

static const struct check checks[] = {
	{ "PEM chain", C "server.pem", C "server.key", NULL },
	{ "PKCS #1", C "rsa.pem", C "rsa.key", NULL },
	{ "DER, SEC 1", C "server.der", C "serverkey.der", NULL },
	{ "a certificate alone", C "server.pem", NULL, NULL },
	{ "mismatch", C "server.pem", C "rsa.key",
	    "private key: " C "rsa.key does not match " C "server.pem" },
	{ "an encrypted key", C "server.pem", C "encrypted.key",
	    "private key: " C "encrypted.key: is encrypted with a pass phrase"
	    },
	{ "no certificate", C "garbage.pem", C "server.key",
	    "certificate: " C "garbage.pem: no certificate in it" },
	{ "a key for a certificate", C "server.key", C "server.key",
	    "certificate: " C "server.key: no certificate in it" },
	{ "a certificate for a key", C "server.pem", C "server.pem",
	    "private key: " C "server.pem: no private key in it, or a "
	    "damaged one" },
	{ "half a certificate", C "half.pem", C "server.key",
	    "certificate: " C "half.pem: cannot be read as PEM or DER" },
	{ "half a chain", C "halfchain.pem", C "server.key",
	    "certificate: " C "halfchain.pem: cannot be read as PEM or DER" },
	{ "a folder", C "cadir", C "server.key",
	    "certificate: " C "cadir: Invalid argument" },
};

static void
make_halves(void)
{
	struct stat st;

	copy(C "server.pem", C "half.pem");
	copy(C "server.pem", C "halfchain.pem");
	if (stat(C "server.pem", &st) < 0 || truncate(C "half.pem", 300) < 0 ||
	    truncate(C "halfchain.pem", st.st_size - 100) < 0)
		abort();
}

/* The same facts as those of a peer that shows it. */
static void
test_check_info(void)
{
	char why[TLS_WHY_MAX] = "";
	struct certinfo ci;
	struct arena a;

	arena_init(&a, 1 << 20, NULL, NULL);
	tap_int(0, tls->check_info(C "client.pem", &a, &ci, why),
	    "a certificate's facts");
	tap_ok(ci.present && !ci.verified && strlen(ci.fingerprint) == 64,
	    "nothing verified it");
	tap_cstr("CN=alice,O=Test,C=CZ", ci.subject.p, "its subject");
	tap_int(2, (int64_t)ci.nsan, "its other names");
	tap_int(ERR_TLS, tls->check_info(C "nul.pem", &a, &ci, why),
	    "a NUL in a name");
	tap_ok(strncmp(why, "certificate: ", 13) == 0 && !ci.present,
	    "is none");
	tap_int(ERR_TLS, tls->check_info(C "none.pem", &a, &ci, why),
	    "no file");
	tap_cstr("certificate: " C "none.pem: No such file or directory", why,
	    "says so");
	arena_fini(&a);
}

static void
test_checks(void)
{
	struct tls_check c;
	char why[TLS_WHY_MAX] = "";

	make_halves();
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		int rc = tls->check_key(checks[i].certificate, checks[i].key,
		    &c);

		tap_int(checks[i].why ? ERR_TLS : 0, rc, "%s", checks[i].name);
		tap_cstr(checks[i].why ? checks[i].why : "", c.why, "%s: why",
		    checks[i].name);
	}
	tls->check_key(C "server.pem", C "server.key", &c);
	tap_int(2, (int64_t)c.chain, "certificates in the file");
	tap_cstr("EC", c.key_type, "kind of key");
	tap_int(256, c.key_bits, "bits");
	tap_ok(c.not_after - c.not_before > 3000 * 86400LL && !c.self_signed,
	    "dates, signed by another");
	test_check_info();
	tap_int(1, tls->check_ca(C "ca.pem", why), "a CA file");
	tap_int(ERR_TLS, tls->check_ca(C "garbage.pem", why), "no CA file");
	tap_int(1, tls->check_crl(C "ca.crl", why), "a CRL");
	tap_int(ERR_TLS, tls->check_crl(C "ca.pem", why), "no CRL");
	tap_int(1, tls->check_ca_dir(C "cadir", why), "a hashed folder");
	tap_int(0, tls->check_ca_dir(C "new", why), "a folder not hashed");
	tap_int(ERR_TLS, tls->check_ca_dir(C "absent", why), "no folder");
	tap_int(0, tls->check_lists("HIGH", "TLS_AES_128_GCM_SHA256", "X25519",
	    why), "lists");
	tap_int(ERR_TLS, tls->check_lists("NOSUCH", NULL, NULL, why),
	    "ciphers of no kind");
	tap_cstr("ciphers: no cipher match", why, "say so");
	tap_int(ERR_TLS, tls->check_lists(NULL, "NOSUCH", NULL, why),
	    "ciphersuites of no kind");
	tap_int(ERR_TLS, tls->check_lists(NULL, NULL, "NOSUCH", why),
	    "groups of no kind");
}

/* A renewal that is half done: the key comes 30 ms after the certificate. */
static void
test_reread(void)
{
	const char *cert = C "renewed.pem", *key = C "renewed.key";
	struct tls_check c;
	int64_t t0;
	pid_t pid;

	copy(C "rsa.pem", cert);
	copy(C "server.key", key);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		usleep(30000);
		copy(C "rsa.key", key);
		_exit(0);
	}
	t0 = clock_ms();
	tap_int(0, tls->check_key(cert, key, &c), "a renewal is waited for");
	tap_ok(clock_ms() - t0 >= TLS_REREAD_MS, "once, after 100 ms");
	waitpid(pid, NULL, 0);
	copy(C "server.key", key);
	t0 = clock_ms();
	tap_int(ERR_TLS, tls->check_key(cert, key, &c), "never for ever");
	tap_ok(clock_ms() - t0 < 3 * TLS_REREAD_MS, "the second time is last");
}

static void
test_fresh(void)
{
	const char *why = "", *cert = C "fresh.pem", *key = C "fresh.key";
	struct tls_params p = {
		.role = TLS_ACCEPT, .certificate = cert, .private_key = key,
		.preload = true,
	};
	struct tls_ctx *ctx;

	copy(C "server.pem", cert);
	copy(C "server.key", key);
	ctx = tls->ctx_new(&p, &why);
	tap_ok(ctx != NULL && tls->ctx_fresh(ctx), "unchanged files");
	copy(C "rsa.pem", cert);
	copy(C "rsa.key", key);
	tap_ok(!tls->ctx_fresh(ctx), "renewed files");
	tls->ctx_free(ctx);
	unlink(key);
	tap_ok(tls->ctx_new(&p, &why) == NULL, "preload tells at once");
	tap_cstr("private key: " C "fresh.key: No such file or directory", why,
	    "what is missing");
}

int
main(void)
{
	if (system("t/lib/certs.sh build/certs >/dev/null") != 0)
		return 1;
	for (size_t i = 0; i < sizeof handshakes / sizeof handshakes[0]; i++)
		one_handshake(&handshakes[i]);
	for (size_t i = 0; i < sizeof alpns / sizeof alpns[0]; i++)
		one_alpn(&alpns[i]);
	test_facts();
	test_data();
	test_direct();
	test_pending();
	test_truncation();
	test_end_behind_data();
	test_plaintext_dropped();
	test_old_versions();
	test_renegotiation();
	test_no_tickets();
	test_tickets(TLS1_2_VERSION, "TLS 1.2");
	test_tickets(TLS1_3_VERSION, "TLS 1.3");
	test_key_update();
	test_checks();
	test_reread();
	test_fresh();
	return tap_done();
}
