/* For imap4-session: every engine is a module, loaded when needed. */

#include <stddef.h>

#include "module.h"

const struct module_head *const module_static[] = { NULL };
const bool module_loads = true;
