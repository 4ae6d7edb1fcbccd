/*
 * Headers.  Properties: the fields and the empty line are the header's octets,
 * one after the other; a field's name and value lie within it; a field
 * without a flag, written anew, is read as the same.
 */

#include <assert.h>
#include <stdlib.h>

#include "field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
within(struct str inner, struct str outer)
{
	assert(inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n);
}

static void
again(const struct mime_field *one)
{
	size_t n = one->name.n + 1 + one->value.n + 4;
	char *p = malloc(n);
	struct mime_fields f;
	struct mime_field two;

	assert(p != NULL);
	memcpy(p, one->name.p, one->name.n);
	p[one->name.n] = ':';
	memcpy(p + one->name.n + 1, one->value.p, one->value.n);
	memcpy(p + n - 4, "\r\n\r\n", 4);
	mime_fields_init(&f, (struct str){ p, n });
	assert(mime_fields_next(&f, &two) == 1);
	assert(str_eq(one->name, two.name) && str_eq(one->value, two.value));
	assert(two.flags == 0 && one->lines == two.lines);
	assert(mime_fields_next(&f, &two) == 0 && f.pos == n && f.flags == 0);
	free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct mime_fields f;
	struct mime_field field;
	uint64_t flags = 0;
	size_t at = 0, end;

	mime_fields_init(&f, in);
	while (mime_fields_next(&f, &field) > 0) {
		assert(field.whole.p == in.p + at && field.whole.n > 0);
		at += field.whole.n;
		assert(f.pos == at && field.lines > 0);
		within(field.name, field.whole);
		assert((field.value.p == NULL) ==
		    ((field.flags & MIME_NO_COLON) != 0));
		if (field.value.p != NULL)
			within(field.value, field.whole);
		flags |= field.flags;
		if (field.flags == 0 && at < in.n)
			again(&field);
	}
	end = f.pos - at;
	assert(end == 0 ? f.flags & MIME_HEADER_OPEN : end <= 2 &&
	    in.p[f.pos - 1] == '\n');
	assert((f.flags & flags) == flags);
	return 0;
}
