#ifndef CTE_H
#define CTE_H

/*
 * Content-Transfer-Encoding (RFC 2045 section 6): which encodings a value may
 * be read as.
 */

#include <stdint.h>

#include "flag.h"
#include "str.h"

/* X(enumerator, name): the first of an enumerator's names is the standard. */
#define MIME_CTES(X) \
	X(7BIT, "7bit") \
	X(8BIT, "8bit") \
	X(BINARY, "binary") \
	X(BASE64, "base64") \
	X(QP, "quoted-printable") \
	X(UU, "x-uuencode") \
	X(UNKNOWN, "") \
	/* files in text: nothing that a part declares */ \
	X(YENC, "yEnc") \
	X(BINHEX, "BinHex")

enum mime_cte {
#define MIME_CTE_ENUM(id, name) MIME_CTE_##id,
	MIME_CTES(MIME_CTE_ENUM)
#undef MIME_CTE_ENUM
	MIME_CTE_COUNT
};

#define MIME_CTE_BIT(cte) (1u << (cte))

const char *mime_cte_name(enum mime_cte cte);

/* Where no reader can be sure: none, and those that many readers know. */
#define MIME_CTE_GUESSES (MIME_CTE_BIT(MIME_CTE_7BIT) | \
    MIME_CTE_BIT(MIME_CTE_BASE64) | MIME_CTE_BIT(MIME_CTE_QP) | \
    MIME_CTE_BIT(MIME_CTE_UU))

/*
 * What a reader takes that goes by the first token; *readings_r has bits of
 * all that some reader may take, this one among them.  Adds to *flags.  An
 * empty value is 7bit.
 */
enum mime_cte mime_cte_parse(struct str value, unsigned *readings_r,
    uint64_t *flags);

#endif
