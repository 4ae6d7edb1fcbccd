#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "err.h"
#include "fd.h"
#include "tap.h"

/* A hand-made cache: the reader is tested without the writer. */
struct image {
	struct conf_head head;
	struct conf_main main;
	struct conf_listener listeners[2];
	struct conf_source source;
	struct conf_variable variable;
	struct conf_line line;
	char text[512];
};

static struct image im;
static char dir[] = "/tmp/t-conf-XXXXXX";
static char src_path[PATH_MAX], cache_path[PATH_MAX];

#define OFF(member) (uint32_t)offsetof(struct image, member)

static struct conf_ref
put_text(size_t at, const char *s)
{
	size_t n = strlen(s);

	memcpy(im.text + at, s, n + 1);
	return (struct conf_ref){ OFF(text) + (uint32_t)at, (uint32_t)n };
}

static void
seal(void)
{
	im.head.size = sizeof im;
	im.head.head_sum = im.head.whole_sum = 0;
	im.head.head_sum = conf_sum(&im.head, sizeof im.head);
	im.head.whole_sum = conf_sum((char *)&im + sizeof im.head,
	    sizeof im - sizeof im.head);
}

static void
source_identity(void)
{
	struct stat st;

	if (stat(src_path, &st) < 0)
		abort();
	im.source.dev = st.st_dev;
	im.source.ino = st.st_ino;
	im.source.size = (uint64_t)st.st_size;
	im.source.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 +
	    st.st_mtim.tv_nsec;
}

static void
build(void)
{
	memset(&im, 0, sizeof im);
	memcpy(im.head.magic, CONF_MAGIC, 8);
	im.head.format = CONF_FORMAT;
	memcpy(im.head.build, BUILD_ID, BUILD_ID_SIZE);
	im.head.main = (struct conf_ref){ OFF(main), 1 };
	im.head.sources = (struct conf_ref){ OFF(source), 1 };
	im.head.variables = (struct conf_ref){ OFF(variable), 1 };
	im.head.lines = (struct conf_ref){ OFF(line), 1 };
	im.main.listeners = (struct conf_ref){ OFF(listeners), 2 };
	im.main.name = put_text(0, "imap4");
	im.listeners[1].port = 993;
	im.source.path = put_text(100, src_path);
	im.variable.name = put_text(400, "T_CONF_VAR");
	im.variable.value = put_text(420, "one");
	im.line = (struct conf_line){ 0, 7 };
	source_identity();
	seal();
}

static void
write_file(const char *path, const void *p, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || fd_write_all(fd, (struct str){ p, n }) < 0 ||
	    fchmod(fd, mode) < 0)
		abort();
	close(fd);
}

static void
wanted(const char *why, size_t n, mode_t mode, enum conf_check how)
{
	struct conf c;
	int fd, r;

	write_file(cache_path, &im, n, mode);
	fd = open(cache_path, O_RDONLY);
	r = conf_open(&c, fd, how);
	close(fd);
	tap_int(ERR_CONFIG, r, "a cache that is '%s' is refused", why);
	tap_cstr(why, c.why, "and named so");
	conf_close(&c);
}

static void
test_file(void)
{
	struct conf c;
	int fd;

	build();
	write_file(cache_path, &im, sizeof im, 0644);
	fd = open(cache_path, O_RDONLY);
	tap_int(0, conf_open(&c, fd, CONF_CHECK_WHOLE), "a good cache opens");
	close(fd);
	tap_cstr("imap4", conf_cstr(&c, c.main->name), "a string is read");
	conf_close(&c);

	wanted("may be written by others", sizeof im, 0664,
	    CONF_CHECK_HEAD);
	wanted("may be written by others", sizeof im, 0646,
	    CONF_CHECK_HEAD);
	wanted("too short", sizeof im.head - 1, 0644, CONF_CHECK_HEAD);
	wanted("not of the size it was written with", sizeof im - 1, 0644,
	    CONF_CHECK_HEAD);
	im.head.magic[0] ^= 1;
	wanted("not a compiled configuration", sizeof im, 0644,
	    CONF_CHECK_HEAD);
	build();
	im.head.format++;
	wanted("compiled in another format", sizeof im, 0644,
	    CONF_CHECK_HEAD);
	build();
	im.head.build[0] ^= 1;
	wanted("compiled by another build", sizeof im, 0644,
	    CONF_CHECK_HEAD);
	build();
	im.main.uid = 1;
	wanted("tables are damaged", sizeof im, 0644, CONF_CHECK_WHOLE);
	build();
	im.head.main.n = 0;
	seal();
	wanted("has no main table", sizeof im, 0644, CONF_CHECK_HEAD);
}

