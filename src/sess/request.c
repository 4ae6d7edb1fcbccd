#include <assert.h>
#include <stdio.h>

#include "command.h"
#include "download.h"
#include "emit.h"
#include "err.h"
#include "fetch.h"
#include "limit.h"
#include "login.h"
#include "policy.h"
#include "record.h"
#include "relay.h"
#include "reply.h"
#include "request.h"
#include "slot.h"
#include "transfer.h"
#include "upload.h"
#include "vis.h"

enum {
	/*
	 * Parse only while this much of the client's out buffer is free: the
	 * longest lines one command makes the proxy itself say.
	 */
	REQUEST_ROOM = 8192,
	/* As Dovecot's; RFC 2683 3.2.1.5 asks for 8,000 at least. */
	LINE_BEFORE_LOGIN = 8192,
	/* AUTHENTICATE with an initial response, its tag and mechanism. */
	LINE_WITH_RESPONSE = LOGIN_SASL_MAX + 256,
	/* DONE has four octets. */
	IDLE_LINE_MAX = 64,
	STRAY_PLUS_MAX = 3,
};

/* The command in work is over: give back what it took. */
void
request_forget(struct sess *s)
{
	imap_reader_reset(&s->reader);
	arena_release(&s->work, (struct arena_mark){ 0 });
}

/* ---- sending ------------------------------------------------------------- */

const char *
request_tag(const struct sess *s, uint32_t number, char out[REQUEST_TAG])
{
	snprintf(out, REQUEST_TAG, "%.8s%u", s->tag_prefix, number);
	return out;
}

/*
 * Push what may be sent of the command's text: up to the next stop, where the
 * server has to ask for the literal first.
 */
static bool
send_turn(struct sess *s)
{
	struct sending *x = &s->sending;
	size_t end, room = io_room(&s->server);
	struct str part;

	/* what is sent no longer has its memory */
	if (!x->active || x->wait_plus)
		return false;
	end = x->stop < x->wire.nstops ? x->wire.stops[x->stop] :
	    x->wire.text.n;
	part = (struct str){ x->wire.text.p + x->sent, end - x->sent };
	if (part.n > room)
		part.n = room;
	if (part.n > 0 && io_put(&s->server, part))
		io_commit(&s->server);
	x->sent += part.n;
	if (x->sent < end)
		return part.n > 0;
	if (x->stop < x->wire.nstops) {
		x->stop++;
		x->wait_plus = true;
	} else {
		x->active = false;
		if (!x->upload && !x->kept)
			request_forget(s);
	}
	return true;
}

void
request_send(struct sess *s, const struct imap_wire *wire, bool upload)
{
	s->sending = (struct sending){
		.active = true, .wire = *wire, .upload = upload,
	};
	while (send_turn(s) && s->sending.active)
		;
}

void
request_send_kept(struct sess *s, const struct imap_wire *wire)
{
	s->sending = (struct sending){
		.active = true, .wire = *wire, .kept = true,
	};
	while (send_turn(s) && s->sending.active)
		;
}

/* The text of a command in the trace, its secrets masked. */
static void
trace(const struct sess *s, struct str text, unsigned flags)
{
	char v[LOG_VALUE_MAX * VIS_MAX + 8];

	if (!log_on(LOG_COMMAND))
		return;
	if (flags & IMAP_CMD_SECRET)
		text.n = 0;
	log_msg(LOG_COMMAND, "%s %s", sess_stage(s), text.n == 0 ?
	    "********" : vis(v, sizeof v, (struct str){ text.p,
	    text.n < LOG_VALUE_MAX ? text.n : LOG_VALUE_MAX }));
}

struct queued *
request_queue(struct sess *s, struct str tag, unsigned row)
{
	const struct imap_command_info *info = &imap_commands[row];
	struct queued *q = queue_add(&s->queue, QUEUE_REMOTE);

	snprintf(q->tag, sizeof q->tag, "%.*s", STR_ARG(tag));
	q->row = (uint16_t)row;
	q->barrier = info->flags & IMAP_CMD_BARRIER;
	q->dry = policy_dry(s);
	q->since = clock_ms();
	return q;
}

