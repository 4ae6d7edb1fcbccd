#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "die.h"
#include "fd.h"
#include "script.h"

enum {
	FILE_MAX = 1 << 20,
	RSS_PLAIN = 4096,	/* KB: what a session may hold at most */
	RSS_TLS = 6144,
	RSS_SCAN = 1024,	/* more than these, with mails in work */
};

struct reader {
	const char *path, *dir;
	unsigned line;
	struct scripts *out;
	struct script defaults;	/* what stood before the first case */
	struct script *now;
	bool fixed;
	size_t repeat_at;	/* first step of a repeat */
	int repeat;		/* 0: none open */
};

static void __attribute__((noreturn, format(printf, 2, 3)))
bad(const struct reader *r, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", r->path, r->line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EX_DATAERR);
}

static void *
grow(void *p, size_t n, size_t size)
{
	/* Doubled at each power of two. */
	if ((n & (n - 1)) == 0)
		p = realloc(p, (n ? 2 * n : 1) * size);
	if (p == NULL)
		die(EX_OSERR, "no memory");
	return p;
}

/* ---- texts ---- */

struct octets {
	char *p;
	size_t n;
};

static void
octet(struct octets *o, char c)
{
	o->p = grow(o->p, o->n, 1);
	o->p[o->n++] = c;
}

static void
add_piece(struct text *t, enum piece_kind kind, const char *p, size_t n)
{
	if (kind == PIECE_OCTETS && n == 0)
		return;
	t->piece = grow(t->piece, t->n, sizeof *t->piece);
	t->piece[t->n++] = (struct piece){ kind, { p, n } };
}

static int
hex(const struct reader *r, char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	if (at == NULL)
		bad(r, "not a hexadecimal digit: %c", c);
	return (int)(at - digits);
}

/* One escape at p (behind the backslash): how many octets it took. */
static size_t
escape(const struct reader *r, const char *p, struct octets *o)
{
	const char *names = "rnt0e\\]", *values = "\r\n\t\0\033\\]";
	const char *at = *p ? strchr(names, *p) : NULL;

	if (at != NULL) {
		octet(o, values[at - names]);
		return 1;
	}
	if (*p != 'x')
		bad(r, "unknown escape \\%c", *p);
	octet(o, (char)(hex(r, p[1]) << 4 | hex(r, p[2])));
	return 3;
}

/* "$[N text]": text N times.  p is behind the bracket. */
static size_t
repeated(const struct reader *r, const char *p, struct octets *o)
{
	const char *start = p;
	char *end;
	unsigned long n = strtoul(p, &end, 10);
	struct octets once = { 0 };

	if (end == p || *end != ' ')
		bad(r, "wanted $[N text]");
	for (p = end + 1; *p != ']' && *p != '\0'; p++)
		if (*p == '\\')
			p += escape(r, p + 1, &once);
		else
			octet(&once, *p);
	if (*p == '\0')
		bad(r, "$[ without ]");
	for (unsigned long i = 0; i < n; i++)
		for (size_t k = 0; k < once.n; k++)
			octet(o, once.p[k]);
	free(once.p);
	return (size_t)(p + 1 - start);
}

static void
flush(struct text *t, struct octets *o)
{
	add_piece(t, PIECE_OCTETS, o->p, o->n);
	*o = (struct octets){ 0 };
}

static struct text
make_text(const struct reader *r, const char *p, bool pattern)
{
	struct text t = { 0 };
	struct octets o = { 0 };

	while (*p != '\0') {
		if (*p == '\\') {
			p += 1 + escape(r, p + 1, &o);
		} else if (p[0] == '$' && p[1] == '[') {
			p += 2 + repeated(r, p + 2, &o);
		} else if (p[0] == '$' && p[1] == '{') {
			size_t n = strcspn(p + 2, "}");

			flush(&t, &o);
			add_piece(&t, PIECE_VAR, p + 2, n);
			p += n + 3;
		} else if (pattern && strncmp(p, "...", 3) == 0) {
			flush(&t, &o);
			add_piece(&t, PIECE_ANY, NULL, 0);
			p += 3;
		} else {
			octet(&o, *p++);
		}
	}
	flush(&t, &o);
	return t;
}

/* ---- headers ---- */

static void
add_line(struct lines *l, const char *value)
{
	l->line = grow(l->line, l->n, sizeof *l->line);
	l->line[l->n++] = str_c(value);
}

/* A copy, so that a case's lines do not show in the next one. */
static void
own_lines(struct lines *l)
{
	struct lines old = *l;

	*l = (struct lines){ 0 };
	for (size_t i = 0; i < old.n; i++)
		add_line(l, old.line[i].p);
}

