#ifndef CONF_LOG_H
#define CONF_LOG_H

#include "conf.h"

/* Open both logs as a configuration says: log_open()'s result. */
int conf_log_open(const struct conf *c);
/* The compiler's report, a message for each of its lines. */
void conf_log_report(const char *report);

#endif
