#include <stdio.h>
#include <stdlib.h>

#include "dial.h"
#include "err.h"
#include "eval.h"
#include "fd.h"
#include "jail.h"
#include "names.h"
#include "origin.h"
#include "proxy_header.h"
#include "pump.h"
#include "record.h"
#include "relay.h"
#include "reply.h"
#include "request.h"
#include "respond.h"
#include "server.h"
#include "shaping.h"
#include "tlsleg.h"

/* A server that cannot be used: the client hears that it may try later. */
static enum sess_state
unavailable(struct sess *s, const char *why)
{
	sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_UNREACHABLE, "%s",
	    why);
	return SESS_END;
}

static const struct conf_ssl *
server_ssl(const struct sess *s)
{
	return CONF_AT(s->conf, struct conf_ssl, s->conf->main->ssl,
	    (uint32_t)s->cacl->server_ssl);
}

/* A server's greeting and handshake have a connect's time, and login's. */
static int64_t
server_deadline(const struct sess *s)
{
	int64_t due = clock_after((int64_t)
	    s->conf->main->server_conn.recv_timeout);

	return due < s->login_deadline ? due : s->login_deadline;
}

/* ---- connect ------------------------------------------------------------- */

/* plug-to of command-acl, else of session-acl, else the original address. */
static struct conf_ref
plug_to(const struct sess *s, uint8_t *order_r)
{
	if (s->cacl->plug_to.n > 0) {
		*order_r = s->cacl->plug_to_order;
		return s->cacl->plug_to;
	}
	*order_r = s->sacl->plug_to_order;
	return s->sacl->plug_to;
}

/* Where in the list to begin: 0, anywhere, or by the client's address. */
static uint32_t
first_of(const struct sess *s, uint8_t order, uint32_t n)
{
	switch ((enum conf_order)order) {
	case CONF_ORDER_RANDOM:
		return (uint32_t)((uint64_t)clock_us() * 2654435761u >> 16) % n;
	case CONF_ORDER_HASH_FROM:
		return (uint32_t)(conf_sum(s->start->from.ip,
		    sizeof s->start->from.ip) % n);
	case CONF_ORDER_UNSET:
	case CONF_ORDER_ORDER:
		break;
	}
	return 0;
}

/*
 * A name that a condition judged is dialed at the addresses that it judged;
 * how many, or 0: it is to be looked up.
 */
static size_t
judged(const struct sess *s, const struct conf_target *c,
    struct dial_target *t)
{
	const struct acl_host *row = s->facts.hosts && c->host_row > 0 ?
	    acl_host_at(s->facts.hosts, c->host_row - 1u) : NULL;
	size_t n = 0;

	if (row != NULL && row->state != ACL_HOST_KNOWN && !row->asked)
		return 0;
	for (; row != NULL && n < row->n; n++) {
		memcpy(t[n].addr.ip, row->ip[n], sizeof t[n].addr.ip);
		t[n].addr.port = t[n].port = c->port;
		t[n].host = conf_cstr(s->conf, c->host);
	}
	return n;
}

static size_t
targets(struct sess *s, struct dial_target **list_r)
{
	uint8_t order;
	struct conf_ref ref = plug_to(s, &order);
	struct dial_target *t = arena_alloc(&s->arena,
	    (ref.n + 1 + HOSTS_ADDRS) * sizeof *t);
	char text[ADDR_TEXT];
	uint32_t first = 0;
	size_t n = 0;

	*list_r = t;
	if (ref.n == 0 && !addr_none(&s->start->server)) {
		t->addr = s->start->server;
		t->port = t->addr.port;
		t->host = arena_printf(&s->arena, "%s",
		    addr_host(&t->addr, text));
		return 1;
	}
	if (ref.n > 0)
		first = first_of(s, order, ref.n);
	for (uint32_t i = 0; i < ref.n; i++) {
		uint32_t at = (first + i) % ref.n;
		const struct conf_target *c = CONF_AT(s->conf,
		    struct conf_target, ref, at);

		size_t k = c != NULL && at == 0 ? judged(s, c, t + n) : 0;

		n += k;
		if (c == NULL || k > 0)
			continue;
		memcpy(t[n].addr.ip, c->ip, sizeof c->ip);
		t[n].addr.port = t[n].port = c->port;
		t[n++].host = conf_cstr(s->conf, c->host);
	}
	return n;
}

