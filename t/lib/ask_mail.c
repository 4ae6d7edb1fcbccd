/*
 * A session as a mail worker sees it: starts a keeper, hires a worker, asks
 * what the lines on its standard input say, and prints what is answered, each
 * answer up to a line ".".
 *
 *	ask_mail PROGRAM CACHE
 *	judge FILE [MS]		FACTS: a line for the mail, one for each part
 *	edit OUT FILE ACL DENIED DOC...
 *				EDITED, of the mail judged last: its octets
 *				go to OUT, by the file FILE if it is not "-";
 *				rows of ACLs, or "-"
 *	decode FILE OFF N CTE	DECODED: its octets in hexadecimal digits
 *	crash			a worker that reads nonsense ends
 *	kill			the reins
 *	keeper			its process number
 *	worker			that of the keeper's only child
 *	again			hire another worker of the same keeper
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "hire.h"
#include "index.h"
#include "sealed.h"
#include "talk.h"
#include "vis.h"

enum { ANSWER_MS = 20000 };

static struct mail_worker worker;
static int keeper;
static char buf[MAIL_TALK_MAX] __attribute__((aligned(8)));
static uint32_t serial;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "ask_mail: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
show(const char *name, struct str s)
{
	char text[512];

	printf("\t%s=%s", name, vis(text, sizeof text, s));
}

static void
show_list(const struct mail_index *x, const char *name, struct mail_ref list)
{
	for (uint32_t i = 0; i < list.n; i++)
		show(name, mail_index_listed(x, list, i));
}

static const char *
status(unsigned virus)
{
	static const char names[][8] = { "found", "free", "skipped",
		"unknown", "error" };

	return virus < 5 ? names[virus] : "?";
}

static void
show_part(const struct mail_index *x, uint32_t row)
{
	const struct mail_part *p = mail_index_part(x, row);

	printf("part\trow=%u\tparent=%d\tkind=%u\tvirus=%s\tmarks=%u"
	    "\tdecoded=%" PRIu64 "\tbody=%" PRIu64 "+%" PRIu64
	    "\tflags=%" PRIx64, row,
	    p->parent == MAIL_NONE ? -1 : (int)p->parent, p->kind,
	    status(p->virus), p->marks, p->decoded, p->body.off, p->body.n,
	    p->flags);
	show("declared", mail_index_str(x, p->declared));
	show("type", mail_index_str(x, p->identified));
	show_list(x, "ordered", p->ordered);
	show_list(x, "other", p->others);
	show_list(x, "name", p->names);
	show_list(x, "member", p->members);
	putchar('\n');
}

static void
show_index(const struct mail_index *x)
{
	const struct mail_index_head *h = x->head;

	printf("mail\tvirus=%s\tspam=%d\tmarks=%u\tflags=%" PRIx64,
	    status(h->virus), h->spam, h->marks, h->flags);
	show("name", mail_index_str(x, h->virus_name));
	show("id", mail_index_str(x, h->message_id));
	show("subject", mail_index_str(x, h->subject));
	putchar('\n');
	for (uint32_t i = 0; i < mail_index_parts(x); i++)
		show_part(x, i);
	for (uint32_t i = 0; mail_index_result(x, i) != NULL; i++) {
		const struct mail_result *r = mail_index_result(x, i);

		printf("result\tvirus=%s", status(r->virus));
		show("engine", mail_index_str(x, r->engine));
		show("name", mail_index_str(x, r->name));
		show("why", mail_index_str(x, r->why));
		putchar('\n');
	}
	for (uint32_t i = 0; mail_index_value(x, i) != NULL; i++) {
		printf("value");
		show("name", mail_index_str(x, mail_index_value(x, i)->name));
		show("value", mail_index_str(x,
		    mail_index_value(x, i)->value));
		putchar('\n');
	}
}

static void
show_facts(const struct mail_message *m, uint64_t octets)
{
	const struct mail_facts *f = &m->u.facts;
	struct mail_index x;
	struct str map;

	printf("facts\tserial=%u\tstatus=%u\tcorrected=%u\trejected=%u",
	    f->serial, f->status, f->corrected, f->rejected);
	show("why", str_c(f->why));
	putchar('\n');
	if (m->fd[0] < 0)
		return;
	map = sealed_map(m->fd[0], f->index_size);
	if (map.p == NULL)
		printf("bad\tthe index is not sealed\n");
	else if (mail_index_open(&x, map.p, map.n, octets) < 0)
		printf("bad\t%s\n", x.why);
	else
		show_index(&x);
	sealed_unmap(map);
}

static void
show_decoded(const struct mail_message *m)
{
	struct str s = m->fd[0] < 0 ? STR_NULL :
	    sealed_map(m->fd[0], m->u.decoded.size);

	printf("decoded\tok=%u\t", m->u.decoded.ok);
	for (size_t i = 0; i < s.n; i++)
		printf("%02x", (unsigned char)s.p[i]);
	putchar('\n');
	sealed_unmap(s);
}

/* Where octets of EDITED go; what was lent for them. */
static char out_path[256];
static int lent = -1;

