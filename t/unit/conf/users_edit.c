/* Changing a users file: what stays, what goes, and who may. */

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "tap.h"
#include "users_edit.h"
#include "users_talk.h"

#define NOW 1800000000

static char dir[] = "/tmp/t-edit-XXXXXX";
static char path[64];
static struct users_edit edit = { path, { 5, UINT32_MAX }, (gid_t)-1, NOW };
static char why[USERS_WHY];

static void
put(const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || fd_write_all(fd, str_c(text)) < 0 ||
	    fchmod(fd, mode) < 0)
		abort();
	close(fd);
}

static void
file_is(const char *want, const char *name)
{
	char *seen = NULL;
	size_t n;

	if (fd_read_file(path, 1 << 20, &seen, &n) < 0)
		tap_ok(false, "%s: there is a file", name);
	else
		tap_cstr(want, seen, "%s", name);
	free(seen);
}

static struct users_entry
entry(const char *line)
{
	struct users_entry e;
	const char *no;

	if (users_line(str_c(line), &e, &no) <= 0)
		abort();
	return e;
}

static int
add(const char *line)
{
	struct users_entry e = entry(line);

	why[0] = '\0';
	return users_put(&edit, &e, why);
}

static int
drop(const char *net)
{
	struct users_entry e;

	why[0] = '\0';
	if (!users_net(str_c(net), &e))
		abort();
	return users_drop(&edit, &e, why);
}

static void
test_texts(void)
{
	static const char *const lines[][2] = {
		{ "10.0.0.1 joe staff,vpn -", "10.0.0.1 joe staff,vpn -" },
		{ "10.0.0.0/8 joe - 0", "10.0.0.0/8 joe - "
		    "1970-01-01T00:00:00Z" },
		{ "::ffff:10.0.0.1\tjoe\ta\t1795264496 # x",
		    "10.0.0.1 joe a 2026-11-21T12:34:56Z" },
		{ "2001:DB8:0::/32 joe a 2026-11-21T13:34:56.5+01:00",
		    "2001:db8::/32 joe a 2026-11-21T12:34:56Z" },
		{ "10.0.0.1 joe - 0870-11-21T18:00:00Z",
		    "10.0.0.1 joe - 1970-01-01T00:00:00Z" },
		{ "0.0.0.0/0 joe - -", "0.0.0.0/0 joe - -" },
		{ "::/0 joe - -", "::/0 joe - -" },
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct users_entry e = entry(lines[i][0]);
		char *text = users_text(&e);

		tap_cstr(lines[i][1], text, "as text: %s", lines[i][0]);
		free(text);
	}
}

static void
test_changes(void)
{
	tap_int(0, add("10.0.0.1 joe staff -"), "the first entry");
	file_is("10.0.0.1 joe staff -\n", "makes the file");
	put("# staff\n10.0.0.1   joe  a  -  # since monday\n\n"
	    "10.0.0.0/8 all - -\nlocalhost nobody\n10.0.0.9 old - 5\n", 0640);
	tap_int(0, add("10.0.0.2 jane b 1900000000"), "another entry");
	file_is("# staff\n10.0.0.1   joe  a  -  # since monday\n\n"
	    "10.0.0.0/8 all - -\nlocalhost nobody\n"
	    "10.0.0.2 jane b 2030-03-17T17:46:40Z\n",
	    "goes behind the others, and what has expired goes");
	tap_int(0, add("10.0.0.1 jim - -"), "an entry that is there");
	file_is("# staff\n10.0.0.1 jim - -\n\n"
	    "10.0.0.0/8 all - -\nlocalhost nobody\n"
	    "10.0.0.2 jane b 2030-03-17T17:46:40Z\n", "takes its place");
	tap_int(1, drop("10.0.0.0/8"), "a prefix goes");
	tap_int(0, drop("10.0.0.0/8"), "but once");
	tap_int(0, drop("10.0.0.0/31"), "and nothing but itself");
	file_is("# staff\n10.0.0.1 jim - -\n\nlocalhost nobody\n"
	    "10.0.0.2 jane b 2030-03-17T17:46:40Z\n", "the rest stays");
	put("10.0.0.1 joe a -\n10.0.0.1/32 jane b -\n10.0.0.1 bad\n", 0644);
	tap_int(0, add("::ffff:10.0.0.1 jim c -"), "what contradicts itself");
	file_is("10.0.0.1 jim c -\n", "is put right");
}

