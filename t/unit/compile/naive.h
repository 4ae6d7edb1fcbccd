/*
 * A second opinion: what access-control(7) says of a policy's text, read and
 * judged in the plainest way, without one line of the proxy's.  It knows the
 * keys of conditions, deny and plug-to; one statement on each line, as
 * oracle.c writes them.
 */

#include <arpa/inet.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 naive_ip;	/* IPv4 as ::ffff:a.b.c.d */

enum naive_truth { NAIVE_NO, NAIVE_YES, NAIVE_UNKNOWN };

enum {
	NAIVE_VALUES = 16, NAIVE_TIMES = 3, NAIVE_ACLS = 250,
	NAIVE_LISTENERS = 6, NAIVE_TEXT = 64, NAIVE_CONDITIONS = 10,
};

/* What a host name stands for; no addresses: it is not resolved. */
struct naive_host {
	const char *name;
	const char *addresses[3];
};

struct naive_set {
	bool given;
	int n;
	struct naive_value {
		bool negative;
		char text[NAIVE_TEXT];
		naive_ip lo, hi;	/* of addresses */
		const struct naive_host *host;	/* instead of them */
	} v[NAIVE_VALUES];
};

struct naive_time {
	struct naive_set day, month, wday, hours, dates, weekdays;
};

struct naive_acl {
	bool session, deny;
	char title[NAIVE_TEXT], plug[NAIVE_TEXT];
	struct naive_set from, to, server, listener, parent, tos, user, group;
	int transparent;		/* -1: not written */
	struct naive_time time[NAIVE_TIMES], spec[NAIVE_TIMES];
	int ntime, nspec;
	bool exclude;
};

struct naive_listener {
	char title[NAIVE_TEXT], address[NAIVE_TEXT];
	struct naive_set servers;	/* of a transparent one */
	bool transparent;
	unsigned from, to;
};

struct naive {
	struct naive_acl acl[NAIVE_ACLS];
	struct naive_listener listener[NAIVE_LISTENERS];
	int nacl, nlistener;
};

struct naive_conn {
	naive_ip from, to, server;	/* server 0: none */
	unsigned port;
	bool transparent;
	int tos;			/* -1: not known */
	bool users;			/* can it be told who is there? */
	const char *user;		/* NULL: nobody known */
	const char *groups;		/* "a b " or "" */
	int day, month, wday, minute;
};

struct naive_choice {
	const struct naive_acl *acl;	/* NULL: none */
	bool unknown;			/* and why: it cannot be decided */
};

/* ---- reading ------------------------------------------------------------- */

static naive_ip
naive_address(const char *text)
{
	unsigned char b[16] = { [10] = 0xff, [11] = 0xff };
	naive_ip ip = 0;

	if (inet_pton(AF_INET, text, b + 12) != 1 &&
	    inet_pton(AF_INET6, text, b) != 1)
		abort();
	for (int i = 0; i < 16; i++)
		ip = ip << 8 | b[i];
	return ip;
}

static void
naive_range(struct naive_value *v, const struct naive_host *hosts)
{
	char *slash = strchr(v->text, '/'), *dash = strchr(v->text, '-');
	int bits = strchr(v->text, ':') ? 128 : 32;

	for (; hosts->name != NULL; hosts++)
		if (strcmp(v->text, hosts->name) == 0)
			v->host = hosts;
	if (v->host != NULL)
		return;
	if (strcmp(v->text, "*") == 0) {
		v->lo = 0;
		v->hi = ~(naive_ip)0;
	} else if (slash != NULL) {
		int free_bits = bits - atoi(slash + 1);

		*slash = '\0';
		v->lo = v->hi = naive_address(v->text);
		for (int i = 0; i < free_bits; i++)
			v->hi |= (naive_ip)1 << i;
	} else if (dash != NULL) {
		*dash = '\0';
		v->lo = naive_address(v->text);
		v->hi = naive_address(dash + 1);
	} else {
		v->lo = v->hi = naive_address(v->text);
	}
}

/* {"a", "!b"} behind KEY = */
static void
naive_read_set(const char *p, struct naive_set *s)
{
	char *to;

	s->given = true;
	while (*p != '}') {
		if (*p++ != '"')
			continue;
		s->v[s->n].negative = *p == '!';
		p += *p == '!';
		for (to = s->v[s->n].text; *p != '"'; p++)
			*to++ = *p;
		*to = '\0';
		p++;
		s->n++;
	}
}

