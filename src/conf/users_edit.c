#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "users_edit.h"

enum {
	LOCK_POLL_MS = 20,
	/* size: as many lines as may be, and as long */
	FILE_MAX = 256 << 20,
};

__attribute__((format(printf, 2, 3))) static int
fail(char *why_r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why_r, USERS_WHY, fmt, ap);
	va_end(ap);
	return ERR_CONFIG;
}

/* ---- texts --------------------------------------------------------------- */

char *
users_net_text(const struct users_entry *e, char *out)
{
	char host[ADDR_TEXT];
	unsigned bits = e->bits;

	addr_host(&e->net, host);
	if (addr_is4(&e->net) && bits >= USERS_BITS4)
		bits -= USERS_BITS4;
	snprintf(out, USERS_NET, e->bits == 128 ? "%s" : "%s/%u", host, bits);
	return out;
}

char *
users_text(const struct users_entry *e)
{
	char net[USERS_NET], until[32] = "-", *text;
	/* what was over before 1970 is over */
	time_t t = e->expiry < 0 ? 0 : (time_t)e->expiry;
	struct tm tm;

	if (e->expiry != INT64_MAX && gmtime_r(&t, &tm) != NULL)
		strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (asprintf(&text, "%s %.*s %.*s %s", users_net_text(e, net),
	    STR_ARG(e->user), e->groups.n > 0 ? (int)e->groups.n : 1,
	    e->groups.n > 0 ? e->groups.p : "-", until) < 0)
		abort();
	return text;
}

/* ---- the file as it is --------------------------------------------------- */

int
users_load(const char *path, const struct users_rules *rules,
    char **p_r, size_t *n_r, char *why_r)
{
	int fd;

	if (access(path, F_OK) < 0 && errno == ENOENT) {
		*n_r = 0;
		*p_r = calloc(1, 1);
		if (*p_r == NULL)
			abort();
		return 0;
	}
	fd = users_open(path, rules, why_r);
	if (fd < 0)
		return fd;
	fd_close(&fd);
	if (fd_read_file(path, FILE_MAX, p_r, n_r) < 0)
		return fail(why_r, "%s", strerror(errno));
	return 0;
}

/* ---- the file to be ------------------------------------------------------ */

/* What a change makes of the lines. */
struct change {
	const struct users_edit *u;
	const struct users_entry *net;	/* what it is about */
	const char *line;		/* to stand there; NULL: nothing */
	FILE *to;
	uint64_t entries;
	bool met;
};

static void
put_line(struct change *c)
{
	if (c->line == NULL)
		return;
	fprintf(c->to, "%s\n", c->line);
	c->entries++;
	c->line = NULL;		/* once is enough */
}

static void
copy_line(struct change *c, struct str line)
{
	struct users_entry e;
	const char *why;
	int r = users_line(line, &e, &why);

	/* a bad line about the address goes, too */
	if (r != 0 && e.user.p != NULL && e.bits == c->net->bits &&
	    addr_same(&e.net, &c->net->net)) {
		c->met = true;
		put_line(c);
	} else if (r <= 0 || e.expiry > c->u->now) {
		fprintf(c->to, "%.*s\n", STR_ARG(line));
		c->entries += r > 0;
	}
}

static void
copy_lines(struct change *c, struct str text)
{
	struct str line;

	while (str_cut(&text, '\n', &line))
		copy_line(c, line);
	put_line(c);
}

/* ---- the exchange -------------------------------------------------------- */

