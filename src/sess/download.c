#include <assert.h>
#include <stdio.h>

#include "arg.h"
#include "download.h"
#include "err.h"
#include "limit.h"
#include "mailrecord.h"
#include "policy.h"
#include "record.h"
#include "reply.h"
#include "request.h"
#include "scan.h"
#include "session.h"
#include "transfer.h"
#include "vis.h"

enum {
	/* Written at once: what fits every buffer. */
	WRITE_MIN = 512,
	/* Octets read from the spool for one write. */
	WRITE_BLOCK = 32768,
	/* More than this goes from the spool to a plain socket as it is. */
	WRITE_FILE = 65536,
};

bool
download_active(const struct sess *s)
{
	return s->download.active;
}

/* ---- the command --------------------------------------------------------- */

static struct imap_arg *
atom(struct sess *s, const char *name)
{
	struct imap_arg *a = arena_alloc(&s->work, sizeof *a);

	a->kind = IMAP_ARG_ATOM;
	a->s = str_c(name);
	return a;
}

static struct imap_arg *
whole_mail(struct sess *s)
{
	struct imap_arg *a = atom(s, "BODY.PEEK");

	a->kind = IMAP_ARG_SECTION;
	return a;
}

struct list {
	struct imap_arg *first, **tail;
};

static void
append(struct list *l, struct imap_arg *a)
{
	*l->tail = a;
	l->tail = &a->next;
}

/* What a macro stands for (RFC 9051 section 6.4.5). */
static void
append_macro(struct sess *s, struct list *l, uint64_t rows)
{
	for (unsigned i = 0; i < IMAP_ITEM_ROWS; i++)
		if (rows >> i & 1)
			append(l, atom(s, imap_items[i].name));
}

/* The client's items one by one, macros as what they stand for. */
static const struct imap_arg *
expand(struct sess *s, const struct imap_arg *a)
{
	struct list l = { NULL, &l.first };
	const struct imap_arg *from = a->kind == IMAP_ARG_LIST ? a->list : a;

	for (; from != NULL; from = from->next) {
		uint64_t macro = from->kind == IMAP_ARG_ATOM ?
		    imap_item_macro(from->s) : 0;
		struct imap_arg *copy;

		if (macro != 0) {
			append_macro(s, &l, macro);
		} else {
			copy = arena_alloc(&s->work, sizeof *copy);
			*copy = *from;
			copy->next = NULL;
			append(&l, copy);
		}
		if (a->kind != IMAP_ARG_LIST)
			break;
	}
	return l.first;
}

static uint64_t
rows_of(const struct imap_arg *items)
{
	uint64_t rows = 0;

	for (; items != NULL; items = items->next)
		rows |= imap_item_rows_asked(items);
	return rows;
}

static bool
any(const struct imap_arg *items, bool (*is)(const struct imap_arg *))
{
	for (; items != NULL; items = items->next)
		if (is(items))
			return true;
	return false;
}

/* UID before all, so that it is known whose items the others are. */
static struct imap_arg *
server_items(struct sess *s)
{
	struct download *d = &s->download;
	struct imap_arg *list = atom(s, ""), *copy;
	struct list l = { NULL, &l.first };

	append(&l, atom(s, "UID"));
	for (const struct imap_arg *a = d->items; a != NULL; a = a->next) {
		uint64_t row = imap_item_rows_asked(a);

		if (row & VIEW_BIT(UID) || ((d->body || d->content) &&
		    !(row & VIEW_META)))
			continue;
		copy = arena_alloc(&s->work, sizeof *copy);
		*copy = *a;
		copy->next = NULL;
		append(&l, copy);
	}
	if (d->body)
		append(&l, whole_mail(s));
	list->kind = IMAP_ARG_LIST;
	list->list = l.first;
	return list;
}

