/*
 * What JUDGE costs: time and memory of taking mails apart, of several sizes
 * and numbers of parts, without and with document types by libmagic.  Each
 * row is a process of its own, forked from one that has loaded everything, as
 * workers are.
 */

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "timing.h"
#include "worker.h"

enum {
	ROUNDS = 21,
	KB = 1024,
	/* A large mail is in a file: what is mapped of it counts. */
	LARGE = 8 << 20,
	TARGET_KB = 24 << 10,	/* of a 50 MB mail, over idle */
};

/* As much of a configuration as a mail needs. */
static struct image {
	struct conf_head head;
	struct conf_main main;
	struct conf_command_acl acl;
	struct conf_source source;
	_Alignas(8) char path[16];
} image = { .path = "/bench.cfg" };

static struct conf conf = { .map = (const char *)&image,
	.size = sizeof image, .main = &image.main, .head = &image.head };
static struct worker worker;

static void
set_conf(bool magic)
{
	image.head.sources = (struct conf_ref){
		offsetof(struct image, source), 1 };
	image.source.path = (struct conf_ref){
		offsetof(struct image, path), strlen(image.path) };
	image.main.command_acls = (struct conf_ref){
		offsetof(struct image, acl), 1 };
	image.main.asks_types = image.main.asks_magic = magic;
	image.main.doctype.order = (struct conf_methods){
		{ CONF_BY_MAGIC, CONF_BY_CONTENT_TYPE }, 2 };
}

/* ---- mails --------------------------------------------------------------- */

/* A text, and an attachment in base64 that fills it up. */
static int
make_mail(size_t size, unsigned parts)
{
	static const char line[] = "VGhpcyBpcyBhIGxpbmUgb2YgYW4gYXR0YWNobWVudCB"
	    "vZiBzb21lIHNpemUgb3Igb3RoZXI=\r\n";
	char path[] = "/tmp/bench_mail-XXXXXX";
	int fd = size > LARGE ? mkstemp(path) : memfd_create("mail", 0);
	FILE *f = fdopen(dup(fd), "w");

	unlink(path);
	fputs("From: a@example.org\r\nTo: b@example.org\r\nSubject: a mail\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n", f);
	for (unsigned i = 0; i + 1 < parts; i++)
		fputs("--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n\r\n",
		    f);
	fputs("--b\r\nContent-Type: application/octet-stream; name=a.bin\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n", f);
	while ((size_t)ftell(f) < size)
		fputs(line, f);
	fputs("\r\n--b--\r\n", f);
	fclose(f);
	return fd;
}

/* ---- a row --------------------------------------------------------------- */

struct figures {
	double ms;
	long kb;		/* of memory, over a worker that did nothing */
};

static double
once(int fd, size_t size)
{
	struct mail_judge q = { .size = size, .language = CONF_LANG_EN,
		.ms = 60000 };
	struct mail_facts a;
	double start = now_us();
	int index;

	worker_judge(&worker, &q, STR_NULL, dup(fd), -1, &a, &index);
	if (a.status != MAIL_FACTS_OK) {
		fprintf(stderr, "bench_mail: %s\n", a.why);
		_exit(1);
	}
	close(index);
	return (now_us() - start) / 1000;
}

static long
peak_kb(void)
{
	char line[128];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		sscanf(line, "VmHWM: %ld", &kb);
	fclose(f);
	return kb;
}

static void
measure(int fd, size_t size, int out)
{
	double ms[ROUNDS];
	struct figures r;
	int small = make_mail(10 * KB, 2);
	unsigned rounds = size > LARGE ? 3 : ROUNDS;
	long before;

	/* what any worker has touched after its first mail */
	once(small, (size_t)lseek(small, 0, SEEK_END));
	before = peak_kb();
	for (unsigned i = 0; i < rounds; i++)
		ms[i] = once(fd, size);
	r = (struct figures){ median(ms, rounds), peak_kb() - before };
	if (write(out, &r, sizeof r) != sizeof r)
		_exit(1);
	_exit(0);
}

static struct figures
row(const char *name, size_t want, unsigned parts)
{
	int fd = make_mail(want, parts), p[2], status;
	size_t size = (size_t)lseek(fd, 0, SEEK_END);
	struct figures r = { 0 };
	pid_t pid;

	if (pipe(p) < 0)
		exit(1);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		measure(fd, size, p[1]);
	close(p[1]);
	if (read(p[0], &r, sizeof r) != sizeof r ||
	    waitpid(pid, &status, 0) < 0 || status != 0)
		exit(1);
	printf("%-26s %9.2f ms %8.1f MB/s %8ld KB more\n", name, r.ms,
	    (double)size / r.ms / 1000, r.kb);
	close(p[0]);
	close(fd);
	return r;
}

static void
rows(const char *how, bool magic)
{
	struct figures one, fifty, few, many;
	const char *why;

	set_conf(magic);
	if (worker_open(&worker, &conf, &why) < 0)
		exit(1);
	printf("%s\n", how);
	row("  10 KB", 10 * KB, 2);
	row("  75 KB", 75 * KB, 2);
	one = row("  1 MB", 1 << 20, 2);
	fifty = row("  50 MB", 50 << 20, 2);
	few = row("  1000 parts", 0, 1000);
	many = row("  9000 parts", 0, 9000);
	printf("  50 times the octets take %.1f times the time, 9 times the "
	    "parts %.1f\n", fifty.ms / one.ms, many.ms / few.ms);
	printf("  memory for 50 MB: %ld KB (target %d: %s)\n", fifty.kb,
	    TARGET_KB, fifty.kb <= TARGET_KB ? "met" : "missed");
	worker_close(&worker);
}

int
main(void)
{
	rows("without libmagic", false);
	rows("with libmagic", true);
	return 0;
}
