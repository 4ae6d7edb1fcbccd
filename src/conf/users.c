#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "users.h"

enum {
	/* Read so much at once; a line that is cut moves to its front. */
	BLOCK = 16384,
	SECONDS_DAY = 86400,
};

/* Year 9999: RFC 3339 has no later one. */
#define EXPIRY_MAX 253402300799

/* ---- names --------------------------------------------------------------- */

bool
users_name(struct str s)
{
	if (s.n == 0 || s.n > USERS_NAME || *s.p == '!' || *s.p == '#' ||
	    str_eq(s, STR("-")) || str_eq(s, STR("*")) ||
	    str_eq(s, STR("none")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f ||
		    s.p[i] == ',')
			return false;
	return str_utf8(s);
}

bool
users_groups(struct str s)
{
	struct str one;
	bool more = true;

	if (s.n > USERS_GROUPS)
		return false;
	while (more) {
		more = str_cut(&s, ',', &one);
		if (!users_name(one))
			return false;
	}
	return true;
}

/* ---- times --------------------------------------------------------------- */

/* Days from 1970 to a date of the Gregorian calendar; y 0 to 9999. */
static int64_t
days(int64_t y, int64_t m, int64_t d)
{
	/* years begin in March, so that leap days end them */
	int64_t year = m <= 2 ? y - 1 : y;
	int64_t month = m <= 2 ? m + 9 : m - 3;
	int64_t era = (year + 400) / 400 - 1, of_era = year - era * 400;
	int64_t day = (153 * month + 2) / 5 + d - 1;

	/* size: 719468 days lie between 0000-03-01 and 1970-01-01 */
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    day - 719468;
}

static bool
is_date(uint64_t y, uint64_t m, uint64_t d)
{
	static const uint8_t most[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return m >= 1 && m <= 12 && d >= 1 &&
	    d <= most[m - 1] + (uint64_t)(m == 2 && leap);
}

/* n digits off the front, at most max, and sep behind them unless '\0'. */
static bool
take(struct str *s, size_t n, uint64_t max, char sep, uint64_t *v_r)
{
	if (s->n < n + (sep != '\0') ||
	    !str_u64((struct str){ s->p, n }, max, v_r) ||
	    (sep != '\0' && ascii_up(s->p[n]) != sep))
		return false;
	s->p += n + (sep != '\0');
	s->n -= n + (sep != '\0');
	return true;
}

/* "Z", "+01:00"; seconds east. */
static bool
zone(struct str s, int64_t *east_r)
{
	uint64_t h, m;
	bool west = s.n > 0 && s.p[0] == '-';

	*east_r = 0;
	if (str_ieq(s, STR("Z")))
		return true;
	if (s.n == 0 || (s.p[0] != '+' && !west))
		return false;
	s.p++;
	s.n--;
	if (!take(&s, 2, 23, ':', &h) || !take(&s, 2, 59, '\0', &m) ||
	    s.n > 0)
		return false;
	*east_r = (int64_t)(h * 3600 + m * 60) * (west ? -1 : 1);
	return true;
}

/* RFC 3339 section 5.6; a fraction is cut off. */
static bool
date_time(struct str s, int64_t *t_r)
{
	uint64_t y, m, d, hour, min, sec;
	int64_t east;

	if (!take(&s, 4, 9999, '-', &y) || !take(&s, 2, 12, '-', &m) ||
	    !take(&s, 2, 31, 'T', &d) || !take(&s, 2, 23, ':', &hour) ||
	    !take(&s, 2, 59, ':', &min) || !take(&s, 2, 60, '\0', &sec) ||
	    !is_date(y, m, d))
		return false;
	if (s.n > 1 && s.p[0] == '.' && ascii_digit(s.p[1]))
		do {
			s.p++;
			s.n--;
		} while (s.n > 0 && ascii_digit(s.p[0]));
	if (!zone(s, &east))
		return false;
	*t_r = days((int64_t)y, (int64_t)m, (int64_t)d) * SECONDS_DAY +
	    (int64_t)(hour * 3600 + min * 60 + sec) - east;
	return *t_r <= EXPIRY_MAX;
}

bool
users_expiry(struct str s, int64_t *t_r)
{
	uint64_t v;

	if (str_eq(s, STR("-"))) {
		*t_r = INT64_MAX;
		return true;
	}
	if (str_u64(s, EXPIRY_MAX, &v)) {
		*t_r = (int64_t)v;
		return true;
	}
	return date_time(s, t_r);
}

/* "8h", "90" seconds. */
static bool
duration(struct str s, int64_t now, int64_t *t_r)
{
	static const struct {
		char letter;
		uint32_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 },
		{ 'd', SECONDS_DAY } };
	uint64_t factor = 1, n;

	for (size_t i = 0; s.n > 0 && i < sizeof units / sizeof *units; i++)
		if (s.p[s.n - 1] == units[i].letter) {
			factor = units[i].seconds;
			s.n--;
			break;
		}
	if (!str_u64(s, EXPIRY_MAX / factor, &n) || n == 0)
		return false;
	*t_r = now + (int64_t)(n * factor);
	return *t_r <= EXPIRY_MAX;
}

bool
users_until(struct str s, int64_t now, int64_t *t_r)
{
	if (s.n == 0 || s.p[0] != '+')
		return users_expiry(s, t_r);
	return duration((struct str){ s.p + 1, s.n - 1 }, now, t_r);
}

/* ---- addresses ----------------------------------------------------------- */

/*
 * IPv4 as addr_parse() reads it, ten times as fast: this is most of what a
 * long file costs.
 */
static bool
ipv4(struct str s, struct addr *a_r)
{
	const char *p = s.p, *end = s.p + s.n;
	uint8_t *ip = a_r->ip;

	*a_r = (struct addr){ .ip = { [10] = 0xff, [11] = 0xff } };
	for (int i = 12; i < 16; i++) {
		const char *from = p;
		unsigned v = 0;

		while (p < end && ascii_digit(*p) && p - from < 3)
			v = v * 10 + (unsigned)(*p++ - '0');
		if (p == from || v > 255 || (*from == '0' && p - from > 1))
			return false;
		ip[i] = (uint8_t)v;
		if (i < 15 && (p == end || *p++ != '.'))
			return false;
	}
	return p == end;
}

/* Is nothing set behind the prefix? */
static bool
clear_behind(const uint8_t ip[16], unsigned bits)
{
	unsigned i = bits / 8;

	if (bits % 8 != 0 && (ip[i++] & (0xff >> bits % 8)) != 0)
		return false;
	while (i < 16)
		if (ip[i++] != 0)
			return false;
	return true;
}

bool
users_net(struct str s, struct users_entry *e_r)
{
	const char *slash = s.n > 0 ? memchr(s.p, '/', s.n) : NULL;
	struct str host = s, tail;
	uint64_t bits;
	bool four;

	if (slash != NULL)
		host.n = (size_t)(slash - s.p);
	four = ipv4(host, &e_r->net);
	if (!four && ((host.n > 0 && host.p[0] == '[') ||
	    !addr_parse(host, &e_r->net)))
		return false;
	e_r->bits = 128;
	if (slash == NULL)
		return true;
	four = addr_is4(&e_r->net);
	tail = (struct str){ slash + 1, s.n - host.n - 1 };
	if (!str_u64(tail, four ? 128 - USERS_BITS4 : 128, &bits))
		return false;
	e_r->bits = (unsigned)bits + (four ? USERS_BITS4 : 0);
	return clear_behind(e_r->net.ip, e_r->bits);
}

static bool
net_has(const struct users_entry *e, const struct addr *a)
{
	unsigned whole = e->bits / 8, rest = e->bits % 8;

	return memcmp(e->net.ip, a->ip, whole) == 0 && (rest == 0 ||
	    ((e->net.ip[whole] ^ a->ip[whole]) & (0xff00 >> rest) & 0xff) ==
	    0);
}

/* ---- lines --------------------------------------------------------------- */

/* The next field; empty at the end. */
static struct str
field(struct str *s)
{
	struct str f;

	while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t'))
		s->p++, s->n--;
	f = (struct str){ s->p, 0 };
	while (f.n < s->n && f.p[f.n] != ' ' && f.p[f.n] != '\t')
		f.n++;
	s->p += f.n;
	s->n -= f.n;
	return f;
}

static int
bad(const char **why_r, const char *why)
{
	*why_r = why;
	return ERR_SYNTAX;
}

/* The address of a line; 1 it has one, 0 it is none, < 0 an error. */
static int
line_net(struct str *line, struct users_entry *e_r, const char **why_r)
{
	struct str net = field(line);

	if (net.n == 0 || net.p[0] == '#')
		return 0;
	return users_net(net, e_r) ? 1 : bad(why_r, "it begins with no "
	    "address, or one with bits behind its prefix");
}

/* What stands behind the address. */
static int
line_rest(struct str rest, struct users_entry *e_r, const char **why_r)
{
	struct str end;

	e_r->user = field(&rest);
	if (!users_name(e_r->user))
		return bad(why_r, "its second field is no user's name");
	e_r->groups = field(&rest);
	if (str_eq(e_r->groups, STR("-")))
		e_r->groups.n = 0;
	else if (!users_groups(e_r->groups))
		return bad(why_r, "its third field is no list of groups, nor "
		    "'-'");
	if (!users_expiry(field(&rest), &e_r->expiry))
		return bad(why_r, "its fourth field is no time, nor '-'");
	end = field(&rest);
	if (end.n > 0 && end.p[0] != '#')
		return bad(why_r, "there is a fifth field");
	return 1;
}

int
users_line(struct str line, struct users_entry *e_r, const char **why_r)
{
	int r;

	*e_r = (struct users_entry){ 0 };
	if (line.n >= USERS_LINE)
		return bad(why_r, "it is too long");
	r = line_net(&line, e_r, why_r);
	return r > 0 ? line_rest(line, e_r, why_r) : r;
}

/* ---- the file ------------------------------------------------------------ */

int
users_open(const char *path, const struct users_rules *rules, char *why_r)
{
	struct stat st;
	/* NONBLOCK: a FIFO in the file's place must not hang us */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *why = NULL;

	if (fd < 0 || fstat(fd, &st) < 0)
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "not a regular file";
	else if (st.st_uid != 0 && st.st_uid != geteuid() &&
	    st.st_uid != rules->uid)
		why = "owned by another user";
	else if (st.st_mode & (S_IWGRP | S_IWOTH))
		why = "may be written by others";
	if (why == NULL)
		return fd;
	snprintf(why_r, USERS_WHY, "%s", why);
	fd_close(&fd);
	return ERR_CONFIG;
}

/* A search on its way through a file. */
struct search {
	const struct users_rules *rules;
	const struct addr *a;
	int64_t now;
	struct users_who *who;
	uint64_t lines, entries;
	int best;		/* bits of the entry found; -1 none */
	uint64_t again;		/* line of another one with as many; 0 none */
};

static int
stop(struct search *s, const char *why)
{
	snprintf(s->who->why, USERS_WHY, "line %llu: %s",
	    (unsigned long long)s->lines, why);
	return ERR_CONFIG;
}

static void
copy(char *to, struct str from)
{
	if (from.n > 0)
		memcpy(to, from.p, from.n);
	to[from.n] = '\0';
}

/* An entry that holds the address. */
static int
consider(struct search *s, struct str rest, struct users_entry *e)
{
	const char *why;

	if (line_rest(rest, e, &why) < 0)
		return stop(s, why);
	if (e->expiry <= s->now || (int)e->bits < s->best)
		return 0;
	if ((int)e->bits == s->best) {
		s->again = s->lines;
		return 0;
	}
	s->again = 0;
	s->best = (int)e->bits;
	s->who->known = true;
	/* size: names and lists are checked against these sizes */
	copy(s->who->user, e->user);
	copy(s->who->groups, e->groups);
	return 0;
}

static int
look_at(struct search *s, struct str line)
{
	struct users_entry e;
	const char *why;
	int r;

	s->lines++;
	if (line.n >= USERS_LINE)
		return stop(s, "it is too long");
	r = line_net(&line, &e, &why);
	if (r < 0)
		return stop(s, why);
	s->entries += r > 0;
	if (s->entries > s->rules->max)
		return stop(s, "more entries than max-sessions");
	if (s->lines - s->entries > USERS_REMARKS)
		return stop(s, "too many lines that are no entries");
	return r > 0 && net_has(&e, s->a) ? consider(s, line, &e) : 0;
}

/* All whole lines of a block; *n becomes what is left, at its front. */
static int
look_through(struct search *s, char *block, size_t *n)
{
	char *p = block, *end = block + *n, *newline;
	int r = 0;

	while (r == 0 && (newline = memchr(p, '\n', (size_t)(end - p)))) {
		r = look_at(s, (struct str){ p, (size_t)(newline - p) });
		p = newline + 1;
	}
	*n = (size_t)(end - p);
	if (r == 0 && *n >= USERS_LINE) {
		s->lines++;
		r = stop(s, "it is too long");
	}
	memmove(block, p, *n);
	return r;
}

static int
search(struct search *s, int fd)
{
	char block[BLOCK];
	size_t n = 0;
	ssize_t k;
	int r;

	for (;;) {
		k = read(fd, block + n, sizeof block - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		n += (size_t)k;
		if ((r = look_through(s, block, &n)) < 0)
			return r;
	}
	if (k < 0) {
		snprintf(s->who->why, USERS_WHY, "%s", strerror(errno));
		return ERR_CONFIG;
	}
	s->lines++;
	if (n > 0)
		return stop(s, "it has no end: whoever wrote it is not done, "
		    "or was stopped");
	s->lines = s->again;
	return s->again == 0 ? 0 : stop(s, "its address or prefix has an "
	    "entry before it");
}

int
users_find(const char *path, const struct users_rules *rules,
    const struct addr *a, int64_t now, struct users_who *who_r)
{
	struct search s;
	int fd, r;

	*who_r = (struct users_who){ .known = false };
	s = (struct search){ rules, a, now, who_r, 0, 0, -1, 0 };
	fd = users_open(path, rules, who_r->why);
	if (fd < 0)
		return fd;
	r = search(&s, fd);
	fd_close(&fd);
	who_r->known = who_r->known && r == 0;
	return r;
}
