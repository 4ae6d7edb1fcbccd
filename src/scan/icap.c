#include <stdio.h>
#include <unistd.h>

#include "head.h"
#include "icap.h"
#include "lane.h"

enum phase {
	OPTIONS,	/* to be asked */
	GREET,		/* asked, not answered */
	ASK,
	PREVIEW,	/* it has seen the beginning */
	REST,		/* it gets all of it */
	WAIT,
	INNER,		/* an answer 200: its HTTP head, l->left octets */
	INNER_REQUEST,	/* the same, of a request */
	CHUNK,		/* its body: a chunk's length */
	DATA,		/* l->left octets of a chunk */
	DATA_END,	/* the CRLF behind them */
};

/* What the object travels in. */
#define OF_BODY "Content-Type: application/octet-stream\r\n" \
    "Content-Length: %llu\r\n\r\n"
#define GET "GET http://mail/ HTTP/1.1\r\nHost: mail\r\n\r\n"
#define RESPONSE "HTTP/1.1 200 OK\r\n" OF_BODY
#define POST_LINE "POST http://mail/ HTTP/1."
#define POST POST_LINE "1\r\nHost: mail\r\n" OF_BODY

/* ---- fields ------------------------------------------------------------- */

/* "Type=0; Resolution=2; Threat=Name;": the name. */
static struct str
threat(struct str value)
{
	struct str item, key;

	while (value.n > 0) {
		str_cut(&value, ';', &item);
		item = str_trim(item);
		if (str_cut(&item, '=', &key) && str_ieq(key, STR("Threat")))
			return item;
	}
	return STR("unnamed");
}

/* "1", and in lines of their own file, name, number and what was done. */
static struct str
violation(struct str value)
{
	struct str line = STR_NULL;

	for (int i = 0; i < 3; i++)
		str_cut(&value, '\n', &line);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	line = str_trim(line);
	return line.n > 0 ? line : STR("unnamed");
}

bool
icap_infection(const struct head *h, struct str *name_r)
{
	struct str value = STR_NULL, first;

	*name_r = STR("unnamed");
	if (head_lines(h, "X-Infection-Found", &value) != 0) {
		*name_r = threat(value);
		return true;
	}
	if (head_lines(h, "X-Virus-ID", &value) != 0) {
		if (value.n > 0)
			*name_r = value;
		return true;
	}
	if (head_lines(h, "X-Violations-Found", &value) == 0)
		return false;
	*name_r = violation(value);
	str_cut(&value, '\r', &first);
	return !str_eq(str_trim(first), STR("0"));
}

/* One of "res-hdr=0, res-body=131", and what stands behind it. */
static bool
take_item(struct str *s, struct str *key_r, uint64_t *off_r)
{
	struct str item;

	str_cut(s, ',', &item);
	item = str_trim(item);
	return str_cut(&item, '=', key_r) &&
	    str_u64(item, ICAP_INNER_MAX, off_r);
}

enum icap_inner
icap_inner(struct str s, uint64_t *head_r)
{
	static const struct {
		const char *head, *body;
		bool must;	/* the head be there */
		enum icap_inner what;
	} forms[] = {
		{ "req-hdr", "req-body", false, ICAP_REQUEST },
		{ "res-hdr", "res-body", false, ICAP_RESPONSE },
		{ "res-hdr", "null-body", true, ICAP_BARE_RESPONSE },
	};
	struct str head = STR_NULL, body;

	if (!take_item(&s, &body, head_r))
		return ICAP_NOTHING;
	if (s.n > 0) {
		head = body;
		if (*head_r != 0 || !take_item(&s, &body, head_r) || s.n > 0)
			return ICAP_NOTHING;
	}
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (str_ieq(body, str_c(forms[i].body)) && (head.n > 0 ?
		    str_ieq(head, str_c(forms[i].head)) : !forms[i].must))
			return forms[i].what;
	return ICAP_NOTHING;
}

/* ---- asking ------------------------------------------------------------- */

/* "METHOD icap://host/service ICAP/1.0", and Host. */
static int
start_line(struct lane *l, const char *method)
{
	const struct scan_address *a = &l->engine->addresses[l->address];
	const char *service = l->engine->service;
	char text[ADDR_TEXT];
	const char *host = l->engine->host != NULL ? l->engine->host :
	    a->path != NULL ? "localhost" : addr_host(&a->addr, text);
	bool v6 = strchr(host, ':') != NULL;

	if (service == NULL)
		service = "";
	if (!lane_is_word(str_c(host)) ||
	    (*service != '\0' && !lane_is_word(str_c(service)))) {
		l->why = "icap-service is no word";
		return ERR_CONFIG;
	}
	return lane_printf(l, "%s icap://%s%s%s/%s ICAP/1.0\r\n"
	    "Host: %s%s%s\r\n", method, v6 ? "[" : "", host, v6 ? "]" : "",
	    service, v6 ? "[" : "", host, v6 ? "]" : "");
}

