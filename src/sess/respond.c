#include <stdarg.h>
#include <stdio.h>

#include "download.h"
#include "emit.h"
#include "fetch.h"
#include "item.h"
#include "limit.h"
#include "record.h"
#include "reply.h"
#include "request.h"
#include "session.h"
#include "scan.h"
#include "slot.h"
#include "vis.h"

enum {
	/*
	 * Parse only while this much fits the client's buffer: the longest
	 * token or status line, and what is written around it.
	 */
	RESPOND_ROOM = IMAP_TOKEN_MAX + 8192,
	/* Events before the other leg gets its turn. */
	RESPOND_BATCH = 4096,
};

/* Room was seen to; a failure would be ours. */
static void
put(struct sess *s, struct str t)
{
	struct buf *sink = s->respond.sink;

	if (!(sink != NULL ? buf_put(sink, t) : io_put(&s->client, t)))
		sess_bye(s, SESS_FAILED, "LIMIT", LANG_LIMIT_MEMORY,
		    "a response larger than its buffer");
}

static void
putf(struct sess *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
putf(struct sess *s, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof text)
		put(s, (struct str){ text, (size_t)n });
}

static void
dropped(struct sess *s, const char *what, struct str name)
{
	char v[64];

	s->dropped++;
	log_msg(LOG_RESPONSE_DROPPED, "%s %s", what, vis(v, sizeof v, name));
}

static void
protocol_error(struct sess *s, const char *why)
{
	if (s->end.set)
		return;
	record_failed(s, LOG_SERVER_PROTOCOL, why);
	io_rollback(&s->client);
	sess_bye(s, SESS_FAILED, "UNAVAILABLE", LANG_BYE_SERVER_PROTOCOL,
	    "server-protocol: %s", why);
}

/* ---- status lines -------------------------------------------------------- */

struct str
respond_text(const struct sess *s, struct str text, char *out)
{
	return (struct str){ out, imap_text_clean(out, text, s->utf8) };
}

void
respond_capabilities(struct sess *s, struct str names)
{
	struct str name;
	bool more = true;

	imap_caps_clear(&s->caps);
	while (more) {
		more = str_cut(&names, ' ', &name);
		if (name.n > 0)
			imap_caps_add(&s->caps, name);
	}
	s->caps_known = true;
}

/* "(\\Seen \\*)", of which the access may leave less. */
static void
put_flags(struct sess *s, struct str list)
{
	struct str rest = { list.p + 1, list.n < 2 ? 0 : list.n - 2 }, flag;
	bool more = rest.n > 0, first = true;

	s->flags_said = true;
	if (list.n < 2 || list.p[0] != '(') {
		put(s, list);
		return;
	}
	put(s, STR("("));
	while (more) {
		more = str_cut(&rest, ' ', &flag);
		if (!policy_flag(s, flag))
			continue;
		if (!first)
			put(s, STR(" "));
		first = false;
		put(s, flag);
	}
	put(s, STR(")"));
}

/* "[CODE args] ", as far as the client may see it. */
static void
put_code(struct sess *s)
{
	struct imap_response *r = &s->response;
	struct arena_mark m;

	if (r->code.p == NULL)
		return;
	switch (imap_code_find(r->code)) {
	case IMAP_CODE_CAPABILITY:
		respond_capabilities(s, r->code_args);
		m = arena_mark(&s->work);
		put(s, STR("[CAPABILITY "));
		put(s, policy_capability_text(s));
		put(s, STR("] "));
		arena_release(&s->work, m);
		return;
	case IMAP_CODE_BARE:
		putf(s, "[%.*s] ", STR_ARG(r->code));
		return;
	case IMAP_CODE_PASS:
		if (!imap_code_fits(r->code, r->code_args))
			break;
		putf(s, "[%.*s%s", STR_ARG(policy_code(s, r->code)),
		    r->code_args.n ? " " : "");
		if (str_ieq(r->code, STR("PERMANENTFLAGS")))
			put_flags(s, r->code_args);
		else
			put(s, r->code_args);
		put(s, STR("] "));
		return;
	case IMAP_CODE_UNKNOWN:
		break;
	}
	dropped(s, "code", r->code);
}