/* Send the command just read, under a tag of ours. */
struct queued *
request_send_on(struct sess *s, const struct imap_command *cmd)
{
	struct queued *q = request_queue(s, cmd->tag, cmd->row);
	char tag[REQUEST_TAG];
	struct imap_wire wire;

	request_tag(s, q->number, tag);
	imap_emit_command(&s->work, str_c(tag), cmd, s->utf8, &wire);
	if (wire.nstops > 0)
		q->barrier = true;
	trace(s, wire.text, imap_commands[cmd->row].flags);
	/* its arguments may be gone once it is sent */
	if (cmd->row == IMAP_SELECT || cmd->row == IMAP_EXAMINE)
		slot_select(s, cmd);
	request_send(s, &wire, false);
	return q;
}

void
request_own(struct sess *s, unsigned row, const char *text)
{
	struct queued *q = queue_add(&s->queue, QUEUE_OWN);
	char tag[REQUEST_TAG], line[REQUEST_OWN];
	int n;

	q->row = (uint16_t)row;
	q->barrier = true;
	q->since = clock_ms();
	n = snprintf(line, sizeof line, "%s %s\r\n",
	    request_tag(s, q->number, tag), text);
	assert(n > 0 && (size_t)n < sizeof line);
	if (io_put(&s->server, (struct str){ line, (size_t)n }))
		io_commit(&s->server);
}

/* ---- judging ------------------------------------------------------------- */

void
request_refuse(struct sess *s, struct str tag, unsigned row,
    const struct policy_verdict *v, const char *why)
{
	char t[QUEUE_TAG_MAX + 1];

	s->refused++;
	record_refused(s, row, v->key ? v->key : why, v->mailbox, false);
	snprintf(t, sizeof t, "%.*s", STR_ARG(tag));
	reply_local(s, t, row, v->status, v->code, v->text);
	if (v->status[0] == 'B')
		limit_bad(s);
}

/* A line that is no command: the tag is echoed only if it was safely read. */
static void
bad_line(struct sess *s)
{
	struct imap_reader *r = &s->reader;

	log_msg(LOG_CLIENT_PROTOCOL, "stage=%s why=\"%s\"", sess_stage(s),
	    r->why);
	s->commands++;
	s->refused++;
	if (r->tag_read) {
		char t[QUEUE_TAG_MAX + 1];

		snprintf(t, sizeof t, "%.*s", STR_ARG(r->cmd.tag));
		reply_local(s, t, 0, "BAD", "", LANG_BAD_SYNTAX);
	} else {
		reply_bad_untagged(s, LANG_BAD_SYNTAX);
	}
	limit_bad(s);
}

/* The line cannot be resynchronised. */
static void
fatal_line(struct sess *s)
{
	struct imap_reader *r = &s->reader;

	log_msg(LOG_CLIENT_PROTOCOL, "stage=%s why=\"%s\"", sess_stage(s),
	    r->why);
	if (r->too_big)
		sess_bye(s, SESS_FAILED, "TOOBIG", LANG_TOOBIG, "%s", r->why);
	else
		sess_bye(s, SESS_FAILED, "", LANG_LIMIT_LINE, "%s", r->why);
}

/* ---- commands with more to them than being sent on ----------------------- */

static void
local(struct sess *s, const struct imap_command *cmd, enum queue_say say,
    const char *status, enum lang_id text)
{
	char t[QUEUE_TAG_MAX + 1];

	snprintf(t, sizeof t, "%.*s", STR_ARG(cmd->tag));
	reply_say(s, t, cmd->row, say, status, text);
	request_forget(s);
}

static void
do_capability(struct sess *s, const struct imap_command *cmd)
{
	local(s, cmd, QUEUE_SAY_CAPABILITY, "OK", LANG_CAPABILITY_DONE);
}

static void
do_noop(struct sess *s, const struct imap_command *cmd)
{
	if (s->server.fd >= 0)
		request_send_on(s, cmd);
	else
		local(s, cmd, QUEUE_SAY_NOTHING, "OK", LANG_NOOP_DONE);
}

/* What servers believe of a proxy they trust, a client must not tell them. */
static void
drop_private(struct imap_arg *list)
{
	struct imap_arg **at = &list->list, *key;

	while ((key = *at) != NULL && key->next != NULL)
		if (str_istarts(key->s, STR("x-")))
			*at = key->next->next;
		else
			at = &key->next->next;
}

