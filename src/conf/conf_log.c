#include "conf_log.h"
#include "log.h"

static struct log_conf
of(const struct conf *c, const struct conf_log *l)
{
	return (struct log_conf){
		.level = l->level,
		.target = l->target,
		.format = l->format,
		.on_failure = l->on_failure,
		.facility = (int)l->facility,
		.data_limit = (uint32_t)l->data_limit,
		.path = conf_cstr(c, l->path),
	};
}

int
conf_log_open(const struct conf *c)
{
	struct log_conf lc[LOG_LOGS];

	for (size_t i = 0; i < LOG_LOGS; i++)
		lc[i] = of(c, &c->main->logs[i]);
	return log_open(lc, conf_cstr(c, c->main->name));
}

void
conf_log_report(const char *report)
{
	struct str rest = str_c(report), line;
	bool more = true;

	while (more) {
		more = str_cut(&rest, '\n', &line);
		if (line.n > 0)
			log_msg(LOG_CONFIG_BAD, "%.*s", STR_ARG(line));
	}
}
