#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "door.h"
#include "fd.h"

enum {
	TICK_MS = 1000,
	/* sd_listen_fds(3) */
	FIRST = 3,
};

/* ---- the socket ---------------------------------------------------------- */

int
door_given(const char *name)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	struct str names = str_c(getenv("LISTEN_FDNAMES")), one;
	bool more = names.n > 0;

	if (pid == NULL || n == NULL || atol(pid) != getpid())
		return -1;
	for (int fd = FIRST; more && fd < FIRST + atoi(n); fd++) {
		more = str_cut(&names, ':', &one);
		if (str_eq(one, str_c(name)) && fd_is_listening(fd) &&
		    fd_cloexec(fd) == 0 && fd_nonblock(fd) == 0)
			return fd;
	}
	return -1;
}

static int
fail(char *why_r, const char *path, int fd)
{
	snprintf(why_r, DOOR_WHY, "%.80s: %s", path, strerror(errno));
	fd_close(&fd);
	return -1;
}

int
door_make(const char *path, mode_t mode, char *why_r)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof sun.sun_path) {
		errno = ENAMETOOLONG;
		return fail(why_r, path, -1);
	}
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(why_r, path, -1);
	/* one that is left of a helper that was killed */
	if (unlink(path) < 0 && errno != ENOENT)
		return fail(why_r, path, fd);
	/* nobody gets in before its mode is set: it does not listen yet */
	if (bind(fd, (struct sockaddr *)&sun, sizeof sun) < 0 ||
	    chmod(path, mode) < 0 || listen(fd, DOOR_CLIENTS) < 0)
		return fail(why_r, path, fd);
	return fd;
}

/* ---- clients ------------------------------------------------------------- */

static void on_client(void *ctx, int fd, short revents);
static void on_listener(void *ctx, int fd, short revents);

static bool
full(const struct door *d)
{
	for (int i = 0; i < DOOR_CLIENTS; i++)
		if (d->clients[i].fd < 0)
			return false;
	return true;
}

static void
leave(struct door *d, struct door_client *c)
{
	loop_remove(d->loop, c->fd);
	fd_close(&c->fd);
	free(c->answer);
	c->answer = NULL;
	/* somebody may be waiting for the row */
	loop_want(d->loop, d->fd, POLLIN);
}

static void
on_listener(void *ctx, int fd, short revents)
{
	struct door *d = ctx;
	struct door_client *c = d->clients;
	int new;

	(void)revents;
	if (full(d)) {
		loop_want(d->loop, fd, 0);
		return;
	}
	while (c->fd >= 0)
		c++;
	new = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (new < 0)
		return;
	if (!loop_add(d->loop, new, POLLIN, on_client, d)) {
		close(new);
		return;
	}
	*c = (struct door_client){ .fd = new, .since = clock_ms() };
}

/* The answer to a line is to be sent before another is read. */
static void
command(struct door *d, struct door_client *c, struct str line)
{
	FILE *out;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	out = open_memstream(&c->answer, &c->answer_n);
	if (out == NULL)
		return;
	d->run(d->ctx, line, out);
	c->sent = 0;
	if (fclose(out) != 0) {
		free(c->answer);
		c->answer = NULL;
	}
}

/* Run a line that is here; false: there is no whole one. */
static bool
next_line(struct door *d, struct door_client *c)
{
	char *end = memchr(c->line, '\n', c->n);
	size_t n;

	if (end == NULL)
		return false;
	n = (size_t)(end - c->line);
	command(d, c, (struct str){ c->line, n });
	c->n -= n + 1;
	memmove(c->line, end + 1, c->n);
	return true;
}

/* false: the client is gone. */
static bool
put(struct door_client *c)
{
	ssize_t n;

	while (c->answer != NULL && c->sent < c->answer_n) {
		n = send(c->fd, c->answer + c->sent, c->answer_n - c->sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		c->sent += (size_t)n;
		c->since = clock_ms();
	}
	free(c->answer);
	c->answer = NULL;
	return true;
}

/* false: the client is gone, or its line is too long. */
static bool
take(struct door_client *c)
{
	ssize_t n;

	if (c->n == sizeof c->line)
		return false;
	n = recv(c->fd, c->line + c->n, sizeof c->line - c->n, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->since = n > 0 && c->n > 0 ? c->since : clock_ms();
	c->n += (size_t)n;
	c->last = n == 0;
	return true;
}

static bool
serve(struct door *d, struct door_client *c, short revents)
{
	if (c->answer == NULL && revents & (POLLIN | POLLHUP) && !take(c))
		return false;
	/* an answer is read before the next command is looked at */
	do {
		if (!put(c))
			return false;
	} while (c->answer == NULL && next_line(d, c));
	loop_want(d->loop, c->fd, c->answer != NULL ? POLLOUT : POLLIN);
	return !c->last || c->answer != NULL;
}

static void
on_client(void *ctx, int fd, short revents)
{
	struct door *d = ctx;

	for (int i = 0; i < DOOR_CLIENTS; i++)
		if (d->clients[i].fd == fd) {
			if (!serve(d, &d->clients[i], revents))
				leave(d, &d->clients[i]);
			return;
		}
}

/* Who is slow, or has forgotten us. */
static void
tick(void *ctx)
{
	struct door *d = ctx;
	int64_t now = clock_ms();

	for (int i = 0; i < DOOR_CLIENTS; i++) {
		struct door_client *c = &d->clients[i];
		bool owes = c->answer != NULL || c->n > 0;

		if (c->fd >= 0 && now - c->since > (owes ? DOOR_SLOW :
		    DOOR_IDLE))
			leave(d, c);
	}
}

bool
door_open(struct door *d, struct loop *l, int fd,
    void (*run)(void *ctx, struct str line, FILE *out), void *ctx)
{
	*d = (struct door){ .loop = l, .fd = fd, .run = run, .ctx = ctx };
	for (int i = 0; i < DOOR_CLIENTS; i++)
		d->clients[i].fd = -1;
	return loop_add(l, fd, POLLIN, on_listener, d) &&
	    loop_every(l, TICK_MS, tick, d);
}
