/* Headers octet for octet, as the specification has them. */

#include "addr.h"
#include "proxy_header.h"
#include "tap.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static const struct {
	const char *name;
	unsigned version;
	const char *from;
	uint16_t from_port;
	const char *to;
	uint16_t to_port;
	struct str want;
} rows[] = {
	{ "IPv4, version 1", 1, "192.0.2.1", 56324, "203.0.113.5", 143,
	  STR("PROXY TCP4 192.0.2.1 203.0.113.5 56324 143\r\n") },
	{ "IPv6, version 1", 1, "2001:db8::1", 65535, "2001:db8::2", 993,
	  STR("PROXY TCP6 2001:db8::1 2001:db8::2 65535 993\r\n") },
	{ "IPv4, version 2", 2, "192.0.2.1", 56324, "203.0.113.5", 143,
	  STR(SIGNATURE "\x21\x11\0\x0c\xc0\0\x02\x01\xcb\0\x71\x05"
	  "\xdc\x04\0\x8f") },
	{ "IPv6, version 2", 2, "2001:db8::1", 1, "2001:db8::2", 993,
	  STR(SIGNATURE "\x21\x21\0\x24"
	  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
	  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"
	  "\0\x01\x03\xe1") },
	{ "nobody, version 1", 1, NULL, 0, "203.0.113.5", 143,
	  STR("PROXY UNKNOWN\r\n") },
	{ "nobody, version 2", 2, NULL, 0, "203.0.113.5", 143,
	  STR(SIGNATURE "\x20\0\0\0") },
};

int
main(void)
{
	char out[PROXY_HEADER_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct addr from = { 0 }, to = { 0 };
		size_t n;

		if (rows[i].from != NULL)
			addr_parse(str_c(rows[i].from), &from);
		addr_parse(str_c(rows[i].to), &to);
		from.port = rows[i].from_port;
		to.port = rows[i].to_port;
		n = proxy_header(rows[i].version, &from, &to, out);
		tap_ok(str_eq(rows[i].want, (struct str){ out, n }), "%s",
		    rows[i].name);
	}
	return tap_done();
}
