/* The octets: the same for the same text, back from print, safe on disk. */

#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "err.h"
#include "fd.h"

static char dir[] = "/tmp/t-compile-XXXXXX";

static const char *
in_dir(const char *name)
{
	static char path[4][PATH_MAX];
	static int i;
	char *p = path[i++ % 4];

	snprintf(p, PATH_MAX, "%s/%s", dir, name);
	return p;
}

static void
put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || fd_write_all(fd, str_c(text)) < 0 ||
	    fchmod(fd, mode) < 0)
		abort();
	close(fd);
}

/* ---- there and back ----------------------------------------------------- */

static void
same_tables(const struct conf *a, const struct conf *b, const char *name)
{
	tap_ok(a->head->tables_end == b->head->tables_end &&
	    memcmp(a->map + sizeof *a->head, b->map + sizeof *b->head,
	    a->head->tables_end - sizeof *a->head) == 0,
	    "%s printed compiles to the same octets", name);
	tap_ok(memcmp(a->head->policy_hash, b->head->policy_hash, 32) == 0,
	    "%s has the same hash then", name);
}

static void
round_trip(const struct conf *c, const char *name, bool all)
{
	struct compile_result r;
	struct conf back;
	char *text = print(c, all);

	must(text, &r, &back);
	same_tables(c, &back, name);
	compile_free(&r);
	free(text);
}

static void
test_samples(void)
{
	struct compile_result r;
	struct conf c;
	glob_t g;

	glob("conf/*.cfg", 0, NULL, &g);
	glob("conf/samples/*.cfg", GLOB_APPEND, NULL, &g);
	tap_ok(g.gl_pathc >= 6, "there are samples");
	for (size_t i = 0; i < g.gl_pathc; i++) {
		if (!tap_int(0, compile_file(g.gl_pathv[i], &r),
		    "%s compiles as it stands", g.gl_pathv[i])) {
			tap_diag("%s", r.report);
			continue;
		}
		if (conf_open_mem(&c, r.cache, r.size, CONF_CHECK_WHOLE) < 0)
			abort();
		round_trip(&c, g.gl_pathv[i], false);
		round_trip(&c, g.gl_pathv[i], true);
		compile_free(&r);
	}
	globfree(&g);
}

/* A small generator: numbers from a seed choose what is written. */
static uint32_t seed;

