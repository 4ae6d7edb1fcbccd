#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "jail.h"
#include "keeper.h"
#include "log.h"

struct keeper {
	struct current *u;
	struct conf *c;
	int fd;			/* to the monitor */
	int inotify;		/* -1: only looks now and then */
	enum keeper_event last;
};

/* ---- what changed -------------------------------------------------------- */

static bool
changed(const struct conf *c, const struct conf_source *s)
{
	struct stat st;

	if (stat(conf_cstr(c, s->path), &st) < 0)
		return true;
	return (uint64_t)st.st_dev != s->dev || st.st_ino != s->ino ||
	    (uint64_t)st.st_size != s->size || st.st_mtim.tv_sec *
	    1000000000 + st.st_mtim.tv_nsec != s->mtime_ns;
}

/* The changed files' names without folders, as many as fit. */
static void
name_changes(const struct conf *c, char *out, size_t size)
{
	const struct conf_source *s;
	const char *slash, *path;
	size_t n = 0;

	out[0] = '\0';
	for (uint32_t i = 0; (s = CONF_AT(c, struct conf_source,
	    c->head->sources, i)) != NULL && n < size; i++) {
		if (!changed(c, s))
			continue;
		path = conf_cstr(c, s->path);
		slash = strrchr(path, '/');
		n += (size_t)snprintf(out + n, size - n, "%s%s",
		    n ? ", " : "", slash ? slash + 1 : path);
	}
	if (n == 0)
		snprintf(out, size, "a variable or the program");
}

/* ---- watching ------------------------------------------------------------ */

/* Folders, not files: editors put a new file in an old one's place. */
static void
watch(struct keeper *k)
{
	const struct conf_source *s;
	char folder[PATH_MAX];

	/* the same one: what happens meanwhile is not missed */
	if (k->inotify < 0)
		k->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	for (uint32_t i = 0; k->inotify >= 0 && (s = CONF_AT(k->c,
	    struct conf_source, k->c->head->sources, i)) != NULL; i++) {
		snprintf(folder, sizeof folder, "%s",
		    conf_cstr(k->c, s->path));
		/* a folder that is watched twice is watched once */
		(void)inotify_add_watch(k->inotify, dirname(folder),
		    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
		    IN_ATTRIB | IN_ONLYDIR);
	}
}

static void
drain(int fd)
{
	char b[4096];

	while (read(fd, b, sizeof b) > 0)
		;
}

/* Wait for a change, a wish or a minute; false: the monitor is gone. */
static bool
await(struct keeper *k)
{
	struct pollfd p[2] = { { .fd = k->fd, .events = POLLIN },
	    { .fd = k->inotify, .events = POLLIN } };
	char c;

	if (poll(p, 2, KEEPER_LOOK * CLOCK_SEC) < 0)
		return errno == EINTR;
	if (p[0].revents != 0 && recv(k->fd, &c, 1, MSG_DONTWAIT) <= 0)
		return false;
	if (p[1].revents != 0) {
		poll(NULL, 0, KEEPER_SETTLE);
		drain(k->inotify);
	}
	return true;
}

/* ---- compiling ----------------------------------------------------------- */

static void
tell(struct keeper *k, enum keeper_event e, const char *text)
{
	struct keeper_report r = { .event = e };

	snprintf(r.text, sizeof r.text, "%s", text);
	k->last = e;
	(void)send(k->fd, &r, sizeof r, MSG_NOSIGNAL);
}

static void
look(struct keeper *k)
{
	char names[512];
	struct conf now;

	name_changes(k->c, names, sizeof names);
	if (current_open(k->u, &now) < 0) {
		if (k->last != KEEPER_FAILED)
			tell(k, KEEPER_FAILED, k->u->report[0] != '\0' ?
			    k->u->report : now.why);
		return;
	}
	if (k->u->compiled || memcmp(now.head->policy_hash,
	    k->c->head->policy_hash, sizeof now.head->policy_hash) != 0)
		tell(k, KEEPER_COMPILED, names);
	else if (k->u->refused)
		tell(k, KEEPER_REFUSED, k->u->report);
	else if (k->u->state == CURRENT_STALE && k->last != KEEPER_STALE &&
	    k->last != KEEPER_REFUSED)
		tell(k, KEEPER_STALE, k->u->unable == 0 ?
		    "REFUSED before: see the log" :
		    strerror(k->u->unable));
	else if (k->u->state == CURRENT_FRESH && k->last != KEEPER_FRESH &&
	    k->last != KEEPER_COMPILED)
		tell(k, KEEPER_FRESH, "");
	conf_close(k->c);
	*k->c = now;
	watch(k);
}

void
keeper_run(int fd, int parent, struct current *u, struct conf *c)
{
	struct keeper k = { .u = u, .c = c, .fd = fd, .inotify = -1,
	    .last = KEEPER_FRESH };
	const char *why;

	prctl(PR_SET_NAME, "imap4-keeper");
	signal(SIGINT, SIG_IGN);
	jail_keep(JAIL_DAC_READ_SEARCH);
	if (jail_prepare(&why) < 0 || jail_drop(&why) < 0) {
		log_msg(LOG_JAIL_FAILED, "%s", why);
		_exit(1);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	watch(&k);
	while (getppid() == parent && await(&k))
		look(&k);
	_exit(0);
}
