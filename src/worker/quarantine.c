#include "quarantine.h"

#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "json.h"

enum {
	/* Its file and its note may not be read by others. */
	MODE = 0600,
	/* Twenty digits and a line end: it never has to be cut. */
	COUNTER = 21,
	POLL_MS = 20,
};

/* How many octets the copies have, as whoever changed it last counted. */
static const char counter[] = ".used";

static int
fail(struct quarantine *q, int err, const char *why)
{
	q->why = why;
	q->refused++;
	return err;
}

/* A file without a name. */
static int
open_nameless(const struct quarantine *q)
{
	return openat(q->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);
}

int
quarantine_open(struct quarantine *q, const char *dir, uint64_t max)
{
	int fd;

	*q = (struct quarantine){ .dir = -1, .max = max };
	q->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (q->dir < 0) {
		q->why = "the folder cannot be opened";
		return ERR_IO;
	}
	fd = open_nameless(q);
	if (fd < 0) {
		bool no = errno == EOPNOTSUPP || errno == EISDIR;

		fd_close(&q->dir);
		q->why = no ? "its file system has no files without a name" :
		    "no file can be made in the folder";
		return no ? ERR_SUPPORT : ERR_IO;
	}
	fd_close(&fd);
	return 0;
}

void
quarantine_close(struct quarantine *q)
{
	fd_close(&q->dir);
}

/* ---- how much there is ---- */

static int
lock(int fd)
{
	int64_t end = clock_after(QUARANTINE_WAIT_MS);

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ERR_IO;
		if (clock_ms() >= end)
			return ERR_TIMEOUT;
		usleep(POLL_MS * 1000);
	}
	return 0;
}

static bool
is_copy(const char *name)
{
	return name[0] != '.' && (str_iends(str_c(name), STR(".eml")) ||
	    str_iends(str_c(name), STR(".json")));
}

