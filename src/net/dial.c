#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "dial.h"
#include "fd.h"
#include "io.h"

/* One dial_connect(): what is asked, what is left, what happened last. */
struct attempt {
	const struct dial *d;
	struct dial_result *r;
	size_t target;		/* row */
	size_t tries;		/* addresses tried, all targets */
	int err;		/* the last failure; 0: none yet */
};

static int
note(struct attempt *t, const struct addr *a, const char *stage, int err,
    const char *why)
{
	struct dial_failure f = {
		.target = t->target, .stage = stage, .err = err, .why = why,
	};

	if (a != NULL)
		f.addr = *a;
	if (t->d->failed != NULL)
		t->d->failed(t->d->ctx, &f);
	t->r->why = why;
	return t->err = err;
}

static const char *
connect_why(int e)
{
	switch (e) {
	case ECONNREFUSED:
		return "connection refused";
	case ETIMEDOUT:
		return "timeout";
	case EHOSTUNREACH:
		return "no route to host";
	case ENETUNREACH:
		return "network unreachable";
	case EADDRNOTAVAIL:
		return "address not available";
	case EACCES:
	case EPERM:
		return "not permitted";
	case ECONNRESET:
		return "connection reset";
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return "out of resources";
	default:
		return "cannot connect";
	}
}

static int
connect_err(int e)
{
	switch (e) {
	case ECONNREFUSED:
		return ERR_REFUSED;
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	default:
		return ERR_IO;
	}
}

/* ---- one address -------------------------------------------------------- */

/* Permission to use an address that is not ours. */
static int
set_foreign(int fd, bool v4)
{
	int one = 1;

	return v4 ? setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &one,
	    sizeof one) : setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &one,
	    sizeof one);
}

/* 0, or -1 with *why_r. */
static int
bind_source(int fd, const struct dial_source *s, const struct addr *to,
    const char **why_r)
{
	struct addr a = addr_is4(to) ? s->v4 : s->v6;
	struct sockaddr_storage ss;
	int one = 1;

	if (addr_none(&a)) {
		*why_r = s->foreign ? "the client's address is of the other "
		    "family" : "source-address has none of this family";
		return -1;
	}
	if (s->foreign && set_foreign(fd, addr_is4(to)) < 0) {
		*why_r = "source-address = client: needs CAP_NET_RAW";
		return -1;
	}
	a.port = 0;
	/* the port is chosen by connect: no 4-tuple is used up */
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one,
	    sizeof one);
	if (bind(fd, (struct sockaddr *)&ss, addr_to_sa(&a, &ss)) == 0)
		return 0;
	*why_r = "source-address is not this machine's";
	return -1;
}

/* What a socket is given before it connects: 0, or -1 with *why_r. */
static int
prepare(const struct dial *d, int fd, const struct addr *to,
    const char **why_r)
{
	if (d->source != NULL && bind_source(fd, d->source, to, why_r) < 0)
		return -1;
	return d->shape == NULL ? 0 : shape_apply(fd, d->shape, why_r);
}

/*
 * A socket that connects: its descriptor, or -1 with errno.  *why_r is set
 * when policy's wishes for it cannot be had.
 */
static int
start(const struct dial *d, const struct addr *to, const char **why_r)
{
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sa(to, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (io_setup_socket(fd, d->rcvbuf, d->sndbuf) < 0 ||
	    prepare(d, fd, to, why_r) < 0 ||
	    (connect(fd, (struct sockaddr *)&ss, n) < 0 &&
	    errno != EINPROGRESS))
		fd_close(&fd);
	return fd;
}

/*
 * Wait until fd is connected: 0, ERR_TIMEOUT, ERR_EOF (the watched peer is
 * gone), ERR_IO with errno.
 */
static int
finish(const struct dial *d, int fd, int64_t until)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = d->watch, .events = POLLRDHUP },
	};
	int e = 0;
	socklen_t n = sizeof e;

	while (p[0].revents == 0) {
		int rc = poll(p, 2, clock_left(until));

		if (rc < 0 && errno != EINTR)
			return ERR_IO;
		if (p[1].revents != 0 && rc > 0) {
			if (fd_peer_gone(d->watch))
				return ERR_EOF;
			p[1].events = 0;	/* it sent, then closed */
		}
		if (rc <= 0 && clock_left(until) == 0)
			return ERR_TIMEOUT;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0)
		return ERR_IO;
	errno = e;
	return e == 0 ? 0 : ERR_IO;
}

static int
try_addr(struct attempt *t, const struct addr *a)
{
	const struct dial *d = t->d;
	int64_t until = clock_after(d->each);
	const char *no = d->refuse != NULL ? d->refuse(d->ctx, a) : NULL;
	const char *denied = NULL;
	int fd, rc;

	if (no != NULL)
		return note(t, a, "policy", ERR_REFUSED, no);
	if (t->tries++ >= DIAL_TRIES_MAX)
		return note(t, a, "policy", ERR_LIMIT, "too many addresses");
	if (d->deadline < until)
		until = d->deadline;
	fd = start(d, a, &denied);
	if (denied != NULL)
		return note(t, a, "socket", ERR_REFUSED, denied);
	rc = fd < 0 ? ERR_IO : finish(d, fd, until);
	if (rc == 0) {
		t->r->fd = fd;
		t->r->addr = *a;
		t->r->target = t->target;
		return 1;
	}
	if (rc == ERR_IO)
		note(t, a, "connect", connect_err(errno), connect_why(errno));
	else
		note(t, a, "connect", rc, rc == ERR_EOF ?
		    "the client is gone" : "timeout");
	fd_close(&fd);
	return t->err;
}

/* ---- candidates --------------------------------------------------------- */

/* Is there any use in the next address? */
static bool
go_on(const struct attempt *t)
{
	return t->err != ERR_EOF && t->err != ERR_LIMIT &&
	    clock_left(t->d->deadline) != 0;
}

static int
try_name(struct attempt *t, const struct dial_target *target)
{
	static const struct resolve_conf defaults;
	const struct dial *d = t->d;
	const struct resolve_engine *engine;
	struct addr list[RESOLVE_MAX];
	const char *why;
	int n;

	engine = module_get("resolve", &why);
	if (engine == NULL)
		return note(t, NULL, "resolve", ERR_SUPPORT, why);
	n = engine->lookup(d->resolve != NULL ? d->resolve : &defaults,
	    target->host, RESOLVE_BOTH, d->deadline, d->watch, list,
	    RESOLVE_MAX, &why);
	if (n < 0)
		return note(t, NULL, "resolve", n, why);
	for (int i = 0; i < n && (i == 0 || go_on(t)); i++) {
		list[i].port = target->port;
		if (try_addr(t, &list[i]) > 0)
			return 1;
	}
	return t->err;
}

int
dial_connect(const struct dial *d, struct dial_result *r_r)
{
	struct attempt t = { .d = d, .r = r_r };

	*r_r = (struct dial_result){ .fd = -1, .why = "no server to try" };
	for (t.target = 0; t.target < d->ntargets; t.target++) {
		const struct dial_target *c = &d->targets[t.target];
		struct addr a = c->addr;

		if (!go_on(&t))
			break;
		a.port = c->port;
		if ((addr_none(&a) ? try_name(&t, c) : try_addr(&t, &a)) > 0) {
			r_r->why = NULL;
			return 1;
		}
	}
	if (t.err != ERR_EOF && clock_left(d->deadline) == 0) {
		if (t.err == 0)
			r_r->why = "timeout";
		return ERR_TIMEOUT;
	}
	return t.err != 0 ? t.err : ERR_NAME;
}
