/*
 * Makes jail_bpf.h at build time: one seccomp program per phase, so that a
 * session only loads octets.  Nothing of this is linked into what runs later.
 *
 * A phase allows what its rows name and kills what only an attacker would
 * try; everything else fails with EPERM, or what its row says.
 *
 * The time to load a program grows with its length and depth (the kernel
 * compiles it, then runs it once for every call there is), and every session
 * pays it.  So the calls' numbers, which libseccomp knows, become runs with
 * one outcome and a balanced tree of comparisons over them: half the length
 * of what seccomp_export_bpf() makes of the same rows.  And since programs
 * add up in the kernel, those of the later phases only take away from the
 * first's: whatever that one denies may have any outcome in them.
 *
 * Before a program is printed it is run here for every call, as the kernel
 * would run it on top of the first phase's, and compared with the rows.
 */

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jail.h"

enum {
	/* The phases that a row is for: those of sessions with a spool ... */
	SA = 1 << (JAIL_SPOOL_PHASES + JAIL_ACCEPTED),
	SD = 1 << (JAIL_SPOOL_PHASES + JAIL_DIALED),
	SR = 1 << (JAIL_SPOOL_PHASES + JAIL_RELAY),
	S = SA | SD | SR,
	/* ... without one ... */
	PA = 1 << JAIL_ACCEPTED,
	PD = 1 << JAIL_DIALED,
	/* ... and all sessions. */
	A = PA | SA,
	D = PD | SD,
	R = 1 << JAIL_RELAY | SR,
	M = 1 << JAIL_MONITOR,
	F = 1 << JAIL_FOLDER,
	K = 1 << JAIL_KEEPER,
	W = 1 << JAIL_WORKER,
	KW = K | W,
	AD = A | D,
	ADR = A | D | R,
	ADM = A | D | M,
	ADMFW = A | D | M | F | KW,
	MF = M | F,
	FW = F | KW,
	ALL = A | D | R | M | F | KW,
	/* Jumps reach 255 instructions; keeping below needs no long ones. */
	PROGRAM_MAX = 255,
	/* Above every number in use; x32 begins at 2^30 and is denied. */
	CALLS = 1024,
	VALUES = 4,
	/*
	 * Stands for the process's own number, which jail.c writes over it;
	 * no other constant of a program is equal.
	 */
	SELF = 0x5e1f5e1f,
};

/* O_TMPFILE is this and O_DIRECTORY. */
#define TMPFILE (O_TMPFILE & ~O_DIRECTORY)
#define PUNCH_HOLE (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

#define DENIED (SECCOMP_RET_ERRNO | EPERM)
#define FAILS(error) (SECCOMP_RET_ERRNO | (error))