/* Without PARTIAL, which has chosen from the set already (RFC 9394). */
static struct imap_arg *
chosen(struct sess *s, const struct imap_arg *modifiers)
{
	struct imap_arg *list, *copy;
	struct list l;

	if (modifiers == NULL || modifiers->kind != IMAP_ARG_LIST)
		return NULL;
	list = arena_alloc(&s->work, sizeof *list);
	*list = *modifiers;
	l = (struct list){ NULL, &l.first };
	for (const struct imap_arg *a = modifiers->list; a != NULL;
	    a = a->next) {
		if (imap_arg_is(a, "PARTIAL") && a->next != NULL) {
			a = a->next;
			continue;
		}
		copy = arena_alloc(&s->work, sizeof *copy);
		*copy = *a;
		copy->next = NULL;
		append(&l, copy);
	}
	list->list = l.first;
	return l.first != NULL ? list : NULL;
}

/* Send it, or what is to be asked for anew, in the client's numbering. */
static void
send_fetch(struct sess *s, struct str set, bool anew)
{
	struct download *d = &s->download;
	struct imap_command c = s->reader.cmd;
	struct imap_arg *a = arena_alloc(&s->work, sizeof *a), *items;
	struct queued *q = queue_find(&s->queue, d->number);
	struct imap_wire wire;
	char tag[REQUEST_TAG];

	*a = *c.args;
	a->s = set;
	items = server_items(s);
	items->next = c.args->next->next;	/* modifiers */
	if (anew)
		items->next = chosen(s, items->next);
	a->next = items;
	c.args = a;
	if (q == NULL)
		return;
	imap_emit_command(&s->work, str_c(request_tag(s, q->number, tag)), &c,
	    s->utf8, &wire);
	request_send_kept(s, &wire);
}

/* Numbers of a set without '*' and '$', in their order; false at the end. */
struct numbers {
	struct str rest;
	uint64_t at, hi;
	bool more, odd;
};

static bool
next_number(struct numbers *n, uint32_t *r)
{
	struct str part, lo;
	uint64_t a, b;

	if (n->at > n->hi) {
		if (!n->more || n->odd)
			return false;
		n->more = str_cut(&n->rest, ',', &part);
		if (!str_cut(&part, ':', &lo))
			part = lo;
		n->odd = !str_u64(lo, UINT32_MAX, &a) ||
		    !str_u64(part, UINT32_MAX, &b);
		if (n->odd)
			return false;
		n->at = a < b ? a : b;
		n->hi = a < b ? b : a;
	}
	*r = (uint32_t)n->at++;
	return true;
}

#define NUMBERS(set) { set, 1, 0, true, false }

static struct scan_mail *
find(struct sess *s, uint32_t number)
{
	return s->download.by_uid ? scan_find_uid(s, number) :
	    scan_find_seq(s, number);
}

/* Are all of these kept?  Then the server is not asked for them again. */
static bool
all_kept(struct sess *s)
{
	struct numbers n = NUMBERS(s->download.set);
	uint32_t number;
	unsigned count = 0;

	while (next_number(&n, &number))
		if (++count > SCAN_MAILS || find(s, number) == NULL)
			return false;
	return count > 0 && !n.odd;
}

static bool
in_set(struct str set, uint32_t number)
{
	struct str part, lo;
	uint64_t a, b;
	bool more = true;

	while (more) {
		more = str_cut(&set, ',', &part);
		if (!str_cut(&part, ':', &lo))
			part = lo;
		/* '*' and '$': the server knows */
		if (!str_u64(lo, UINT32_MAX, &a) ||
		    !str_u64(part, UINT32_MAX, &b))
			return true;
		if ((a <= number && number <= b) ||
		    (b <= number && number <= a))
			return true;
	}
	return false;
}

static void
begin(struct sess *s, const struct imap_command *cmd,
    const struct imap_arg *items)
{
	struct download *d = &s->download;
	struct queued *q = request_queue(s, cmd->tag, cmd->row);

	q->barrier = true;
	*d = (struct download){
		.active = true, .items = items, .number = q->number,
		.set = cmd->args->s, .by_uid = cmd->uid,
		.uid = cmd->uid || rows_of(items) & VIEW_BIT(UID),
		.mark = any(items, view_seen) && !policy_read_only(s),
		.said = q->since,
	};
	for (unsigned i = 0; i < DOWNLOAD_LINES; i++)
		buf_init(&d->line[i].meta, DOWNLOAD_META);
	buf_init(&d->seen, DOWNLOAD_SEEN);
	buf_init(&d->again, DOWNLOAD_SEEN);
}

