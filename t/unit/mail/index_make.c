/* Writing an index: what was put is there, sealed; limits. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "index_make.h"
#include "sealed.h"
#include "tap.h"

enum { MANY = 5000 };

static struct mail_ref
put_parts(struct mail_make *m, uint64_t octets)
{
	struct mail_ref parts = MAIL_MAKE_ROWS(m, struct mail_part, 1);

	*MAIL_MAKE_ROW(m, struct mail_part, parts, 0) = (struct mail_part){
		.parent = MAIL_NONE, .child = MAIL_NONE, .next = MAIL_NONE,
		.number = 1, .body = { 0, octets } };
	mail_make_head(m)->parts = parts;
	return parts;
}

/* Three scanners, of which the second waited longest. */
static void
put_results(struct mail_make *m)
{
	static const uint32_t waited[] = { 5, 700, 0 };
	struct mail_ref results = MAIL_MAKE_ROWS(m, struct mail_result, 3);

	for (size_t i = 0; i < 3; i++)
		MAIL_MAKE_ROW(m, struct mail_result, results, i)->waited =
		    waited[i];
	mail_make_head(m)->results = results;
}

static void
test_all(void)
{
	struct mail_ref list, ref;
	struct mail_make m;
	struct mail_index x;
	uint64_t size;
	char text[32];
	struct str s;
	int fd, wrong = 0;

	mail_make_begin(&m, 7);
	put_parts(&m, 7);
	ref = mail_make_str(&m, STR("<1@example.org>"));
	mail_make_head(&m)->message_id = ref;
	/* more than it has room for at first */
	list = MAIL_MAKE_ROWS(&m, struct mail_ref, MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "file number %d", i);
		mail_make_listed(&m, list, (size_t)i, str_c(text));
	}
	MAIL_MAKE_ROW(&m, struct mail_part, mail_make_head(&m)->parts,
	    0)->names = list;
	put_results(&m);
	tap_int(0, mail_make_end(&m, &fd, &size), "an index is made");
	s = sealed_map(fd, size);
	tap_ok(s.p != NULL, "and sealed");
	tap_ok(ftruncate(fd, 0) < 0 && write(fd, "x", 1) < 0 &&
	    errno == EPERM, "so that nobody can change it");
	if (!tap_int(0, mail_index_open(&x, s.p, s.n, 7), "it opens"))
		return;
	tap_int(700, mail_index_waited(&x), "a mail waited as long as the "
	    "scanner that did so longest");
	tap_str(STR("<1@example.org>"),
	    mail_index_str(&x, x.head->message_id), "a string is there");
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "file number %d", (int)i);
		wrong += !str_eq(str_c(text), mail_index_listed(&x,
		    mail_index_part(&x, 0)->names, i));
	}
	tap_int(0, wrong, "and each of a list");
	tap_ok(mail_index_listed(&x, mail_index_part(&x, 0)->names,
	    MANY).p == NULL, "which has no more");
	sealed_unmap(s);
	close(fd);
}

static void
test_limits(void)
{
	static char big[1 << 20];
	struct mail_make m;
	uint64_t size;
	int fd;

	mail_make_begin(&m, 1);
	for (int i = 0; i < 65; i++)
		mail_make_str(&m, (struct str){ big, sizeof big });
	mail_make_head(&m)->virus = 1;	/* goes nowhere */
	put_parts(&m, 1);
	tap_int(ERR_LIMIT, mail_make_end(&m, &fd, &size),
	    "more than MAIL_INDEX_MAX is an error in the end");
	tap_int(-1, fd, "without a descriptor");
	mail_make_begin(&m, 1);
	MAIL_MAKE_ROWS(&m, struct mail_part, SIZE_MAX / 2);
	tap_int(ERR_LIMIT, mail_make_end(&m, &fd, &size),
	    "so are more rows than there can be");
	mail_make_begin(&m, 1);
	put_parts(&m, 1);
	mail_make_drop(&m);
	tap_int(-1, m.fd, "one that is given up leaves nothing");
}

int
main(void)
{
	int before = dup(0), after;

	close(before);
	test_all();
	test_limits();
	after = dup(0);
	tap_int(before, after, "no descriptor is left open");
	close(after);
	return tap_done();
}
