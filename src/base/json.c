#include <assert.h>

#include "json.h"

static void
put_octet(FILE *f, unsigned char c, bool plain)
{
	if (c == '"' || c == '\\')
		fprintf(f, "\\%c", c);
	else if (c == '\n')
		fputs("\\n", f);
	else if (c == '\t')
		fputs("\\t", f);
	else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !plain))
		fprintf(f, "\\u%04x", c);
	else
		fputc(c, f);
}

/* One character of valid UTF-8 as \u escapes; how many octets it takes. */
static size_t
put_escaped(FILE *f, const unsigned char *p)
{
	size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	unsigned c = p[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	if (c >= 0x10000)
		fprintf(f, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10),
		    0xdc00 + (c & 0x3ff));
	else
		fprintf(f, "\\u%04x", c);
	return n;
}

static void
put_str(const struct json *j, struct str s)
{
	bool plain = str_utf8(s);

	fputc('"', j->f);
	for (size_t i = 0; i < s.n; ) {
		const unsigned char *p = (const unsigned char *)s.p + i;

		if (*p >= 0x80 && plain && j->ascii) {
			i += put_escaped(j->f, p);
			continue;
		}
		put_octet(j->f, *p, plain);
		i++;
	}
	fputc('"', j->f);
}

/* What stands before a value. */
static void
begin(struct json *j, const char *key)
{
	if (j->some >> j->depth & 1)
		fputs(", ", j->f);
	j->some |= UINT32_C(1) << j->depth;
	if (key != NULL) {
		put_str(j, str_c(key));
		fputs(": ", j->f);
	}
}

static void
nest(struct json *j, const char *key, bool array)
{
	begin(j, key);
	fputc(array ? '[' : '{', j->f);
	assert(j->depth < JSON_DEPTH);
	j->depth++;
	j->some &= ~(UINT32_C(1) << j->depth);
	j->array &= ~(UINT32_C(1) << j->depth);
	j->array |= (uint32_t)array << j->depth;
}

void
json_object(struct json *j, const char *key)
{
	nest(j, key, false);
}

void
json_array(struct json *j, const char *key)
{
	nest(j, key, true);
}

void
json_end(struct json *j)
{
	assert(j->depth > 0);
	fputc(j->array >> j->depth & 1 ? ']' : '}', j->f);
	if (--j->depth == 0)
		fputc('\n', j->f);
}

void
json_str(struct json *j, const char *key, struct str s)
{
	begin(j, key);
	if (s.p == NULL)
		fputs("null", j->f);
	else
		put_str(j, s);
}

void
json_num(struct json *j, const char *key, uint64_t v)
{
	begin(j, key);
	fprintf(j->f, "%llu", (unsigned long long)v);
}

void
json_bool(struct json *j, const char *key, bool v)
{
	begin(j, key);
	fputs(v ? "true" : "false", j->f);
}

void
json_raw(struct json *j, const char *key, const char *value)
{
	begin(j, key);
	fputs(value, j->f);
}
