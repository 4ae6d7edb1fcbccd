/* Heads in HTTP's manner. */

#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "head.h"
#include "tap.h"

static const struct {
	const char *in;
	int want;
	unsigned code;
} heads[] = {
	{ "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 1, 200 },
	{ "HTTP/1.1 200 OK\r\n\r\nbody", 1, 200 },
	{ "HTTP/1.1 204\r\n\r\n", 1, 204 },
	{ "SPAMD/1.1 0 EX_OK\r\n\r\n", 1, 0 },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n", 0, 0 },
	{ "HTTP/1.1 200 OK", 0, 0 },
	{ "", 0, 0 },
	{ "HTTP/1.1 200 OK\nA: b\n\n", ERR_SYNTAX, 0 },
	{ "HTTP/1.1 200 OK\r\nA: b\n\r\n", ERR_SYNTAX, 0 },
	{ "HTTP/1.1 2000 OK\r\n\r\n", ERR_SYNTAX, 0 },
	{ "HTTP/1.1 x OK\r\n\r\n", ERR_SYNTAX, 0 },
	{ "HTTP/1.1\r\n\r\n", ERR_SYNTAX, 0 },
	{ " 200 OK\r\n\r\n", ERR_SYNTAX, 0 },
	{ "HTTP/1.1 200 OK\r\nno field\r\n\r\n", ERR_SYNTAX, 0 },
	{ "HTTP/1.1 200 OK\r\n: b\r\n\r\n", ERR_SYNTAX, 0 },
	{ "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", ERR_SYNTAX, 0 },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\r\n", 1, 200 },
	{ "HTTP/1.1 200 OK\r\n  c\r\n\r\n", ERR_SYNTAX, 0 },
	{ "HTTP/1.1 200 OK\r\nA: \rb\r\n\r\n", ERR_SYNTAX, 0 },
};

static const struct {
	const char *in;
	int want;
} requests[] = {
	{ "POST http://mail/ HTTP/1.1\r\nA: b\r\n\r\nbody", 1 },
	{ "GET / HTTP/1.0\r\n\r\n", 1 },
	{ "GET / HTTP/1.0\r\n", 0 },
	{ "GET /\r\n\r\n", ERR_SYNTAX },
	{ "GET  HTTP/1.0\r\n\r\n", ERR_SYNTAX },
	{ " / HTTP/1.0\r\n\r\n", ERR_SYNTAX },
	{ "GET / \r\n\r\n", ERR_SYNTAX },
	{ "GET / a HTTP/1.0\r\n\r\n", ERR_SYNTAX },
	{ "GET / HTTP/1.0\r\nno field\r\n\r\n", ERR_SYNTAX },
};

static const struct {
	const char *field;
	int want, number;
	const char *value;
} fields[] = {
	{ "A", 1, ERR_SYNTAX, "b c" },
	{ "content-LENGTH", 1, 1, "12" },
	{ "Twice", ERR_SYNTAX, ERR_SYNTAX, NULL },
	{ "None", 0, 0, NULL },
	{ "Negative", 1, ERR_SYNTAX, "-1" },
	{ "Large", 1, ERR_SYNTAX, "9223372036854775808" },
	{ "Empty", 1, ERR_SYNTAX, "" },
	{ "Folded", ERR_SYNTAX, ERR_SYNTAX, NULL },
};

static const char text[] = "X/1 200 OK\r\nA: \t b c \r\nContent-Length: 12\r\n"
    "Twice: 1\r\ntwice: 2\r\nNegative: -1\r\nLarge: 9223372036854775808\r\n"
    "Empty:\r\nFolded: 1\r\n\t2\r\n 3\r\nLast: 1\r\n\r\n";

static void
test_limits(void)
{
	char *big = malloc(2 * HEAD_MAX);
	struct head h;
	size_t n = (size_t)sprintf(big, "X/1 200 OK\r\n");

	for (int i = 0; i <= HEAD_FIELDS_MAX; i++)
		n += (size_t)sprintf(big + n, "A: b\r\n");
	n += (size_t)sprintf(big + n, "\r\n");
	tap_int(ERR_LIMIT, head_parse((struct str){ big, n }, &h),
	    "fields have a limit");
	memset(big, 'x', 2 * HEAD_MAX);
	tap_int(ERR_LIMIT, head_parse((struct str){ big, HEAD_MAX }, &h),
	    "and so has the head");
	free(big);
}

int
main(void)
{
	struct head h;

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		tap_int(heads[i].want, head_parse(str_c(heads[i].in), &h),
		    "head %zu of the list", i);
		if (heads[i].want > 0)
			tap_int(heads[i].code, h.code, "its code");
	}
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
		tap_int(requests[i].want, head_parse_request(
		    str_c(requests[i].in), &h), "request %zu of the list", i);
	head_parse_request(str_c(requests[0].in), &h);
	tap_str(STR("POST http://mail/ HTTP/1.1"), h.line, "its line");
	tap_str(STR("HTTP/1.1"), h.protocol, "its protocol");
	tap_int(1, head_parse(STR(text), &h), "a head with fields");
	tap_str(STR("X/1 200 OK"), h.line, "its line");
	tap_int(sizeof text - 1, (int64_t)h.size, "its size");
	tap_str(STR("X/1"), h.protocol, "its protocol");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct str value;
		uint64_t n = 0;

		tap_int(fields[i].want, head_field(&h, fields[i].field,
		    &value), "the field %s", fields[i].field);
		if (fields[i].value != NULL)
			tap_str(str_c(fields[i].value), value, "its value");
		tap_int(fields[i].number, head_number(&h, fields[i].field,
		    &n), "as a number");
	}
	{
		struct str value;

		tap_int(1, head_lines(&h, "Folded", &value),
		    "a field of several lines");
		tap_str(STR("1\r\n\t2\r\n 3"), value, "all of them");
	}
	test_limits();
	return tap_done();
}
