#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "board.h"
#include "clock.h"
#include "fd.h"

static_assert(sizeof(struct board_slot) == 32 &&
    sizeof(struct board_slot) * BOARD_SLOTS_UNIT == BOARD_HEAD,
    "the display begins on a page");
static_assert(sizeof(struct board_head) <= BOARD_HEAD &&
    BOARD_SLOTS % BOARD_SLOTS_UNIT == 0, "a board of whole pages");
static_assert(COUNTER_COUNT <= (int)BOARD_COUNTERS, "counters have room");

enum {
	/* While another session makes the file: 50 us of work. */
	MAKE_TRIES = 100,
	MAKE_WAIT_NS = 1000000,
	/* The lock is looked at again: who wakes us may have died before. */
	LOOK_MS = 50,
};

static bool
fail(struct board *b, int error, const char *why)
{
	b->error = error;
	b->why = why;
	return false;
}

size_t
board_size(uint32_t slots)
{
	return BOARD_HEAD + (size_t)slots *
	    (sizeof(struct board_slot) + BOARD_DISPLAY) + BOARD_RATES;
}

uint32_t
board_slots(uint64_t size)
{
	uint64_t unit = BOARD_SLOTS_UNIT *
	    (sizeof(struct board_slot) + BOARD_DISPLAY);

	if (size > board_size(BOARD_SLOTS_MAX) ||
	    size < board_size(BOARD_SLOTS_UNIT))
		return 0;
	return (uint32_t)((size - board_size(0)) / unit) * BOARD_SLOTS_UNIT;
}

/* ---- making ------------------------------------------------------------ */

static void
make_folder(const char *path, uid_t owner)
{
	int fd;

	if (mkdir(path, 0755) < 0)
		return;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && (geteuid() != 0 || fchown(fd, owner, (gid_t)-1) == 0))
		fchmod(fd, 0755);	/* whatever the umask */
	fd_close(&fd);
}

void
board_make_folders(const char *folder, uid_t owner)
{
	const char *slash = strrchr(folder, '/');
	char parent[PATH_MAX];

	if (slash != NULL && slash != folder) {
		snprintf(parent, sizeof parent, "%.*s",
		    (int)(slash - folder), folder);
		make_folder(parent, owner);
	}
	make_folder(folder, owner);
}

/* -1 with errno. */
static int
open_file(const char *path, const char *folder, uid_t owner)
{
	enum { MODE = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK };
	int fd = open(path, MODE);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	board_make_folders(folder, owner);
	fd = open(path, MODE | O_CREAT | O_EXCL, 0600);
	if (fd < 0 && errno == EEXIST)
		return open(path, MODE);	/* another was faster */
	if (fd >= 0 && geteuid() == 0 && fchown(fd, owner, (gid_t)-1) < 0)
		fd_close(&fd);
	return fd;
}

/* Is the file whose it should be?  Root's is being made by root. */
static bool
check_file(struct board *b, const struct stat *st, uid_t owner)
{
	if (!S_ISREG(st->st_mode) || st->st_nlink != 1)
		return fail(b, 0, "it is not a plain file");
	if (st->st_uid != owner && st->st_uid != 0)
		return fail(b, 0, "it belongs to another user");
	if ((st->st_mode & 077) != 0)
		return fail(b, 0, "others than its owner may open it");
	return true;
}

/* Whoever has the lock makes the file; the others wait for that. */
static bool
lock_file(int fd)
{
	const struct timespec wait = { 0, MAKE_WAIT_NS };

	for (int i = 0; i < MAKE_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		nanosleep(&wait, NULL);
	}
	return false;
}

static bool
has_head(int fd, struct board_head *h_r)
{
	static const struct board_head none;

	return pread(fd, h_r, sizeof *h_r, 0) == sizeof *h_r &&
	    memcmp(h_r->magic, none.magic, sizeof none.magic) != 0;
}

