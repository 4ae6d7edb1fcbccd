#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <stddef.h>

#include "shape.h"

static int
set(int fd, int level, int name, uint32_t v)
{
	return setsockopt(fd, level, name, &v, sizeof v);
}

/* The field is the upper six bits; ECN's two are the kernel's (RFC 3168). */
static int
set_dscp(int fd, int8_t dscp)
{
	uint32_t field = (uint32_t)dscp << 2;
	int domain = 0;
	socklen_t n = sizeof domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) < 0)
		return -1;
	if (domain == AF_INET6)
		/* IPv4 addresses mapped into it look at IP_TOS */
		return set(fd, IPPROTO_IPV6, IPV6_TCLASS, field) < 0 ? -1 :
		    set(fd, IPPROTO_IP, IP_TOS, field);
	return domain == AF_INET ? set(fd, IPPROTO_IP, IP_TOS, field) : 0;
}

int
shape_apply(int fd, const struct shape *s, const char **why_r)
{
	*why_r = NULL;
	if (s->mark != 0 && set(fd, SOL_SOCKET, SO_MARK, s->mark) < 0)
		*why_r = errno == EPERM ? "mark: needs CAP_NET_RAW" :
		    "mark: cannot be set";
	/* before priority, which it would change (ip(7), IP_TOS) */
	else if (s->dscp != SHAPE_DSCP_NONE && set_dscp(fd, s->dscp) < 0)
		*why_r = "dscp: cannot be set";
	else if (s->priority != 0 &&
	    set(fd, SOL_SOCKET, SO_PRIORITY, s->priority) < 0)
		*why_r = "priority: cannot be set";
	else if (s->max_rate != 0 && setsockopt(fd, SOL_SOCKET,
	    SO_MAX_PACING_RATE, &s->max_rate, sizeof s->max_rate) < 0)
		*why_r = "max-rate: cannot be set";
	return *why_r == NULL ? 0 : -1;
}
