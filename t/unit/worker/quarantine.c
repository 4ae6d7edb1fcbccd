/* The quarantine: whole copies or none, and no more than fit. */

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "quarantine.h"
#include "tap.h"

static const struct quarantine_note note = {
	.session = { "s1", 2 }, .direction = { "download", 8 },
	.why = { "virus\r\n\xff", 8 }, .virus_status = { "found", 5 },
	.virus = { "Eicar", 5 }, .spam = 5200, .spam_known = true,
	.denied = true,
	.acls = (const struct str[]){ { "m1 a.cfg:3", 10 } }, .nacls = 1,
};

static char *
new_folder(void)
{
	static char path[64];

	snprintf(path, sizeof path, "/tmp/quarantine-XXXXXX");
	if (mkdtemp(path) == NULL)
		abort();
	return path;
}

/* What is in a folder: copies, notes, octets of both; anything else. */
struct seen {
	unsigned mails, notes, others;
	uint64_t octets;
	bool whole;		/* each mail has its note, and its octets */
};

static void
see_one(struct seen *s, const char *dir, const char *name, size_t size)
{
	char path[400];
	struct stat st;
	size_t n = strlen(name);

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (stat(path, &st) < 0)
		abort();
	if (n > 4 && strcmp(name + n - 4, ".eml") == 0) {
		s->mails++;
		s->octets += (uint64_t)st.st_size;
		s->whole &= (size_t)st.st_size == size;
	} else if (n > 5 && strcmp(name + n - 5, ".json") == 0) {
		s->notes++;
		s->octets += (uint64_t)st.st_size;
		/* its mail came first */
		snprintf(path + strlen(path) - 5, 5, ".eml");
		s->whole &= access(path, F_OK) == 0;
	} else if (strcmp(name, ".used") != 0) {
		s->others++;
	}
}

static struct seen
see(const char *dir, size_t size)
{
	struct seen s = { .whole = true };
	DIR *d = opendir(dir);
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			see_one(&s, dir, e->d_name, size);
	closedir(d);
	return s;
}

static void
remove_folder(const char *dir)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	if (system(command) != 0)
		abort();
}

static void
test_copy(void)
{
	const char *dir = new_folder();
	char name[QUARANTINE_NAME], path[200], *text;
	struct quarantine q;
	struct stat st;
	size_t n;

	tap_int(0, quarantine_open(&q, dir, 0), "a folder is opened");
	tap_int(1, quarantine_keep(&q, STR("a\0b"), &note, name),
	    "a mail is kept");
	snprintf(path, sizeof path, "%s/%s.eml", dir, name);
	tap_ok(fd_read_file(path, 100, &text, &n) == 0 && n == 3 &&
	    memcmp(text, "a\0b", 3) == 0, "with its octets");
	free(text);
	tap_ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "nobody else may read it");
	snprintf(path, sizeof path, "%s/%s.json", dir, name);
	tap_int(0, fd_read_file(path, 4096, &text, &n), "and a note");
	tap_ok(strstr(text, "\"denied\": true") != NULL &&
	    strstr(text, "\"acls\": [\"m1 a.cfg:3\"]") != NULL &&
	    strstr(text, "\"spam-score\": 5200") != NULL &&
	    strstr(text, "\"user\": null") != NULL &&
	    strstr(text, "\"sha256\": \"59b271ae1bbcb1d31d41929817f4b16fb439eb4f3"
	    "1520b5ad1d5ce98920a7138\"") != NULL &&
	    strstr(text, "virus\\u000d\\n") != NULL && n > 1 &&
	    strchr(text, '\n') == text + n - 1, "that is one line of JSON: %s",
	    text);
	free(text);
	quarantine_close(&q);
	remove_folder(dir);
	tap_int(ERR_IO, quarantine_open(&q, dir, 0),
	    "a folder that is not there is an error");
	tap_int(ERR_IO, quarantine_keep(&q, STR("a"), &note, name),
	    "then nothing is kept");
}

