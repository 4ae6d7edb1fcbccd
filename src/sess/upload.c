#include "limit.h"
#include "policy.h"
#include "record.h"
#include "reply.h"
#include "request.h"
#include "session.h"

bool
upload_running(const struct sess *s)
{
	return s->upload.running;
}

bool
upload_reading(const struct sess *s)
{
	return s->upload.running && !s->sending.active;
}

/* What UTF8 has: a literal and nothing else, or its place. */
static bool
utf8_list(const struct imap_arg *a, bool open)
{
	if (a->kind != IMAP_ARG_LIST)
		return false;
	if (open && a->next == NULL)
		return a->list == NULL;
	return a->list != NULL && a->list->next == NULL &&
	    (a->list->kind == IMAP_ARG_LITERAL ||
	    a->list->kind == IMAP_ARG_LITERAL8);
}

/*
 * append-message = [SP flag-list] [SP date-time] SP literal, or "UTF8"
 * SP "(" literal8 ")"; any number of them.  The arguments so far: NULL, or
 * what is wrong; open: the last of them is a list that a literal stands in.
 */
static const char *
grammar(const struct imap_arg *a, bool open)
{
	bool flags = false, date = false;

	for (; a != NULL; a = a->next) {
		if (a->kind == IMAP_ARG_LITERAL ||
		    a->kind == IMAP_ARG_LITERAL8) {
			flags = date = false;
		} else if (imap_append_flags(a) && !flags && !date) {
			if (open && a->next == NULL)
				return "a literal among flags";
			flags = true;
		} else if (imap_append_date(a) && !date) {
			date = true;
		} else if (imap_arg_is(a, "UTF8")) {
			if (a->next != NULL && !utf8_list(a->next, open))
				return "UTF8 without its literal";
			a = a->next ? a->next : a;
			flags = date = false;
		} else if (imap_arg_is(a, "CATENATE")) {
			return "CATENATE";
		} else {
			return "no argument of an upload";
		}
	}
	return NULL;
}

/* What is wrong with the upload as far as it is known. */
static struct policy_verdict
judge(struct sess *s, const struct imap_command *cmd)
{
	const char *why = grammar(imap_append_first(cmd), s->reader.depth > 0);
	uint64_t max = policy_append_limit(s);
	struct policy_verdict v;

	/* the first message was judged with its command */
	if (s->upload.running) {
		v = policy_command(s, cmd, request_coming(s));
		if (policy_refuses(s, cmd, &v))
			return v;
	}
	if (why != NULL && str_eq(str_c(why), STR("CATENATE")))
		return (struct policy_verdict){ "NO", "CANNOT", LANG_CANNOT,
		    NULL };
	/* servers that were not told to take it wait for more (RFC 6855) */
	if (s->scan != NULL && !s->utf8 && imap_append_exts(cmd,
	    request_coming(s)) & IMAP_EXT_BIT(IMAP_EXT_UTF8))
		why = "UTF8 that is not enabled";
	if (why != NULL || cmd->args == NULL ||
	    !imap_arg_astring(cmd->args))
		return (struct policy_verdict){ "BAD", "",
		    LANG_BAD_ARGUMENTS, NULL };
	/* UINT64_MAX: more than a number can say */
	if ((max != 0 && s->reader.literal > max) ||
	    s->reader.literal == UINT64_MAX)
		return (struct policy_verdict){ "NO", "TOOBIG",
		    LANG_TOOBIG_MAIL, NULL };
	return (struct policy_verdict){ NULL, "", LANG_OK, NULL };
}

/* The mailbox itself as a literal, not the mail. */
static bool
is_mailbox(const struct imap_command *cmd)
{
	unsigned before = 0;

	for (const struct imap_arg *a = cmd->args; a != NULL; a = a->next)
		before++;
	return before < (cmd->row == IMAP_APPEND ? 1u : 2u);
}

static void
refuse_literal(struct sess *s, const struct policy_verdict *v)
{
	struct imap_reader *r = &s->reader;

	s->commands++;
	request_refuse(s, r->cmd.tag, r->cmd.row, v, "upload");
	imap_reader_answer(r, IMAP_REFUSE);
}

static void
collect(struct sess *s)
{
	if (s->reader.sync)
		reply_continue(s, str_c(sess_text(s, LANG_READY_LITERAL)));
	imap_reader_answer(&s->reader, IMAP_COLLECT);
}

