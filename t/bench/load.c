/* The client's side of the measurements: see load.h. */

#include "load.h"
#include "timing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE = 8192,
	BLOCK = 1 << 18,
	PATIENCE_S = 10,	/* longest wait for an answer */
};

struct client {
	int fd;
	SSL *ssl;		/* NULL: plain */
	size_t have;		/* octets in line */
	char line[LINE];
};

static SSL_CTX *ctx;
static char block[BLOCK];

void
load_init(void)
{
	ctx = SSL_CTX_new(TLS_client_method());
	if (ctx == NULL)
		errx(1, "SSL_CTX_new");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
client_open(struct client *c, const struct load_target *t)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct timeval patience = { PATIENCE_S, 0 };
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	c->ssl = NULL;
	c->have = 0;
	sin.sin_port = htons(t->port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(c->fd, (struct sockaddr *)&sin, sizeof sin) != 0)
		err(1, "connecting to port %d", t->port);
	if (!t->tls)
		return;
	c->ssl = SSL_new(ctx);
	SSL_set_fd(c->ssl, c->fd);
	if (SSL_connect(c->ssl) != 1) {
		ERR_print_errors_fp(stderr);
		errx(1, "TLS handshake with port %d", t->port);
	}
}

static void
client_close(struct client *c)
{
	if (c->ssl != NULL) {
		SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
	}
	close(c->fd);
}

static size_t
client_read(struct client *c, char *p, size_t n)
{
	ssize_t got = c->ssl ? SSL_read(c->ssl, p, (int)n) :
	    recv(c->fd, p, n, 0);

	if (got <= 0)
		errx(1, "no answer where one was due");
	return (size_t)got;
}

/* One line without its CRLF into line_r (LINE octets). */
static void
client_line(struct client *c, char *line_r)
{
	char *end;

	while ((end = memmem(c->line, c->have, "\r\n", 2)) == NULL) {
		if (c->have == LINE)
			errx(1, "a line of more than %d octets", LINE);
		c->have += client_read(c, c->line + c->have, LINE - c->have);
	}
	*end = '\0';
	memcpy(line_r, c->line, (size_t)(end - c->line) + 1);
	c->have -= (size_t)(end + 2 - c->line);
	memmove(c->line, end + 2, c->have);
}

static void
client_send(struct client *c, const char *text)
{
	int n = (int)strlen(text);

	if ((c->ssl ? SSL_write(c->ssl, text, n) :
	    (int)send(c->fd, text, (size_t)n, 0)) != n)
		errx(1, "sending");
}

/* A command with tag "a" and its answers. */
static void
client_do(struct client *c, const char *command)
{
	char line[LINE];

	client_send(c, command);
	do
		client_line(c, line);
	while (strncmp(line, "* ", 2) == 0);
	if (strncmp(line, "a OK", 4) != 0)
		errx(1, "%.20s... was answered '%s'", command, line);
}

static void
client_greeting(struct client *c)
{
	char line[LINE];

	client_line(c, line);
	if (strncmp(line, "* OK", 4) != 0)
		errx(1, "the greeting is '%s'", line);
}

static const char *const commands[LOAD_STEPS] = {
	[LOAD_CAPABILITY] = "a CAPABILITY\r\n",
	[LOAD_LOGIN] = "a LOGIN user password\r\n",
	[LOAD_SELECT] = "a SELECT INBOX\r\n",
	[LOAD_LOGOUT] = "a LOGOUT\r\n",
};

void
load_session(const struct load_target *t, double us_r[LOAD_STEPS])
{
	struct client c;
	double at = now_us();

	client_open(&c, t);
	client_greeting(&c);
	for (int i = 0; i < LOAD_STEPS; i++) {
		if (commands[i] != NULL)
			client_do(&c, commands[i]);
		us_r[i] = now_us() - at;
		at += us_r[i];
	}
	client_close(&c);
}

double
load_sessions(const struct load_target *t, int at_once, int count)
{
	double us[LOAD_STEPS], start = now_us();
	int status, bad = 0;

	for (int i = 0; i < at_once; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int k = 0; k < count; k++)
			load_session(t, us);
		_exit(0);
	}
	for (int i = 0; i < at_once; i++)
		bad += wait(&status) < 0 || status != 0;
	if (bad > 0)
		errx(1, "%d of %d clients failed", bad, at_once);
	return (now_us() - start) / 1e6;
}

