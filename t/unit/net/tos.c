/* The TOS octet of real connections on loopback. */

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "addr.h"
#include "module.h"
#include "tap.h"
#include "tos.h"

const struct module_head *const module_static[] = { NULL };

static const struct {
	const char *name;
	const char *listen, *client;	/* addresses */
	int tos, want;
} cases[] = {
	{ "IPv4", "127.0.0.1", "127.0.0.1", 184, 184 },
	{ "IPv4, none", "127.0.0.1", "127.0.0.1", 0, 0 },
	{ "IPv6", "::1", "::1", 72, 72 },
	{ "IPv6, none", "::1", "::1", 0, 0 },
	{ "an IPv4 client of an IPv6 socket", "::", "127.0.0.1", 40, 40 },
	{ "an IPv6 client of the same", "::", "::1", 252, 252 },
};

static struct addr
address(const char *s, uint16_t port)
{
	struct addr a;

	if (!addr_parse(str_c(s), &a))
		abort();
	a.port = port;
	return a;
}

static int
listener(const char *at, uint16_t *port_r)
{
	struct addr a = address(at, 0);
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sa(&a, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, n) < 0 ||
	    listen(fd, 1) < 0 || !addr_local(fd, &a)) {
		printf("Bail out! cannot listen at %s\n", at);
		exit(1);
	}
	*port_r = a.port;
	return fd;
}

static int
client(const char *at, uint16_t port, int tos)
{
	struct addr a = address(at, port);
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sa(&a, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM, 0);
	int rc = ss.ss_family == AF_INET ?
	    setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos) :
	    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);

	if (fd < 0 || rc < 0 || connect(fd, (struct sockaddr *)&ss, n) < 0) {
		printf("Bail out! cannot connect to %s\n", at);
		exit(1);
	}
	return fd;
}

static void
test_case(size_t i)
{
	uint16_t port;
	int at = listener(cases[i].listen, &port);
	int from = client(cases[i].client, port, cases[i].tos);
	int fd = accept(at, NULL, NULL);

	tap_int(cases[i].want, tos_received(fd), "%s: what the client set",
	    cases[i].name);
	tap_int(cases[i].want, tos_received(fd), "%s: asked again",
	    cases[i].name);
	close(fd);
	close(from);
	close(at);
}

int
main(void)
{
	int sv[2];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		test_case(i);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) < 0)
		abort();
	tap_int(-1, tos_received(sv[0]), "a socketpair has none");
	tap_int(-1, tos_received(-1), "nor has no socket");
	return tap_done();
}