static uint32_t
dice(uint32_t sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

static void
random_set(FILE *f, const char *key)
{
	if (dice(3) == 0)
		return;
	fprintf(f, "%s = {", key);
	for (uint32_t i = 0, n = 1 + dice(6); i < n; i++) {
		const char *not = dice(4) == 0 ? "!" : "";
		uint32_t a = dice(256), b = dice(256);

		fprintf(f, "%s\"%s", i ? ", " : "", not);
		switch (dice(5)) {
		case 0:
			fprintf(f, "10.%u.0.0/%u\"", a, 16 + dice(17));
			break;
		case 4:
			fprintf(f, "H%u.example.org\"", a);
			break;
		case 1:
			fprintf(f, "10.0.%u.0-10.0.%u.%u\"", a < b ? a : b,
			    a < b ? b : a, dice(256));
			break;
		case 2:
			fprintf(f, "2001:db8:%x::/%u\"", a, 48 + dice(80));
			break;
		default:
			fprintf(f, "192.0.2.%u\"", a);
		}
	}
	fprintf(f, "}\n");
}

static void
random_names(FILE *f, const char *key, const char *const *names, uint32_t n)
{
	if (dice(2) == 0)
		return;
	fprintf(f, "%s = {", key);
	for (uint32_t i = 0, m = 1 + dice(3); i < m; i++)
		fprintf(f, "%s\"%s%s\"", i ? ", " : "", dice(3) == 0 ? "!" :
		    "", names[dice(n)]);
	fprintf(f, "}\n");
}

static void
random_numbers(FILE *f, const char *key)
{
	static const char forms[6][4] = { "", ">= ", "!<", "gt ", "!", "le " };

	if (dice(2) == 0)
		return;
	fprintf(f, "%s = {", key);
	for (uint32_t i = 0, m = 1 + dice(4); i < m; i++)
		fprintf(f, "%s\"%s%u\"", i ? ", " : "", forms[dice(6)],
		    4 + 4 * dice(62));
	fprintf(f, "}\n");
}

static void
random_acl(FILE *f, uint32_t i, bool session)
{
	static const char *const listeners[] = { "a", "b" };
	static const char *const users[] = { "none", "joe", "E\\\\x" };
	static const char *const commands[] = { "*", "NOOP", "FETCH",
		"UNKNOWN", "SETACL", "EXPUNGE", "STORE" };
	static const char *const mechanisms[] = { "*", "PLAIN", "LOGIN",
		"SCRAM-SHA-1", "EXTERNAL" };
	static const char *const items[] = { "*", "FLAGS", "UID", "FAST",
		"RFC822.TEXT", "BODY[]", "BODY[HEADER]", "UNKNOWN" };
	static const char *const extensions[] = { "*", "UTF8", "REPLACE",
		"MULTIAPPEND" };
	static const char *const access[] = { "full", "read-only",
		"organise", "no-export" };
	static const char *const languages[] = { "EN", "CZ", "CZ-ASCII" };

	fprintf(f, "%s-acl \"%u %c\" {\n", session ? "session" : "command",
	    i, dice(2) ? '\'' : '$');
	random_set(f, "from");
	random_set(f, "to");
	random_names(f, "listener", listeners, 2);
	random_names(f, "user", users, 3);
	random_names(f, "group", users, 3);
	random_numbers(f, "ip-tos-from");
	if (dice(4) == 0)
		fprintf(f, "transparent = %s\n", dice(2) ? "yes" : "no");
	if (session && dice(3) == 0)
		fprintf(f, "auth = \"%s\"\n", dice(2) ? "none" : "p");
	if (dice(2))
		fprintf(f, "idle-timeout = %u\n", 1800 + dice(100000));
	if (dice(2))
		fprintf(f, "language = %s\n", languages[dice(3)]);
	if (dice(2))
		fprintf(f, "time \"t\" { day = {%u, %u} hours = "
		    "{\"%02u00-%02u30\"} }\n", 1 + dice(31), 1 + dice(31),
		    dice(24), dice(24));
	fprintf(f, "plug-to = {\"192.0.2.%u:%u\"%s}\n", 1 + dice(250),
	    1 + dice(60000), dice(2) ? ", \"mail.example.org:143\"" : "");
	if (!session) {
		fprintf(f, "no-mail-scanning = yes\n");
		random_names(f, "commands", commands, 7);
		random_names(f, "auth-mechanisms", mechanisms, 5);
		random_names(f, "fetch-items", items, 8);
		random_names(f, "append-extensions", extensions, 4);
		fprintf(f, "access = %s dry-run = %s\n", access[dice(4)],
		    dice(3) ? "no" : "yes");
		if (dice(2))
			fprintf(f, "max-bytes-in = %u\n", dice(1u << 24));
	}
	fprintf(f, "}\n");
}

static char *
random_text(uint32_t acls)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	fprintf(f, VERSION "auth = \"o\" oob-auth \"o\" { path = \"x\" }\n"
	    "oob-auth \"p\" { path = \"y\" max-sessions = %u }\n"
	    "listen-on { non-transparent \"a\" { port = 143 }\n"
	    "non-transparent \"b\" { port = 993 }\n", 1 + dice(9));
	for (uint32_t i = 0, m = dice(3); i < m; i++) {
		fprintf(f, "transparent \"t%u\" { port = \"1143-%u\" "
		    "listen-port = %u mode = %s\n", i, 1143 + dice(99),
		    2000 + i, dice(2) ? "tproxy" : "redirect");
		random_set(f, "address");
		fprintf(f, "%s }\n", dice(2) ? "iface = \"eth1\"" : "");
	}
	fprintf(f, "}\n");
	for (uint32_t i = 0; i < acls; i++)
		random_acl(f, i, i % 2 == 0);
	fclose(f);
	return text;
}

static void
test_generated(void)
{
	unsigned compiled = 0, refused = 0, different = 0;

	for (uint32_t i = 0; i < 400; i++) {
		struct compile_result r, r2;
		struct conf c, c2;
		char *text, *printed;

		seed = i;
		text = random_text(1 + dice(8));
		if (compile_text("t.cfg", "/tmp", str_c(text), &r) < 0) {
			refused++;
		} else {
			compiled++;
			if (conf_open_mem(&c, r.cache, r.size,
			    CONF_CHECK_WHOLE) < 0)
				abort();
			printed = print(&c, i % 2);
			must(printed, &r2, &c2);
			different += c.head->tables_end !=
			    c2.head->tables_end || memcmp(c.map +
			    sizeof *c.head, c2.map + sizeof *c.head,
			    c.head->tables_end - sizeof *c.head) != 0;
			free(printed);
			compile_free(&r2);
		}
		compile_free(&r);
		free(text);
	}
	tap_diag("%u generated texts compiled, %u were refused", compiled,
	    refused);
	tap_ok(compiled > 50, "many generated texts compile");
	tap_int(0, different, "all of them come back to the same octets");
}

