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
static _Alignas(8) char known[4096];	/* findings, for the next mail */
static size_t nknown;

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
		.deadline = clock_after(400), .known = { known, nknown } };
	row = (struct judged_part){ .part = NULL };
	scratch_begin(&scratch, -1);
	engines_begin(&e, &j, &scratch);
	engines_ask_mail(&e, &j);
	if (engines_wanted(&e))
		engines_ask(&e, &j, &row, j.octets, NULL);
	engines_end(&e, &j);
	close(fd);
}

/* An engine's words on so many objects are known, the last of them this. */
static void
know(uint32_t engine, bool if_same, unsigned objects, uint8_t last,
    int32_t score)
{
	static struct finding_made m;
	char out[FINDING_MAX];
	size_t n;

	finding_begin(&m);
	for (unsigned i = 1; i < objects; i++)
		finding_add(&m, MAIL_VIRUS_FREE, score, STR_NULL);
	finding_add(&m, last, score, last == MAIL_VIRUS_FOUND ?
	    STR("Eicar") : STR_NULL);
	n = finding_end(&m, STR("one"), STR("version 1"), out);
	finding_put(known, &nknown, sizeof known, engine, if_same,
	    (struct str){ out, n });
}

static void
test_known(void)
{
	nknown = 0;
	know(0, false, 2, MAIL_VIRUS_FREE, 0);
	ask(1, 0, false);
	tap_int(MAIL_VIRUS_FREE, j.virus, "known to be free it is free");
	tap_ok(j.results[0].known && !e.differs, "nobody was asked");
	tap_int(SCAN_FREE, row.verdict->status, "of parts, too");
	tap_int(0, (int64_t)engines_findings(&e, &j).n,
	    "and nothing is to be kept");
	nknown = 0;
	know(0, false, 2, MAIL_VIRUS_FOUND, 0);
	ask(1, 0, false);
	tap_int(MAIL_VIRUS_FOUND, j.virus, "known to be found it is found");
	tap_str(STR("Eicar"), j.virus_name, "with its name");
	tap_int(SCAN_FOUND, row.verdict->status, "in the part");
	ask(3, 0, true);
	tap_ok(j.results[0].known && !j.results[1].known, "others are asked");
	nknown = 0;
	know(CONF_ENGINES_MAX, false, 1, MAIL_VIRUS_FREE, 4500);
	ask(0, 1, false);
	tap_int(4500, j.spam, "a score is known");
	nknown = 0;
	know(0, false, 1, MAIL_VIRUS_FREE, 0);
	ask(1, 0, false);
	tap_ok(e.differs, "fewer words than objects are another mail's");
	nknown = 0;
	know(0, false, 3, MAIL_VIRUS_FREE, 0);
	ask(1, 0, false);
	tap_ok(e.differs, "and so are more");
	nknown = 0;
	know(0, true, 2, MAIL_VIRUS_FREE, 0);
	ask(1, 0, false);
	tap_int(MAIL_VIRUS_ERROR, j.virus,
	    "who does not tell its version is asked");
	tap_ok(!j.results[0].known, "and not known");
	nknown = 0;
	know(1, false, 2, MAIL_VIRUS_FREE, 0);
	know(2, false, 2, MAIL_VIRUS_FREE, 0);
	know(CONF_ENGINES_MAX + 1, false, 2, MAIL_VIRUS_FREE, 0);
	know(UINT32_MAX, false, 2, MAIL_VIRUS_FREE, 0);
	ask(1, 0, false);
	tap_int(MAIL_VIRUS_ERROR, j.virus, "words of others are nobody's");
	nknown = 0;
	memset(known, 0xff, 64);
	nknown = 64;
	ask(1, 0, false);
	tap_int(MAIL_VIRUS_ERROR, j.virus, "nor is what is no finding");
	nknown = 0;
	ask(1, 0, false);
	tap_int(0, (int64_t)engines_findings(&e, &j).n,
	    "an error is not to be kept");
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
	test_known();
	engines_close(&e);
	arena_fini(&a);
	return tap_done();
}
