#include <sys/socket.h>

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>

#include "listening.h"

enum {
	/* A dump comes in parts of 8 to 16 KB. */
	PART = 32768,
};

int
listening_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

static int
ask(int fd, uint8_t family)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} m = {
		.h = { .nlmsg_len = sizeof m,
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .sdiag_family = family, .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = 1u << TCP_LISTEN },
	};

	return send(fd, &m, sizeof m, 0) < 0 ? -1 : 0;
}

static void
note(const struct nlmsghdr *h, const uint16_t *want, size_t n, bool *is)
{
	const struct inet_diag_msg *d = NLMSG_DATA(h);

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof *d))
		return;
	for (size_t i = 0; i < n; i++)
		if (want[i] == ntohs(d->id.idiag_sport))
			is[i] = true;
}

/* One family's answer: 0, or -1 with errno. */
static int
listen_to(int fd, const uint16_t *want, size_t n, bool *is)
{
	static _Alignas(struct nlmsghdr) char part[PART];

	for (;;) {
		ssize_t got = recv(fd, part, sizeof part, 0);
		struct nlmsghdr *h = (struct nlmsghdr *)(void *)part;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		for (; NLMSG_OK(h, (unsigned)left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR) {
				errno = EPROTO;
				return -1;
			}
			note(h, want, n, is);
		}
	}
}

int
listening_among(int fd, const uint16_t *want, size_t n, uint16_t *out)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	bool is[256] = { false };
	int found = 0;

	if (n > sizeof is / sizeof *is)
		n = sizeof is / sizeof *is;
	for (size_t i = 0; i < sizeof families; i++)
		if (ask(fd, families[i]) < 0 ||
		    listen_to(fd, want, n, is) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (is[i])
			out[found++] = want[i];
	return found;
}