static const char status_names[][8] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };

/* What stands where a server says nothing at all. */
static const enum lang_id status_texts[] = { LANG_OK, LANG_NO, LANG_BAD,
	LANG_BYE_SERVER_CLOSED, LANG_OK };

static void
put_status(struct sess *s, const char *tag, enum imap_status status)
{
	char text[IMAP_TEXT_MAX + 1];
	struct str t = respond_text(s, s->response.text, text);

	putf(s, "%s %s ", tag, status_names[status]);
	put_code(s);
	put(s, t.n > 0 ? t : str_c(sess_text(s, status_texts[status])));
	put(s, STR("\r\n"));
	io_commit(&s->client);
}

/*
 * A mailbox was opened, to be read and no more: a server that does not say so
 * leaves clients in the belief that they may write.
 */
static void
put_read_only(struct sess *s, const char *tag)
{
	const char *text = sess_text(s, LANG_OK);

	if (!s->flags_said)
		putf(s, "* OK [PERMANENTFLAGS ()] %s\r\n", text);
	if (s->response.code.p == NULL)
		putf(s, "%s OK [READ-ONLY] %s\r\n", tag, text);
	else
		put_status(s, tag, IMAP_ST_OK);
	io_commit(&s->client);
}

static void
untagged_status(struct sess *s)
{
	enum imap_status status = s->response.status;

	if (status == IMAP_ST_PREAUTH) {
		dropped(s, "status", STR("PREAUTH"));
		return;
	}
	/* the mailbox became another one: so did its UIDs */
	if (s->scan != NULL && str_ieq(s->response.code, STR("UIDVALIDITY")))
		scan_forget(s);
	put_status(s, "*", status);
	s->bye_sent = s->bye_sent || status == IMAP_ST_BYE;
}

/* What an answer changes in the state of the protocol. */
static void
change_state(struct sess *s, enum imap_row row, enum imap_status status)
{
	bool ok = status == IMAP_ST_OK;

	switch (row) {
	case IMAP_LOGIN:
	case IMAP_AUTHENTICATE:
		login_answered(s, ok);
		break;
	case IMAP_SELECT:
	case IMAP_EXAMINE:
		if (s->scan != NULL)
			scan_forget(s);
		if (ok)
			s->imap = STATE_SELECTED;
		else if (status == IMAP_ST_NO)
			s->imap = STATE_AUTH;
		if (ok || status == IMAP_ST_NO)
			slot_selected(s, ok);
		break;
	case IMAP_CLOSE:
	case IMAP_UNSELECT:
		if (ok && s->scan != NULL)
			scan_forget(s);
		if (ok) {
			s->imap = STATE_AUTH;
			slot_selected(s, false);
		}
		break;
	default:
		break;
	}
}

/* The row of a tag that is ours, NULL when it is not or waits for nothing. */
static struct queued *
find_row(struct sess *s, struct str tag)
{
	struct str prefix = str_c(s->tag_prefix);
	uint64_t number;

	if (!str_starts(tag, prefix))
		return NULL;
	tag.p += prefix.n;
	tag.n -= prefix.n;
	if (!str_u64(tag, UINT32_MAX, &number))
		return NULL;
	return queue_find(&s->queue, (uint32_t)number);
}

static void
ask_capabilities(struct sess *s)
{
	if (!s->caps_known && s->imap != STATE_NONAUTH &&
	    !queue_full(&s->queue)) {
		s->caps_known = true;	/* asked for */
		request_own(s, IMAP_CAPABILITY, "CAPABILITY");
	}
}