/* Is anything to be answered from mails that are judged first? */
static bool
wants_content(const struct sess *s, const struct imap_arg *items)
{
	return any(items, view_content) || scan_lost(s) ||
	    s->cacl->index == CONF_INDEX_EXACT;
}

bool
download_wants(struct sess *s, const struct imap_command *cmd)
{
	struct arena_mark m = arena_mark(&s->work);
	const struct imap_arg *items;
	bool wants;

	if (s->scan == NULL || !(imap_commands[cmd->row].flags &
	    IMAP_CMD_FETCH))
		return false;
	items = expand(s, cmd->args->next);
	wants = rows_of(items) & (VIEW_VALUES | VIEW_OCTETS) &&
	    (wants_content(s, items) || scan_knows(s));
	/* a command that waits is asked more than once */
	arena_release(&s->work, m);
	return wants;
}

bool
download_command(struct sess *s, const struct imap_command *cmd)
{
	struct download *d = &s->download;

	if (!download_wants(s, cmd))
		return false;
	begin(s, cmd, expand(s, cmd->args->next));
	d->content = wants_content(s, d->items);
	d->body = d->content && !all_kept(s);
	send_fetch(s, d->set, false);
	return true;
}

static void
put(struct sess *s, struct str t)
{
	if (!io_put(&s->client, t))
		sess_bye(s, SESS_FAILED, "LIMIT", LANG_LIMIT_MEMORY,
		    "a response larger than its buffer");
}

static void
put_head(struct sess *s, const struct download_line *l)
{
	struct str meta = buf_str(&l->meta);
	char text[32];
	int n = snprintf(text, sizeof text, "* %u FETCH (", l->seq);

	put(s, (struct str){ text, (size_t)n });
	/* every item has its blank before it */
	if (meta.n > 0)
		put(s, (struct str){ meta.p + 1, meta.n - 1 });
	s->download.written = meta.n > 0;
}

/* ---- the server's responses ---------------------------------------------- */

/* Is this what a lazy listing shows of mails that nobody has judged? */
static bool
listed(struct str text, uint64_t rows)
{
	struct imap_item it;

	if (rows & VIEW_VALUES || str_ieq(text, STR("RFC822.HEADER")))
		return true;
	return imap_item_parse(text, &it) && it.section.nparts == 0 &&
	    str_ieq(it.name, STR("BODY")) &&
	    (it.section.text == IMAP_SECTION_HEADER ||
	    it.section.text == IMAP_SECTION_FIELDS ||
	    it.section.text == IMAP_SECTION_FIELDS_NOT);
}

bool
download_passes(struct sess *s, struct str text, uint64_t rows)
{
	if (s->scan == NULL || rows & VIEW_META)
		return true;
	/* of mails that were judged nothing comes from the server */
	return !scan_knows(s) && s->cacl->index == CONF_INDEX_LAZY &&
	    listed(text, rows);
}

bool
download_full(const struct sess *s)
{
	const struct download *d = &s->download;
	unsigned most = d->content ? DOWNLOAD_LINES : 1;

	return d->active && (d->wanting > 0 ||
	    (d->in == NULL && d->n == most));
}

bool
download_holds(const struct sess *s, enum imap_resp_event e)
{
	const struct download *d = &s->download;

	if (!d->active || d->n == 0)
		return false;
	return e == IMAP_RESP_STATUS || (e == IMAP_RESP_BEGIN &&
	    s->response.row != IMAP_DATA_FETCH);
}

void
download_begin(struct sess *s, uint64_t seq)
{
	struct download *d = &s->download;

	d->in = &d->line[(d->first + d->n++) % DOWNLOAD_LINES];
	d->in->seq = (uint32_t)seq;
	d->in->uid = 0;
	d->in->mail = NULL;
	d->in->ended = d->in->kept = d->in->values = d->in->asked = false;
	d->in->late = d->in->says = false;
	buf_drop(&d->in->meta, buf_len(&d->in->meta));
	d->kind = DOWNLOAD_DROP;
	d->had_body = false;
}