static void
test_owner(void)
{
	struct conf c;
	int fd, r;

	if (geteuid() != 0) {
		tap_skip("needs root to give a file away", "owner");
		return;
	}
	build();
	write_file(cache_path, &im, sizeof im, 0644);
	if (chown(cache_path, 65534, 65534) < 0)
		abort();
	fd = open(cache_path, O_RDONLY);
	r = conf_open(&c, fd, CONF_CHECK_HEAD);
	tap_int(ERR_CONFIG, r, "a cache of another user is refused");
	tap_cstr("owned by another user", c.why, "and named so");
	close(fd);
	unlink(cache_path);
	fd = open(dir, O_RDONLY);
	conf_open(&c, fd, CONF_CHECK_HEAD);
	tap_cstr("not a regular file", c.why, "a folder is no cache");
	close(fd);
}

/* Every single flipped bit of the header is found without the whole sum. */
static void
test_flips(void)
{
	uint8_t *p = (uint8_t *)&im;
	struct conf c;
	size_t missed = 0, missed_whole = 0;
	/* the whole sum is no part of what the header sum covers */
	size_t skip = offsetof(struct conf_head, whole_sum);

	build();
	for (size_t bit = 0; bit < sizeof im * 8; bit++) {
		bool head = bit / 8 < sizeof im.head &&
		    (bit / 8 < skip || bit / 8 >= skip + 8);

		p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (head)
			missed += conf_open_mem(&c, p, sizeof im,
			    CONF_CHECK_HEAD) == 0;
		missed_whole += conf_open_mem(&c, p, sizeof im,
		    CONF_CHECK_WHOLE) == 0;
		p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	tap_int(0, (int64_t)missed, "every flipped header bit is noticed");
	tap_int(0, (int64_t)missed_whole, "every flipped bit is noticed");
}

static void
test_accessors(void)
{
	static const struct {
		const char *name;
		struct conf_ref ref;
		uint32_t row;
		bool ok;
	} t[] = {
		{ "the first row", { OFF(listeners), 2 }, 0, true },
		{ "the last row", { OFF(listeners), 2 }, 1, true },
		{ "a row behind the table", { OFF(listeners), 2 }, 2, false },
		{ "an empty table", { 0, 0 }, 0, false },
		{ "a table in the header", { 8, 1 }, 0, false },
		{ "a misaligned table", { OFF(listeners) + 2, 1 }, 0, false },
		{ "a table past the end", { OFF(text) + 496, 1 }, 0, false },
		{ "a size that wraps", { OFF(main), UINT32_MAX }, 0, false },
		{ "an offset that wraps", { UINT32_MAX - 3, 9 }, 0, false },
	};
	struct conf c;
	struct str file;
	uint32_t line;

	build();
	if (conf_open_mem(&c, &im, sizeof im, CONF_CHECK_WHOLE) < 0)
		abort();
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		tap_int(t[i].ok, CONF_AT(&c, struct conf_listener, t[i].ref,
		    t[i].row) != NULL, "%s is%s read", t[i].name,
		    t[i].ok ? "" : " not");
	tap_str(STR("imap4"), conf_str(&c, im.main.name), "a string");
	tap_str(STR_NULL, conf_str(&c, (struct conf_ref){ 0, 0 }),
	    "a string not set");
	tap_str(STR_NULL, conf_str(&c, (struct conf_ref){ OFF(text), 3 }),
	    "a string without its NUL is none");
	tap_str(STR_NULL, conf_str(&c, (struct conf_ref){ OFF(text),
	    UINT32_MAX }), "a string past the end is none");
	tap_cstr("", conf_cstr(&c, (struct conf_ref){ sizeof im, 0 }),
	    "an empty string at the end is none");
	tap_ok(conf_line_at(&c, 1, &file, &line) && line == 7,
	    "a line number leads to its file and line");
	tap_cstr(src_path, file.p, "which is the source's path");
	tap_ok(!conf_line_at(&c, 0, &file, &line) &&
	    !conf_line_at(&c, 2, &file, &line), "unknown lines are none");
	tap_int(ERR_CONFIG, conf_open_mem(&c, (char *)&im + 1,
	    sizeof im - 1, CONF_CHECK_HEAD), "misaligned memory is refused");
}

static bool
fresh(void)
{
	struct conf c;

	if (conf_open_mem(&c, &im, sizeof im, CONF_CHECK_WHOLE) < 0)
		abort();
	return conf_fresh(&c);
}

static void
test_fresh(void)
{
	struct timespec t[2] = { { 0, UTIME_OMIT }, { 1000, 1 } };
	char other[PATH_MAX + 8];

	setenv("T_CONF_VAR", "one", 1);
	build();
	tap_ok(fresh(), "nothing changed: fresh");
	setenv("T_CONF_VAR", "two", 1);
	tap_ok(!fresh(), "another variable: stale");
	unsetenv("T_CONF_VAR");
	tap_ok(!fresh(), "a variable gone: stale");
	setenv("T_CONF_VAR", "one", 1);

	utimensat(AT_FDCWD, src_path, t, 0);
	build();
	tap_ok(fresh(), "compiled again: fresh");
	t[1].tv_nsec = 2;
	utimensat(AT_FDCWD, src_path, t, 0);
	tap_ok(!fresh(), "a nanosecond later: stale");
	build();
	snprintf(other, sizeof other, "%s.new", src_path);
	write_file(other, "text", 4, 0644);
	utimensat(AT_FDCWD, other, t, 0);
	rename(other, src_path);
	tap_ok(!fresh(), "another file of the same time and size: stale");
	unlink(src_path);
	tap_ok(!fresh(), "no file: stale");
}

static void
test_cache_path(void)
{
	char a[PATH_MAX], b[PATH_MAX], link_path[PATH_MAX + 8];

	write_file(src_path, "text", 4, 0644);
	snprintf(link_path, sizeof link_path, "%s.link", src_path);
	if (symlink(src_path, link_path) < 0)
		abort();
	tap_int(0, conf_cache_path("/var/lib/x", src_path, a), "a path");
	tap_int(0, conf_cache_path("/var/lib/x", link_path, b), "by a link");
	tap_cstr(a, b, "is the same cache");
	tap_ok(strncmp(a, "/var/lib/x/src.cfg.", 19) == 0, "named %s", a);
	unlink(link_path);
	unlink(src_path);
	tap_int(-1, conf_cache_path("/var/lib/x", src_path, a),
	    "no file, no cache");
}

/* Opening is on every session's start. */
static void
test_cheap(void)
{
	enum { TURNS = 2000 };
	struct timespec a, b;
	struct conf c;
	int64_t ns;
	int fd;

	build();
	write_file(cache_path, &im, sizeof im, 0644);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (int i = 0; i < TURNS; i++) {
		fd = open(cache_path, O_RDONLY | O_CLOEXEC);
		if (conf_open(&c, fd, CONF_CHECK_HEAD) < 0)
			abort();
		close(fd);
		conf_fresh(&c);
		conf_close(&c);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	ns = ((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec) /
	    TURNS;
	tap_diag("opening and checking takes %lld ns", (long long)ns);
	tap_ok(ns < 200000, "opening costs less than 200 microseconds");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(src_path, sizeof src_path, "%s/src.cfg", dir);
	snprintf(cache_path, sizeof cache_path, "%s/cache", dir);
	write_file(src_path, "text", 4, 0644);
	test_file();
	test_owner();
	test_flips();
	test_accessors();
	test_fresh();
	write_file(src_path, "text", 4, 0644);
	test_cheap();
	test_cache_path();
	unlink(cache_path);
	unlink(src_path);
	rmdir(dir);
	return tap_done();
}
