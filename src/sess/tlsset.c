#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "module.h"
#include "tlsleg.h"
#include "tlsset.h"

enum {
	/* Paths of TLSSET_MAX contexts, most of them of SNI. */
	ARENA = 64 << 20,
};

struct member {
	int32_t row;
	enum tls_role role;
	enum tls_verify verify;
	struct tls_params params;
	struct tls_ctx *ctx;	/* NULL: could not be made yet */
	int64_t until;
	int64_t retry, wait;	/* after a failure: when, and how long */
};

struct tlsset {
	const struct conf *conf;
	const struct tls_engine *engine;
	struct arena arena;
	char said[TLS_WHY_MAX];	/* last; contexts may share a file */
	size_t n;
	struct member rows[TLSSET_MAX];
};

static struct member *
find(const struct tlsset *set, int32_t row, enum tls_role role,
    enum tls_verify verify)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct member *m = &set->rows[i];

		if (m->row == row && m->role == role && m->verify == verify)
			return (struct member *)m;
	}
	return NULL;
}

static void
say(struct tlsset *set, const char *why)
{
	if (strcmp(why, set->said) == 0)
		return;
	snprintf(set->said, sizeof set->said, "%s", why);
	log_msg(LOG_TLS_FILE, "%s", why);
}

/* 0, or -1: the one that was there stays, and the failure is logged once. */
static int
make(struct tlsset *set, struct member *m)
{
	const char *why;
	struct tls_ctx *ctx = set->engine->ctx_new(&m->params, &why);

	if (ctx == NULL) {
		if (m->wait == 0)
			say(set, why);
		m->wait = m->wait == 0 ? TLSSET_RETRY_MS : 2 * m->wait;
		if (m->wait > TLSSET_RETRY_MAX_MS)
			m->wait = TLSSET_RETRY_MAX_MS;
		m->retry = clock_after(m->wait);
		return -1;
	}
	set->engine->ctx_warm(ctx);
	set->engine->ctx_free(m->ctx);
	m->ctx = ctx;
	m->wait = 0;
	m->until = clock_after(TLSSET_LIFE_MS);
	return 0;
}

static void
add(struct tlsset *set, int32_t row, const struct conf_certmatch *match,
    enum tls_role role)
{
	const struct conf_ssl *ssl = CONF_AT(set->conf, struct conf_ssl,
	    set->conf->main->ssl, (uint32_t)row);
	enum tls_verify verify;
	struct member *m;

	if (row < 0 || ssl == NULL || set->n == TLSSET_MAX)
		return;
	verify = tlsleg_verify(ssl, match, role);
	if (find(set, row, role, verify) != NULL)
		return;
	m = &set->rows[set->n++];
	*m = (struct member){ .row = row, .role = role, .verify = verify };
	tlsleg_params(set->conf, &set->arena, ssl, role, verify, &m->params);
	m->params.preload = true;
	m->params.tickets = ssl->session_tickets && role == TLS_ACCEPT &&
	    verify == TLS_VERIFY_NONE;
}

static void
add_all(struct tlsset *set)
{
	const struct conf_main *m = set->conf->main;
	const struct conf_session_acl *s;
	const struct conf_command_acl *a;

	for (uint32_t i = 0; i < m->session_acls.n; i++) {
		s = CONF_AT(set->conf, struct conf_session_acl,
		    m->session_acls, i);
		if (s == NULL)
			break;
		add(set, s->client_ssl, &s->client_cert_match, TLS_ACCEPT);
	}
	for (uint32_t i = 0; i < m->command_acls.n; i++) {
		a = CONF_AT(set->conf, struct conf_command_acl,
		    m->command_acls, i);
		if (a == NULL)
			break;
		add(set, a->server_ssl, &a->server_cert_match, TLS_CONNECT);
	}
}

struct tlsset *
tlsset_new(const struct conf *c)
{
	struct tlsset *set = calloc(1, sizeof *set);
	const char *why;

	if (set == NULL)
		return NULL;
	set->conf = c;
	arena_init(&set->arena, ARENA, NULL, NULL);
	add_all(set);
	if (set->n > 0 && (set->engine = module_get("tls", &why)) == NULL)
		log_msg(LOG_MODULE_BAD, "%s", why);
	if (set->engine == NULL) {
		tlsset_free(set);
		return NULL;
	}
	for (size_t i = 0; i < set->n; i++)
		(void)make(set, &set->rows[i]);
	return set;
}

void
tlsset_free(struct tlsset *set)
{
	if (set == NULL)
		return;
	if (set->engine != NULL)
		for (size_t i = 0; i < set->n; i++)
			set->engine->ctx_free(set->rows[i].ctx);
	arena_fini(&set->arena);
	free(set);
}

bool
tlsset_refresh(struct tlsset *set)
{
	unsigned made = 0;

	if (set == NULL)
		return false;
	for (size_t i = 0; i < set->n; i++) {
		struct member *m = &set->rows[i];
		int64_t now = clock_ms();
		bool good = m->ctx != NULL && now < m->until &&
		    set->engine->ctx_fresh(m->ctx);

		if (!good && (m->wait == 0 || now >= m->retry))
			made += make(set, m) == 0;
	}
	if (made == 0)
		return false;
	set->said[0] = '\0';
	log_msg(LOG_TLS_RENEWED, "%u of %zu contexts", made, set->n);
	return true;
}

struct tls_ctx *
tlsset_find(const struct tlsset *set, int32_t row, enum tls_role role,
    enum tls_verify verify)
{
	const struct member *m = set != NULL ?
	    find(set, row, role, verify) : NULL;

	return m != NULL ? m->ctx : NULL;
}