/* A listing's values go on as they come, behind what was kept back. */
static enum download_item
pass(struct sess *s)
{
	struct download *d = &s->download;

	if (!d->writing) {
		put_head(s, d->in);
		d->writing = true;
	}
	return DOWNLOAD_PASS;
}

/* "BODY[]" and nothing else: what was asked for. */
static bool
is_whole(struct str text)
{
	return str_ieq(text, STR("BODY[]"));
}

enum download_item
download_item(struct sess *s, struct str text, uint64_t rows)
{
	struct download *d = &s->download;

	d->rows = rows;
	d->kind = DOWNLOAD_DROP;
	if (!policy_item(s, rows) && policy_drops(s, "item", text))
		return d->kind;
	if (rows & VIEW_BIT(UID)) {
		d->kind = DOWNLOAD_UID;
	} else if (rows & VIEW_META) {
		d->kind = d->writing ? DOWNLOAD_PASS : DOWNLOAD_KEEP;
		d->in->says |= (rows & (VIEW_BIT(FLAGS) |
		    VIEW_BIT(MODSEQ))) != 0;
	} else if (d->body && !d->seen_phase && !d->had_body &&
	    is_whole(text)) {
		d->kind = DOWNLOAD_MAIL;
		d->had_body = true;
	} else if (d->in->values && listed(text, rows)) {
		d->kind = pass(s);
	} else if (!d->content && d->in->uid == 0) {
		d->in->late = true;
	} else if (!d->seen_phase && (d->content || d->in->values)) {
		/* nobody asked for it */
		policy_drops(s, "item", text);
	}
	return d->kind;
}

static void
take_kept(struct download_line *l, struct scan_mail *m)
{
	l->mail = m;
	if (m == NULL)
		return;
	l->kept = true;
	m->seq = l->seq;
	scan_pin(m);
}

void
download_uid(struct sess *s, struct str number)
{
	struct download *d = &s->download;
	struct download_line *l = d->in;
	uint64_t uid;
	char text[24];
	int n;

	if (l->uid != 0 || !str_u64(number, UINT32_MAX, &uid) || uid == 0)
		return;
	l->uid = (uint32_t)uid;
	l->asked = in_set(d->set, d->by_uid ? l->uid : l->seq);
	if (d->uid) {
		n = snprintf(text, sizeof text, " UID %u", l->uid);
		if (!buf_put(&l->meta, (struct str){ text, (size_t)n }))
			l->uid = 0;
	}
	/* a mail that came before its UID: judge() looks for it */
	if (d->seen_phase || l->mail != NULL)
		return;
	take_kept(l, scan_find_uid(s, l->uid));
	if (l->mail != NULL || d->content || !l->asked)
		return;
	l->late |= scan_was_changed(s, l->uid);
	l->values = !l->late;
}

static void
refuse_mail(struct sess *s, struct download_line *l, const char *code)
{
	struct download *d = &s->download;
	size_t n = strlen(d->named);

	if (d->refused++ == 0)
		d->code = code;
	if (n + 16 < sizeof d->named)
		snprintf(d->named + n, sizeof d->named - n, "%s%u",
		    n > 0 ? "," : " ", d->by_uid ? l->uid : l->seq);
}

/* A mail of n octets begins: a place for it, or it is not shown. */
static void
begin_mail(struct sess *s, uint64_t n)
{
	struct download *d = &s->download;
	struct download_line *l = d->in;
	const struct conf_mail_dir *dir = &s->cacl->mail[CONF_DOWNLOAD];
	const char *code, *why;

	if (!limit_mail(s, true, n) || l->kept)
		return;
	if (dir->max_mail != 0 && n > dir->max_mail) {
		mailrecord_none(s, MAIL_DOWNLOAD, l->uid, n, "max-mail");
		refuse_mail(s, l, "NOPERM");
		return;
	}
	l->mail = scan_new(s, MAIL_DOWNLOAD, n, &code, &why);
	if (l->mail == NULL && code == NULL && d->n > 1) {
		/* once the mail before it has gone out */
		d->wanting = n;
		return;
	}
	if (l->mail == NULL) {
		code = code ? code : "UNAVAILABLE";
		mailrecord_none(s, MAIL_DOWNLOAD, l->uid, n, why);
		refuse_mail(s, l, code);
	}
}

