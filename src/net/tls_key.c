/*
 * Certificates and private keys.  Nothing else in the program reads or holds
 * a private key, so that signing can move to another process.
 *
 * OpenSSL 3 finds out what a key is by trying decoders, which costs .35 ms
 * for each process; the DER inside says it, and the functions for EC and RSA
 * keys read it in .08.  They are deprecated, not gone; keys of other kinds
 * take the long way.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "fd.h"
#include "tls_impl.h"

enum {
	/* Certificates in one file; TLS_DEPTH_MAX is for peers. */
	CHAIN_FILE_MAX = 16,
	DER_SEQUENCE = 0x30,
};

/* ---- files -------------------------------------------------------------- */

void
tls_file_note(struct tls_file *f, const char *path)
{
	struct stat st;

	*f = (struct tls_file){ .path = path };
	if (stat(path, &st) < 0)
		return;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->size = st.st_size;
	f->mtime = st.st_mtim;
}

bool
tls_file_fresh(const struct tls_file *f)
{
	struct tls_file now;

	if (f->path == NULL)
		return true;
	tls_file_note(&now, f->path);
	return now.dev == f->dev && now.ino == f->ino &&
	    now.size == f->size && now.mtime.tv_sec == f->mtime.tv_sec &&
	    now.mtime.tv_nsec == f->mtime.tv_nsec;
}

static int
read_file(const char *path, const char *what, char **p_r, size_t *n_r,
    char *why)
{
	if (fd_read_file(path, TLS_FILE_MAX, p_r, n_r) == 0)
		return 0;
	snprintf(why, TLS_WHY_MAX, "%s: %s: %s", what, path, strerror(errno));
	return ERR_TLS;
}

/* ---- certificates ------------------------------------------------------- */

static int
add_certificate(struct tls_pair *p, const unsigned char **d, long n)
{
	X509 *x = d2i_X509(NULL, d, n);

	if (x == NULL)
		return ERR_TLS;
	if (p->leaf == NULL) {
		p->leaf = x;
		return 0;
	}
	if (p->chain == NULL)
		p->chain = sk_X509_new_null();
	if (p->chain == NULL || sk_X509_num(p->chain) >= CHAIN_FILE_MAX ||
	    sk_X509_push(p->chain, x) == 0) {
		X509_free(x);
		return ERR_TLS;
	}
	return 0;
}

/* A PEM file's blocks, one at a time; false at its end. */
static bool
next_block(BIO *bio, char **name_r, char **head_r, unsigned char **d_r,
    long *n_r)
{
	return PEM_read_bio(bio, name_r, head_r, d_r, n_r) == 1;
}

static void
free_block(char *name, char *head, unsigned char *d, long n)
{
	OPENSSL_free(name);
	OPENSSL_free(head);
	OPENSSL_clear_free(d, (size_t)n);
}

static int
pem_certificates(struct tls_pair *p, BIO *bio)
{
	char *name, *head;
	unsigned char *d;
	long n;
	int rc = 0;

	while (rc == 0 && next_block(bio, &name, &head, &d, &n)) {
		const unsigned char *q = d;

		if (strcmp(name, PEM_STRING_X509) == 0 ||
		    strcmp(name, PEM_STRING_X509_OLD) == 0)
			rc = add_certificate(p, &q, n);
		free_block(name, head, d, n);
	}
	if (rc == 0 && ERR_GET_REASON(ERR_peek_last_error()) ==
	    PEM_R_NO_START_LINE)
		ERR_clear_error();	/* the file's end */
	else if (rc == 0 && ERR_peek_error() != 0)
		rc = ERR_TLS;		/* a block cut off: half a renewal */
	return rc;
}

static int
der_certificates(struct tls_pair *p, const char *data, size_t n)
{
	const unsigned char *d = (const unsigned char *)data, *end = d + n;

	while (d < end)
		if (add_certificate(p, &d, end - d) < 0)
			return ERR_TLS;
	return 0;
}

