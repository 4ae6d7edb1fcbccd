#ifndef JAIL_H
#define JAIL_H

/*
 * What the process may still do.  Callers name the situation they are in; the
 * jail decides what it means on this kernel.  Phases only narrow, the
 * first needs jail_prepare(), and DIALED may be left out.
 *
 *	ACCEPTED  after the log and the cache are open and the identity is
 *		  changed: files may be read, modules loaded, sockets made and
 *		  connected; no file is opened for writing or truncated,
 *		  nothing executed or forked, nothing listens, no capability
 *		  is left but what jail_keep() asked for
 *	DIALED	  the server is connected: no new sockets
 *	RELAY	  data only: no file is opened, no memory becomes executable
 *	MONITOR	  instead of these, for the long-lived helper: files are
 *		  read, UNIX sockets made and accepted from, children waited
 *		  for, processes signalled; nothing of the network
 *	FOLDER	  instead of these, for who keeps files of one folder: those
 *		  are made, written and renamed, others are not even read;
 *		  clients are accepted, no socket is made
 *	KEEPER	  instead of these, for who starts mail workers: it forks,
 *		  waits for its children and ends them; and what they may
 *	WORKER	  a worker, behind KEEPER: files are read in the folders of
 *		  jail_reads() only, made and written in jail_folder()'s
 *		  only; scanners are connected to; no memory becomes
 *		  executable
 *
 * Sessions that may scan mails call jail_spool() first: the same phases then
 * let them keep mails in memory and in files without a name.
 *
 * In ACCEPTED and later: tzset() has been called, log targets are open.
 *
 * What a phase denies ends in EPERM (EAFNOSUPPORT for socket families,
 * ENOSYS for calls newer than the jail, which libc then does without); what
 * nobody calls by mistake (exec, ptrace, mount, module, bpf ...) kills.
 *
 * The mechanisms: no_new_privs, non-dumpable, rlimits, Landlock, seccomp.  A
 * kernel without Landlock or seccomp is not an error, jail_level() tells;
 * one that has it and fails is.
 */

#include <stdint.h>

enum {
	/* Client, server, two logs, cache, two pipes, resolver, slack. */
	JAIL_NOFILE = 64,
	/* Address space in MB: a cache of 64, OpenSSL, the session's arena. */
	JAIL_AS_MB = 512,
	/* Of KEEPER, which has two and a process of each session. */
	JAIL_KEEPER_NOFILE = 16384,
	/* Folders of jail_reads(). */
	JAIL_READS = 4,
};

enum jail_phase {
	JAIL_ACCEPTED, JAIL_DIALED, JAIL_RELAY, JAIL_MONITOR, JAIL_FOLDER,
	JAIL_KEEPER, JAIL_WORKER, JAIL_PHASES,
	/* The jail's own: a session's phases with a spool. */
	JAIL_SPOOL_PHASES = JAIL_PHASES,
	JAIL_TABLES = JAIL_SPOOL_PHASES + JAIL_RELAY + 1,
};

/*
 * Started as root: become uid and gid, without supplementary groups, in
 * chroot_dir unless it is "", and make sure that it took and cannot be taken
 * back.  uid 0 is refused.  0, or -1 with a constant text in *why_r.
 */
int jail_identity(uint32_t uid, uint32_t gid, const char *chroot_dir,
    const char **why_r);

/* Capabilities to keep, for those that have them. */
enum jail_capability {
	JAIL_NET_RAW,		/* until DIALED: a socket's address or mark */
	JAIL_NET_ADMIN,		/* for good: the packet filter's rules */
	JAIL_DAC_READ_SEARCH,	/* for good: to compile texts of any owner */
};

/* Keep one of them; before jail_identity(). */
void jail_keep(enum jail_capability c);
/* Drop all others, without entering a phase.  0, or -1 with *why_r. */
int jail_drop(const char **why_r);

/*
 * For a process that forks sessions and touches no peer's octets: no_new_privs,
 * no dumps.  0, or -1 with *why_r.
 */
int jail_parent(const char **why_r);
/*
 * The folder of FOLDER, KEEPER and WORKER, a descriptor that stays open until
 * they are entered.  Where there is no Landlock the rights of its files alone
 * protect others.
 */
void jail_folder(int fd);
/* The same of a folder whose files WORKER reads; -1 is none. */
void jail_reads(int fd);
/*
 * For a session that may scan, before ACCEPTED: the folder where it may make
 * files without a name, until RELAY; the descriptor stays open until ACCEPTED
 * is entered; -1: in none.
 */
void jail_spool(int fd);

/* Before jail_prepare(): so many octets of a file are mapped already. */
void jail_maps(uint64_t octets);

/* no_new_privs, dumps, rlimits.  0, or -1 with *why_r. */
int jail_prepare(const char **why_r);
/* The same for KEEPER, which needs more descriptors. */
int jail_prepare_keeper(const char **why_r);

/* Narrow to a phase, later than the one we are in.  0, or -1 with *why_r. */
int jail_enter(enum jail_phase phase, const char **why_r);

/*
 * What was reached so far, for SESSION-START and the log: "none", "prepared",
 * "seccomp", "seccomp+landlock7" ...; static storage.
 */
const char *jail_level(void);
/*
 * What this kernel lacks, as a constant text for one warning; NULL when
 * nothing.  Known after the first jail_enter().
 */
const char *jail_lacks(void);

#endif