void
download_literal(struct sess *s, uint64_t n)
{
	struct download *d = &s->download;

	if (d->kind == DOWNLOAD_MAIL)
		begin_mail(s, n);
	d->take = n;
}

/* A mail that had no place: try again. */
static void
place_mail(struct sess *s)
{
	struct download *d = &s->download;
	uint64_t n = d->wanting;

	d->wanting = 0;
	begin_mail(s, n);
}

size_t
download_take(struct sess *s, struct str in)
{
	struct download *d = &s->download;
	struct download_line *l = d->in;

	if (in.n > d->take)
		in.n = (size_t)d->take;
	if (d->kind == DOWNLOAD_MAIL && l->mail != NULL && !l->kept)
		scan_write(s, l->mail, in);
	else if (d->kind == DOWNLOAD_KEEP && !buf_put(&l->meta, in))
		sess_bye(s, SESS_FAILED, "LIMIT", LANG_LIMIT_MEMORY,
		    "a FETCH response with too much besides the mail");
	d->take -= in.n;
	return in.n;
}

void
download_string(struct sess *s, struct str octets)
{
	struct download *d = &s->download;

	if (d->kind != DOWNLOAD_MAIL)
		return;
	if (octets.p == NULL) {
		/* NIL: the server has no such mail any more */
		d->had_body = false;
		return;
	}
	begin_mail(s, octets.n);
	if (d->wanting > 0) {
		/* its octets are here now, and cannot wait */
		d->wanting = 0;
		refuse_mail(s, d->in, "UNAVAILABLE");
	}
	d->take = octets.n;
	download_take(s, octets);
	d->take = 0;
}

/* The mail has to be asked for, as a whole. */
static void
ask_again(struct sess *s, struct download_line *l)
{
	struct download *d = &s->download;
	char text[16];
	int n = snprintf(text, sizeof text, "%s%u",
	    buf_len(&d->again) > 0 ? "," : "", d->by_uid ? l->uid : l->seq);

	if (!buf_put(&d->again, (struct str){ text, (size_t)n }))
		refuse_mail(s, l, "LIMIT");
	buf_drop(&l->meta, buf_len(&l->meta));
}

/* What came with this line is no answer about a mail that was asked for. */
static void
let_go(struct sess *s, struct download_line *l)
{
	if (l->mail != NULL && l->kept)
		scan_keep(s, l->mail);
	else if (l->mail != NULL)
		scan_drop(s, l->mail);
	l->mail = NULL;
}

/* A mail came, and behind it the UID of one that is kept. */
static void
judge(struct sess *s, struct download_line *l)
{
	struct scan_mail *kept = scan_find_uid(s, l->uid);

	if (kept != NULL) {
		let_go(s, l);
		take_kept(l, kept);
		return;
	}
	l->mail->uid = l->uid;
	l->mail->seq = l->seq;
	scan_judge(s, l->mail);
}

void
download_line_end(struct sess *s)
{
	struct download *d = &s->download;
	struct download_line *l = d->in;

	d->in = NULL;
	l->ended = true;
	if (d->seen_phase)
		return;
	if (l->mail != NULL && l->uid == 0) {
		mailrecord_none(s, MAIL_DOWNLOAD, 0, l->mail->octets.size,
		    "it came without a UID");
		refuse_mail(s, l, "UNAVAILABLE");
	}
	if (!l->asked || (d->body && !d->had_body)) {
		/* flags that changed meanwhile, or what nobody asked for */
		let_go(s, l);
	} else if (l->late || (d->content && !d->body && l->mail == NULL)) {
		let_go(s, l);
		ask_again(s, l);
	} else if (l->mail != NULL && !l->kept) {
		judge(s, l);
	}
}

/* ---- marking as seen ----------------------------------------------------- */

static bool
put_run(struct download *d)
{
	char text[32];
	int n;

	if (d->run_lo == 0)
		return true;
	n = d->run_lo == d->run_hi ?
	    snprintf(text, sizeof text, "%u,", d->run_lo) :
	    snprintf(text, sizeof text, "%u:%u,", d->run_lo, d->run_hi);
	d->run_lo = 0;
	return buf_put(&d->seen, (struct str){ text, (size_t)n });
}

