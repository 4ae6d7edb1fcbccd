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

enum answer { A4, A6, BOTH, MANY, CROWD, NXDOMAIN, SERVFAIL, SILENT, ONLY4,
	PTR };

struct zone {
	const char *name;
	enum answer answer;
};

static const struct zone zones[] = {
	{ "four.test", A4 },
	{ "six.test", A6 },
	{ "both.test", BOTH },
	{ "many.test", MANY },
	{ "crowd.test", CROWD },
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
	if (type == 1 && (a == MANY || a == CROWD)) {
		int n = a == MANY ? 20 : RESOLVE_ALL + 1;

		for (int i = 1; i <= n; i++)
			*p = record(*p, 1, (unsigned char[]){ 127, 0, 0,
			    (unsigned char)i }, 4);
		return n;
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

/* The answer to a question of n octets, in its place; 0: silence. */
static size_t
reply_to(unsigned char *m, size_t n)
{
	char name[256] = "";
	unsigned char *p;
	int type, k;

	if (n < 17)
		return 0;
	p = (unsigned char *)question(m + 12, m + n, name);
	type = p[0] << 8 | p[1];
	p += 4;
	k = answer_for(find_zone(name), type, &p);
	if (k == -1)
		return 0;
	m[2] = 0x84 | (m[2] & 1);
	m[3] = k == -2 ? 3 : k == -3 ? 2 : 0;
	m[7] = (unsigned char)(k > 0 ? k : 0);
	memset(m + 8, 0, 4);
	return (size_t)(p - m);
}

static void
serve_udp(int fd)
{
	unsigned char m[2048];
	struct sockaddr_storage ss;
	socklen_t sn = sizeof ss;
	ssize_t n = recvfrom(fd, m, 512, 0, (struct sockaddr *)&ss, &sn);
	size_t k = n > 0 ? reply_to(m, (size_t)n) : 0;

	/* what is too long for UDP is cut, and says so (RFC 1035 4.1.1) */
	if (k > 512)
		m[2] |= 2;
	if (k > 0)
		sendto(fd, m, k > 512 ? 512 : k, 0, (struct sockaddr *)&ss,
		    sn);
}

/* One question of each connection. */
static void
serve_tcp(int fd)
{
	unsigned char m[2050];
	int c = accept(fd, NULL, NULL);
	ssize_t n = recv(c, m, 2, MSG_WAITALL);
	size_t k;

	if (n == 2)
		n = recv(c, m + 2, (size_t)(m[0] << 8 | m[1]) % 512,
		    MSG_WAITALL);
	k = n > 0 ? reply_to(m + 2, (size_t)n) : 0;
	m[0] = (unsigned char)(k >> 8);
	m[1] = (unsigned char)k;
	if (k > 0)
		send(c, m, k + 2, 0);
	close(c);
}

static pid_t dns_pid, udp_pid;
static char dns_server[32], udp_server[32];
static const char *const dns_servers[] = { dns_server };
static struct resolve_conf dns = {
	.servers = dns_servers, .nservers = 1, .timeout = 600,
};

/* A UDP socket of the TCP one's port, or of any. */
static int
listen_udp(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0)
		abort();
	return fd;
}

/* tcp: it speaks that as well. */
static pid_t
start_dns(bool tcp, char *server)
{
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	uint16_t port = 0;
	struct addr a;
	pid_t pid;

	p[1].fd = tcp ? listen_on(SOCK_STREAM, "127.0.0.1", &port) : -1;
	p[0].fd = listen_udp(port);
	addr_local(p[0].fd, &a);
	snprintf(server, sizeof dns_server, "127.0.0.1:%u", a.port);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		for (alarm(120); poll(p, 2, -1) > 0;) {
			if (p[0].revents != 0)
				serve_udp(p[0].fd);
			if (p[1].revents != 0)
				serve_tcp(p[1].fd);
		}
	close(p[0].fd);
	if (tcp)
		close(p[1].fd);
	return pid;
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

/* All of a name's addresses or none; many names at once. */
static const struct {
	const char *name;
	int want;		/* addresses, or an error */
	const char *why;
} all_lookups[] = {
	{ "four.test", 1, NULL },
	{ "six.test", 1, NULL },
	{ "both.test", 2, NULL },
	{ "many.test", 20, NULL },
	{ "crowd.test", ERR_LIMIT, "it has too many addresses" },
	{ "absent.test", ERR_NAME, "Domain name not found" },
	{ "broken.test", ERR_IO, "Could not contact DNS servers" },
	{ "slow6.test", ERR_TIMEOUT, "timeout" },
	{ "silent.test", ERR_TIMEOUT, "timeout" },
	{ "a..b", ERR_IO, "Misformatted domain name" },
};

static void
test_all(void)
{
	enum { N = sizeof all_lookups / sizeof all_lookups[0], CROWD_ROW = 4 };
	static const char *const udp_servers[] = { udp_server };
	struct resolve_conf c = dns;
	static struct resolve_name names[N], one[1], more[200];
	const char *why = "";
	int64_t t0 = clock_ms();
	int pair[2];

	for (int i = 0; i < N; i++)
		names[i].name = all_lookups[i].name;
	tap_int(4, engine_resolve.lookup_all(&dns, names, N,
	    clock_after(400), -1, &why), "names that have addresses");
	tap_ok(clock_ms() - t0 < 1000, "all of them in one deadline");
	for (int i = 0; i < N; i++) {
		tap_int(all_lookups[i].want, names[i].n > 0 ?
		    (int)names[i].n : names[i].err, "%s", names[i].name);
		if (all_lookups[i].why != NULL)
			tap_cstr(all_lookups[i].why, names[i].why, "why");
		else
			tap_int(9, names[i].ttl, "its TTL");
	}
	for (int i = 0; i < 200; i++)
		more[i].name = "four.test";
	tap_int(200, engine_resolve.lookup_all(&dns, more, 200,
	    clock_after(5000), -1, &why), "more than are asked for at once");
	c.servers = udp_servers;
	tap_int(4, engine_resolve.lookup_all(&c, names, N, clock_after(400),
	    -1, &why), "a name too long for a server without TCP");
	tap_cstr("Could not contact DNS servers", names[CROWD_ROW].why,
	    "fails alone");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		abort();
	close(pair[1]);
	one[0].name = "silent.test";
	t0 = clock_ms();
	tap_int(ERR_EOF, engine_resolve.lookup_all(&dns, one, 1,
	    clock_after(5000), pair[0], &why), "the client leaves");
	tap_ok(clock_ms() - t0 < 1000, "which ends it");
	close(pair[0]);
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
	dns_pid = start_dns(true, dns_server);
	udp_pid = start_dns(false, udp_server);
	test_names();
	test_all();
	test_dial();
	test_dial_names();
	test_source();
	test_watch();
	kill(dns_pid, SIGKILL);
	kill(udp_pid, SIGKILL);
	waitpid(dns_pid, NULL, 0);
	waitpid(udp_pid, NULL, 0);
	return tap_done();
}
