#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "places.h"

int
places_open(const char *path, uid_t uid, gid_t gid)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || (st.st_uid != uid && geteuid() == 0 &&
	    fchown(fd, uid, gid) < 0))
		fd_close(&fd);
	return fd;
}

/* Where an engine's places begin: by its title, whatever the configuration. */
static off_t
first_place(struct str title)
{
	uint32_t h = 2166136261;	/* FNV-1a */

	for (size_t i = 0; i < title.n; i++)
		h = (h ^ (unsigned char)title.p[i]) * 16777619;
	return (off_t)h * PLACES_MAX;
}

static int
set_lock(int fd, short type, off_t at)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET,
	    .l_start = at, .l_len = 1 };

	return fcntl(fd, F_SETLK, &l);
}

int
places_enter(int fd, struct str title, unsigned max, int mine)
{
	off_t base = first_place(title);
	unsigned from, looks;

	if (max > PLACES_MAX)
		max = PLACES_MAX;
	looks = max < PLACES_LOOKS ? max : PLACES_LOOKS;
	/* not all at the same place */
	from = (unsigned)((uint64_t)clock_us() * 2654435761u >> 8) + (unsigned)
	    getpid();
	for (unsigned i = 0; i < looks; i++) {
		int place = (int)((from + i) % max);

		if (place != mine && set_lock(fd, F_WRLCK, base + place) == 0)
			return place;
	}
	return -1;
}

void
places_leave(int fd, struct str title, int place)
{
	set_lock(fd, F_UNLCK, first_place(title) + place);
}

int64_t
places_again(int64_t waited)
{
	return waited < PLACES_OLD_AFTER_MS ? PLACES_NEW_MS : PLACES_OLD_MS;
}