/* false: there is no room for more. */
static bool
mark(struct download *d, uint32_t number)
{
	if (d->run_lo != 0 && number == d->run_hi + 1) {
		d->run_hi = number;
		return true;
	}
	if (!put_run(d))
		return false;
	d->run_lo = d->run_hi = number;
	return true;
}

/* The next part of the set, without its last comma. */
static struct str
seen_part(struct download *d)
{
	struct str set = buf_str(&d->seen);

	if (set.n > DOWNLOAD_LINE) {
		set.n = DOWNLOAD_LINE;
		while (set.p[set.n - 1] != ',')
			set.n--;
	}
	set.n--;
	return set;
}

/* True when the server was asked, false when there is nothing to mark. */
static bool
send_seen(struct sess *s)
{
	struct download *d = &s->download;
	struct str set;
	struct queued *q;
	char tag[REQUEST_TAG];

	put_run(d);
	if (buf_len(&d->seen) == 0)
		return false;
	set = seen_part(d);
	q = queue_add(&s->queue, QUEUE_OWN);
	q->row = d->by_uid ? IMAP_UID_FETCH : IMAP_FETCH;
	q->barrier = true;
	q->since = clock_ms();
	if (io_put(&s->server, str_c(request_tag(s, q->number, tag))) &&
	    io_put(&s->server, d->by_uid ? STR(" UID FETCH ") :
	    STR(" FETCH ")) && io_put(&s->server, set) &&
	    io_put(&s->server, STR(" (BODY[]<0.1>)\r\n")))
		io_commit(&s->server);
	buf_drop(&d->seen, set.n + 1);
	d->seen_phase = true;
	return true;
}

/* ---- the end ------------------------------------------------------------- */

static void
forget(struct sess *s)
{
	struct download *d = &s->download;

	for (unsigned i = 0; i < DOWNLOAD_LINES; i++)
		buf_fini(&d->line[i].meta);
	buf_fini(&d->seen);
	buf_fini(&d->again);
	*d = (struct download){ 0 };
	request_forget(s);
}

/* What the client is told instead of the server's answer. */
static void
finish(struct sess *s, struct queued *q, const char *status)
{
	struct download *d = &s->download;
	bool denied = d->refused > 0;

	if (denied)
		reply_tagged_about(s, q->tag, "NO", d->code,
		    strcmp(d->code, "NOPERM") == 0 ? LANG_MAIL_DENIED :
		    LANG_MAIL_UNJUDGED, d->named);
	else
		reply_tagged(s, q->tag, status, "", status[0] == 'O' ?
		    LANG_OK : LANG_NO);
	record_request(s, q, denied ? "NO" : status, denied);
	q->done = true;
	forget(s);
}

/* The server has answered all that was asked of it so far. */
static bool
more(struct sess *s)
{
	struct download *d = &s->download;
	struct str again = buf_str(&d->again);

	if (again.n > 0) {
		d->set = arena_dup(&s->work, again);
		buf_drop(&d->again, again.n);
		d->body = d->content = true;
		send_fetch(s, d->set, true);
		return true;
	}
	return send_seen(s);
}

bool
download_answered(struct sess *s, struct queued *q, enum imap_status status)
{
	struct download *d = &s->download;
	struct queued *own;

	if (!d->active)
		return false;
	if (q->number == d->number) {
		d->no = status != IMAP_ST_OK;
		/* some mails may be gone: those that were shown were seen */
		if (status != IMAP_ST_BAD && more(s))
			return true;
		if (d->refused > 0) {
			finish(s, q, "OK");
			return true;
		}
		/* the server's own words go on */
		forget(s);
		return false;
	}
	own = queue_find(&s->queue, d->number);
	if (q->kind == QUEUE_OWN && d->seen_phase && own != NULL) {
		q->done = true;
		if (!send_seen(s))
			finish(s, own, d->no ? "NO" : "OK");
		return true;
	}
	return false;
}

/* ---- writing ------------------------------------------------------------- */

