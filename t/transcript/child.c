#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "addr.h"
#include "child.h"
#include "conf.h"
#include "hire.h"
#include "jail.h"
#include "log.h"
#include "sess.h"

/* The mail worker of this build. */
static char worker[4096];

/* What the dial hook has left to do. */
struct dialing {
	int server;
	enum zygote_dial act;
	int calls;
};

static int
dial(void *ctx, const char *host, uint16_t port)
{
	struct dialing *d = ctx;
	int fd = d->server;

	/* for log: and nolog: */
	dprintf(STDERR_FILENO, "dialed %s:%u\n", host, port);
	d->calls++;
	if (d->act == DIAL_REFUSED ||
	    (d->act == DIAL_SECOND && d->calls == 1))
		return -1;
	d->server = -1;
	return fd;
}

static struct addr
address(const char *host, uint16_t port)
{
	struct addr a = { 0 };

	if (!addr_parse(str_c(host), &a))
		_exit(EX_SOFTWARE);
	a.port = port;
	return a;
}

/* As the program does it between mapping the cache and sess_run(). */
static void
open_logs(const struct conf *c)
{
	struct log_conf logs[LOG_LOGS];

	for (int i = 0; i < LOG_LOGS; i++) {
		const struct conf_log *l = &c->main->logs[i];

		logs[i] = (struct log_conf){
			.level = (enum log_level)l->level,
			.target = (enum log_target)l->target,
			.format = (enum log_format)l->format,
			.on_failure = (enum log_failure)l->on_failure,
			.facility = (int)l->facility,
			.data_limit = (uint32_t)l->data_limit,
			.path = conf_cstr(c, l->path),
		};
	}
	log_open(logs, "imap4-proxy");
}

void
child_prepare(void)
{
	/* the folder of t/transcript/run */
	static const char up[] = "/../../imap4-mail";
	ssize_t n = readlink("/proc/self/exe", worker,
	    sizeof worker - sizeof up);

	while (n > 0 && worker[n] != '/')
		n--;
	memcpy(worker + (n > 0 ? n : 0), up, sizeof up);
	tzset();
	log_start("imap4-proxy", LOG_LEV_NORMAL);
}

int
child_run(const struct zygote_request *r)
{
	struct dialing d = { .server = r->server, .act = r->dial };
	struct sess_dial_hook hook = { dial, &d };
	struct conf conf;
	const char *why;
	struct sess_start start = {
		.conf = &conf,
		.client_fd = r->client,
		.from = address("192.0.2.1", 40000),
		.to = address("198.51.100.1", 143),
		.listener = STR("imap"),
#ifndef __SANITIZE_ADDRESS__
		.jail = true,
#endif
		.dial = &hook,
		.keeper = -1,
	};

	if (conf_open(&conf, r->conf, CONF_CHECK_HEAD) < 0) {
		dprintf(STDERR_FILENO, "cache: %s\n", conf.why);
		return EX_CONFIG;
	}
	open_logs(&conf);
	if (sess_may_scan(&conf)) {
		start.keeper = mail_keeper_start(worker, r->conf, false, &why);
		if (start.keeper < 0) {
			dprintf(STDERR_FILENO, "%s: %s\n", worker, why);
			return EX_UNAVAILABLE;
		}
		jail_spool(open(conf_cstr(&conf, conf.main->spool.dir),
		    O_PATH | O_DIRECTORY | O_CLOEXEC));
	}
	if (start.jail && (jail_prepare(&why) < 0 ||
	    jail_enter(JAIL_ACCEPTED, &why) < 0)) {
		dprintf(STDERR_FILENO, "jail: %s\n", why);
		return EX_OSERR;
	}
	return (int)sess_run(&start);
}