static const struct {
	char name[24];
	int phases;
} allow[] = {
	/* moving data and waiting */
	{ "read", ALL }, { "write", ALL }, { "readv", ALL },
	{ "writev", ALL }, { "poll", ALL }, { "ppoll", ALL },
	{ "recvfrom", ALL }, { "sendto", ALL }, { "recvmsg", ALL },
	{ "sendmsg", ALL }, { "splice", ADR }, { "pipe2", ADR },
	{ "fcntl", ALL }, { "close", ALL }, { "shutdown", ALL },
	{ "getsockopt", ALL }, { "setsockopt", ALL },
	{ "getsockname", ALL }, { "getpeername", ALL },
	{ "lseek", ALL }, { "fstat", ALL },
	/* memory */
	{ "munmap", ALL }, { "brk", ALL }, { "mremap", ALL },
	{ "madvise", ALL },
	/* time, chance, signals, the end */
	{ "futex", ALL }, { "getrandom", ALL }, { "gettimeofday", ALL },
	{ "clock_gettime", ALL }, { "time", ALL }, { "nanosleep", ALL },
	{ "clock_nanosleep", ALL }, { "getpid", ALL }, { "gettid", ALL },
	{ "rt_sigprocmask", ALL }, { "rt_sigaction", ALL },
	{ "rt_sigreturn", ALL }, { "restart_syscall", ALL },
	{ "exit", ALL }, { "exit_group", ALL },
	/* builds with AddressSanitizer, before they exit */
	{ "sigaltstack", ALL },
	/* what libraries ask when they start */
	{ "getuid", ALL }, { "geteuid", ALL }, { "getgid", ALL },
	{ "getegid", ALL }, { "uname", ALL },
	/* the next phase: these only narrow */
	{ "landlock_create_ruleset", ADR | K },
	{ "landlock_add_rule", SA | SD | K },
	{ "landlock_restrict_self", ADR | K },
	/*
	 * Nothing needs these, and they give nothing that the others do not;
	 * they lie between others, and joined runs are shorter programs.
	 */
	{ "pread64", ALL }, { "pwrite64", ALL }, { "pipe", ADR },
	{ "select", ADR }, { "pselect6", ADR },
	{ "sched_yield", ADR | KW }, { "msync", ADR }, { "mincore", ADR },
	{ "dup", ADR }, { "dup2", ADR | K }, { "pause", ADR },
	{ "getitimer", ADR },
	{ "alarm", ALL }, { "setitimer", ADR }, { "sendfile", ADR },
	{ "clock_getres", ADR }, { "getrlimit", ADR }, { "getrusage", ALL },
	{ "sysinfo", ALL }, { "times", ADR },

	/* files are read: certificates, modules, CA folders, resolv.conf */
	{ "stat", ADMFW }, { "lstat", ADMFW }, { "newfstatat", ADMFW },
	{ "statx", ADMFW }, { "access", ADMFW }, { "faccessat", ADMFW },
	/* the server and the resolver, scanners; never a server's side */
	{ "connect", A | KW }, { "bind", A },
	/* the last capability goes when the server is connected */
	{ "capset", A },
	/* the monitor's clients and children, and ending a session */
	{ "accept4", MF }, { "wait4", M | K },
	{ "pidfd_open", M | K }, { "pidfd_send_signal", M | K },
	/* files that take the place of others; Landlock says where */
	{ "openat", FW }, { "open", FW }, { "fchmod", FW }, { "fsync", FW },
	{ "flock", FW }, { "rename", FW }, { "renameat", FW },
	{ "unlink", FW }, { "readlink", FW }, { "readlinkat", FW },
	{ "getcwd", FW }, { "unlinkat", KW }, { "fdatasync", KW },
	{ "getdents64", KW }, { "linkat", KW },
	/* a session's way to its mail worker, and where its mails are */
	{ "socketpair", SA | SD }, { "memfd_create", S | KW },
	{ "fstatfs", S | KW },
	/* and the store of verdicts, which is written in pieces */
	{ "pwritev", S | F },
	/* an end for who goes round in circles in it */
	{ "setitimer", F },
	/* what a worker makes of a mail */
	{ "ftruncate", KW },
	/* many sessions' workers */
	{ "epoll_ctl", K }, { "epoll_wait", K }, { "epoll_pwait", K },
	{ "close_range", K }, { "getppid", K },
};

/*
 * By one argument, whose low half is all the kernel looks at in these: what
 * happens when (arg & mask) is one of the values, and otherwise.
 */
struct by_arg {
	char name[24];
	int phases;
	unsigned arg;
	uint32_t mask;
	size_t n;
	uint32_t values[VALUES];
	uint32_t is, is_not;
};

