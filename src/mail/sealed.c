#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>

#include "sealed.h"

enum { SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK };

bool
sealed_make(int fd)
{
	return fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) == 0;
}

bool
sealed_is(int fd, uint64_t size)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return seals >= 0 && (seals & SEALS) == SEALS &&
	    fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == size;
}

struct str
sealed_map(int fd, uint64_t size)
{
	void *p;

	if (size > SIZE_MAX || !sealed_is(fd, size))
		return STR_NULL;
	if (size == 0)
		return STR("");
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	return p == MAP_FAILED ? STR_NULL : (struct str){ p, (size_t)size };
}

void
sealed_unmap(struct str octets)
{
	if (octets.n > 0)
		munmap((void *)(uintptr_t)octets.p, octets.n);
}