static int
load_certificates(struct tls_pair *p, char *why)
{
	char *data;
	size_t n;
	BIO *bio;
	int rc;

	if (read_file(p->cert_path, "certificate", &data, &n, why) < 0)
		return ERR_TLS;
	ERR_clear_error();
	if (n > 0 && data[0] == DER_SEQUENCE) {
		rc = der_certificates(p, data, n);
	} else {
		bio = BIO_new_mem_buf(data, (int)n);
		rc = bio != NULL ? pem_certificates(p, bio) : ERR_TLS;
		BIO_free(bio);
	}
	free(data);
	if (rc == 0 && p->leaf != NULL)
		return 0;
	ERR_clear_error();
	snprintf(why, TLS_WHY_MAX, "certificate: %s: %s", p->cert_path,
	    rc == 0 ? "no certificate in it" : "cannot be read as PEM or DER");
	return ERR_TLS;
}

/* ---- keys --------------------------------------------------------------- */

static EVP_PKEY *
wrap(int type, void *key)
{
	EVP_PKEY *k = EVP_PKEY_new();

	if (k != NULL && EVP_PKEY_assign(k, type, key) == 1)
		return k;
	EVP_PKEY_free(k);
	return NULL;
}

static EVP_PKEY *
ec_key(EC_KEY *group, const unsigned char *d, long n)
{
	EC_KEY *ec = d2i_ECPrivateKey(group != NULL ? &group : NULL, &d, n);
	EVP_PKEY *k = ec != NULL ? wrap(EVP_PKEY_EC, ec) : NULL;

	if (k == NULL)
		EC_KEY_free(ec != NULL ? ec : group);
	return k;
}

static EVP_PKEY *
rsa_key(const unsigned char *d, long n)
{
	RSA *rsa = d2i_RSAPrivateKey(NULL, &d, n);
	EVP_PKEY *k = rsa != NULL ? wrap(EVP_PKEY_RSA, rsa) : NULL;

	if (k == NULL)
		RSA_free(rsa);
	return k;
}

/* PKCS #8 says what it holds. */
static EVP_PKEY *
pkcs8_key(const unsigned char *d, long n)
{
	PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &d, n);
	const ASN1_OBJECT *oid;
	const unsigned char *in;
	const X509_ALGOR *alg;
	const void *curve;
	EVP_PKEY *k = NULL;
	int len, type;

	if (p8 == NULL)
		return NULL;
	if (PKCS8_pkey_get0(&oid, &in, &len, &alg, p8) == 1) {
		X509_ALGOR_get0(NULL, &type, &curve, alg);
		if (OBJ_obj2nid(oid) == NID_rsaEncryption)
			k = rsa_key(in, len);
		else if (OBJ_obj2nid(oid) == NID_X9_62_id_ecPublicKey &&
		    type == V_ASN1_OBJECT)
			k = ec_key(EC_KEY_new_by_curve_name(
			    OBJ_obj2nid(curve)), in, len);
	}
	if (k == NULL)
		k = EVP_PKCS82PKEY(p8);
	PKCS8_PRIV_KEY_INFO_free(p8);
	return k;
}

/* One PEM block: NULL with *say_r when it is no key of ours. */
static EVP_PKEY *
pem_key(const char *name, const char *head, const unsigned char *d, long n,
    const char **say_r)
{
	if (strcmp(name, PEM_STRING_PKCS8) == 0 ||
	    strstr(head, "ENCRYPTED") != NULL) {
		*say_r = "is encrypted with a pass phrase";
		return NULL;
	}
	if (strcmp(name, PEM_STRING_PKCS8INF) == 0)
		return pkcs8_key(d, n);
	if (strcmp(name, PEM_STRING_ECPRIVATEKEY) == 0)
		return ec_key(NULL, d, n);
	if (strcmp(name, PEM_STRING_RSA) == 0)
		return rsa_key(d, n);
	return NULL;
}

static EVP_PKEY *
pem_keys(BIO *bio, const char **say_r)
{
	char *name, *head;
	unsigned char *d;
	EVP_PKEY *k = NULL;
	long n;

	*say_r = "no private key in it, or a damaged one";
	while (k == NULL && next_block(bio, &name, &head, &d, &n)) {
		k = pem_key(name, head, d, n, say_r);
		free_block(name, head, d, n);
	}
	return k;
}

static EVP_PKEY *
der_key(const unsigned char *d, long n, const char **say_r)
{
	EVP_PKEY *k = pkcs8_key(d, n);

	if (k == NULL)
		k = ec_key(NULL, d, n);
	if (k == NULL)
		k = rsa_key(d, n);
	*say_r = "no private key in it, or a damaged one";
	return k;
}

