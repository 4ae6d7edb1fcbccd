#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/sockios.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "clock.h"
#include "fd.h"
#include "peer.h"

enum {
	READ_SIZE = 262144,	/* above any packet the session can send */
	OPTION_MAX = 256,
};

void
pair_init(struct pair *p, const int fd[SIDES], const bool packets[SIDES],
    int64_t deadline)
{
	*p = (struct pair){ .deadline = deadline };
	for (int i = 0; i < SIDES; i++)
		p->peer[i] = (struct peer){
			.fd = fd[i], .packets = packets[i],
		};
}

void
pair_fini(struct pair *p)
{
	for (int i = 0; i < SIDES; i++) {
		pair_drop(p, i);
		free(p->peer[i].in);
	}
}

struct str
peer_heard(const struct peer *peer)
{
	return (struct str){ peer->in + peer->head, peer->tail - peer->head };
}

void
peer_consume(struct peer *peer, size_t n)
{
	peer->head += n;
	if (peer->head == peer->tail)
		peer->head = peer->tail = 0;
}

static char *
room(struct peer *peer)
{
	if (peer->head > 0) {
		peer->tail -= peer->head;
		memmove(peer->in, peer->in + peer->head, peer->tail);
		peer->head = 0;
	}
	if (peer->cap - peer->tail < READ_SIZE) {
		peer->cap += READ_SIZE;
		peer->in = realloc(peer->in, peer->cap);
		if (peer->in == NULL)
			abort();
	}
	return peer->in + peer->tail;
}

