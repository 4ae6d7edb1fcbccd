/*
 * A handshake of the process with itself.  OpenSSL looks for its algorithms
 * when they are used first, which takes a third of a millisecond and 100 KB;
 * a process that forks sessions does it once for all of them.
 */

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "tls_impl.h"

enum {
	/* A handshake takes three turns. */
	TURNS = 8,
};

static SSL *
peer_of(SSL_CTX *ctx, int fd, bool accepts)
{
	SSL *ssl = SSL_new(ctx);

	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	if (accepts)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	return ssl;
}

/* To the end of a session, if the two agree on one. */
static void
converse(struct tls_conn *conn, SSL *peer)
{
	char text[] = "* OK\r\n";
	int ours = 0, theirs = 0;

	for (int i = 0; i < TURNS && (ours == 0 || theirs != 1); i++) {
		theirs = SSL_do_handshake(peer);
		if (ours == 0)
			ours = engine_tls.handshake(conn);
		if (ours < 0)
			return;
	}
	engine_tls.write(conn, text, sizeof text - 1);
	SSL_read(peer, text, sizeof text);
	SSL_write(peer, text, sizeof text - 1);
	engine_tls.read(conn, text, sizeof text);
	engine_tls.shut(conn);
}

void
tls_ctx_warm(struct tls_ctx *ctx)
{
	bool accepts = ctx->params->role == TLS_ACCEPT;
	SSL_CTX *other = SSL_CTX_new(accepts ? TLS_client_method() :
	    TLS_server_method());
	struct tls_conn *conn = NULL;
	SSL *peer = NULL;
	const char *why;
	int fd[2];

	if (other == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, fd) < 0) {
		SSL_CTX_free(other);
		return;
	}
	conn = engine_tls.conn_new(ctx, fd[0], NULL, &why);
	peer = peer_of(other, fd[1], !accepts);
	/* a server has no certificate here: the client's first flight it is */
	if (conn != NULL && peer != NULL)
		converse(conn, peer);
	engine_tls.conn_free(conn);
	SSL_free(peer);
	SSL_CTX_free(other);
	close(fd[0]);
	close(fd[1]);
	ERR_clear_error();
}