static const struct by_arg by_arg[] = {
	/* to read only; O_TMPFILE needs a writing mode */
	{ "openat", PA | PD | M, 2, O_ACCMODE | O_CREAT | O_TRUNC, 1,
	    { O_RDONLY }, SECCOMP_RET_ALLOW, DENIED },
	{ "open", ADM, 1, O_ACCMODE | O_CREAT | O_TRUNC, 1, { O_RDONLY },
	    SECCOMP_RET_ALLOW, DENIED },
	/* and a spool's files; Landlock says where */
	{ "openat", SA | SD, 2, O_ACCMODE | O_CREAT | O_TRUNC | TMPFILE, 2,
	    { O_RDONLY, O_RDWR | TMPFILE }, SECCOMP_RET_ALLOW, DENIED },
	/* whose disk space is given back */
	{ "fallocate", S, 1, UINT32_MAX, 1, { PUNCH_HOLE },
	    SECCOMP_RET_ALLOW, DENIED },
	/* libc's fstat(): of a descriptor */
	{ "newfstatat", R, 3, AT_EMPTY_PATH, 1, { AT_EMPTY_PATH },
	    SECCOMP_RET_ALLOW, DENIED },
	/* modules are mapped; writable and executable at once never */
	{ "mmap", AD, 2, PROT_WRITE | PROT_EXEC, 1,
	    { PROT_WRITE | PROT_EXEC }, DENIED, SECCOMP_RET_ALLOW },
	{ "mprotect", AD, 2, PROT_WRITE | PROT_EXEC, 1,
	    { PROT_WRITE | PROT_EXEC }, DENIED, SECCOMP_RET_ALLOW },
	{ "mmap", R | MF | KW, 2, PROT_EXEC, 1, { PROT_EXEC },
	    DENIED, SECCOMP_RET_ALLOW },
	{ "mprotect", R | MF | KW, 2, PROT_EXEC, 1, { PROT_EXEC },
	    DENIED, SECCOMP_RET_ALLOW },
	{ "socket", A | KW, 0, UINT32_MAX, 3, { AF_INET, AF_INET6, AF_UNIX },
	    SECCOMP_RET_ALLOW, FAILS(EAFNOSUPPORT) },
	{ "socket", M, 0, UINT32_MAX, 1, { AF_UNIX },
	    SECCOMP_RET_ALLOW, FAILS(EAFNOSUPPORT) },
	/* the next phase; no_new_privs is set, so this only narrows */
	{ "prctl", ADR, 0, UINT32_MAX, 2, { PR_SET_SECCOMP, PR_SET_NAME },
	    SECCOMP_RET_ALLOW, DENIED },
	{ "prctl", K, 0, UINT32_MAX, 4, { PR_SET_SECCOMP, PR_SET_NAME,
	    PR_SET_PDEATHSIG, PR_GET_DUMPABLE }, SECCOMP_RET_ALLOW, DENIED },
	{ "prctl", W, 0, UINT32_MAX, 1, { PR_GET_DUMPABLE },
	    SECCOMP_RET_ALLOW, DENIED },
	/* abort(); a worker, who is a child of SELF, ends without */
	{ "tgkill", ALL & ~W, 0, UINT32_MAX, 1, { SELF },
	    SECCOMP_RET_ALLOW, DENIED },
	/* libc's fork(), no thread and no namespace */
	{ "clone", K, 0, UINT32_MAX, 1, { CLONE_CHILD_CLEARTID |
	    CLONE_CHILD_SETTID | SIGCHLD }, SECCOMP_RET_ALLOW, DENIED },
	/* its own limits */
	{ "prlimit64", KW, 0, UINT32_MAX, 1, { 0 },
	    SECCOMP_RET_ALLOW, DENIED },
};

/* Newer calls have other ways round: libc and libraries know ENOSYS. */
enum { NEW_CALLS = 434 };	/* pidfd_open, where all machines agree */

/* Nobody calls these by mistake. */
static const char kill_names[][24] = {
	"execve", "execveat",
	"ptrace", "process_vm_readv", "process_vm_writev", "kcmp",
	"mount", "umount2", "swapon", "swapoff", "reboot",
	"open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick",
	"init_module", "finit_module", "delete_module", "kexec_file_load",
	"bpf", "userfaultfd", "io_uring_setup", "io_uring_enter",
	"io_uring_register", "add_key", "request_key", "keyctl",
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* What a call's number leads to: a constant outcome, or a look at it. */
struct outcome {
	uint32_t ret;
	const struct by_arg *look;	/* NULL: ret */
};

struct run {				/* from first to the next run's */
	uint32_t first;
	struct outcome to;
};

/* What the rows say, and what the program to be made has to do. */
static struct outcome policy[JAIL_TABLES][CALLS];
static struct outcome calls[CALLS];
static struct run runs[CALLS];
static size_t nruns;

struct program {
	struct sock_filter f[PROGRAM_MAX];
	size_t n;
};

static struct program progs[JAIL_TABLES];
static struct program *prog;	/* being made */
/* A jump to an outcome, filled in when its place is known. */
static struct {
	size_t at;
	bool if_true;
	struct outcome to;
} holes[2 * PROGRAM_MAX];
static size_t nholes;

static struct {
	size_t start, n;
	int self;
} parts[JAIL_TABLES];
static size_t nparts;

static void
fail(const char *what, const char *name)
{
	fprintf(stderr, "jail_gen: %s %s\n", what, name);
	exit(1);
}

/* -1: not a call of this machine.  A typing mistake must not be a hole. */
static int
number(const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR || nr >= CALLS)
		fail("unknown call", name);
	return nr < 0 ? -1 : nr;
}

