#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "clock.h"
#include "display.h"
#include "fd.h"
#include "log.h"
#include "serve.h"

enum { STATS, ADMIN };

enum {
	/* Reads of a client's line that nobody wants any more. */
	DRAIN = 16,
};

/* ---- the sockets --------------------------------------------------------- */

static bool
fail(struct serve *s, const char *path, const char *what, int error)
{
	snprintf(s->why, sizeof s->why, "%.80s: %s%s%.40s", path, what,
	    error ? ": " : "", error ? strerror(error) : "");
	return false;
}

/* Does a process listen there? */
static bool
is_served(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is = fd >= 0 &&
	    connect(fd, (const struct sockaddr *)sa, sizeof *sa) == 0;

	fd_close(&fd);
	return is;
}

/* false: see why. */
static bool
make_socket(struct serve *s, const char *path, mode_t mode, int *fd_r)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	mode_t mask;
	int rc;

	if ((size_t)snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path) >=
	    sizeof sa.sun_path)
		return fail(s, path, "too long a name", 0);
	if (is_served(&sa))
		return fail(s, path, "another helper has it", 0);
	*fd_r = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (*fd_r < 0)
		return fail(s, path, "no socket", errno);
	unlink(path);
	/* never, not for a moment, more than mode */
	mask = umask(~mode & 0777);
	rc = bind(*fd_r, (struct sockaddr *)&sa, sizeof sa);
	umask(mask);
	if (rc < 0 || listen(*fd_r, SERVE_CLIENTS) < 0) {
		fail(s, path, "it cannot be made", errno);
		fd_close(fd_r);
		return false;
	}
	return true;
}

bool
serve_open(struct serve *s, const struct conf *c)
{
	static const mode_t modes[SERVE_SOCKETS] = {
		[STATS] = 0660, [ADMIN] = 0600,
	};
	const struct conf_ref names[SERVE_SOCKETS] = {
		[STATS] = c->main->monitoring.socket,
		[ADMIN] = c->main->monitoring.admin_socket,
	};
	char path[PATH_MAX];
	bool good = true;

	*s = (struct serve){ .conf = c, .sockets = { -1, -1 } };
	for (int i = 0; i < SERVE_CLIENTS; i++)
		s->clients[i].fd = -1;
	if (c->main->monitoring.disabled)
		return true;
	board_make_folders(conf_run_folder(c, path), geteuid());
	for (int i = 0; i < SERVE_SOCKETS; i++)
		if (conf_run_file(c, names[i], path) && !make_socket(s, path,
		    modes[i], &s->sockets[i]))
			good = false;
	return good;
}

/* ---- clients ------------------------------------------------------------- */

static struct serve_client *
client(struct serve *s, int fd)
{
	for (int i = 0; i < SERVE_CLIENTS; i++)
		if (s->clients[i].fd == fd)
			return &s->clients[i];
	return NULL;
}

static void
drop(struct serve *s, struct serve_client *c)
{
	/* what is left unread would take the answer back (a reset) */
	for (int i = 0; i < DRAIN && recv(c->fd, c->line, sizeof c->line,
	    MSG_DONTWAIT) > 0; i++)
		;
	loop_remove(s->loop, c->fd);
	fd_close(&c->fd);
	if (c->answer != NULL)
		s->held -= c->size;
	free(c->answer);
	c->answer = NULL;
}

/* Send what can be sent; the end of it is the client's. */
static void
feed(struct serve *s, struct serve_client *c)
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
		c->deadline = clock_after(SERVE_WAIT);
	}
	drop(s, c);
}

/* Who ends sessions stands in the log, with what was said of them. */
static void
log_admin(const struct serve_client *c, struct str line)
{
	struct ucred who = { .uid = (uid_t)-1 };
	socklen_t n = sizeof who;
	char result[120] = "";
	struct log_rec r;

	getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &who, &n);
	snprintf(result, sizeof result, "%.*s", (int)strcspn(c->answer,
	    "\n"), c->answer);
	log_begin(&r, LOG_MONITOR_COMMAND);
	log_kv(&r, "UID", "%d", (int)who.uid);
	log_kv_str(&r, "COMMAND", line);
	log_kv_str(&r, "ANSWER", str_c(result));
	log_end(&r);
}

