/*
 * Has engines judge files, as the mail worker does: for t/e2e/scanners.t.
 *
 *	ask_scanner [-f] [-t MS] [-d MS] [-m MAX] [-u USER] [-s SERVICE] [-P]
 *	    [-w MS] ENGINE... -- FILE...
 *
 * ENGINE is KIND=ADDRESS[,ADDRESS...], an address a path or "host:port".
 * -f: files are given as descriptors; -w: wait between files.  Prints
 * "FILE ENGINE STATUS SCORE MS NAME|WHY" for each, then "VERSION ENGINE TEXT".
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "scan.h"

enum { ENGINES = 8, ADDRESSES = 8, FILE_MAX = 256 << 20 };

static const char *const kinds[] = {
	[SCAN_CLAMD] = "clamd", [SCAN_CLAMD_FD] = "clamd-fd",
	[SCAN_ICAP] = "icap", [SCAN_SPAMD] = "spamd",
	[SCAN_RSPAMD] = "rspamd",
};

static struct scan_address addresses[ENGINES][ADDRESSES];
static struct scan_engine engines[ENGINES];
static size_t nengines;

static void
usage(const char *what)
{
	fprintf(stderr, "ask_scanner: %s\n", what);
	exit(2);
}

static bool
parse_address(char *s, struct scan_address *a)
{
	struct str host;
	uint16_t port;

	if (*s == '/') {
		a->path = s;
		return true;
	}
	if (!addr_split(str_c(s), &host, &port) ||
	    !addr_parse(host, &a->addr))
		return false;
	a->addr.port = port;
	return true;
}

static void
add_engine(char *s, const struct scan_engine *like)
{
	struct scan_engine *e = &engines[nengines];
	char *kind = strsep(&s, "="), *address;
	size_t k = 0;

	*e = *like;
	e->title = kind;
	while (k < sizeof kinds / sizeof *kinds && strcmp(kinds[k], kind) != 0)
		k++;
	if (nengines == ENGINES || k == sizeof kinds / sizeof *kinds)
		usage(kind);
	e->kind = (enum scan_kind)k;
	e->addresses = addresses[nengines++];
	while ((address = strsep(&s, ",")) != NULL)
		if (e->naddresses == ADDRESSES || !parse_address(address,
		    &addresses[e - engines][e->naddresses++]))
			usage("address");
}

static struct scan_object
load(const char *path, bool as_fd)
{
	struct scan_object o = { .fd = -1 };
	struct stat st;
	char *p;
	size_t n;

	if (as_fd) {
		o.fd = open(path, O_RDONLY | O_CLOEXEC);
		if (o.fd < 0 || fstat(o.fd, &st) < 0)
			usage(path);
		o.size = (uint64_t)st.st_size;
		return o;
	}
	if (fd_read_file(path, FILE_MAX, &p, &n) < 0)
		usage(path);
	return scan_memory((struct str){ p, n });
}

static void
show(struct scan *s, const char *path, int object)
{
	const char *name = strrchr(path, '/');

	for (size_t i = 0; i < nengines; i++) {
		const struct scan_result *r = scan_result(s, object, i);

		printf("%s %s %s %d %u %s|%s\n", name ? name + 1 : path,
		    engines[i].title, scan_status_name(r->status),
		    r->score == SCAN_SCORE_UNKNOWN ? -1 : r->score, r->ms,
		    r->name, r->why);
	}
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct scan_engine like = { .timeout = 10000 };
	int64_t deadline = 60000, wait = 0;
	bool as_fd = false;
	struct str user = STR_NULL;
	int c, object[SCAN_OBJECTS_MAX], n = 0;
	struct scan *s;

	signal(SIGPIPE, SIG_IGN);
	while ((c = getopt(argc, argv, "+ft:d:m:u:s:Pw:")) != -1) {
		switch (c) {
		case 'f': as_fd = true; break;
		case 't': like.timeout = atoll(optarg); break;
		case 'd': deadline = atoll(optarg); break;
		case 'm': like.max_size = (uint64_t)atoll(optarg); break;
		case 'u': user = str_c(optarg); break;
		case 's': like.service = optarg; break;
		case 'P': like.pass_body = true; break;
		case 'w': wait = atoll(optarg); break;
		default: usage("option");
		}
	}
	argv += optind;
	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++)
		add_engine(*argv, &like);
	s = scan_open(engines, nengines);
	if (*argv == NULL || s == NULL)
		usage("no files");
	argv++;
	scan_begin(s, clock_after(deadline), user);
	for (int i = 0; argv[i] != NULL && n < SCAN_OBJECTS_MAX; i++) {
		struct scan_object o = load(argv[i], as_fd);

		object[n] = scan_submit(s, &o, UINT64_MAX);
		if (wait > 0) {
			scan_run(s, CLOCK_NEVER);
			show(s, argv[i], object[n]);
			usleep((useconds_t)wait * 1000);
			scan_begin(s, clock_after(deadline), user);
			continue;
		}
		n++;
	}
	scan_run(s, CLOCK_NEVER);
	for (int i = 0; i < n; i++)
		show(s, argv[i], object[i]);
	for (size_t i = 0; i < nengines; i++)
		printf("VERSION %s %s\n", engines[i].title,
		    scan_version(s, i));
	scan_close(s);
	return 0;
}
