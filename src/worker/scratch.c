#include <sys/mman.h>

#include <unistd.h>

#include "scratch.h"

enum { PAGE = 4096 };

void
scratch_begin(struct scratch *s, int fd)
{
	*s = (struct scratch){ .fd = fd };
}

static bool
map_file(struct scratch *s, size_t room, struct piece *p)
{
	if (ftruncate(s->fd, (off_t)(s->end + room)) < 0)
		return false;
	p->p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd,
	    (off_t)s->end);
	if (p->p == MAP_FAILED)
		return false;
	p->filed = true;
	p->off = s->end;
	s->end += room;
	s->live++;
	return true;
}

bool
scratch_get(struct scratch *s, size_t room, struct piece *p_r)
{
	room = (room + PAGE) & ~(size_t)(PAGE - 1);
	*p_r = (struct piece){ .room = room };
	if (room > SCRATCH_MEMORY && s->fd >= 0 && map_file(s, room, p_r))
		return true;
	p_r->p = mmap(NULL, room, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p_r->p != MAP_FAILED)
		return true;
	*p_r = (struct piece){ 0 };
	return false;
}

void
scratch_wrote(struct piece *p, size_t n)
{
	size_t before = p->n / SCRATCH_WINDOW;

	p->n += n;
	if (p->filed && p->n / SCRATCH_WINDOW > before)
		(void)madvise(p->p + before * SCRATCH_WINDOW,
		    (p->n / SCRATCH_WINDOW - before) * SCRATCH_WINDOW,
		    MADV_DONTNEED);
}

void
scratch_put(struct scratch *s, struct piece *p)
{
	if (p->p == NULL)
		return;
	munmap(p->p, p->room);
	if (p->filed && --s->live == 0) {
		/* the disk has its blocks back */
		(void)!ftruncate(s->fd, 0);
		s->end = 0;
	}
	*p = (struct piece){ 0 };
}
