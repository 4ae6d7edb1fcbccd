#include "certmatch.h"
#include "eval.h"
#include "fd.h"
#include "gather.h"
#include "jail.h"
#include "mail.h"
#include "module.h"
#include "names.h"
#include "record.h"
#include "regex.h"
#include "relay.h"
#include "reply.h"
#include "scan.h"
#include "shaping.h"
#include "slot.h"
#include "start.h"
#include "store.h"
#include "tlsleg.h"

static bool
has_name(const struct conf *c, struct conf_ref plug_to)
{
	static const uint8_t none[16];

	for (uint32_t i = 0; i < plug_to.n; i++) {
		const struct conf_target *t = CONF_AT(c, struct conf_target,
		    plug_to, i);

		if (t != NULL && memcmp(t->ip, none, sizeof none) == 0)
			return true;
	}
	return false;
}

/* Does what was judged hang on a name that is to be looked up? */
static bool
wants_names(const struct acl_facts *f)
{
	return f->hosts != NULL && f->hosts->wanted;
}

/* The same of the rules that mails are judged by. */
static bool
scan_needs_modules(const struct conf *c, const struct conf_command_acl *cacl,
    struct acl_facts *f)
{
	if (!conf_scans(cacl))
		return false;
	acl_facts_judged(f, c, cacl);
	acl_judged_want(c, f);
	return wants_names(f) || acl_judged_patterns(c, NULL) ||
	    sess_may_recall(c);
}

static bool
needs_modules(const struct sess_start *start, struct arena *arena)
{
	const struct conf *c = start->conf;
	const struct conf_session_acl *sacl;
	const struct conf_command_acl *cacl;
	struct acl_facts facts;
	struct acl_result r;

	if (start->loop != NULL)
		return false;
	gather_facts(start, arena, &facts);
	acl_session(c, &facts, &r);
	if (wants_names(&facts))
		return true;
	if (r.row < 0 || r.deny)
		return false;
	sacl = CONF_AT(c, struct conf_session_acl, c->main->session_acls,
	    (uint32_t)r.row);
	if (sacl == NULL || sacl->client_ssl >= 0)
		return sacl != NULL;
	/* no certificate is to come: command-acl can be asked at once */
	gather_chosen(start, sacl, &facts);
	acl_command(c, &facts, &r);
	if (wants_names(&facts))
		return true;
	if (r.row < 0 || r.deny)
		return false;
	cacl = CONF_AT(c, struct conf_command_acl, c->main->command_acls,
	    (uint32_t)r.row);
	return cacl != NULL && (cacl->server_ssl >= 0 ||
	    has_name(c, cacl->plug_to) || has_name(c, sacl->plug_to) ||
	    scan_needs_modules(c, cacl, &facts));
}

bool
sess_needs_modules(const struct sess_start *start)
{
	struct arena arena;
	bool needs;

	arena_init(&arena, SESS_ARENA, NULL, NULL);
	needs = needs_modules(start, &arena);
	arena_fini(&arena);
	return needs;
}

/* What is sent to the client from now on; false: the session is over. */
static bool
shape(struct sess *s)
{
	const char *why = shaping_client(s);

	if (why != NULL)
		sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_INTERNAL,
		    "traffic-shaping: %s", why);
	return why == NULL;
}

bool
sess_may_scan(const struct conf *c)
{
	const struct conf_command_acl *a;

	for (uint32_t i = 0; i < c->main->command_acls.n; i++) {
		a = CONF_AT(c, struct conf_command_acl, c->main->command_acls,
		    i);
		if (a != NULL && conf_scans(a))
			return true;
	}
	return false;
}

bool
sess_may_recall(const struct conf *c)
{
	return conf_str(c, c->main->verdict_store.path).n > 0 &&
	    sess_may_scan(c);
}

/* What the rules of a configuration ask for. */
enum needs { NEEDS_TLS = 1, NEEDS_RESOLVE = 2, NEEDS_REGEX = 4,
	NEEDS_STORE = 8 };

static unsigned
needs_of(const struct conf *c, int32_t ssl, struct conf_ref plug_to)
{
	return (ssl >= 0 ? NEEDS_TLS : 0) |
	    (has_name(c, plug_to) ? NEEDS_RESOLVE : 0);
}

static unsigned
needs_of_match(const struct conf_certmatch *m)
{
	return m->subject.given || m->issuer.given ? NEEDS_REGEX : 0;
}