/* Dialing the address the client came to would dial ourselves. */
static const char *
refuse_loop(void *ctx, const struct addr *a)
{
	const struct sess_start *t = ((const struct sess *)ctx)->start;

	/* the original destination was looked at when the client came */
	if (t->transparent && addr_same(a, &t->server) &&
	    a->port == t->server.port)
		return NULL;
	if ((!t->transparent && addr_same(a, &t->to) &&
	    a->port == t->to.port) || origin_is_own(t->conf, a))
		return "this is the proxy's own address (a loop)";
	return NULL;
}

static void
candidate_failed(void *ctx, const struct dial_failure *f)
{
	const struct sess *s = ctx;
	struct log_rec r;
	char text[ADDR_TEXT];

	log_begin(&r, LOG_CANDIDATE_FAILED);
	log_kv(&r, "stage", "%s", sess_stage(s));
	log_kv(&r, "step", "%s", f->stage);
	log_kv(&r, "SERVER", "%s", addr_text(&f->addr, text));
	log_kv(&r, "why", "%s", f->why);
	log_end(&r);
}

/* A test's way to reach the server instead of dialing. */
static bool
hooked(struct sess *s, const struct dial *d)
{
	const struct sess_dial_hook *h = s->start->dial;

	for (size_t i = 0; h != NULL && s->server.fd < 0 && i < d->ntargets;
	    i++) {
		const struct dial_target *t = &d->targets[i];

		s->server.fd = h->connect(h->ctx, t->host, t->port);
		s->server_addr = t->addr;
		s->server_name = str_c(t->host);
		if (s->server.fd >= 0)
			io_setup_socket(s->server.fd, 0, 0);
		else
			d->failed(d->ctx, &(struct dial_failure){
			    .target = i, .addr = t->addr, .stage = "connect",
			    .err = ERR_REFUSED, .why = "the hook refused" });
	}
	return h != NULL;
}

/* The header of PROXY goes alone: what follows may be TLS. */
static bool
send_proxy_header(struct sess *s)
{
	char out[PROXY_HEADER_MAX];
	struct str header = { out, proxy_header(s->sacl->send_proxy,
	    &s->start->from, &s->start->to, out) };

	if (!io_put(&s->server, header))
		return false;
	io_commit(&s->server);
	/* nothing was sent before it, so it finds room */
	return io_flush(&s->server) == (int)header.n;
}

static enum sess_state
connected(struct sess *s)
{
	/* TLS with the server still reads files; else seal at once */
	bool plain = s->cacl->server_ssl < 0;
	char text[ADDR_TEXT];
	const char *why;

	s->server.in_last = s->server.out_last = clock_ms();
	log_msg(LOG_NET_TRACE, "connected to %s",
	    addr_text(&s->server_addr, text));
	if (s->start->jail &&
	    jail_enter(plain ? JAIL_RELAY : JAIL_DIALED, &why) < 0) {
		log_msg(LOG_JAIL_FAILED, "%s", why);
		return unavailable(s, why);
	}
	s->sealed = plain;
	if (s->sacl->send_proxy != 0 && !send_proxy_header(s))
		return unavailable(s, "send-proxy: the server's connection "
		    "takes nothing");
	return plain || server_ssl(s)->mode != CONF_SSL_IMPLICIT ?
	    SESS_SERVER_GREETING : SESS_SERVER_TLS;
}

/* Whence; NULL: from the address the kernel takes. */
static const struct dial_source *
source(const struct sess *s, struct dial_source *d_r)
{
	const struct conf_source_address *a = &s->sacl->source;
	const struct addr *client = &s->start->from;

	*d_r = (struct dial_source){ .foreign = false };
	if (a->mode == CONF_SOURCE_OWN)
		return NULL;
	if (a->mode == CONF_SOURCE_ADDRESS) {
		memcpy(d_r->v4.ip, a->ip4, sizeof a->ip4);
		memcpy(d_r->v6.ip, a->ip6, sizeof a->ip6);
		return d_r;
	}
	d_r->foreign = true;
	*(addr_is4(client) ? &d_r->v4 : &d_r->v6) = *client;
	return d_r;
}

