#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "door.h"
#include "fd.h"

enum {
	/* sd_listen_fds(3) */
	GIVEN = 3,
	/* Reads of a client's line that nobody wants any more. */
	DRAIN = 16,
};

/* ---- the socket ---------------------------------------------------------- */

int
door_all_given(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	uint64_t who, count;

	if (pid == NULL || n == NULL ||
	    !str_u64(str_c(pid), INT32_MAX, &who) || (pid_t)who != getpid() ||
	    !str_u64(str_c(n), DOORS_GIVEN_MAX, &count))
		return 0;
	for (int i = 0; i < (int)count; i++)
		fd_cloexec(GIVEN + i);
	return (int)count;
}

void
door_leave_given(int all, int but)
{
	for (int fd = GIVEN; fd < GIVEN + all; fd++)
		if (fd != but)
			close(fd);
}

int
door_given(const char *name)
{
	struct str names = str_c(getenv("LISTEN_FDNAMES")), one;
	int end = GIVEN + door_all_given();
	bool more = names.n > 0;

	for (int fd = GIVEN; more && fd < end; fd++) {
		more = str_cut(&names, ':', &one);
		if (str_eq(one, str_c(name)) && fd_is_listening(fd) &&
		    fd_nonblock(fd) == 0)
			return fd;
	}
	return -1;
}

static int
fail(char *why_r, const char *path, const char *what, int error)
{
	snprintf(why_r, DOOR_WHY, "%.80s: %s%s%.40s", path, what,
	    error ? ": " : "", error ? strerror(error) : "");
	return -1;
}

/* Does a process listen there? */
static bool
is_served(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	/* EAGAIN: more wait there already than it takes */
	bool is = fd >= 0 && (connect(fd, (const struct sockaddr *)sa,
	    sizeof *sa) == 0 || errno == EAGAIN);

	fd_close(&fd);
	return is;
}

int
door_make(const char *path, mode_t mode, char *why_r)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, rc;

	if ((size_t)snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path) >=
	    sizeof sa.sun_path)
		return fail(why_r, path, "too long a name", 0);
	if (is_served(&sa))
		return fail(why_r, path, "another helper has it", 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(why_r, path, "no socket", errno);
	unlink(path);
	/* never, not for a moment, more than mode */
	mask = umask(~mode & 0777);
	rc = bind(fd, (struct sockaddr *)&sa, sizeof sa);
	umask(mask);
	if (rc == 0 && listen(fd, DOOR_CLIENTS) == 0)
		return fd;
	fail(why_r, path, "it cannot be made", errno);
	fd_close(&fd);
	return -1;
}

/* ---- clients ------------------------------------------------------------- */

static struct door_client *
client(struct door *d, int fd)
{
	for (int i = 0; i < d->most; i++)
		if (d->clients[i].fd == fd)
			return &d->clients[i];
	return NULL;
}

static void
drop(struct door *d, struct door_client *c)
{
	/* what is left unread would take the answer back (a reset) */
	for (int i = 0; i < DRAIN && recv(c->fd, c->line, sizeof c->line,
	    MSG_DONTWAIT) > 0; i++)
		;
	loop_remove(d->loop, c->fd);
	fd_close(&c->fd);
	if (c->out != NULL)
		fclose(c->out);
	else if (c->answer != NULL)
		d->held -= c->size;
	c->out = NULL;
	c->ticket = 0;
	free(c->answer);
	c->answer = NULL;
}

