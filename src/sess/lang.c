/* Texts by language: see lang.h. */

#include "lang.h"

#include <assert.h>

#include "lang_table.h"

const char *
lang_text(enum lang_id id, enum conf_language language, bool utf8)
{
	assert(id < LANG_COUNT);
	switch (language) {
	case CONF_LANG_CZ:
		if (utf8)
			return lang_cs + lang_cs_at[id];
		break;
	case CONF_LANG_CZ_ASCII:
	case CONF_LANG_CZ_8859_2:
	case CONF_LANG_CZ_1250:
		break;
	case CONF_LANG_UNSET:
	case CONF_LANG_EN:
		return lang_en + lang_en_at[id];
	}
	return lang_cs_ascii + lang_cs_ascii_at[id];
}
