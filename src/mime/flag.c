#include "flag.h"

#include <assert.h>

static const struct {
	const char *name, *means;
} flags[MIME_FLAG_COUNT] = {
#define FLAG_ROW(id, name, means) [MIME_BIT_##id] = { name, means },
	MIME_FLAGS(FLAG_ROW)
#undef FLAG_ROW
};

const char *
mime_flag_name(unsigned bit)
{
	assert(bit < MIME_FLAG_COUNT);
	return flags[bit].name;
}

const char *
mime_flag_means(unsigned bit)
{
	assert(bit < MIME_FLAG_COUNT);
	return flags[bit].means;
}
