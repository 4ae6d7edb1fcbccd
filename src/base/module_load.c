#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "module.h"

const struct module_head *
module_load(const char *name, const char **why_r)
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