/* The line that was answered goes away; its mail stays for later. */
static void
line_done(struct sess *s)
{
	struct download *d = &s->download;
	struct download_line *l = &d->line[d->first];

	if (l->mail != NULL)
		scan_keep(s, l->mail);
	l->mail = NULL;
	buf_drop(&l->meta, buf_len(&l->meta));
	d->first = (d->first + 1) % DOWNLOAD_LINES;
	d->n--;
	d->writing = false;
	d->said = clock_ms();
}

static void
close_line(struct sess *s)
{
	put(s, STR(")\r\n"));
	io_commit(&s->client);
	s->mid_line = false;
	line_done(s);
}

/* Its mail is not shown: what the server says besides is. */
static void
write_meta(struct sess *s, const struct download_line *l)
{
	/*
	 * Flags are news to anybody.  A UID and a date without the content
	 * that was asked for end mbsync's run.
	 */
	if (buf_len(&l->meta) == 0 || (s->download.content && !l->says)) {
		line_done(s);
		return;
	}
	put_head(s, l);
	close_line(s);
}

/* An item was begun: its value's head. */
static void
put_value_head(struct sess *s, const struct view *v)
{
	char text[40];
	int n;

	if (v->form == VIEW_NIL) {
		put(s, STR("NIL"));
	} else if (v->form == VIEW_LITERAL) {
		/* what is decoded may hold NUL (RFC 3516 section 4.3) */
		n = snprintf(text, sizeof text, "%s{%llu}\r\n",
		    v->binary ? "~" : "", (unsigned long long)v->size);
		put(s, (struct str){ text, (size_t)n });
	}
}

/* A part that nobody can decode (RFC 3516 section 4.3), or not now. */
static void
cannot_decode(struct sess *s, struct download_line *l)
{
	struct view *v = &s->download.view;

	if (v->form == VIEW_DECODED_SIZE)
		view_decoded(v, 0);	/* a number has to stand there */
	else
		v->form = VIEW_NIL;
	refuse_mail(s, l, s->scan->decode.full ? "UNAVAILABLE" :
	    "UNKNOWN-CTE");
}

/* The next item that the mail answers; false when there is none. */
static bool
next_item(struct sess *s)
{
	struct download *d = &s->download;
	const struct imap_arg *a;

	while ((a = d->item) != NULL && !(imap_item_rows_asked(a) &
	    (VIEW_VALUES | VIEW_OCTETS)))
		d->item = a->next;
	if (a == NULL)
		return false;
	view_begin(&d->view, &d->line[d->first].mail->index, a);
	if (d->view.form == VIEW_DECODED || d->view.form == VIEW_DECODED_SIZE)
		scan_decode(s, d->line[d->first].mail, d->view.part);
	return true;
}

/* Decoding takes a question to the worker: true when it is answered. */
static bool
decoded(struct sess *s, struct download_line *l)
{
	struct view *v = &s->download.view;
	struct scan_decode *x = &s->scan->decode;

	if (v->form != VIEW_DECODED && v->form != VIEW_DECODED_SIZE)
		return true;
	if (!x->done)
		return false;
	if (x->ok)
		view_decoded(v, x->octets.size);
	else
		cannot_decode(s, l);
	return true;
}

static void
begin_value(struct sess *s)
{
	struct download *d = &s->download;
	char name[VIEW_NAME];
	size_t n = view_name(d->item, name);

	if (d->written++ > 0)
		put(s, STR(" "));
	put(s, (struct str){ name, n });
	put_value_head(s, &d->view);
	io_commit(&s->client);
	d->value = true;
	d->piece = (struct view_piece){ NULL, 0, 0 };
}

/*
 * Octets that need not pass through our buffers: how many went, 0 none, as
 * they have to.  A file's pages may come to hold another mail.
 */
static size_t
send_octets(struct sess *s, const struct spooled *from,
    const struct view_piece *p)
{
	int n;

	if (p->p != NULL || p->n < WRITE_FILE || s->client.tls != NULL ||
	    from->file >= 0 || (io_unsent(&s->client) > 0 &&
	    io_flush(&s->client) < 0) || io_unsent(&s->client) > 0)
		return 0;
	n = io_send_file(&s->client, from->fd, p->off, (size_t)p->n);
	/* an error is met again by whoever flushes */
	return n > 0 ? (size_t)n : 0;
}