static void
do_id(struct sess *s, const struct imap_command *cmd)
{
	if (cmd->args != NULL && cmd->args->kind == IMAP_ARG_LIST)
		drop_private(cmd->args);
	if (s->server.fd >= 0)
		request_send_on(s, cmd);
	else
		local(s, cmd, QUEUE_SAY_ID, "OK", LANG_ID_DONE);
}

static void
do_logout(struct sess *s, const struct imap_command *cmd)
{
	if (s->server.fd < 0) {
		local(s, cmd, QUEUE_SAY_BYE, "OK", LANG_LOGOUT_DONE);
		return;
	}
	request_send_on(s, cmd);
	s->imap = STATE_LOGOUT;
}

static void
do_starttls(struct sess *s, const struct imap_command *cmd)
{
	local(s, cmd, QUEUE_SAY_NOTHING, "OK", LANG_STARTTLS_BEGIN);
	s->start_tls = true;
}

/* ENABLE goes on with the extensions the proxy knows how to follow. */
static void
do_enable(struct sess *s, const struct imap_command *cmd)
{
	struct imap_offer o = policy_offer(s);
	struct imap_command c = *cmd;
	struct imap_arg **tail = &c.args;

	for (struct imap_arg *a = cmd->args; a != NULL; a = a->next)
		if (a->kind == IMAP_ARG_ATOM && imap_cap_enable(&o, a->s)) {
			*tail = a;
			tail = &a->next;
		}
	*tail = NULL;
	if (c.args == NULL)
		local(s, cmd, QUEUE_SAY_ENABLED, "OK", LANG_ENABLE_DONE);
	else
		request_send_on(s, &c);
}

/*
 * A SELECT that fails leaves nothing selected (RFC 9051 section 6.3.2), so
 * when the proxy refuses one the server has to let go of its mailbox, too:
 * by UNSELECT, or by a SELECT that it refuses itself.
 */
static bool
leaves_selected(const struct sess *s, const struct imap_command *cmd,
    const struct policy_verdict *v)
{
	return (cmd->row == IMAP_SELECT || cmd->row == IMAP_EXAMINE) &&
	    s->imap == STATE_SELECTED && v->status[0] == 'N';
}

static void
send_deselect(struct sess *s, const struct queued *q)
{
	char tag[REQUEST_TAG], line[64];
	int n = snprintf(line, sizeof line, "%s %s\r\n",
	    request_tag(s, q->number, tag), policy_unselect(s) ? "UNSELECT" :
	    "EXAMINE \"\"");

	if (io_put(&s->server, (struct str){ line, (size_t)n }))
		io_commit(&s->server);
	request_forget(s);
}

static void
deselect(struct sess *s, const struct imap_command *cmd,
    const struct policy_verdict *v)
{
	struct queued *q = request_queue(s, cmd->tag, cmd->row);

	s->refused++;
	record_refused(s, cmd->row, v->key, v->mailbox, false);
	reply_answer(s, q, v->status, v->code, v->text);
	send_deselect(s, q);
}

/* What the access sends instead, if it does. */
static void
do_instead(struct sess *s, const struct imap_command *cmd)
{
	enum imap_row row = policy_sends(s, cmd->row);
	struct imap_command c = *cmd;
	struct queued *q;

	s->flags_said = false;
	c.word = str_c(imap_commands[row].name);
	if (row != IMAP_UNSELECT || policy_unselect(s)) {
		request_send_on(s, &c);
		return;
	}
	q = request_queue(s, cmd->tag, cmd->row);
	reply_answer(s, q, "OK", "", LANG_OK);
	send_deselect(s, q);
}

/*
 * There are servers that set \Seen although the mailbox was EXAMINEd.  The
 * answer has the same name with and without PEEK.
 */
static void
peek(const struct imap_command *cmd)
{
	struct imap_arg *a = imap_arg_at(cmd, 1);

	if (a->kind == IMAP_ARG_LIST)
		a = a->list;
	for (; a != NULL; a = a->next) {
		if (a->kind != IMAP_ARG_SECTION)
			continue;
		if (str_ieq(a->s, STR("BODY")))
			a->s = STR("BODY.PEEK");
		else if (str_ieq(a->s, STR("BINARY")))
			a->s = STR("BINARY.PEEK");
	}
}