static void
save(int from, uint64_t n)
{
	int fd = open(out_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0644);
	char block[65536];
	uint64_t at = 0;

	while (at < n) {
		ssize_t k = pread(from, block, n - at < sizeof block ?
		    n - at : sizeof block, (off_t)at);

		if (k <= 0 || write(fd, block, (size_t)k) != k)
			die(out_path);
		at += (uint64_t)k;
	}
	fd_close(&fd);
}

static void
show_edited(const struct mail_message *m)
{
	const struct mail_edited *e = &m->u.edited;
	struct mail_edit_done d;
	struct mail_index x;
	struct str map;

	printf("edited\tserial=%u\tstatus=%u\tin_file=%u\tunchanged=%u"
	    "\tquarantined=%u\tsize=%" PRIu64, e->serial, e->status,
	    e->in_file, e->unchanged, e->quarantined, e->size);
	show("why", str_c(e->why));
	putchar('\n');
	for (uint32_t i = 0; i < e->edits; i++) {
		memcpy(&d, m->rest.p + i * sizeof d, sizeof d);
		printf("done\tpart=%u", d.part);
		show("what", str_c(d.what));
		show("detail", str_c(d.detail));
		putchar('\n');
	}
	if (e->in_file || m->fd[1] >= 0)
		save(e->in_file ? lent : m->fd[1], e->size);
	if (m->fd[0] < 0)
		return;
	map = sealed_map(m->fd[0], e->index_size);
	if (map.p == NULL || (m->fd[1] >= 0 && !sealed_is(m->fd[1], e->size)))
		printf("bad\tit is not sealed\n");
	else if (mail_index_open(&x, map.p, map.n, e->size) < 0)
		printf("bad\t%s\n", x.why);
	else
		show_index(&x);
	sealed_unmap(map);
}

/* What comes next, or why nothing does. */
static void
hear(uint64_t octets)
{
	struct pollfd p = { worker.work, POLLIN, 0 };
	struct mail_message m;
	int rc;

	if (poll(&p, 1, ANSWER_MS) <= 0) {
		printf("silent\n.\n");
		return;
	}
	rc = mail_talk_receive(worker.work, buf, &m);
	if (rc <= 0)
		printf("end\t%d\n", rc);
	else if (m.kind == MAIL_FACTS)
		show_facts(&m, octets);
	else if (m.kind == MAIL_EDITED)
		show_edited(&m);
	else if (m.kind == MAIL_DECODED)
		show_decoded(&m);
	else if (m.kind == MAIL_DIED)
		printf("died\tkilled=%u\n", m.u.died.killed);
	else
		printf("kind\t%d\n", (int)m.kind);
	mail_talk_forget(&m);
	printf(".\n");
}

static bool
ask(struct mail_message *m)
{
	int rc = mail_talk_send(worker.work, m);

	mail_talk_forget(m);
	if (rc == 1)
		return true;
	printf("end\t%d\n.\n", rc);
	return false;
}

static uint64_t
size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

static void
judge(const char *path, uint32_t ms)
{
	struct mail_message m = { .kind = MAIL_JUDGE, .fd = { -1, -1, -1 } };
	uint64_t n;

	m.fd[0] = open(path, O_RDONLY | O_CLOEXEC);
	n = size_of(m.fd[0]);
	m.u.judge = (struct mail_judge){ .serial = ++serial, .size = n,
		.language = 1, .ms = ms, .id = "ask_mail" };
	if (m.fd[0] < 0)
		die(path);
	if (ask(&m))
		hear(n);
}

