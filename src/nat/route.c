#include <sys/socket.h>

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "route.h"
#include "rules.h"

enum {
	REQUEST_MAX = 512,
	/* Copies of one rule that a mad administrator may have made. */
	SWEEP_MAX = 16,
	/* lo is the first interface of every network namespace. */
	LOOPBACK = 1,
};

struct request {
	_Alignas(struct nlmsghdr) char b[REQUEST_MAX];
};

static struct nlmsghdr *
head(struct request *r)
{
	return (struct nlmsghdr *)(void *)r->b;
}

static void *
begin(struct request *r, uint16_t type, uint16_t flags, size_t n)
{
	memset(r, 0, sizeof *r);
	*head(r) = (struct nlmsghdr){ .nlmsg_type = type,
	    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
	    .nlmsg_len = (uint32_t)NLMSG_LENGTH(n) };
	return NLMSG_DATA(head(r));
}

static void
put(struct request *r, uint16_t type, const void *v, size_t n)
{
	struct nlmsghdr *h = head(r);
	/* size: eight attributes of 8 octets fit 512 with any header */
	struct rtattr *a = (struct rtattr *)(void *)(r->b +
	    NLMSG_ALIGN(h->nlmsg_len));

	*a = (struct rtattr){ .rta_type = type,
	    .rta_len = (uint16_t)RTA_LENGTH(n) };
	memcpy(RTA_DATA(a), v, n);
	h->nlmsg_len = (uint32_t)(NLMSG_ALIGN(h->nlmsg_len) +
	    RTA_ALIGN(a->rta_len));
}

static void
put_u32(struct request *r, uint16_t type, uint32_t v)
{
	put(r, type, &v, sizeof v);
}

/* 0, or -1 with the kernel's errno. */
static int
talk(int fd, struct request *r)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char more[REQUEST_MAX];
	} answer;
	ssize_t n;

	if (send(fd, r->b, head(r)->nlmsg_len, 0) < 0)
		return -1;
	do
		n = recv(fd, &answer, sizeof answer, 0);
	while (n < 0 && errno == EINTR);
	if (n < (ssize_t)(sizeof answer.h + sizeof answer.e.error) ||
	    answer.h.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	errno = -answer.e.error;
	return errno == 0 ? 0 : -1;
}

static int
rule(int fd, uint8_t family, uint32_t table, bool add)
{
	struct request r;
	struct fib_rule_hdr *h = begin(&r, add ? RTM_NEWRULE : RTM_DELRULE,
	    add ? NLM_F_CREATE | NLM_F_EXCL : 0, sizeof *h);

	h->family = family;
	h->action = FR_ACT_TO_TBL;
	put_u32(&r, FRA_PRIORITY, ROUTE_PRIORITY);
	put_u32(&r, FRA_FWMARK, RULES_MARK);
	put_u32(&r, FRA_FWMASK, RULES_MARK_MASK);
	put_u32(&r, FRA_TABLE, table);
	put(&r, FRA_PROTOCOL, &(uint8_t){ ROUTE_PROTOCOL }, 1);
	return talk(fd, &r);
}

static int
route(int fd, uint8_t family, uint32_t table, bool add)
{
	struct request r;
	struct rtmsg *m = begin(&r, add ? RTM_NEWROUTE : RTM_DELROUTE,
	    add ? NLM_F_CREATE | NLM_F_REPLACE : 0, sizeof *m);

	m->rtm_family = family;
	m->rtm_protocol = ROUTE_PROTOCOL;
	m->rtm_scope = RT_SCOPE_HOST;
	m->rtm_type = RTN_LOCAL;
	put_u32(&r, RTA_TABLE, table);
	put_u32(&r, RTA_OIF, LOOPBACK);
	return talk(fd, &r);
}

uint32_t
route_table(const char *name)
{
	/* "IM" and 16 bits: iproute2's own tables are below 256 */
	return 0x494d0000u | (uint32_t)(conf_sum(name, strlen(name)) & 0xffff);
}

int
route_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* A family this kernel does not have, or has disabled, needs nothing. */
static bool
no_family(uint8_t family)
{
	/* EACCES: disable_ipv6; without the capability it is EPERM */
	return errno == EAFNOSUPPORT || errno == EOPNOTSUPP ||
	    (family == AF_INET6 && errno == EACCES);
}

static int
set_family(int fd, uint8_t family, uint32_t table, bool on)
{
	for (int i = 0; i < SWEEP_MAX && rule(fd, family, table, false) == 0;
	    i++)
		;
	(void)route(fd, family, table, false);
	if (!on)
		return 0;
	if ((route(fd, family, table, true) < 0 ||
	    rule(fd, family, table, true) < 0) && !no_family(family))
		return -1;
	return 0;
}

int
route_set(int fd, const char *name, int on)
{
	uint32_t table = route_table(name);

	return set_family(fd, AF_INET, table, on != 0) < 0 ||
	    set_family(fd, AF_INET6, table, on != 0) < 0 ? -1 : 0;
}