enum sess_state
server_connect(struct sess *s)
{
	const struct conf_conn *cc = &s->conf->main->server_conn;
	struct dial_target *list;
	size_t n = targets(s, &list);
	struct dial_result r;
	struct shape shape;
	struct dial_source from;
	struct dial d = {
		.targets = list, .ntargets = n,
		.each = (int64_t)cc->conn_timeout,
		.deadline = s->login_deadline,
		.watch = s->client.fd,
		.resolve = names_resolver(s),
		.source = source(s, &from),
		.shape = &shape,
		.refuse = refuse_loop,
		.failed = candidate_failed,
		.ctx = s,
	};

	shaping_server(s, &shape);
	if (n == 0)
		return unavailable(s, "no plug-to and no original address");
	if (hooked(s, &d))
		return s->server.fd < 0 ? unavailable(s, "the hook refused") :
		    connected(s);
	if (dial_connect(&d, &r) <= 0) {
		if (fd_peer_gone(s->client.fd)) {
			sess_finish(s, SESS_FAILED, "the client left");
			return SESS_END;
		}
		return unavailable(s, r.why);
	}
	s->server.fd = r.fd;
	s->server_addr = r.addr;
	s->server_name = str_c(list[r.target].host);
	return connected(s);
}

/* ---- TLS ----------------------------------------------------------------- */

/*
 * The name to ask for and to find in the certificate: the configured one, the
 * one the client asked us for (client-sni), or the host that was dialed.
 */
static const char *
tls_name(struct sess *s)
{
	const struct conf_ssl *ssl = server_ssl(s);
	const char *name = conf_cstr(s->conf, ssl->server_name);
	struct tls_facts f;

	if (ssl->client_sni && s->client.tls != NULL) {
		s->tls->facts(s->client.tls, &f);
		if (f.sni[0] != '\0')
			return arena_dup(&s->arena, str_c(f.sni)).p;
	}
	return *name != '\0' ? name : s->server_name.p;
}

/* The handshake and what server-cert-match asks; false: session ended. */
static bool
handshake(struct sess *s)
{
	const struct conf_certmatch *match = &s->cacl->server_cert_match;
	struct certinfo *cert;
	const char *why;
	int rc;

	rc = tlsleg_begin(s, &s->server, s->cacl->server_ssl, match,
	    tls_name(s), &why);
	if (rc == 0)
		rc = tlsleg_handshake(s, &s->server, server_deadline(s), &cert,
		    &why);
	if (rc == 0 && match->given &&
	    !acl_certmatch(s->conf, match, cert, &why))
		rc = ERR_REFUSED;
	if (rc < 0) {
		sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_SERVER_TLS,
		    "%s", why);
		return false;
	}
	return true;
}

enum sess_state
server_tls(struct sess *s)
{
	return handshake(s) ? SESS_SERVER_GREETING : SESS_END;
}

/* ---- greeting ------------------------------------------------------------ */

/*
 * The server's next status line or continuation, everything else dropped
 * (nothing of it may count before TLS, RFC 9051 section 11.3).  NEED when the
 * session ended.  Its slices live until drop_status().
 */
static enum imap_resp_event
next_status(struct sess *s, size_t *used_r)
{
	for (;;) {
		enum imap_resp_event e = imap_response_next(&s->response,
		    buf_str(&s->server.in), used_r);

		if (e == IMAP_RESP_STATUS || e == IMAP_RESP_CONTINUE)
			return e;
		if (e == IMAP_RESP_TOKEN &&
		    s->response.row == IMAP_DATA_CAPABILITY &&
		    s->response.kind == IMAP_TOK_ATOM)
			imap_caps_add(&s->caps, s->response.token);
		else if (e == IMAP_RESP_BEGIN &&
		    s->response.row == IMAP_DATA_CAPABILITY)
			imap_caps_clear(&s->caps);
		io_drop(&s->server, *used_r);
		if (e == IMAP_RESP_ERROR || e == IMAP_RESP_LITERAL) {
			sess_bye(s, SESS_FAILED, "UNAVAILABLE",
			    LANG_BYE_SERVER_PROTOCOL, "server-protocol: %s",
			    e == IMAP_RESP_ERROR ? s->response.why :
			    "a literal before login");
			return IMAP_RESP_NEED;
		}
		if (e == IMAP_RESP_NEED &&
		    !relay_await_server(s, server_deadline(s)))
			return IMAP_RESP_NEED;
	}
}

/*
 * Send a command before the relay and read its tagged answer: true for OK.
 * Otherwise the session is ended.
 */
