#include "arena.h"
#include "capability.h"
#include "check.h"
#include "rows.h"

static const struct conf_session_acl *
session_acl(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_session_acl,
	    ck->m->session_acls, i);
}

static const struct conf_command_acl *
command_acl(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_command_acl,
	    ck->m->command_acls, i);
}

/* ---- one ACL ------------------------------------------------------------ */

static void
check_certmatch(struct check *ck, const struct tree_node *n, const char *name,
    const struct conf_certmatch *m)
{
	if (m->given && !m->subject.given && !m->issuer.given &&
	    !m->san.given && !m->fingerprint.given)
		CHECK_ERROR(ck, n, name, "empty: write subject, issuer, san "
		    "or fingerprint");
}

/* Routers set ECN's bits, so they are not looked at. */
static void
check_tos(struct check *ck, const struct tree_node *n,
    const struct conf_numset *s)
{
	const struct conf_ref refs[2] = { s->pos, s->neg };

	for (unsigned i = 0; i < 2; i++)
		for (uint32_t j = 0; j < refs[i].n; j++) {
			const struct conf_numrange *r = CONF_AT(&ck->conf,
			    struct conf_numrange, refs[i], j);

			if (r->lo == r->hi && r->lo % 4 != 0)
				CHECK_ERROR(ck, n, "ip-tos-from", "%llu can "
				    "never be: the two low bits are ECN's and "
				    "count as 0", (unsigned long long)r->lo);
		}
}

void
check_when(struct check *ck, const struct tree_node *n,
    const struct conf_conditions *w)
{
	if (w->time.n > 0 && w->time_set.given)
		CHECK_ERROR(ck, n, "time-period-set",
		    "excludes time: write one of them");
	if (w->time_set.given && w->time_set.specs.n == 0)
		CHECK_ERROR(ck, n, "time-period-set",
		    "empty: write a time-spec");
	check_certmatch(ck, n, "client-cert", &w->client_cert);
	check_tos(ck, n, &w->ip_tos_from);
	ck->m->asks_time |= w->time.n > 0 || w->time_set.given;
	ck->m->asks_tos |= w->ip_tos_from.given;
}

/* Plug-to in a fixed order of one is what order means. */
static void
check_order(struct check *ck, const struct tree_node *n, uint8_t order,
    struct conf_ref plug_to)
{
	if (order != CONF_ORDER_UNSET && plug_to.n == 0)
		CHECK_ERROR(ck, n, "plug-to-order",
		    "without plug-to: there is nothing to order");
}

/* What every client needs to begin and to end. */
static void
check_needed(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	static const char needed[3][12] = { "CAPABILITY", "NOOP", "LOGOUT" };

	static const struct conf_bits none;

	if (memcmp(&a->commands, &none, sizeof none) == 0)
		return;		/* a wrong one, or none on purpose */
	for (unsigned i = 0; i < 3; i++)
		for (unsigned r = 0; r < rows_commands.count(); r++)
			if (strcmp(rows_commands.name(r), needed[i]) == 0 &&
			    !conf_bit(&a->commands, r))
				CHECK_WARN(ck, n, "commands", "without %s, "
				    "which every client uses", needed[i]);
}

/* RFC 9051 has literals without waiting in it. */
static void
check_rev2(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a)
{
	if (conf_bit(&a->capabilities, IMAP_CAP_IMAP4REV2) &&
	    !conf_bit(&a->capabilities, IMAP_CAP_LITERAL_MINUS))
		CHECK_WARN(ck, n, "capabilities", "IMAP4rev2 without "
		    "LITERAL-, which is part of it: have both or neither");
}

static bool
marks(const struct conf_traffic *t)
{
	return t->to_client.mark != 0 || t->to_server.mark != 0;
}

/* Who gives sessions the capability is told, and why. */
void
check_net_raw(struct check *ck, const struct tree_node *n, const char *key,
    bool needed)
{
	if (!needed)
		return;
	ck->m->net_raw = 1;
	CHECK_WARN(ck, n, key, "needs sessions with CAP_NET_RAW: see "
	    "PRIVILEGES in imap4-proxy(8)");
}

static void
check_command_acl(struct check *ck, uint32_t i)
{
	const struct tree_node *n = check_node(ck, "command-acl", i);
	const struct conf_command_acl *a = command_acl(ck, i);

	check_when(ck, n, &a->when);
	check_certmatch(ck, n, "server-cert-match", &a->server_cert_match);
	check_order(ck, n, a->plug_to_order, a->plug_to);
	check_net_raw(ck, n, "traffic-shaping", marks(&a->traffic));
	if (a->deny)
		return;
	if (check_written(n, "commands"))
		check_needed(ck, n, a);
	if (check_written(n, "capabilities"))
		check_rev2(ck, n, a);
	check_policy(ck, n, a);
	check_mailboxes(ck, n, a);
}

static void
check_session_acl(struct check *ck, uint32_t i)
{
	const struct tree_node *n = check_node(ck, "session-acl", i);
	const struct conf_session_acl *a = session_acl(ck, i);

	check_when(ck, n, &a->when);
	check_certmatch(ck, n, "client-cert-match", &a->client_cert_match);
	check_order(ck, n, a->plug_to_order, a->plug_to);
	if (a->auth >= 0 && a->auth < CONF_OOB_MAX)
		ck->m->auths |= 1u << a->auth;
	check_net_raw(ck, n, "source-address",
	    a->source.mode == CONF_SOURCE_CLIENT);
	check_net_raw(ck, n, "traffic-shaping", marks(&a->traffic));
}

