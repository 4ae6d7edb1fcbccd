#include <malloc.h>

#include "command.h"
#include "err.h"
#include "limit.h"
#include "progress.h"
#include "pump.h"
#include "record.h"
#include "relay.h"
#include "reply.h"
#include "request.h"
#include "respond.h"
#include "scan.h"
#include "shaping.h"
#include "slot.h"
#include "transfer.h"

enum {
	/*
	 * A session without a command for this long is at rest, and gives its
	 * buffers back: long enough not to pay for it between commands.
	 */
	RELAY_REST_MS = 200,
	/* Reads without a poll before them, in a row. */
	RELAY_REFILLS = 16,
};

/* Flush a leg; a failure ends the session. */
static bool
flush(struct sess *s, struct io *leg)
{
	int n = leg->fd < 0 ? 0 : io_flush(leg);

	if (n >= 0)
		return n > 0;
	if (leg == &s->client) {
		s->audible = false;
		sess_finish(s, SESS_FAILED, leg->why);
	} else {
		sess_bye(s, SESS_FAILED, "UNAVAILABLE",
		    LANG_BYE_SERVER_CLOSED, "server: %s", leg->why);
	}
	return false;
}

static void
client_ended(struct sess *s, int err)
{
	if (err == ERR_EOF && !s->client_partial) {
		sess_finish(s, SESS_ACCEPTED, "the client closed");
		return;
	}
	s->audible = s->audible && err == ERR_EOF;
	sess_finish(s, SESS_FAILED, err == ERR_EOF ?
	    "the client closed in the middle of a command" : s->client.why);
}

/* A client that only closed its sending half still gets its answers. */
static bool
answers_due(const struct sess *s)
{
	return s->client.in_err == ERR_EOF && s->server.fd >= 0 &&
	    s->line_mode == LINE_COMMAND && !s->client_partial &&
	    queue_head(&s->queue) != NULL;
}

static void
server_ended(struct sess *s, int err)
{
	if (s->imap == STATE_LOGOUT) {
		reply_logged_out(s);
		sess_finish(s, SESS_ACCEPTED, "logout");
		return;
	}
	if (s->bye_sent && err == ERR_EOF) {
		sess_finish(s, SESS_ACCEPTED, "the server said BYE");
		return;
	}
	sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_SERVER_CLOSED,
	    "server: %s", s->server.why);
}

/*
 * Level full: the n octets that came, never before the login is over.  The
 * client's are shown command by command (request.c), but for its mails.
 */
static void
show(const struct sess *s, const struct io *leg, size_t n)
{
	struct str all = buf_str(&leg->in);
	uint64_t mail = s->transfer[TRANSFER_OUT].left;
	size_t from = all.n - n;

	if (!log_on(LOG_DATA) || s->imap == STATE_NONAUTH)
		return;
	if (leg == &s->server)
		log_data("server", (struct str){ all.p + from, n });
	else if (from < mail)
		log_data("client", (struct str){ all.p + from,
		    (all.n < mail ? all.n : (size_t)mail) - from });
}

/* Read what is there; true when octets came. */
static bool
fill(struct sess *s, struct io *leg)
{
	int n;

	/* pending: an end behind octets is to be fetched, too */
	if (leg->fd < 0 || !(io_want_in(leg) || io_pending(leg)) ||
	    (leg == &s->server && respond_paused(s)))
		return false;
	n = io_fill(leg);
	if (n > 0)
		show(s, leg, (size_t)n);
	if (n > 0 && leg == &s->client)
		s->active = leg->in_last;
	else if (n > 0 && s->line_mode != LINE_IDLE &&
	    queue_head(&s->queue) != NULL)
		s->active = leg->in_last;
	return n > 0;
}

/* Everything parsed that can be, everything sent that can be. */
static bool
turn(struct sess *s)
{
	bool moved = false;

	if (s->scan != NULL && !s->end.set)
		moved |= scan_turn(s) | download_turn(s) | intake_turn(s) |
		    progress_turn(s);
	if (s->server.fd >= 0 && !s->end.set)
		moved |= respond_turn(s);
	if (!s->end.set)
		moved |= request_turn(s);
	if (!s->end.set)
		moved |= flush(s, &s->server);
	if (!s->end.set)
		moved |= flush(s, &s->client);
	return moved;
}

/* Octets that came before an end and that the other leg has no room for yet. */
static bool
waits_for_room(const struct io *from, const struct io *to)
{
	return buf_len(&from->in) > 0 && to->fd >= 0 && io_unsent(to) > 0;
}

