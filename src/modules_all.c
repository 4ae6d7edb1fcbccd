/* For programs that link the rooms directly. */

#include <stddef.h>

#include "module.h"
#include "regex.h"
#include "resolve.h"
#include "store.h"
#include "tls.h"

const struct module_head *const module_static[] = {
	&engine_tls.head,
	&engine_regex.head,
	&engine_resolve.head,
	&engine_store.head,
	NULL,
};
const bool module_loads = true;
