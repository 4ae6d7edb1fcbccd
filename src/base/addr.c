#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>

#include "addr.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

bool
addr_is4(const struct addr *a)
{
	return memcmp(a->ip, mapped, 12) == 0;
}

bool
addr_none(const struct addr *a)
{
	static const uint8_t zero[16];
	size_t skip = addr_is4(a) ? 12 : 0;

	return memcmp(a->ip + skip, zero, 16 - skip) == 0;
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t v6[16] = { [15] = 1 };

	return addr_is4(a) ? a->ip[12] == 127 : memcmp(a->ip, v6, 16) == 0;
}

bool
addr_same(const struct addr *a, const struct addr *b)
{
	return memcmp(a->ip, b->ip, 16) == 0;
}

bool
addr_parse(struct str s, struct addr *a_r)
{
	char text[INET6_ADDRSTRLEN];
	struct addr a = { 0 };

	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = (struct str){ s.p + 1, s.n - 2 };
	if (s.n == 0 || s.n >= sizeof text)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (strlen(text) != s.n)
		return false;
	if (inet_pton(AF_INET, text, a.ip + 12) == 1)
		memcpy(a.ip, mapped, 12);
	else if (inet_pton(AF_INET6, text, a.ip) != 1)
		return false;
	*a_r = a;
	return true;
}

bool
addr_split(struct str s, struct str *host_r, uint16_t *port_r)
{
	const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
	uint64_t port;
	struct str host;

	if (colon == NULL)
		return false;
	host = str_trim((struct str){ s.p, (size_t)(colon - s.p) });
	struct str tail = str_trim((struct str){ colon + 1,
	    s.n - (size_t)(colon + 1 - s.p) });

	if (!str_u64(tail, 65535, &port) || port == 0)
		return false;
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct str){ host.p + 1, host.n - 2 };
	else if (host.n > 0 && memchr(host.p, ':', host.n) != NULL)
		return false;	/* bare IPv6: where does the port begin? */
	if (host.n == 0)
		return false;
	*host_r = host;
	*port_r = (uint16_t)port;
	return true;
}

char *
addr_host(const struct addr *a, char *out)
{
	if (addr_is4(a))
		inet_ntop(AF_INET, a->ip + 12, out, ADDR_TEXT);
	else
		inet_ntop(AF_INET6, a->ip, out, ADDR_TEXT);
	return out;
}

char *
addr_text(const struct addr *a, char *out)
{
	char host[ADDR_TEXT];

	/* an unset address is Kernun's [0.0.0.0] */
	snprintf(out, ADDR_TEXT, "[%.45s]:%u",
	    addr_none(a) ? "0.0.0.0" : addr_host(a, host), a->port);
	return out;
}

bool
addr_from_sa(const struct sockaddr *sa, struct addr *a_r)
{
	*a_r = (struct addr){ 0 };
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		memcpy(a_r->ip, mapped, 12);
		memcpy(a_r->ip + 12, &in->sin_addr, 4);
		a_r->port = ntohs(in->sin_port);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		memcpy(a_r->ip, &in6->sin6_addr, 16);
		a_r->port = ntohs(in6->sin6_port);
		a_r->scope = in6->sin6_scope_id;
		return true;
	}
	return false;
}

socklen_t
addr_to_sa(const struct addr *a, struct sockaddr_storage *ss_r)
{
	*ss_r = (struct sockaddr_storage){ 0 };
	if (addr_is4(a)) {
		struct sockaddr_in *in = (void *)ss_r;

		in->sin_family = AF_INET;
		in->sin_port = htons(a->port);
		memcpy(&in->sin_addr, a->ip + 12, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (void *)ss_r;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(a->port);
	in6->sin6_scope_id = a->scope;
	memcpy(&in6->sin6_addr, a->ip, 16);
	return sizeof *in6;
}

bool
addr_peer(int fd, struct addr *a_r)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;

	return getpeername(fd, (struct sockaddr *)&ss, &n) == 0 &&
	    addr_from_sa((struct sockaddr *)&ss, a_r);
}

bool
addr_local(int fd, struct addr *a_r)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;

	return getsockname(fd, (struct sockaddr *)&ss, &n) == 0 &&
	    addr_from_sa((struct sockaddr *)&ss, a_r);
}
