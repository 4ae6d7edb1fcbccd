#include "intake.h"
#include "mailrecord.h"
#include "record.h"
#include "reply.h"
#include "request.h"
#include "scan.h"
#include "session.h"

enum {
	/* Octets read from the spool for one write. */
	POUR_BLOCK = 32768,
};

bool
intake_active(const struct sess *s)
{
	return s->intake.active;
}

bool
intake_judging(const struct sess *s)
{
	return s->intake.active && !s->intake.sending;
}

bool
intake_taking(const struct sess *s)
{
	return s->intake.take > 0;
}

void
intake_forget(struct sess *s)
{
	struct intake *k = &s->intake;

	for (unsigned i = 0; i < k->n; i++)
		scan_drop(s, k->mail[i]);
	*k = (struct intake){ 0 };
}

/* ---- from the client ----------------------------------------------------- */

static void
refuse_literal(struct sess *s, const char *code, enum lang_id text,
    const char *why)
{
	struct imap_reader *r = &s->reader;
	struct policy_verdict v = { "NO", code, text, NULL, STR_NULL };

	intake_forget(s);
	s->commands++;
	request_refuse(s, r->cmd.tag, r->cmd.row, &v, why);
	imap_reader_answer(r, IMAP_REFUSE);
}

void
intake_literal(struct sess *s)
{
	struct imap_reader *r = &s->reader;
	struct intake *k = &s->intake;
	uint64_t max = s->cacl->mail[CONF_UPLOAD].max_mail;
	const char *code = "LIMIT", *why = "too many mails in one command";
	struct scan_mail *m = NULL;

	if (r->literal == 0) {
		/* later ones of length 0 take the upload back (RFC 3502) */
		refuse_literal(s, "", LANG_UPLOAD_BROKEN, "an empty mail");
		return;
	}
	if (max != 0 && r->literal > max) {
		refuse_literal(s, "TOOBIG", LANG_TOOBIG_MAIL, "max-mail");
		return;
	}
	if (k->n < INTAKE_MAILS)
		m = scan_new(s, MAIL_UPLOAD, r->literal, &code, &why);
	if (m == NULL) {
		mailrecord_none(s, MAIL_UPLOAD, 0, r->literal, why);
		code = code != NULL ? code : "LIMIT";
		refuse_literal(s, code, strcmp(code, "TOOBIG") == 0 ?
		    LANG_TOOBIG_MAIL : LANG_UPLOAD_UNJUDGED, why);
		return;
	}
	k->mail[k->n++] = m;
	k->reading = true;
	k->take = r->literal;
	if (r->sync)
		reply_continue(s, str_c(sess_text(s, LANG_READY_LITERAL)));
	imap_reader_answer(r, IMAP_STREAM);
}

bool
intake_take(struct sess *s)
{
	struct intake *k = &s->intake;
	struct scan_mail *m = k->mail[k->n - 1];
	struct str in = buf_str(&s->client.in);

	if (in.n > k->take)
		in.n = (size_t)k->take;
	scan_write(s, m, in);
	k->take -= in.n;
	io_drop(&s->client, in.n);
	/* behind the literal, the command's end is still to come */
	s->client_partial = true;
	if (k->take == 0)
		scan_judge(s, m);
	return in.n > 0;
}

void
intake_command(struct sess *s, const struct imap_command *cmd)
{
	struct intake *k = &s->intake;
	struct queued *q = request_queue(s, cmd->tag, cmd->row);

	q->barrier = true;
	k->number = q->number;
	k->reading = false;
	k->active = true;
	k->rest = cmd->args;
	s->client_partial = false;
}

/* ---- the decision -------------------------------------------------------- */

/* The first that is not let through; NULL: all are, or one is open. */
static const struct scan_mail *
refused(const struct intake *k)
{
	for (unsigned i = 0; i < k->n; i++)
		if (k->mail[i]->state == SCAN_DENIED ||
		    k->mail[i]->state == SCAN_ERROR)
			return k->mail[i];
	return NULL;
}

static bool
all_decided(const struct intake *k)
{
	for (unsigned i = 0; i < k->n; i++)
		if (!scan_decided(k->mail[i]))
			return false;
	return true;
}