static bool
same(struct outcome a, struct outcome b)
{
	return a.look == b.look && (a.look != NULL || a.ret == b.ret);
}

/* What no row names. */
static struct outcome
unnamed(uint32_t nr)
{
	return (struct outcome){
		.ret = nr < NEW_CALLS ? DENIED : FAILS(ENOSYS),
	};
}

static void
put(struct outcome *table, const char *name, struct outcome to)
{
	int nr = number(name);

	if (nr < 0)
		return;
	if (!same(table[nr], unnamed((uint32_t)nr)))
		fail("two rows for", name);
	table[nr] = to;
}

static void
fill_policy(int phase)
{
	struct outcome *t = policy[phase];

	for (uint32_t i = 0; i < CALLS; i++)
		t[i] = unnamed(i);
	for (size_t i = 0; i < COUNT(allow); i++)
		if (allow[i].phases & 1 << phase)
			put(t, allow[i].name,
			    (struct outcome){ .ret = SECCOMP_RET_ALLOW });
	for (size_t i = 0; i < COUNT(by_arg); i++)
		if (by_arg[i].phases & 1 << phase)
			put(t, by_arg[i].name,
			    (struct outcome){ .look = &by_arg[i] });
	for (size_t i = 0; i < COUNT(kill_names); i++)
		put(t, kill_names[i],
		    (struct outcome){ .ret = SECCOMP_RET_KILL_PROCESS });
}

/* The phase that is entered first: itself, or that below it. */
static int
first_of(int phase)
{
	switch (phase) {
	case JAIL_DIALED:
	case JAIL_RELAY:
		return JAIL_ACCEPTED;
	case JAIL_WORKER:
		return JAIL_KEEPER;
	default:
		return phase > JAIL_SPOOL_PHASES ? JAIL_SPOOL_PHASES : phase;
	}
}

/* What is left to do for a phase on top of the first. */
static void
fill_calls(int phase)
{
	const struct outcome allowed = { .ret = SECCOMP_RET_ALLOW };
	struct outcome last = allowed;

	for (uint32_t i = 0; i < CALLS; i++) {
		struct outcome before = policy[first_of(phase)][i];

		calls[i] = policy[phase][i];
		if (first_of(phase) == phase)
			continue;
		/* of two errors the kernel takes the newer program's */
		if (before.look == NULL && (before.ret == DENIED ||
		    before.ret == SECCOMP_RET_KILL_PROCESS))
			calls[i] = last;
		else if (same(before, calls[i]))
			calls[i] = allowed;
		last = calls[i].look ? allowed : calls[i];
	}
}

static void
fill_runs(void)
{
	nruns = 0;
	for (uint32_t i = 0; i < CALLS; i++)
		if (i == 0 || !same(calls[i], calls[i - 1]))
			runs[nruns++] = (struct run){ i, calls[i] };
}

/* ---- the program --------------------------------------------------------- */

static size_t
emit(uint16_t code, uint32_t k)
{
	if (prog->n == PROGRAM_MAX)
		fail("program too long for", "short jumps");
	prog->f[prog->n] = (struct sock_filter){ .code = code, .k = k };
	return prog->n++;
}

static void
hole(size_t at, bool if_true, struct outcome to)
{
	holes[nholes].at = at;
	holes[nholes].if_true = if_true;
	holes[nholes++].to = to;
}