static void
tagged_status(struct sess *s)
{
	struct queued *q = find_row(s, s->response.tag);
	enum imap_status status = s->response.status;

	if (q == NULL) {
		protocol_error(s, "a tag that nothing waits for");
		return;
	}
	log_msg(LOG_RESPONSE, "%s %s", imap_commands[q->row].name,
	    status_names[status]);
	if (q->row == IMAP_AUTHENTICATE && s->login.cancelled &&
	    status == IMAP_ST_OK) {
		/* logged in as nobody knows whom, without the client's will */
		protocol_error(s, "OK to a cancelled AUTHENTICATE");
		return;
	}
	if (status == IMAP_ST_OK && intake_unsent(s, q)) {
		protocol_error(s, "OK to an upload that it did not ask for");
		return;
	}
	if (q->answer[0] != '\0')
		status = q->answer[0] == 'O' ? IMAP_ST_OK : IMAP_ST_NO;
	change_state(s, q->row, status);
	request_answered(s, q);
	if (download_answered(s, q, status)) {
		reply_due(s);
		return;
	}
	if (q->answer[0] != '\0') {
		reply_deselected(s, q);
	} else if (q->kind == QUEUE_REMOTE) {
		if (q->bad_done || (q->row == IMAP_AUTHENTICATE &&
		    s->login.cancelled))
			reply_tagged(s, q->tag, "BAD", "", q->bad_done ?
			    LANG_BAD_DONE : LANG_BAD_SASL);
		else if (status == IMAP_ST_OK && q->row == IMAP_SELECT &&
		    policy_read_only(s))
			put_read_only(s, q->tag);
		else
			put_status(s, q->tag, status);
		record_request(s, q, status_names[status], false);
	}
	q->done = true;
	if (q->row == IMAP_LOGOUT && q->kind == QUEUE_REMOTE) {
		s->imap = STATE_LOGOUT;
		sess_finish(s, SESS_ACCEPTED, "logout");
	}
	reply_due(s);
	ask_capabilities(s);
}

/* ---- data ---------------------------------------------------------------- */

/* Numbers that mails are known by. */
static void
numbers_change(struct sess *s)
{
	if (s->response.row == IMAP_DATA_EXPUNGE)
		scan_expunged(s, (uint32_t)s->response.number);
	else if (s->response.row == IMAP_DATA_VANISHED)
		scan_vanished(s);
}

static void
begin_data(struct sess *s)
{
	struct imap_response *r = &s->response;
	uint8_t flags = imap_data_table[r->row].flags;
	bool pass = flags & IMAP_DATA_PASS;

	/* nothing of mailboxes before login (RFC 9051 section 11.3) */
	if (s->imap == STATE_NONAUTH)
		pass = pass && (flags & IMAP_DATA_NONAUTH);
	s->respond = (struct respond){ .drop = !pass };
	if (!pass) {
		dropped(s, "response", r->name);
		return;
	}
	mailbox_begin(s);
	if (r->row == IMAP_DATA_CAPABILITY) {
		imap_caps_clear(&s->caps);
		return;
	}
	if (s->scan != NULL)
		numbers_change(s);
	if (r->row == IMAP_DATA_FETCH && download_active(s)) {
		s->respond.collect = true;
		download_begin(s, r->number);
		return;
	}
	if (r->has_number)
		putf(s, "* %llu %s", (unsigned long long)r->number,
		    imap_data_table[r->row].name);
	else
		putf(s, "* %s", imap_data_table[r->row].name);
}

/* "* ENABLED" and "* CAPABILITY" are lists that the proxy makes anew. */
static bool
list_token(struct sess *s)
{
	struct imap_response *r = &s->response;
	struct imap_offer o;

	if (r->row != IMAP_DATA_CAPABILITY && r->row != IMAP_DATA_ENABLED)
		return false;
	if (r->kind != IMAP_TOK_ATOM)
		return true;
	if (r->row == IMAP_DATA_CAPABILITY) {
		imap_caps_add(&s->caps, r->token);
		return true;
	}
	o = policy_offer(s);
	if (!imap_cap_enable(&o, r->token)) {
		dropped(s, "capability", r->token);
		return true;
	}
	putf(s, " %.*s", STR_ARG(r->token));
	if (str_ieq(r->token, STR("UTF8=ACCEPT")) ||
	    str_ieq(r->token, STR("IMAP4rev2")))
		s->utf8 = r->utf8 = true;
	return true;
}