static int
load_key(struct tls_pair *p, char *why)
{
	const char *say = "no memory";
	char *data;
	size_t n;
	BIO *bio;

	if (read_file(p->key_path, "private key", &data, &n, why) < 0)
		return ERR_TLS;
	if (n > 0 && data[0] == DER_SEQUENCE) {
		p->key = der_key((unsigned char *)data, (long)n, &say);
	} else {
		bio = BIO_new_mem_buf(data, (int)n);
		p->key = bio != NULL ? pem_keys(bio, &say) : NULL;
		BIO_free(bio);
	}
	str_wipe(data, n);
	free(data);
	ERR_clear_error();
	if (p->key != NULL)
		return 0;
	snprintf(why, TLS_WHY_MAX, "private key: %s: %s", p->key_path, say);
	return ERR_TLS;
}

/* ---- pairs -------------------------------------------------------------- */

static void
forget(struct tls_pair *p)
{
	X509_free(p->leaf);
	sk_X509_pop_free(p->chain, X509_free);
	EVP_PKEY_free(p->key);
	p->leaf = NULL;
	p->chain = NULL;
	p->key = NULL;
	p->loaded = false;
}

static int
load_once(struct tls_pair *p, char *why)
{
	forget(p);
	errno = 0;
	tls_file_note(&p->files[0], p->cert_path);
	if (load_certificates(p, why) < 0)
		return ERR_TLS;
	if (!tls_given(p->key_path))
		return 0;
	tls_file_note(&p->files[1], p->key_path);
	if (load_key(p, why) < 0)
		return ERR_TLS;
	if (X509_check_private_key(p->leaf, p->key) == 1)
		return 0;
	ERR_clear_error();
	snprintf(why, TLS_WHY_MAX, "private key: %s does not match %s",
	    p->key_path, p->cert_path);
	return ERR_TLS;
}

int
tls_pair_load(struct tls_pair *p, char *why)
{
	struct timespec pause = { .tv_nsec = TLS_REREAD_MS * 1000000L };
	int rc = load_once(p, why);

	/* EACCES does not mend itself in a moment; all else may */
	if (rc < 0 && errno != EACCES) {
		nanosleep(&pause, NULL);
		rc = load_once(p, why);
	}
	if (rc < 0)
		forget(p);
	else
		why[0] = '\0';	/* of a first attempt that failed */
	p->loaded = rc == 0;
	return rc;
}

int
tls_pair_use(struct tls_pair *p, SSL *ssl, char *why)
{
	if (!p->loaded && tls_pair_load(p, why) < 0)
		return ERR_TLS;
	if (SSL_use_cert_and_key(ssl, p->leaf, p->key, p->chain, 1) == 1)
		return 0;
	tls_reason(why, "certificate", "not usable");
	return ERR_TLS;
}

bool
tls_pair_fresh(const struct tls_pair *p)
{
	return !p->loaded ||
	    (tls_file_fresh(&p->files[0]) && tls_file_fresh(&p->files[1]));
}

void
tls_pair_free(struct tls_pair *p)
{
	forget(p);
}

/* ---- for the checker ---------------------------------------------------- */

static int64_t
seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void
describe(const struct tls_pair *p, struct tls_check *c_r)
{
	EVP_PKEY *k = X509_get0_pubkey(p->leaf);

	c_r->not_before = seconds(X509_get0_notBefore(p->leaf));
	c_r->not_after = seconds(X509_get0_notAfter(p->leaf));
	c_r->chain = 1 + (p->chain != NULL ? (size_t)sk_X509_num(p->chain) : 0);
	c_r->self_signed = X509_self_signed(p->leaf, 0) == 1;
	if (k == NULL)
		return;
	snprintf(c_r->key_type, sizeof c_r->key_type, "%s",
	    EVP_PKEY_get0_type_name(k));
	c_r->key_bits = EVP_PKEY_get_bits(k);
}

int
tls_check_key(const char *certificate, const char *private_key,
    struct tls_check *c_r)
{
	struct tls_pair p = {
		.cert_path = certificate, .key_path = private_key,
	};
	int rc;

	*c_r = (struct tls_check){ 0 };
	tls_library();
	rc = tls_pair_load(&p, c_r->why);
	if (rc == 0)
		describe(&p, c_r);
	tls_pair_free(&p);
	return rc;
}