/* Send what can be sent; the end of it is the client's. */
static void
feed(struct door *d, struct door_client *c)
{
	ssize_t n;

	while (c->sent < c->size) {
		n = send(c->fd, c->answer + c->sent, c->size - c->sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			break;
		c->sent += (size_t)n;
	}
	drop(d, c);
}

/* The answer is written: on its way with it. */
static void
complete(struct door *d, struct door_client *c, FILE *f)
{
	c->out = NULL;
	c->ticket = 0;
	if (fclose(f) != 0) {
		free(c->answer);
		c->answer = NULL;
		drop(d, c);
		return;
	}
	d->held += c->size;
	c->deadline = clock_after(DOOR_WAIT);
	loop_want(d->loop, c->fd, POLLOUT);
	feed(d, c);
}

/* The line is there: answer it, or close when there is no memory to. */
static void
answer(struct door *d, struct door_client *c, struct str line)
{
	FILE *f = open_memstream(&c->answer, &c->size);

	if (f == NULL) {
		drop(d, c);
		return;
	}
	if (line.n > DOOR_LINE)
		fputs("error: too long a line\n", f);
	else if (d->held > DOOR_HELD)
		fputs("error: busy, try again\n", f);
	else
		d->run(d->ctx, c->fd, line, f);
	if (c->ticket == 0) {
		complete(d, c, f);
		return;
	}
	c->out = f;
	c->deadline = CLOCK_NEVER;
	loop_want(d->loop, c->fd, 0);	/* but for its end */
}

static struct door_client *
holder(struct door *d, uint64_t ticket)
{
	for (int i = 0; i < d->most; i++)
		if (d->clients[i].fd >= 0 && d->clients[i].ticket == ticket)
			return &d->clients[i];
	return NULL;
}

uint64_t
door_later(struct door *d, int fd)
{
	return client(d, fd)->ticket = ++d->tickets;
}

FILE *
door_out(struct door *d, uint64_t ticket)
{
	struct door_client *c = holder(d, ticket);

	return c == NULL ? NULL : c->out;
}

void
door_done(struct door *d, uint64_t ticket)
{
	struct door_client *c = holder(d, ticket);

	if (c != NULL)
		complete(d, c, c->out);
}

static void
hear(struct door *d, struct door_client *c)
{
	ssize_t n = recv(c->fd, c->line + c->n, sizeof c->line - c->n,
	    MSG_DONTWAIT);
	struct str line = { c->line, c->n }, rest;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(d, c);
		return;
	}
	c->n += (size_t)n;
	rest = (struct str){ c->line, c->n };
	if (!str_cut(&rest, '\n', &line) && c->n < sizeof c->line)
		return;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	answer(d, c, line);
}

static void
on_client(void *ctx, int fd, short revents)
{
	struct door *d = ctx;
	struct door_client *c = client(d, fd);

	(void)revents;
	if (c == NULL)
		return;
	if (c->ticket != 0)
		drop(d, c);
	else if (c->answer != NULL)
		feed(d, c);
	else
		hear(d, c);
}

static void
on_socket(void *ctx, int fd, short revents)
{
	static const char busy[] = "error: too many clients\n";
	struct door *d = ctx;
	struct door_client *c = client(d, -1);
	int new = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (new < 0)
		return;
	if (c == NULL || !loop_add(d->loop, new, POLLIN, on_client, d)) {
		(void)!send(new, busy, sizeof busy - 1, MSG_NOSIGNAL);
		close(new);
		return;
	}
	*c = (struct door_client){
		.fd = new, .deadline = clock_after(DOOR_WAIT),
	};
}

static void
tick(void *ctx)
{
	struct door *d = ctx;

	for (int i = 0; i < d->most; i++)
		if (d->clients[i].fd >= 0 &&
		    clock_left(d->clients[i].deadline) == 0)
			drop(d, &d->clients[i]);
}

bool
door_open(struct door *d, struct loop *l, int fd)
{
	assert(d->run != NULL && d->most <= DOOR_CLIENTS);
	d->loop = l;
	d->fd = fd;
	for (int i = 0; i < DOOR_CLIENTS; i++)
		d->clients[i].fd = -1;
	return fd < 0 || (loop_add(l, fd, POLLIN, on_socket, d) &&
	    loop_every(l, DOOR_WAIT / 5, tick, d));
}