/* Octets that a quoted string may not hold in this state: as a literal. */
static void
put_decoded(struct sess *s, struct str raw)
{
	size_t n = 0, skip = 0;

	for (size_t i = 0; i < raw.n; i++)
		skip += raw.p[i] == '\\' && ++i < raw.n;
	putf(s, "{%zu}\r\n", raw.n - skip);
	for (size_t i = 0; i < raw.n; i++, n++) {
		i += raw.p[i] == '\\';
		put(s, (struct str){ raw.p + i, 1 });
	}
}

static bool
has_mailbox(enum imap_data row)
{
	return row == IMAP_DATA_LIST || row == IMAP_DATA_LSUB ||
	    row == IMAP_DATA_XLIST || row == IMAP_DATA_STATUS;
}

/* In quotes where it may stand there, else as a literal. */
static void
put_name(struct sess *s, struct str name)
{
	if (!imap_quotable(name, s->utf8)) {
		putf(s, "{%zu}\r\n", name.n);
		put(s, name);
		return;
	}
	put(s, STR("\""));
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			put(s, STR("\\"));
		put(s, (struct str){ name.p + i, 1 });
	}
	put(s, STR("\""));
}

/*
 * A short literal: in quotes where it may stand there.  A name with CR, LF or
 * NUL is none: the response it is in is dropped, or the literal itself where
 * part of the line is on its way.
 */
static void
put_short(struct sess *s)
{
	struct imap_response *r = &s->response;
	struct str t = r->token;

	if (has_mailbox(r->row) && !s->mid_line && (memchr(t.p, '\r', t.n) ||
	    memchr(t.p, '\n', t.n) || memchr(t.p, '\0', t.n))) {
		io_rollback(&s->client);
		s->respond.drop = true;
		dropped(s, "mailbox name", t);
		return;
	}
	put_name(s, t);
}

static void
put_token(struct sess *s)
{
	struct imap_response *r = &s->response;
	bool ascii = true;

	if (r->kind == IMAP_TOK_LITERAL) {
		put_short(s);
		return;
	}
	if (r->kind != IMAP_TOK_QUOTED) {
		put(s, r->token);
		return;
	}
	for (size_t i = 0; i < r->token.n; i++)
		ascii = ascii && !(r->token.p[i] & 0x80);
	if (!ascii && !(s->utf8 && str_utf8(r->token))) {
		put_decoded(s, r->token);
		return;
	}
	put(s, STR("\""));
	put(s, r->token);
	put(s, STR("\""));
}

/* (TAG "A1"): which command this answers (RFC 4466); the client's tag. */
static bool
correlator(struct sess *s)
{
	struct imap_response *r = &s->response;
	struct queued *q;

	if ((r->row != IMAP_DATA_ESEARCH && r->row != IMAP_DATA_UIDBATCHES) ||
	    r->depth != 1 || (r->kind != IMAP_TOK_QUOTED &&
	    r->kind != IMAP_TOK_ATOM))
		return false;
	q = find_row(s, r->token);
	if (q == NULL)
		return false;
	putf(s, "\"%s\"", q->tag);
	return true;
}

/* What mailboxes says of a token or of the whole line: does it go on? */
static bool
admitted(struct sess *s, enum mailbox_answer a)
{
	if (a != MAILBOX_DROP)
		return a == MAILBOX_PASS;
	if (s->mid_line)
		protocol_error(s, "a mailbox name too late to be judged");
	io_rollback(&s->client);
	s->respond = (struct respond){ .drop = true };
	return false;
}

