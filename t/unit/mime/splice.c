/* Octets put in and taken out. */

#include "codec.h"
#include "err.h"
#include "splice.h"
#include "tap.h"

struct written {
	char p[4096];
	size_t n;
	size_t fail_at;
};

static int
write_to(void *ctx, struct str s)
{
	struct written *w = ctx;

	if (w->fail_at > 0 && w->n + s.n >= w->fail_at)
		return ERR_LIMIT;
	memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
	return 0;
}

static void
check(struct mime_splices *s, const char *want, const char *name)
{
	static struct written w;
	struct mime_sink sink = { write_to, &w };

	w.n = 0;
	tap_int(0, mime_splices_sort(s), "%s: sorted", name);
	tap_int(0, mime_splices_write(s, &sink), "%s: written", name);
	tap_str(str_c(want), (struct str){ w.p, w.n }, "%s", name);
	tap_int((int64_t)w.n, (int64_t)mime_splices_size(s),
	    "%s: the size was known", name);
}

static void
test_texts(struct arena *a)
{
	struct mime_splices s;

	mime_splices_init(&s, a, STR("abcdef"));
	check(&s, "abcdef", "nothing changes nothing");
	mime_splices_init(&s, a, STR("abcdef"));
	mime_splice_text(&s, 4, 2, STR("!"));
	mime_splice_text(&s, 1, 1, STR(""));
	mime_splice_text(&s, 1, 0, STR("2"));
	mime_splice_text(&s, 0, 0, STR("1"));
	mime_splice_text(&s, 1, 0, STR("4"))->rank = 1;
	mime_splice_text(&s, 1, 0, STR("3"));
	mime_splice_text(&s, 6, 0, STR("."));
	check(&s, "1a234cd!.", "splices take their places");
	mime_splices_init(&s, a, STR("abcdef"));
	mime_splice_text(&s, 1, 2, STR(""));
	mime_splice_text(&s, 2, 1, STR(""));
	tap_int(ERR_STATE, mime_splices_sort(&s),
	    "octets are not taken out twice");
	tap_ok(s.why != NULL, "and it is said why");
}

static void
test_base64(struct arena *a)
{
	struct mime_splices s;

	mime_splices_init(&s, a, STR("<=61b=\r\nc>"));
	mime_splice_base64(&s, 1, 8, MIME_CTE_QP);
	check(&s, "<YWJj\r\n>", "quoted-printable becomes base64");
	mime_splices_init(&s, a, STR("<YWJj!\r\nZA>"));
	mime_splice_base64(&s, 1, 9, MIME_CTE_BASE64);
	check(&s, "<YWJjZA==\r\n>", "base64 becomes good base64");
	mime_splices_init(&s, a, STR("<\r\0>"));
	mime_splice_base64(&s, 1, 2, MIME_CTE_8BIT);
	check(&s, "<DQA=\r\n>", "octets become base64");
	mime_splices_init(&s, a, STR("<>"));
	mime_splice_base64(&s, 1, 0, MIME_CTE_BASE64);
	check(&s, "<>", "nothing stays nothing");
}

/* Any number of blanks, which quoted-printable has as many of. */
static void
test_blanks(struct arena *a)
{
	static struct written w;
	struct mime_sink sink = { write_to, &w };
	bool sizes = true, blanks = true;

	for (uint64_t n = 0; n < 500; n++) {
		for (int qp = 0; qp <= (n != 1); qp++) {
			struct mime_splices s;
			struct mime_codec c;
			char out[MIME_CODEC_ROOM];
			size_t m;

			mime_splices_init(&s, a, STR(""));
			mime_splice_blanks(&s, 0, n, qp);
			w.n = 0;
			sizes &= mime_splices_write(&s, &sink) == 0 &&
			    w.n == n && mime_splices_size(&s) == n;
			mime_codec_init(&c, MIME_CODEC_QP, 0);
			mime_codec_feed(&c, (struct str){ w.p, w.n }, out,
			    sizeof out, &m);
			if (!qp)
				continue;
			blanks &= c.flags == 0;
			for (size_t i = 0; i < m; i++)
				blanks &= strchr(" \r\n", out[i]) != NULL;
		}
	}
	tap_ok(sizes, "any number of blanks is written");
	tap_ok(blanks, "quoted, they are blanks to all readers");
}

static void
test_errors(struct arena *a)
{
	static struct written w = { .fail_at = 3 };
	struct mime_sink sink = { write_to, &w };
	struct mime_splices s;

	mime_splices_init(&s, a, STR("ab"));
	mime_splice_base64(&s, 0, 2, MIME_CTE_7BIT);
	tap_int(ERR_LIMIT, mime_splices_write(&s, &sink),
	    "what the sink says is returned");
}

int
main(void)
{
	struct arena a;

	arena_init(&a, 4 << 20, NULL, NULL);
	test_texts(&a);
	test_base64(&a);
	test_blanks(&a);
	test_errors(&a);
	arena_fini(&a);
	return tap_done();
}
