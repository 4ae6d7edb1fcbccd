/* Socket options for traffic, read back from the kernel. */

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <unistd.h>

#include "addr.h"
#include "shape.h"
#include "tap.h"

static uint32_t
option(int fd, int level, int name)
{
	uint32_t v = 0;
	socklen_t n = sizeof v;

	return getsockopt(fd, level, name, &v, &n) < 0 ? UINT32_MAX : v;
}

static void
check_family(int family)
{
	static const struct shape all = {
		.priority = 5, .dscp = 46, .max_rate = 5000000000,
	};
	static const struct shape none = { .dscp = SHAPE_DSCP_NONE };
	const char *name = family == AF_INET ? "IPv4" : "IPv6";
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t rate = 0;
	socklen_t n = sizeof rate;
	const char *why;

	tap_int(0, shape_apply(fd, &all, &why), "%s: all of it", name);
	tap_int(5, option(fd, SOL_SOCKET, SO_PRIORITY),
	    "%s: priority, not what dscp makes of it", name);
	tap_int(46 << 2, option(fd, IPPROTO_IP, IP_TOS), "%s: TOS", name);
	if (family == AF_INET6)
		tap_int(46 << 2, option(fd, IPPROTO_IPV6, IPV6_TCLASS),
		    "%s: traffic class", name);
	getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, &n);
	tap_int(5000000000, (int64_t)rate, "%s: a rate over 4 GB", name);
	tap_int(0, shape_apply(fd, &none, &why), "%s: nothing", name);
	tap_int(5, option(fd, SOL_SOCKET, SO_PRIORITY),
	    "%s: changes nothing", name);
	close(fd);
}

static void
check_unix(void)
{
	static const struct shape s = { .dscp = 10, .priority = 1 };
	const char *why;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	tap_int(0, shape_apply(fd, &s, &why), "no DSCP on a local socket");
	close(fd);
}

/* Without a capability; exits with what went wrong. */
static _Noreturn void
unprivileged(void)
{
	static const struct shape s = { .mark = 7, .dscp = SHAPE_DSCP_NONE };
	const char *why = "";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		_exit(3);
	if (shape_apply(fd, &s, &why) == 0)
		_exit(2);
	_exit(str_eq(str_c(why), STR("mark: needs CAP_NET_RAW")) ? 0 : 1);
}

static void
check_mark(void)
{
	static const struct shape s = { .mark = 0xfffffff7,
	    .dscp = SHAPE_DSCP_NONE };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status;
	const char *why;
	pid_t pid = fork();

	if (pid == 0)
		unprivileged();
	waitpid(pid, &status, 0);
	tap_int(0, status, "a mark without a capability is named");
	if (geteuid() != 0)
		tap_skip("not root", "a mark");
	else
		tap_ok(shape_apply(fd, &s, &why) == 0 &&
		    option(fd, SOL_SOCKET, SO_MARK) == 0xfffffff7, "a mark");
	close(fd);
}

int
main(void)
{
	check_family(AF_INET);
	check_family(AF_INET6);
	check_unix();
	check_mark();
	return tap_done();
}
