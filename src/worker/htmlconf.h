#ifndef HTMLCONF_H
#define HTMLCONF_H

/* A section html-filter of the configuration as rules of the filter. */

#include "conf.h"
#include "html_rules.h"

struct htmlconf {
	struct html_rules rules;
	struct html_list lists[HTML_ITEMS][2 * CONF_HTML_LISTS];
};

/*
 * The section in this row; what h has points into c.  0, or ERR_CONFIG: there
 * is none, or the cache is damaged.
 */
int htmlconf_open(struct htmlconf *h, const struct conf *c, uint32_t row);

#endif