static unsigned
needs(const struct conf *c)
{
	const struct conf_session_acl *s;
	const struct conf_command_acl *a;
	unsigned all = c->main->hosts.n > 0 ? NEEDS_RESOLVE : 0;

	if (sess_may_scan(c) && acl_judged_patterns(c, NULL))
		all |= NEEDS_REGEX;
	if (sess_may_recall(c))
		all |= NEEDS_STORE;
	for (uint32_t i = 0; i < c->main->session_acls.n; i++) {
		s = CONF_AT(c, struct conf_session_acl, c->main->session_acls,
		    i);
		if (s == NULL)
			break;
		all |= needs_of(c, s->client_ssl, s->plug_to) |
		    needs_of_match(&s->client_cert_match);
	}
	for (uint32_t i = 0; i < c->main->command_acls.n; i++) {
		a = CONF_AT(c, struct conf_command_acl, c->main->command_acls,
		    i);
		if (a == NULL)
			break;
		all |= needs_of(c, a->server_ssl, a->plug_to) |
		    needs_of_match(&a->when.client_cert) |
		    needs_of_match(&a->server_cert_match);
	}
	return all | (acl_judged_patterns(c, NULL) ? NEEDS_REGEX : 0);
}

bool
sess_may_need_modules(const struct conf *c)
{
	return needs(c) != 0;
}

static void
prepare_patterns(const struct conf *c, const struct regex_engine *re)
{
	const struct conf_session_acl *s;
	const struct conf_command_acl *a;

	acl_judged_patterns(c, re);
	for (uint32_t i = 0; i < c->main->session_acls.n; i++) {
		s = CONF_AT(c, struct conf_session_acl, c->main->session_acls,
		    i);
		if (s != NULL)
			acl_certmatch_prepare(c, &s->client_cert_match, re);
	}
	for (uint32_t i = 0; i < c->main->command_acls.n; i++) {
		a = CONF_AT(c, struct conf_command_acl, c->main->command_acls,
		    i);
		if (a == NULL)
			continue;
		acl_certmatch_prepare(c, &a->when.client_cert, re);
		acl_certmatch_prepare(c, &a->server_cert_match, re);
	}
	acl_judged_patterns(c, re);
}

void
sess_load_modules(const struct conf *c)
{
	static const struct regex_engine *re;
	const struct store_engine *store;
	unsigned all = needs(c);
	const char *why;

	/* a session that needs one says why it is not there */
	if (all & NEEDS_RESOLVE)
		(void)module_get("resolve", &why);
	if (all & NEEDS_STORE && (store = module_get("store", &why)) != NULL)
		(void)store->digest_prepare();
	if (re != NULL)
		re->forget();	/* another configuration's */
	if (all & NEEDS_REGEX && (re = module_get("regex", &why)) != NULL)
		prepare_patterns(c, re);
}

enum sess_state
start_session_acl(struct sess *s)
{
	const char *full = NULL;
	struct acl_result r;

	if (s->start->loop != NULL) {
		sess_finish(s, SESS_REJECTED, s->start->loop);
		return SESS_END;
	}
	if (!names_judge(s, acl_session, acl_session_want, &r))
		return SESS_END;
	if (r.row >= 0)
		s->sacl = CONF_AT(s->conf, struct conf_session_acl,
		    s->conf->main->session_acls, (uint32_t)r.row);
	if (s->sacl != NULL && !r.deny)
		full = slot_take(s);
	record_acl(s, 1, STR_NULL,
	    s->sacl ? conf_str(s->conf, s->sacl->name) : STR_NULL,
	    s->sacl && !r.deny && full == NULL, full ? full : r.reason);
	if (s->sacl == NULL || r.deny || full != NULL) {
		sess_finish(s, SESS_REJECTED, full ? full : s->sacl ?
		    "session-acl denies" : "no session-acl matches");
		return SESS_END;
	}
	if (s->sacl->language != CONF_LANG_UNSET)
		s->language = s->sacl->language;
	if (s->sacl->idle_timeout != CONF_UNSET)
		s->idle_timeout = s->sacl->idle_timeout;
	if (s->sacl->login_timeout != CONF_UNSET)
		s->login_deadline = clock_after(
		    (int64_t)s->sacl->login_timeout);
	if (!shape(s))
		return SESS_END;
	if (s->sacl->client_ssl < 0)
		return SESS_COMMAND_ACL;
	s->client_ssl = CONF_AT(s->conf, struct conf_ssl, s->conf->main->ssl,
	    (uint32_t)s->sacl->client_ssl);
	if (s->client_ssl == NULL) {
		sess_finish(s, SESS_FAILED, "client-ssl-params not in cache");
		return SESS_END;
	}
	return s->client_ssl->mode == CONF_SSL_IMPLICIT ? SESS_CLIENT_TLS :
	    SESS_CLIENT_GREETED;
}