/* ---- together ----------------------------------------------------------- */

bool
check_set_has(const struct check *ck, const struct conf_strset *s,
    struct str name)
{
	bool any = false, yes = false;

	for (uint32_t i = 0; i < s->values.n; i++) {
		const struct conf_strval *v = CONF_AT(&ck->conf,
		    struct conf_strval, s->values, i);
		bool same = str_eq(conf_str(&ck->conf, v->text), name);

		if (v->negative && same)
			return false;
		any |= !v->negative;
		yes |= !v->negative && same;
	}
	return yes || !any;
}

/* A listener on which both may be chosen: its title, or NULL. */
static const char *
common_listener(const struct check *ck, const struct conf_session_acl *s,
    const struct conf_command_acl *a)
{
	const struct conf_listener *l;
	struct str name;

	for (uint32_t i = 0; i < ck->m->listeners.n; i++) {
		l = CONF_AT(&ck->conf, struct conf_listener,
		    ck->m->listeners, i);
		name = conf_str(&ck->conf, l->name);
		if (check_set_has(ck, &s->when.listener, name) &&
		    check_set_has(ck, &a->when.listener, name))
			return name.p;
	}
	return NULL;
}

/* Session ACLs that accept and name no server: few, or none. */
static const struct conf_session_acl **
without_server(struct check *ck)
{
	const struct conf_session_acl **rows, *s;
	uint32_t n = 0;

	rows = arena_alloc(ck->arena,
	    (ck->m->session_acls.n + 1) * sizeof *rows);
	for (uint32_t i = 0; i < ck->m->session_acls.n; i++) {
		s = session_acl(ck, i);
		if (!s->deny && s->plug_to.n == 0 &&
		    s->when.transparent != CONF_TRI_YES)
			rows[n++] = s;
	}
	return rows;
}

/* Non-transparent connections say nothing about their server. */
static void
check_plug_to(struct check *ck, uint32_t row,
    const struct conf_session_acl **without)
{
	const struct conf_command_acl *a = command_acl(ck, row);
	const struct conf_session_acl *s;
	const char *listener;

	if (a->deny || a->plug_to.n > 0 ||
	    a->when.transparent == CONF_TRI_YES)
		return;
	for (; (s = *without) != NULL; without++) {
		if (!check_set_has(ck, &a->when.parent,
		    conf_str(&ck->conf, s->name)))
			continue;
		listener = common_listener(ck, s, a);
		if (listener == NULL && ck->m->listeners.n +
		    ck->m->transparents.n > 0)
			continue;
		CHECK_ERROR(ck, check_node(ck, "command-acl", row),
		    "plug-to", "missing, and session-acl \"%s\" has none "
		    "either: %s%s%s names no server itself: write plug-to = "
		    "{\"HOST:PORT\"} in one of them",
		    conf_cstr(&ck->conf, s->name),
		    listener ? "non-transparent \"" : "a connection",
		    listener ? listener : "", listener ? "\"" : "");
		return;
	}
}

static bool
denies_all(const struct check *ck)
{
	for (uint32_t i = 0; i < ck->m->session_acls.n; i++)
		if (!session_acl(ck, i)->deny)
			return false;
	return true;
}

static bool
asks_for_certificate(const struct check *ck)
{
	const struct conf_session_acl *s;
	const struct conf_ssl *ssl;

	for (uint32_t i = 0; i < ck->m->session_acls.n; i++) {
		s = session_acl(ck, i);
		ssl = s->client_ssl < 0 ? NULL : CONF_AT(&ck->conf,
		    struct conf_ssl, ck->m->ssl, (uint32_t)s->client_ssl);
		if (ssl != NULL && (ssl->verify >= CONF_VERIFY_OPTIONAL ||
		    s->client_cert_match.given))
			return true;
	}
	return false;
}

static void
check_certificate_conditions(struct check *ck)
{
	if (asks_for_certificate(ck))
		return;
	for (uint32_t i = 0; i < ck->m->command_acls.n; i++)
		if (command_acl(ck, i)->when.client_cert.given)
			CHECK_WARN(ck, check_node(ck, "command-acl", i),
			    "client-cert", "never holds: no session-acl has "
			    "client-ssl-params with verify = optional or "
			    "required");
}

void
check_acls(struct check *ck)
{
	const struct conf_session_acl **without = without_server(ck);

	for (uint32_t i = 0; i < ck->m->session_acls.n; i++)
		check_session_acl(ck, i);
	for (uint32_t i = 0; i < ck->m->command_acls.n; i++)
		check_command_acl(ck, i);
	for (uint32_t i = 0; i < ck->m->command_acls.n; i++)
		check_plug_to(ck, i, without);
	check_certificate_conditions(ck);
	if (ck->m->session_acls.n == 0)
		CHECK_WARN(ck, ck->root, "", "no session-acl: every "
		    "connection is rejected");
	else if (ck->m->command_acls.n == 0 && !denies_all(ck))
		CHECK_WARN(ck, ck->root, "", "no command-acl: every "
		    "connection is rejected");
}
