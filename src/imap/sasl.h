#ifndef SASL_H
#define SASL_H

/*
 * SASL mechanisms (IANA's registry) and the user names their messages carry.
 * Mechanisms with a security layer would blind the proxy after login, those
 * with channel binding cannot pass a proxy that ends TLS: both are never.
 */

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "str.h"

enum { IMAP_SASL_NAME = 20 };

struct imap_sasl_info {
	char name[IMAP_SASL_NAME];
	uint8_t deflt;			/* enum imap_default */
};

/* X(enumerator, name, default); row 0 stands for all not listed. */
#define IMAP_SASL(X) \
	X(UNKNOWN, "UNKNOWN", ASK) \
	X(PLAIN, "PLAIN", ALLOW) \
	X(LOGIN, "LOGIN", ALLOW) \
	X(XOAUTH2, "XOAUTH2", ALLOW) \
	X(OAUTHBEARER, "OAUTHBEARER", ALLOW) \
	X(SCRAM_SHA_1, "SCRAM-SHA-1", ALLOW) \
	X(SCRAM_SHA_256, "SCRAM-SHA-256", ALLOW) \
	X(SCRAM_SHA_512, "SCRAM-SHA-512", ALLOW) \
	X(CRAM_MD5, "CRAM-MD5", ALLOW) \
	X(EXTERNAL, "EXTERNAL", ASK) \
	X(ANONYMOUS, "ANONYMOUS", ASK) \
	X(OTP, "OTP", ASK) \
	X(SCRAM_SHA_1_PLUS, "SCRAM-SHA-1-PLUS", NEVER) \
	X(SCRAM_SHA_256_PLUS, "SCRAM-SHA-256-PLUS", NEVER) \
	X(SCRAM_SHA_512_PLUS, "SCRAM-SHA-512-PLUS", NEVER) \
	X(DIGEST_MD5, "DIGEST-MD5", NEVER) \
	X(GSSAPI, "GSSAPI", NEVER) \
	X(GS2_KRB5, "GS2-KRB5", NEVER) \
	X(GS2_KRB5_PLUS, "GS2-KRB5-PLUS", NEVER) \
	X(GSS_SPNEGO, "GSS-SPNEGO", NEVER) \
	X(KERBEROS_V4, "KERBEROS_V4", NEVER) \
	X(KERBEROS_V5, "KERBEROS_V5", NEVER) \
	X(NTLM, "NTLM", NEVER) \
	X(SRP, "SRP", NEVER) \
	X(NMAS, "NMAS-SAMBA-AUTH", NEVER)

enum imap_sasl_row {
#define IMAP_SASL_ROW(id, name, deflt) IMAP_SASL_##id,
	IMAP_SASL(IMAP_SASL_ROW)
#undef IMAP_SASL_ROW
	IMAP_SASL_ROWS
};

extern const struct imap_sasl_info imap_sasl[IMAP_SASL_ROWS];

/* By name, case folded; *-PLUS that is not listed is never, too. */
enum imap_sasl_row imap_sasl_find(struct str name);
/* The SCRAM-X-PLUS row of SCRAM-X, or UNKNOWN. */
enum imap_sasl_row imap_sasl_plus(enum imap_sasl_row row);

/*
 * The user name in a decoded client message of a mechanism; step counts the
 * client's messages from 0.  A slice of msg, STR_NULL when it holds none.
 * PLAIN RFC 4616, OAUTHBEARER RFC 7628, SCRAM RFC 5802; LOGIN and XOAUTH2 as
 * they are used; CRAM-MD5 RFC 2195.
 */
struct str imap_sasl_user(enum imap_sasl_row mech, unsigned step,
    struct str msg);

#endif