static void
test_refused(void)
{
	static const char half[] = "10.0.0.1 joe a -\n10.0.0.2 ja";
	static const char five[] = "10.0.0.1 a - -\n10.0.0.2 a - -\n"
	    "10.0.0.3 a - -\n10.0.0.4 a - -\n10.0.0.5 a - -\n";

	put(half, 0644);
	tap_int(ERR_CONFIG, add("10.0.0.3 x - -"), "half a file");
	tap_cstr("its last line has no end: whoever wrote it is not done, or "
	    "was stopped", why, "is named");
	file_is(half, "and left alone");
	put(five, 0644);
	tap_int(ERR_LIMIT, add("10.0.0.6 x - -"), "one entry too many");
	tap_cstr("it would have more than 5 entries (max-sessions)", why,
	    "is named");
	file_is(five, "and nothing changes");
	tap_int(0, add("10.0.0.5 b - -"), "a change fits");
	put("10.0.0.1 a - 7\n10.0.0.2 a - 7\n10.0.0.3 a - 7\n"
	    "10.0.0.4 a - 7\n10.0.0.5 a - 7\n", 0644);
	tap_int(0, add("10.0.0.6 x - -"), "what has expired makes room");
	put("10.0.0.1 a - -\n", 0666);
	tap_int(ERR_CONFIG, add("10.0.0.6 x - -"), "a file others may write");
	tap_cstr("may be written by others", why, "is named");
	unlink(path);
	edit.path = "/nonexistent/users";
	tap_int(ERR_CONFIG, add("10.0.0.6 x - -"), "no folder");
	tap_cstr("/nonexistent/: No such file or directory", why, "is named");
	edit.path = path;
}

static void
mode_is(mode_t want, const char *name)
{
	struct stat st = { 0 };

	stat(path, &st);
	tap_int(want, st.st_mode & 07777, "%s", name);
}

static void
test_modes(void)
{
	struct stat st;
	char real[80];

	unlink(path);
	add("10.0.0.1 a - -");
	mode_is(0644, "a new file can be read");
	put("10.0.0.1 a - -\n", 0640);
	add("10.0.0.2 b - -");
	mode_is(0640, "a file keeps its mode");
	snprintf(real, sizeof real, "%s/real", dir);
	rename(path, real);
	if (symlink("real", path) < 0)
		abort();
	add("10.0.0.3 c - -");
	tap_ok(lstat(path, &st) == 0 && S_ISLNK(st.st_mode),
	    "a link stays a link");
	file_is("10.0.0.1 a - -\n10.0.0.2 b - -\n10.0.0.3 c - -\n",
	    "to what has changed");
	unlink(path);
	unlink(real);
	if (geteuid() != 0)
		return;
	edit.gid = 65534;
	add("10.0.0.1 a - -");
	mode_is(0640, "root's is for the service's group");
	tap_ok(stat(path, &st) == 0 && st.st_gid == 65534, "which it has");
	edit.gid = (gid_t)-1;
	edit.rules.uid = 65534;
	if (chown(path, 65534, 65534) < 0)
		abort();
	add("10.0.0.2 b - -");
	tap_ok(stat(path, &st) == 0 && st.st_uid == 65534,
	    "and the service's stays the service's");
	edit.rules.uid = UINT32_MAX;
	unlink(path);
}

