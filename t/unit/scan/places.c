/* Places of all processes, and what becomes of those of one that ends. */

#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "places.h"
#include "tap.h"

static char path[] = "/tmp/places.XXXXXX";

/* A process that holds a place until it is killed. */
static pid_t
hold(struct str title, unsigned max)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready) < 0)
		abort();
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int fd = places_open(path, getuid(), getgid());

		alarm(60);
		c = places_enter(fd, title, max, -1) >= 0 ? 'y' : 'n';
		if (write(ready[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1 || c != 'y')
		tap_ok(false, "a process has no place");
	close(ready[0]);
	return pid;
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
test_max(int fd)
{
	struct str title = STR("clamav");
	pid_t a = hold(title, 2), b = hold(title, 2);
	int place;

	tap_int(-1, places_enter(fd, title, 2, -1), "no more than there are");
	tap_ok(places_enter(fd, STR("other"), 2, -1) >= 0,
	    "of one engine, not of others");
	place = places_enter(fd, title, 3, -1);
	tap_int(2, place, "more when there may be more");
	tap_int(-1, places_enter(fd, title, 3, place), "which are taken once");
	places_leave(fd, title, place);
	tap_int(2, places_enter(fd, title, 3, -1), "and given back");
	places_leave(fd, title, 2);
	end(a);
	place = places_enter(fd, title, 2, -1);
	tap_ok(place >= 0, "what is killed gives its place back");
	tap_int(-1, places_enter(fd, title, 2, place), "that one only");
	places_leave(fd, title, place);
	end(b);
}

/* A place among many: only some are looked at, and one is found. */
static void
test_many(int fd)
{
	struct str title = STR("many");
	pid_t a = hold(title, 1000);

	tap_ok(places_enter(fd, title, 1000, -1) >= 0, "one of a thousand");
	end(a);
}

int
main(void)
{
	int fd = mkstemp(path);

	close(fd);
	fd = places_open(path, getuid(), getgid());
	tap_ok(fd >= 0, "the file");
	tap_int(-1, places_open("/nonexistent/places", 0, 0), "or none");
	test_max(fd);
	test_many(fd);
	tap_ok(places_again(0) > places_again(PLACES_OLD_AFTER_MS),
	    "who waited long looks more often");
	tap_ok(lseek(fd, 0, SEEK_END) == 0, "the file is empty");
	close(fd);
	unlink(path);
	return tap_done();
}
