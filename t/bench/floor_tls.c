/*
 * The floor with TLS on the client's side.  usage: floor_tls PORT CERT KEY,
 * both PEM.  As lean as OpenSSL allows without effort: no openssl.cnf, one
 * context, no tickets, buffers released when idle.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static char buf[65536];

static SSL *
accept_tls(const char *cert, const char *key)
{
	SSL_CTX *ctx;
	SSL *ssl;

	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		_exit(1);
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, 0);
	if (SSL_accept(ssl) != 1)
		_exit(1);
	return ssl;
}

static void
to_server(SSL *ssl, int server)
{
	do {
		int n = SSL_read(ssl, buf, sizeof buf), done = 0, w;

		if (n <= 0)
			_exit(0);
		for (; done < n; done += w)
			if ((w = (int)write(server, buf + done,
			    (size_t)(n - done))) <= 0)
				_exit(0);
	} while (SSL_pending(ssl) > 0);
}

static void
to_client(SSL *ssl, int server)
{
	ssize_t n = read(server, buf, sizeof buf);

	if (n <= 0 || SSL_write(ssl, buf, (int)n) != n)
		_exit(0);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
	struct pollfd p[2] = { { 0, POLLIN, 0 }, { server, POLLIN, 0 } };
	SSL *ssl;

	if (argc != 4)
		return 2;
	setsockopt(0, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	ssl = accept_tls(argv[2], argv[3]);
	sin.sin_port = htons((uint16_t)atoi(argv[1]));
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(server, (struct sockaddr *)&sin, sizeof sin) != 0)
		return 1;
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	while (poll(p, 2, -1) > 0) {
		if (p[0].revents != 0)
			to_server(ssl, server);
		if (p[1].revents != 0)
			to_client(ssl, server);
	}
	return 1;
}
