#ifndef TLS_H
#define TLS_H

/*
 * TLS, as a table of functions: everything of OpenSSL stays in net/tls*.c,
 * which is the module tls.so.  Get it with module_get("tls", &why).
 *
 * Fixed for every connection: TLS 1.2 or newer, no compression, no
 * renegotiation, no early data, no tickets unless asked for, a chain of at most
 * TLS_DEPTH_MAX, RSA keys of at most TLS_RSA_MAX bits, ALPN "imap" (RFC 7301;
 * a client that offers ALPN without it gets no_application_protocol; one that
 * offers none goes on), openssl.cnf is not read.
 *
 * A `why` is a text that lives until the next call of the engine that fails;
 * it names the stage: "certificate: has expired", "handshake: no shared
 * cipher", "record: bad record mac", "private key: does not match ...".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "certinfo.h"
#include "module.h"
#include "str.h"

struct arena;
struct tls_ctx;		/* one role's settings and keys */
struct tls_conn;	/* one connection */

enum {
	/* Chains of real mail servers have 2 to 4. */
	TLS_DEPTH_MAX = 8,
	/* Verifying with a larger key is a peer's way to burn our CPU. */
	TLS_RSA_MAX = 4096,
	/* Octets of a peer's whole chain; OpenSSL's own is 100 KB. */
	TLS_CHAIN_MAX = 65536,
	/* Octets of a certificate or key file: chains have some KB. */
	TLS_FILE_MAX = 1 << 20,
	/* A name as RFC 4514 text; longer ones are refused. */
	TLS_NAME_MAX = 4096,
	/* A certificate and key that do not match are read again after this
	 * many ms: a renewal replaces two files, not at one instant. */
	TLS_REREAD_MS = 100,
	/* A ticket is good for two hours; TLS 1.2 protects what was sent by
	 * it only as long as its key is not known. */
	TLS_TICKET_S = 7200,
	TLS_WHY_MAX = 240,
};

enum tls_role { TLS_ACCEPT, TLS_CONNECT };
enum tls_verify {
	TLS_VERIFY_NONE,	/* ask for no certificate (accept), or take
				 * any (connect) */
	TLS_VERIFY_OPTIONAL,	/* none is fine, a bad one is not */
	TLS_VERIFY_REQUIRED,
};

enum tls_op { TLS_OP_HANDSHAKE, TLS_OP_READ, TLS_OP_WRITE };

/* Absolute paths, NUL-terminated; NULL and "" are: not given. */
struct tls_sni {
	const char *name;	/* lower case; "*.example.org": one label */
	const char *certificate, *private_key;
};

struct tls_params {
	enum tls_role role;
	enum tls_verify verify;
	/* PEM (chain: leaf first) or DER.  TLS_CONNECT: may be absent. */
	const char *certificate, *private_key;
	const struct tls_sni *sni;	/* TLS_ACCEPT */
	size_t nsni;
	uint16_t min_version, max_version; /* 0x0303, 0x0304; 0: default */
	const char *ciphers;		/* TLS 1.2, OpenSSL's syntax */
	const char *ciphersuites;	/* TLS 1.3 */
	const char *groups;
	const char *ca_file;	/* PEM; read whole: keep it short */
	const char *ca_dir;	/* hashed (openssl rehash); looked up lazily */
	const char *crl_file;	/* PEM; then every CA of a chain needs one */
	/* Sessions of different policy must not be mixed; <= 32 octets. */
	struct str session_context;
	/*
	 * Read every certificate and key in ctx_new.  Else each is read when
	 * a handshake needs it: a session pays for the one it uses.
	 */
	bool preload;
	/*
	 * TLS_ACCEPT, without a client's certificate: tickets, with keys that
	 * this context's process has and those that it forks.
	 */
	bool tickets;
};

/* Whom we mean to reach (TLS_CONNECT). */
struct tls_peer {
	/*
	 * Name for SNI and for the certificate, or a numeric address (no SNI,
	 * an iPAddress in the certificate); NULL or "": neither is done.
	 */
	const char *name;
};

/* For the log, once the handshake is done; constant strings. */
struct tls_facts {
	const char *version;	/* "TLSv1.3" */
	const char *cipher;	/* "TLS_AES_256_GCM_SHA384" */
	const char *group;	/* "X25519", "" when not known */
	bool alpn;		/* "imap" was agreed on */
	bool resumed;
	char sni[256];		/* what the client asked for, "" nothing;
				 * a peer's octets: escape them */
};

