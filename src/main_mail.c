/*
 * imap4-mail: the keeper of mail workers, and the workers, who are forks of
 * it.  Sessions and wait mode's parent execute it (mail/hire.h); it is of no
 * use by hand.
 */

#include <sys/prctl.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "build.h"
#include "conf_log.h"
#include "fd.h"
#include "hire.h"
#include "jail.h"
#include "keeper.h"
#include "log.h"
#include "worker.h"

static int
fail(const char *what, const char *why)
{
	log_msg(LOG_WORKER_FAILED, "%s: %s", what, why);
	return EX_OSERR;
}

static const char *
seal(const struct conf *c, const struct worker *w)
{
	const char *why;

	if (geteuid() == 0 && jail_identity(c->main->uid, c->main->gid,
	    conf_cstr(c, c->main->chroot_dir), &why) < 0)
		return why;
	jail_folder(w->quarantine.dir);
	if (jail_prepare_keeper(&why) < 0 || jail_enter(JAIL_KEEPER, &why) < 0)
		return why;
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct keeper keeper;
	static struct worker worker;
	static struct conf conf;
	const char *why;
	int cache = HIRE_CACHE_FD;

	if (argc > 1 && strcmp(argv[1], "-v") == 0) {
		puts("imap4-mail " BUILD_VERSION " (build " BUILD_ID ")");
		return 0;
	}
	if (argc > 1 || !fd_is_socket(HIRE_CONTROL_FD)) {
		fputs("imap4-mail: sessions of imap4-proxy start it\n",
		    stderr);
		return EX_USAGE;
	}
	log_start("imap4-mail", LOG_LEV_NORMAL);
	if (fd_cloexec(HIRE_CONTROL_FD) < 0 ||
	    conf_open(&conf, cache, CONF_CHECK_HEAD) < 0)
		return fail("configuration", conf.why ? conf.why :
		    strerror(errno));
	fd_close(&cache);
	if (conf_log_open(&conf) < 0)
		return fail("log with on-failure = stop", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
	tzset();
	keeper.serve = worker_serve;
	keeper.ctx = &worker;
	if (worker_open(&worker, &conf, &why) < 0 ||
	    keeper_open(&keeper, HIRE_CONTROL_FD, &why) < 0)
		return fail("worker", why);
	if (worker.lacks != NULL)
		log_msg(LOG_WORKER_LACKS, "%s", worker.lacks);
	why = seal(&conf, &worker);
	if (why != NULL)
		return fail("jail", why);
	keeper_run(&keeper);
	return 0;
}
