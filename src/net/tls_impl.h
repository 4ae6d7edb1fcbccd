#ifndef TLS_IMPL_H
#define TLS_IMPL_H

/*
 * What the files of the TLS engine share.  Private to net/tls*.c: the only
 * header that shows OpenSSL.
 */

#include <sys/types.h>

/* OpenSSL has a type of this name; err.h has an error. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

#include "tls.h"

/* A file as it was when it was read. */
struct tls_file {
	const char *path;	/* NULL: none */
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

/* ---- tls_key.c: the only place that reads or holds private keys --------- */

struct tls_pair {
	const char *cert_path, *key_path;
	bool loaded;
	X509 *leaf;
	STACK_OF(X509) *chain;	/* what follows the leaf; NULL: nothing */
	EVP_PKEY *key;
	struct tls_file files[2];
};

/*
 * Read both files and compare; once more after TLS_REREAD_MS when they are
 * unreadable in a way that a renewal passes through.  0, or ERR_TLS with the
 * text in why (TLS_WHY_MAX).
 */
int tls_pair_load(struct tls_pair *p, char *why);
/* Present it on a connection: 0, or ERR_TLS with why. */
int tls_pair_use(struct tls_pair *p, SSL *ssl, char *why);
bool tls_pair_fresh(const struct tls_pair *p);
void tls_pair_free(struct tls_pair *p);

int tls_check_key(const char *certificate, const char *private_key,
    struct tls_check *c_r);

/* Note a file's identity before it is read. */
void tls_file_note(struct tls_file *f, const char *path);
bool tls_file_fresh(const struct tls_file *f);

/* ---- tls_ctx.c ---------------------------------------------------------- */

struct tls_named {
	const char *name;
	struct tls_pair pair;
};

struct tls_ctx {
	const struct tls_params *params;
	SSL_CTX *ssl;
	struct tls_pair pair;		/* the default */
	struct tls_named *sni;
	size_t nsni;
	struct tls_file files[2];	/* CA, CRL */
};

/* SSL_get_app_data() of ssl is its tls_conn. */
struct tls_conn {
	struct tls_ctx *ctx;
	SSL *ssl;
	size_t held;		/* octets of the write that blocked */
	short read_wants;	/* POLLIN or POLLOUT */
	short write_wants;
	short step_wants;	/* of a handshake or shutdown */
	bool done;		/* handshake */
	char sni[256];		/* asked for by the client */
	/* the reason of a refusal of ours, found inside a callback */
	char reason[TLS_WHY_MAX];
};

struct tls_ctx *tls_ctx_new(const struct tls_params *params,
    const char **why_r);
void tls_ctx_free(struct tls_ctx *ctx);
bool tls_ctx_fresh(const struct tls_ctx *ctx);
int tls_check_lists(const char *ciphers, const char *ciphersuites,
    const char *groups, char *why_r);

/* ---- tls_peer.c --------------------------------------------------------- */

/* SSL_CTX_set_cert_verify_callback: OpenSSL's checks, and ours before them. */
int tls_peer_verify(X509_STORE_CTX *store, void *arg);
int tls_check_info(const char *file, struct arena *a, struct certinfo *ci_r,
    char *why_r);
int tls_peer_info(struct tls_conn *conn, struct arena *a,
    struct certinfo *ci_r);

int tls_check_ca(const char *file, char *why_r);
int tls_check_crl(const char *file, char *why_r);
int tls_check_ca_dir(const char *dir, char *why_r);

/* ---- tls_warm.c --------------------------------------------------------- */

void tls_ctx_warm(struct tls_ctx *ctx);

/* ---- tls.c -------------------------------------------------------------- */

/* The engine's error text, of TLS_WHY_MAX octets. */
extern char tls_why[TLS_WHY_MAX];

/*
 * "stage: reason of the oldest error in OpenSSL's queue" to why, which is
 * emptied; with nothing in it the text otherwise.
 */
void tls_reason(char *why, const char *stage, const char *otherwise);
/* Library settings, once per process. */
void tls_library(void);

static inline bool
tls_given(const char *s)
{
	return s != NULL && *s != '\0';
}

#endif