/* TLS with the client; false when the session is over. */
static bool
client_handshake(struct sess *s)
{
	int64_t deadline = clock_after((int64_t)s->idle_timeout);
	const char *why;
	int rc;

	if (s->login_deadline < deadline)
		deadline = s->login_deadline;
	rc = tlsleg_begin(s, &s->client, s->sacl->client_ssl,
	    &s->sacl->client_cert_match, NULL, &why);
	if (rc == 0)
		rc = tlsleg_handshake(s, &s->client, deadline,
		    &s->client_cert, &why);
	if (rc < 0) {
		/* a broken handshake leaves no way to say BYE */
		s->audible = false;
		sess_finish(s, SESS_FAILED, why);
		return false;
	}
	s->client_tls = true;
	if (s->sacl->client_cert_match.given &&
	    !acl_certmatch(s->conf, &s->sacl->client_cert_match,
	    s->client_cert, &why)) {
		s->audible = false;
		sess_finish(s, SESS_REJECTED, why);
		return false;
	}
	return true;
}

enum sess_state
start_client_tls(struct sess *s)
{
	return client_handshake(s) ? SESS_COMMAND_ACL : SESS_END;
}

enum sess_state
start_client_greeted(struct sess *s)
{
	reply_own_greeting(s);
	relay_loop(s);
	if (s->end.set)
		return SESS_END;
	if (s->start_tls) {
		relay_forget(s);
		s->start_tls = false;
		if (!client_handshake(s))
			return SESS_END;
	}
	return SESS_COMMAND_ACL;
}

static void
apply_command_acl(struct sess *s)
{
	const struct conf_command_acl *c = s->cacl;
	int64_t ms = s->started;

	if (c->language != CONF_LANG_UNSET)
		s->language = c->language;
	if (c->idle_timeout != CONF_UNSET)
		s->idle_timeout = c->idle_timeout;
	if (c->login_timeout != CONF_UNSET)
		s->login_deadline = c->login_timeout ?
		    ms + (int64_t)c->login_timeout : CLOCK_NEVER;
	if (conf_max_time(c) != 0)
		s->deadline = ms + (int64_t)conf_max_time(c);
}

/* While files and sockets can still be made; false: the session is over. */
static bool
begin_scan(struct sess *s)
{
	const char *why = NULL;
	bool wanted = scan_wanted(s);
	int rc = wanted ? scan_begin(s, &why) : 0;

	/* or it would outlive its configuration with this session */
	fd_close(&s->keeper);
	if (rc == 0)
		return true;
	record_failed(s, LOG_SCAN_FAILED, why);
	sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_INTERNAL,
	    "mail scanning: %s", why);
	return false;
}

enum sess_state
start_command_acl(struct sess *s)
{
	struct acl_result r;
	struct str parent = conf_str(s->conf, s->sacl->name);

	gather_chosen(s->start, s->sacl, &s->facts);
	s->facts.cert = s->client_cert;
	if (!names_judge(s, acl_command, acl_command_want, &r))
		return SESS_END;
	s->cacl_row = (uint32_t)r.row;
	if (r.row >= 0)
		s->cacl = CONF_AT(s->conf, struct conf_command_acl,
		    s->conf->main->command_acls, (uint32_t)r.row);
	record_acl(s, 2, parent,
	    s->cacl ? conf_str(s->conf, s->cacl->name) : STR_NULL,
	    s->cacl && !r.deny, r.reason);
	if (s->cacl == NULL || r.deny) {
		const char *why = s->cacl ? "command-acl denies" :
		    "no command-acl matches";

		/* heard only once TLS is up or the proxy has greeted */
		s->audible = s->greeted || s->client_tls;
		sess_bye(s, SESS_REJECTED, "", LANG_BYE_DENIED, "%s", why);
		s->cacl = NULL;
		return SESS_END;
	}
	apply_command_acl(s);
	/* from here on every end the proxy makes is said */
	s->audible = true;
	return shape(s) && begin_scan(s) ? SESS_SERVER_CONNECT : SESS_END;
}

enum sess_state
start_seal(struct sess *s)
{
	const char *why;

	if (s->start->jail && !s->sealed &&
	    jail_enter(JAIL_RELAY, &why) < 0) {
		log_msg(LOG_JAIL_FAILED, "%s", why);
		sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_INTERNAL,
		    "jail: %s", why);
		return SESS_END;
	}
	log_msg(LOG_JAIL_LEVEL, "%s", jail_level());
	return SESS_RELAY;
}