static int
put_chunk(struct lane *l, size_t max)
{
	size_t n = lane_body_next(l, max);

	if (n == 0)
		return 1;
	if (lane_printf(l, "%zx\r\n", n) < 0 || lane_body(l, max) < 0 ||
	    lane_put(l, STR("\r\n")) < 0)
		return ERR_STATE;
	return 1;
}

/* What the object is the body of, and where that begins. */
static int
put_inner(struct lane *l)
{
	unsigned long long size = l->object->size;
	size_t get = sizeof GET - 1;

	if (l->reqmod)
		return lane_printf(l, "Encapsulated: req-hdr=0, req-body=%d"
		    "\r\n\r\n" POST, snprintf(NULL, 0, POST, size), size);
	return lane_printf(l, "Encapsulated: req-hdr=0, res-hdr=%zu, "
	    "res-body=%zu\r\n\r\n" GET RESPONSE, get,
	    get + (size_t)snprintf(NULL, 0, RESPONSE, size), size);
}

/* The head, and the preview if the server wants one. */
static int
ask(struct lane *l)
{
	size_t preview = l->preview < ICAP_PREVIEW_MAX ? (size_t)l->preview :
	    ICAP_PREVIEW_MAX;
	bool shows = l->preview != UINT64_MAX;

	if (start_line(l, l->reqmod ? "REQMOD" : "RESPMOD") < 0)
		return ERR_CONFIG;
	if (lane_put(l, STR("Allow: 204\r\n")) < 0 || (shows && lane_printf(l,
	    "Preview: %zu\r\n", preview) < 0) || put_inner(l) < 0)
		return ERR_LIMIT;
	l->phase = REST;
	if (!shows)
		return 1;
	if (put_chunk(l, preview) < 0)
		return ERR_STATE;
	l->phase = l->sent == l->object->size ? WAIT : PREVIEW;
	return lane_put(l, l->phase == WAIT ? STR("0; ieof\r\n\r\n") :
	    STR("0\r\n\r\n"));
}

static int
more(struct lane *l)
{
	switch ((enum phase)l->phase) {
	case OPTIONS:
		if (l->greeted) {
			l->phase = ASK;
			return ask(l);
		}
		l->phase = GREET;
		return start_line(l, "OPTIONS") < 0 ? ERR_CONFIG :
		    lane_put(l, STR("\r\n"));
	case ASK:
		return ask(l);
	case REST:
		if (l->sent < l->object->size)
			return put_chunk(l, LANE_PIECE);
		l->phase = WAIT;
		return lane_put(l, STR("0\r\n\r\n"));
	default:
		return 0;
	}
}

/* ---- answers: each 1 the result is made, 0 go on, ERR_* ----------------- */

static int
bad(struct lane *l, const char *why)
{
	l->why = why;
	return ERR_SYNTAX;
}

static int
say(struct lane *l, enum scan_status status, struct str name, struct str why)
{
	scan_say(l->result, status, name, why);
	return 1;
}

/* What still comes nobody reads: it is the connection's last word. */
static int
say_last(struct lane *l, enum scan_status status, struct str name,
    struct str why)
{
	l->keep = false;
	io_drop(&l->io, buf_len(&l->io.in));
	return say(l, status, name, why);
}

/* The status line of an answer that is none of those expected. */
static int
refused(struct lane *l, const struct head *h)
{
	return say(l, SCAN_ERROR, STR_NULL, h->line);
}

/* Is the word one of a list, "RESPMOD, REQMOD"? */
static bool
lists(struct str list, struct str word)
{
	struct str item;

	while (list.n > 0) {
		str_cut(&list, ',', &item);
		if (str_ieq(str_trim(item), word))
			return true;
	}
	return false;
}

static void
keep_tag(struct lane *l, const struct head *h)
{
	struct str tag;

	if (head_field(h, "ISTag", &tag) <= 0)
		return;
	if (tag.n >= 2 && *tag.p == '"')
		tag = (struct str){ tag.p + 1, tag.n - 2 };
	lane_version(l, tag);
}