/* ---- a line that download takes over ------------------------------------- */

/* A string that may be a mail, as its octets. */
static void
mail_string(struct sess *s)
{
	struct imap_response *r = &s->response;
	struct arena_mark m = arena_mark(&s->work);
	struct str t = r->token;
	char *p = arena_alloc(&s->work, t.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < t.n; i++) {
		if (r->kind == IMAP_TOK_QUOTED && t.p[i] == '\\' &&
		    i + 1 < t.n)
			i++;
		p[n++] = t.p[i];
	}
	download_string(s, r->kind == IMAP_TOK_ATOM ? STR_NULL :
	    (struct str){ p, n });
	arena_release(&s->work, m);
}

/* Only values are of interest; brackets and blanks round items are not. */
static void
collect_token(struct sess *s)
{
	struct imap_response *r = &s->response;

	if (r->depth == 0 || (r->depth == 1 && r->name_next))
		return;
	switch (s->download.kind) {
	case DOWNLOAD_UID:
		if (r->kind == IMAP_TOK_ATOM)
			download_uid(s, r->token);
		break;
	case DOWNLOAD_MAIL:
		if (r->kind != IMAP_TOK_SPACE)
			mail_string(s);
		break;
	case DOWNLOAD_KEEP:
	case DOWNLOAD_PASS:
		put_token(s);
		break;
	case DOWNLOAD_DROP:
		break;
	}
}

static void
collect_item(struct sess *s, uint64_t rows)
{
	struct respond *d = &s->respond;
	enum download_item kind = download_item(s, s->response.text, rows);

	d->sink = kind == DOWNLOAD_KEEP ? &s->download.in->meta : NULL;
	if (kind == DOWNLOAD_KEEP)
		put(s, STR(" "));
	else if (kind == DOWNLOAD_PASS && s->download.written++ > 0)
		put(s, STR(" "));
	if (kind == DOWNLOAD_KEEP || kind == DOWNLOAD_PASS)
		put(s, s->response.text);
}

static void
collect_literal(struct sess *s)
{
	struct imap_response *r = &s->response;
	enum download_item kind = s->download.kind;

	if (kind == DOWNLOAD_KEEP || kind == DOWNLOAD_PASS)
		putf(s, "{%llu}\r\n", (unsigned long long)r->size);
	if (kind != DOWNLOAD_PASS) {
		download_literal(s, r->size);
		return;
	}
	transfer_begin(s, TRANSFER_IN, r->size, false);
	if (imap_items_have(s->download.rows, IMAP_ITEM_OCTETS))
		transfer_is_header(s, TRANSFER_IN);
}

static void
data_token(struct sess *s)
{
	struct imap_response *r = &s->response;
	struct respond *d = &s->respond;
	bool fetch = r->row == IMAP_DATA_FETCH;

	if (d->collect) {
		collect_token(s);
		return;
	}
	if (d->drop || list_token(s) ||
	    (d->mailbox.form != 0 && !admitted(s, mailbox_token(s))))
		return;
	/* the list of items ends, whatever the last one was */
	if (fetch && r->kind == IMAP_TOK_CLOSE && r->depth == 0)
		d->drop_item = false;
	/* blanks before items are written with them */
	if (fetch && r->kind == IMAP_TOK_SPACE && r->depth == 1 &&
	    r->name_next)
		return;
	if (!d->drop_item && !correlator(s))
		put_token(s);
}

