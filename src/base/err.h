#ifndef ERR_H
#define ERR_H

/*
 * Errors a peer or its connection can cause.  One return shape everywhere:
 * > 0 progress or a value, 0 need more (or would block), < 0 one of these.
 * The detail is a static string in the object that failed (x->why).
 */
enum err {
	ERR_EOF = -1,		/* the peer closed in good order */
	ERR_IO = -2,		/* the connection broke; errno tells */
	ERR_TIMEOUT = -3,
	ERR_SYNTAX = -4,	/* cannot be parsed */
	ERR_LIMIT = -5,		/* larger than a limit allows */
	ERR_TLS = -6,		/* handshake, record or certificate */
	ERR_STATE = -7,		/* well formed, but not now */
	ERR_REFUSED = -8,	/* the peer answered no */
	ERR_NAME = -9,		/* a name did not resolve */
	ERR_CONFIG = -10,	/* the compiled configuration is not usable */
	ERR_TRUNCATED = -11,	/* the peer closed in the middle of something */
	ERR_SUPPORT = -12,	/* this kernel or build does not have it */
};

/* A constant English name: "timeout", "syntax" ...; never NULL. */
const char *err_name(int err);

#endif
