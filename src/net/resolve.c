#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ares.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "resolve.h"

enum {
	/* "[" IPv6 with a scope "]:65535" and a comma. */
	SERVER_TEXT = 72,
	/*
	 * A server that does not answer costs a fifth of the total before the
	 * next one is asked; c-ares doubles it each round, and our deadline
	 * ends it.
	 */
	SHARE = 5,
	ROUNDS = 8,
	SHARE_MIN = 100,	/* ms */
	/*
	 * Names asked for at a time, and ms until the next ones: a server's
	 * buffer holds some hundred questions.
	 */
	BURST = 32,
	PACE = 10,
};

/* One question; c-ares calls back into it. */
struct answer {
	struct addr list[RESOLVE_ALL];
	size_t n;
	uint32_t ttl;		/* seconds, the shortest */
	int status;		/* ARES_* */
	bool more;		/* than the list holds */
	bool done;
};

struct query {
	ares_channel channel;
	int64_t deadline;
	int watch;
	short watch_events;
	const char *why;
};

/* ---- the channel -------------------------------------------------------- */

static bool
join_servers(const struct resolve_conf *conf, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->nservers; i++) {
		int k = snprintf(out + n, size - n, "%s%s", i > 0 ? "," : "",
		    conf->servers[i]);

		if (k < 0 || (size_t)k >= size - n)
			return false;
		n += (size_t)k;
	}
	return true;
}

/*
 * With servers given every option that resolv.conf could set is set, and
 * c-ares does not read it.
 */
static int
open_channel(struct query *q, const struct resolve_conf *conf)
{
	int64_t total = conf->timeout > 0 ? conf->timeout : RESOLVE_TIMEOUT;
	char servers[RESOLVE_SERVERS * SERVER_TEXT], lookups[] = "b";
	struct in_addr none = { 0 };
	struct ares_options o = {
		.flags = ARES_FLAG_NOALIASES,
		.timeout = (int)(total / SHARE > SHARE_MIN ? total / SHARE :
		    SHARE_MIN),
		.tries = ROUNDS,
		.ndots = 1,
		.lookups = lookups,
		.domains = (char **)conf->search,
		.ndomains = (int)conf->nsearch,
		.servers = &none,
		.nservers = 1,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	    ARES_OPT_LOOKUPS;

	if (conf->nservers > RESOLVE_SERVERS ||
	    conf->nsearch > RESOLVE_SEARCH ||
	    !join_servers(conf, servers, sizeof servers))
		return ARES_EBADSTR;
	if (conf->nsearch > 0 || conf->nservers > 0)
		mask |= ARES_OPT_DOMAINS;
	if (conf->nservers > 0)
		mask |= ARES_OPT_NDOTS | ARES_OPT_SORTLIST | ARES_OPT_SERVERS;
	if (ares_init_options(&q->channel, &o, mask) != ARES_SUCCESS)
		return ARES_ENOMEM;
	return conf->nservers == 0 ? ARES_SUCCESS :
	    ares_set_servers_ports_csv(q->channel, servers);
}

static int
begin(struct query *q, const struct resolve_conf *conf, int64_t deadline,
    int watch)
{
	int64_t total = conf->timeout > 0 ? conf->timeout : RESOLVE_TIMEOUT;
	int rc;

	*q = (struct query){
		.deadline = clock_after(total), .watch = watch,
		.watch_events = POLLRDHUP,
	};
	if (deadline < q->deadline)
		q->deadline = deadline;
	rc = open_channel(q, conf);
	if (rc == ARES_SUCCESS)
		return 0;
	if (q->channel != NULL)
		ares_destroy(q->channel);
	q->channel = NULL;
	q->why = ares_strerror(rc);
	return ERR_NAME;
}

/* ---- the loop ----------------------------------------------------------- */

static int
poll_rows(struct query *q, struct pollfd *p)
{
	ares_socket_t socks[ARES_GETSOCK_MAXNUM];
	/* the macros of ares.h shift a signed 1 into the sign */
	unsigned bits = (unsigned)ares_getsock(q->channel, socks,
	    ARES_GETSOCK_MAXNUM);
	int n = 0;

	for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		bool in = bits >> i & 1;
		bool out = bits >> (i + ARES_GETSOCK_MAXNUM) & 1;
		short ev = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));

		if (ev != 0)
			p[n++] = (struct pollfd){ socks[i], ev, 0 };
	}
	return n;
}