static void
test_same(void)
{
	struct compile_result a, b;
	struct conf ca, cb;

	must(VERSION ACLS "# x\n", &a, &ca);
	must(VERSION "/* more\n * lines */" ACLS, &b, &cb);
	tap_ok(memcmp(ca.head->policy_hash, cb.head->policy_hash, 32) == 0,
	    "comments do not change the hash");
	tap_ok(memcmp(a.cache, b.cache, a.size) != 0,
	    "but the cache: lines differ");
	compile_free(&b);
	must(VERSION ACLS "# x\n", &b, &cb);
	tap_ok(a.size == b.size && memcmp(a.cache, b.cache, a.size) == 0,
	    "the same text compiles to the same octets");
	compile_free(&b);
	must(VERSION ACLS "idle-timeout = 40m\n", &b, &cb);
	tap_ok(memcmp(ca.head->policy_hash, cb.head->policy_hash, 32) != 0,
	    "another policy has another hash");
	compile_free(&a);
	compile_free(&b);
}

/* ---- files -------------------------------------------------------------- */

static unsigned
files_in_dir(void)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void
test_save(void)
{
	struct compile_result r;
	char path[64];
	struct stat st;
	struct conf c;
	int fd;

	must(VERSION ACLS, &r, &c);
	unsigned before = files_in_dir();

	put(in_dir("cache"), "old", 0600);
	fd = open(in_dir("cache"), O_RDONLY);
	tap_int(0, compile_save(&r, in_dir("cache")), "a cache is written");
	fstat(fd, &st);
	tap_int(3, st.st_size, "who has the old one open keeps it");
	close(fd);
	stat(in_dir("cache"), &st);
	tap_int(0644, st.st_mode & 07777, "its mode is 0644");
	tap_int(before + 1, files_in_dir(), "nothing else is left there");
	fd = open(in_dir("cache"), O_RDONLY);
	tap_int(0, conf_open(&c, fd, CONF_CHECK_WHOLE), "it opens");
	conf_close(&c);
	close(fd);

	tap_int(-1, compile_save(&r, in_dir("none/cache")), "no folder");
	tap_int(ENOENT, errno, "is told as such");
	mkdir(in_dir("cache.d"), 0755);
	put(in_dir("cache.d/x"), "", 0644);
	tap_int(-1, compile_save(&r, in_dir("cache.d")), "over a folder");
	unlink(in_dir("cache.d/x"));
	rmdir(in_dir("cache.d"));
	tap_int(before + 1, files_in_dir(), "a failure leaves nothing");

	fd = memfd_create("t", 0);
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	tap_int(0, compile_save(&r, path), "a memfd is written into");
	tap_int(0, conf_open(&c, fd, CONF_CHECK_WHOLE), "and opens");
	conf_close(&c);
	close(fd);
	unlink(in_dir("cache"));
	compile_free(&r);
}

/* Compile main.cfg: the report, malloc'd; the cache to r. */
static int
compile_main(struct compile_result *r, struct conf *c)
{
	int rc = compile_file(in_dir("main.cfg"), r);

	if (rc == 0 && conf_open_mem(c, r->cache, r->size,
	    CONF_CHECK_WHOLE) < 0)
		abort();
	return rc;
}

/* In want, '@' stands for the test's folder. */
static void
reported(const char *want, const char *name)
{
	struct compile_result r;
	char *full = NULL;
	size_t n = 0;
	struct conf c;
	FILE *f = open_memstream(&full, &n);

	for (; *want != '\0'; want++)
		if (*want == '@')
			fputs(dir, f);
		else
			fputc(*want, f);
	fclose(f);
	compile_main(&r, &c);
	tap_cstr(full, r.report, "%s", name);
	compile_free(&r);
	free(full);
}

