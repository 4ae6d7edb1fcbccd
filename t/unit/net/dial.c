/* Dialing and names, with listeners and a name server on loopback. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "dial.h"
#include "fd.h"
#include "tap.h"

const struct module_head *const module_static[] = {
	&engine_resolve.head, NULL,
};

/* ---- listeners ---------------------------------------------------------- */

static int
listen_on(int type, const char *ip, uint16_t *port_r)
{
	struct sockaddr_storage ss;
	struct addr a;
	socklen_t n;
	int fd;

	if (!addr_parse(str_c(ip), &a))
		abort();
	n = addr_to_sa(&a, &ss);
	fd = socket(ss.ss_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, n) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 8) < 0) || !addr_local(fd, &a))
		abort();
	*port_r = a.port;
	return fd;
}

/* A port where nothing listens. */
static uint16_t
dead_port(void)
{
	uint16_t port;

	close(listen_on(SOCK_STREAM, "127.0.0.1", &port));
	return port;
}

/*
 * A listener whose queue is full: connecting to it hangs.  The returned
 * descriptors fill it.
 */
static uint16_t
hung_port(int fds[3])
{
	struct sockaddr_storage ss;
	struct addr a = { 0 };
	uint16_t port;

	fds[0] = listen_on(SOCK_STREAM, "127.0.0.1", &port);
	listen(fds[0], 0);
	addr_local(fds[0], &a);
	for (int i = 1; i < 3; i++) {
		socklen_t n = addr_to_sa(&a, &ss);

		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[i], (struct sockaddr *)&ss, n);
	}
	usleep(10000);
	return port;
}

static struct dial_target
numeric(const char *ip, uint16_t port)
{
	struct dial_target t = { .host = ip, .port = port };

	addr_parse(str_c(ip), &t.addr);
	return t;
}

/* ---- a name server ------------------------------------------------------ */

enum answer { A4, A6, BOTH, MANY, NXDOMAIN, SERVFAIL, SILENT, ONLY4, PTR };

struct zone {
	const char *name;
	enum answer answer;
};

static const struct zone zones[] = {
	{ "four.test", A4 },
	{ "six.test", A6 },
	{ "both.test", BOTH },
	{ "many.test", MANY },
	{ "absent.test", NXDOMAIN },
	{ "broken.test", SERVFAIL },
	{ "silent.test", SILENT },
	{ "slow6.test", ONLY4 },	/* AAAA is never answered */
	{ "mail.search.test", A4 },
	{ "1.0.0.127.in-addr.arpa", PTR },
};

static const struct zone *
find_zone(const char *name)
{
	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
		if (strcasecmp(zones[i].name, name) == 0)
			return &zones[i];
	return NULL;
}

/* The name of the question at q, dotted; what follows it. */
static const unsigned char *
question(const unsigned char *q, const unsigned char *end, char *out)
{
	size_t n = 0;

	while (q < end && *q != 0) {
		size_t len = *q++;

		for (size_t i = 0; i < len && q < end && n < 250; i++)
			out[n++] = (char)*q++;
		out[n++] = '.';
	}
	out[n > 0 ? n - 1 : 0] = '\0';
	return q + 1;
}

static unsigned char *
record(unsigned char *p, int type, const void *data, size_t n)
{
	unsigned char head[] = { 0xc0, 12, 0, (unsigned char)type, 0, 1, 0, 0,
	    0, 9, 0, (unsigned char)n };

	memcpy(p, head, sizeof head);
	memcpy(p + sizeof head, data, n);
	return p + sizeof head + n;
}

/* Append the answers; how many, or -1 for silence, -2/-3 for errors. */
static int
answer_for(const struct zone *z, int type, unsigned char **p)
{
	static const unsigned char four[] = { 127, 0, 0, 1 };
	static const unsigned char six[16] = { [15] = 1 };
	static const unsigned char host[] = "\4mail\4test";
	enum answer a = z != NULL ? z->answer : NXDOMAIN;

	if (a == NXDOMAIN)
		return -2;
	if (a == SERVFAIL)
		return -3;
	if (a == SILENT || (a == ONLY4 && type == 28))
		return -1;
	if (a == PTR && type == 12) {
		*p = record(*p, 12, host, sizeof host);
		return 1;
	}
	if (type == 1 && a == MANY) {
		for (unsigned char i = 1; i <= 20; i++)
			*p = record(*p, 1, (unsigned char[]){ 127, 0, 0, i },
			    4);
		return 20;
	}
	if (type == 1 && (a == A4 || a == BOTH || a == ONLY4)) {
		*p = record(*p, 1, four, 4);
		return 1;
	}
	if (type == 28 && (a == A6 || a == BOTH)) {
		*p = record(*p, 28, six, 16);
		return 1;
	}
	return 0;
}