/* Room and a head, unless another made them by now. */
static bool
make_board(struct board *b, int fd)
{
	struct board_head h = { .version = BOARD_VERSION };
	struct board_head there;
	struct stat st;
	int error;

	if (fstat(fd, &st) < 0)
		return fail(b, errno, "it cannot be looked at");
	if (has_head(fd, &there))
		return true;
	if (st.st_size == 0)
		st.st_size = (off_t)board_size(BOARD_SLOTS);
	h.slots = board_slots((uint64_t)st.st_size);
	if (h.slots == 0)
		return fail(b, 0, "its size is not a scoreboard's");
	error = posix_fallocate(fd, 0, st.st_size);
	if (error != 0)
		return fail(b, error, "there is no room for it");
	memcpy(h.magic, BOARD_MAGIC, sizeof h.magic);
	if (pwrite(fd, &h, sizeof h, 0) != sizeof h)
		return fail(b, errno, "it cannot be written");
	return true;
}

static bool
make_locked(struct board *b, int fd)
{
	bool made;

	if (!lock_file(fd))
		return fail(b, 0, "another session is making it");
	made = make_board(b, fd);
	flock(fd, LOCK_UN);
	return made;
}

/* ---- opening ----------------------------------------------------------- */

static void
unmap(struct board *b)
{
	if (b->head != NULL)
		munmap(b->head, b->size);
	b->head = NULL;
}

/* The size is the kernel's word; the head's is everybody's. */
static bool
map_file(struct board *b, int fd, off_t size)
{
	void *p;

	b->n = board_slots((uint64_t)size);
	if (b->n == 0)
		return fail(b, 0, "its size is not a scoreboard's");
	b->size = board_size(b->n);
	p = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return fail(b, errno, "it cannot be mapped");
	b->head = p;
	b->slots = (struct board_slot *)((char *)p + BOARD_HEAD);
	b->display = (char *)(b->slots + b->n);
	b->rates = b->display + (size_t)b->n * BOARD_DISPLAY;
	return true;
}

static bool
is_blank(const struct board *b)
{
	static const char blank[sizeof b->head->magic];

	return memcmp(b->head->magic, blank, sizeof blank) == 0;
}

static bool
check_head(struct board *b)
{
	const struct board_head *h = b->head;

	if (memcmp(h->magic, BOARD_MAGIC, sizeof h->magic) == 0 &&
	    h->version == BOARD_VERSION && h->slots == b->n)
		return true;
	unmap(b);
	return fail(b, 0, "it is not a scoreboard of this version");
}

static bool
use_file(struct board *b, int fd, uid_t owner)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(b, errno, "it cannot be looked at");
	if (!check_file(b, &st, owner))
		return false;
	if (st.st_size > 0 && map_file(b, fd, st.st_size) && !is_blank(b))
		return check_head(b);
	unmap(b);
	if (!make_locked(b, fd))
		return false;
	if (fstat(fd, &st) < 0)
		return fail(b, errno, "it cannot be looked at");
	return map_file(b, fd, st.st_size) && check_head(b);
}

char *
board_why(const struct board *b, char out[BOARD_WHY])
{
	snprintf(out, BOARD_WHY, "%s%s%s", b->why ? b->why : "",
	    b->error ? ": " : "", b->error ? strerror(b->error) : "");
	return out;
}

void
board_none(struct board *b, const char *why)
{
	*b = (struct board){ .mine = -1, .why = why };
}

/* From here on the kernel knows where to look when this process dies. */
static bool
register_list(struct board *b)
{
	b->robust.list.next = &b->robust.list;
	b->robust.list_op_pending = NULL;
	b->mine = -1;
	if (syscall(SYS_set_robust_list, &b->robust, sizeof b->robust) < 0)
		return fail(b, errno, "this kernel has no robust futexes");
	b->self = (uint32_t)syscall(SYS_gettid);
	return true;
}

