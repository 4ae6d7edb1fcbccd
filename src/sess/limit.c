#include "limit.h"
#include "record.h"
#include "respond.h"

/*
 * Timers as a table: each says when it is due and what its passing means.
 * All use the monotonic clock.
 */

static int64_t
after(int64_t since, uint64_t ms)
{
	return ms == 0 ? CLOCK_NEVER : since + (int64_t)ms;
}

static int64_t
due_max_time(const struct sess *s)
{
	return s->deadline;
}

static int64_t
due_login(const struct sess *s)
{
	return s->imap == STATE_NONAUTH ? s->login_deadline : CLOCK_NEVER;
}

static int64_t
due_idle(const struct sess *s)
{
	return limit_waits_for_us(s) ? CLOCK_NEVER :
	    after(s->active, s->idle_timeout);
}

/* A started line or literal that does not go on. */
static int64_t
due_client_recv(const struct sess *s)
{
	if (!s->client_partial)
		return CLOCK_NEVER;
	return after(s->client.in_last,
	    s->conf->main->client_conn.recv_timeout);
}

bool
limit_waits_for_us(const struct sess *s)
{
	return s->scan != NULL && (respond_paused(s) || intake_judging(s));
}

static int64_t
due_server_recv(const struct sess *s)
{
	if (!s->server_partial || limit_waits_for_us(s))
		return CLOCK_NEVER;
	return after(s->server.in_last,
	    s->conf->main->server_conn.recv_timeout);
}

static int64_t
due_client_send(const struct sess *s)
{
	if (io_unsent(&s->client) == 0)
		return CLOCK_NEVER;
	return after(s->client.out_last,
	    s->conf->main->client_conn.send_timeout);
}

static int64_t
due_server_send(const struct sess *s)
{
	if (s->server.fd < 0 || io_unsent(&s->server) == 0)
		return CLOCK_NEVER;
	return after(s->server.out_last,
	    s->conf->main->server_conn.send_timeout);
}

/*
 * A silent server while it owes an answer: not in IDLE, not while the client
 * is to speak, not before it has got what it has to answer, nor while its
 * answer waits for the client to read.
 */
static int64_t
due_command(const struct sess *s)
{
	const struct queued *q = queue_head(&s->queue);
	int64_t since;

	if (s->cacl == NULL || q == NULL || q->kind == QUEUE_LOCAL ||
	    s->line_mode != LINE_COMMAND || limit_waits_for_us(s) ||
	    transfer_active(s, TRANSFER_OUT) || io_unsent(&s->client) > 0)
		return CLOCK_NEVER;
	since = q->since > s->server.in_last ? q->since : s->server.in_last;
	if (s->server.out_last > since)
		since = s->server.out_last;
	return after(since, s->cacl->command_timeout);
}

static const struct {
	int64_t (*due)(const struct sess *);
	enum lang_id text;
	char code[16];
	char reason[32];
} timers[] = {
	{ due_max_time, LANG_LIMIT_TIME, "LIMIT", "max-time" },
	{ due_login, LANG_LOGIN_TIMEOUT, "", "login-timeout" },
	{ due_idle, LANG_IDLE_TIMEOUT, "", "idle-timeout" },
	{ due_client_recv, LANG_CLIENT_TIMEOUT, "", "client recv-timeout" },
	{ due_client_send, LANG_CLIENT_TIMEOUT, "", "client send-timeout" },
	{ due_server_recv, LANG_SERVER_TIMEOUT, "UNAVAILABLE",
	    "server recv-timeout" },
	{ due_server_send, LANG_SERVER_TIMEOUT, "UNAVAILABLE",
	    "server send-timeout" },
	{ due_command, LANG_SERVER_TIMEOUT, "UNAVAILABLE",
	    "command-timeout" },
};

enum { TIMERS = sizeof timers / sizeof *timers };

int64_t
limit_deadline(const struct sess *s)
{
	int64_t first = CLOCK_NEVER;

	for (size_t i = 0; i < TIMERS; i++) {
		int64_t due = timers[i].due(s);

		if (due < first)
			first = due;
	}
	return first;
}

static void
exceeded(struct sess *s, const char *code, enum lang_id text,
    const char *limit)
{
	struct log_rec r;

	if (s->end.set)
		return;
	log_begin(&r, LOG_LIMIT_EXCEEDED);
	log_kv(&r, "stage", "%s", sess_stage(s));
	log_kv(&r, "LIMIT", "%s", limit);
	log_kv_str(&r, "USER", s->user);
	log_end(&r);
	sess_bye(s, SESS_FAILED, code, text, "%s", limit);
}

static void
check_volume(struct sess *s)
{
	if (s->cacl == NULL)
		return;
	if (s->cacl->max_bytes_in != 0 &&
	    s->client.out_bytes > s->cacl->max_bytes_in)
		exceeded(s, "LIMIT", LANG_LIMIT_BYTES, "max-bytes-in");
	if (s->cacl->max_bytes_out != 0 &&
	    s->client.in_bytes > s->cacl->max_bytes_out)
		exceeded(s, "LIMIT", LANG_LIMIT_BYTES, "max-bytes-out");
}

void
limit_check(struct sess *s)
{
	int64_t now = clock_ms();

	if (clock_stopped()) {
		sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_SHUTDOWN,
		    "SIGTERM");
		return;
	}
	for (size_t i = 0; i < TIMERS; i++)
		if (timers[i].due(s) <= now) {
			exceeded(s, timers[i].code, timers[i].text,
			    timers[i].reason);
			return;
		}
	check_volume(s);
	if (log_stopped() && !s->end.set)
		sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_LOG,
		    "a log with on-failure = stop failed");
}

bool
limit_mail(struct sess *s, bool in, uint64_t n)
{
	uint64_t max = conf_max_mail(s->cacl,
	    in ? CONF_DOWNLOAD : CONF_UPLOAD);

	if (max == 0 || n <= max)
		return true;
	exceeded(s, "LIMIT", LANG_LIMIT_MAIL,
	    in ? "max-mail-in" : "max-mail-out");
	return false;
}

bool
limit_bad(struct sess *s)
{
	/* before a command-acl is known, its default holds */
	enum { BEFORE_ACL = 3 };
	unsigned max = s->cacl == NULL ? BEFORE_ACL :
	    s->imap == STATE_NONAUTH ? s->cacl->max_bad_before :
	    s->cacl->max_bad_after;

	if (max == 0 || ++s->bad < max)
		return true;
	exceeded(s, "", LANG_LIMIT_BAD, "max-bad-commands");
	return false;
}