static bool
exchange(struct sess *s, const char *command, enum lang_id text)
{
	struct queued *q;
	enum imap_resp_event e;
	char tag[REQUEST_TAG];
	size_t used;
	bool ok;

	request_own(s, IMAP_CAPABILITY, command);
	q = queue_last(&s->queue);
	request_tag(s, q->number, tag);
	do {
		e = next_status(s, &used);
		if (e == IMAP_RESP_NEED)
			return false;
		ok = e == IMAP_RESP_STATUS && s->response.status == IMAP_ST_OK;
		if (e == IMAP_RESP_STATUS && s->response.tag.n == 0 &&
		    (ok || s->response.status == IMAP_ST_NO)) {
			io_drop(&s->server, used);
			continue;
		}
		break;
	} while (true);
	ok = ok && str_eq(s->response.tag, str_c(tag));
	io_drop(&s->server, used);
	queue_drop_head(&s->queue);
	if (!ok)
		sess_bye(s, SESS_FAILED, "UNAVAILABLE", text,
		    "the server does not answer %.10s with OK", command);
	return ok;
}

/* STARTTLS with the server, always required when it is configured. */
static bool
start_tls(struct sess *s)
{
	if (!exchange(s, "STARTTLS", LANG_BYE_SERVER_TLS))
		return false;
	if (buf_len(&s->server.in) > 0) {
		/* CVE-2021-22947: answers that were put in before TLS */
		sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_SERVER_TLS,
		    "octets in clear behind the server's STARTTLS answer");
		return false;
	}
	/* nothing said in clear counts */
	imap_caps_clear(&s->caps);
	imap_response_init(&s->response);
	return handshake(s);
}

static bool
preauth_permitted(const struct sess *s)
{
	bool clear_starttls = s->cacl->server_ssl >= 0 &&
	    server_ssl(s)->mode != CONF_SSL_IMPLICIT;

	return s->cacl->preauth == CONF_PREAUTH_ACCEPT && !s->greeted &&
	    !clear_starttls;
}

/* The greeting itself: its text to out; false when the session is over. */
static bool
read_greeting(struct sess *s, char *out, struct str *text_r)
{
	struct imap_response *r = &s->response;
	size_t used;

	if (next_status(s, &used) != IMAP_RESP_STATUS || r->tag.n > 0) {
		sess_bye(s, SESS_FAILED, "UNAVAILABLE",
		    LANG_BYE_SERVER_PROTOCOL, "no IMAP greeting");
		return false;
	}
	*text_r = respond_text(s, r->text, out);
	if (r->status == IMAP_ST_PREAUTH && !preauth_permitted(s)) {
		sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_PREAUTH,
		    "the server's greeting is PREAUTH");
		return false;
	}
	if (r->status != IMAP_ST_OK && r->status != IMAP_ST_PREAUTH) {
		sess_bye(s, SESS_FAILED, "UNAVAILABLE",
		    LANG_BYE_SERVER_REFUSED, "the server's greeting is no OK");
		return false;
	}
	if (r->code.p != NULL &&
	    imap_code_find(r->code) == IMAP_CODE_CAPABILITY)
		respond_capabilities(s, r->code_args);
	if (r->status == IMAP_ST_PREAUTH)
		s->imap = STATE_AUTH;
	io_drop(&s->server, used);
	return true;
}

/* Who the client is, for servers that trust us; false: session ended. */
static bool
introduce(struct sess *s)
{
	char from[ADDR_TEXT], to[ADDR_TEXT], id[REQUEST_OWN - REQUEST_TAG];
	const struct sess_start *t = s->start;

	if (!s->sacl->send_id || !imap_caps_has(&s->caps, IMAP_CAP_ID) ||
	    addr_none(&t->from))
		return true;
	snprintf(id, sizeof id, "ID (\"x-originating-ip\" \"%s\" "
	    "\"x-originating-port\" \"%u\" \"x-connected-ip\" \"%s\" "
	    "\"x-connected-port\" \"%u\")", addr_host(&t->from, from),
	    t->from.port, addr_host(&t->to, to), t->to.port);
	return exchange(s, id, LANG_BYE_SERVER_PROTOCOL);
}

enum sess_state
server_greeting(struct sess *s)
{
	bool starttls = s->cacl->server_ssl >= 0 &&
	    server_ssl(s)->mode != CONF_SSL_IMPLICIT;
	char out[IMAP_TEXT_MAX + 1];
	struct str text;

	if (!read_greeting(s, out, &text))
		return SESS_END;
	if (starttls && !start_tls(s))
		return SESS_END;
	if (starttls || !s->caps_known) {
		if (!exchange(s, "CAPABILITY", LANG_UNAVAILABLE))
			return SESS_END;
		s->caps_known = true;
	}
	if (!introduce(s))
		return SESS_END;
	if (!s->greeted)
		reply_greeting(s, s->imap == STATE_AUTH, text);
	return SESS_SEAL;
}
