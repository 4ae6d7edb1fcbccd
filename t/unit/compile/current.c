/*
 * The cache in force: recompiled by one, refused once, never worse than the
 * last good one.  The compiler is this program again; MODE says how it does.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "current.h"
#include "fd.h"

static char dir[] = "/tmp/t-current-XXXXXX";
static char cfg[64], inc[64], cache[64], bad[64], lock[64], calls[64];

#define GOOD VERSION ACLS

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || fd_write_all(fd, str_c(text)) < 0)
		abort();
	close(fd);
}

/* As "test-imap4 -f CFG -c OUT"; a line in calls for each call. */
static int
compiler(const char *from, const char *out)
{
	const char *mode = getenv("MODE");
	struct compile_result r;
	int fd = open(getenv("CALLS"), O_WRONLY | O_APPEND);
	int status = EX_CONFIG;

	if (fd < 0 || fd_write_all(fd, STR("x")) < 0)
		return 99;
	if (strcmp(mode, "slow") == 0)
		sleep(5);
	if (strcmp(mode, "fails") == 0) {
		puts("no room");
		return 1;
	}
	if (compile_file(from, &r) < 0)
		fputs(r.report, stdout);
	else
		status = compile_save(&r, out) < 0;
	compile_free(&r);
	return status;
}

static int64_t
count(void)
{
	struct stat st;

	return stat(calls, &st) == 0 ? st.st_size : -1;
}

/* One session's look; what it sees. */
static void
look(const char *mode, enum current_state state, bool compiled, bool refused,
    int64_t ncalls, const char *what)
{
	struct current u = { .cfg = cfg, .cache = cache,
	    .compiler = "/proc/self/exe" };
	struct conf c;
	int64_t before = count();

	setenv("MODE", mode, 1);
	if (!tap_int(0, current_open(&u, &c), "%s: a cache is there", what))
		return;
	tap_ok(u.state == state && u.compiled == compiled &&
	    u.refused == refused, "%s: %s%s%s", what,
	    u.state == CURRENT_STALE ? "stale" : "fresh",
	    u.compiled ? ", compiled" : "", u.refused ? ", refused" : "");
	tap_int(ncalls, count() - before, "%s: calls of the compiler", what);
	tap_int(1, c.main->session_acls.n, "%s: the policy is whole", what);
	conf_close(&c);
}

/* As if the note had been written a while ago. */
static void
age_note(void)
{
	struct timespec t[2] = { { time(NULL) - 100, 0 },
	    { time(NULL) - 100, 0 } };

	tap_int(0, utimensat(AT_FDCWD, bad, t, 0), "there is a note");
}

static void
test_edits(void)
{
	put(cfg, GOOD);
	look("", CURRENT_FRESH, true, false, 1, "no cache");
	tap_int(-1, access(cache, F_OK), "for one process alone");

	struct compile_result r;

	tap_int(0, compile_file(cfg, &r), "a good text");
	tap_int(0, compile_save(&r, cache), "is saved");
	compile_free(&r);
	look("", CURRENT_FRESH, false, false, 0, "unchanged");
	put(cfg, GOOD "# more\n");
	look("", CURRENT_FRESH, true, false, 1, "a good edit");
	look("", CURRENT_FRESH, false, false, 0, "the next one");
	put(cfg, GOOD "bad = 1\n");
	look("", CURRENT_STALE, false, true, 1, "a bad edit");
	look("", CURRENT_STALE, false, false, 0, "the next one");
	age_note();
	look("", CURRENT_STALE, false, false, 1, "the same a minute later");
	put(cfg, GOOD "still = 2\n");
	look("", CURRENT_STALE, false, true, 1, "another bad edit");
	unlink(cfg);
	look("", CURRENT_STALE, false, true, 1, "no text at all");
	look("", CURRENT_STALE, false, false, 0, "the next one");
	put(cfg, GOOD "# mended\n");
	look("", CURRENT_FRESH, true, false, 1, "a good edit then");
	tap_int(-1, access(bad, F_OK), "the note is gone");
}

/* What is wrong stands in a file that the good cache does not know. */
static void
test_include(void)
{
	put(inc, "bad = 1\n");
	put(cfg, GOOD "include(\"in.cfg\")\n");
	look("", CURRENT_STALE, false, true, 1, "a bad include");
	put(inc, "# mended\n");
	age_note();
	look("", CURRENT_FRESH, true, false, 1, "the include mended");
}

static void
test_trouble(void)
{
	int fd;

	put(cfg, GOOD "# again\n");
	look("fails", CURRENT_STALE, false, true, 1, "it cannot be saved");
	tap_int(-1, access(bad, F_OK), "the text is not to blame");
	fd = open(lock, O_RDWR);
	tap_int(0, flock(fd, LOCK_EX | LOCK_NB), "somebody compiles");
	look("", CURRENT_STALE, false, false, 0, "meanwhile");
	close(fd);
	look("slow", CURRENT_STALE, false, true, 1, "it takes too long");
	look("slow", CURRENT_STALE, false, false, 0, "nobody waits again");
	unlink(bad);
	look("", CURRENT_FRESH, true, false, 1, "all is well");
	put(cfg, "bad = 1\n");
	unlink(cache);

	struct current u = { .cfg = cfg, .cache = cache,
	    .compiler = "/proc/self/exe" };
	struct conf c;

	tap_ok(current_open(&u, &c) < 0 && strstr(u.report, "bad") != NULL,
	    "no cache and a bad text: the report says why");
	u.compiler = "/nonexistent";
	tap_ok(current_open(&u, &c) < 0 &&
	    strstr(u.report, "/nonexistent: ") != NULL,
	    "no cache and no compiler: named");
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[0], "test-imap4") == 0)
		return compiler(argv[2], argv[4]);
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(cfg, sizeof cfg, "%s/t.cfg", dir);
	snprintf(inc, sizeof inc, "%s/in.cfg", dir);
	snprintf(cache, sizeof cache, "%s/c", dir);
	snprintf(bad, sizeof bad, "%s/c.bad", dir);
	snprintf(lock, sizeof lock, "%s/c.lock", dir);
	snprintf(calls, sizeof calls, "%s/calls", dir);
	put(calls, "");
	setenv("CALLS", calls, 1);
	test_edits();
	test_include();
	test_trouble();
	for (size_t i = 0; i < 6; i++)
		unlink((const char *[]){ cfg, inc, cache, bad, lock,
		    calls }[i]);
	rmdir(dir);
	return tap_done();
}
