#include <stdarg.h>
#include <stdio.h>

#include "err.h"
#include "testexpr.h"
#include "vis.h"

struct parser {
	struct str s;
	size_t at;
	struct testexpr *e;
};

static const char names[TESTEXPR_KINDS][12] = {
	[TESTEXPR_TEST] = "test",
	[TESTEXPR_SHOW_ACL] = "show-acl",
	[TESTEXPR_SHOW_PROXY] = "show-proxy",
	[TESTEXPR_SHOW_HASH] = "show-hash",
	[TESTEXPR_HELP] = "help",
};

static bool fail(struct parser *p, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Positions count from 1 in the text. */
static bool
fail(struct parser *p, size_t at, const char *fmt, ...)
{
	char text[TESTEXPR_WHY - 32];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p->e->at = at;
	snprintf(p->e->why, sizeof p->e->why, "position %zu: %s", at + 1,
	    text);
	return false;
}

/* ---- words -------------------------------------------------------------- */

static void
skip_blanks(struct parser *p)
{
	while (p->at < p->s.n && memchr(" \t\r\n", p->s.p[p->at], 4) != NULL)
		p->at++;
}

/* The next octet behind blanks; '\0' at the end. */
static char
peek(struct parser *p)
{
	skip_blanks(p);
	return p->at < p->s.n ? p->s.p[p->at] : '\0';
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    ascii_digit(c) || (c != '\0' && strchr("-_.@+/%*", c) != NULL);
}

/* A bare word; empty when something else is next. */
static struct str
word(struct parser *p)
{
	size_t from;

	skip_blanks(p);
	from = p->at;
	while (p->at < p->s.n && is_word(p->s.p[p->at]))
		p->at++;
	return (struct str){ p->s.p + from, p->at - from };
}

/* What stands here, for a message. */
static const char *
seen(struct parser *p, char out[40])
{
	size_t back = p->at;
	struct str w = word(p);

	if (w.n == 0 && p->at < p->s.n)
		w = (struct str){ p->s.p + p->at, 1 };
	p->at = back;
	if (w.n == 0)
		return "the end";
	out[0] = '\'';
	vis(out + 1, 36, w);
	memcpy(out + strlen(out), "'", 2);
	return out;
}

static bool
expected(struct parser *p, const char *what)
{
	char out[40];

	skip_blanks(p);
	return fail(p, p->at, "%s is expected, not %s", what, seen(p, out));
}

static bool
punct(struct parser *p, char c, const char *what)
{
	if (peek(p) != c)
		return expected(p, what);
	p->at++;
	return true;
}

static bool
number(struct parser *p, uint64_t max, uint32_t *v_r)
{
	size_t from;
	struct str w;
	uint64_t v;

	skip_blanks(p);
	from = p->at;
	w = word(p);
	if (!str_u64(w, max, &v)) {
		p->at = from;
		return fail(p, from, "a number up to %llu is expected",
		    (unsigned long long)max);
	}
	*v_r = (uint32_t)v;
	return true;
}

/* "..." behind its first quote. */
static bool
quoted(struct parser *p, char *out, size_t size)
{
	size_t n = 0, from = p->at - 1;

	for (; p->at < p->s.n && p->s.p[p->at] != '"'; p->at++) {
		if (p->s.p[p->at] == '\\' && ++p->at == p->s.n)
			break;
		if ((unsigned char)p->s.p[p->at] < ' ' ||
		    p->s.p[p->at] == 0x7f)
			return fail(p, p->at, "a control character");
		if (n + 1 == size)
			return fail(p, from, "a string of more than %zu "
			    "octets", size - 1);
		out[n++] = p->s.p[p->at];
	}
	if (p->at == p->s.n)
		return fail(p, from, "the string does not end");
	p->at++;
	out[n] = '\0';
	return true;
}

static bool
string(struct parser *p, char *out, size_t size)
{
	struct str w;
	size_t from;

	if (peek(p) == '"') {
		p->at++;
		return quoted(p, out, size);
	}
	from = p->at;
	w = word(p);
	if (w.n == 0)
		return expected(p, "a word or a \"string\"");
	if (w.n >= size)
		return fail(p, from, "a word of more than %zu octets",
		    size - 1);
	memcpy(out, w.p, w.n);
	out[w.n] = '\0';
	return true;
}

static bool
host(struct parser *p, struct addr *a)
{
	bool brackets = peek(p) == '[';
	size_t from = p->at;
	const char *end;
	struct str w;

	if (brackets) {
		end = memchr(p->s.p + p->at, ']', p->s.n - p->at);
		if (end == NULL)
			return fail(p, from, "']' is missing");
		w = (struct str){ p->s.p + from + 1,
		    (size_t)(end - p->s.p) - from - 1 };
		p->at = from + w.n + 2;
		w = str_trim(w);
	} else {
		w = word(p);
		if (w.n == 0)
			return expected(p, "an [address]");
	}
	if (addr_parse(w, a) && (brackets || addr_is4(a)))
		return true;
	return fail(p, from, "a numeric address is expected, such as "
	    "[192.0.2.1] or [2001:db8::1]");
}

static bool
sock(struct parser *p, struct addr *a)
{
	uint32_t port;

	if (!host(p, a) || !punct(p, ':', "':' and a port") ||
	    !number(p, UINT16_MAX, &port))
		return false;
	a->port = (uint16_t)port;
	return true;
}

/* ---- elements of test --------------------------------------------------- */

static bool
element_from(struct parser *p)
{
	return host(p, &p->e->from);
}

static bool
element_transparent(struct parser *p)
{
	p->e->transparent = true;
	return true;
}

static bool
element_to(struct parser *p)
{
	return sock(p, &p->e->to);
}

static bool
element_server(struct parser *p)
{
	return sock(p, &p->e->server);
}

static bool
element_listener(struct parser *p)
{
	return string(p, p->e->listener, sizeof p->e->listener);
}

static bool
element_cert(struct parser *p)
{
	return string(p, p->e->cert, sizeof p->e->cert);
}

static bool
element_command(struct parser *p)
{
	return string(p, p->e->command, sizeof p->e->command);
}

static bool
element_ip_tos(struct parser *p)
{
	size_t from = p->at;

	if (!number(p, UINT8_MAX, &p->e->tos))
		return false;
	return p->e->tos % 4 == 0 ||
	    fail(p, from, "the two low bits of ip-tos are ECN's: write them "
	    "as 0");
}

static bool
element_user(struct parser *p)
{
	size_t from;

	skip_blanks(p);
	from = p->at;
	if (!string(p, p->e->user, sizeof p->e->user))
		return false;
	return users_name(str_c(p->e->user)) ||
	    fail(p, from, "this can be no user's name");
}

/* One of a list, behind those there are. */
static bool
group(struct parser *p)
{
	size_t n = strlen(p->e->groups), from = p->at;
	char one[USERS_NAME + 1];

	if (!string(p, one, sizeof one))
		return false;
	if (!users_name(str_c(one)))
		return fail(p, from, "this can be no group's name");
	if (n + (n > 0) + strlen(one) > USERS_GROUPS)
		return fail(p, from, "groups of more than %d octets",
		    USERS_GROUPS);
	/* size: checked above */
	snprintf(p->e->groups + n, USERS_GROUPS + 1 - n, "%s%s",
	    n > 0 ? "," : "", one);
	return true;
}

static bool
element_group(struct parser *p)
{
	if (!punct(p, '{', "'{' and a list"))
		return false;
	while (peek(p) != '}')
		if (!group(p) ||
		    (peek(p) != '}' && !punct(p, ',', "',' or '}'")))
			return false;
	p->at++;
	return true;
}

static bool
element_time(struct parser *p)
{
	size_t from = p->at;
	uint32_t t, month, day;

	if (!number(p, UINT32_MAX, &t))
		return false;
	month = t / 1000000;
	day = t / 10000 % 100;
	p->e->time = t;
	/* without a month, and then a day, they are not judged */
	if (month <= 12 && day <= 31 && (day > 0 || month == 0) &&
	    t / 100 % 100 < 24 && t % 100 < 60)
		return true;
	return fail(p, from, "time is [[mm]dd]hhmm: month 01-12, day 01-31, "
	    "hour 00-23, minute 00-59");
}

/* ---- of a mail ---------------------------------------------------------- */

static const char directions[CONF_DIRECTIONS][9] = {
	[CONF_DOWNLOAD] = "download",
	[CONF_UPLOAD] = "upload",
};

static bool
element_direction(struct parser *p)
{
	size_t back;
	struct str w;

	skip_blanks(p);
	back = p->at;
	w = word(p);
	for (uint8_t i = 0; i < CONF_DIRECTIONS; i++)
		if (str_eq(w, str_c(directions[i]))) {
			p->e->direction = i;
			return true;
		}
	p->at = back;
	return expected(p, "download or upload");
}

static bool
element_mail(struct parser *p)
{
	return string(p, p->e->mail, sizeof p->e->mail);
}

static bool
element_virus(struct parser *p)
{
	size_t back;
	uint8_t i = 0;
	struct str w;

	skip_blanks(p);
	back = p->at;
	w = word(p);
	while (i < CONF_VIRUSES && !str_eq(w, str_c(conf_viruses[i])))
		i++;
	if (i == CONF_VIRUSES) {
		p->at = back;
		return expected(p, "found, free, skipped, unknown or error");
	}
	p->e->virus = i;
	if (peek(p) != ':')
		return true;
	if (i != CONF_VIRUS_FOUND)
		return fail(p, p->at, "a name goes with found only");
	p->at++;
	return string(p, p->e->virus_name, sizeof p->e->virus_name);
}

static bool
element_spam_score(struct parser *p)
{
	return number(p, 1000000000, &p->e->spam);
}

static bool
element_size(struct parser *p)
{
	return number(p, UINT32_MAX, &p->e->size);
}

static bool
element_type(struct parser *p)
{
	return string(p, p->e->type, sizeof p->e->type);
}

static bool
element_file_name(struct parser *p)
{
	return string(p, p->e->file_name, sizeof p->e->file_name);
}

static const struct {
	char name[12];
	unsigned bit;
	bool (*parse)(struct parser *p);
} elements[] = {
	{ "from", TESTEXPR_FROM, element_from },
	{ "transparent", TESTEXPR_TRANSPARENT, element_transparent },
	{ "to", TESTEXPR_TO, element_to },
	{ "server", TESTEXPR_SERVER, element_server },
	{ "listener", TESTEXPR_LISTENER, element_listener },
	{ "user", TESTEXPR_USER, element_user },
	{ "group", TESTEXPR_GROUP, element_group },
	{ "ip-tos", TESTEXPR_IP_TOS, element_ip_tos },
	{ "time", TESTEXPR_TIME, element_time },
	{ "cert", TESTEXPR_CERT, element_cert },
	{ "command", TESTEXPR_COMMAND, element_command },
	{ "direction", TESTEXPR_DIRECTION, element_direction },
	{ "mail", TESTEXPR_MAIL, element_mail },
	{ "virus", TESTEXPR_VIRUS, element_virus },
	{ "spam-score", TESTEXPR_SPAM_SCORE, element_spam_score },
	{ "size", TESTEXPR_SIZE, element_size },
	{ "type", TESTEXPR_TYPE, element_type },
	{ "file-name", TESTEXPR_FILE_NAME, element_file_name },
};

/* One element; names are those of a file, in lower case. */
static bool
element(struct parser *p)
{
	size_t from, n = sizeof elements / sizeof *elements, i = 0;
	struct str w;
	char out[40];

	skip_blanks(p);
	from = p->at;
	seen(p, out);
	w = word(p);
	while (i < n && !str_eq(w, str_c(elements[i].name)))
		i++;
	if (i == n && w.n == 0)
		return expected(p, "an element or ';'");
	if (i == n)
		return fail(p, from, "unknown element %s: 'help;' tells them",
		    out);
	if (p->e->given & elements[i].bit)
		return fail(p, from, "'%s' is given twice", elements[i].name);
	p->e->given |= elements[i].bit;
	return elements[i].parse(p);
}

/* ---- expressions -------------------------------------------------------- */

static bool
parse_test(struct parser *p)
{
	struct testexpr *e = p->e;

	addr_parse(STR("0.0.0.0"), &e->from);
	addr_parse(STR("0.0.0.0"), &e->to);
	while (peek(p) != ';')
		if (!element(p))
			return false;
	if (e->transparent && !(e->given & TESTEXPR_SERVER))
		e->server = e->to;
	if (e->given & TESTEXPR_MAIL && e->given & TESTEXPR_NO_FILE)
		return fail(p, p->at, "size, type and file-name are the "
		    "mail's own");
	return !(e->given & TESTEXPR_GROUP) || e->given & TESTEXPR_USER ||
	    fail(p, p->at, "group goes with user only");
}

static bool
parse_show_acl(struct parser *p)
{
	size_t from;

	p->e->phase = 1;
	if (peek(p) == ';')
		return true;
	from = p->at;
	if (!number(p, TESTEXPR_PHASE_MAX, &p->e->phase))
		return false;
	return p->e->phase >= 1 || fail(p, from, "phases begin at 1");
}

static bool
parse_show_proxy(struct parser *p)
{
	size_t back;

	skip_blanks(p);
	back = p->at;
	if (str_eq(word(p), STR("all")))
		p->e->all = true;
	else
		p->at = back;
	return true;
}

static bool
parse_nothing(struct parser *p)
{
	(void)p;
	return true;
}

static bool
expression(struct parser *p)
{
	static bool (*const parse[TESTEXPR_KINDS])(struct parser *) = {
		[TESTEXPR_TEST] = parse_test,
		[TESTEXPR_SHOW_ACL] = parse_show_acl,
		[TESTEXPR_SHOW_PROXY] = parse_show_proxy,
		[TESTEXPR_SHOW_HASH] = parse_nothing,
		[TESTEXPR_HELP] = parse_nothing,
	};
	size_t from = p->at;
	char out[40];
	struct str w;
	int kind = 0;

	seen(p, out);
	w = word(p);
	while (kind < TESTEXPR_KINDS && !str_eq(w, str_c(names[kind])))
		kind++;
	if (kind == TESTEXPR_KINDS && w.n == 0)
		return expected(p, "test, show-acl, show-proxy, show-hash or "
		    "help");
	if (kind == TESTEXPR_KINDS)
		return fail(p, from, "unknown expression %s: test, show-acl, "
		    "show-proxy, show-hash or help", out);
	p->e->kind = (enum testexpr_kind)kind;
	return parse[kind](p) && punct(p, ';', "';'");
}

int
testexpr_next(struct str s, size_t *at_r, struct testexpr *e_r)
{
	struct parser p = { .s = s, .at = *at_r, .e = e_r };

	memset(e_r, 0, sizeof *e_r);
	skip_blanks(&p);
	*at_r = p.at;
	if (p.at == s.n)
		return 0;
	if (!expression(&p))
		return ERR_SYNTAX;
	*at_r = p.at;
	return 1;
}

int
testexpr_parse(struct str s, struct testexpr *e_r)
{
	struct parser p = { .s = s, .e = e_r };
	size_t at = 0;
	int r = testexpr_next(s, &at, e_r);

	if (r < 0)
		return r;
	p.at = at;
	if (r == 0) {
		expected(&p, "an expression, such as \"test from "
		    "[192.0.2.1];\",");
		return ERR_SYNTAX;
	}
	if (peek(&p) == '\0' && p.at == s.n)
		return 0;
	fail(&p, p.at, "one expression is enough here");
	return ERR_SYNTAX;
}

/* ---- and back ----------------------------------------------------------- */

struct printer {
	char *out;
	size_t n;
};

static void add(struct printer *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct printer *p, const char *fmt, ...)
{
	va_list ap;

	/* size: TESTEXPR_TEXT holds every element at its longest */
	va_start(ap, fmt);
	p->n += (size_t)vsnprintf(p->out + p->n, TESTEXPR_TEXT - p->n, fmt,
	    ap);
	va_end(ap);
}

static void
add_string(struct printer *p, const char *s)
{
	add(p, "\"");
	for (; *s != '\0'; s++)
		add(p, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
	add(p, "\"");
}

static void
add_quoted(struct printer *p, const char *name, const char *s)
{
	add(p, " %s ", name);
	add_string(p, s);
}

static void
add_groups(struct printer *p, const char *groups)
{
	struct str rest = str_c(groups), one;
	char name[USERS_NAME + 1];
	bool more = rest.n > 0;

	add(p, " group {");
	while (more) {
		more = str_cut(&rest, ',', &one);
		snprintf(name, sizeof name, "%.*s", STR_ARG(one));
		add_string(p, name);
		add(p, more ? ", " : "");
	}
	add(p, "}");
}

/* addr_text() would write any unknown address as 0.0.0.0. */
static void
add_sock(struct printer *p, const char *name, const struct addr *a)
{
	char text[ADDR_TEXT];

	add(p, " %s [%s]:%u", name, addr_host(a, text), a->port);
}

static void
add_mail(struct printer *p, const struct testexpr *e)
{
	if (e->given & TESTEXPR_DIRECTION)
		add(p, " direction %s", directions[e->direction]);
	if (e->given & TESTEXPR_MAIL)
		add_quoted(p, "mail", e->mail);
	if (e->given & TESTEXPR_VIRUS)
		add(p, " virus %s", conf_viruses[e->virus]);
	if (e->virus_name[0] != '\0') {
		add(p, ":");
		add_string(p, e->virus_name);
	}
	if (e->given & TESTEXPR_SPAM_SCORE)
		add(p, " spam-score %u", e->spam);
	if (e->given & TESTEXPR_SIZE)
		add(p, " size %u", e->size);
	if (e->given & TESTEXPR_TYPE)
		add_quoted(p, "type", e->type);
	if (e->given & TESTEXPR_FILE_NAME)
		add_quoted(p, "file-name", e->file_name);
}

char *
testexpr_print(const struct testexpr *e, char *out)
{
	struct printer p = { .out = out };
	char text[ADDR_TEXT];

	add(&p, "%s", names[e->kind]);
	if (e->given & TESTEXPR_FROM)
		add(&p, " from [%s]", addr_host(&e->from, text));
	if (e->given & TESTEXPR_TRANSPARENT)
		add(&p, " transparent");
	if (e->given & TESTEXPR_TO)
		add_sock(&p, "to", &e->to);
	if (e->given & TESTEXPR_SERVER)
		add_sock(&p, "server", &e->server);
	if (e->given & TESTEXPR_LISTENER)
		add_quoted(&p, "listener", e->listener);
	if (e->given & TESTEXPR_USER)
		add_quoted(&p, "user", e->user);
	if (e->given & TESTEXPR_GROUP)
		add_groups(&p, e->groups);
	if (e->given & TESTEXPR_IP_TOS)
		add(&p, " ip-tos %u", e->tos);
	if (e->given & TESTEXPR_TIME)
		add(&p, " time %04u", e->time);
	if (e->given & TESTEXPR_CERT)
		add_quoted(&p, "cert", e->cert);
	if (e->given & TESTEXPR_COMMAND)
		add_quoted(&p, "command", e->command);
	add_mail(&p, e);
	if (e->kind == TESTEXPR_SHOW_ACL)
		add(&p, " %u", e->phase);
	if (e->all)
		add(&p, " all");
	add(&p, ";");
	return out;
}

bool
testexpr_time(const struct testexpr *e, const struct tm *now, struct tm *tm_r)
{
	struct tm day;
	time_t t;

	*tm_r = *now;
	if (!(e->given & TESTEXPR_TIME))
		return true;
	if (e->time >= 1000000)
		tm_r->tm_mon = (int)(e->time / 1000000) - 1;
	if (e->time >= 10000)
		tm_r->tm_mday = (int)(e->time / 10000 % 100);
	tm_r->tm_hour = (int)(e->time / 100 % 100);
	tm_r->tm_min = (int)(e->time % 100);
	tm_r->tm_sec = 0;
	/* the day of the week, without what local clocks do to an hour */
	day = *tm_r;
	t = timegm(&day);
	if (gmtime_r(&t, &day) == NULL || day.tm_mday != tm_r->tm_mday)
		return false;
	tm_r->tm_wday = day.tm_wday;
	tm_r->tm_yday = day.tm_yday;
	return true;
}
