/*
 * The verdict store: values kept, replaced, aged and forgotten; by processes
 * that are killed at any point, in too little room, on a full disk, in a file
 * that is damaged, beside one who does not let go.
 */

#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "store.h"
#include "tap.h"

enum { ROOM = 1 << 20, KILLS = 100, NOW = 1700000000 };

const struct module_head *const module_static[] = { &engine_store.head, NULL };

static const struct store_engine *const e = &engine_store;
static char dir[] = "/tmp/t-store-XXXXXX";
static char path[64];
static const char *why;

static struct store *
must_open(void)
{
	struct store *s = e->open(path, ROOM, &why);

	if (s == NULL) {
		tap_ok(false, "the store opens: %s", why);
		exit(tap_done());
	}
	return s;
}

/* The mail of a number, and a value that tells which. */
static struct store_key
key_of(unsigned n, uint64_t engine)
{
	struct store_key k = { .engine = engine };

	snprintf((char *)k.mail, sizeof k.mail, "%08x%08x", n * 2654435761u,
	    n);
	return k;
}

static int
put(struct store *s, unsigned n, uint64_t engine, int64_t time,
    const char *text)
{
	struct store_key k = key_of(n, engine);

	return e->put(s, &k, time, str_c(text), &why);
}

static bool
has(struct store *s, unsigned n, uint64_t engine, const char *text)
{
	struct store_key k = key_of(n, engine);
	char out[STORE_VALUE_MAX];
	int64_t time;
	int got = e->get(s, &k, out, &time, &why);

	return text == NULL ? got == 0 : got > 0 &&
	    str_eq((struct str){ out, (size_t)got }, str_c(text));
}

static void
test_values(void)
{
	struct store *s = must_open(), *other = must_open();
	struct store_key at = key_of(1, 0), gone;
	struct store_state st;
	char out[STORE_VALUE_MAX];
	int64_t time = 0;

	tap_ok(has(s, 1, 7, NULL), "an empty store has nothing");
	tap_int(0, put(s, 1, 7, NOW, "free"), "a value is put");
	tap_ok(has(other, 1, 7, "free"), "another process sees it");
	tap_ok(has(s, 1, 8, NULL), "not of another engine");
	tap_int(0, put(other, 1, 7, NOW + 5, "found"), "it is replaced");
	tap_ok(has(s, 1, 7, "found"), "by the newer");
	put(s, 1, 8, NOW, "two");
	put(s, 2, 7, NOW - 10, "old");
	tap_ok(e->next(s, &at, out, &time, &why) > 0 && at.engine == 7 &&
	    time == NOW + 5, "a mail's values are listed, with their time");
	tap_ok(e->next(s, &at, out, &time, &why) > 0 && at.engine == 8,
	    "one after the other");
	tap_int(0, e->next(s, &at, out, &time, &why), "to the last");
	tap_int(0, e->look(s, &st, &why), "it can be looked at");
	tap_int(3, (int64_t)st.values, "and counts them");
	tap_int(NOW - 10, st.oldest, "and knows the oldest");
	tap_ok(st.used > 0 && st.used < st.room && st.room < ROOM,
	    "and its size");
	tap_int(1, e->expire(s, NOW - 5, &why), "the old one goes");
	tap_ok(has(s, 2, 7, NULL), "and is gone");
	tap_int(0, e->expire(s, NOW - 5, &why), "there is no other");
	gone = key_of(1, 0);
	tap_int(2, e->forget(s, gone.mail, &why), "a mail is forgotten");
	tap_ok(has(other, 1, 7, NULL) && has(other, 1, 8, NULL),
	    "for all engines");
	put(s, 3, 7, NOW, "x");
	tap_int(1, e->forget(s, NULL, &why), "all are forgotten");
	e->look(s, &st, &why);
	tap_int(0, (int64_t)st.values, "and nothing is left");
	e->close(s);
	e->close(other);
}

static off_t
size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_size : -1;
}