static void
test_include(void)
{
	struct compile_result r;
	struct str file;
	uint32_t line;
	struct conf c;

	put(in_dir("main.cfg"), VERSION "# x\ninclude(\"a.cfg\") name = \"n\""
	    "\nsession-acl \"s\" {\n include ( 'in.cfg' ) }\n", 0600);
	put(in_dir("a.cfg"), "\n\ncommand-acl \"c\" { no-mail-scanning = yes "
	    "}\n", 0600);
	put(in_dir("in.cfg"), "plug-to = {\"127.0.0.1:143\"}", 0600);
	tap_int(0, compile_main(&r, &c), "files are included");
	tap_cstr("", r.report, "without a word");
	tap_int(3, c.head->sources.n, "three sources are noted");
	tap_ok(conf_fresh(&c), "the cache is fresh");
	tap_ok(conf_line_at(&c, CONF_AT(&c, struct conf_command_acl,
	    c.main->command_acls, 0)->line, &file, &line) && line == 3,
	    "a rule's line is that of its file");
	tap_cstr(in_dir("a.cfg"), file.p, "whose name is known");
	tap_ok(conf_line_at(&c, CONF_AT(&c, struct conf_session_acl,
	    c.main->session_acls, 0)->line, &file, &line) && line == 4,
	    "lines behind an include count on");
	put(in_dir("in.cfg"), "plug-to = {\"127.0.0.1:144\"} ", 0600);
	tap_ok(!conf_fresh(&c), "an included file changes: stale");
	compile_free(&r);

	put(in_dir("a.cfg"), "", 0600);
	put(in_dir("in.cfg"), "plug-to = {\"127.0.0.1:144\"}\nplug-too = 5"
	    "\n", 0600);
	reported("@/main.cfg:1: warning: no command-acl: every connection is "
	    "rejected\n@/in.cfg:2: session-acl \"s\": plug-too: unknown key: "
	    "did you mean plug-to?\n", "errors name the included file");
	put(in_dir("in.cfg"), "name = \"x", 0600);
	reported("@/in.cfg:1: a string that begins here does not end; "
	    "checking stopped here\n", "a string ends in its file");
	put(in_dir("in.cfg"), "}\n", 0600);
	reported("@/in.cfg:1: '}' closes nothing; checking stopped here\n",
	    "a section ends in its file");
	put(in_dir("in.cfg"), "include(\"main.cfg\")\n", 0600);
	reported("@/in.cfg:1: @/main.cfg: includes itself; checking "
	    "stopped here\n", "a loop");
	put(in_dir("in.cfg"), "include(\"none.cfg\")\n", 0600);
	reported("@/in.cfg:1: @/none.cfg: No such file or directory; "
	    "checking stopped here\n", "no such file");
	unlink(in_dir("in.cfg"));
	unlink(in_dir("a.cfg"));
}

static void
test_modes(void)
{
	struct compile_result r;
	struct conf c;
	int fd;

	put(in_dir("main.cfg"), VERSION ACLS, 0644);
	reported("@/main.cfg: warning: mode 0644: everyone may read it: "
	    "chmod o-r\n", "readable for everyone");
	put(in_dir("main.cfg"), VERSION ACLS, 0660);
	reported("@/main.cfg: mode 0660: others may write it: chmod go-w\n",
	    "writable for a group");
	put(in_dir("main.cfg"), VERSION ACLS, 0602);
	reported("@/main.cfg: mode 0602: others may write it: chmod go-w\n",
	    "writable for everyone");
	put(in_dir("main.cfg"), VERSION ACLS, 0640);
	reported("", "neither");
	if (geteuid() == 0) {
		if (chown(in_dir("main.cfg"), 65534, 65534) < 0)
			abort();
		/* root itself runs the test, nobody owns the file */
		reported("@/main.cfg: belongs to another user (uid 65534): "
		    "chown it to root\n", "owned by another");
		unlink(in_dir("main.cfg"));
	}
	fd = open(in_dir("main.cfg"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (ftruncate(fd, (16 << 20) + 1) < 0)
		abort();
	close(fd);
	reported("@/main.cfg: larger than 16 MB; checking stopped here\n",
	    "too large");
	unlink(in_dir("main.cfg"));
	mkdir(in_dir("main.cfg"), 0700);
	reported("@/main.cfg: Is a directory; checking stopped here\n",
	    "a folder");
	rmdir(in_dir("main.cfg"));
	tap_int(ERR_CONFIG, compile_main(&r, &c), "no file at all");
	compile_free(&r);
	reported("@/main.cfg: No such file or directory; checking stopped "
	    "here\n", "is told as such");
}

/* A generated policy of 10,000 ACLs. */
static void
test_large(void)
{
	struct timespec a, b;
	struct compile_result r;
	char *text = NULL;
	size_t n = 0;
	struct conf c;
	FILE *f = open_memstream(&text, &n);

	fputs(VERSION, f);
	for (int i = 0; i < 5000; i++)
		fprintf(f, "session-acl \"s%d\" { from = {\"10.%d.%d.0/24\"} "
		    "plug-to = {\"127.0.0.1:143\"} }\ncommand-acl \"c%d\" { "
		    "parent = {\"s%d\"} no-mail-scanning = yes }\n", i,
		    i / 256, i % 256, i, i);
	fclose(f);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	must(text, &r, &c);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	tap_diag("10,000 ACLs: %ld ms, %zu KB", (b.tv_sec - a.tv_sec) * 1000 +
	    (b.tv_nsec - a.tv_nsec) / 1000000, r.size >> 10);
	tap_int(5000, c.main->command_acls.n, "10,000 ACLs compile");
	compile_free(&r);
	free(text);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_samples();
	test_generated();
	test_same();
	test_save();
	test_include();
	test_modes();
	test_large();
	rmdir(dir);
	return tap_done();
}
