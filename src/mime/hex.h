#ifndef HEX_H
#define HEX_H

/* Hexadecimal digits, of either case. */

#include "str.h"

/* -1: it is none. */
static inline int
mime_hex(char c)
{
	return ascii_digit(c) ? c - '0' :
	    ascii_up(c) >= 'A' && ascii_up(c) <= 'F' ?
	    ascii_up(c) - 'A' + 10 : -1;
}

/* The octet that two digits at in.p + at mean; -1: they are not there. */
static inline int
mime_hex_pair(struct str in, size_t at)
{
	int hi = at + 2 <= in.n ? mime_hex(in.p[at]) : -1;
	int lo = hi >= 0 ? mime_hex(in.p[at + 1]) : -1;

	return lo >= 0 ? hi << 4 | lo : -1;
}

/* "=HH" of an octet, with another mark perhaps; behind what was written. */
static inline char *
mime_hex_quote(char *out, char c, char mark)
{
	static const char upper[] = "0123456789ABCDEF";

	*out++ = mark;
	*out++ = upper[(unsigned char)c >> 4];
	*out++ = upper[(unsigned char)c & 15];
	return out;
}

#endif