static void
refuse(struct sess *s, const struct scan_mail *m)
{
	struct queued *q = queue_find(&s->queue, s->intake.number);

	s->refused++;
	reply_tagged(s, q->tag, "NO", m->code, m->state == SCAN_DENIED ?
	    LANG_UPLOAD_DENIED : LANG_UPLOAD_UNJUDGED);
	record_request(s, q, "NO", true);
	q->done = true;
	intake_forget(s);
	request_forget(s);
	reply_due(s);
}

/* ---- to the server ------------------------------------------------------- */

/* Is this argument a mail, or a list around one? */
static struct imap_arg *
mail_in(struct imap_arg *a)
{
	if (a->kind == IMAP_ARG_LIST)
		a = a->list;
	return a != NULL && (a->kind == IMAP_ARG_LITERAL ||
	    a->kind == IMAP_ARG_LITERAL8) && a->s.p == NULL ? a : NULL;
}

/* Send what there is up to the next mail's header, or to the end. */
static void
send_part(struct sess *s)
{
	struct intake *k = &s->intake;
	struct queued *q = queue_find(&s->queue, k->number);
	struct imap_command c = s->reader.cmd;
	struct imap_arg *a = k->rest, *mail = NULL, *after = NULL;
	struct imap_wire wire;
	char tag[REQUEST_TAG];
	bool last;

	while (a != NULL && (mail = mail_in(a)) == NULL)
		a = a->next;
	last = mail == NULL;
	if (!last) {
		mail->size = k->mail[k->sent]->octets.size;
		after = a->next;
		a->next = NULL;
	}
	if (!k->sending)
		imap_emit_command(&s->work, str_c(request_tag(s, q->number,
		    tag)), &c, s->utf8, &wire);
	else
		imap_emit_more(&s->work, k->rest, s->utf8,
		    (k->in_list ? IMAP_MORE_CLOSE : 0) |
		    (last ? IMAP_MORE_END : 0), &wire);
	if (!last)
		a->next = after;
	k->rest = after;
	k->in_list = !last && a->kind == IMAP_ARG_LIST;
	k->sending = true;
	k->off = 0;
	request_send_kept(s, &wire);
}

bool
intake_unsent(const struct sess *s, const struct queued *q)
{
	const struct intake *k = &s->intake;

	return k->active && q->number == k->number && k->sent < k->n;
}

void
intake_continued(struct sess *s)
{
	s->sending.active = false;
	s->intake.pouring = true;
}

/* Octets of the mail that was asked for. */
static bool
pour(struct sess *s)
{
	static char block[POUR_BLOCK];
	struct intake *k = &s->intake;
	const struct scan_mail *m = k->mail[k->sent];
	size_t room = io_room(&s->server);
	int64_t n;

	if (k->off == m->octets.size) {
		k->pouring = false;
		k->sent++;
		send_part(s);
		return true;
	}
	if (room == 0)
		return false;
	n = spool_read(&m->octets, k->off, block,
	    room < POUR_BLOCK ? room : POUR_BLOCK);
	if (n <= 0 || !io_put(&s->server, (struct str){ block, (size_t)n })) {
		sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_UPLOAD_BROKEN,
		    "the spool cannot be read");
		return false;
	}
	io_commit(&s->server);
	k->off += (uint64_t)n;
	return true;
}

void
intake_answered(struct sess *s, const struct queued *q)
{
	struct intake *k = &s->intake;

	if (!k->active || q->number != k->number)
		return;
	if (k->pouring)
		/* it would read the mail's rest as commands */
		sess_bye(s, SESS_FAILED, "UNAVAILABLE",
		    LANG_BYE_SERVER_PROTOCOL,
		    "server: an answer in the middle of an upload");
	intake_forget(s);
	request_forget(s);
}

bool
intake_turn(struct sess *s)
{
	struct intake *k = &s->intake;
	const struct scan_mail *m;

	if (!k->active)
		return false;
	if (k->pouring)
		return pour(s);
	if (k->sending)
		return false;
	m = refused(k);
	if (!all_decided(k))
		return false;
	if (m != NULL)
		refuse(s, m);
	else
		send_part(s);
	return true;
}
