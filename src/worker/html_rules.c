#include "html_rules.h"

static const char *const gone_names[HTML_GONES] = {
#define ROW(id, name, what) [HTML_GONE_##id] = name,
	HTML_GONE(ROW)
#undef ROW
};

bool
html_rules_accept(const struct html_rules *r, int item, struct str value)
{
	for (size_t i = 0; i < r->nlists[item]; i++)
		if (r->has(r->ctx, r->lists[item][i].set, value))
			return r->lists[item][i].accept;
	return r->nlists[item] == 0;
}

const char *
html_gone_name(enum html_gone g)
{
	return gone_names[g];
}
