#include <string.h>

#include "module.h"

enum { LOADED_MAX = 8 };

static const struct module_head *loaded[LOADED_MAX];

static const struct module_head *
find(const struct module_head *const *list, size_t max, const char *name)
{
	for (size_t i = 0; i < max && list[i] != NULL; i++)
		if (strcmp(list[i]->name, name) == 0)
			return list[i];
	return NULL;
}

const void *
module_get(const char *name, const char **why_r)
{
	const struct module_head *h;

	h = find(module_static, SIZE_MAX, name);
	if (h == NULL)
		h = find(loaded, LOADED_MAX, name);
	if (h != NULL)
		return h;
	h = module_load(name, why_r);
	for (size_t i = 0; h != NULL && i < LOADED_MAX; i++)
		if (loaded[i] == NULL) {
			loaded[i] = h;
			break;
		}
	return h;
}