static void
test_full(void)
{
	const char *dir = new_folder();
	char name[QUARANTINE_NAME], mail[1000] = "x", path[200];
	struct quarantine q;
	struct seen s;
	int r = 1, n = 0;

	if (quarantine_open(&q, dir, 5000) < 0)
		abort();
	while (n < 100 && (r = quarantine_keep(&q, (struct str){ mail,
	    sizeof mail }, &note, name)) > 0)
		n++;
	s = see(dir, sizeof mail);
	tap_int(ERR_LIMIT, r, "a full quarantine refuses");
	tap_cstr("the quarantine is full", q.why, "and says why");
	tap_ok(n == 3 && s.mails == 3 && s.notes == 3 && s.octets <= 5000,
	    "it holds no more than it may: %d", n);
	tap_ok(q.kept == 3 && q.refused == 1, "mails are counted");
	/* an administrator makes room */
	remove_folder(dir);
	if (mkdir(dir, 0700) < 0 || quarantine_open(&q, dir, 5000) < 0)
		abort();
	snprintf(path, sizeof path, "%s/.used", dir);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	tap_int(1, quarantine_keep(&q, STR("a"), &note, name),
	    "a count that cannot be read is made anew");
	tap_ok(truncate(path, 0) == 0, "(as after a crash)");
	q.looked = 0;
	tap_int(1, quarantine_keep(&q, STR("a"), &note, name),
	    "and once more");
	quarantine_close(&q);
	remove_folder(dir);
}

enum { BIG = 300000 };

static void
keep_for_ever(const char *dir)
{
	static char mail[BIG];
	char name[QUARANTINE_NAME];
	struct quarantine q;

	if (quarantine_open(&q, dir, 0) < 0)
		_exit(1);
	for (;;)
		if (quarantine_keep(&q, (struct str){ mail, BIG }, &note,
		    name) < 0)
			_exit(2);
}

/* Killed at any point, many times over, two at a time. */
static void
test_kill(void)
{
	const char *dir = new_folder();
	struct seen s;
	int status, bad = 0;

	for (int i = 0; i < 60; i++) {
		pid_t p[2];

		for (int k = 0; k < 2; k++)
			if ((p[k] = fork()) == 0)
				keep_for_ever(dir);
		usleep(1000 + 777 * (unsigned)(i % 23));
		for (int k = 0; k < 2; k++) {
			status = 0;
			/* never all processes there are */
			if (p[k] > 0 && kill(p[k], SIGKILL) == 0)
				waitpid(p[k], &status, 0);
			bad += !WIFSIGNALED(status);
		}
	}
	s = see(dir, BIG);
	tap_int(0, bad, "two at once do not disturb each other");
	tap_int(0, s.others, "who is killed leaves no other file");
	tap_ok(s.whole && s.mails > 0 && s.mails - s.notes <= 120,
	    "each copy is whole: %u mails, %u notes", s.mails, s.notes);
	remove_folder(dir);
}

/*
 * Four processes fill one folder: together no more than it may hold.  Each
 * keeps more than that alone, as the first may be done before the next begins.
 */
static void
test_together(void)
{
	const char *dir = new_folder();
	static char mail[1000];
	struct seen s;
	int status;

	for (int k = 0; k < 4; k++) {
		if (fork() == 0) {
			char name[QUARANTINE_NAME];
			struct quarantine q;

			if (quarantine_open(&q, dir, 50000) < 0)
				_exit(1);
			for (int i = 0; i < 60; i++)
				if (quarantine_keep(&q, (struct str){ mail,
				    sizeof mail }, &note, name) == ERR_LIMIT)
					_exit(0);
			_exit(3);
		}
	}
	while (wait(&status) > 0)
		tap_int(0, status, "one of four finds it full");
	s = see(dir, sizeof mail);
	tap_ok(s.octets <= 50000 && s.octets > 45000 && s.mails == s.notes,
	    "together they fill it, and no more: %llu",
	    (unsigned long long)s.octets);
	remove_folder(dir);
}

int
main(void)
{
	test_copy();
	test_full();
	test_kill();
	test_together();
	return tap_done();
}