static void
serve_one(int fd)
{
	unsigned char m[1024];
	struct sockaddr_storage ss;
	socklen_t sn = sizeof ss;
	ssize_t n = recvfrom(fd, m, 512, 0, (struct sockaddr *)&ss, &sn);
	char name[256] = "";
	unsigned char *p;
	int type, k;

	if (n < 17)
		return;
	p = (unsigned char *)question(m + 12, m + n, name);
	type = p[0] << 8 | p[1];
	p += 4;
	k = answer_for(find_zone(name), type, &p);
	if (k == -1)
		return;
	m[2] = 0x84 | (m[2] & 1);
	m[3] = k == -2 ? 3 : k == -3 ? 2 : 0;
	m[7] = (unsigned char)(k > 0 ? k : 0);
	memset(m + 8, 0, 4);
	sendto(fd, m, (size_t)(p - m), 0, (struct sockaddr *)&ss, sn);
}

static pid_t dns_pid;
static char dns_server[32];
static const char *const dns_servers[] = { dns_server };
static struct resolve_conf dns = {
	.servers = dns_servers, .nservers = 1, .timeout = 600,
};

static void
start_dns(void)
{
	uint16_t port;
	int fd = listen_on(SOCK_DGRAM, "127.0.0.1", &port);

	snprintf(dns_server, sizeof dns_server, "127.0.0.1:%u", port);
	fflush(stdout);
	dns_pid = fork();
	if (dns_pid == 0)
		for (alarm(120);;)
			serve_one(fd);
	close(fd);
}

/* ---- names -------------------------------------------------------------- */

struct lookup {
	const char *name, *host;
	unsigned families;
	int want;
	const char *first;	/* address, or why */
};

static const struct lookup lookups[] = {
	{ "an IPv4 name", "four.test", RESOLVE_BOTH, 1, "127.0.0.1" },
	{ "an IPv6 name", "six.test", RESOLVE_BOTH, 1, "::1" },
	{ "both families, IPv6 first", "both.test", RESOLVE_BOTH, 2, "::1" },
	{ "one family of two", "both.test", RESOLVE_4, 1, "127.0.0.1" },
	{ "more addresses than we keep", "many.test", RESOLVE_4, RESOLVE_MAX,
	    NULL },
	{ "one family does not answer", "slow6.test", RESOLVE_BOTH, 1,
	    "127.0.0.1" },
	{ "no such name", "absent.test", RESOLVE_BOTH, ERR_NAME,
	    "Domain name not found" },
	{ "no address of a family", "four.test", RESOLVE_6, ERR_NAME,
	    "DNS server returned answer with no data" },
	{ "a server that fails", "broken.test", RESOLVE_BOTH, ERR_NAME,
	    "Could not contact DNS servers" },
	{ "a silent server", "silent.test", RESOLVE_BOTH, ERR_TIMEOUT,
	    "timeout" },
	{ "no name at all", "a..b", RESOLVE_BOTH, ERR_NAME,
	    "Misformatted domain name" },
};

static void
test_lookup(const struct lookup *l)
{
	struct addr list[RESOLVE_MAX];
	char text[ADDR_TEXT];
	const char *why = "";
	int64_t t0 = clock_ms();
	int n = engine_resolve.lookup(&dns, l->host, l->families, CLOCK_NEVER,
	    -1, list, RESOLVE_MAX, &why);

	tap_int(l->want, n, "%s", l->name);
	if (n > 0 && l->first != NULL)
		tap_cstr(l->first, addr_host(&list[0], text), "%s: address",
		    l->name);
	else if (n < 0)
		tap_cstr(l->first, why, "%s: why", l->name);
	tap_ok(clock_ms() - t0 < 1500, "%s: in time", l->name);
}