static void
run(const struct serve *s, const struct serve_client *c, struct str line,
    FILE *out)
{
	const struct conf *conf = s->conf;
	char folder[PATH_MAX], hash[2 * DISPLAY_HASH + 1];
	const struct query q = {
		.folder = conf_run_folder(conf, folder),
		.owner = geteuid(),
		.name = conf_cstr(conf, conf->main->name),
		.config = hash,
		.admin = c->admin,
	};

	for (size_t i = 0; i < DISPLAY_HASH; i++)
		snprintf(hash + 2 * i, 3, "%02x",
		    conf->head->policy_hash[i]);
	if (line.n > QUERY_LINE)
		fputs("error: too long a line\n", out);
	else if (s->held > SERVE_HELD)
		fputs("error: busy, try again\n", out);
	else
		query_run(&q, line, out);
}

/* The line is there: answer it, or close when there is no memory to. */
static void
answer(struct serve *s, struct serve_client *c, struct str line)
{
	FILE *f = open_memstream(&c->answer, &c->size);

	if (f != NULL) {
		run(s, c, line, f);
		if (fclose(f) != 0) {
			free(c->answer);
			c->answer = NULL;
		}
	}
	if (c->answer == NULL) {
		drop(s, c);
		return;
	}
	s->held += c->size;
	c->deadline = clock_after(SERVE_WAIT);
	if (c->admin && str_istarts(line, STR("kill")))
		log_admin(c, line);
	loop_want(s->loop, c->fd, POLLOUT);
	feed(s, c);
}

static void
hear(struct serve *s, struct serve_client *c)
{
	ssize_t n = recv(c->fd, c->line + c->n, sizeof c->line - c->n,
	    MSG_DONTWAIT);
	struct str line = { c->line, c->n }, rest;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(s, c);
		return;
	}
	c->n += (size_t)n;
	rest = (struct str){ c->line, c->n };
	if (!str_cut(&rest, '\n', &line) && c->n < sizeof c->line)
		return;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	answer(s, c, line);
}

static void
on_client(void *ctx, int fd, short revents)
{
	struct serve *s = ctx;
	struct serve_client *c = client(s, fd);

	(void)revents;
	if (c == NULL)
		return;
	if (c->answer != NULL)
		feed(s, c);
	else
		hear(s, c);
}

static void
on_socket(void *ctx, int fd, short revents)
{
	static const char busy[] = "error: too many clients\n";
	struct serve *s = ctx;
	struct serve_client *c = client(s, -1);
	int new = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (new < 0)
		return;
	if (c == NULL || !loop_add(s->loop, new, POLLIN, on_client, s)) {
		(void)!send(new, busy, sizeof busy - 1, MSG_NOSIGNAL);
		close(new);
		return;
	}
	*c = (struct serve_client){
		.fd = new, .admin = fd == s->sockets[ADMIN],
		.deadline = clock_after(SERVE_WAIT),
	};
}

static void
tick(void *ctx)
{
	struct serve *s = ctx;

	for (int i = 0; i < SERVE_CLIENTS; i++)
		if (s->clients[i].fd >= 0 &&
		    clock_left(s->clients[i].deadline) == 0)
			drop(s, &s->clients[i]);
}

bool
serve_begin(struct serve *s, struct loop *l)
{
	s->loop = l;
	for (int i = 0; i < SERVE_SOCKETS; i++)
		if (s->sockets[i] >= 0 && !loop_add(l, s->sockets[i], POLLIN,
		    on_socket, s))
			return false;
	return loop_every(l, SERVE_WAIT / 5, tick, s);
}
