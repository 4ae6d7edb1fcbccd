#include "access.h"
#include "judge.h"
#include "policy.h"
#include "promise.h"
#include "record.h"
#include "vis.h"

/* Every row allowed: before a command-acl is chosen. */
static const uint64_t all_rows[CONF_BITS / 64] = {
	UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX
};

static unsigned
state_bit(const struct sess *s)
{
	switch (s->imap) {
	case STATE_NONAUTH: return IMAP_IN_NONAUTH;
	case STATE_AUTH: return IMAP_IN_AUTH;
	case STATE_SELECTED: return IMAP_IN_SELECTED;
	case STATE_LOGOUT: break;
	}
	return 0;
}

/* Must TLS come before a login? */
static bool
privacy_due(const struct sess *s)
{
	return s->client_ssl != NULL && !s->client_tls &&
	    s->client_ssl->mode == CONF_SSL_STARTTLS_REQUIRED;
}

static bool
may_start_tls(const struct sess *s)
{
	return s->client_ssl != NULL && !s->client_tls && s->cacl == NULL &&
	    s->client_ssl->mode != CONF_SSL_IMPLICIT;
}

bool
policy_alone(unsigned row)
{
	return row == IMAP_CAPABILITY || row == IMAP_NOOP || row == IMAP_ID ||
	    row == IMAP_LOGOUT || row == IMAP_STARTTLS;
}

uint64_t
policy_literal(const struct sess *s)
{
	if (s->cacl == NULL)
		return IMAP_NONSYNC_MAX;
	return s->cacl->max_literal ? s->cacl->max_literal : UINT64_MAX;
}

#define VERDICT(st, c, t) ((struct policy_verdict){ st, c, t, NULL })

bool
policy_unselect(const struct sess *s)
{
	return imap_caps_has(&s->caps, IMAP_CAP_UNSELECT) ||
	    imap_caps_has(&s->caps, IMAP_CAP_IMAP4REV2);
}

struct policy_verdict
policy_command(const struct sess *s, const struct imap_command *cmd,
    enum imap_coming coming)
{
	enum imap_row row = cmd->row;
	const struct imap_command_info *info = &imap_commands[row];
	struct acl_judged j;
	if (info->deflt == IMAP_NEVER)
		return VERDICT("NO", "CANNOT", LANG_CANNOT);
	if (row == IMAP_UNKNOWN && (s->imap == STATE_NONAUTH ||
	    s->cacl == NULL || !conf_bit(&s->cacl->commands, row)))
		return VERDICT("BAD", "", LANG_BAD_COMMAND);
	if (row == IMAP_STARTTLS && s->client_tls)
		return VERDICT("BAD", "", LANG_BAD_TLS);
	if (row == IMAP_STARTTLS && !may_start_tls(s))
		return VERDICT("BAD", "", LANG_NO_STARTTLS);
	if (privacy_due(s) && !policy_alone(row))
		return VERDICT("NO", "PRIVACYREQUIRED", LANG_PRIVACYREQUIRED);
	if (!(info->states & state_bit(s)))
		return VERDICT("BAD", "", LANG_BAD_STATE);
	if (s->cacl == NULL)
		return VERDICT(NULL, "", LANG_OK);
	j = acl_judge(&(struct acl_asked){ s->conf, s->cacl, cmd, coming,
	    s->utf8 });
	if (j.key != NULL)
		return (struct policy_verdict){ "NO", "NOPERM",
		    j.mailbox.p ? LANG_NOPERM_MAILBOX : LANG_NOPERM, j.key,
		    j.mailbox };
	return VERDICT(NULL, "", LANG_OK);
}

/*
 * A command may be judged more than once: with each literal, and when it had
 * to wait.  s->commands counts it when the first of it is sent or refused.
 */
bool
policy_refuses(struct sess *s, const struct imap_command *cmd,
    struct policy_verdict *v)
{
	uint64_t number = s->commands + !upload_running(s);

