#include "cte.h"

#include "token.h"

static const char *const names[MIME_CTE_COUNT] = {
#define CTE_ROW(id, name) [MIME_CTE_##id] = name,
	MIME_CTES(CTE_ROW)
#undef CTE_ROW
};

static const struct {
	enum mime_cte cte;
	const char *name;
} aliases[] = {
	{ MIME_CTE_UU, "uuencode" }, { MIME_CTE_UU, "x-uue" },
	{ MIME_CTE_UU, "uue" },
};

const char *
mime_cte_name(enum mime_cte cte)
{
	return names[cte];
}

static enum mime_cte
named(struct str s)
{
	for (unsigned i = 0; i < MIME_CTE_UNKNOWN; i++)
		if (str_ieq(s, str_c(names[i])))
			return (enum mime_cte)i;
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (str_ieq(s, str_c(aliases[i].name)))
			return aliases[i].cte;
	return MIME_CTE_UNKNOWN;
}

enum mime_cte
mime_cte_parse(struct str value, unsigned *readings_r, uint64_t *flags)
{
	struct mime_lex l;
	struct mime_token t;
	enum mime_cte first = MIME_CTE_7BIT;
	size_t tokens = 0;

	*readings_r = 0;
	mime_lex_init(&l, value, MIME_LEX_VALUE);
	for (; mime_lex_next(&l, &t) != MIME_TOKEN_END; tokens++) {
		enum mime_cte cte = named(t.text);

		if (tokens == 0)
			first = t.kind == MIME_TOKEN_ATOM ? cte :
			    MIME_CTE_UNKNOWN;
		if (tokens > 0 || t.kind != MIME_TOKEN_ATOM)
			*flags |= MIME_CTE_BROKEN;
		if (cte != MIME_CTE_UNKNOWN)
			*readings_r |= MIME_CTE_BIT(cte);
	}
	if (tokens == 0)
		*flags |= MIME_CTE_BROKEN;
	if (first == MIME_CTE_UNKNOWN)
		*flags |= MIME_CTE_STRANGE;
	*readings_r |= MIME_CTE_BIT(first);
	*flags |= l.flags;
	return first;
}
