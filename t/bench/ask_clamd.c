/*
 * ask_clamd SOCKET CONNECTIONS FILE: what clamd itself takes for mails.  FILE
 * holds requests, each behind two numbers of 32 bits: of its mail, and of its
 * octets.  A mail's requests go, in their order, to whichever connection has
 * its answer; the next mail's follow when all are answered, as in a session.
 * Prints the seconds that all mails took.
 */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "timing.h"

enum { CONNECTIONS_MAX = 16, ANSWER_MAX = 256 };

struct request {
	uint32_t mail, n;
	const char *p;
};

struct conn {
	int fd;
	bool busy;
	struct request left;	/* of it, to be sent */
	char answer[ANSWER_MAX];
	size_t heard;
};

static struct conn conns[CONNECTIONS_MAX];
static int nconns;

/* ---- requests ------------------------------------------------------------ */

static const char *at, *end;

static void
open_requests(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		err(1, "%s", path);
	at = mmap(NULL, (size_t)st.st_size, PROT_READ,
	    MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (at == MAP_FAILED)
		err(1, "%s", path);
	end = at + st.st_size;
	close(fd);
}

/* The next one, if it is of this mail. */
static bool
next_request(uint32_t mail, struct request *r)
{
	enum { HEAD = 2 * sizeof(uint32_t) };

	if (end - at < HEAD)
		return false;
	memcpy(r, at, HEAD);
	if (r->mail != mail)
		return false;
	r->p = at + HEAD;
	if ((size_t)(end - r->p) < r->n)
		errx(1, "a request is cut");
	at = r->p + r->n;
	return true;
}

/* ---- connections --------------------------------------------------------- */

static void
dial(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct conn *c = &conns[nconns++];

	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&un, sizeof un) < 0)
		err(1, "%s", path);
	if (send(c->fd, "zIDSESSION", sizeof "zIDSESSION", 0) < 0 ||
	    fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0)
		err(1, "%s", path);
}

static void
push(struct conn *c)
{
	while (c->left.n > 0) {
		ssize_t n = send(c->fd, c->left.p, c->left.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			err(1, "clamd takes no more");
		c->left.p += n;
		c->left.n -= (uint32_t)n;
	}
}

/* Is it answered?  Anything but OK ends it all. */
static bool
answered(struct conn *c)
{
	static const char ok[] = ": OK";
	ssize_t n = recv(c->fd, c->answer + c->heard, ANSWER_MAX - c->heard,
	    0);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0)
		errx(1, "clamd closes");
	c->heard += (size_t)n;
	if (c->answer[c->heard - 1] != '\0')
		return false;
	if (c->heard < sizeof ok || strcmp(c->answer + c->heard - sizeof ok,
	    ok) != 0)
		errx(1, "clamd says %s", c->answer);
	c->heard = 0;
	return true;
}

static void
wait_for_any(void)
{
	struct pollfd p[CONNECTIONS_MAX];

	for (int i = 0; i < nconns; i++)
		p[i] = (struct pollfd){ conns[i].busy ? conns[i].fd : -1,
			conns[i].left.n > 0 ? POLLIN | POLLOUT : POLLIN, 0 };
	if (poll(p, (nfds_t)nconns, -1) < 0)
		err(1, "poll");
}

/* Give it what waits, as long as answers are there. */
static void
go_on(struct conn *c, uint32_t mail)
{
	do {
		if (!c->busy && !next_request(mail, &c->left))
			return;
		c->busy = true;
		push(c);
		c->busy = !answered(c);
	} while (!c->busy);
}

static void
judge(uint32_t mail)
{
	bool busy = true;

	while (busy) {
		busy = false;
		for (int i = 0; i < nconns; i++) {
			go_on(&conns[i], mail);
			busy = busy || conns[i].busy;
		}
		if (busy)
			wait_for_any();
	}
}

int
main(int argc, char **argv)
{
	double begin;

	if (argc != 4 || atoi(argv[2]) < 1 || atoi(argv[2]) > CONNECTIONS_MAX)
		errx(2, "usage: ask_clamd SOCKET CONNECTIONS FILE");
	open_requests(argv[3]);
	while (nconns < atoi(argv[2]))
		dial(argv[1]);
	begin = now_us();
	for (uint32_t mail = 0; at < end; mail++) {
		const char *before = at;

		judge(mail);
		if (at == before)
			errx(1, "requests are out of order");
	}
	printf("%.6f\n", (now_us() - begin) / 1e6);
	return 0;
}
