/*
 * A worker in the same process: what JUDGE, EDIT and DECODE answer, and the
 * limits.  t/e2e/worker.t asks the program, with engines.
 */

#include <sys/mman.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base64.h"
#include "err.h"
#include "sealed.h"
#include "tap.h"
#include "worker.h"

/* As much of a configuration as a mail needs. */
static struct image {
	struct conf_head head;
	struct conf_main main;
	struct conf_command_acl acl;
	struct conf_mail_acl mail[1];
	struct conf_doc_acl doc[4];
	struct conf_ref header[1];
	struct conf_type_order orders[2];
	struct conf_source source;
	size_t used;
	_Alignas(8) char text[256];
} image;

static struct conf conf = { .map = (const char *)&image,
	.size = sizeof image, .main = &image.main, .head = &image.head };
static struct worker w;

static struct conf_ref
text(const char *s)
{
	struct conf_ref r = { (uint32_t)(offsetof(struct image, text) +
	    image.used), (uint32_t)strlen(s) };

	memcpy(image.text + image.used, s, r.n);
	image.used += r.n + 1;
	return r;
}

#define TABLE(member) ((struct conf_ref){ \
	(uint32_t)offsetof(struct image, member), 1 })

static char types[] = "/tmp/types.XXXXXX";

static void
make_conf(void)
{
	int fd = mkstemp(types);

	if (fd < 0 || dprintf(fd, "application/x-dosexec exe\n") < 0)
		abort();
	close(fd);
	image.used = 1;
	image.head.sources = TABLE(source);
	image.source.path = text("/nowhere/a.cfg");
	image.main.command_acls = TABLE(acl);
	image.main.mail_acls = TABLE(mail);
	image.main.doc_acls = TABLE(doc);
	image.main.doc_acls.n = 4;
	image.main.type_orders = TABLE(orders);
	image.main.type_orders.n = 2;
	image.orders[0] = (struct conf_type_order){
		{ { CONF_BY_CONTENT_TYPE }, 1 }, 1 << CONF_DOWNLOAD, { 0 } };
	image.orders[1] = (struct conf_type_order){
		{ { CONF_BY_EXTENSION }, 1 }, 1 << CONF_DOWNLOAD, { 0 } };
	image.main.doctype.mime_types = text(types);
	image.main.mail_headers = TABLE(header);
	image.main.asks_types = image.main.asks_magic = 1;
	image.main.asks_members = 1;
	image.main.doctype.order = (struct conf_methods){
		{ CONF_BY_MAGIC, CONF_BY_CONTENT_TYPE }, 2 };
	image.header[0] = text("Received");
	image.mail[0].prefix_subject = text("[new] ");
	image.doc[0].remove = 1;
	for (uint8_t i = 0; i < 3; i++) {
		image.doc[i + 1].type_order = i;
		image.doc[i + 1].force_doctype_ident = 1;
	}
	image.acl.mail[CONF_UPLOAD].filter.ambiguous_structure =
	    CONF_MEND_REJECT;
}

