/*
 * What engines say of a mail, put together; none, and those that are not
 * there.  t/e2e/worker.t has one that finds something.
 */

#include <sys/mman.h>

#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "engines.h"
#include "tap.h"

static struct image {
	struct conf_head head;
	struct conf_main main;
	struct conf_command_acl acl;
	struct conf_engine virus[2], spam[1];
	struct conf_endpoint at[1];
	_Alignas(8) char text[64];
} image = { .text = "\0one\0two\0sa\0/nowhere/ctl" };

static struct conf conf = { .map = (const char *)&image,
	.size = sizeof image, .main = &image.main, .head = &image.head };

static struct arena a;
static struct judged j;
static struct judged_part row;
static struct engines e;
static struct scratch scratch;

#define TABLE(member, n) ((struct conf_ref){ \
	(uint32_t)offsetof(struct image, member), n })

static struct conf_ref
text(unsigned at, unsigned n)
{
	return (struct conf_ref){
		(uint32_t)offsetof(struct image, text) + at, n };
}

static void
make_conf(void)
{
	image.main.antiviruses = TABLE(virus, 2);
	image.main.antispams = TABLE(spam, 1);
	image.at[0].path = text(12, 12);
	for (int i = 0; i < 2; i++)
		image.virus[i] = (struct conf_engine){
			.name = text(i == 0 ? 1 : 5, 3), .protocol = CONF_CLAMD,
			.connection = TABLE(at, 1), .timeout = 200,
			.max_checked_size = i == 0 ? 0 : 10 };
	image.spam[0] = (struct conf_engine){ .name = text(9, 2),
		.protocol = CONF_SPAMD, .connection = TABLE(at, 1),
		.timeout = 200 };
}

static void
ask(uint32_t antivirus, uint32_t antispam, bool require_all)
{
	int fd = memfd_create("t", MFD_CLOEXEC);

	arena_fini(&a);
	arena_init(&a, 1 << 20, NULL, NULL);
	image.acl.require_all = require_all;
	image.acl.mail[0] = (struct conf_mail_dir){ .antivirus = antivirus,
		.antispam = antispam };
	if (write(fd, "a mail of 20 octets.", 20) != 20)
		abort();
	j = (struct judged){ .conf = &conf, .cacl = &image.acl,
		.dir = &image.acl.mail[0], .arena = &a, .fd = fd,
		.octets = { "a mail of 20 octets.", 20 },
		.deadline = clock_after(400) };
	row = (struct judged_part){ .part = NULL };
	scratch_begin(&scratch, -1);
	engines_begin(&e, &j, &scratch);
	engines_ask_mail(&e, &j);
	if (engines_wanted(&e))
		engines_ask(&e, &j, &row, j.octets, NULL);
	engines_end(&e, &j);
	close(fd);
}

int
main(void)
{
	make_conf();
	arena_init(&a, 1 << 20, NULL, NULL);
	if (!tap_ok(engines_open(&e, &conf), "engines of a configuration"))
		return tap_done();
	tap_int(3, (int64_t)e.n, "all of them");
	ask(0, 0, false);
	tap_int(MAIL_VIRUS_SKIPPED, j.virus, "nobody is asked: skipped");
	tap_ok(row.verdict == NULL && !j.results[0].asked, "of parts, too");
	tap_int(MAIL_SPAM_UNKNOWN, j.spam, "and no score");
	ask(1, 0, false);
	tap_int(MAIL_VIRUS_ERROR, j.virus, "who is not there: error");
	tap_ok(row.verdict != NULL && row.verdict->status == SCAN_ERROR,
	    "of parts, too");
	tap_str(STR("one"), j.results[0].title, "by this name");
	tap_ok(j.results[0].asked && !j.results[1].asked, "and nobody else");
	ask(2, 0, false);
	tap_int(MAIL_VIRUS_SKIPPED, j.virus, "larger than it checks: skipped");
	ask(3, 0, false);
	tap_int(MAIL_VIRUS_SKIPPED, j.virus, "one skipped, one error: skipped");
	ask(3, 0, true);
	tap_int(MAIL_VIRUS_ERROR, j.virus, "and error where all must answer");
	ask(0, 1, false);
	tap_int(MAIL_VIRUS_SKIPPED, j.virus, "antispam alone says no virus");
	tap_int(MAIL_SPAM_UNKNOWN, j.spam, "and no score if it is not there");
	tap_ok(j.results[2].asked && row.verdict == NULL,
	    "it is asked about the mail alone");
	ask(1, 0, false);
	engines_missed(&e, &j, &row, "too much");
	tap_int(SCAN_ERROR, row.verdict->status,
	    "what was not given to them is no free");
	engines_close(&e);
	arena_fini(&a);
	return tap_done();
}
