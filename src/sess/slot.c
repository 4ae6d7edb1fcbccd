#include <stdio.h>
#include <time.h>

#include "board.h"
#include "command.h"
#include "display.h"
#include "scan.h"
#include "slot.h"
#include "utf7.h"

enum {
	/* Octets on the wire; longer names are shown as none. */
	DISPLAY_MAILBOX = 512,
};

/* What is shown; the slot gets copies of it. */
static struct display own;

/* ---- a slot -------------------------------------------------------------- */

static const char *
unseen(const struct conf_session_acl *a, const struct board *b)
{
	static char why[BOARD_WHY + 40];
	char text[BOARD_WHY] = "there is none";

	if (b != NULL)
		board_why(b, text);
	if (a->max_sessions == 0 && a->max_sessions_per_ip == 0) {
		/* one that could not be opened was told of then */
		if (b != NULL && b->head != NULL)
			log_msg(LOG_BOARD_UNSEEN, "%s", text);
		return NULL;
	}
	snprintf(why, sizeof why, "%s: scoreboard: %s", a->max_sessions ?
	    "max-sessions" : "max-sessions-per-ip", text);
	return why;
}

static const char *
take(struct board *b, const struct conf_session_acl *a,
    const struct board_claim *claim)
{
	static char why[48];
	const char *no;

	switch (board_claim(b, claim)) {
	case BOARD_TAKEN:
		return NULL;
	case BOARD_MAX:
		board_count(b, COUNTER_OVER_MAX, 1);
		snprintf(why, sizeof why, "max-sessions %u reached",
		    a->max_sessions);
		return why;
	case BOARD_MAX_PER_IP:
		board_count(b, COUNTER_OVER_PER_IP, 1);
		snprintf(why, sizeof why, "max-sessions-per-ip %u reached",
		    a->max_sessions_per_ip);
		return why;
	case BOARD_UNSEEN:
		break;
	}
	no = unseen(a, b);
	board_count(b, COUNTER_UNCOUNTED, no != NULL);
	return no;
}

static bool
has_slot(const struct sess *s)
{
	return s->start->board != NULL && s->start->board->mine >= 0;
}

/* What does not change any more. */
static void
begin(const struct sess *s)
{
	const struct conf *c = s->conf;

	own = (struct display){
		.began = s->started, .active = s->started, .mark = s->started,
		.began_wall = time(NULL),
		.interval = (uint32_t)c->main->monitoring.interval,
		.transparent = s->start->transparent,
	};
	display_addr(&own.from, &s->start->from);
	display_addr(&own.to, &s->start->to);
	DISPLAY_TEXT(own.listener, s->start->listener);
	DISPLAY_TEXT(own.session_acl, conf_str(c, s->sacl->name));
	memcpy(own.config, c->head->policy_hash, sizeof own.config);
	slot_stage(s);
}

const char *
slot_take(struct sess *s)
{
	const struct conf_session_acl *a = s->sacl;
	struct board_claim claim = {
		.acl = board_acl(conf_cstr(s->conf, a->name)),
		.max = a->max_sessions,
		.max_per_ip = a->max_sessions_per_ip,
	};
	const char *why;

	if (s->start->board == NULL)
		return unseen(a, NULL);
	board_ip(&s->start->from, s->conf->main->per_ip_prefix6, claim.ip);
	why = take(s->start->board, a, &claim);
	if (has_slot(s))
		begin(s);
	return why;
}

/* ---- what it shows ------------------------------------------------------- */

void
slot_stage(const struct sess *s)
{
	if (!has_slot(s))
		return;
	DISPLAY_TEXT(own.stage, str_c(sess_stage(s)));
	if (s->cacl != NULL) {
		DISPLAY_TEXT(own.command_acl,
		    conf_str(s->conf, s->cacl->name));
		own.dry_run = s->cacl->dry_run;
	}
	display_addr(&own.server, &s->server_addr);
	DISPLAY_TEXT(own.oob_user, s->facts.user);
	slot_show(s);
}

void
slot_tls(const struct sess *s, bool server_leg, const char *version)
{
	struct display_end *e = server_leg ? &own.server : &own.from;

	board_count(s->start->board, server_leg ? COUNTER_TLS_SERVER :
	    COUNTER_TLS_CLIENT, 1);
	DISPLAY_TEXT(e->tls, str_c(version));
}

/* The mailbox that was asked for, decoded where that can be. */
static struct {
	char name[IMAP_UTF8_ROOM(DISPLAY_MAILBOX)];
	size_t n;
} asked;