static int
memfd(struct str s)
{
	int fd = memfd_create("mail", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (write(fd, s.p, s.n) != (ssize_t)s.n || !sealed_make(fd))
		abort();
	return fd;
}

static uint32_t serial;
static struct mail_facts facts;
static struct mail_index x;
static struct str map;

/* Judge; x is its index, if it has one. */
static bool
judge(struct str mail, enum mail_talk_direction d)
{
	struct mail_judge q = { .serial = ++serial, .size = mail.n,
		.direction = (uint8_t)d, .language = CONF_LANG_EN,
		.ms = 10000, .id = "test" };
	int fd;

	sealed_unmap(map);
	map = STR_NULL;
	worker_judge(&w, &q, STR_NULL, memfd(mail), -1, &facts, &fd);
	if (fd < 0)
		return false;
	map = sealed_map(fd, facts.index_size);
	close(fd);
	return mail_index_open(&x, map.p, map.n, mail.n) == 0;
}

#define MAIL "Received: one\r\nSubject: =?utf-8?q?h=C3=A9?=\r\n" \
	"Message-ID: <1@a>\r\nreceived: two\r\n" \
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n" \
	"\r\n--b\r\nContent-Type: TEXT/Plain; name=a.txt\r\n\r\nhello\r\n" \
	"\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n" \
	"\r\ninner\r\n\r\n--b\r\nContent-Type: image/gif\r\n" \
	"Content-Transfer-Encoding: base64\r\n" \
	"Content-Disposition: attachment; filename=\"b.gif\"\r\n\r\n" \
	"R0lGODlhAQABAAAAACw=\r\n--b--\r\n"

static struct str
of(struct mail_span s)
{
	return (struct str){ MAIL + s.off, s.n };
}

static void
test_judge(void)
{
	const struct mail_part *p;
	const struct mail_value *v;

	if (!tap_ok(judge(STR(MAIL), MAIL_DOWNLOAD), "a mail is judged"))
		return;
	tap_int(serial, facts.serial, "this one");
	tap_int(MAIL_FACTS_OK, facts.status, "well");
	tap_int(5, mail_index_parts(&x), "it has its parts");
	tap_str(STR("<1@a>"), mail_index_str(&x, x.head->message_id),
	    "its Message-ID");
	tap_str(STR("h\xc3\xa9"), mail_index_str(&x, x.head->subject),
	    "its Subject");
	p = mail_index_part(&x, 1);
	tap_str(STR("text/plain"), mail_index_str(&x, p->declared),
	    "a type in lower case");
	tap_str(STR("hello\r\n"), of(p->body), "and where its octets are");
	tap_str(STR("a.txt"), mail_index_listed(&x, p->names, 0), "a name");
	p = mail_index_part(&x, 3);
	tap_int(2, p->parent, "a message in a message");
	tap_str(STR("Subject: in\r\n"),
	    of(mail_index_field(&x, p, 0)->whole), "has fields of its own");
	p = mail_index_part(&x, 4);
	tap_str(STR("image/gif"), mail_index_str(&x, p->identified),
	    "a type that was found");
	tap_int(14, (int64_t)p->decoded, "octets without encoding");
	tap_int(MAIL_VIRUS_SKIPPED, p->virus, "no engine was asked");
	tap_int(6, mail_index_part(&x, 0)->fields.n, "all fields");
	tap_str(STR("received"), mail_index_str(&x, mail_index_field(&x,
	    mail_index_part(&x, 0), 3)->name), "as they are written");
	tap_ok(mail_index_part(&x, 0)->envelope.n > 0 &&
	    mail_index_part(&x, 0)->bodystructure.n > 0 &&
	    mail_index_part(&x, 0)->body_value.n > 0, "and FETCH's values");
	for (uint32_t i = 0; i < 2; i++) {
		v = mail_index_value(&x, i);
		tap_str(i == 0 ? STR("one") : STR("two"),
		    mail_index_str(&x, v->value), "what rules ask about");
		tap_str(STR("Received"), mail_index_str(&x, v->name),
		    "by the name they have");
	}
	tap_ok(mail_index_value(&x, 2) == NULL, "and nothing else");
}

/* A picture with a line in it that begins a file, which is another one. */
#define WITH_FILE "Subject: x\r\nMIME-Version: 1.0\r\n" \
	"Content-Transfer-Encoding: base64\r\n\r\n" \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAKYmVnaW4gNjQ0IGIKLjFU\r\n" \
	"RSYuI0VBIDAgISAgICAgIlAgCmAKZW5kCg==\r\n"

static void
test_file(void)
{
	const struct mail_part *p;

	/* of a mail whose archives nobody asks about the beginning is kept */
	for (int members = 0; members < 2; members++) {
		w.typing.members = members;
		if (!tap_ok(judge(STR(WITH_FILE), MAIL_DOWNLOAD),
		    "a file in a picture"))
			continue;
		p = mail_index_part(&x, 0);
		tap_str(STR("image/png"), mail_index_str(&x, p->identified),
		    "the picture is what it was");
		tap_int(1, p->others.n, "the file is another");
		tap_str(STR("image/gif"), mail_index_listed(&x, p->others, 0),
		    "what it is");
		tap_ok(p->names.n == 1, "and it has a name");
		tap_ok(p->flags & MIME_EMBEDDED, "there is one in it");
	}
}

/* Files in a text that is base64, of lines that are so often there. */
static bool
judge_files(const char *line, size_t times)
{
	static const char head[] = "Content-Transfer-Encoding: base64\r\n\r\n";
	size_t n = strlen(line), room = sizeof head + n / 3 * 4 * times;
	char *mail = malloc(room), *at = stpcpy(mail, head);
	bool is;

	for (size_t i = 0; i < times; i++, at += n / 3 * 4)
		base64_enc(at, (struct str){ line, n });
	is = judge((struct str){ mail, (size_t)(at - mail) }, MAIL_DOWNLOAD);
	free(mail);
	return is;
}

static void
test_names(void)
{
	static const char names[] = "MIME-Version: 1.0\r\nContent-Type: a/b;"
	    " name=x\r\n\r\n";
	char *mail = malloc(sizeof names + 24 * JUDGED_LISTED_MAX), *at;

	at = stpcpy(mail, names);
	for (int i = 0; i < JUDGED_LISTED_MAX; i++)
		at += sprintf(at, "begin 644 %d\n", i);
	if (tap_ok(judge(str_c(mail), MAIL_DOWNLOAD), "names of files"))
		tap_int(MAIL_NAMES_CUT, mail_index_part(&x, 0)->marks,
		    "are known to be more");
	free(mail);
}

static void
test_encoded_files(void)
{
	/* octets of each a multiple of 3 */
	static const struct {
		const char *line;
		size_t times;
		unsigned marks;
	} t[] = {
		{ "begin 644 x\n", 10, 0 },
		{ "begin 644 x\n", MIME_OTHERS_MAX + 1, MAIL_MALFORMED },
		{ "=ybegin name=xx\n\n\n", 1, MAIL_AMBIGUOUS },
		{ "(This file must be converted with BinHex)\n", 1,
		    MAIL_AMBIGUOUS },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (tap_ok(judge_files(t[i].line, t[i].times),
		    "%zu files in a text", t[i].times))
			tap_int(t[i].marks, mail_index_part(&x, 0)->marks,
			    "its marks");
}

/* What a picture is that says it is text and is called a program. */
#define DISGUISED "Subject: x\r\nMIME-Version: 1.0\r\n" \
	"Content-Type: text/plain; name=\"x.exe\"\r\n" \
	"Content-Transfer-Encoding: base64\r\n\r\n" \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAA=\r\n"

static const char *const disguised[] = { "image/png", "text/plain",
	"application/x-dosexec" };

/* Has the mail this type once it is forced by so many-th order? */
static void
check_forced(uint32_t order)
{
	const uint32_t docs[1] = { 1 + order };
	const struct mail_edit q = { .mail_acl = MAIL_NONE, .docs = 1,
	    .serial = serial };
	struct mail_edit_done *done;
	struct mail_edited a;
	char want[100];
	int index, octets;
	struct str s;

	worker_edit(&w, &q, docs, -1, &a, &index, &octets, &done);
	if (order == 1) {
		tap_ok(a.status == MAIL_FACTS_OK && a.unchanged,
		    "what is declared needs no edit");
		return;
	}
	snprintf(want, sizeof want, "\r\nContent-Type: %s; name=",
	    disguised[order]);
	s = sealed_map(octets, a.size);
	tap_ok(s.n > 0 && memmem(s.p, s.n, want, strlen(want)) != NULL,
	    "order %u forces %s", order, disguised[order]);
	sealed_unmap(s);
	close(index);
	close(octets);
}

static void
test_orders(void)
{
	const struct mail_part *p;

	if (!tap_ok(judge(STR(DISGUISED), MAIL_DOWNLOAD), "a mail of which "
	    "each order says something else"))
		return;
	p = mail_index_part(&x, 0);
	tap_str(str_c(disguised[0]), mail_index_str(&x, p->identified),
	    "the direction's");
	tap_int(2, p->ordered.n, "and others");
	for (uint32_t i = 0; i < 2; i++)
		tap_str(str_c(disguised[i + 1]), mail_index_listed(&x,
		    p->ordered, i), "order %u", i + 1);
	for (uint32_t i = 0; i < 3; i++)
		check_forced(i);
	judge(STR(DISGUISED), MAIL_UPLOAD);
	p = mail_index_part(&x, 0);
	tap_int(0, mail_index_listed(&x, p->ordered, 0).n,
	    "orders of one direction are not asked about the other");
}

static void
test_filter(void)
{
	struct str mail = STR("Subject: a\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain\r\nContent-Type: text/html\r\n"
	    "\r\nhi\r\n");

	tap_ok(judge(mail, MAIL_UPLOAD) && facts.rejected,
	    "what mail-filter rejects: %s", facts.why);
	tap_ok(judge(STR(MAIL), MAIL_UPLOAD) && !facts.rejected,
	    "and what it does not");
}

static void
test_bad_questions(void)
{
	struct mail_judge q = { .serial = ++serial, .size = 3, .ms = 1000 };
	int fd, before, after;

	worker_forget(&w);
	before = dup(0);
	close(before);
	q.command_acl = 7;
	worker_judge(&w, &q, STR_NULL, memfd(STR("abc")), -1, &facts, &fd);
	tap_ok(facts.status == MAIL_FACTS_ERROR && fd == -1,
	    "a command-acl there is not: %s", facts.why);
	q.command_acl = 0;
	q.size = 4;
	worker_judge(&w, &q, STR_NULL, memfd(STR("abc")), -1, &facts, &fd);
	tap_int(MAIL_FACTS_ERROR, facts.status, "octets that are not there");
	q.off = 1;
	q.size = 2;
	worker_judge(&w, &q, STR_NULL, memfd(STR("abc")), -1, &facts, &fd);
	tap_int(MAIL_FACTS_ERROR, facts.status, "an offset in a page");
	q.off = UINT64_MAX - 4095;
	q.size = 8192;
	worker_judge(&w, &q, STR_NULL, memfd(STR("abc")), -1, &facts, &fd);
	tap_int(MAIL_FACTS_ERROR, facts.status, "octets far behind");
	worker_forget(&w);
	after = dup(0);
	tap_int(before, after, "no descriptor stays");
	close(after);
}

static void
test_edit(void)
{
	uint32_t docs[5] = { MAIL_NONE, MAIL_NONE, MAIL_NONE, MAIL_NONE, 0 };
	struct mail_edit q = { .mail_acl = 0, .docs = 5 };
	struct mail_edit_done *done;
	struct mail_edited a;
	int index, octets;
	struct str s;

	judge(STR(MAIL), MAIL_DOWNLOAD);
	q.serial = serial;
	worker_edit(&w, &q, docs, -1, &a, &index, &octets, &done);
	tap_int(MAIL_FACTS_OK, a.status, "a mail is edited %s", a.why);
	tap_int(2, a.edits, "in two places");
	s = sealed_map(octets, a.size);
	tap_ok(memmem(s.p, s.n, "Subject: [new] =?utf-8?q?", 25) != NULL &&
	    memmem(s.p, s.n, "b.gif", 5) == NULL, "which are seen");
	sealed_unmap(s);
	s = sealed_map(index, a.index_size);
	tap_ok(mail_index_open(&x, s.p, s.n, a.size) == 0 &&
	    mail_index_parts(&x) == 4, "its index has a part less");
	sealed_unmap(s);
	close(index);
	close(octets);
	q.denied = 1;
	worker_edit(&w, &q, docs, -1, &a, &index, &octets, &done);
	tap_ok(a.unchanged && index == -1 && octets == -1,
	    "of a denied mail nothing is made");
	q.serial++;
	worker_edit(&w, &q, docs, -1, &a, &index, &octets, &done);
	tap_int(MAIL_FACTS_ERROR, a.status, "another mail is not edited");
}

static void
test_decode(void)
{
	struct mail_decode q = { .serial = 5, .cte = MIME_CTE_BASE64,
		.off = strstr(MAIL, "R0lG") - MAIL, .size = 20 };
	struct mail_decoded a;
	int fd = memfd(STR(MAIL)), octets;
	struct str s;

	worker_decode(&w, &q, fd, -1, &a, &octets);
	s = sealed_map(octets, a.size);
	tap_ok(a.ok && a.serial == 5 && s.n == 14 &&
	    memcmp(s.p, "GIF89a", 6) == 0, "a body is decoded");
	sealed_unmap(s);
	close(octets);
	q.cte = MIME_CTE_UNKNOWN;
	worker_decode(&w, &q, fd, -1, &a, &octets);
	tap_ok(!a.ok && octets == -1, "not one that nobody decodes");
	q.cte = 77;
	worker_decode(&w, &q, fd, -1, &a, &octets);
	tap_ok(!a.ok, "nor by what is no encoding");
	q.cte = MIME_CTE_7BIT;
	q.off = UINT64_MAX;
	worker_decode(&w, &q, fd, -1, &a, &octets);
	tap_ok(!a.ok, "nor what is not there");
	close(fd);
}

/* More than the arena may take. */
static void
test_memory(void)
{
	w.memory = 4 << 10;
	worker_forget(&w);
	tap_ok(!judge(STR(MAIL), MAIL_DOWNLOAD),
	    "a mail that takes more memory than it may");
	tap_int(MAIL_FACTS_LIMIT, facts.status, "is told of: %s", facts.why);
	tap_ok(w.spent, "and the worker ends");
}

int
main(void)
{
	const char *why;
	int rc;

	make_conf();
	rc = worker_open(&w, &conf, &why);
	unlink(types);
	if (!tap_ok(rc == 0, "a worker opens"))
		return tap_done();
	test_judge();
	test_file();
	test_names();
	test_encoded_files();
	test_filter();
	test_bad_questions();
	test_orders();
	test_edit();
	test_decode();
	test_memory();
	worker_close(&w);
	return tap_done();
}