static int
open_folder(const struct quarantine *q)
{
	return openat(q->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/*
 * Count what is there.  false: it cannot be told, as others write what they
 * have counted and is not there yet.
 */
static bool
look(struct quarantine *q, uint64_t *used_r)
{
	int fd = open_folder(q);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	struct stat st;

	if (d == NULL)
		fd_close(&fd);
	if (d == NULL || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (d != NULL)
			closedir(d);
		return false;
	}
	*used_r = 0;
	while ((e = readdir(d)) != NULL)
		if (is_copy(e->d_name) && fstatat(q->dir, e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			*used_r += (uint64_t)st.st_size;
	closedir(d);
	q->looked = clock_ms();
	return true;
}

static int
open_counter(const struct quarantine *q)
{
	return openat(q->dir, counter, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK, MODE);
}

static bool
read_counter(int fd, uint64_t *used_r)
{
	char text[COUNTER];

	return pread(fd, text, COUNTER, 0) == COUNTER &&
	    text[COUNTER - 1] == '\n' && str_u64((struct str){ text,
	    COUNTER - 1 }, UINT64_MAX / 2, used_r);
}

static bool
write_counter(int fd, uint64_t used)
{
	char text[COUNTER + 1];

	snprintf(text, sizeof text, "%020" PRIu64 "\n", used);
	return pwrite(fd, text, COUNTER, 0) == COUNTER;
}

static bool
fits(const struct quarantine *q, uint64_t used, uint64_t n)
{
	return q->max == 0 || (used <= q->max && n <= q->max - used);
}

/* May the folder be looked at once more? */
static bool
look_again(const struct quarantine *q)
{
	return q->looked == 0 || clock_ms() - q->looked >= QUARANTINE_LOOK_MS;
}

/* Count n octets more: 1, 0 there is no room, ERR_IO.  fd is locked. */
static int
count(struct quarantine *q, int fd, uint64_t n)
{
	int64_t end = clock_after(QUARANTINE_WAIT_MS);
	uint64_t used = 0;
	bool known = read_counter(fd, &used), fit;

	/* who counted is killed, others still write what they had counted */
	while (!known && !look(q, &used)) {
		if (clock_ms() >= end)
			return ERR_IO;
		usleep(POLL_MS * 1000);
	}
	/* administrators clean up and do not count */
	if (known && !fits(q, used, n) && look_again(q))
		(void)look(q, &used);
	fit = fits(q, used, n);
	/* what is counted and never comes is found by the next look */
	return write_counter(fd, fit ? used + n : used) ? fit : ERR_IO;
}

/* *writing_r is held until what was counted is there. */
static int
take_room(struct quarantine *q, uint64_t n, int *writing_r)
{
	int fd = open_counter(q), r = fd < 0 ? ERR_IO : lock(fd);

	*writing_r = -1;
	if (r == 0)
		r = count(q, fd, n);
	if (r > 0) {
		*writing_r = open_folder(q);
		if (*writing_r < 0 || flock(*writing_r, LOCK_SH) < 0)
			r = ERR_IO;
	}
	fd_close(&fd);
	return r > 0 ? 1 : fail(q, r == 0 ? ERR_LIMIT : r,
	    r == 0 ? "the quarantine is full" :
	    r == ERR_TIMEOUT ? "others hold the quarantine" :
	    "what the quarantine holds is not known");
}

/* ---- a copy ---- */

static void
write_acls(struct json *j, const struct quarantine_note *note)
{
	json_array(j, "acls");
	for (size_t i = 0; i < note->nacls; i++)
		json_str(j, NULL, note->acls[i]);
	json_end(j);
}

static struct str
some(struct str s)
{
	return s.n > 0 ? s : STR_NULL;
}

/* By libnettle, which is there for libarchive; OpenSSL is not. */
static struct str
digest(struct str octets, char *hex)
{
	uint8_t d[SHA256_DIGEST_SIZE];
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_update(&c, octets.n, (const uint8_t *)octets.p);
	sha256_digest(&c, sizeof d, d);
	for (size_t i = 0; i < sizeof d; i++)
		snprintf(hex + 2 * i, 3, "%02x", d[i]);
	return (struct str){ hex, 2 * sizeof d };
}

static void
write_note(FILE *f, struct str mail, const struct quarantine_note *note)
{
	struct json j = { .f = f };
	time_t now = time(NULL);
	char when[32], hex[2 * SHA256_DIGEST_SIZE + 1];
	struct tm tm;

	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now,
	    &tm));
	json_object(&j, NULL);
	json_str(&j, "time", str_c(when));
	json_str(&j, "session", some(note->session));
	json_str(&j, "direction", some(note->direction));
	json_str(&j, "user", some(note->user));
	json_bool(&j, "denied", note->denied);
	json_str(&j, "why", some(note->why));
	write_acls(&j, note);
	json_str(&j, "virus-status", some(note->virus_status));
	json_str(&j, "virus", some(note->virus));
	if (note->spam_known)
		json_num(&j, "spam-score", note->spam < 0 ? 0 :
		    (uint64_t)note->spam);
	json_num(&j, "size", mail.n);
	json_str(&j, "message-id", some(note->message_id));
	json_str(&j, "subject", some(note->subject));
	json_str(&j, "sha256", digest(mail, hex));
	json_end(&j);
}

/* malloc'd; NULL: no memory. */
static char *
make_note(struct str mail, const struct quarantine_note *note, size_t *n_r)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, n_r);

	if (f == NULL)
		return NULL;
	write_note(f, mail, note);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* By time, and by chance: nobody outside knows it before. */
static bool
make_name(char *name)
{
	uint64_t chance;
	char when[24];
	struct tm tm;
	time_t now = time(NULL);

	if (getrandom(&chance, sizeof chance, 0) != sizeof chance)
		return false;
	strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	snprintf(name, QUARANTINE_NAME, "%s-%016" PRIx64, when, chance);
	return true;
}

/* All of it on the disk, then its name: 0 or -1 (errno). */
static int
put_file(const struct quarantine *q, struct str octets, const char *name,
    const char *suffix)
{
	char path[QUARANTINE_NAME + 8], self[40];
	int fd = open_nameless(q), r;

	if (fd < 0)
		return -1;
	snprintf(path, sizeof path, "%s%s", name, suffix);
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	r = fd_write_all(fd, octets);
	if (r == 0)
		r = fsync(fd);
	if (r == 0)
		r = linkat(AT_FDCWD, self, q->dir, path, AT_SYMLINK_FOLLOW);
	fd_close(&fd);
	return r;
}

static int
put_both(const struct quarantine *q, struct str mail, struct str note,
    const char *name)
{
	char path[QUARANTINE_NAME + 8];
	int e;

	if (put_file(q, mail, name, ".eml") < 0)
		return -1;
	if (put_file(q, note, name, ".json") == 0)
		return fsync(q->dir);
	e = errno;
	snprintf(path, sizeof path, "%s.eml", name);
	unlinkat(q->dir, path, 0);
	errno = e;
	return -1;
}

static const char *
why_not(int e)
{
	return e == ENOSPC || e == EDQUOT ? "the quarantine's disk is full" :
	    "the copy cannot be written";
}

int
quarantine_keep(struct quarantine *q, struct str mail,
    const struct quarantine_note *note, char *name)
{
	size_t n = 0;
	char *text;
	int r, writing;

	if (q->dir < 0)
		return fail(q, ERR_IO, "there is no quarantine");
	text = make_note(mail, note, &n);
	if (text == NULL || !make_name(name)) {
		free(text);
		return fail(q, ERR_IO, "no memory for a note");
	}
	r = take_room(q, mail.n + n, &writing);
	if (r > 0 && put_both(q, mail, (struct str){ text, n }, name) < 0)
		r = fail(q, ERR_IO, why_not(errno));
	fd_close(&writing);
	free(text);
	q->kept += r > 0;
	return r;
}
