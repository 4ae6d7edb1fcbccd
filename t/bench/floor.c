/*
 * The floor of the plain measurements: what one exec'd process per connection
 * costs when it does nothing but relay.  usage: floor PORT, the client on
 * descriptor 0; PORT is the server's on 127.0.0.1.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static char buf[65536];

static void
move(int from, int to)
{
	ssize_t n = read(from, buf, sizeof buf), done = 0, w;

	if (n <= 0)
		_exit(0);
	for (; done < n; done += w)
		if ((w = write(to, buf + done, (size_t)(n - done))) <= 0)
			_exit(0);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
	struct pollfd p[2] = { { 0, POLLIN, 0 }, { server, POLLIN, 0 } };

	if (argc != 2)
		return 2;
	sin.sin_port = htons((uint16_t)atoi(argv[1]));
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(server, (struct sockaddr *)&sin, sizeof sin) != 0)
		return 1;
	setsockopt(0, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	while (poll(p, 2, -1) > 0)
		for (int i = 0; i < 2; i++)
			if (p[i].revents != 0)
				move(p[i].fd, p[1 - i].fd);
	return 1;
}