	if (v->status == NULL || v->key == NULL || !s->cacl->dry_run)
		return v->status != NULL;
	if (s->dry_said != number)
		record_refused(s, cmd->row, v->key, v->mailbox, true);
	s->dry_said = number;
	*v = VERDICT(NULL, "", LANG_OK);
	return false;
}

enum imap_row
policy_sends(const struct sess *s, enum imap_row row)
{
	enum imap_row to = acl_access_sends(s->cacl, row);

	if (to != row)
		log_msg(LOG_COMMAND_CHANGED, "CMD=%s AS=%s%s",
		    imap_commands[row].name, imap_commands[to].name,
		    s->cacl->dry_run ? " DRY-RUN" : "");
	return s->cacl->dry_run ? row : to;
}

/* What holds, and is not only tried. */
static bool
access_is(const struct sess *s, enum conf_access access)
{
	return s->cacl->access == access && !s->cacl->dry_run;
}

bool
policy_read_only(const struct sess *s)
{
	return access_is(s, CONF_ACCESS_READ_ONLY);
}

bool
policy_flag(const struct sess *s, struct str flag)
{
	return !access_is(s, CONF_ACCESS_READ_ONLY) &&
	    !(access_is(s, CONF_ACCESS_ORGANISE) &&
	    str_ieq(flag, STR("\\Deleted")));
}

/* No server says READ-WRITE to EXAMINE; the client is not told if one does. */
struct str
policy_code(const struct sess *s, struct str code)
{
	return access_is(s, CONF_ACCESS_READ_ONLY) &&
	    str_ieq(code, STR("READ-WRITE")) ? STR("READ-ONLY") : code;
}

bool
policy_item(const struct sess *s, uint64_t rows)
{
	return (rows & ~s->cacl->fetch_items.w[0]) == 0;
}

bool
policy_dry(const struct sess *s)
{
	return s->commands > 0 && s->dry_said == s->commands;
}

bool
policy_drops(struct sess *s, const char *what, struct str name)
{
	bool dry = s->cacl->dry_run;
	char v[64];

	s->dropped += !dry;
	log_msg(LOG_RESPONSE_DROPPED, "%s %s%s", what,
	    vis(v, sizeof v, name), dry ? " DRY-RUN" : "");
	return !dry;
}

struct policy_verdict
policy_mechanism(const struct sess *s, struct str name)
{
	enum imap_sasl_row row = imap_sasl_find(name);

	if (imap_sasl[row].deflt == IMAP_NEVER)
		return VERDICT("NO", "CANNOT", LANG_CANNOT);
	if (!conf_bit(&s->cacl->auth.allowed, row))
		return VERDICT("NO", "NOPERM", LANG_NOPERM_MECHANISM);
	return VERDICT(NULL, "", LANG_OK);
}

uint64_t
policy_append_limit(const struct sess *s)
{
	return s->cacl ? conf_max_mail(s->cacl, CONF_UPLOAD) : 0;
}

struct imap_offer
policy_offer(const struct sess *s)
{
	const struct conf_command_acl *c = s->cacl;
	struct imap_offer o = {
		.allowed = c ? c->capabilities.w : all_rows,
		.mechanisms = c ? c->auth.allowed.w : all_rows,
		.named = c ? c->auth.named.w : all_rows,
		.server_known = s->server.fd >= 0,
		.authenticated = s->imap != STATE_NONAUTH,
		.client_tls = s->client_tls,
		.starttls = may_start_tls(s),
		.login_disabled = privacy_due(s),
		.append_limit = policy_append_limit(s),
	};

	if (c == NULL)
		return o;
	acl_unkept(c, o.without);
	o.login_refused = !c->dry_run && !conf_bit(&c->commands, IMAP_LOGIN);
	return o;
}

struct str
policy_capability_text(struct sess *s)
{
	struct imap_offer o = policy_offer(s);
	char *text = arena_alloc(&s->work, IMAP_CAPS_OUT);
	struct str t = { text, imap_caps_offer(&s->caps, &o, text) };

	log_msg(LOG_CAPABILITIES, "%.*s", STR_ARG(t));
	return t;
}
