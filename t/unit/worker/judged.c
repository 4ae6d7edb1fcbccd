/* A mail mapped and taken apart: what cannot be, and lists. */

#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "judged.h"
#include "tap.h"

static struct arena a;
static struct mime_charsets charsets;

static int
open_mail(struct judged *j, int fd, uint64_t off, size_t n,
    const char **why_r)
{
	*j = (struct judged){ .fd = fd, .off = off, .octets = { NULL, n },
		.arena = &a, .charsets = &charsets };
	return judged_open(j, why_r);
}

static void
test_open(void)
{
	static const char mail[] = "Subject: one\r\nSubject: two\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	    "--b\r\n\r\nhi\r\n--b\r\nContent-Type: Image/PNG\r\n\r\n\r\n--b--";
	int fd = memfd_create("t", MFD_CLOEXEC);
	struct judged j;
	const char *why = "";

	if (write(fd, mail, sizeof mail - 1) < 0)
		abort();
	tap_int(0, open_mail(&j, fd, 0, sizeof mail - 1, &why), "a mail");
	tap_int(3, j.nrows, "has its parts");
	tap_ok(judged_row(&j, j.rows[2].part) == &j.rows[2],
	    "by their numbers");
	tap_str(STR("one"), j.subject, "the first Subject counts");
	tap_ok(j.message_id.p == NULL, "what is not there is not");
	tap_str(STR("image/png"), j.rows[2].declared, "types in lower case");
	judged_close(&j);
	tap_int(-1, j.fd, "closed it is none");
	tap_int(ERR_IO, open_mail(&j, fd, 0, 10000, &why),
	    "octets that are not there");
	tap_int(ERR_IO, open_mail(&j, fd, 7, 10, &why), "not on a page");
	tap_int(ERR_IO, open_mail(&j, fd, UINT64_MAX - 4095, 4096, &why),
	    "far behind");
	tap_int(ERR_IO, open_mail(&j, -1, 0, 10, &why), "no descriptor");
	tap_int(0, open_mail(&j, fd, 0, 0, &why), "no octets are a mail");
	tap_int(1, j.nrows, "of one part");
	judged_close(&j);
	close(fd);
}

static void
test_limit(void)
{
	int fd = memfd_create("t", MFD_CLOEXEC);
	const char *why = "";
	struct judged j;
	size_t n = 0;

	for (int i = 0; i < MIME_DEPTH_MAX + 5; i++)
		n += (size_t)dprintf(fd, "Content-Type: multipart/mixed; "
		    "boundary=b%d\r\n\r\n--b%d\r\n", i, i);
	tap_int(ERR_LIMIT, open_mail(&j, fd, 0, n, &why), "too deep");
	tap_ok(why != NULL && *why != '\0', "is named: %s", why);
	judged_close(&j);
	close(fd);
}

/* A large mail, whose pages go as they are looked at. */
static void
test_behind(void)
{
	enum { SIZE = 24 << 20 };
	char path[] = "/tmp/t-judged-XXXXXX", *block = malloc(1 << 20);
	int fd = mkstemp(path);
	const char *why = "";
	struct judged j;

	unlink(path);
	memset(block, 'a', 1 << 20);
	block[0] = '\n';	/* the first one ends the header */
	for (int i = 0; i < SIZE >> 20; i++)
		if (write(fd, block, 1 << 20) < 0)
			abort();
	tap_int(0, open_mail(&j, fd, 0, SIZE, &why), "a large mail");
	judged_behind(&j, 0, SIZE);
	tap_ok(j.octets.p[1] == 'a' && j.octets.p[SIZE - 1] == 'a',
	    "let go, it can still be looked at");
	judged_behind(&j, 5, 6);
	judged_behind(&j, SIZE, SIZE);
	judged_close(&j);
	close(fd);
	free(block);
}

int
main(void)
{
	mime_charsets_init(&charsets);
	arena_init(&a, 1 << 26, NULL, NULL);
	test_open();
	test_limit();
	test_behind();
	arena_fini(&a);
	mime_charsets_fini(&charsets);
	return tap_done();
}
