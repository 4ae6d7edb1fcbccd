#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "die.h"

void
die(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(code);
}