/*
 * An end of input counts once all octets before it are used: what stays in
 * the buffer then can never be completed.
 */
static void
check_ends(struct sess *s, bool moved)
{
	if (moved || s->end.set)
		return;
	if (s->server.fd >= 0 && s->server.in_err != 0 &&
	    !respond_paused(s) && !waits_for_room(&s->server, &s->client))
		server_ended(s, s->server.in_err);
	else if (s->client.in_err != 0 && !answers_due(s) &&
	    !waits_for_room(&s->client, &s->server))
		client_ended(s, s->client.in_err);
}

/* Wait for either leg, for good if need be without any buffer: pump_wait(). */
static int
wait_at_rest(struct sess *s, int64_t deadline)
{
	int64_t rest = clock_after(RELAY_REST_MS);
	bool want = request_wants_input(s);
	int ready;

	ready = pump_wait(&s->client, want, &s->server, true, -1,
	    rest < deadline ? rest : deadline);
	if (ready != 0)
		return ready;
	io_idle(&s->client);
	io_idle(&s->server);
	if (!s->trimmed)
		malloc_trim(0);
	s->trimmed = true;
	return pump_wait(&s->client, want, &s->server, true, -1, deadline);
}

static void
wait_for_more(struct sess *s)
{
	int64_t deadline = limit_deadline(s), soon = scan_due(s);
	bool ours = limit_waits_for_us(s);
	int ready;

	if (progress_due(s) < soon)
		soon = progress_due(s);
	if (soon < deadline)
		deadline = soon;
	slot_show(s);
	if (s->server.fd >= 0 && transfer_spliced(s)) {
		transfer_wait(s, deadline);
		return;
	}
	if (scan_fd(s) < 0 && (queue_head(&s->queue) == NULL ||
	    s->line_mode == LINE_IDLE))
		ready = wait_at_rest(s, deadline);
	else
		ready = pump_wait(&s->client, request_wants_input(s),
		    &s->server, !respond_paused(s), scan_fd(s), deadline);
	/* neither peer is silent for as long as it waits for us */
	if (ours)
		s->active = s->server.in_last = clock_ms();
	if (ready & PUMP_A_IN)
		fill(s, &s->client);
	if (ready & PUMP_B_IN)
		fill(s, &s->server);
	if (ready & PUMP_EXTRA)
		s->scan->ready = true;
}

static bool
leaves_loop(const struct sess *s)
{
	return s->end.set ||
	    (s->server.fd < 0 && (s->need_server ||
	    (s->start_tls && io_unsent(&s->client) == 0)));
}

void
relay_loop(struct sess *s)
{
	unsigned refills = 0;

	while (!leaves_loop(s)) {
		bool moved = turn(s);

		limit_check(s);
		check_ends(s, moved);
		if (moved || leaves_loop(s))
			continue;
		/* a literal's next octets are mostly there: spare the poll */
		if (transfer_active(s, TRANSFER_IN) && !transfer_spliced(s) &&
		    refills++ < RELAY_REFILLS && (fill(s, &s->server) ||
		    s->server.in_err != 0))
			continue;
		refills = 0;
		wait_for_more(s);
	}
}

enum sess_state
relay_run(struct sess *s)
{
	s->need_server = false;
	shaping_begin(s);
	relay_loop(s);
	return SESS_END;
}

void
relay_forget(struct sess *s)
{
	request_forget(s);
	imap_reader_init(&s->reader, &s->work);
	s->held = IMAP_EV_NEED;
	s->client_partial = false;
	s->bad = 0;
	buf_wipe(&s->client.out);
}

bool
relay_await_server(struct sess *s, int64_t deadline)
{
	int64_t first = limit_deadline(s);
	int ready;

	if (deadline < first)
		first = deadline;
	for (;;) {
		while (io_unsent(&s->server) > 0 && flush(s, &s->server))
			;
		if (s->end.set)
			return false;
		/* a server that never stops sending is late, too */
		ready = clock_left(first) == 0 ? 0 :
		    pump_wait(&s->server, true, NULL, false, -1, first);
		if (ready == 0)
			break;
		if (!(ready & PUMP_A_IN))
			continue;

		int n = io_fill(&s->server);

		if (n > 0)
			return true;
		if (n < 0) {
			sess_bye(s, SESS_FAILED, "UNAVAILABLE",
			    LANG_BYE_SERVER_CLOSED, "server: %s",
			    s->server.why);
			return false;
		}
	}
	sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_SERVER_TIMEOUT,
	    "the server sent nothing in time");
	return false;
}