static void
data_item(struct sess *s)
{
	struct imap_response *r = &s->response;
	struct respond *d = &s->respond;
	uint64_t rows;

	if (d->drop)
		return;
	rows = imap_item_rows(r->text);
	if (d->collect) {
		collect_item(s, rows);
		return;
	}
	d->content = imap_items_have(rows, IMAP_ITEM_OCTETS);
	d->binary = str_istarts(r->text, STR("BINARY"));
	/* content that no command in flight asked for */
	d->drop_item = (d->content && !queue_wants_content(&s->queue)) ||
	    !download_passes(s, r->text, rows);
	if (d->drop_item) {
		dropped(s, "item", r->text);
		return;
	}
	d->drop_item = !policy_item(s, rows) &&
	    policy_drops(s, "item", r->text);
	if (d->drop_item)
		return;
	if (d->items++ > 0)
		put(s, STR(" "));
	put(s, r->text);
}

/*
 * A literal in a response that names a mailbox, once all of it is there.  A
 * name with CR, LF or NUL could only mislead: the response is dropped.
 */
static bool
name_turn(struct sess *s)
{
	struct respond *d = &s->respond;
	struct str in = buf_str(&s->server.in);

	if (in.n < d->name)
		return false;
	in.n = d->name;
	d->name_due = false;
	if (in.n > 0 && (memchr(in.p, '\r', in.n) ||
	    memchr(in.p, '\n', in.n) || memchr(in.p, '\0', in.n))) {
		dropped(s, "response", STR("mailbox name"));
		if (s->mid_line)
			protocol_error(s, "CR, LF or NUL in a mailbox name");
		io_rollback(&s->client);
		d->drop = true;
	} else {
		put_name(s, in);
	}
	io_drop(&s->server, in.n);
	return true;
}

static void
data_literal(struct sess *s)
{
	struct imap_response *r = &s->response;
	struct respond *d = &s->respond;
	bool drop;

	if (d->collect) {
		collect_literal(s);
		return;
	}
	drop = d->drop || d->drop_item || !admitted(s, mailbox_literal(s));

	if (r->row == IMAP_DATA_CAPABILITY || r->row == IMAP_DATA_ENABLED) {
		protocol_error(s, "a literal in a list of atoms");
		return;
	}
	if (d->content && !drop && !limit_mail(s, true, r->size))
		return;
	if (r->literal8 && !d->binary && r->row != IMAP_DATA_METADATA &&
	    r->row != IMAP_DATA_ANNOTATION && r->row != IMAP_DATA_UNKNOWN) {
		/* RFC 3516, RFC 5464 */
		protocol_error(s, "a literal8 where none may be");
		return;
	}
	if (has_mailbox(r->row) && !drop) {
		if (r->size > IMAP_TOKEN_MAX)
			protocol_error(s, "a mailbox name that is too long");
		d->name = (size_t)r->size;
		d->name_due = true;
		return;
	}
	if (!d->content && r->size > policy_literal(s)) {
		protocol_error(s, "a literal over max-literal that is no mail");
		return;
	}
	if (!drop)
		putf(s, "%s{%llu}\r\n", r->literal8 ? "~" : "",
		    (unsigned long long)r->size);
	transfer_begin(s, TRANSFER_IN, r->size, drop);
	/* of a session that scans only headers pass, see download_passes() */
	if (s->scan != NULL && d->content)
		transfer_is_header(s, TRANSFER_IN);
}

static void
data_end(struct sess *s)
{
	struct imap_response *r = &s->response;

	if (s->respond.collect) {
		s->respond = (struct respond){ 0 };
		download_line_end(s);
		return;
	}
	if (s->respond.drop || !admitted(s, mailbox_end(s)))
		return;
	if (r->row == IMAP_DATA_CAPABILITY) {
		s->caps_known = true;
		reply_capability(s);
		return;
	}
	if (r->row == IMAP_DATA_FETCH && s->respond.items == 0 &&
	    !s->mid_line) {
		io_rollback(&s->client);
		return;
	}
	put(s, STR("\r\n"));
	io_commit(&s->client);
	s->mid_line = false;
	s->respond = (struct respond){ 0 };
}

/* ---- turns --------------------------------------------------------------- */

