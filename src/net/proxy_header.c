#include <stdio.h>
#include <string.h>

#include "proxy_header.h"

static size_t
text(const struct addr *from, const struct addr *to, bool four, char *out)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];
	int n;

	if (addr_none(from) || addr_none(to))
		n = snprintf(out, PROXY_HEADER_MAX, "PROXY UNKNOWN\r\n");
	else
		n = snprintf(out, PROXY_HEADER_MAX, "PROXY TCP%c %s %s %u "
		    "%u\r\n", four ? '4' : '6', addr_host(from, a),
		    addr_host(to, b), from->port, to->port);
	return (size_t)n;
}

static size_t
put_port(char *out, uint16_t port)
{
	out[0] = (char)(port >> 8);
	out[1] = (char)port;
	return 2;
}

static size_t
binary(const struct addr *from, const struct addr *to, bool four, char *out)
{
	static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";
	size_t skip = four ? 12 : 0, each = 16 - skip, n = sizeof signature;
	bool known = !addr_none(from) && !addr_none(to);

	memcpy(out, signature, n);
	out[n++] = known ? 0x21 : 0x20;	/* version 2, PROXY or LOCAL */
	out[n++] = !known ? 0 : four ? 0x11 : 0x21;	/* TCP over IPv4, 6 */
	n += put_port(out + n, known ? (uint16_t)(2 * each + 4) : 0);
	if (!known)
		return n;
	memcpy(out + n, from->ip + skip, each);
	memcpy(out + n + each, to->ip + skip, each);
	n += 2 * each;
	n += put_port(out + n, from->port);
	return n + put_port(out + n, to->port);
}

size_t
proxy_header(unsigned version, const struct addr *from, const struct addr *to,
    char *out)
{
	bool four = addr_is4(from) && addr_is4(to);

	return version == 1 ? text(from, to, four, out) :
	    binary(from, to, four, out);
}
