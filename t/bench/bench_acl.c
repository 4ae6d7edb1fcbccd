/*
 * What choosing ACLs costs a session: 1,000 ACLs, 10,000 prefixes in all, in
 * a fresh process that maps the cache, as a session does.  The median over
 * many, beside the first touch of a page of memory in the same process: that
 * is what it mostly consists of, and what to compare machines and days by.
 */

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "compile.h"
#include "eval.h"
#include "module.h"
#include "timing.h"

enum {
	ROUNDS = 400,
	ACLS = 500,		/* of each phase */
	PREFIXES = 10,		/* of each ACL */
	TARGET_US = 50,		/* for both phases */
	CACHE_FD = 8, RESULT_FD = 9,	/* a child's */
	PAGES = 64, PAGE = 4096,
};

/* What a child tells, in us. */
struct took {
	double map, choose, touch;	/* touch: of one page */
};

const struct module_head *const module_static[] = { NULL };

/* ---- the policy ---------------------------------------------------------- */

/* ACL n has networks n.0 to n.9 of 10/8's /20s: each client is in one ACL. */
static void
put_from(FILE *f, unsigned n)
{
	fputs("\tfrom = {", f);
	for (unsigned i = 0; i < PREFIXES; i++) {
		unsigned net = n + i * ACLS;	/* < 2^13 */

		fprintf(f, "%s\"10.%u.%u.0/%u\"", i ? ", " : "", net >> 5,
		    (net & 31) << 3, 21 + i % 4);
	}
	fputs("}\n", f);
}

static char *
policy(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		abort();
	fputs("version = \"1\"\n", f);
	for (unsigned i = 0; i < ACLS; i++) {
		fprintf(f, "session-acl \"s%u\" {\n", i);
		put_from(f, i);
		fputs("\tplug-to = {\"127.0.0.1:143\"}\n}\n", f);
	}
	for (unsigned i = 0; i < ACLS; i++) {
		fprintf(f, "command-acl \"c%u\" {\n", i);
		put_from(f, i);
		fputs("\tno-mail-scanning = yes\n}\n", f);
	}
	fclose(f);
	return text;
}

/* The cache in an anonymous file. */
static int
compiled(void)
{
	struct compile_result r;
	char *text = policy();
	int fd = memfd_create("cache", 0);

	if (compile_text("bench", "/", str_c(text), &r) < 0) {
		fprintf(stderr, "%s", r.report);
		exit(1);
	}
	if (fd < 0 || write(fd, r.cache, r.size) != (ssize_t)r.size ||
	    fchmod(fd, 0600) < 0)
		exit(1);
	printf("acl policy: %d ACLs, %d prefixes, a cache of %zu KB\n",
	    2 * ACLS, 2 * ACLS * PREFIXES, r.size >> 10);
	compile_free(&r);
	free(text);
	return fd;
}

/* ---- one session --------------------------------------------------------- */

static double
touch(void)
{
	volatile char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double at = now_us();

	if (p == MAP_FAILED)
		_exit(1);
	for (int i = 0; i < PAGES; i++)
		p[i * PAGE] = 1;
	return (now_us() - at) / PAGES;
}

/* In the child: choose for a client that ACL n is for. */
static void
choose(unsigned n)
{
	struct acl_facts f = { .server = { .port = 143 } };
	struct acl_result s, c = { .row = -1 };
	struct conf conf;
	struct took took;
	double at = now_us();

	if (conf_open(&conf, CACHE_FD, CONF_CHECK_HEAD) < 0)
		_exit(1);
	took.map = now_us() - at;
	f.from = (struct addr){ .ip = { [10] = 0xff, [11] = 0xff, 10,
	    (uint8_t)(n >> 5), (uint8_t)((n & 31) << 3), 1 } };
	at = now_us();
	acl_session(&conf, &f, &s);
	if (s.row >= 0) {
		acl_facts_chosen(&f, &conf, CONF_AT(&conf,
		    struct conf_session_acl, conf.main->session_acls,
		    (uint32_t)s.row));
		acl_command(&conf, &f, &c);
	}
	took.choose = now_us() - at;
	took.touch = touch();
	/* the last case is of nobody's */
	if ((n < ACLS && (s.row != (int)n || c.row != (int)n)) ||
	    (n >= ACLS * PREFIXES && s.row != -1) ||
	    write(RESULT_FD, &took, sizeof took) != sizeof took)
		_exit(1);
	_exit(0);
}

static void
run(int from, const char *n, struct took *took)
{
	pid_t pid = fork();
	int status;

	/* a new program: what it touches first is not in its memory yet */
	if (pid == 0) {
		execl("/proc/self/exe", "bench_acl", n, NULL);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0 ||
	    read(from, took, sizeof *took) != sizeof *took)
		exit(1);
}

int
main(int argc, char **argv)
{
	static const struct { char name[12]; char n[8]; } cases[] = {
		{ "the first", "0" }, { "the middle", "250" },
		{ "the last", "499" }, { "none", "5000" },
	};
	enum { CASES = sizeof cases / sizeof *cases };
	static double match[CASES][ROUNDS], map[ROUNDS], page[ROUNDS];
	double worst = 0, page_us;
	struct took took;
	int fd[2], cache;

	if (argc > 1)
		choose((unsigned)atoi(argv[1]));
	cache = compiled();
	if (pipe(fd) < 0 || dup2(cache, CACHE_FD) < 0 ||
	    dup2(fd[1], RESULT_FD) < 0)
		return 1;
	/* interleaved, so that the machine's moods hit all */
	for (int r = 0; r < ROUNDS; r++)
		for (int i = 0; i < CASES; i++) {
			run(fd[0], cases[i].n, &took);
			match[i][r] = took.choose;
			map[r] = took.map;
			page[r] = took.touch;
		}
	page_us = median(page, ROUNDS);
	printf("acl mapping the cache    %6.1f us\n", median(map, ROUNDS));
	for (int i = 0; i < CASES; i++) {
		double m = median(match[i], ROUNDS);

		printf("acl choosing %-10s  %6.1f us, as %4.1f touches of a "
		    "page\n", cases[i].name, m, m / page_us);
		worst = m > worst ? m : worst;
	}
	printf("acl the touch of a page  %6.2f us\n", page_us);
	printf("acl at worst             %6.1f us (target %d: %s)\n", worst,
	    TARGET_US, worst <= TARGET_US ? "met" : "missed");
	return 0;
}
