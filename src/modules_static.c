/*
 * For imap4-proxy: linked statically, which halves what a session costs to
 * start, and so without modules.  It serves what needs none, and leaves the
 * rest to imap4-session.
 */

#include <stddef.h>

#include "module.h"

const struct module_head *const module_static[] = { NULL };
const bool module_loads = false;

const struct module_head *
module_load(const char *name, const char **why_r)
{
	(void)name;
	*why_r = "this program loads no modules";
	return NULL;
}
