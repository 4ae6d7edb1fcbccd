#ifndef BOARD_H
#define BOARD_H

/*
 * The scoreboard: one file that all sessions of a configuration map, a slot
 * for each of them.  It answers two questions: how many sessions of a
 * session-acl, and of an address in it, are there now (max-sessions,
 * max-sessions-per-ip); and, for who watches, what each of them does.
 *
 * A slot is owned by the process whose number is in its first word, which is
 * a robust futex: when the owner dies, by SIGKILL too, the kernel marks it
 * (FUTEX_OWNER_DIED), and the slot is free.  So nobody has to look for dead
 * sessions, and no count can drift.
 *
 * Every session can write the whole board, and one that was taken over will.
 * So nothing in it is trusted: libc's robust mutexes, which keep the owner's
 * list of pointers beside the lock, would hand such a session a write into
 * every other one's memory; here the list is in the owner's own memory
 * and the board holds numbers only.  What an intruder can do is to lie about
 * sessions: to have them refused, or not counted.  Every wait is bounded.
 *
 * The process's robust list is this module's from board_open() on: robust
 * mutexes of libc are not known to the kernel in it.
 *
 * The file: a page of struct board_head, then a struct board_slot for each
 * slot, which are read together; then BOARD_DISPLAY octets of each for the
 * monitor, and BOARD_RATES octets for rates that sessions share (net/rate.h).
 * Its size says how many slots it has; all of it is allocated when it is made,
 * so that a full file system is seen then and not by a signal.
 */

#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "addr.h"
#include "counters.h"

enum {
	BOARD_VERSION = 4,
	/*
	 * The 2,000 connections that the units admit, and sessions that are
	 * just ending.  2 MB of memory.
	 */
	BOARD_SLOTS = 2048,
	/* An administrator's own size (imap4-proxy(8)): 67 MB. */
	BOARD_SLOTS_MAX = 65536,
	/* Slots come in pages of the counting array. */
	BOARD_SLOTS_UNIT = 128,
	BOARD_HEAD = 4096,
	/* 4,096 buckets of 16: those in use at one moment. */
	BOARD_RATES = 65536,
	BOARD_DISPLAY = 1024,
	/* Room for those of counters.h, and later ones. */
	BOARD_COUNTERS = 64,
	/*
	 * For the lock, which is held for some microseconds: a burst on a
	 * loaded machine passes well within.  A lock that a broken session
	 * keeps costs every session with a limit this long.
	 */
	BOARD_WAIT_MS = 1000,
	/* Our reason and the system's. */
	BOARD_WHY = 64,
};

/*
 * With its version: another build's sessions, which may be there at the same
 * time, have a board of their own.
 */
#define BOARD_FILE "board.4"
#define BOARD_MAGIC "imap4sb\n"

/* 32 octets: counting 2,000 reads 64 KB in a row. */
struct board_slot {
	uint32_t owner;		/* robust futex: a process, 0 free */
	uint32_t counted;	/* = owner: what follows is the owner's */
	uint64_t acl;
	uint8_t ip[16];		/* the part of the client's that counts */
};

struct board_head {
	char magic[8];		/* written last */
	uint32_t version;
	uint32_t slots;
	uint8_t pad[48];
	uint32_t lock;		/* robust futex: counting and entering */
	uint8_t pad2[60];
	uint64_t counters[BOARD_COUNTERS];
};

/* An open board; it must not move, and must live as long as the process. */
struct board {
	struct board_head *head;	/* NULL: none, and why says so */
	void *rates;			/* BOARD_RATES octets */
	struct board_slot *slots;
	char *display;
	size_t size;
	uint32_t n;			/* slots, by the file's size */
	uint32_t self;			/* this process; 0: not ready */
	int64_t mine;			/* the slot that is ours, or -1 */
	const char *why;
	int error;			/* errno that goes with it, or 0 */
	struct robust_list_head robust;
	struct robust_list held;	/* stands for mine in that list */
};

/*
 * Open the board in folder, for sessions that run as owner.  What is not
 * there is made: the folder (and the one it is in), the file; root gives them
 * to owner.  An empty file becomes a board, one of another size a board of as
 * many slots as fit.
 *
 * false, with b->why (constant) and b->error: it cannot be opened or made, or
 * is not what it should be.  b can be used all the same: nobody is seen.
 * Before the jail, in the process that is to claim a slot, or in one that
 * forks those.
 */
bool board_open(struct board *b, const char *folder, uid_t owner);
/*
 * Make a run folder, and the one it is in, unless they are there; root gives
 * them to owner.  What fails is said by what cannot be made in it.
 */
void board_make_folders(const char *folder, uid_t owner);
/* Why there is no board or no slot, with errno's text; returns out. */
char *board_why(const struct board *b, char out[BOARD_WHY]);
/* b without a board; why is constant. */
void board_none(struct board *b, const char *why);
/* In a fork's child, before its jail: what the parent opened is its own. */
void board_forked(struct board *b);
/* Gives the slot back and unmaps. */
void board_close(struct board *b);

struct board_claim {
	uint64_t acl;		/* board_acl() */
	uint8_t ip[16];		/* board_ip() */
	/* At most so many of this acl, and of this acl and ip; 0: any. */
	uint32_t max, max_per_ip;
};

enum board_answer {
	BOARD_TAKEN,		/* there is a slot for us, and we count */
	BOARD_MAX,		/* as many as max are there */
	BOARD_MAX_PER_IP,
	BOARD_UNSEEN,		/* no slot; b->why says what is in the way */
};

/*
 * Take a slot, unless there are too many already.  Sessions are admitted one
 * after the other, so never too many are.  Waits for BOARD_WAIT_MS at most,
 * and not at all without limits.
 */
enum board_answer board_claim(struct board *b, const struct board_claim *c);
/* From now on others may come in our place.  Nothing without a slot. */
void board_release(struct board *b);

/* Count; nothing without a board. */
void board_count(struct board *b, enum counter which, uint64_t n);

/* A session-acl's number: the same in every process and configuration. */
uint64_t board_acl(const char *title);
/* The first prefix6 bits of an IPv6 address, the whole of an IPv4 one. */
void board_ip(const struct addr *a, unsigned prefix6, uint8_t ip_r[16]);

/* The size of a board's file; slots is a multiple of BOARD_SLOTS_UNIT. */
size_t board_size(uint32_t slots);
/* How many fit into a file, 0 when it is too small or too large. */
uint32_t board_slots(uint64_t size);

#endif