static const struct {
	enum imap_row row;
	void (*proceed)(struct sess *, const struct imap_command *);
} specials[] = {
	{ IMAP_CAPABILITY, do_capability },
	{ IMAP_NOOP, do_noop },
	{ IMAP_ID, do_id },
	{ IMAP_LOGOUT, do_logout },
	{ IMAP_STARTTLS, do_starttls },
	{ IMAP_ENABLE, do_enable },
	{ IMAP_SELECT, do_instead },
	{ IMAP_CLOSE, do_instead },
	{ IMAP_LOGIN, login_login },
	{ IMAP_AUTHENTICATE, login_authenticate },
	{ IMAP_APPEND, upload_command },
	{ IMAP_REPLACE, upload_command },
	{ IMAP_UID_REPLACE, upload_command },
};

enum { SPECIALS = sizeof specials / sizeof *specials };

static size_t
special(enum imap_row row)
{
	size_t i = 0;

	while (i < SPECIALS && specials[i].row != row)
		i++;
	return i;
}

static void
proceed(struct sess *s, const struct imap_command *cmd)
{
	size_t i = special(cmd->row);
	struct queued *q;

	if (i < SPECIALS) {
		specials[i].proceed(s, cmd);
		return;
	}
	if (imap_commands[cmd->row].flags & IMAP_CMD_FETCH &&
	    policy_read_only(s))
		peek(cmd);
	if (download_command(s, cmd))
		return;
	/* before it is sent: sending may give the arguments back */
	bool content = imap_fetch_content(cmd);

	q = request_send_on(s, cmd);
	q->content = content;
}

/* ---- events -------------------------------------------------------------- */

/* Must this command wait: for a server, or for those before it? */
static bool
must_wait(struct sess *s, enum imap_event e)
{
	const struct imap_command *cmd = &s->reader.cmd;
	bool barrier = imap_commands[cmd->row].flags & IMAP_CMD_BARRIER ||
	    (e == IMAP_EV_COMMAND && download_wants(s, cmd));

	if (s->server.fd < 0 && !policy_alone(cmd->row)) {
		s->need_server = true;
		s->held = e;
		return true;
	}
	if (barrier && queue_head(&s->queue) != NULL &&
	    !upload_running(s)) {
		s->held = e;
		return true;
	}
	return false;
}

static void
on_command(struct sess *s)
{
	struct imap_command *cmd = &s->reader.cmd;
	struct policy_verdict v;

	if (upload_running(s)) {
		upload_finish(s);
		return;
	}
	v = policy_command(s, cmd, IMAP_COMING_NONE);
	if (policy_refuses(s, cmd, &v) && leaves_selected(s, cmd, &v)) {
		if (!must_wait(s, IMAP_EV_COMMAND)) {
			s->commands++;
			deselect(s, cmd, &v);
		}
	} else if (v.status != NULL) {
		s->commands++;
		intake_forget(s);
		request_refuse(s, cmd->tag, cmd->row, &v, "protocol");
		request_forget(s);
	} else if (!must_wait(s, IMAP_EV_COMMAND)) {
		s->commands++;
		proceed(s, cmd);
	}
}

enum imap_coming
request_coming(const struct sess *s)
{
	return s->reader.literal8 ? IMAP_COMING_LITERAL8 :
	    IMAP_COMING_LITERAL;
}

/* A literal was announced: its command is known, so it is judged now. */
static void
on_literal(struct sess *s)
{
	struct imap_reader *r = &s->reader;
	struct policy_verdict v;

	if (upload_running(s)) {
		upload_literal(s);
		return;
	}
	v = policy_command(s, &r->cmd, request_coming(s));
	policy_refuses(s, &r->cmd, &v);
	if (v.status == NULL && must_wait(s, IMAP_EV_LITERAL))
		return;
	if (v.status == NULL &&
	    imap_commands[r->cmd.row].flags & IMAP_CMD_UPLOAD) {
		upload_literal(s);
		return;
	}
	if (v.status == NULL && r->literal > policy_literal(s))
		v = (struct policy_verdict){ "NO", "TOOBIG", LANG_TOOBIG,
		    NULL };
	if (v.status != NULL) {
		s->commands++;
		intake_forget(s);
		request_refuse(s, r->cmd.tag, r->cmd.row, &v, "literal");
		imap_reader_answer(r, IMAP_REFUSE);
		return;
	}
	if (r->sync)
		reply_continue(s, str_c(sess_text(s, LANG_READY_LITERAL)));
	imap_reader_answer(r, IMAP_COLLECT);
}

