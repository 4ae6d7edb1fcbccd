#include <netinet/in.h>
#include <sys/socket.h>

#include "fd.h"
#include "origdst.h"

/* From linux/netfilter_ipv4.h and netfilter_ipv6/ip6_tables.h, which do not
 * go together with netinet/in.h. */
enum { ORIGINAL_DST_4 = 80, ORIGINAL_DST_6 = 80 };

bool
origdst_get(int fd, struct addr *a_r)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;
	struct addr local, orig;
	int level, name;

	if (!addr_local(fd, &local))
		return false;
	/* an IPv4 client of a dual-stack socket has an IPv4 entry */
	level = addr_is4(&local) ? IPPROTO_IP : IPPROTO_IPV6;
	name = addr_is4(&local) ? ORIGINAL_DST_4 : ORIGINAL_DST_6;
	if (getsockopt(fd, level, name, &ss, &n) < 0 ||
	    !addr_from_sa((struct sockaddr *)&ss, &orig))
		return false;
	if (addr_same(&orig, &local) && orig.port == local.port)
		return false;
	*a_r = orig;
	return true;
}

/* What we send to ourselves has the address it is sent to. */
bool
origdst_local(const struct addr *a)
{
	struct sockaddr_storage ss;
	struct addr to = *a, from;
	bool is = false;
	socklen_t n;
	int fd;

	if (addr_is_loopback(a))
		return true;
	to.port = 9;		/* any: a datagram socket sends nothing */
	n = addr_to_sa(&to, &ss);
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&ss, n) == 0)
		is = addr_local(fd, &from) && addr_same(&from, a);
	fd_close(&fd);
	return is;
}
