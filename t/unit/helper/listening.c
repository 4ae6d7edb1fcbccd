/* Which ports somebody listens at. */

#include <sys/socket.h>

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "listening.h"
#include "tap.h"

/* A socket of a family at any port; listening if wanted. */
static int
make(int family, bool listens, uint16_t *port_r)
{
	struct sockaddr_storage ss = { .ss_family = (sa_family_t)family };
	socklen_t n = family == AF_INET ? sizeof(struct sockaddr_in) :
	    sizeof(struct sockaddr_in6);
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, n) < 0 ||
	    (listens && listen(fd, 1) < 0) ||
	    getsockname(fd, (struct sockaddr *)&ss, &n) < 0)
		_exit(1);
	*port_r = ntohs(family == AF_INET ?
	    ((struct sockaddr_in *)(void *)&ss)->sin_port :
	    ((struct sockaddr_in6 *)(void *)&ss)->sin6_port);
	return fd;
}

int
main(void)
{
	uint16_t want[4], out[4];
	int fd = listening_open(), four, six;

	four = make(AF_INET, true, &want[0]);
	make(AF_INET, false, &want[1]);
	six = make(AF_INET6, true, &want[2]);
	make(AF_INET6, false, &want[3]);
	tap_int(2, listening_among(fd, want, 4, out), "two of four listen");
	tap_ok(out[0] == want[0] && out[1] == want[2], "of both families");
	close(four);
	tap_int(1, listening_among(fd, want, 4, out), "one has ended");
	tap_int(want[2], out[0], "the other has not");
	close(six);
	tap_int(0, listening_among(fd, want, 4, out), "nor now");
	tap_int(0, listening_among(fd, want, 0, out), "none of none");
	close(fd);
	tap_int(-1, listening_among(fd, want, 4, out), "no socket to ask");
	return tap_done();
}