static void
land(size_t at, bool if_true)
{
	size_t off = prog->n - at - 1;

	assert(off < 256);
	*(if_true ? &prog->f[at].jt : &prog->f[at].jf) = (uint8_t)off;
}

/* One call among equal neighbours: a single comparison. */
static bool
is_island(size_t lo, size_t n)
{
	return n == 3 && same(runs[lo].to, runs[lo + 2].to) &&
	    runs[lo + 1].first + 1 == runs[lo + 2].first;
}

/* n runs from lo; the recursion is as deep as the tree, some 8 levels. */
static void
emit_tree(size_t lo, size_t n)
{
	size_t half = n / 2, at;

	if (is_island(lo, n)) {
		at = emit(BPF_JMP | BPF_JEQ | BPF_K, runs[lo + 1].first);
		hole(at, true, runs[lo + 1].to);
		hole(at, false, runs[lo].to);
		return;
	}
	/* leave three on a side if that can be an island */
	if (n > 3 && is_island(lo, 3) && n <= 6)
		half = 3;
	at = emit(BPF_JMP | BPF_JGE | BPF_K, runs[lo + half].first);
	if (half == 1)
		hole(at, false, runs[lo].to);
	else
		emit_tree(lo, half);	/* follows at once: jf = 0 */
	if (n - half == 1) {
		hole(at, true, runs[lo + half].to);
	} else {
		land(at, true);
		emit_tree(lo + half, n - half);
	}
}

static void
emit_look(const struct by_arg *l)
{
	size_t at = 0;

	/* the low half comes first: only little-endian machines */
	emit(BPF_LD | BPF_W | BPF_ABS,
	    (uint32_t)(offsetof(struct seccomp_data, args) + 8 * l->arg));
	if (l->mask != UINT32_MAX)
		emit(BPF_ALU | BPF_AND | BPF_K, l->mask);
	for (size_t i = 0; i < l->n; i++) {
		at = emit(BPF_JMP | BPF_JEQ | BPF_K, l->values[i]);
		hole(at, true, (struct outcome){ .ret = l->is });
	}
	hole(at, false, (struct outcome){ .ret = l->is_not });
}

/* Put an outcome where all jumps to it are waiting. */
static bool
fill_holes(struct outcome to)
{
	bool any = false;

	for (size_t i = 0; i < nholes; i++)
		if (same(holes[i].to, to)) {
			land(holes[i].at, holes[i].if_true);
			holes[i--] = holes[--nholes];
			any = true;
		}
	return any;
}

static void
emit_outcomes(void)
{
	for (size_t i = 0; i < COUNT(by_arg); i++)
		if (fill_holes((struct outcome){ .look = &by_arg[i] }))
			emit_look(&by_arg[i]);
	while (nholes > 0) {
		uint32_t ret = holes[0].to.ret;

		assert(holes[0].to.look == NULL);
		fill_holes((struct outcome){ .ret = ret });
		emit(BPF_RET | BPF_K, ret);
	}
}

static void
emit_program(void)
{
	size_t at;

	prog->n = nholes = 0;
	emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	at = emit(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native());
	hole(at, false, (struct outcome){ .ret = SECCOMP_RET_KILL_PROCESS });
	emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	emit_tree(0, nruns);
	emit_outcomes();
}

/* ---- the proof ----------------------------------------------------------- */

static uint32_t
run(const struct program *p, const struct seccomp_data *d)
{
	uint32_t acc = 0;

	for (size_t pc = 0; pc < p->n; pc++) {
		const struct sock_filter *f = &p->f[pc];
		bool is;

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&acc, (const char *)d + f->k, sizeof acc);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			acc &= f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
			is = BPF_OP(f->code) == BPF_JEQ ? acc == f->k :
			    acc >= f->k;
			pc += is ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			fail("not an instruction", "");
		}
	}
	fail("program without an end", "");
	return 0;
}