bool
board_open(struct board *b, const char *folder, uid_t owner)
{
	char path[PATH_MAX];
	bool good;
	int fd;

	board_none(b, NULL);
	if (owner == (uid_t)-1)
		return fail(b, 0, "the sessions' user does not exist");
	if ((size_t)snprintf(path, sizeof path, "%s/" BOARD_FILE, folder) >=
	    sizeof path)
		return fail(b, ENAMETOOLONG, "it cannot be opened");
	fd = open_file(path, folder, owner);
	if (fd < 0)
		return fail(b, errno, "it cannot be opened");
	good = use_file(b, fd, owner);
	fd_close(&fd);
	if (good && !register_list(b)) {
		unmap(b);
		good = false;
	}
	return good;
}

void
board_forked(struct board *b)
{
	if (b->head != NULL && !register_list(b))
		b->self = 0;
}

void
board_close(struct board *b)
{
	board_release(b);
	unmap(b);
	b->why = "it is closed";
}

/* ---- the lock ---------------------------------------------------------- */

/*
 * Words of the board are the kernel's robust futexes: an owner's number, and
 * two bits.  The kernel finds a word that a dying process owns through its
 * list: at a fixed distance from each entry, which need not be near it.
 */

static uint32_t
load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static bool
swap(uint32_t *word, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(word, &from, to, false,
	    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static bool
is_free(uint32_t word)
{
	return (word & FUTEX_TID_MASK) == 0;
}

/* The order of stores that a dying process leaves behind. */
static void
in_order(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

static void
wait_for_change(uint32_t *word, uint32_t seen, int ms)
{
	const struct timespec t = { 0, (ms < LOOK_MS ? ms : LOOK_MS) *
	    1000000L };

	syscall(SYS_futex, word, FUTEX_WAIT, seen, &t, NULL, 0);
}

/* false: not within BOARD_WAIT_MS. */
static bool
lock(struct board *b)
{
	uint32_t *word = &b->head->lock, old, want = b->self;
	int64_t deadline = 0;
	int left;

	b->robust.list_op_pending = (struct robust_list *)((char *)word -
	    b->robust.futex_offset);
	in_order();
	for (;;) {
		old = load(word);
		if (is_free(old)) {
			if (swap(word, old, want | (old & FUTEX_WAITERS)))
				return true;
			continue;
		}
		if (deadline == 0)
			deadline = clock_after(BOARD_WAIT_MS);
		left = clock_left(deadline);
		if (left == 0)
			break;
		if (!(old & FUTEX_WAITERS) &&
		    !swap(word, old, old | FUTEX_WAITERS))
			continue;
		wait_for_change(word, old | FUTEX_WAITERS, left);
		want |= FUTEX_WAITERS;	/* there may be more of us */
	}
	b->robust.list_op_pending = NULL;
	return false;
}

static void
unlock(struct board *b)
{
	uint32_t *word = &b->head->lock;

	if (__atomic_exchange_n(word, 0, __ATOMIC_ACQ_REL) & FUTEX_WAITERS)
		syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
	in_order();
	b->robust.list_op_pending = NULL;
}

/* ---- slots ------------------------------------------------------------- */

/* Let the kernel know first, so that no owner dies unknown. */
static bool
take(struct board *b, uint32_t i, uint32_t old)
{
	struct board_slot *s = &b->slots[i];

	b->robust.list.next = &b->robust.list;
	in_order();
	b->robust.futex_offset = (char *)&s->owner - (char *)&b->held;
	b->held.next = &b->robust.list;
	in_order();
	b->robust.list.next = &b->held;
	in_order();
	if (!swap(&s->owner, old, b->self))
		return false;
	__atomic_store_n(&s->counted, 0, __ATOMIC_RELEASE);
	b->mine = i;
	if (old & FUTEX_OWNER_DIED)
		board_count(b, COUNTER_DIED, 1);
	return true;
}

/* Processes begin at different places: their numbers are in a row. */
static bool
take_any(struct board *b)
{
	for (uint32_t n = 0; n < b->n; n++) {
		uint32_t i = (b->self + n) % b->n;
		uint32_t old = load(&b->slots[i].owner);

		if (is_free(old) && take(b, i, old))
			return true;
	}
	b->robust.list.next = &b->robust.list;
	return false;
}

static void
enter(struct board *b, const struct board_claim *c)
{
	struct board_slot *s = &b->slots[b->mine];

	__atomic_store_n(&s->acl, c->acl, __ATOMIC_RELAXED);
	memcpy(s->ip, c->ip, sizeof s->ip);
	__atomic_store_n(&s->counted, b->self, __ATOMIC_RELEASE);
}

static bool
has_acl(const struct board_slot *s, uint64_t acl)
{
	return __atomic_load_n(&s->acl, __ATOMIC_RELAXED) == acl;
}

/* Does the slot tell about a session that lives? */
static bool
counts(const struct board_slot *s)
{
	uint32_t owner = load(&s->owner) & FUTEX_TID_MASK;

	return owner != 0 && load(&s->counted) == owner;
}

static enum board_answer
judge(const struct board *b, const struct board_claim *c)
{
	uint32_t all = 0, same = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct board_slot *s = &b->slots[i];

		/* the first look saves time, only the second is valid */
		if (!has_acl(s, c->acl) || !counts(s) || !has_acl(s, c->acl))
			continue;
		all++;
		same += memcmp(s->ip, c->ip, sizeof s->ip) == 0;
	}
	if (c->max != 0 && all >= c->max)
		return BOARD_MAX;
	if (c->max_per_ip != 0 && same >= c->max_per_ip)
		return BOARD_MAX_PER_IP;
	return BOARD_TAKEN;
}

enum board_answer
board_claim(struct board *b, const struct board_claim *c)
{
	enum board_answer answer = BOARD_TAKEN;

	if (b->head == NULL)
		return BOARD_UNSEEN;
	assert(b->self == (uint32_t)syscall(SYS_gettid) && b->mine < 0);
	if (!take_any(b)) {
		fail(b, 0, "it is full");
		return BOARD_UNSEEN;
	}
	if (c->max == 0 && c->max_per_ip == 0) {
		enter(b, c);
		return BOARD_TAKEN;
	}
	if (!lock(b)) {
		fail(b, 0, "its lock is not given back");
		board_release(b);
		return BOARD_UNSEEN;
	}
	answer = judge(b, c);
	if (answer == BOARD_TAKEN)
		enter(b, c);
	unlock(b);
	if (answer != BOARD_TAKEN)
		board_release(b);
	return answer;
}

void
board_release(struct board *b)
{
	if (b->mine < 0)
		return;
	__atomic_store_n(&b->slots[b->mine].counted, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&b->slots[b->mine].owner, 0, __ATOMIC_RELEASE);
	in_order();
	b->robust.list.next = &b->robust.list;
	b->mine = -1;
}

void
board_count(struct board *b, enum counter which, uint64_t n)
{
	if (b != NULL && b->head != NULL && n > 0)
		__atomic_fetch_add(&b->head->counters[which], n,
		    __ATOMIC_RELAXED);
}

/* ---- what is counted --------------------------------------------------- */

uint64_t
board_acl(const char *title)
{
	uint64_t h = 0xcbf29ce484222325;	/* FNV-1a */

	for (; *title != '\0'; title++)
		h = (h ^ (uint8_t)*title) * 0x100000001b3;
	return h;
}

void
board_ip(const struct addr *a, unsigned prefix6, uint8_t ip_r[16])
{
	memcpy(ip_r, a->ip, 16);
	if (addr_is4(a))
		return;
	for (unsigned bit = prefix6; bit < 128; bit++)
		ip_r[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
}