static void
test_room(void)
{
	enum { MANY = 20000, FILL = 200 };
	struct store *s = must_open(), *other;
	char text[FILL + 1];
	int failed = 0;
	struct store_state st;

	memset(text, 'x', FILL);
	text[FILL] = '\0';
	for (unsigned n = 0; n < MANY; n++)
		failed += put(s, n, 7, NOW + n / 10, text) != 0;
	tap_int(0, failed, "more than has room is put");
	tap_ok(size_of(path) <= ROOM, "the file stays below its size: %jd",
	    (intmax_t)size_of(path));
	tap_ok(has(s, MANY - 1, 7, text) && has(s, MANY - 100, 7, text),
	    "the newest are there");
	tap_ok(has(s, 0, 7, NULL), "the oldest are not");
	e->look(s, &st, &why);
	tap_ok(st.values > ROOM / FILL / 4, "most of it is used: %ju",
	    (uintmax_t)st.values);
	tap_ok(size_of(path) > ROOM / 2, "the file is large");
	other = e->open(path, ROOM / 2, &why);
	tap_ok(other != NULL && has(other, MANY - 1, 7, NULL) &&
	    size_of(path) < ROOM / 2, "with less room it begins anew");
	tap_ok(has(s, MANY - 1, 7, text), "who has the old one goes on");
	tap_int(0, put(s, MANY, 7, NOW, text), "and writes there");
	tap_ok(has(other, MANY, 7, NULL), "not in the new one");
	e->close(other);
	while (e->forget(s, NULL, &why) > 0)
		;
	e->look(s, &st, &why);
	tap_ok(st.values == 0 && st.used < ROOM / 10, "and it gets empty: %ju",
	    (uintmax_t)st.used);
	e->close(s);
}

/* Puts values until it is killed; says when it begins. */
static void
busy(unsigned seed, int say)
{
	struct store *s = e->open(path, ROOM, &why);
	char text[16];

	if (write(say, "", 1) != 1)
		_exit(1);
	for (unsigned n = 0; s != NULL; n++) {
		snprintf(text, sizeof text, "%u", (seed + n) % 997);
		(void)put(s, (seed + n) % 997, 7, NOW + n, text);
		if (n % 50 == 0)
			(void)e->expire(s, NOW + n / 2, &why);
	}
	_exit(1);
}

static void
test_kills(void)
{
	struct timespec t = { 0, 0 };
	struct store *s = must_open();
	char text[16];
	int wrong = 0, there = 0, opens = 0, said[2];
	pid_t pid[2];

	if (pipe(said) < 0)
		abort();
	for (unsigned i = 0; i < KILLS; i++) {
		for (int k = 0; k < 2; k++)
			if ((pid[k] = fork()) == 0)
				busy(i * 31, said[1]);
		for (int k = 0; k < 2; k++)
			if (read(said[0], text, 1) != 1)
				abort();
		t.tv_nsec = 1000000 + i * 70001 % 5000000;
		nanosleep(&t, NULL);
		for (int k = 0; k < 2; k++)
			kill(pid[k], SIGKILL);
		for (int k = 0; k < 2; k++)
			waitpid(pid[k], NULL, 0);
		opens += put(s, 1000, 7, NOW, "alive") == 0 &&
		    has(s, 1000, 7, "alive");
	}
	tap_int(KILLS, opens, "after each kill it is read and written");
	for (unsigned n = 0; n < 997; n++) {
		snprintf(text, sizeof text, "%u", n);
		if (has(s, n, 7, text))
			there++;
		else if (!has(s, n, 7, NULL))
			wrong++;
	}
	tap_int(0, wrong, "and no value is another's");
	tap_ok(there > 0, "%d are there", there);
	e->close(s);
}