/* As the kernel: the severest action, of equal ones the newest program's. */
static uint32_t
run_all(int phase, const struct seccomp_data *d)
{
	uint32_t new = run(&progs[phase], d);
	uint32_t old = run(&progs[first_of(phase)], d);

	return (int32_t)(old & SECCOMP_RET_ACTION_FULL) <
	    (int32_t)(new & SECCOMP_RET_ACTION_FULL) ? old : new;
}

static uint32_t
expected(int phase, uint32_t nr, uint32_t v)
{
	const struct by_arg *l;

	if (nr >= CALLS)
		return unnamed(nr).ret;
	if ((l = policy[phase][nr].look) == NULL)
		return policy[phase][nr].ret;
	for (size_t i = 0; i < l->n; i++)
		if ((v & l->mask) == l->values[i])
			return l->is;
	return l->is_not;
}

static void
prove(int phase)
{
	static const uint32_t high[] = { CALLS, 1u << 30, (1u << 30) + 59,
	    INT32_MAX, UINT32_MAX };
	struct seccomp_data d = { .arch = seccomp_arch_native() };

	for (uint32_t nr = 0; nr < CALLS + COUNT(high); nr++) {
		uint32_t n = nr < CALLS ? nr : high[nr - CALLS];

		for (uint32_t v = 0; v < 3 << 12; v++) {
			/* flags, or the process's number and near it */
			uint32_t arg = v < 2 << 12 ? v : SELF + v - (5 << 11);

			d.nr = (int)n;
			for (size_t i = 0; i < COUNT(d.args); i++)
				d.args[i] = arg | 0xdeadull << 32;
			if (run_all(phase, &d) != expected(phase, n, arg))
				fail("proof: the program differs", "");
		}
	}
	d.arch = ~d.arch;
	if (run(&progs[phase], &d) != SECCOMP_RET_KILL_PROCESS)
		fail("proof: another machine's calls", "");
}

/* Rows of the one array, and where it is and what it waits for. */
static void
print(const char *name, size_t start)
{
	int self = -1;

	printf("\t/* %s */\n", name);
	for (size_t i = 0; i < prog->n; i++) {
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", prog->f[i].code,
		    prog->f[i].jt, prog->f[i].jf, prog->f[i].k);
		if (prog->f[i].k != SELF)
			continue;
		if (self >= 0)
			fail("the process's own number is there twice:",
			    name);
		self = (int)i;
	}
	parts[nparts].start = start;
	parts[nparts].n = prog->n;
	parts[nparts++].self = self;
}

int
main(void)
{
	static const char names[JAIL_TABLES][20] = {
		[JAIL_ACCEPTED] = "accepted",
		[JAIL_DIALED] = "dialed",
		[JAIL_RELAY] = "relay",
		[JAIL_MONITOR] = "monitor",
		[JAIL_FOLDER] = "folder",
		[JAIL_KEEPER] = "keeper",
		[JAIL_WORKER] = "worker",
		[JAIL_SPOOL_PHASES + JAIL_ACCEPTED] = "accepted, spool",
		[JAIL_SPOOL_PHASES + JAIL_DIALED] = "dialed, spool",
		[JAIL_SPOOL_PHASES + JAIL_RELAY] = "relay, spool",
	};
	size_t start = 0;

	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	    "emit_look() takes an argument's first half for its low one");
	printf("/* Made by jail_gen.c. */\n\n#include <linux/filter.h>\n\n"
	    "static const struct sock_filter jail_bpf[] = {\n");
	for (int i = 0; i < JAIL_TABLES; i++) {
		prog = &progs[i];
		fill_policy(i);
		fill_calls(i);
		fill_runs();
		emit_program();
		prove(i);
		print(names[i], start);
		start += prog->n;
	}
	printf("};\n\nenum { JAIL_BPF_MAX = %d };\n\n"
	    "/* self: where the process's number goes, -1: nowhere */\n"
	    "static const struct {\n\tshort start, n, self;\n"
	    "} jail_parts[] = {\n", PROGRAM_MAX);
	for (size_t i = 0; i < nparts; i++)
		printf("\t{ %zu, %zu, %d },\n", parts[i].start, parts[i].n,
		    parts[i].self);
	printf("};\n");
	return 0;
}