static void
on_event(struct sess *s, enum imap_event e)
{
	switch (e) {
	case IMAP_EV_NEED:
		break;
	case IMAP_EV_LITERAL:
		on_literal(s);
		break;
	case IMAP_EV_COMMAND:
		on_command(s);
		break;
	case IMAP_EV_BAD:
		if (!s->upload.dead)	/* else it has its answer */
			bad_line(s);
		upload_abandoned(s);
		intake_forget(s);
		request_forget(s);
		break;
	case IMAP_EV_FATAL:
		fatal_line(s);
		break;
	}
}

static bool
may_read(const struct sess *s)
{
	return !s->end.set && !s->sending.active && !s->start_tls &&
	    !s->need_server && !queue_full(&s->queue) &&
	    (!queue_barred(&s->queue) || upload_reading(s)) &&
	    io_room(&s->client) >= REQUEST_ROOM;
}

/* DONE for an IDLE the server had refused already. */
static bool
swallow_done(struct sess *s)
{
	struct str in = buf_str(&s->client.in), line;
	size_t used;

	if (!s->swallow_done || in.n == 0)
		return false;
	if (in.n < 6 && str_istarts(STR("DONE\r\n"), in))
		return true;	/* perhaps: wait for the rest */
	s->swallow_done = false;
	if (imap_line(in, 64, &line, &used) > 0 &&
	    str_ieq(line, STR("DONE"))) {
		io_drop(&s->client, used);
		return buf_len(&s->client.in) == 0;
	}
	return false;
}

/* Its initial response may be a token of several kB. */
static bool
is_authenticate(struct str in)
{
	struct str tag;

	return str_cut(&in, ' ', &tag) &&
	    str_istarts(in, STR("AUTHENTICATE "));
}

/* A line is parsed when it is whole, so it has to fit the buffer. */
static size_t
max_line(const struct sess *s, struct str in)
{
	size_t cap = s->client.in.cap - 1;

	if (s->imap == STATE_NONAUTH && in.n > LINE_BEFORE_LOGIN &&
	    is_authenticate(in))
		return LINE_WITH_RESPONSE < cap ? LINE_WITH_RESPONSE : cap;
	if (s->imap == STATE_NONAUTH || s->cacl == NULL)
		return LINE_BEFORE_LOGIN;
	return s->cacl->max_line != 0 && s->cacl->max_line < cap ?
	    s->cacl->max_line : cap;
}

/*
 * Level full: what the reader used.  Nothing of a login, which may be tried
 * in any state, nor of what is no command: it may be half of one.
 */
static void
show(const struct sess *s, unsigned row, enum imap_event e, struct str used)
{
	/* row: the one before, whose refused rest may be what was used */
	unsigned flags = imap_commands[s->reader.cmd.row].flags |
	    imap_commands[row].flags;

	if (!log_on(LOG_DATA) || s->imap == STATE_NONAUTH || used.n == 0)
		return;
	if (flags & IMAP_CMD_SECRET || e == IMAP_EV_BAD || e == IMAP_EV_FATAL)
		used = STR("********");
	log_data("client", used);
}

static bool
read_command(struct sess *s)
{
	struct imap_reader *r = &s->reader;
	struct str in = buf_str(&s->client.in);
	enum imap_event e;
	unsigned row;
	size_t used;

	if (swallow_done(s))
		return false;
	in = buf_str(&s->client.in);
	/* a refused command left what it took */
	if (!imap_reader_partial(r, STR_NULL))
		arena_release(&s->work, (struct arena_mark){ 0 });
	r->max_line = max_line(s, in);
	r->utf8 = s->utf8;
	row = r->cmd.row;
	e = imap_reader_feed(r, in, &used);
	show(s, row, e, (struct str){ in.p, used });
	if (s->imap == STATE_NONAUTH && used > 0)
		str_wipe((char *)in.p, used);	/* it may be a password */
	io_drop(&s->client, used);
	s->client_partial = e == IMAP_EV_NEED && imap_reader_partial(r,
	    buf_str(&s->client.in));
	on_event(s, e);
	return e != IMAP_EV_NEED;
}