static int
split_of(const struct reader *r, const char *v)
{
	static const struct { const char *name; int bits; } ways[] = {
		{ "no", 0 }, { "client", SPLIT_CLIENT },
		{ "server", SPLIT_SERVER },
		{ "both", SPLIT_CLIENT | SPLIT_SERVER },
	};

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (strcmp(v, ways[i].name) == 0)
			return ways[i].bits;
	bad(r, "split: wanted no, client, server or both");
}

/* enum sess_result: how SESSION-END must end. */
static int
result_of(const struct reader *r, const char *v)
{
	static const char *const names[] = {
		"accepted", "rejected", "failed",
	};

	for (int i = 0; i < 3; i++)
		if (strcmp(v, names[i]) == 0)
			return i;
	bad(r, "result: wanted accepted, rejected or failed");
}

static bool
header(struct reader *r, const char *key, char *v)
{
	struct script *s = r->now;

	if (strcmp(key, "tls-client") == 0)
		s->tls[CLIENT] = v;
	else if (strcmp(key, "tls-server") == 0)
		s->tls[SERVER] = v;
	else if (strcmp(key, "client-ssl") == 0)
		add_line(&s->ssl[CLIENT], v);
	else if (strcmp(key, "server-ssl") == 0)
		add_line(&s->ssl[SERVER], v);
	else if (strcmp(key, "session") == 0)
		add_line(&s->session, v);
	else if (strcmp(key, "command") == 0)
		add_line(&s->command, v);
	else if (strcmp(key, "top") == 0)
		add_line(&s->top, v);
	else if (strcmp(key, "log") == 0)
		add_line(&s->log, v);
	else if (strcmp(key, "nolog") == 0)
		add_line(&s->nolog, v);
	else if (strcmp(key, "split") == 0)
		s->split = split_of(r, v);
	else if (strcmp(key, "result") == 0)
		s->result = result_of(r, v);
	else if (strcmp(key, "scan") == 0)
		s->scan = strcmp(v, "yes") == 0;
	else if (strcmp(key, "maxrss") == 0)
		s->maxrss = atoi(v);
	else if (strcmp(key, "within") == 0)
		s->within = atoi(v);
	else if (strcmp(key, "dial") == 0)
		s->dial = v;
	else
		return false;
	return true;
}

static void
end_case(struct reader *r)
{
	struct script *s = r->now;
	bool tls;

	if (s == &r->defaults)
		return;
	if (r->repeat)
		bad(r, "repeat without end");
	if (s->n == 0)
		bad(r, "case \"%s\" has no steps", s->name.p);
	tls = strcmp(s->tls[CLIENT], "no") != 0 ||
	    strcmp(s->tls[SERVER], "no") != 0;
	if (s->maxrss == 0)
		s->maxrss = (tls ? RSS_TLS : RSS_PLAIN) +
		    (s->scan ? RSS_SCAN : 0);
}

static void
begin_case(struct reader *r, const char *name)
{
	struct scripts *all = r->out;

	end_case(r);
	all->script = grow(all->script, all->n, sizeof *all->script);
	r->now = &all->script[all->n++];
	*r->now = r->defaults;
	r->now->name = str_c(name);
	r->now->line = r->line;
	own_lines(&r->now->session);
	own_lines(&r->now->command);
	own_lines(&r->now->top);
	own_lines(&r->now->ssl[CLIENT]);
	own_lines(&r->now->ssl[SERVER]);
	own_lines(&r->now->log);
	own_lines(&r->now->nolog);
}

/* ---- steps ---- */

static void
add_step(struct reader *r, struct step step)
{
	struct script *s = r->now;

	if (s == &r->defaults)
		bad(r, "a step before the first case");
	step.line = r->line;
	step.fixed = r->fixed;
	s->step = grow(s->step, s->n, sizeof *s->step);
	s->step[s->n++] = step;
}

/* What follows the letter of the side; text is a line's rest or NULL. */
static const struct form {
	const char *mark;
	enum op op;
	bool text, crlf;
} forms[] = {
	{ ":", OP_SEND, true, true },
	{ "=", OP_SEND, true, false },
	{ "<EOF", OP_EOF, false, false },
	{ "<QUIET", OP_QUIET, false, false },
	{ "<REST", OP_REST, false, false },
	{ "<HOLD", OP_HOLD, false, false },
	{ "<READ", OP_READ, false, false },
	{ "<=", OP_OCTETS, true, false },
	{ "<", OP_HEAR, true, false },
	{ "+TLS", OP_TLS, true, false },
	{ ".", OP_CLOSE, false, false },
	{ "!", OP_CUT, false, false },
	{ "~", OP_DROP, false, false },
};