static int
wait_ms(struct query *q, int64_t until)
{
	struct timeval tv;
	int left = clock_left(until), ms;

	if (ares_timeout(q->channel, NULL, &tv) == NULL)
		return left;
	ms = (int)(tv.tv_sec * 1000 + tv.tv_usec / 1000 + 1);
	return left >= 0 && left < ms ? left : ms;
}

/* One turn: 0, ERR_TIMEOUT when until has passed, ERR_EOF. */
static int
turn(struct query *q, int64_t until)
{
	struct pollfd p[ARES_GETSOCK_MAXNUM + 1];
	int n = poll_rows(q, p);
	int rc;

	if (clock_left(until) == 0)
		return ERR_TIMEOUT;
	p[n] = (struct pollfd){ q->watch, q->watch_events, 0 };
	rc = poll(p, (nfds_t)n + 1, wait_ms(q, until));
	if (rc > 0 && p[n].revents != 0) {
		if (fd_peer_gone(q->watch)) {
			q->why = "the client is gone";
			return ERR_EOF;
		}
		q->watch_events = 0;	/* it sent, then closed */
	}
	for (int i = 0; rc > 0 && i < n; i++)
		if (p[i].revents != 0)
			ares_process_fd(q->channel,
			    p[i].revents & ~POLLOUT ? p[i].fd :
			    ARES_SOCKET_BAD, p[i].revents & POLLOUT ?
			    p[i].fd : ARES_SOCKET_BAD);
	if (rc <= 0)	/* what has timed out goes on to the next server */
		ares_process_fd(q->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	return 0;
}

/* ---- names to addresses ------------------------------------------------- */

/* RFC 2181 section 8: one with the top bit set is 0. */
static void
shorten(uint32_t *ttl, int seconds)
{
	uint32_t t = seconds > 0 ? (uint32_t)seconds : 0;

	if (t < *ttl)
		*ttl = t;
}

static void
got_addrs(void *arg, int status, int timeouts, struct ares_addrinfo *res)
{
	struct answer *a = arg;

	(void)timeouts;
	a->done = true;
	a->status = status;
	if (status != ARES_SUCCESS)
		return;
	a->ttl = UINT32_MAX;
	for (struct ares_addrinfo_cname *i = res->cnames; i; i = i->next)
		shorten(&a->ttl, i->ttl);
	for (struct ares_addrinfo_node *i = res->nodes; i; i = i->ai_next) {
		shorten(&a->ttl, i->ai_ttl);
		if (a->n == RESOLVE_ALL)
			a->more = true;
		else if (addr_from_sa(i->ai_addr, &a->list[a->n]))
			a->list[a->n++].port = 0;
	}
	ares_freeaddrinfo(res);
}

static void
ask(struct query *q, const char *name, int family, struct answer *a)
{
	struct ares_addrinfo_hints hints = { .ai_family = family };

	ares_getaddrinfo(q->channel, name, NULL, &hints, got_addrs, a);
}

/* Until both are done, or one is and its patience for the other is over. */
static int
await(struct query *q, struct answer *six, struct answer *four)
{
	int64_t until = q->deadline;
	bool waiting = false;

	while (!six->done || !four->done) {
		int rc;

		if (!waiting && six->n + four->n > 0) {
			int64_t soon = clock_after(RESOLVE_DELAY);

			waiting = true;
			until = soon < until ? soon : until;
		}
		rc = turn(q, until);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static size_t
take(struct addr *out, size_t n, size_t max, const struct answer *a)
{
	for (size_t i = 0; i < a->n && n < max; i++)
		out[n++] = a->list[i];
	return n;
}

static int
lookup(const struct resolve_conf *conf, const char *name, unsigned families,
    int64_t deadline, int watch, struct addr *out, size_t max,
    const char **why_r)
{
	struct answer six = { .done = !(families & RESOLVE_6) };
	struct answer four = { .done = !(families & RESOLVE_4) };
	struct query q;
	size_t n;
	int rc = begin(&q, conf, deadline, watch);

	*why_r = q.why;
	if (rc < 0)
		return rc;
	if (!six.done)
		ask(&q, name, AF_INET6, &six);
	if (!four.done)
		ask(&q, name, AF_INET, &four);
	rc = await(&q, &six, &four);
	n = take(out, 0, max, &six);
	n = take(out, n, max, &four);
	ares_destroy(q.channel);	/* ends what is still asked */
	if (n > 0 && rc != ERR_EOF)
		return (int)n;
	*why_r = rc == ERR_EOF ? q.why : rc == ERR_TIMEOUT ? "timeout" :
	    ares_strerror(families & RESOLVE_4 ? four.status : six.status);
	return rc < 0 ? rc : ERR_NAME;
}

/* ---- many names ---------------------------------------------------------- */

struct pair {
	struct answer six, four;
};

/* Does an answer say for certain what there is of its family? */
static bool
certain(const struct answer *a)
{
	return a->done && (a->status == ARES_SUCCESS ||
	    a->status == ARES_ENODATA || a->status == ARES_ENOTFOUND);
}

/* A family that fails might have had addresses. */
static int
fail_name(struct resolve_name *name, const struct pair *p)
{
	const struct answer *bad = certain(&p->four) ? &p->six : &p->four;

	name->err = !bad->done ? ERR_TIMEOUT : certain(bad) ? ERR_NAME :
	    ERR_IO;
	name->why = !bad->done ? "timeout" : ares_strerror(bad->status);
	return 0;
}

/* 1 when the name has addresses. */
static int
settle(struct resolve_name *name, const struct pair *p)
{
	size_t n = p->six.n + p->four.n;

	name->n = 0;
	if (!certain(&p->six) || !certain(&p->four) || n == 0)
		return fail_name(name, p);
	if (p->six.more || p->four.more || n > RESOLVE_ALL) {
		name->err = ERR_LIMIT;
		name->why = "it has too many addresses";
		return 0;
	}
	name->n = take(name->list, 0, RESOLVE_ALL, &p->six);
	name->n = take(name->list, name->n, RESOLVE_ALL, &p->four);
	name->ttl = p->six.n == 0 ? p->four.ttl : p->six.ttl;
	if (p->four.n > 0 && p->four.ttl < name->ttl)
		name->ttl = p->four.ttl;
	return 1;
}

static bool
all_done(const struct pair *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!p[i].six.done || !p[i].four.done)
			return false;
	return true;
}

/* Ask for some more, if it is time; how many have been asked for. */
static size_t
ask_some(struct query *q, const struct resolve_name *names,
    struct pair *pairs, size_t asked, size_t n, int64_t *due)
{
	size_t end = n - asked > BURST ? asked + BURST : n;

	if (asked == n || (clock_left(*due) != 0 && !all_done(pairs, asked)))
		return asked;
	for (; asked < end; asked++) {
		ask(q, names[asked].name, AF_INET6, &pairs[asked].six);
		ask(q, names[asked].name, AF_INET, &pairs[asked].four);
	}
	*due = clock_after(PACE);
	return asked;
}

/* Until all names are done, or an error; ERR_TIMEOUT is the whole's. */
static int
await_all(struct query *q, const struct resolve_name *names,
    struct pair *pairs, size_t n)
{
	int64_t due = 0;
	size_t asked = 0;
	int rc = 0;

	while (rc == 0 && (asked < n || !all_done(pairs, n))) {
		asked = ask_some(q, names, pairs, asked, n, &due);
		rc = turn(q, asked < n && due < q->deadline ? due :
		    q->deadline);
		if (rc == ERR_TIMEOUT && clock_left(q->deadline) != 0)
			rc = 0;
	}
	return rc;
}

static int
lookup_together(const struct resolve_conf *conf, struct resolve_name *names,
    size_t n, int64_t deadline, int watch, const char **why_r)
{
	struct resolve_conf whole = *conf;
	struct pair *pairs = calloc(n, sizeof *pairs);
	struct query q = { .why = "out of memory" };
	int rc = ERR_NAME, found = 0;

	/* servers are given their shares of what there is */
	whole.timeout = clock_left(deadline) > 0 ? clock_left(deadline) : 0;
	if (pairs != NULL)
		rc = begin(&q, &whole, deadline, watch);
	if (rc == 0)
		rc = await_all(&q, names, pairs, n);
	for (size_t i = 0; pairs != NULL && i < n; i++)
		found += settle(&names[i], &pairs[i]);
	*why_r = q.why;
	if (q.channel != NULL)
		ares_destroy(q.channel);
	free(pairs);
	return rc == 0 || rc == ERR_TIMEOUT ? found : rc;
}

/*
 * c-ares gives up on a server for all questions when it refuses one (over
 * TCP, say, after an answer that was too long): whoever owns that name must
 * not take the others with it, so those are asked for again, alone.
 */
static int
lookup_all(const struct resolve_conf *conf, struct resolve_name *names,
    size_t n, int64_t deadline, int watch, const char **why_r)
{
	int rc = lookup_together(conf, names, n, deadline, watch, why_r);
	int found = rc;

	for (size_t i = 0; n > 1 && i < n && rc >= 0 &&
	    clock_left(deadline) != 0; i++) {
		if (names[i].n > 0 || names[i].err != ERR_IO)
			continue;
		rc = lookup_together(conf, &names[i], 1, deadline, watch,
		    why_r);
		found += rc > 0;
	}
	return rc < 0 ? rc : found;
}

/* ---- addresses to names ------------------------------------------------- */

struct owner {
	char name[RESOLVE_NAME];
	int status;
	bool done;
};

static void
got_name(void *arg, int status, int timeouts, struct hostent *h)
{
	struct owner *o = arg;

	(void)timeouts;
	o->done = true;
	o->status = status;
	if (status == ARES_SUCCESS && h->h_name != NULL)
		snprintf(o->name, sizeof o->name, "%s", h->h_name);
}

static int
reverse(const struct resolve_conf *conf, const struct addr *a,
    int64_t deadline, int watch, char *out, const char **why_r)
{
	bool v4 = addr_is4(a);
	struct owner o = { .done = false };
	struct query q;
	int rc = begin(&q, conf, deadline, watch);

	*why_r = q.why;
	if (rc < 0)
		return rc;
	ares_gethostbyaddr(q.channel, v4 ? a->ip + 12 : a->ip, v4 ? 4 : 16,
	    v4 ? AF_INET : AF_INET6, got_name, &o);
	while (rc == 0 && !o.done)
		rc = turn(&q, q.deadline);
	ares_destroy(q.channel);
	if (rc == 0 && o.status == ARES_SUCCESS && o.name[0] != '\0') {
		memcpy(out, o.name, RESOLVE_NAME);
		return 1;
	}
	*why_r = rc == ERR_EOF ? q.why : rc == ERR_TIMEOUT ? "timeout" :
	    ares_strerror(o.status);
	return rc < 0 ? rc : ERR_NAME;
}

const struct resolve_engine engine_resolve = {
	.head = MODULE_HEAD("resolve"),
	.lookup = lookup,
	.lookup_all = lookup_all,
	.reverse = reverse,
};
