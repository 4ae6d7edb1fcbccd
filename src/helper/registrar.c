#include <sys/prctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "door.h"
#include "fd.h"
#include "jail.h"
#include "log.h"
#include "registrar.h"
#include "users_talk.h"

enum {
	/* Of a socket that no unit gives another owner and mode. */
	SOCKET_MODE = 0600,
	TRIES = 20,
	TRY_MS = 50,
};

struct registrar {
	struct loop loop;
	struct door door;
	struct users_edit users;
};

const struct conf_oob *
registrar_wanted(const struct conf *c)
{
	const struct conf_oob *o;

	for (uint32_t i = 0; (o = CONF_AT(c, struct conf_oob,
	    c->main->oob_auths, i)) != NULL; i++)
		if (o->method == CONF_OOB_EXTERNAL)
			return o;
	return NULL;
}

static void
run(void *ctx, int fd, struct str line, FILE *out)
{
	struct registrar *r = ctx;

	(void)fd;
	r->users.now = time(NULL);
	users_talk(&r->users, line, out);
}

/* The helper is gone. */
static void
on_helper(void *ctx, int fd, short revents)
{
	struct registrar *r = ctx;

	(void)fd, (void)revents;
	r->loop.stop = true;
}

static void
fail(const char *what, const char *why)
{
	log_msg(LOG_USERS_KEEPER, "%s: %s", what, why);
	_exit(1);
}

/* Before any user is known, nobody is: that is not an error. */
static void
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 && errno != EEXIST)
		fail(path, strerror(errno));
	fd_close(&fd);
}

/* The folder is the sessions' user's, and so is what is made in it. */
static void
become_user(const struct conf *c)
{
	const char *why;

	if (geteuid() == 0 &&
	    jail_identity(c->main->uid, c->main->gid, "", &why) < 0)
		fail("app-user", why);
	umask(022);
}

/* -1: users-socket = none, so imap4-stat alone says who is known. */
static int
listen_at(const struct conf *c)
{
	char path[PATH_MAX], why[DOOR_WHY];
	int fd;

	if (!conf_run_file(c, c->main->monitoring.users_socket, path))
		return -1;
	/* that of a helper that was killed may be on its way out */
	for (int i = 0; (fd = door_make(path, SOCKET_MODE, why)) < 0; i++) {
		if (i == TRIES)
			fail("users-socket", why);
		poll(NULL, 0, TRY_MS);
	}
	return fd;
}

static void
seal(const char *folder)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *why;

	if (fd < 0)
		fail(folder, strerror(errno));
	jail_folder(fd);
	if (jail_prepare(&why) < 0 || jail_enter(JAIL_FOLDER, &why) < 0)
		fail("jail", why);
	fd_close(&fd);
}

void
registrar_run(int fd, int listener, const struct conf *c)
{
	static struct registrar r;
	const struct conf_oob *o = registrar_wanted(c);
	char folder[PATH_MAX], path[PATH_MAX];

	prctl(PR_SET_NAME, "imap4-registrar");
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	become_user(c);
	conf_run_folder(c, folder);
	if (listener < 0)
		listener = listen_at(c);
	r.users = (struct users_edit){
		.path = conf_oob_path(c, o, path),
		.rules = { o->max_sessions, c->main->uid },
		.gid = (gid_t)-1,
	};
	make_file(path);
	seal(folder);
	loop_init(&r.loop);
	r.door = (struct door){ .run = run, .ctx = &r, .most = DOOR_CLIENTS };
	if (!loop_add(&r.loop, fd, POLLIN, on_helper, &r) ||
	    !door_open(&r.door, &r.loop, listener))
		_exit(1);
	_exit(loop_run(&r.loop) < 0);
}