void
slot_select(const struct sess *s, const struct imap_command *cmd)
{
	const struct imap_arg *a = imap_arg_at(cmd, 0);

	asked.n = 0;
	if (!has_slot(s) || !imap_arg_astring(a) || a->s.p == NULL ||
	    a->s.n > DISPLAY_MAILBOX)
		return;
	if (!s->utf8 && imap_utf7_decode(asked.name, a->s, &asked.n))
		return;
	memcpy(asked.name, a->s.p, a->s.n);
	asked.n = a->s.n;
}

void
slot_selected(const struct sess *s, bool selected)
{
	size_t size = s->conf->main->monitoring.data;
	size_t tail = s->conf->main->monitoring.tail;

	if (!has_slot(s))
		return;
	if (size > sizeof own.data || size <= tail + 3) {
		size = sizeof own.data;
		tail = 0;
	}
	display_middle(own.data, size, tail, selected ?
	    (struct str){ asked.name, asked.n } : STR_NULL);
}

static void
show_command(const struct sess *s)
{
	static int shown = -1;
	const struct queued *q = queue_head(&s->queue);
	int row = q ? q->row : -1;

	own.pending = s->queue.n;
	if (row == shown)
		return;
	shown = row;
	DISPLAY_TEXT(own.command, q ? str_c(imap_commands[row].name) :
	    STR_NULL);
}

static void
show_user(const struct sess *s)
{
	static const char *shown;
	size_t size = s->conf->main->monitoring.user;

	if (s->user.p == shown)
		return;
	shown = s->user.p;
	if (size < sizeof "..." || size > sizeof own.user)
		size = sizeof own.user;
	display_text(own.user, size, s->user);
}

void
slot_show(const struct sess *s)
{
	if (!has_slot(s))
		return;
	show_command(s);
	show_user(s);
	own.active = s->active;
	own.commands = s->commands;
	own.refused = s->refused;
	own.mails = s->mails.judged[CONF_DOWNLOAD] +
	    s->mails.judged[CONF_UPLOAD];
	own.mails_denied = s->mails.denied + s->mails.unjudged;
	own.mails_waited = s->mails.waited_ms;
	own.spool = s->scan != NULL ? s->scan->spool.used : 0;
	own.from_server = s->server.in_bytes;
	own.to_server = s->server.out_bytes;
	display_octets(&own, s->client.out_bytes, s->client.in_bytes,
	    clock_ms());
	display_put(s->start->board, &own);
}

/* ---- the end ------------------------------------------------------------- */

void
slot_free(const struct sess *s)
{
	static const enum counter results[] = {
		[SESS_ACCEPTED] = COUNTER_ACCEPTED,
		[SESS_REJECTED] = COUNTER_REJECTED,
		[SESS_FAILED] = COUNTER_FAILED,
	};
	struct board *b = s->start->board;

	if (b == NULL)
		return;
	board_count(b, results[s->end.result], 1);
	board_count(b, COUNTER_LOGINS, s->user.p != NULL);
	board_count(b, COUNTER_COMMANDS, s->commands);
	board_count(b, COUNTER_REFUSED, s->refused);
	board_count(b, COUNTER_DROPPED, s->dropped);
	board_count(b, COUNTER_MAILS_IN, s->mails.judged[CONF_DOWNLOAD]);
	board_count(b, COUNTER_MAILS_OUT, s->mails.judged[CONF_UPLOAD]);
	board_count(b, COUNTER_MAILS_KEPT, s->mails.kept);
	board_count(b, COUNTER_MAILS_CHANGED, s->mails.changed);
	board_count(b, COUNTER_MAILS_DENIED, s->mails.denied);
	board_count(b, COUNTER_MAILS_UNJUDGED, s->mails.unjudged);
	board_count(b, COUNTER_MAILS_WAITED, s->mails.waited);
	board_count(b, COUNTER_WAITED_MS, s->mails.waited_ms);
	board_count(b, COUNTER_RECALLED, s->mails.recalled);
	board_count(b, COUNTER_MISSED, s->mails.missed);
	board_count(b, COUNTER_SHARED, s->mails.shared);
	board_count(b, COUNTER_STORE_FAILED, s->mails.store_failed);
	board_count(b, COUNTER_TO_CLIENT, s->client.out_bytes);
	board_count(b, COUNTER_FROM_CLIENT, s->client.in_bytes);
	board_count(b, COUNTER_FROM_SERVER, s->server.in_bytes);
	board_count(b, COUNTER_TO_SERVER, s->server.out_bytes);
	board_release(b);
}