static uint32_t
row(const char *word)
{
	return strcmp(word, "-") == 0 ? MAIL_NONE : (uint32_t)atoi(word);
}

static void
edit(char *line)
{
	struct mail_message m = { .kind = MAIL_EDIT, .fd = { -1, -1, -1 } };
	static uint32_t docs[10000];
	char *save_ptr, *word = strtok_r(line, " \n", &save_ptr);

	word = strtok_r(NULL, " \n", &save_ptr);
	snprintf(out_path, sizeof out_path, "%s", word);
	word = strtok_r(NULL, " \n", &save_ptr);
	fd_close(&lent);
	if (strcmp(word, "-") != 0)
		lent = open(word, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	m.u.edit = (struct mail_edit){ .serial = serial, .ms = ANSWER_MS,
		.has_file = lent >= 0 };
	m.u.edit.mail_acl = row(strtok_r(NULL, " \n", &save_ptr));
	m.u.edit.denied = (uint8_t)atoi(strtok_r(NULL, " \n", &save_ptr));
	while ((word = strtok_r(NULL, " \n", &save_ptr)) != NULL)
		docs[m.u.edit.docs++] = row(word);
	m.rest = (struct str){ (char *)docs, m.u.edit.docs * sizeof *docs };
	m.fd[0] = lent < 0 ? -1 : fcntl(lent, F_DUPFD_CLOEXEC, 0);
	if (ask(&m))
		hear(0);
}

static void
decode(const char *path, uint64_t off, uint64_t n, unsigned cte)
{
	struct mail_message m = { .kind = MAIL_DECODE, .fd = { -1, -1, -1 } };

	m.fd[0] = open(path, O_RDONLY | O_CLOEXEC);
	m.u.decode = (struct mail_decode){ .serial = ++serial,
		.cte = (uint8_t)cte, .off = off, .size = n };
	if (m.fd[0] < 0)
		die(path);
	if (ask(&m))
		hear(0);
}

/* The youngest child of a process; 0: it has none. */
static int
child_of(int pid)
{
	char path[64], text[256] = "";
	int fd, child = 0;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
		for (char *p = text; *p != '\0'; p++)
			if (p == text || p[-1] == ' ')
				child = atoi(p) ? atoi(p) : child;
	fd_close(&fd);
	return child;
}

static void
hire(void)
{
	const char *why;

	if (mail_hire(keeper, &worker, &why) < 0)
		die(why);
}

static void
command(char *line)
{
	char word[16], path[256];
	uint64_t off, n;
	unsigned k = 20000;

	if (sscanf(line, "%15s %255s", word, path) < 1)
		return;
	if (strcmp(word, "judge") == 0) {
		sscanf(line, "%*s %*s %u", &k);
		judge(path, k);
	} else if (strcmp(word, "edit") == 0) {
		edit(line);
	} else if (sscanf(line, "decode %255s %" SCNu64 " %" SCNu64 " %u",
	    path, &off, &n, &k) == 4) {
		decode(path, off, n, k);
	} else if (strcmp(word, "crash") == 0) {
		send(worker.work, "nonsense", 8, 0);
		hear(0);
	} else if (strcmp(word, "kill") == 0) {
		mail_worker_kill(&worker);
		hear(0);
	} else if (strcmp(word, "keeper") == 0) {
		printf("%d\n.\n", child_of(getpid()));
	} else if (strcmp(word, "worker") == 0) {
		printf("%d\n.\n", child_of(child_of(getpid())));
	} else if (strcmp(word, "again") == 0) {
		mail_worker_end(&worker);
		hire();
		printf("hired\n.\n");
	}
}

int
main(int argc, char **argv)
{
	const char *why;
	char line[512];
	int cache;

	if (argc != 3)
		return 64;
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	cache = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (cache < 0)
		die(argv[2]);
	keeper = mail_keeper_start(argv[1], cache, true, &why);
	if (keeper < 0)
		die(why);
	hire();
	while (fgets(line, sizeof line, stdin) != NULL)
		command(line);
	mail_worker_end(&worker);
	close(keeper);
	wait(NULL);
	return 0;
}