/* The set of a key, wherever it stands in a line. */
static void
naive_key(const char *line, const char *key, struct naive_set *s)
{
	char want[NAIVE_TEXT];
	const char *p;

	snprintf(want, sizeof want, " %s = {", key);
	p = strstr(line, want);
	if (p != NULL)
		naive_read_set(p + strlen(want), s);
}

static const struct naive_host *naive_hosts;	/* up to a NULL name */

static void
naive_addresses(const char *line, const char *key, struct naive_set *s)
{
	int before = s->n;

	naive_key(line, key, s);
	for (int i = before; i < s->n; i++)
		naive_range(&s->v[i], naive_hosts);
}

static void
naive_read_time(const char *line, struct naive_time *t)
{
	naive_key(line, "day", &t->day);
	naive_key(line, "month", &t->month);
	naive_key(line, "wday", &t->wday);
	naive_key(line, "hours", &t->hours);
	naive_key(line, "dates", &t->dates);
	naive_key(line, "weekdays", &t->weekdays);
}

static void
naive_acl_line(struct naive_acl *a, const char *line)
{
	naive_addresses(line, "from", &a->from);
	naive_addresses(line, "to", &a->to);
	naive_addresses(line, "server", &a->server);
	naive_key(line, "listener", &a->listener);
	naive_key(line, "parent", &a->parent);
	naive_key(line, "ip-tos-from", &a->tos);
	naive_key(line, "user", &a->user);
	naive_key(line, "group", &a->group);
	sscanf(line, " plug-to = {\"%63[^\"]", a->plug);
	if (strstr(line, " deny = yes"))
		a->deny = true;
	if (strstr(line, " transparent ="))
		a->transparent = strstr(line, "yes") != NULL;
	if (strstr(line, " exclude = yes"))
		a->exclude = true;
	if (strstr(line, " time \""))
		naive_read_time(line, &a->time[a->ntime++]);
	if (strstr(line, " time-spec \""))
		naive_read_time(line, &a->spec[a->nspec++]);
}

static void
naive_listener_line(struct naive *n, const char *line)
{
	struct naive_listener *l = &n->listener[n->nlistener++];

	l->transparent = strstr(line, " transparent ") != NULL;
	if (l->transparent) {
		naive_addresses(line, "address", &l->servers);
		if (sscanf(line, " transparent \"%63[^\"]\" { port = "
		    "\"%u-%u\"", l->title, &l->from, &l->to) != 3)
			abort();
		return;
	}
	if (sscanf(line, " non-transparent \"%63[^\"]\" { address = "
	    "\"%63[^\"]\" port = \"%u-%u\"", l->title, l->address, &l->from,
	    &l->to) != 4)
		abort();
}

static void
naive_read(struct naive *n, const char *text)
{
	const char *end;
	char line[2000];

	memset(n->listener, 0, sizeof n->listener);
	n->nacl = n->nlistener = 0;
	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		snprintf(line, sizeof line, " %.*s", (int)(end - text), text);
		if (strstr(line, "transparent \""))
			naive_listener_line(n, line);
		else if (strstr(line, "-acl \"")) {
			struct naive_acl *a = &n->acl[n->nacl++];

			memset(a, 0, sizeof *a);
			a->session = strstr(line, " session-acl") != NULL;
			a->transparent = -1;
			sscanf(strchr(line, '"') + 1, "%63[^\"]", a->title);
		} else if (n->nacl > 0) {
			naive_acl_line(&n->acl[n->nacl - 1], line);
		}
	}
}

/* ---- judging ------------------------------------------------------------- */

typedef enum naive_truth naive_has(const struct naive_value *v,
    const void *what);

static enum naive_truth
naive_set_has(const struct naive_set *s, naive_has *has, const void *what)
{
	int positive = 0, count[2][3] = { { 0 } };

	if (!s->given)
		return NAIVE_YES;
	for (int i = 0; i < s->n; i++) {
		positive += !s->v[i].negative;
		count[s->v[i].negative][has(&s->v[i], what)]++;
	}
	if (count[true][NAIVE_YES] > 0)
		return NAIVE_NO;
	if (positive > 0 && count[false][NAIVE_YES] == 0)
		return count[false][NAIVE_UNKNOWN] > 0 ? NAIVE_UNKNOWN :
		    NAIVE_NO;
	return count[true][NAIVE_UNKNOWN] > 0 ? NAIVE_UNKNOWN : NAIVE_YES;
}