/* > 0 octets, 0 nothing now, -1 the end. */
static ssize_t
receive(struct peer *peer)
{
	char *to = room(peer);
	ssize_t n;
	int e;

	if (peer->ssl != NULL) {
		ERR_clear_error();
		n = SSL_read(peer->ssl, to, READ_SIZE);
		e = n > 0 ? 0 : SSL_get_error(peer->ssl, (int)n);
		if (n > 0 || e == SSL_ERROR_WANT_READ ||
		    e == SSL_ERROR_WANT_WRITE)
			return n > 0 ? n : 0;
		return -1;
	}
	n = recv(peer->fd, to, READ_SIZE, MSG_DONTWAIT);
	if (n < 0 && errno == ECONNRESET)
		/* Unread octets were lost; what came before still counts. */
		n = recv(peer->fd, to, READ_SIZE, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n > 0 ? n : -1;
}

/* Everything that is there; true when something was. */
static bool
take(struct peer *peer)
{
	bool any = false;
	ssize_t n;

	while (!peer->eof && !peer->held && !peer->slow &&
	    (n = receive(peer)) != 0) {
		any = true;
		if (n > 0) {
			peer->tail += (size_t)n;
			continue;
		}
		/* A peer that reads the end leaves too. */
		peer->eof = peer->shut = true;
		if (peer->fd >= 0)
			shutdown(peer->fd, SHUT_RDWR);
	}
	return any;
}

bool
pair_wait(struct pair *p, int ms)
{
	struct pollfd pfd[SIDES];
	int64_t left = p->deadline - clock_ms();
	bool any = false;

	for (int i = 0; i < SIDES; i++) {
		struct peer *peer = &p->peer[i];

		any |= peer->ssl != NULL && SSL_pending(peer->ssl) > 0;
		pfd[i] = (struct pollfd){
			.fd = peer->eof || peer->held || peer->slow ? -1 :
			    peer->fd,
			.events = POLLIN,
		};
	}
	if (left <= 0)
		return false;
	if (ms > left)
		ms = (int)left;
	poll(pfd, SIDES, any ? 0 : ms);
	for (int i = 0; i < SIDES; i++)
		if (p->peer[i].fd >= 0)
			take(&p->peer[i]);
	return true;
}

/* ---- sending ---- */

/* > 0 octets, 0 no room now, -1 nobody listens. */
static ssize_t
transmit(struct peer *peer, struct str s)
{
	ssize_t n;
	int e;

	if (peer->ssl != NULL) {
		ERR_clear_error();
		n = SSL_write(peer->ssl, s.p, (int)s.n);
		e = n > 0 ? 0 : SSL_get_error(peer->ssl, (int)n);
		if (n > 0 || e == SSL_ERROR_WANT_READ ||
		    e == SSL_ERROR_WANT_WRITE)
			return n > 0 ? n : 0;
		return -1;
	}
	n = send(peer->fd, s.p, s.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n < 0 ? -1 : n;
}

static bool
unread(const struct peer *peer)
{
	int n = 0;

	return ioctl(peer->fd, SIOCOUTQ, &n) == 0 && n > 0;
}

bool
pair_send(struct pair *p, enum side side, struct str s)
{
	struct peer *peer = &p->peer[side];

	while (s.n > 0) {
		ssize_t n;

		if (peer->fd < 0 || peer->shut)
			return true;
		if ((n = transmit(peer, s)) < 0)
			return true;
		s.p += n;
		s.n -= (size_t)n;
		if (n == 0 && !pair_wait(p, 1)) {
			p->why = "the session does not read";
			return false;
		}
	}
	return true;
}

bool
pair_taken(struct pair *p, enum side side)
{
	struct peer *peer = &p->peer[side];

	if (peer->packets && peer->ssl == NULL)
		return true;
	while (peer->fd >= 0 && !peer->shut && unread(peer)) {
		struct timespec ts = { .tv_nsec = 20000 };

		/* No event tells when the other end has read. */
		nanosleep(&ts, NULL);
		if (!pair_wait(p, 0)) {
			p->why = "the session does not read";
			return false;
		}
	}
	return true;
}

/* ---- TLS ---- */

/* The value of "key=value", or "" for "key" alone; NULL when absent. */
static const char *
option(struct str options, const char *key, char *out)
{
	struct str word, k;

	while (options.n > 0) {
		str_cut(&options, ' ', &word);
		if (str_cut(&word, '=', &k) ? !str_eq(k, str_c(key)) :
		    !str_eq(k, str_c(key)))
			continue;
		snprintf(out, OPTION_MAX, "%.*s", STR_ARG(word));
		return out;
	}
	return NULL;
}

static void
use_cert(SSL_CTX *ctx, const char *certs, const char *name)
{
	char path[OPTION_MAX * 2];

	snprintf(path, sizeof path, "%s/%s.pem", certs, name);
	if (SSL_CTX_use_certificate_chain_file(ctx, path) != 1)
		fprintf(stderr, "%s: cannot be loaded\n", path);
	snprintf(path, sizeof path, "%s/%s.key", certs, name);
	SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM);
}

static SSL_CTX *
make_ctx(enum side side, struct str options, const char *certs)
{
	SSL_CTX *ctx = SSL_CTX_new(side == CLIENT ? TLS_client_method() :
	    TLS_server_method());
	char v[OPTION_MAX];
	const char *cert = option(options, "cert", v);

	/* A peer may be worse than we allow ourselves. */
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (cert != NULL || side == SERVER)
		use_cert(ctx, certs, cert ? cert : "server");
	if (side == SERVER)
		SSL_CTX_set_num_tickets(ctx, 0);
	if (option(options, "max", v) != NULL) {
		int minor = v[0] == '1' && v[1] == '.' ? atoi(v + 2) : 3;

		SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(ctx, TLS1_VERSION + minor);
	}
	if (option(options, "alpn", v) != NULL) {
		unsigned char list[OPTION_MAX];
		size_t n = strlen(v);

		list[0] = (unsigned char)n;
		memcpy(list + 1, v, n);
		SSL_CTX_set_alpn_protos(ctx, list, (unsigned)n + 1);
	}
	return ctx;
}

/*
 * Has the handshake ended as wanted? TLS 1.3 refuses a client's certificate
 * after the client thinks all is well: then the first read tells.
 */
static bool
handshake(struct pair *p, enum side side, bool fails)
{
	struct peer *peer = &p->peer[side], *other = &p->peer[!side];
	struct pollfd pfd = { .fd = peer->fd, .events = POLLIN };
	int n, e;
	char c;

	for (;;) {
		bool done = SSL_is_init_finished(peer->ssl);

		if (done && !fails)
			return true;
		ERR_clear_error();
		n = done ? SSL_peek(peer->ssl, &c, 1) :
		    SSL_do_handshake(peer->ssl);
		if (done && n > 0)
			return false;	/* it goes on and should not */
		e = n > 0 ? SSL_ERROR_WANT_READ : SSL_get_error(peer->ssl, n);
		if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
			return fails;
		if (clock_ms() > p->deadline)
			return false;
		if (n <= 0)
			poll(&pfd, 1, 5);
		if (other->fd >= 0)
			take(other);
	}
}

bool
pair_tls(struct pair *p, enum side side, struct str options,
    const char *certs)
{
	struct peer *peer = &p->peer[side];
	char v[OPTION_MAX];
	bool fails = option(options, "fails", v) != NULL;
	SSL_CTX *ctx;
	bool ok;

	peer->held = false;
	if (peer->fd < 0)
		return fails;
	if (fd_nonblock(peer->fd) < 0)
		abort();
	ctx = make_ctx(side, options, certs);
	peer->ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	SSL_set_fd(peer->ssl, peer->fd);
	if (option(options, "sni", v) != NULL)
		SSL_set_tlsext_host_name(peer->ssl, v);
	if (side == CLIENT)
		SSL_set_connect_state(peer->ssl);
	else
		SSL_set_accept_state(peer->ssl);
	ok = handshake(p, side, fails);
	if (!ok)
		p->why = fails ? "the handshake did not fail" :
		    "the handshake failed";
	if (ok && fails)
		pair_shut(p, side, false);
	return ok;
}

void
pair_shut(struct pair *p, enum side side, bool orderly)
{
	struct peer *peer = &p->peer[side];

	if (peer->fd < 0 || peer->shut)
		return;
	if (peer->ssl != NULL && orderly) {
		ERR_clear_error();
		SSL_shutdown(peer->ssl);
	}
	shutdown(peer->fd, SHUT_WR);
	peer->shut = true;
}

void
pair_drop(struct pair *p, enum side side)
{
	struct peer *peer = &p->peer[side];

	SSL_free(peer->ssl);
	peer->ssl = NULL;
	fd_close(&peer->fd);
	peer->eof = peer->shut = true;
}