/* Take "mark text" off the end of p. */
static struct str
take_words(const struct reader *r, char *p, const char *mark)
{
	char *at = strstr(p, mark);
	struct text t;

	if (at == NULL)
		return STR_NULL;
	*at = '\0';
	t = make_text(r, at + strlen(mark), false);
	if (t.n != 1 || t.piece[0].kind != PIECE_OCTETS)
		bad(r, "wanted plain words behind%s", mark);
	return t.piece[0].s;
}

static void
side_step(struct reader *r, enum side side, char *p, const char *source)
{
	struct step s = { .side = side, .source = str_c(source) };

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const struct form *f = &forms[i];
		size_t n = strlen(f->mark);

		if (strncmp(p, f->mark, n) != 0)
			continue;
		p += n;
		if (*p != '\0' && *p != ' ')
			continue;
		p += *p == ' ';
		if (!f->text && *p != '\0')
			bad(r, "nothing may follow %s", f->mark);
		s.op = f->op;
		if (s.op == OP_HEAR) {
			s.nowhere = take_words(r, p, " !~");
			s.without = take_words(r, p, " !!");
			s.with = take_words(r, p, " ??");
		}
		s.text = make_text(r, p, s.op == OP_HEAR);
		if (f->crlf)
			add_piece(&s.text, PIECE_OCTETS, "\r\n", 2);
		add_step(r, s);
		return;
	}
	bad(r, "unknown step: %s", source);
}

static void
end_repeat(struct reader *r)
{
	struct script *s = r->now;
	size_t from = r->repeat_at, n = s->n - from;

	if (r->repeat == 0)
		bad(r, "end without repeat");
	for (int i = 1; i < r->repeat; i++)
		for (size_t k = 0; k < n; k++) {
			struct step copy = s->step[from + k];

			s->step = grow(s->step, s->n, sizeof *s->step);
			s->step[s->n++] = copy;
		}
	/* Thousands of runs: never split. */
	for (size_t k = from; k < s->n; k++)
		s->step[k].fixed = true;
	r->repeat = 0;
}

static void read_lines(struct reader *r, char *p);

static void
use(struct reader *r, const char *name)
{
	struct reader in = *r;
	char *path, *text;
	size_t n;

	if (asprintf(&path, "%s/inc/%s.inc", r->dir, name) < 0 ||
	    fd_read_file(path, FILE_MAX, &text, &n) < 0)
		bad(r, "use: no inc/%s.inc", name);
	in.path = path;
	in.line = 0;
	in.fixed = true;
	in.repeat = 0;
	read_lines(&in, text);
}

static void
one_line(struct reader *r, char *p)
{
	char *colon, *source = strdup(p);

	if (*p == '\0' || *p == '#')
		return;
	if ((p[0] == 'C' || p[0] == 'S') && strchr(":=<+.!~", p[1]) &&
	    p[1] != '\0') {
		side_step(r, p[0] == 'C' ? CLIENT : SERVER, p + 1, source);
		return;
	}
	if (strncmp(p, "repeat ", 7) == 0) {
		r->repeat = atoi(p + 7);
		r->repeat_at = r->now->n;
		return;
	}
	if (strcmp(p, "end") == 0) {
		end_repeat(r);
		return;
	}
	if ((colon = strchr(p, ':')) == NULL)
		bad(r, "neither a step nor a header: %s", p);
	*colon++ = '\0';
	colon += strspn(colon, " ");
	if (strcmp(p, "case") == 0)
		begin_case(r, colon);
	else if (strcmp(p, "use") == 0)
		use(r, colon);
	else if (strcmp(p, "pause") == 0) {
		r->now->pauses += atoi(colon);
		add_step(r, (struct step){ .op = OP_PAUSE,
		    .text = make_text(r, colon, false),
		    .source = str_c(source) });
	} else if (!header(r, p, colon))
		bad(r, "unknown header: %s", p);
}

static void
read_lines(struct reader *r, char *p)
{
	for (char *end; *p != '\0'; p = end) {
		end = p + strcspn(p, "\n");
		if (*end == '\n')
			*end++ = '\0';
		r->line++;
		one_line(r, p);
	}
}

void
script_read(struct scripts *s, const char *path, const char *dir)
{
	struct reader r = {
		.path = path, .dir = dir, .out = s,
		.defaults = {
			.dial = "ok", .result = -1,
			.tls = { "no", "no" },
		},
	};
	char *text;
	size_t n, before = s->n;

	if (fd_read_file(path, FILE_MAX, &text, &n) < 0)
		die(EX_NOINPUT, "%s: cannot be read", path);
	if (strlen(text) != n)
		die(EX_DATAERR, "%s: a NUL: write \\0", path);
	r.now = &r.defaults;
	read_lines(&r, text);
	if (s->n == before)
		bad(&r, "no case");
	end_case(&r);
}
