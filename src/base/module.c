#include <dlfcn.h>
#include <stdio.h>
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

static const struct module_head *
load(const char *name, const char **why_r)
{
	static char why[400];	/* size: a path and our words */
	char path[256], symbol[32];
	const struct module_head *head;
	void *so;

	snprintf(path, sizeof path, "%s/%s.so", MODULE_DIR, name);
	snprintf(symbol, sizeof symbol, "engine_%s", name);
	*why_r = why;
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (so == NULL) {
		snprintf(why, sizeof why, "%s", dlerror());
		return NULL;
	}
	head = dlsym(so, symbol);
	if (head == NULL) {
		snprintf(why, sizeof why, "%s: no %s in it", path, symbol);
		return NULL;
	}
	if (memcmp(head->build, BUILD_ID, BUILD_ID_SIZE) != 0) {
		snprintf(why, sizeof why,
		    "%s: of another build (%.16s, this is %.16s)", path,
		    head->build, BUILD_ID);
		return NULL;
	}
	return head;
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
	h = load(name, why_r);
	for (size_t i = 0; h != NULL && i < LOADED_MAX; i++)
		if (loaded[i] == NULL) {
			loaded[i] = h;
			break;
		}
	return h;
}