static int
greeted(struct lane *l, const struct head *h)
{
	struct str methods, value;
	uint64_t preview;
	int rc;

	if (h->code != 200)
		return refused(l, h);
	if (head_field(h, "Methods", &methods) <= 0)
		methods = STR_NULL;
	l->reqmod = !lists(methods, STR("RESPMOD"));
	if (l->reqmod && !lists(methods, STR("REQMOD")))
		return bad(l, "it has neither RESPMOD nor REQMOD");
	if (head_field(h, "Encapsulated", &value) > 0 &&
	    !str_istarts(value, STR("null-body")))
		return bad(l, "its answer to OPTIONS has a body");
	rc = head_number(h, "Preview", &preview);
	if (rc < 0)
		return bad(l, "it asks for no number of octets");
	if (rc > 0)
		l->preview = preview;
	keep_tag(l, h);
	l->greeted = true;
	l->phase = ASK;
	return 0;
}

/* 200 without an infection: its body will tell. */
static int
begin_body(struct lane *l, const struct head *h)
{
	struct str value;
	enum icap_inner inner = head_field(h, "Encapsulated", &value) > 0 ?
	    icap_inner(value, &l->left) : ICAP_NOTHING;

	/* RESPMOD brings responses, and the object would be in the body */
	if (inner == ICAP_NOTHING || (!l->reqmod && inner != ICAP_RESPONSE))
		return bad(l, "its answer has no body");
	l->phase = inner == ICAP_REQUEST ? INNER_REQUEST : INNER;
	return 0;
}

static int
answered(struct lane *l, const struct head *h)
{
	enum phase phase = (enum phase)l->phase;
	struct str name, close;

	l->keep = phase != REST && (head_field(h, "Connection", &close) <= 0 ||
	    !str_ieq(close, STR("close")));
	if (h->code == 100 && phase == PREVIEW) {
		l->phase = REST;
		return 0;
	}
	if (h->code != 200 && h->code != 204)
		return refused(l, h);
	keep_tag(l, h);
	if (icap_infection(h, &name)) {
		l->keep = false;	/* a page comes that nobody reads */
		return say(l, SCAN_FOUND, name, STR_NULL);
	}
	if (phase == REST)
		return bad(l, "it answered before it had all octets");
	return h->code == 204 ? say(l, SCAN_FREE, STR_NULL, STR_NULL) :
	    begin_body(l, h);
}

static int
hear_head(struct lane *l)
{
	struct str in = buf_str(&l->io.in);
	struct head h;
	int rc = head_parse(in, &h);

	if (rc == 0)
		return 0;
	if (rc < 0 || !str_starts(h.protocol, STR("ICAP/1.")))
		return bad(l, "its answer is no ICAP");
	rc = l->phase == GREET ? greeted(l, &h) : answered(l, &h);
	/* what comes behind an infection is not looked at */
	if (rc >= 0)
		io_drop(&l->io, rc > 0 && !l->keep ? in.n : h.size);
	return rc == 0 ? 2 : rc;
}

/* ---- the body of an answer ---------------------------------------------- */

/* The HTTP head is understood, and the body may be the object. */
static int
hear_body(struct lane *l)
{
	if (l->engine->pass_body)
		return say_last(l, SCAN_FREE, STR_NULL, STR_NULL);
	io_drop(&l->io, (size_t)l->left);
	l->phase = CHUNK;
	return 2;
}

/* The HTTP head, all of it: 1; 0 not yet; ERR_SYNTAX.  It may be empty. */
static int
take_inner(struct lane *l, int (*parse)(struct str, struct head *),
    struct head *h_r)
{
	struct str in = buf_str(&l->io.in);

	*h_r = (struct head){ 0 };
	if (in.n < l->left)
		return 0;
	in.n = (size_t)l->left;
	if (in.n > 0 && (parse(in, h_r) <= 0 || h_r->size != in.n))
		return bad(l, "its answer's HTTP head is none");
	return 1;
}

/* What stands in the object's place, or in that of the request with it. */
static int
hear_inner(struct lane *l)
{
	struct head h;
	int rc = take_inner(l, head_parse, &h);

	if (rc <= 0)
		return rc;
	if (l->reqmod || h.code >= 300)
		return say_last(l, SCAN_FOUND, STR("blocked"), STR_NULL);
	return hear_body(l);
}

/* A request: one for another place may be for a page that says no. */
static int
hear_inner_request(struct lane *l)
{
	struct head h;
	int rc = take_inner(l, head_parse_request, &h);

	if (rc <= 0)
		return rc;
	if (h.size > 0 && !str_starts(h.line, STR(POST_LINE)))
		return say_last(l, SCAN_UNKNOWN, STR_NULL,
		    STR("it changed the request"));
	return hear_body(l);
}

