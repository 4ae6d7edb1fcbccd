/*
 * Decoders.  Properties: any split gives the same octets and flags, within the
 * room; base64 that goes on behind padding begins with what stops there; what
 * is encoded comes back, without a flag.
 */

#include <assert.h>
#include <stdlib.h>

#include "base64.h"
#include "codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 1500,
	OUT_MAX = INPUT_MAX * MIME_CODEC_GROWTH + MIME_CODEC_ROOM,
};

struct result {
	char *p;
	size_t n;
	uint64_t flags;
};

static struct result
decode(enum mime_codec_kind kind, unsigned options, struct str in,
    size_t step)
{
	struct result r = { malloc(OUT_MAX), 0, 0 };
	struct mime_codec c;
	size_t k;

	assert(r.p != NULL);
	mime_codec_init(&c, kind, options);
	while (in.n > 0 && !c.done) {
		size_t took = mime_codec_feed(&c, (struct str){ in.p,
		    in.n < step ? in.n : step }, r.p + r.n, MIME_CODEC_ROOM,
		    &k);

		assert(took > 0 && k <= MIME_CODEC_ROOM);
		in.p += took;
		in.n -= took;
		r.n += k;
		assert(r.n <= OUT_MAX - MIME_CODEC_ROOM);
	}
	mime_codec_end(&c, r.p + r.n, MIME_CODEC_ROOM, &k);
	r.n += k;
	r.flags = c.flags;
	return r;
}

static void
check_splits(enum mime_codec_kind kind, unsigned options, struct str in)
{
	struct result whole = decode(kind, options, in, SIZE_MAX);
	struct result ones = decode(kind, options, in, 1);
	struct result some = decode(kind, options, in, 7);

	assert(whole.n == ones.n && whole.n == some.n);
	assert(memcmp(whole.p, ones.p, whole.n) == 0);
	assert(memcmp(whole.p, some.p, whole.n) == 0);
	assert(whole.flags == ones.flags && whole.flags == some.flags);
	free(whole.p);
	free(ones.p);
	free(some.p);
}

static void
check_readings(struct str in)
{
	struct result stop = decode(MIME_CODEC_BASE64, 0, in, SIZE_MAX);
	struct result on = decode(MIME_CODEC_BASE64, MIME_CODEC_LOOSE, in,
	    SIZE_MAX);

	assert(stop.flags == on.flags && stop.n <= on.n);
	assert(memcmp(stop.p, on.p, stop.n) == 0);
	assert(stop.n == on.n || stop.flags & MIME_B64_AFTER);
	free(stop.p);
	free(on.p);
}

static void
check_back(enum mime_codec_kind kind, struct str text, struct str want)
{
	struct result r = decode(kind, 0, text, SIZE_MAX);

	assert(r.flags == 0 && r.n == want.n);
	assert(memcmp(r.p, want.p, r.n) == 0);
	free(r.p);
}

static void
check_encoded(struct str in)
{
	static const char digit[] = "0123456789ABCDEF";
	char *text = malloc(3 * in.n + 4);

	assert(text != NULL);
	check_back(MIME_CODEC_BASE64, (struct str){ text,
	    base64_enc(text, in) }, in);
	for (size_t i = 0; i < in.n; i++) {
		text[3 * i] = '=';
		text[3 * i + 1] = digit[(unsigned char)in.p[i] >> 4];
		text[3 * i + 2] = digit[in.p[i] & 15];
	}
	check_back(MIME_CODEC_QP, (struct str){ text, 3 * in.n }, in);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };

	if (n > INPUT_MAX)
		return 0;
	for (unsigned options = 0; options < 4; options++) {
		check_splits(MIME_CODEC_BASE64, options, in);
		check_splits(MIME_CODEC_QP, options, in);
	}
	check_splits(MIME_CODEC_UU, 0, in);
	check_splits(MIME_CODEC_YENC, 0, in);
	check_splits(MIME_CODEC_BINHEX, 0, in);
	check_readings(in);
	check_encoded(in);
	return 0;
}