/* Drop n octets of a literal: the kernel need not even copy plain ones. */
static void
client_skip(struct client *c, size_t n)
{
	size_t held = n < c->have ? n : c->have;

	c->have -= held;
	memmove(c->line, c->line + held, c->have);
	for (n -= held; n > 0; ) {
		ssize_t got = c->ssl ?
		    SSL_read(c->ssl, block, n < BLOCK ? (int)n : BLOCK) :
		    recv(c->fd, NULL, n, MSG_TRUNC);

		if (got <= 0)
			errx(1, "the mail was cut short");
		n -= (size_t)got;
	}
}

static size_t
client_fetch(struct client *c)
{
	char line[LINE], *brace;
	size_t n;

	client_send(c, "a FETCH 1 BODY.PEEK[]\r\n");
	client_line(c, line);
	brace = strrchr(line, '{');
	if (brace == NULL)
		errx(1, "FETCH was answered '%s'", line);
	n = strtoul(brace + 1, NULL, 10);
	client_skip(c, n);
	client_line(c, line);
	if (strcmp(line, ")") != 0)
		errx(1, "behind the mail comes '%s'", line);
	client_line(c, line);
	if (strncmp(line, "a OK", 4) != 0)
		errx(1, "FETCH ended with '%s'", line);
	return n;
}

static void
client_login(struct client *c, const struct load_target *t)
{
	client_open(c, t);
	client_greeting(c);
	client_do(c, commands[LOAD_LOGIN]);
	client_do(c, commands[LOAD_SELECT]);
}

double
load_fetch(const struct load_target *t, int times)
{
	struct client c;
	double start, octets = 0, took;

	client_login(&c, t);
	start = now_us();
	for (int i = 0; i < times; i++)
		octets += (double)client_fetch(&c);
	took = now_us() - start;
	client_do(&c, commands[LOAD_LOGOUT]);
	client_close(&c);
	return octets / took * 1e6;
}

static void
client_send_all(struct client *c, size_t n)
{
	while (n > 0) {
		size_t part = n < BLOCK ? n : BLOCK;
		ssize_t k = c->ssl ? SSL_write(c->ssl, block, (int)part) :
		    send(c->fd, block, part, 0);

		if (k <= 0)
			errx(1, "the mail was not taken");
		n -= (size_t)k;
	}
}

static void
client_append(struct client *c, size_t octets)
{
	char line[LINE];

	snprintf(line, sizeof line, "a APPEND Up {%zu}\r\n", octets);
	client_send(c, line);
	client_line(c, line);
	if (line[0] != '+')
		errx(1, "APPEND was answered '%s'", line);
	client_send_all(c, octets);
	client_do(c, "\r\n");
}

double
load_append(const struct load_target *t, size_t octets, int times)
{
	struct client c;
	double start, took;

	for (size_t i = 0; i < BLOCK; i++)
		block[i] = "0123456789abcde\n"[i % 16];
	client_login(&c, t);
	start = now_us();
	for (int i = 0; i < times; i++)
		client_append(&c, octets);
	took = now_us() - start;
	client_do(&c, commands[LOAD_LOGOUT]);
	client_close(&c);
	return (double)octets * times / took * 1e6;
}

struct load_held {
	int n;
	struct client *clients;
};

struct load_held *
load_hold(const struct load_target *t, int n)
{
	struct load_held *h = calloc(1, sizeof *h);

	if (h == NULL || (h->clients = calloc((size_t)n,
	    sizeof *h->clients)) == NULL)
		err(1, "holding %d sessions", n);
	for (h->n = 0; h->n < n; h->n++)
		client_login(&h->clients[h->n], t);
	return h;
}

void
load_release(struct load_held *h)
{
	for (int i = 0; i < h->n; i++) {
		client_do(&h->clients[i], commands[LOAD_LOGOUT]);
		client_close(&h->clients[i]);
	}
	free(h->clients);
	free(h);
}
