#ifndef TLSLEG_H
#define TLSLEG_H

/*
 * TLS on a leg of the session: from an ssl-params row to a finished
 * handshake and the peer's certificate.
 */

#include "session.h"

/* What a leg asks of its peer's certificate; match as below. */
enum tls_verify tlsleg_verify(const struct conf_ssl *ssl,
    const struct conf_certmatch *match, enum tls_role role);
/*
 * The engine's settings of an ssl-params row.  They point into c and a, which
 * must outlive them.
 */
void tlsleg_params(const struct conf *c, struct arena *a,
    const struct conf_ssl *ssl, enum tls_role role, enum tls_verify verify,
    struct tls_params *p_r);

/*
 * Make the context of an ssl-params row for a leg and put a connection on
 * it.  row: of conf's ssl table.  match: the leg's *-cert-match, which makes
 * a certificate required.  name: whom we mean to reach (server leg).
 * 0, or ERR_* with *why_r.
 */
int tlsleg_begin(struct sess *s, struct io *leg, int32_t row,
    const struct conf_certmatch *match, const char *name,
    const char **why_r);
/*
 * Run the handshake until deadline (clock_ms) and get the peer's certificate
 * into the arena.  0, or ERR_* with *why_r.
 */
int tlsleg_handshake(struct sess *s, struct io *leg, int64_t deadline,
    struct certinfo **cert_r, const char **why_r);

#endif
