#ifndef CONFIG_H
#define CONFIG_H

#include "script.h"

/*
 * A descriptor of the compiled configuration that a script asks for; the same
 * text is compiled once.  -1 with a report on stdout (TAP comments).
 */
int config_fd(const struct script *s, const char *certs);

#endif
