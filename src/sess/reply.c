#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "command.h"
#include "limit.h"
#include "policy.h"
#include "record.h"
#include "reply.h"

const char *
sess_text(const struct sess *s, enum lang_id id)
{
	return lang_text(id, (enum conf_language)s->language, s->utf8);
}

enum {
	/* The longest line of ours: all capabilities there are. */
	LINE_TEXT = 4096,
};

/*
 * A whole line to the client.  Callers see to the room (RELAY_ROOM) before
 * they parse what makes them answer, so it always fits; if it does not, the
 * client does not read and its send-timeout ends the session.
 */
static void
line(struct sess *s, const char *text, size_t n)
{
	if (io_put(&s->client, (struct str){ text, n }))
		io_commit(&s->client);
	else
		io_rollback(&s->client);
}

static void
linef(struct sess *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
linef(struct sess *s, const char *fmt, ...)
{
	va_list ap;
	char text[LINE_TEXT];
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	assert(n > 0 && n < LINE_TEXT);
	line(s, text, (size_t)n);
}

/* "[CODE] " or "". */
static const char *
bracket(char out[32], const char *code)
{
	if (*code == '\0')
		out[0] = '\0';
	else
		snprintf(out, 32, "[%s] ", code);
	return out;
}

void
reply_greeting(struct sess *s, bool preauth, struct str text)
{
	struct arena_mark m = arena_mark(&s->work);
	struct str caps = policy_capability_text(s);

	if (text.n == 0)
		text = str_c(sess_text(s, LANG_GREETING));
	linef(s, "* %s [CAPABILITY %.*s] %.*s\r\n",
	    preauth ? "PREAUTH" : "OK", STR_ARG(caps), STR_ARG(text));
	arena_release(&s->work, m);
	s->greeted = s->audible = true;
}

void
reply_own_greeting(struct sess *s)
{
	reply_greeting(s, false, STR_NULL);
}

void
reply_capability(struct sess *s)
{
	struct arena_mark m = arena_mark(&s->work);
	struct str caps = policy_capability_text(s);

	linef(s, "* CAPABILITY %.*s\r\n", STR_ARG(caps));
	arena_release(&s->work, m);
}

void
reply_tagged(struct sess *s, const char *tag, const char *status,
    const char *code, enum lang_id text)
{
	char b[32];

	linef(s, "%s %s %s%s\r\n", tag, status, bracket(b, code),
	    sess_text(s, text));
}

void
reply_tagged_about(struct sess *s, const char *tag, const char *status,
    const char *code, enum lang_id text, const char *about)
{
	char b[32];

	linef(s, "%s %s %s%s%s\r\n", tag, status, bracket(b, code),
	    sess_text(s, text), about);
}

void
reply_progress(struct sess *s, const char *tag)
{
	const char *text = sess_text(s, LANG_STILL_HERE);

	if (imap_caps_has(&s->caps, IMAP_CAP_INPROGRESS))
		linef(s, "* OK [INPROGRESS (\"%s\" NIL NIL)] %s\r\n", tag,
		    text);
	else
		linef(s, "* OK %s\r\n", text);
}

void
reply_bad_untagged(struct sess *s, enum lang_id text)
{
	linef(s, "* BAD %s\r\n", sess_text(s, text));
}

void
reply_continue(struct sess *s, struct str text)
{
	/* a challenge may be longer than a line of ours */
	if (io_put(&s->client, STR("+ ")) && io_put(&s->client, text) &&
	    io_put(&s->client, STR("\r\n")))
		io_commit(&s->client);
	else
		io_rollback(&s->client);
}

void
reply_answer(const struct sess *s, struct queued *q, const char *status,
    const char *code, enum lang_id text)
{
	char b[32];

	snprintf(q->answer, sizeof q->answer, "%s %s%s", status,
	    bracket(b, code), sess_text(s, text));
}

static void
add_local(struct sess *s, const char *tag, unsigned row, enum queue_say say,
    const char *status, const char *code, enum lang_id text)
{
	struct queued *q = queue_add(&s->queue, QUEUE_LOCAL);

	q->say = say;
	q->row = (uint16_t)row;
	q->dry = policy_dry(s);
	q->since = clock_ms();
	snprintf(q->tag, sizeof q->tag, "%s", tag);
	reply_answer(s, q, status, code, text);
	reply_due(s);
}

void
reply_local(struct sess *s, const char *tag, unsigned row, const char *status,
    const char *code, enum lang_id text)
{
	add_local(s, tag, row, QUEUE_SAY_NOTHING, status, code, text);
}

void
reply_deselected(struct sess *s, const struct queued *q)
{
	bool ok = q->answer[0] == 'O';

	/* RFC 9051 section 7.1: a SELECT that fails closed its predecessor */
	if (!ok)
		linef(s, "* OK [CLOSED] %s\r\n", sess_text(s, LANG_OK));
	linef(s, "%s %s\r\n", q->tag, q->answer);
	record_request(s, q, ok ? "OK" : "NO", true);
}

void
reply_say(struct sess *s, const char *tag, unsigned row, enum queue_say say,
    const char *status, enum lang_id text)
{
	add_local(s, tag, row, say, status, "", text);
}

/* What must stand before the tagged line of a local answer. */
static void
before_answer(struct sess *s, const struct queued *q)
{
	if (q->say == QUEUE_SAY_CAPABILITY)
		reply_capability(s);
	else if (q->say == QUEUE_SAY_BYE) {
		linef(s, "* BYE %s\r\n", sess_text(s, LANG_LOGGED_OUT));
		s->bye_sent = true;
	} else if (q->say == QUEUE_SAY_ID) {
		linef(s, "* ID NIL\r\n");
	} else if (q->say == QUEUE_SAY_ENABLED) {
		linef(s, "* ENABLED\r\n");
	}
}

void
reply_due(struct sess *s)
{
	struct queued *q;

	while ((q = queue_head(&s->queue)) != NULL &&
	    (q->kind == QUEUE_LOCAL || q->done)) {
		if (q->kind == QUEUE_LOCAL) {
			before_answer(s, q);
			linef(s, "%s %s\r\n", q->tag, q->answer);
			record_request(s, q, q->answer[0] == 'O' ? "OK" :
			    q->answer[0] == 'N' ? "NO" : "BAD", true);
			if (q->say == QUEUE_SAY_BYE)
				sess_finish(s, SESS_ACCEPTED, "logout");
		}
		queue_drop_head(&s->queue);
	}
}

void
reply_logged_out(struct sess *s)
{
	struct queued *q;

	if (!s->bye_sent)
		linef(s, "* BYE %s\r\n", sess_text(s, LANG_LOGGED_OUT));
	s->bye_sent = true;
	for (; (q = queue_head(&s->queue)) != NULL; queue_drop_head(&s->queue))
		if (q->kind == QUEUE_REMOTE && !q->done)
			reply_tagged(s, q->tag, "OK", "", LANG_LOGOUT_DONE);
}

/* Every command that still waits hears why it gets no other answer. */
static void
refuse_pending(struct sess *s)
{
	struct queued *q;

	for (; (q = queue_head(&s->queue)) != NULL; queue_drop_head(&s->queue))
		if (q->kind != QUEUE_OWN && !q->done) {
			reply_tagged(s, q->tag, "NO", s->end.code,
			    s->end.text);
			record_request(s, q, "NO", true);
		}
}

void
reply_end(struct sess *s)
{
	char b[32];

	if (!s->audible || s->client.fd < 0)
		return;
	io_rollback(&s->client);
	if (s->mid_line || !s->end.bye || s->bye_sent)
		return;
	if (strcmp(s->end.code, "LIMIT") == 0 ||
	    strcmp(s->end.code, "UNAVAILABLE") == 0)
		refuse_pending(s);
	linef(s, "* BYE %s%s\r\n", bracket(b, s->end.code),
	    sess_text(s, s->end.text));
}