static enum naive_truth
naive_in_range(const struct naive_value *v, const void *what)
{
	const naive_ip *ip = what;

	if (*ip == 0)
		return NAIVE_NO;
	if (v->host == NULL)
		return *ip >= v->lo && *ip <= v->hi;
	for (int i = 0; i < 3 && v->host->addresses[i] != NULL; i++)
		if (naive_address(v->host->addresses[i]) == *ip)
			return NAIVE_YES;
	return v->host->addresses[0] == NULL ? NAIVE_UNKNOWN : NAIVE_NO;
}

static enum naive_truth
naive_is(const struct naive_value *v, const void *what)
{
	return strcmp(v->text, what) == 0;
}

/* One of several, each with a blank behind it; nobody's is "none". */
static enum naive_truth
naive_one_of(const struct naive_value *v, const void *what)
{
	const char *list = what;
	char one[NAIVE_TEXT];
	int n;

	for (; sscanf(list, "%63s %n", one, &n) == 1; list += n)
		if (strcmp(v->text, one) == 0)
			return true;
	return *(const char *)what == '\0' && strcmp(v->text, "none") == 0;
}

static enum naive_truth
naive_number(const struct naive_value *v, const void *what)
{
	int n = *(const int *)what, a, b;

	if (sscanf(v->text, ">= %d", &a) == 1)
		return n >= a;
	if (sscanf(v->text, "< %d", &a) == 1)
		return n < a;
	if (sscanf(v->text, "%d-%d", &a, &b) == 2)
		return n >= a && n <= b;
	return n == atoi(v->text);
}

static const char *const naive_wdays = "sun mon tue wed thu fri sat ";
static const char *const naive_months =
    "jan feb mar apr may jun jul aug sep oct nov dec ";

static int
naive_word(const char *words, const char *text)
{
	return (int)(strstr(words, text) - words) / 4;
}

/* Walk from a to b on a circle: is v met? */
static bool
naive_walk(int a, int b, int v, int size)
{
	for (; a != b && a != v; a = (a + 1) % size)
		;
	return a == v;
}

static enum naive_truth
naive_wday(const struct naive_value *v, const void *what)
{
	char a[4] = "", b[4] = "";

	sscanf(v->text, "%3[a-z]-%3[a-z]", a, b);
	return naive_walk(naive_word(naive_wdays, a), naive_word(naive_wdays,
	    *b ? b : a), *(const int *)what, 7);
}

static enum naive_truth
naive_month(const struct naive_value *v, const void *what)
{
	return naive_word(naive_months, v->text) + 1 == *(const int *)what;
}

static int
naive_minute(int hhmm)
{
	return hhmm / 100 * 60 + hhmm % 100;
}

/* The end is not part of it. */
static enum naive_truth
naive_hours(const struct naive_value *v, const void *what)
{
	int a, b;

	sscanf(v->text, "%d-%d", &a, &b);
	a = naive_minute(a);
	b = (naive_minute(b) + 1439) % 1440;
	return naive_walk(a, b, *(const int *)what, 1440);
}

static enum naive_truth
naive_hours_included(const struct naive_value *v, const void *what)
{
	int a, b;

	sscanf(v->text, "%d-%d", &a, &b);
	return naive_walk(naive_minute(a), naive_minute(b),
	    *(const int *)what, 1440);
}

/* Days of a year in which every month has 31. */
static enum naive_truth
naive_date(const struct naive_value *v, const void *what)
{
	int a, b;
	char m[4], n[4];

	sscanf(v->text, "%d %3[a-z] - %d %3[a-z]", &a, m, &b, n);
	return naive_walk(naive_word(naive_months, m) * 31 + a - 1,
	    naive_word(naive_months, n) * 31 + b - 1, *(const int *)what,
	    12 * 31);
}

static bool
naive_time_has(const struct naive_time *t, const struct naive_conn *c,
    naive_has *hours)
{
	int date = (c->month - 1) * 31 + c->day - 1;

	return naive_set_has(&t->day, naive_number, &c->day) &&
	    naive_set_has(&t->month, naive_month, &c->month) &&
	    naive_set_has(&t->wday, naive_wday, &c->wday) &&
	    naive_set_has(&t->hours, hours, &c->minute) &&
	    naive_set_has(&t->dates, naive_date, &date) &&
	    naive_set_has(&t->weekdays, naive_wday, &c->wday);
}

static enum naive_truth
naive_times(const struct naive_acl *a, const struct naive_conn *c)
{
	bool some = false;

	for (int i = 0; i < a->ntime; i++)
		some |= naive_time_has(&a->time[i], c, naive_hours);
	for (int i = 0; i < a->nspec; i++)
		some |= naive_time_has(&a->spec[i], c, naive_hours_included);
	if (a->ntime + a->nspec == 0)
		return NAIVE_YES;
	return some != a->exclude ? NAIVE_YES : NAIVE_NO;
}

