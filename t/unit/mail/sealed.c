/* What counts as sealed. */

#include <sys/mman.h>

#include <fcntl.h>
#include <unistd.h>

#include "sealed.h"
#include "tap.h"

static int
memfd(int seals)
{
	int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (write(fd, "octets", 6) != 6 || fcntl(fd, F_ADD_SEALS, seals) < 0)
		return -1;
	return fd;
}

int
main(void)
{
	static const struct {
		const char *name;
		int seals;
		uint64_t size;
		bool want;
	} cases[] = {
		{ "nothing", 0, 6, false },
		{ "writing", F_SEAL_WRITE, 6, false },
		{ "growing and shrinking", F_SEAL_GROW | F_SEAL_SHRINK, 6,
		    false },
		{ "writing and growing", F_SEAL_GROW | F_SEAL_WRITE, 6,
		    false },
		{ "all three", F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE, 6,
		    true },
		{ "all, but it is shorter", F_SEAL_GROW | F_SEAL_SHRINK |
		    F_SEAL_WRITE, 7, false },
		{ "all, but it is longer", F_SEAL_GROW | F_SEAL_SHRINK |
		    F_SEAL_WRITE, 5, false },
	};
	int fd, pair[2];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fd = memfd(cases[i].seals);
		tap_int(cases[i].want, sealed_is(fd, cases[i].size),
		    "sealed against %s", cases[i].name);
		tap_int(cases[i].want, sealed_map(fd, cases[i].size).p != NULL,
		    "and is%s mapped", cases[i].want ? "" : " not");
		close(fd);
	}
	fd = memfd(0);
	tap_ok(sealed_make(fd) && sealed_is(fd, 6), "made so");
	tap_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) < 0,
	    "no seal can be added");
	tap_str(STR("octets"), sealed_map(fd, 6), "its octets are there");
	close(fd);
	tap_ok(pipe(pair) == 0 && !sealed_is(pair[0], 0), "a pipe is not");
	fd = open("/dev/null", O_RDONLY);
	tap_ok(!sealed_is(fd, 0), "nor is a device");
	fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	tap_ok(sealed_make(fd) && sealed_map(fd, 0).p != NULL,
	    "no octets are octets");
	return tap_done();
}
