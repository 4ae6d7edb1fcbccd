#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/time.h>

#include "gather.h"
#include "jail.h"
#include "oob.h"
#include "record.h"
#include "relay.h"
#include "reply.h"
#include "scan.h"
#include "server.h"
#include "session.h"
#include "shaping.h"
#include "slot.h"
#include "start.h"

/*
 * The steps of a session.  A step returns the next one; it may block, in its
 * own poll loop, until a deadline.
 */
static const struct {
	char name[20];		/* stage= in logs and failure messages */
	enum sess_state (*run)(struct sess *);
} steps[SESS_STATES] = {
	[SESS_ACL] = { "session-acl", start_session_acl },
	[SESS_CLIENT_TLS] = { "client-tls", start_client_tls },
	[SESS_CLIENT_GREETED] = { "client-starttls", start_client_greeted },
	[SESS_COMMAND_ACL] = { "command-acl", start_command_acl },
	[SESS_SERVER_CONNECT] = { "server-connect", server_connect },
	[SESS_SERVER_TLS] = { "server-tls", server_tls },
	[SESS_SERVER_GREETING] = { "server-greeting", server_greeting },
	[SESS_SEAL] = { "seal", start_seal },
	[SESS_RELAY] = { "relay", relay_run },
	[SESS_END] = { "end", NULL },
};

const char *
sess_stage(const struct sess *s)
{
	return steps[s->stage].name;
}

void
sess_enter(struct sess *s, enum sess_state next)
{
	s->state = next;
	if (next != SESS_END)
		s->stage = next;	/* what a failure is named after */
	/* for ps(1), and for who finds the process crashed */
	prctl(PR_SET_NAME, steps[s->stage].name);
	slot_stage(s);
	log_msg(LOG_STAGE, "%s", steps[next].name);
}

/* Whatever a session told to end was about, that is why it ends. */
static const char ended[] = "SIGTERM";

void
sess_finish(struct sess *s, enum sess_result result, const char *reason)
{
	if (s->end.set)
		return;
	if (clock_stopped()) {
		result = SESS_FAILED;
		reason = ended;
	}
	s->end.set = true;
	s->end.result = result;
	snprintf(s->end.reason, sizeof s->end.reason, "%s", reason);
}

void
sess_bye(struct sess *s, enum sess_result result, const char *code,
    enum lang_id text, const char *fmt, ...)
{
	char reason[sizeof s->end.reason];
	va_list ap;

	if (s->end.set)
		return;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof reason, fmt, ap);
	va_end(ap);
	if (clock_stopped()) {
		code = "UNAVAILABLE";
		text = LANG_BYE_SHUTDOWN;
	}
	sess_finish(s, result, reason);
	s->end.bye = true;
	s->end.text = text;
	snprintf(s->end.code, sizeof s->end.code, "%s", code);
}

/* The arena's cap: nothing more may be allocated, only the end remains. */
static void
arena_full(void *ctx)
{
	struct sess *s = ctx;

	sess_bye(s, SESS_FAILED, "LIMIT", LANG_LIMIT_MEMORY,
	    "memory of %d octets used up", SESS_ARENA);
	longjmp(s->overflow, 1);
}

/* Unpredictable, so that no peer can forge a completion it has not seen. */
static void
choose_tag_prefix(struct sess *s)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
	unsigned char r[4] = { 0 };

	/* the prefix separates sessions in traces; mapping is by number */
	if (getrandom(r, sizeof r, GRND_NONBLOCK) < 0)
		r[0] = (unsigned char)clock_us();
	for (size_t i = 0; i < sizeof r; i++)
		s->tag_prefix[i] = letters[r[i] % (sizeof letters - 1)];
}

/* A buffer of responses holds the longest token and what goes round it. */
static size_t
response_size(uint64_t configured)
{
	enum { LEAST = IMAP_TOKEN_MAX + 16384 };

	return configured != 0 && configured < LEAST ? LEAST :
	    (size_t)configured;
}

static void
sess_init(struct sess *s, const struct sess_start *start)
{
	const struct conf_main *m = start->conf->main;

	*s = (struct sess){ .start = start, .conf = start->conf,
	    .keeper = start->keeper };
	s->started = s->active = clock_ms();
	s->deadline = CLOCK_NEVER;
	s->idle_timeout = m->idle_timeout;
	s->login_deadline = clock_after((int64_t)m->login_timeout);
	s->language = m->language;
	arena_init(&s->arena, SESS_ARENA, arena_full, s);
	arena_init(&s->work, SESS_ARENA, arena_full, s);
	imap_reader_init(&s->reader, &s->work);
	imap_response_init(&s->response);
	for (int i = 0; i < TRANSFER_DIRS; i++)
		s->transfer[i].splice = (struct pump_splice){ { -1, -1 }, 0,
		    0 };
	io_init(&s->client, start->client_fd, m->client_conn.recv_bufsize,
	    response_size(m->client_conn.send_bufsize));
	io_init(&s->server, -1, response_size(m->server_conn.recv_bufsize),
	    m->server_conn.send_bufsize);
	choose_tag_prefix(s);
	s->queue.rows = arena_alloc(&s->arena,
	    QUEUE_MAX * sizeof *s->queue.rows);
	io_setup_socket(start->client_fd, 0, 0);
}

static void
log_end_cause(const struct sess *s)
{
	if (s->end.result == SESS_FAILED)
		record_failed(s, LOG_STAGE_FAILED, s->end.reason);
}

static void
close_legs(struct sess *s)
{
	const struct conf_main *m = s->conf->main;

	/* the server need not wait for a client that is slow to close */
	if (s->server.fd >= 0)
		io_shut(&s->server);
	/* a session nobody was let into gets not one octet, and no wait */
	io_close(&s->client, s->audible || s->client_tls ?
	    (int)m->client_conn.close_timeout : 0);
	io_close(&s->server, (int)m->server_conn.close_timeout);
}

/* It comes again until the session ends: one may come just before a poll. */
static void
on_term(int sig)
{
	static const struct itimerval soon = { { 0, 50000 }, { 0, 50000 } };

	(void)sig;
	clock_stop();
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void
heed_term(void)
{
	const struct sigaction sa = { .sa_handler = on_term };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
}

enum sess_result
sess_run(const struct sess_start *start)
{
	static struct sess the_session;	/* the process is the session */
	struct sess *s = &the_session;

	heed_term();
	sess_init(s, start);
	gather_facts(start, &s->arena, &s->facts);
	record_start(s);
	oob_report();
	if (setjmp(s->overflow) == 0) {
		sess_enter(s, SESS_ACL);
		while (s->state != SESS_END)
			sess_enter(s, steps[s->state].run(s));
	}
	assert(s->end.set);
	/* before the client can hear of the end and come again */
	slot_free(s);
	log_end_cause(s);
	shaping_end(s);
	reply_end(s);
	scan_end(s);
	io_flush(&s->client);
	/* before the close, which may have to wait for the client's */
	record_end(s);
	close_legs(s);
	/* not io_fini(): the end of the process frees buffers cheaper */
	arena_fini(&s->work);
	arena_fini(&s->arena);
	return s->end.result;
}
