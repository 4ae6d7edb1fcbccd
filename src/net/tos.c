#include <sys/socket.h>

#include <netinet/in.h>

#include "addr.h"
#include "tos.h"

enum { ECN = 3 };

/* What of a received packet is asked for, and how, in either family. */
static const struct tos_calls {
	int level, want, get, type;
} calls[2] = {
	{ IPPROTO_IP, IP_RECVTOS, IP_PKTOPTIONS, IP_TOS },
	/* RFC 2292's option: RFC 3542's successor is for datagrams only */
	{ IPPROTO_IPV6, IPV6_RECVTCLASS, IPV6_2292PKTOPTIONS, IPV6_TCLASS },
};

int
tos_received(int fd)
{
	const struct tos_calls *c;
	union {
		char bytes[256];
		struct cmsghdr align;
	} u;
	socklen_t n = sizeof u;
	struct msghdr m = { .msg_control = u.bytes };
	struct addr peer;
	int on = 1, tos;

	if (!addr_peer(fd, &peer))
		return -1;
	/* an IPv4 client of an IPv6 socket is asked about in IPv4's words */
	c = &calls[!addr_is4(&peer)];
	if (setsockopt(fd, c->level, c->want, &on, sizeof on) < 0 ||
	    getsockopt(fd, c->level, c->get, u.bytes, &n) < 0)
		return -1;
	m.msg_controllen = n;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h != NULL;
	    h = CMSG_NXTHDR(&m, h))
		if (h->cmsg_level == c->level && h->cmsg_type == c->type &&
		    h->cmsg_len >= CMSG_LEN(sizeof tos)) {
			memcpy(&tos, CMSG_DATA(h), sizeof tos);
			return tos & 0xff & ~ECN;
		}
	return -1;
}
