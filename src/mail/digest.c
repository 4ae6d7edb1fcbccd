#include <openssl/evp.h>

#include "digest.h"

static EVP_MD *sha256;

bool
digest_prepare(void)
{
	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	return sha256 != NULL;
}

struct digest *
digest_begin(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c != NULL && EVP_DigestInit_ex2(c, sha256, NULL) == 1)
		return (struct digest *)c;
	EVP_MD_CTX_free(c);
	return NULL;
}

void
digest_add(struct digest *d, struct str octets)
{
	/* of SHA-256 with a context it does not fail */
	if (octets.n > 0)
		(void)EVP_DigestUpdate((EVP_MD_CTX *)d, octets.p, octets.n);
}

void
digest_end(struct digest *d, uint8_t out[32])
{
	if (out != NULL)
		(void)EVP_DigestFinal_ex((EVP_MD_CTX *)d, out, NULL);
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
}