static bool
write_piece(struct sess *s)
{
	struct download *d = &s->download;
	struct view_piece *p = &d->piece;
	const struct spooled *from = s->scan->decode.active ?
	    &s->scan->decode.octets : &d->line[d->first].mail->octets;
	size_t room = io_room(&s->client);
	static char block[WRITE_BLOCK];
	int64_t n;

	n = (int64_t)send_octets(s, from, p);
	if (n > 0) {
		p->off += (uint64_t)n;
		p->n -= (uint64_t)n;
		return true;
	}
	if (room < WRITE_MIN)
		return false;
	n = (int64_t)(p->n < room ? p->n : room);
	if (p->p != NULL) {
		put(s, (struct str){ p->p, (size_t)n });
		p->p += n;
	} else {
		n = spool_read(from, p->off, block, n < WRITE_BLOCK ?
		    (size_t)n : WRITE_BLOCK);
		if (n <= 0) {
			sess_bye(s, SESS_FAILED, "UNAVAILABLE",
			    LANG_BYE_INTERNAL, "the spool cannot be read");
			return false;
		}
		put(s, (struct str){ block, (size_t)n });
	}
	io_commit(&s->client);
	p->off += (uint64_t)n;
	p->n -= (uint64_t)n;
	return true;
}

/* The item's value to its end; false when it has to wait. */
static bool
write_value(struct sess *s)
{
	struct download *d = &s->download;

	for (;;) {
		if (d->piece.n > 0 && !write_piece(s))
			return false;
		if (d->piece.n == 0 && (d->view.form == VIEW_NIL ||
		    !view_next(&d->view, &d->piece)))
			break;
	}
	scan_decode_end(s);
	d->value = false;
	d->item = d->item->next;
	return true;
}

static void
shown(struct sess *s, const struct download_line *l)
{
	struct download *d = &s->download;

	if (d->mark && !mark(d, d->by_uid ? l->uid : l->seq))
		d->fatal_set = true;
}

/* A mail that was let through: item by item. */
static bool
write_mail(struct sess *s, struct download_line *l)
{
	struct download *d = &s->download;

	if (!d->writing) {
		if (d->fatal_set) {
			refuse_mail(s, l, "LIMIT");
			write_meta(s, l);
			return true;
		}
		put_head(s, l);
		io_commit(&s->client);
		s->mid_line = d->writing = true;
		d->item = d->items;
		d->value = d->begun = false;
	}
	for (;;) {
		if (d->value && !write_value(s))
			return false;
		if (io_room(&s->client) < VIEW_NAME + WRITE_MIN)
			return false;
		if (!d->begun && !next_item(s))
			break;
		d->begun = true;
		if (!decoded(s, l))
			return false;
		d->begun = false;
		begin_value(s);
	}
	shown(s, l);
	s->mails.kept += l->kept;
	close_line(s);
	return true;
}

static bool
write_line(struct sess *s)
{
	struct download *d = &s->download;
	struct download_line *l = &d->line[d->first];

	if (!l->ended || (l->mail != NULL && !scan_decided(l->mail)))
		return false;
	if (l->values && d->writing) {
		close_line(s);	/* what was passed on */
		return true;
	}
	/* its meta, at the most, and a head */
	if (!d->writing && io_room(&s->client) < buf_len(&l->meta) +
	    WRITE_MIN && io_unsent(&s->client) > 0)
		return false;
	if (l->mail == NULL) {
		write_meta(s, l);
		return true;
	}
	if (l->mail->state != SCAN_READY) {
		refuse_mail(s, l, l->mail->code);
		write_meta(s, l);
		return true;
	}
	return write_mail(s, l);
}

bool
download_turn(struct sess *s)
{
	bool moved = false;

	while (s->download.active && s->download.n > 0 && !s->end.set &&
	    write_line(s)) {
		moved = true;
		if (s->download.wanting > 0)
			place_mail(s);
	}
	return moved;
}
