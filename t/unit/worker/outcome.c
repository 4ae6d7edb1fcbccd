/* Where the octets of edited mails go. */

#include <sys/stat.h>

#include <stdlib.h>
#include <unistd.h>

#include "outcome.h"
#include "sealed.h"
#include "tap.h"

static struct outcome x;
static char big[6 << 20];

static struct str
write_mail(size_t n, char c)
{
	struct rewrite_place p = outcome_place(&x);
	struct mime_sink out;
	size_t at = 0;

	memset(big, c, n);
	if (p.begin(p.ctx, n, &out) < 0)
		return STR_NULL;
	while (at < n) {
		size_t k = n - at < 30000 ? n - at : 30000;

		if (out.write(out.ctx, (struct str){ big + at, k }) < 0)
			return STR_NULL;
		at += k;
	}
	return p.finish(p.ctx);
}

static bool
all(struct str s, size_t n, char c)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != c)
			return false;
	return s.n == n && s.p != NULL;
}

static bool
file_has(int fd, size_t n, char c)
{
	char *p = malloc(n + 1);
	bool ok = pread(fd, p, n, 0) == (ssize_t)n &&
	    all((struct str){ p, n }, n, c);

	free(p);
	return ok;
}

int
main(void)
{
	char path[] = "/tmp/t-outcome-XXXXXX";
	int file = mkstemp(path), fd;
	struct str a, b;
	bool in_file;

	unlink(path);
	outcome_begin(&x, file);
	tap_ok(!outcome_take(&x, &in_file, &fd), "nothing was written");
	a = write_mail(100000, 'a');
	tap_ok(all(a, 100000, 'a'), "a mail is written and read");
	b = write_mail(50, 'b');
	tap_ok(all(a, 100000, 'a') && all(b, 50, 'b'),
	    "and stays while another is written");
	tap_ok(outcome_take(&x, &in_file, &fd) && !in_file &&
	    sealed_is(fd, 50), "the last is given away, sealed");
	close(fd);
	outcome_end(&x);

	outcome_begin(&x, file);
	a = write_mail(sizeof big, 'c');
	tap_ok(all(a, sizeof big, 'c') && file_has(file, sizeof big, 'c'),
	    "a large one is in the file");
	tap_ok(outcome_take(&x, &in_file, &fd) && in_file && fd == -1,
	    "as is said");
	b = write_mail(sizeof big - 10, 'd');
	tap_ok(all(a, sizeof big, 'c') && all(b, sizeof big - 10, 'd'),
	    "written once more it does not spoil the first");
	tap_ok(outcome_take(&x, &in_file, &fd) && in_file &&
	    file_has(file, sizeof big - 10, 'd'), "and has the file then");
	outcome_end(&x);

	outcome_begin(&x, -1);
	a = write_mail(sizeof big, 'e');
	tap_ok(outcome_take(&x, &in_file, &fd) && !in_file &&
	    sealed_is(fd, sizeof big), "without a file a memfd takes all");
	close(fd);
	tap_ok(write_mail(0, 'f').p != NULL && outcome_take(&x, &in_file,
	    &fd) && sealed_is(fd, 0), "no octets are a mail");
	close(fd);
	outcome_end(&x);
	return tap_done();
}