/* The folder's descriptor, locked; or < 0 with why_r. */
static int
lock_folder(const char *path, char *why_r)
{
	int64_t deadline = clock_after(USERS_LOCK_MS);
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd;

	snprintf(folder, sizeof folder, "%.*s", slash ?
	    (int)(slash - path + 1) : 1, slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(why_r, "%s: %s", folder, strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		struct timespec ts = { 0, LOCK_POLL_MS * 1000000 };

		if (clock_left(deadline) == 0) {
			fd_close(&fd);
			return fail(why_r, "somebody else is changing it");
		}
		nanosleep(&ts, NULL);
	}
	return fd;
}

/* A new file is to be read by sessions as the old one was. */
static int
dress(const struct users_edit *u, int fd, const struct stat *old)
{
	if (old != NULL)
		return geteuid() == 0 && fchown(fd, old->st_uid, old->st_gid)
		    < 0 ? -1 : fchmod(fd, old->st_mode & 0777);
	if (geteuid() != 0 || u->gid == (gid_t)-1)
		return fchmod(fd, 0644);
	return fchown(fd, 0, u->gid) < 0 ? -1 : fchmod(fd, 0640);
}

static int
write_new(const struct users_edit *u, const char *path, int fd,
    struct str text)
{
	struct stat st;
	bool is = stat(path, &st) == 0;

	return dress(u, fd, is ? &st : NULL) < 0 ||
	    fd_write_all(fd, text) < 0 || fsync(fd) < 0 ? -1 : 0;
}

/* text takes the place of the file at path, in the folder. */
static int
exchange(const struct users_edit *u, const char *path, int folder,
    struct str text, char *why_r)
{
	char temporary[PATH_MAX];
	int fd, rc;

	if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >=
	    PATH_MAX)
		return fail(why_r, "its name is too long");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return fail(why_r, "%s", strerror(errno));
	rc = write_new(u, path, fd, text);
	if (rc == 0)
		rc = rename(temporary, path);
	if (rc < 0) {
		fail(why_r, "%s", strerror(errno));
		unlink(temporary);
	}
	fd_close(&fd);
	if (rc < 0)
		return ERR_CONFIG;
	fsync(folder);	/* so that it is there after a crash, too */
	return 0;
}

/* A file that is ours would not be believed where the old one was. */
static bool
can_own(const char *path, char *why_r)
{
	struct stat st;

	if (geteuid() == 0 || stat(path, &st) < 0 || st.st_uid == geteuid())
		return true;
	fail(why_r, "it belongs to another user: only that one or root may "
	    "change it");
	return false;
}

static int
build(struct change *c, struct str old, char **text_r, size_t *n_r,
    char *why_r)
{
	if (old.n > 0 && old.p[old.n - 1] != '\n')
		return fail(why_r, "its last line has no end: whoever wrote "
		    "it is not done, or was stopped");
	c->to = open_memstream(text_r, n_r);
	if (c->to == NULL)
		abort();
	copy_lines(c, old);
	if (fclose(c->to) != 0)
		abort();
	if (c->entries <= c->u->rules.max)
		return 0;
	fail(why_r, "it would have more than %llu entries (max-sessions)",
	    (unsigned long long)c->u->rules.max);
	return ERR_LIMIT;
}

/* With the lock. */
static int
change_locked(struct change *c, const char *path, int folder, char *why_r)
{
	bool drops = c->line == NULL;
	char *old, *text = NULL;
	size_t nold, n = 0;
	int rc;

	if (!can_own(path, why_r))
		return ERR_CONFIG;
	rc = users_load(path, &c->u->rules, &old, &nold, why_r);
	if (rc < 0)
		return rc;
	rc = build(c, (struct str){ old, nold }, &text, &n, why_r);
	if (rc == 0 && (!drops || c->met))
		rc = exchange(c->u, path, folder, (struct str){ text, n },
		    why_r);
	free(old);
	free(text);
	return rc;
}

static int
change(struct change *c, char *why_r)
{
	char path[PATH_MAX];
	int folder, rc;

	/* a link stays one: what it leads to is exchanged */
	if (realpath(c->u->path, path) == NULL)
		snprintf(path, sizeof path, "%s", c->u->path);
	folder = lock_folder(path, why_r);
	if (folder < 0)
		return folder;
	rc = change_locked(c, path, folder, why_r);
	fd_close(&folder);
	return rc;
}

int
users_put(const struct users_edit *u, const struct users_entry *e,
    char *why_r)
{
	char *line = users_text(e);
	struct change c = { .u = u, .net = e, .line = line };
	int rc = change(&c, why_r);

	free(line);
	return rc;
}

int
users_drop(const struct users_edit *u, const struct users_entry *net,
    char *why_r)
{
	struct change c = { .u = u, .net = net };
	int rc = change(&c, why_r);

	return rc < 0 ? rc : c.met;
}