static void
test_claims(void)
{
	struct store *a = must_open(), *b = must_open();
	const uint8_t mail[STORE_HASH] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff };
	uint8_t other[STORE_HASH] = { 1 };
	pid_t pid;
	int status;

	tap_ok(e->claim(a, mail), "a mail is claimed");
	tap_ok(!e->claim(b, mail), "by one only");
	tap_ok(e->claim(b, other), "another mail by another");
	e->release(a, mail);
	tap_ok(e->claim(b, mail), "then by the next");
	e->close(b);
	tap_ok(e->claim(a, mail), "who ends lets go");
	e->release(a, mail);
	if ((pid = fork()) == 0) {
		b = e->open(path, ROOM, &why);
		if (b == NULL || !e->claim(b, mail))
			_exit(1);
		raise(SIGKILL);
	}
	waitpid(pid, &status, 0);
	tap_ok(WIFSIGNALED(status) && e->claim(a, mail),
	    "who is killed lets go");
	e->close(a);
}

/* Somebody has the lock, and sleeps. */
static void
test_held(void)
{
	struct store *s = must_open();
	struct flock l = { .l_type = F_WRLCK, .l_start = 1, .l_len = 1 };
	struct store_key k = key_of(1, 7);
	char name[80], out[STORE_VALUE_MAX];
	int64_t begin, time;
	int fd;

	snprintf(name, sizeof name, "%s" STORE_LOCK_SUFFIX, path);
	fd = open(name, O_RDWR | O_CLOEXEC);
	tap_int(0, fcntl(fd, F_OFD_SETLK, &l), "another keeps it locked");
	begin = clock_ms();
	tap_int(ERR_LIMIT, e->get(s, &k, out, &time, &why),
	    "it cannot be read");
	tap_int(ERR_LIMIT, put(s, 1, 7, NOW, "x"), "nor written");
	tap_ok(clock_ms() - begin < 10 * STORE_WRITE_MS,
	    "and that is said soon");
	tap_cstr("it is busy", why, "with the reason");
	fd_close(&fd);
	tap_int(0, put(s, 1, 7, NOW, "x"), "then it goes on");
	e->close(s);
}

static void
test_disk_full(void)
{
	struct store *s;
	struct rlimit all, little;
	int rc = 0;
	unsigned n;

	unlink(path);
	s = must_open();
	put(s, 1, 7, NOW, "before");
	getrlimit(RLIMIT_FSIZE, &all);
	little = all;
	little.rlim_cur = (rlim_t)size_of(path);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &little);
	for (n = 10; n < 2000 && rc == 0; n++)
		rc = put(s, n, 7, NOW, "a value that takes some room");
	tap_int(ERR_IO, rc, "a full disk is an error");
	tap_cstr("the disk is full", why, "that has a reason");
	tap_ok(has(s, 1, 7, "before"), "what was there is there");
	setrlimit(RLIMIT_FSIZE, &all);
	tap_int(0, put(s, n, 7, NOW, "x"), "with room it goes on");
	e->close(s);
}

static void
overwrite(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);

	for (int i = 0; i < 200; i++)
		tap_ok(i > 0 || fd_write_all(fd, str_c(text)) == 0,
		    "%s is overwritten", strrchr(name, '/') + 1);
	fd_close(&fd);
}

/* Clear the pages of the file that have a text. */
static int
clear_pages(const char *text)
{
	char page[4096];
	int cleared = 0, fd = open(path, O_RDWR | O_CLOEXEC);

	for (off_t at = 0; pread(fd, page, sizeof page, at) ==
	    sizeof page; at += (off_t)sizeof page) {
		if (memmem(page, sizeof page, text, strlen(text)) == NULL)
			continue;
		memset(page, 0, sizeof page);
		cleared += pwrite(fd, page, sizeof page, at) == sizeof page;
	}
	fd_close(&fd);
	return cleared;
}

/* The damage is none that shows when it is opened. */
static void
test_damaged_inside(void)
{
	struct store *s = must_open();
	struct store_key k = key_of(1, 7);
	char out[STORE_VALUE_MAX];
	int64_t time;

	put(s, 1, 7, NOW, "some value");
	tap_ok(clear_pages("some value") > 0, "its values are cleared");
	tap_int(ERR_SYNTAX, e->get(s, &k, out, &time, &why),
	    "it is damaged inside");
	e->close(s);
	s = must_open();
	tap_ok(has(s, 1, 7, NULL) && put(s, 1, 7, NOW, "x") == 0,
	    "who opens it next begins anew");
	e->close(s);
	s = must_open();
	tap_ok(has(s, 1, 7, "x"), "and the next goes on with that");
	e->close(s);
}