/* The section that a connection came by. */
static const char *
naive_listener_of(const struct naive *n, const struct naive_conn *c)
{
	const char *any = "";

	for (int i = 0; i < n->nlistener; i++) {
		const struct naive_listener *l = &n->listener[i];

		if (c->port < l->from || c->port > l->to ||
		    c->transparent != l->transparent)
			continue;
		if (l->transparent) {
			if (naive_set_has(&l->servers, naive_in_range,
			    &c->to) == NAIVE_YES)
				return l->title;
			continue;
		}
		if (strcmp(l->address, "::") != 0 &&
		    naive_address(l->address) == c->to)
			return l->title;
		if (strcmp(l->address, "::") == 0 && *any == '\0')
			any = l->title;
	}
	return any;
}

/*
 * Where it goes: plug-to's first, else where the connection was going.  Of a
 * name, all addresses must be in the set, or none.
 */
static enum naive_truth
naive_server(const struct naive_set *s, const char *plug, naive_ip original)
{
	const struct naive_host *h = naive_hosts;
	int count[3] = { 0 };
	char host[NAIVE_TEXT];
	naive_ip ip;

	if (*plug == '\0' || !s->given)
		return naive_set_has(s, naive_in_range, &original);
	sscanf(plug + (*plug == '['), *plug == '[' ? "%63[^]]" : "%63[^:]",
	    host);
	while (h->name != NULL && strcmp(h->name, host) != 0)
		h++;
	if (h->name == NULL) {
		ip = naive_address(host);
		return naive_set_has(s, naive_in_range, &ip);
	}
	for (int i = 0; i < 3 && h->addresses[i] != NULL; i++) {
		ip = naive_address(h->addresses[i]);
		count[naive_set_has(s, naive_in_range, &ip)]++;
	}
	if (count[NAIVE_UNKNOWN] > 0 ||
	    (count[NAIVE_YES] > 0) == (count[NAIVE_NO] > 0))
		return NAIVE_UNKNOWN;
	return count[NAIVE_YES] > 0 ? NAIVE_YES : NAIVE_NO;
}

static enum naive_truth
naive_when(const struct naive *n, const struct naive_acl *a,
    const struct naive_conn *c, const struct naive_acl *parent)
{
	enum naive_truth all[NAIVE_CONDITIONS];

	all[0] = naive_set_has(&a->from, naive_in_range, &c->from);
	all[1] = naive_set_has(&a->to, naive_in_range, &c->to);
	all[2] = naive_server(&a->server, parent ? parent->plug : "",
	    c->server);
	all[3] = naive_set_has(&a->listener, naive_is,
	    naive_listener_of(n, c));
	all[4] = naive_set_has(&a->parent, naive_is,
	    parent ? parent->title : "");
	all[5] = a->tos.given && c->tos < 0 ? NAIVE_UNKNOWN :
	    naive_set_has(&a->tos, naive_number, &c->tos);
	all[6] = a->transparent < 0 || a->transparent == c->transparent ?
	    NAIVE_YES : NAIVE_NO;
	all[7] = naive_times(a, c);
	all[8] = a->user.given && !c->users ? NAIVE_UNKNOWN :
	    naive_set_has(&a->user, naive_is, c->user ? c->user : "none");
	all[9] = a->group.given && !c->users ? NAIVE_UNKNOWN :
	    naive_set_has(&a->group, naive_one_of, c->groups);
	for (int i = 0; i < NAIVE_CONDITIONS; i++)
		if (all[i] == NAIVE_NO)
			return NAIVE_NO;
	for (int i = 0; i < NAIVE_CONDITIONS; i++)
		if (all[i] == NAIVE_UNKNOWN)
			return NAIVE_UNKNOWN;
	return NAIVE_YES;
}

/* The first of its kind whose conditions all hold. */
static struct naive_choice
naive_choose(const struct naive *n, bool session, const struct naive_conn *c,
    const struct naive_acl *parent)
{
	for (int i = 0; i < n->nacl; i++) {
		const struct naive_acl *a = &n->acl[i];

		if (a->session != session)
			continue;
		switch (naive_when(n, a, c, parent)) {
		case NAIVE_NO:
			break;
		case NAIVE_YES:
			return (struct naive_choice){ a, false };
		case NAIVE_UNKNOWN:
			return (struct naive_choice){ NULL, true };
		}
	}
	return (struct naive_choice){ NULL, false };
}