static void
on_event(struct sess *s, enum imap_resp_event e)
{
	switch (e) {
	case IMAP_RESP_NEED: break;
	case IMAP_RESP_ERROR: protocol_error(s, s->response.why); break;
	case IMAP_RESP_CONTINUE:
		request_continued(s, s->response.text);
		break;
	case IMAP_RESP_STATUS:
		if (s->response.tag.n == 0)
			untagged_status(s);
		else
			tagged_status(s);
		break;
	case IMAP_RESP_BEGIN: begin_data(s); break;
	case IMAP_RESP_ITEM: data_item(s); break;
	case IMAP_RESP_TOKEN: data_token(s); break;
	case IMAP_RESP_LITERAL: data_literal(s); break;
	case IMAP_RESP_END: data_end(s); break;
	}
}

/*
 * Is there room for whatever comes next?  If not, what is there of a long
 * line goes out now; from then on it cannot be taken back.  A line that is
 * held waits for those before it, and is too long when there are none.
 */
static bool
has_room(struct sess *s)
{
	if (io_room(&s->client) >= RESPOND_ROOM)
		return true;
	if (s->respond.mailbox.held && io_uncommitted(&s->client) > 0) {
		if (io_unsent(&s->client) > 0)
			return false;
		if (!admitted(s, mailbox_full(s)))
			return io_room(&s->client) >= RESPOND_ROOM;
	}
	if (io_uncommitted(&s->client) > 0) {
		io_commit(&s->client);
		s->mid_line = true;
	}
	return false;
}

bool
respond_paused(const struct sess *s)
{
	return s->respond_held != IMAP_RESP_NEED || download_full(s);
}

/* The next event of the server's, the one that had to wait first. */
static enum imap_resp_event
next_event(struct sess *s, struct str in, size_t *used_r)
{
	enum imap_resp_event e = s->respond_held;

	*used_r = s->respond_used;
	s->respond_held = IMAP_RESP_NEED;
	if (e != IMAP_RESP_NEED)
		return e;
	s->response.utf8 = s->utf8;
	return imap_response_next(&s->response, in, used_r);
}

/* What follows a mail's response waits until that has gone out. */
static bool
held_back(struct sess *s, enum imap_resp_event e, size_t used)
{
	if (!download_holds(s, e))
		return false;
	s->respond_held = e;
	s->respond_used = used;
	return true;
}

/* Octets of a literal that download wants; true when some were taken. */
static bool
take_literal(struct sess *s, struct str in)
{
	size_t n = download_take(s, in);

	io_drop(&s->server, n);
	s->server_partial = s->download.take > 0;
	return n > 0;
}

bool
respond_turn(struct sess *s)
{
	bool moved = false;

	for (unsigned i = 0; i < RESPOND_BATCH && !s->end.set; i++) {
		struct str in = buf_str(&s->server.in);
		enum imap_resp_event e;
		size_t used;

		if (download_turn(s))
			moved = true;
		if (download_full(s))
			return moved;
		if (s->download.take > 0) {
			if (!take_literal(s, in))
				return moved;
			moved = true;
			continue;
		}
		if (transfer_active(s, TRANSFER_IN)) {
			moved |= transfer_turn(s, TRANSFER_IN);
			s->server_partial = transfer_starved(s, TRANSFER_IN);
			return moved;
		}
		s->server_partial = false;
		if (!has_room(s))
			return moved;
		if (s->respond.name_due) {
			s->server_partial = !name_turn(s);
			if (s->server_partial)
				return moved;
			moved = true;
			continue;
		}
		if (in.n == 0) {
			s->server_partial = imap_response_partial(
			    &s->response);
			return moved;
		}
		e = next_event(s, in, &used);
		if (held_back(s, e, used))
			return moved;
		on_event(s, e);
		io_drop(&s->server, used);
		s->server_partial = e == IMAP_RESP_NEED;
		if (e == IMAP_RESP_NEED)
			return moved;
		moved = true;
	}
	return moved;
}