static void
test_anew(void)
{
	struct store *s = must_open();
	char name[80];
	struct stat st;

	put(s, 1, 7, NOW, "x");
	e->close(s);
	stat(path, &st);
	tap_int(0600, st.st_mode & 0777, "nobody else may read it");
	overwrite(path, "no store at all, of no use to anybody, however long "
	    "it is and whatever it says of itself");
	s = must_open();
	tap_ok(has(s, 1, 7, NULL), "damaged, it begins anew");
	put(s, 1, 7, NOW, "x");
	e->close(s);
	snprintf(name, sizeof name, "%s" STORE_LOCK_SUFFIX, path);
	overwrite(name, "1700000000");
	s = must_open();
	tap_ok(has(s, 1, 7, NULL), "another boot's, it begins anew");
	tap_int(0, put(s, 1, 7, NOW, "x"), "and works");
	e->close(s);
	s = must_open();
	tap_ok(has(s, 1, 7, "x"), "and stays");
	tap_int(0, e->condemn(path, &why), "one that is condemned");
	tap_ok(has(s, 1, 7, "x"), "stays for who has it");
	e->close(s);
	s = must_open();
	tap_ok(has(s, 1, 7, NULL), "and begins anew for the next");
	put(s, 1, 7, NOW, "x");
	e->close(s);
	s = must_open();
	tap_ok(has(s, 1, 7, "x"), "but once");
	e->close(s);
	tap_ok(e->condemn("/nonexistent/store", &why) < 0, "without its folder "
	    "there is nothing to condemn: %s", why);
	tap_ok(e->open("/nonexistent/store", ROOM, &why) == NULL &&
	    why != NULL, "without its folder there is none: %s", why);
}

/* A file that may end before its last page, which nobody wrote. */
static bool
survives(int values)
{
	struct store_key k = { .engine = 1 };
	struct store *s, *other;
	bool kept;

	e->condemn(path, &why);
	s = must_open();
	other = must_open();
	put(other, 1000, 7, NOW + 1, "stays");
	for (int i = 0; i < values; i++) {
		memcpy(k.mail, &i, sizeof i);
		e->put(other, &k, NOW, STR("xx"), &why);
	}
	e->close(other);
	while (e->expire(s, NOW + 1, &why) > 0)
		;
	e->close(s);
	s = must_open();
	kept = has(s, 1000, 7, "stays");
	e->close(s);
	return kept;
}

static void
test_short(void)
{
	unsigned lost = 0;

	for (int n = 280; n < 320; n++)
		lost += !survives(n);
	tap_int(0, lost, "pages that were given back unwritten are no damage");
}

static void
test_digest(void)
{
	/* FIPS 180-2, appendix B.1 */
	static const uint8_t abc[STORE_HASH] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41,
		0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3,
		0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
		0x15, 0xad };
	struct store *s = must_open();
	struct digest *d = e->digest_begin();
	uint8_t out[STORE_HASH];

	e->digest_add(d, STR("a"));
	e->digest_add(d, STR_NULL);
	e->digest_add(d, STR("bc"));
	e->digest_end(d, out);
	tap_ok(memcmp(out, abc, sizeof abc) == 0, "SHA-256 is SHA-256");
	e->digest_end(e->digest_begin(), NULL);
	e->close(s);
}

int
main(void)
{
	char command[80];

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof path, "%s/verdicts", dir);
	test_values();
	test_room();
	test_kills();
	test_claims();
	test_held();
	test_disk_full();
	test_anew();
	test_short();
	test_damaged_inside();
	test_digest();
	snprintf(command, sizeof command, "rm -r %s", dir);
	if (system(command) != 0)
		return 1;
	return tap_done();
}
