/* Content-Transfer-Encoding, and what it may be read as. */

#include "cte.h"
#include "tap.h"

#define B(cte) MIME_CTE_BIT(MIME_CTE_##cte)

static const struct {
	const char *in;
	enum mime_cte first;
	unsigned readings;
	uint64_t flags;
} cases[] = {
	{ " 7bit", MIME_CTE_7BIT, B(7BIT), 0 },
	{ " Base64 ", MIME_CTE_BASE64, B(BASE64), 0 },
	{ "quoted-printable", MIME_CTE_QP, B(QP), 0 },
	{ "x-uue", MIME_CTE_UU, B(UU), 0 },
	{ "uuencode", MIME_CTE_UU, B(UU), 0 },
	{ "x-uuencode", MIME_CTE_UU, B(UU), 0 },
	{ "binary", MIME_CTE_BINARY, B(BINARY), 0 },
	{ "", MIME_CTE_7BIT, B(7BIT), MIME_CTE_BROKEN },
	{ "base-64", MIME_CTE_UNKNOWN, B(UNKNOWN), MIME_CTE_STRANGE },
	{ "x-yenc", MIME_CTE_UNKNOWN, B(UNKNOWN), MIME_CTE_STRANGE },
	{ "base64 (c)", MIME_CTE_BASE64, B(BASE64), MIME_COMMENT },
	{ "base64, quoted-printable", MIME_CTE_BASE64, B(BASE64) | B(QP),
	    MIME_CTE_BROKEN },
	{ "7bit base64", MIME_CTE_7BIT, B(7BIT) | B(BASE64),
	    MIME_CTE_BROKEN },
	{ "x; base64", MIME_CTE_UNKNOWN, B(UNKNOWN) | B(BASE64),
	    MIME_CTE_BROKEN | MIME_CTE_STRANGE },
	{ "\"base64\"", MIME_CTE_UNKNOWN, B(UNKNOWN) | B(BASE64),
	    MIME_CTE_BROKEN | MIME_CTE_STRANGE },
	{ "(base64", MIME_CTE_7BIT, B(7BIT), MIME_CTE_BROKEN |
	    MIME_COMMENT | MIME_COMMENT_OPEN },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned readings;
		uint64_t flags = 0;

		tap_int(cases[i].first, mime_cte_parse(str_c(cases[i].in),
		    &readings, &flags), "'%s' is %s", cases[i].in,
		    mime_cte_name(cases[i].first));
		tap_int(cases[i].readings, readings, "'%s' in all readings",
		    cases[i].in);
		tap_int((int64_t)cases[i].flags, (int64_t)flags,
		    "'%s' sets its flags", cases[i].in);
	}
	return tap_done();
}
