#ifndef DIE_H
#define DIE_H

/* Say why on stderr and exit with code (sysexits.h). */
void die(int code, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

#endif
