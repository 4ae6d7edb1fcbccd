/*
 * Encoded words.  Properties: the result is UTF-8, but for NUL; text in base64
 * as a word is itself again; text without words and without line ends that is
 * UTF-8 stays as it is.
 */

#include <assert.h>
#include <stdlib.h>

#include "base64.h"
#include "word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 2000,
	ARENA_MAX = 1 << 20,
};

static void
check_utf8(struct str s)
{
	struct str piece;
	bool more = true;

	while (more) {
		more = str_cut(&s, '\0', &piece);
		assert(str_utf8(piece));
	}
}

static void
check_back(struct arena *a, struct mime_charsets *c, struct str in)
{
	static const char head[] = "=?UTF-8?B?";
	enum { HEAD = sizeof head - 1 };
	char *text = arena_alloc(a, HEAD + base64_enc_len(in.n) + 2);
	size_t n = HEAD;
	uint64_t flags = 0;

	memcpy(text, head, HEAD);
	n += base64_enc(text + n, in);
	memcpy(text + n, "?=", 2);
	assert(str_eq(in, mime_words(a, c, (struct str){ text, n + 2 },
	    &flags)));
	assert((flags & ~MIME_WORD_CONTROL) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, out;
	struct mime_charsets c;
	struct arena a;
	uint64_t flags = 0;

	if (n > INPUT_MAX)
		return 0;
	arena_init(&a, ARENA_MAX, NULL, NULL);
	mime_charsets_init(&c);
	out = mime_words(&a, &c, in, &flags);
	check_utf8(out);
	if (str_utf8(in)) {
		check_back(&a, &c, in);
		if (n > 0 && memmem(in.p, n, "=?", 2) == NULL &&
		    memchr(in.p, '\n', n) == NULL)
			assert(str_eq(in, out) && flags == 0);
	}
	mime_charsets_fini(&c);
	arena_fini(&a);
	return 0;
}
