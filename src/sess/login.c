#include <stdio.h>
#include <stdlib.h>

#include "base64.h"
#include "err.h"
#include "policy.h"
#include "reply.h"
#include "request.h"
#include "session.h"

static void
claim(struct sess *s, struct str user)
{
	struct login *l = &s->login;

	if (user.p == NULL)
		return;
	l->nclaimed = user.n < LOGIN_USER ? user.n : LOGIN_USER;
	memcpy(l->claimed, user.p, l->nclaimed);
}

static void
begin(struct sess *s)
{
	s->login = (struct login){ .mech = IMAP_SASL_UNKNOWN };
	/* what the server offers after login has to be learnt anew */
	s->caps_known = false;
}

void
login_login(struct sess *s, const struct imap_command *cmd)
{
	begin(s);
	claim(s, cmd->args->s);
	request_send_on(s, cmd);
}

/* The user name in a client's message, base64. */
static void
look_for_user(struct sess *s, struct str b64)
{
	struct login *l = &s->login;
	char *raw = arena_alloc(&s->work, b64.n + 1);
	size_t n;

	if (base64_dec(raw, b64, &n)) {
		claim(s, imap_sasl_user(l->mech, l->step,
		    (struct str){ raw, n }));
		str_wipe(raw, n);
	}
	l->step++;
}

static bool
is_base64(struct sess *s, struct str text)
{
	struct arena_mark m = arena_mark(&s->work);
	size_t n;
	bool ok = text.n <= LOGIN_SASL_MAX &&
	    base64_dec(arena_alloc(&s->work, text.n + 1), text, &n);

	arena_release(&s->work, m);
	return ok;
}

/* "=" stands for an empty initial response (RFC 4959). */
static bool
initial_fits(struct sess *s, const struct imap_arg *ir)
{
	return ir == NULL || str_eq(ir->s, STR("=")) || is_base64(s, ir->s);
}

void
login_authenticate(struct sess *s, const struct imap_command *cmd)
{
	struct imap_arg *ir = cmd->args->next;
	struct policy_verdict v = policy_mechanism(s, cmd->args->s);
	struct imap_command c = *cmd;

	if (v.status == NULL && !initial_fits(s, ir))
		v = (struct policy_verdict){ "BAD", "", LANG_BAD_SASL, NULL };
	if (v.status != NULL) {
		request_refuse(s, cmd->tag, cmd->row, &v, "mechanism");
		request_forget(s);
		return;
	}
	begin(s);
	s->login.mech = imap_sasl_find(cmd->args->s);
	if (s->login.mech != IMAP_SASL_UNKNOWN)
		cmd->args->s = str_c(imap_sasl[s->login.mech].name);
	snprintf(s->login.mechanism, sizeof s->login.mechanism, "%.*s",
	    (int)sizeof s->login.mechanism - 1, imap_sasl[s->login.mech].name);
	if (ir != NULL)
		look_for_user(s, str_eq(ir->s, STR("=")) ? STR("") : ir->s);
	if (ir == NULL || imap_caps_has(&s->caps, IMAP_CAP_SASL_IR)) {
		request_send_on(s, &c);
		return;
	}
	/* the server knows no SASL-IR: the response waits for its "+" */
	struct imap_arg mech = { .s = cmd->args->s, .kind = IMAP_ARG_ATOM };
	char *kept = malloc(ir->s.n + 1);

	if (kept != NULL)
		memcpy(kept, ir->s.p, ir->s.n);
	s->login.initial = (struct str){ kept, kept ? ir->s.n : 0 };
	c.args = &mech;
	request_send_on(s, &c);
}

static void
send_line(struct sess *s, struct str line)
{
	if (io_put(&s->server, line) && io_put(&s->server, STR("\r\n")))
		io_commit(&s->server);
	else
		io_rollback(&s->server);
}

static void
forget_initial(struct sess *s)
{
	struct str *i = &s->login.initial;

	if (i->p != NULL)
		str_wipe((char *)i->p, i->n);
	free((char *)i->p);
	*i = STR_NULL;
}

void
login_challenge(struct sess *s, struct str text)
{
	struct login *l = &s->login;

	if (l->initial.p != NULL) {
		send_line(s, str_eq(l->initial, STR("=")) ? STR("") :
		    l->initial);
		forget_initial(s);
		return;
	}
	if (text.n > LOGIN_SASL_MAX) {
		sess_bye(s, SESS_FAILED, "UNAVAILABLE",
		    LANG_BYE_SERVER_PROTOCOL,
		    "server: a challenge over %d octets", LOGIN_SASL_MAX);
		return;
	}
	if (!is_base64(s, text)) {
		/* some servers say words where the challenge is empty */
		text = STR("");
	}
	reply_continue(s, text);
	s->line_mode = LINE_SASL;
}

/* Not base64: cancel with both, and run the line as nothing at all. */
static void
cancel(struct sess *s)
{
	s->login.cancelled = true;
	log_msg(LOG_CLIENT_PROTOCOL, "stage=%s why=\"not base64\"",
	    sess_stage(s));
	send_line(s, STR("*"));
}

bool
login_line(struct sess *s)
{
	struct str in = buf_str(&s->client.in), line;
	size_t used;
	int rc = imap_line(in, LOGIN_SASL_MAX, &line, &used);
	struct arena_mark m = arena_mark(&s->work);

	s->client_partial = rc == 0 && in.n > 0;
	if (rc == 0)
		return false;
	if (rc == ERR_LIMIT) {
		sess_bye(s, SESS_FAILED, "TOOBIG", LANG_TOOBIG,
		    "a SASL message over %d octets", LOGIN_SASL_MAX);
		return false;
	}
	if (rc > 0 && str_eq(line, STR("*"))) {
		send_line(s, line);
	} else if (rc > 0 && is_base64(s, line)) {
		look_for_user(s, line);
		send_line(s, line);
	} else {
		cancel(s);
	}
	arena_release(&s->work, m);
	str_wipe((char *)in.p, used);
	io_drop(&s->client, used);
	s->line_mode = LINE_COMMAND;
	return true;
}

static void
log_login(struct sess *s, bool ok)
{
	struct login *l = &s->login;
	struct log_rec r;

	log_begin(&r, LOG_USER_LOGIN);
	log_kv_str(&r, "USER", (struct str){ l->claimed, l->nclaimed });
	log_kv(&r, "MECHANISM", "%s", l->mechanism[0] ? l->mechanism :
	    "LOGIN");
	log_kv(&r, "STATUS", "%s", ok ? "OK" : "NO");
	log_end(&r);
}

void
login_answered(struct sess *s, bool ok)
{
	struct login *l = &s->login;

	forget_initial(s);
	log_login(s, ok);
	buf_wipe_free(&s->server.out);
	buf_wipe_free(&s->client.in);
	if (!ok)
		return;
	s->imap = STATE_AUTH;
	/* l lives as long as the session, and is not used again */
	s->user = (struct str){ l->claimed, l->nclaimed };
}