static void
said(const char *want, const char *line)
{
	char *seen = NULL;
	size_t n;
	FILE *f = open_memstream(&seen, &n);

	if (f == NULL)
		abort();
	users_talk(&edit, str_c(line), f);
	fclose(f);
	tap_cstr(want, seen, "'%s'", line);
	free(seen);
}

static void
test_talk(void)
{
	unlink(path);
	said("ok\n", "list");
	said("ok\n", "add 10.0.0.1 joe staff,vpn +1h");
	said("ok\n", " add\t10.0.0.0/8 all - -");
	said("10.0.0.1 joe staff,vpn 2027-01-15T09:00:00Z\n"
	    "10.0.0.0/8 all - -\nok\n", "list");
	said("error: it has no entry\n", "del 10.0.0.2");
	said("ok\n", "del 10.0.0.1");
	said("10.0.0.0/8 all - -\nok\n", "list");
	said("error: no such command: add, del, list or help\n", "");
	said("error: no such command: add, del, list or help\n", "quit");
	said("error: no address, or a prefix with bits behind it\n", "add");
	said("error: no address, or a prefix with bits behind it\n",
	    "del 10.0.0.1/8");
	said("error: no user's name\n", "add 10.0.0.1");
	said("error: no list of groups, nor '-'\n", "add 10.0.0.1 joe");
	said("error: no time, nor '-'\n", "add 10.0.0.1 joe -");
	said("error: this time is over\n", "add 10.0.0.1 joe - 7");
	said("error: too many words\n", "add 10.0.0.1 joe - - x");
	said("error: too many words\n", "list all");
	said("add ADDRESS USER GROUP,...|- UNTIL|+8h|-\ndel ADDRESS\nlist\n"
	    "help\nok\n", "help");
	for (int i = 1; i < 5; i++) {
		char line[40];

		snprintf(line, sizeof line, "add 10.0.0.%d u - -", i);
		said("ok\n", line);
	}
	said("error: it would have more than 5 entries (max-sessions)\n",
	    "add 10.0.0.9 u - -");
	unlink(path);
}

/* Twenty at once, each adds one; all the time somebody reads. */
static void
test_parallel(void)
{
	struct users_rules many = { 100, UINT32_MAX };
	unsigned bad = 0, entries = 0;
	struct users_who who;
	struct addr a;
	char *text;
	size_t n;

	edit.rules.max = 100;
	put("10.1.0.1 joe staff -\n", 0644);
	for (int i = 0; i < 20; i++)
		if (fork() == 0) {
			char line[40];

			snprintf(line, sizeof line, "10.0.0.%d u%d - -", i, i);
			_exit(add(line) < 0);
		}
	addr_parse(STR("10.1.0.1"), &a);
	for (int left = 20, status; left > 0; ) {
		bad += users_find(path, &many, &a, NOW, &who) < 0 ||
		    !who.known;
		while (left > 0 && waitpid(-1, &status, WNOHANG) > 0) {
			left--;
			bad += status != 0;
		}
	}
	tap_int(0, bad, "twenty at once all succeed, and readers see a whole "
	    "file");
	if (fd_read_file(path, 1 << 20, &text, &n) < 0)
		abort();
	for (char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		entries++;
	tap_int(21, entries, "and none is lost");
	free(text);
	unlink(path);
}

static void
test_lock(void)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	int64_t began = clock_ms();

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		abort();
	tap_int(ERR_CONFIG, add("10.0.0.1 a - -"), "a lock that stays");
	tap_cstr("somebody else is changing it", why, "is named");
	tap_ok(clock_ms() - began >= USERS_LOCK_MS, "after a while");
	close(fd);
}

int
main(void)
{
	umask(022);
	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/users", dir);
	test_texts();
	test_changes();
	test_refused();
	test_modes();
	test_talk();
	test_parallel();
	test_lock();
	tap_ok(rmdir(dir) == 0, "nothing is left behind");
	return tap_done();
}