/* Send the command, or what is new of it, up to the literal's header. */
static void
send_part(struct sess *s)
{
	struct imap_reader *r = &s->reader;
	struct upload *u = &s->upload;
	struct imap_arg *a = u->last ? u->last : r->cmd.args;
	char tag[REQUEST_TAG];
	struct imap_wire wire;

	imap_reader_answer(r, IMAP_STREAM);
	if (!u->running) {
		struct queued *q;

		s->commands++;
		q = request_queue(s, r->cmd.tag, r->cmd.row);
		imap_emit_command(&s->work,
		    str_c(request_tag(s, q->number, tag)), &r->cmd, s->utf8,
		    &wire);
	} else {
		imap_emit_more(&s->work, a->next, s->utf8,
		    u->in_list ? IMAP_MORE_CLOSE : 0, &wire);
	}
	while (a->next != NULL)
		a = a->next;
	u->last = a;
	u->in_list = a->kind == IMAP_ARG_LIST;
	u->running = true;
	request_send(s, &wire, true);
}

void
upload_literal(struct sess *s)
{
	struct imap_reader *r = &s->reader;
	struct policy_verdict v;

	if (s->upload.dead) {
		s->upload = (struct upload){ 0 };
		imap_reader_answer(r, IMAP_REFUSE);
		return;
	}
	if (!s->upload.running && is_mailbox(&r->cmd)) {
		if (r->literal > policy_literal(s)) {
			v = (struct policy_verdict){ "NO", "TOOBIG",
			    LANG_TOOBIG, NULL };
			refuse_literal(s, &v);
		} else {
			collect(s);
		}
		return;
	}
	v = judge(s, &r->cmd);
	if (s->scan != NULL) {
		if (v.status == NULL) {
			intake_literal(s);
		} else {
			intake_forget(s);
			refuse_literal(s, &v);
		}
		return;
	}
	/* later ones of length 0 take the upload back (RFC 3502) */
	if (v.status == NULL && r->literal == 0 && !s->upload.running)
		v = (struct policy_verdict){ "NO", "", LANG_UPLOAD_BROKEN,
		    NULL };
	if (v.status != NULL && s->upload.running) {
		/* in the middle of a MULTIAPPEND there is no way back */
		record_refused(s, r->cmd.row, v.key ? v.key : "upload",
		    v.mailbox, false);
		s->refused++;
		sess_bye(s, SESS_FAILED, v.code, LANG_UPLOAD_BROKEN,
		    "a later message of an upload was refused");
	} else if (v.status != NULL) {
		refuse_literal(s, &v);
	} else if (!r->sync) {
		collect(s);
		r->node->mail = true;
	} else {
		send_part(s);
	}
}

void
upload_command(struct sess *s, const struct imap_command *cmd)
{
	struct policy_verdict v;

	s->reader.literal = 0;
	v = judge(s, cmd);
	if (v.status == NULL && imap_append_first(cmd) == NULL)
		v = (struct policy_verdict){ "BAD", "", LANG_BAD_ARGUMENTS,
		    NULL };
	/* a mail came as no literal that the proxy asked for */
	if (v.status == NULL && s->scan != NULL && s->intake.n == 0)
		v = (struct policy_verdict){ "BAD", "", LANG_BAD_ARGUMENTS,
		    NULL };
	if (v.status != NULL) {
		intake_forget(s);
		request_refuse(s, cmd->tag, cmd->row, &v, "upload");
		request_forget(s);
		return;
	}
	if (s->scan != NULL) {
		intake_command(s, cmd);
		return;
	}
	request_send_on(s, cmd);
}

void
upload_finish(struct sess *s)
{
	struct upload *u = &s->upload;
	struct imap_wire wire;

	if (u->dead) {
		*u = (struct upload){ 0 };
		request_forget(s);
		return;
	}
	imap_emit_more(&s->work, u->last->next, s->utf8, IMAP_MORE_END |
	    (u->in_list ? IMAP_MORE_CLOSE : 0), &wire);
	*u = (struct upload){ 0 };
	request_send(s, &wire, false);
}

void
upload_continued(struct sess *s)
{
	s->sending.active = false;
	s->client_partial = true;
	reply_continue(s, str_c(sess_text(s, LANG_READY_LITERAL)));
	transfer_begin(s, TRANSFER_OUT, s->reader.literal, false);
}

void
upload_answered(struct sess *s, bool asked)
{
	struct upload *u = &s->upload;

	if (!u->running)
		return;
	if (asked) {
		/* the client was asked and sends on: to nowhere */
		if (transfer_active(s, TRANSFER_OUT))
			transfer_drop(s, TRANSFER_OUT);
		u->dead = true;
	} else {
		/* it was not, so it sends nothing */
		*u = (struct upload){ 0 };
		request_forget(s);
	}
}

void
upload_abandoned(struct sess *s)
{
	if (!s->upload.running)
		return;
	if (!s->upload.dead)
		sess_bye(s, SESS_FAILED, "", LANG_UPLOAD_BROKEN,
		    "what followed an upload's literal is no command");
	s->upload = (struct upload){ 0 };
}