/* ---- lines that are no commands ------------------------------------------ */

static bool
idle_line(struct sess *s)
{
	struct queued *q = queue_last(&s->queue);
	struct str line = STR_NULL;
	size_t used;
	int rc = imap_line(buf_str(&s->client.in), IDLE_LINE_MAX, &line, &used);

	s->client_partial = rc == 0 && buf_len(&s->client.in) > 0;
	if (rc == 0)
		return false;
	if (rc < 0 || !str_ieq(line, STR("DONE"))) {
		/* as Dovecot: the line is used up and IDLE ends with BAD */
		q->bad_done = true;
		if (rc == ERR_LIMIT)
			used = buf_len(&s->client.in);
	}
	io_drop(&s->client, used);
	if (io_put(&s->server, STR("DONE\r\n")))
		io_commit(&s->server);
	s->line_mode = LINE_COMMAND;
	return true;
}

/* ---- the server's part --------------------------------------------------- */

void
request_continued(struct sess *s, struct str text)
{
	struct queued *q = queue_last(&s->queue);
	unsigned row = q ? q->row : IMAP_UNKNOWN;

	if (s->sending.active && s->sending.wait_plus) {
		s->sending.wait_plus = false;
		if (intake_active(s) &&
		    s->sending.stop == s->sending.wire.nstops) {
			intake_continued(s);
			return;
		}
		/* only the last literal is the client's to send */
		if (s->sending.upload &&
		    s->sending.stop == s->sending.wire.nstops)
			upload_continued(s);
	} else if (row == IMAP_AUTHENTICATE && !q->done &&
	    s->line_mode == LINE_COMMAND) {
		login_challenge(s, text);
	} else if (row == IMAP_IDLE && !q->done && !q->idling) {
		q->idling = true;
		reply_continue(s, str_c(sess_text(s, LANG_IDLING)));
		s->line_mode = LINE_IDLE;
	} else {
		/* one may be a slip, three are a server out of step */
		s->dropped++;
		if (++s->stray_plus >= STRAY_PLUS_MAX)
			sess_bye(s, SESS_FAILED, "UNAVAILABLE",
			    LANG_BYE_SERVER_PROTOCOL,
			    "server: '+' that nothing asked for");
	}
}

void
request_answered(struct sess *s, struct queued *q)
{
	bool waiting = s->sending.active && queue_last(&s->queue) == q;
	bool upload = waiting && s->sending.upload;

	if (q->row == IMAP_IDLE && (s->line_mode == LINE_IDLE || !q->idling))
		s->swallow_done = true;
	s->line_mode = LINE_COMMAND;
	if (waiting) {
		s->sending.active = false;
		if (!upload && !s->sending.kept)
			request_forget(s);
	}
	if (imap_commands[q->row].flags & IMAP_CMD_UPLOAD)
		upload_answered(s, !upload);
	intake_answered(s, q);
}

/* ---- turns --------------------------------------------------------------- */

bool
request_turn(struct sess *s)
{
	enum imap_event e = s->held;

	if (transfer_active(s, TRANSFER_OUT)) {
		bool moved = transfer_turn(s, TRANSFER_OUT);

		/* behind the literal, the command's end is still to come */
		s->client_partial = !transfer_active(s, TRANSFER_OUT) ||
		    transfer_starved(s, TRANSFER_OUT);
		return moved;
	}
	if (intake_taking(s))
		return intake_take(s);
	if (send_turn(s))
		return true;
	if (s->line_mode == LINE_IDLE)
		return idle_line(s);
	if (s->line_mode == LINE_SASL)
		return login_line(s);
	if (!may_read(s))
		return false;
	if (e != IMAP_EV_NEED) {
		s->held = IMAP_EV_NEED;
		on_event(s, e);
		return s->held == IMAP_EV_NEED;
	}
	return buf_len(&s->client.in) > 0 && read_command(s);
}

bool
request_wants_input(const struct sess *s)
{
	return !s->start_tls && !s->need_server;
}