static void
test_names(void)
{
	static const char *const search[] = { "search.test" };
	static const char *const bad[] = { "not a server" };
	struct resolve_conf c = dns;
	struct addr list[RESOLVE_MAX], lo = { 0 };
	char name[RESOLVE_NAME];
	const char *why = "";
	int64_t t0;

	for (size_t i = 0; i < sizeof lookups / sizeof lookups[0]; i++)
		test_lookup(&lookups[i]);
	tap_int(ERR_NAME, engine_resolve.lookup(&c, "mail", RESOLVE_4,
	    CLOCK_NEVER, -1, list, RESOLVE_MAX, &why), "no search list");
	c.search = search;
	c.nsearch = 1;
	tap_int(1, engine_resolve.lookup(&c, "mail", RESOLVE_4, CLOCK_NEVER,
	    -1, list, RESOLVE_MAX, &why), "found through the search list");
	t0 = clock_ms();
	tap_int(ERR_TIMEOUT, engine_resolve.lookup(&c, "silent.test",
	    RESOLVE_BOTH, clock_after(100), -1, list, RESOLVE_MAX, &why),
	    "the caller's deadline");
	tap_ok(clock_ms() - t0 < 400, "comes before our own");
	addr_parse(STR("127.0.0.1"), &lo);
	tap_int(1, engine_resolve.reverse(&c, &lo, CLOCK_NEVER, -1, name,
	    &why), "the name of an address");
	tap_cstr("mail.test", name, "is what its owner says");
	c.servers = bad;
	tap_int(ERR_NAME, engine_resolve.lookup(&c, "four.test", RESOLVE_4,
	    CLOCK_NEVER, -1, list, RESOLVE_MAX, &why), "no server's address");
}

/* ---- dialing ------------------------------------------------------------ */

struct seen {
	int n;
	char text[512];
	uint16_t loop;		/* refuse this port */
};

static void
note(void *ctx, const struct dial_failure *f)
{
	struct seen *s = ctx;
	size_t n = strlen(s->text);

	s->n++;
	snprintf(s->text + n, sizeof s->text - n, "%zu %s %s %s;", f->target,
	    f->stage, err_name(f->err), f->why);
}

static const char *
refuse(void *ctx, const struct addr *a)
{
	struct seen *s = ctx;

	return s->loop != 0 && a->port == s->loop ? "a loop" : NULL;
}

/* Dial; the result in r_r, its descriptor closed. */
static int
dial(struct dial *d, struct seen *s, struct dial_result *r_r)
{
	int rc;

	s->n = 0;
	s->text[0] = '\0';
	d->failed = note;
	d->refuse = refuse;
	d->ctx = s;
	d->resolve = &dns;
	rc = dial_connect(d, r_r);
	tap_ok((rc > 0) == (r_r->fd >= 0), "a descriptor with success alone");
	if (r_r->fd >= 0)
		close(r_r->fd);
	return rc;
}

static void
test_dial(void)
{
	uint16_t port, dead = dead_port();
	int lsn = listen_on(SOCK_STREAM, "127.0.0.1", &port), hung[3];
	uint16_t hp = hung_port(hung);
	struct dial_target t[4] = {
		numeric("127.0.0.1", dead), numeric("127.0.0.1", hp),
		numeric("127.0.0.1", port),
	};
	struct dial d = { .targets = t, .ntargets = 3, .each = 150,
	    .deadline = clock_after(3000), .watch = -1 };
	struct seen s = { 0 };
	struct dial_result r;
	int64_t t0 = clock_ms();

	tap_int(1, dial(&d, &s, &r), "the first candidate that works");
	tap_int(2, (int64_t)r.target, "is the third");
	tap_int(port, r.addr.port, "at its port");
	tap_cstr("0 connect refused connection refused;1 connect timeout "
	    "timeout;", s.text, "the others are reported");
	tap_ok(clock_ms() - t0 < 1000, "each has its own time");
	d.ntargets = 1;
	tap_int(ERR_REFUSED, dial(&d, &s, &r), "only a refusing one");
	tap_cstr("connection refused", r.why, "says so");
	d.targets = t + 1;
	d.each = 0;
	d.deadline = clock_after(150);
	t0 = clock_ms();
	tap_int(ERR_TIMEOUT, dial(&d, &s, &r), "only a silent one");
	tap_ok(clock_ms() - t0 >= 149 && clock_ms() - t0 < 1000,
	    "until the deadline");
	d.ntargets = 2;
	tap_int(ERR_TIMEOUT, dial(&d, &s, &r), "no time at all");
	tap_int(0, s.n, "tries nothing");
	d.ntargets = 0;
	d.deadline = clock_after(1000);
	tap_int(ERR_NAME, dial(&d, &s, &r), "no candidate");
	d.targets = t + 2;
	d.ntargets = 1;
	s.loop = port;
	tap_int(ERR_REFUSED, dial(&d, &s, &r), "what the caller refuses");
	tap_cstr("0 policy refused a loop;", s.text, "is not dialed");
	for (int i = 0; i < 3; i++)
		close(hung[i]);
	close(lsn);
}

