/* For imap4-proxy: every engine is a module, loaded when needed. */

#include <stddef.h>

#include "module.h"

const struct module_head *const module_static[] = { NULL };