/* What a checker wants to know about a certificate and its key. */
struct tls_check {
	int64_t not_before, not_after;	/* seconds since 1970 of the leaf */
	size_t chain;			/* certificates in the file */
	bool self_signed;
	char key_type[24];		/* "EC", "RSA" ... */
	int key_bits;
	char why[TLS_WHY_MAX];		/* the error's text, else "" */
};

struct tls_engine {
	struct module_head head;

	/*
	 * A context; params and all it points to must outlive it.  NULL with
	 * *why_r.  Reads files: before the seal.
	 */
	struct tls_ctx *(*ctx_new)(const struct tls_params *params,
	    const char **why_r);
	void (*ctx_free)(struct tls_ctx *ctx);
	/*
	 * Are the files it has read (certificates, keys, CA, CRL) the same as
	 * they are now (dev, inode, size, mtime)?  For the wait parent, which
	 * makes a new context when not.
	 */
	bool (*ctx_fresh)(const struct tls_ctx *ctx);
	/*
	 * Have everything that a connection looks up when it is needed first
	 * looked up now, in a process that forks those with connections.
	 */
	void (*ctx_warm)(struct tls_ctx *ctx);

	/*
	 * A connection over a non-blocking fd, not owned.  peer is for
	 * TLS_CONNECT, else NULL.  NULL with *why_r.
	 */
	struct tls_conn *(*conn_new)(struct tls_ctx *ctx, int fd,
	    const struct tls_peer *peer, const char **why_r);
	/* Wipes and frees; sends nothing. */
	void (*conn_free)(struct tls_conn *conn);

	/*
	 * > 0 done or octets, 0 would block (see wants()), < 0
	 * ERR_TLS; ERR_IO; ERR_EOF (close_notify; in a handshake: the peer
	 * left); ERR_TRUNCATED (FIN without close_notify).
	 */
	int (*handshake)(struct tls_conn *conn);
	/* One record, or what is left of one, as far as it fits. */
	int (*read)(struct tls_conn *conn, char *p, size_t n);
	/* Until n octets or it would block; see held(). */
	int (*write)(struct tls_conn *conn, const char *p, size_t n);
	/* close_notify. > 0 sent, 0 would block, < 0 error. */
	int (*shut)(struct tls_conn *conn);
	/* Octets of a write that would block: TLS holds them as a record and
	 * wants the same octets again. */
	size_t (*held)(const struct tls_conn *conn);
	/* May read() give octets without the socket being readable? */
	bool (*pending)(const struct tls_conn *conn);
	/* What this operation waits for when it returned 0, else what it
	 * would wait for first: POLLIN or POLLOUT. */
	short (*wants)(const struct tls_conn *conn, enum tls_op op);
	const char *(*why)(const struct tls_conn *conn);

	/*
	 * The peer's certificate, strings in a.  present false when it sent
	 * none.  0, or ERR_TLS: a name holds NUL; ERR_LIMIT: a name longer
	 * than TLS_NAME_MAX or more than CERT_SAN_MAX names.
	 * Subject and issuer: RFC 4514 text, characters beyond ASCII as \XX
	 * of their UTF-8, as `openssl x509 -nameopt RFC2253` prints them.
	 */
	int (*peer)(struct tls_conn *conn, struct arena *a,
	    struct certinfo *ci_r);
	void (*facts)(const struct tls_conn *conn, struct tls_facts *f_r);

	/* ---- for test-imap4 ---- */

	/*
	 * Load a certificate and a key as a session would (private_key NULL:
	 * the certificate alone).  0, or ERR_TLS with c_r->why.
	 */
	int (*check_key)(const char *certificate, const char *private_key,
	    struct tls_check *c_r);
	/*
	 * What peer() would say of a file's first certificate, but that
	 * nothing has verified it.  0, or < 0 with why (TLS_WHY_MAX).
	 */
	int (*check_info)(const char *file, struct arena *a,
	    struct certinfo *ci_r, char *why_r);
	/* A PEM file of CAs or CRLs: how many; < 0 with why (TLS_WHY_MAX). */
	int (*check_ca)(const char *file, char *why_r);
	int (*check_crl)(const char *file, char *why_r);
	/*
	 * Does a CA directory have a hashed name in it?  > 0 yes, 0 nothing
	 * that OpenSSL would find (openssl rehash), < 0 not readable.
	 */
	int (*check_ca_dir)(const char *dir, char *why_r);
	/* Are these lists understood? 0, or ERR_TLS with why. */
	int (*check_lists)(const char *ciphers, const char *ciphersuites,
	    const char *groups, char *why_r);
};

extern const struct tls_engine engine_tls;

#endif