static void
test_dial_names(void)
{
	uint16_t port, dead = dead_port();
	int lsn = listen_on(SOCK_STREAM, "127.0.0.1", &port);
	struct dial_target t[] = {
		{ .host = "absent.test", .port = port },
		{ .host = "both.test", .port = port },
	};
	struct dial d = { .targets = t, .ntargets = 2, .each = 1000,
	    .deadline = clock_after(3000), .watch = -1 };
	struct seen s = { 0 };
	struct dial_result r;

	tap_int(1, dial(&d, &s, &r), "each address of a name");
	tap_int(1, (int64_t)r.target, "the second name");
	tap_ok(addr_is4(&r.addr), "its second address");
	tap_int(2, s.n, "the first one does not listen");
	tap_ok(strstr(s.text, "0 resolve name Domain name not found;") ==
	    s.text, "what does not resolve is told");
	t[1].port = dead;
	tap_int(ERR_REFUSED, dial(&d, &s, &r), "no address listens");
	d.ntargets = 1;
	tap_int(ERR_NAME, dial(&d, &s, &r), "nothing resolves");
	tap_cstr("Domain name not found", r.why, "says so");
	close(lsn);
}

static void
test_source(void)
{
	uint16_t port;
	int lsn = listen_on(SOCK_STREAM, "127.0.0.1", &port), fd;
	struct dial_target t = numeric("127.0.0.1", port);
	struct dial_source source = { .foreign = false };
	struct addr peer;
	struct dial d = { .targets = &t, .ntargets = 1, .source = &source,
	    .deadline = clock_after(3000), .watch = -1 };
	struct seen s = { 0 };
	struct dial_result r;

	addr_parse(STR("127.0.0.9"), &source.v4);
	tap_int(1, dial(&d, &s, &r), "from an address of ours");
	fd = accept(lsn, NULL, NULL);
	tap_ok(addr_peer(fd, &peer) && addr_same(&peer, &source.v4),
	    "which the server sees");
	close(fd);
	source = (struct dial_source){ .v6 = source.v4 };
	tap_int(ERR_REFUSED, dial(&d, &s, &r), "of the other family");
	tap_cstr("source-address has none of this family", r.why, "says so");
	source.foreign = true;
	tap_int(ERR_REFUSED, dial(&d, &s, &r), "a client's of the other");
	tap_cstr("the client's address is of the other family", r.why,
	    "says so");
	source.foreign = false;
	addr_parse(STR("192.0.2.1"), &source.v4);
	tap_int(ERR_REFUSED, dial(&d, &s, &r), "or not ours");
	tap_cstr("source-address is not this machine's", r.why, "says so");
	close(lsn);
}

/* The client gives up while we dial a server that does not answer. */
static void
test_watch(void)
{
	int hung[3], fd[2];
	struct dial_target t = numeric("127.0.0.1", hung_port(hung));
	struct dial_target named = { .host = "silent.test", .port = 143 };
	struct dial d = { .targets = &t, .ntargets = 1 };
	struct seen s = { 0 };
	struct dial_result r;
	int64_t t0;
	pid_t pid;

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		usleep(50000);
		_exit(0);
	}
	close(fd[1]);
	d.watch = fd[0];
	d.deadline = clock_after(5000);
	t0 = clock_ms();
	tap_int(ERR_EOF, dial(&d, &s, &r), "a client that leaves");
	tap_ok(clock_ms() - t0 < 2000, "is not dialed for");
	waitpid(pid, NULL, 0);
	d.targets = &named;
	d.deadline = clock_after(500);
	tap_int(ERR_EOF, dial(&d, &s, &r), "nor resolved for");
	close(fd[0]);

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	if (write(fd[1], "a LOGOUT\r\n", 10) != 10)
		abort();
	shutdown(fd[1], SHUT_WR);
	d.targets = &t;
	d.watch = fd[0];
	d.deadline = clock_after(100);
	tap_int(ERR_TIMEOUT, dial(&d, &s, &r),
	    "one that sent all it has to say is");
	close(fd[0]);
	close(fd[1]);
	for (int i = 0; i < 3; i++)
		close(hung[i]);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	start_dns();
	test_names();
	test_dial();
	test_dial_names();
	test_source();
	test_watch();
	kill(dns_pid, SIGKILL);
	waitpid(dns_pid, NULL, 0);
	return tap_done();
}