/* A line of hexadecimal digits, perhaps with an extension behind. */
static bool
parse_length(struct str line, uint64_t *n_r)
{
	struct str digits;

	str_cut(&line, ';', &digits);
	digits = str_trim(digits);
	*n_r = 0;
	for (size_t i = 0; i < digits.n; i++) {
		char c = ascii_up(digits.p[i]);

		if (!ascii_digit(c) && !(c >= 'A' && c <= 'F'))
			return false;
		*n_r = *n_r * 16 + (uint64_t)(ascii_digit(c) ? c - '0' :
		    c - 'A' + 10);
	}
	return digits.n > 0 && digits.n <= 15;
}

/* A line with its CRLF: 1, 0 not yet, ERR_SYNTAX. */
static int
take_line(struct lane *l, struct str *line_r)
{
	struct str in = buf_str(&l->io.in);

	if (!str_cut(&in, '\n', line_r))
		return line_r->n > LANE_VALUE_MAX ?
		    bad(l, "its chunks are none") : 0;
	if (line_r->n == 0 || line_r->p[line_r->n - 1] != '\r' ||
	    line_r->n > LANE_VALUE_MAX)
		return bad(l, "its chunks are none");
	line_r->n--;
	return 1;
}

static int
hear_chunk(struct lane *l)
{
	struct str line;
	int rc = take_line(l, &line);

	if (rc <= 0)
		return rc;
	if (!parse_length(line, &l->left))
		return bad(l, "its chunks are none");
	io_drop(&l->io, line.n + 2);
	if (l->left > 0) {
		l->phase = DATA;
		return 2;
	}
	/* nothing is left to come but an empty line, which nobody needs */
	return l->matched == l->object->size ?
	    say_last(l, SCAN_FREE, STR_NULL, STR_NULL) :
	    say_last(l, SCAN_UNKNOWN, STR_NULL, STR("it changed the object"));
}

/* Are n octets at p those of the object from off on? */
static bool
same_octets(const struct scan_object *o, uint64_t off, struct str s)
{
	char piece[4096];

	if (off > o->size || s.n > o->size - off)
		return false;
	if (o->fd < 0)
		return memcmp(o->octets.p + off, s.p, s.n) == 0;
	while (s.n > 0) {
		size_t n = s.n < sizeof piece ? s.n : sizeof piece;

		if (pread(o->fd, piece, n, (off_t)(o->off + off)) !=
		    (ssize_t)n || memcmp(piece, s.p, n) != 0)
			return false;
		s = (struct str){ s.p + n, s.n - n };
		off += n;
	}
	return true;
}

static int
hear_data(struct lane *l)
{
	struct str in = buf_str(&l->io.in);

	if (in.n > l->left)
		in.n = (size_t)l->left;
	if (in.n == 0)
		return 0;
	if (!same_octets(l->object, l->matched, in))
		return say_last(l, SCAN_UNKNOWN, STR_NULL,
		    STR("it changed the object"));
	l->matched += in.n;
	l->left -= in.n;
	io_drop(&l->io, in.n);
	if (l->left == 0)
		l->phase = DATA_END;
	return 2;
}

static int
hear_data_end(struct lane *l)
{
	struct str line;
	int rc = take_line(l, &line);

	if (rc <= 0)
		return rc;
	if (line.n != 0)
		return bad(l, "its chunks are none");
	io_drop(&l->io, 2);
	l->phase = CHUNK;
	return 2;
}

static int
hear_some(struct lane *l)
{
	switch ((enum phase)l->phase) {
	case GREET:
	case PREVIEW:
	case REST:
	case WAIT:
		return hear_head(l);
	case INNER:
		return hear_inner(l);
	case INNER_REQUEST:
		return hear_inner_request(l);
	case CHUNK:
		return hear_chunk(l);
	case DATA:
		return hear_data(l);
	case DATA_END:
		return hear_data_end(l);
	default:
		return buf_len(&l->io.in) == 0 ? 0 :
		    bad(l, "it speaks unasked");
	}
}

static int
hear(struct lane *l)
{
	int rc;

	/* 2: a step was taken, there may be more */
	do
		rc = hear_some(l);
	while (rc == 2 && l->phase != ASK && l->phase != REST);
	if (rc == 0 && l->eof && buf_len(&l->io.in) > 0)
		l->why = "its answer was cut short";
	return rc == 2 ? 0 : rc;
}

const struct scan_protocol scan_icap = {
	.more = more, .hear = hear,
};
