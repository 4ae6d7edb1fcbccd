#ifndef LOG_H
#define LOG_H

/*
 * Logging.  Every message has a fixed identifier COMPONENT-NUMBER-SEVERITY
 * (log_ids.h) and an entry in imap4-proxy-messages(6).  There are two logs:
 * statistics (severity I) and everything else, each with its own target.
 *
 * A message is either text, log_msg(), or a record of KEY=value fields built
 * with log_begin() .. log_end(); in JSON the fields are members.  Octets from
 * a peer go through log_kv_str() only, which escapes and cuts them.  Secrets
 * are never given to these functions.
 *
 * Targets are opened once, before the process is sealed: syslog and journal
 * sockets are unconnected and addressed at each send, so a restarted daemon
 * is found; a file is opened for appending and follows its inode.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "log_ids.h"
#include "str.h"

/* Kernun's levels; 5 has no name but is a level. */
enum log_level {
	LOG_LEV_ERROR = 3,
	LOG_LEV_WARNING = 4,
	LOG_LEV_NORMAL = 6,
	LOG_LEV_DEBUG = 7,
	LOG_LEV_TRACE = 8,
	LOG_LEV_FULL = 9,
};

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_JOURNAL, LOG_TO_FILE };
enum log_format { LOG_AS_TEXT, LOG_AS_JSON };
enum log_failure { LOG_FAIL_IGNORE, LOG_FAIL_STDERR, LOG_FAIL_STOP };
/* Indices of the two logs. */
enum log_which { LOG_DEBUG_LOG, LOG_STATS_LOG, LOG_LOGS };

enum {
	/*
	 * A record, escapes included: below the 2048 octets old syslogd
	 * accept, together with its header.
	 */
	LOG_RECORD_MAX = 1900,
	/* One value from a peer, before escaping. */
	LOG_VALUE_MAX = 256,
};

struct log_conf {
	enum log_level level;
	enum log_target target;
	enum log_format format;
	enum log_failure on_failure;
	int facility;		/* syslog.h's LOG_xxx facility value */
	uint32_t data_limit;	/* octets of a block shown at level full */
	/*
	 * LOG_TO_FILE; or the receiver's socket, NULL or "": the system's.
	 * Must outlive the process.
	 */
	const char *path;
};

/*
 * Before any configuration: both logs to stderr as text at this level.  tag
 * is the program's name in every line; it must outlive the process.
 */
void log_start(const char *tag, enum log_level level);

/*
 * Open both targets.  0, or -1 when one with on_failure = stop cannot be
 * opened; any other that cannot falls back to stderr with a message.
 */
int log_open(const struct log_conf conf[LOG_LOGS], const char *tag);

/* When fd 2 is a peer's socket: "stderr" means syslog from now on. */
void log_stderr_is_peer(void);

/* One short word in every following message, such as a session's number. */
void log_session_id(const char *id);
/* Has an on_failure = stop target failed since it was opened? */
bool log_stopped(void);
/* Messages that reached no target so far. */
uint64_t log_lost(void);
/*
 * Both logs say more (by = 1) or less (-1), within LOG_LEV_ERROR and
 * LOG_LEV_FULL, until log_open().  May be called by a signal handler.
 */
void log_shift(int by);
/*
 * For a process that lives long: a file that was moved away, as logrotate(8)
 * does, is opened anew by its name.  true: one was.
 */
bool log_follow(void);
/* Would a message of this identifier be written now? */
bool log_on(enum log_id id);
/* The level of the debug log. */
enum log_level log_level(void);

/* "EVENT text". fmt is constant and holds no octets of a peer. */
void log_msg(enum log_id id, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A record being built; on the caller's stack. */
struct log_rec {
	enum log_id id;
	size_t n;			/* octets of text */
	char text[LOG_RECORD_MAX];	/* KEY NUL value NUL ... */
};

void log_begin(struct log_rec *r, enum log_id id);
/* key is constant; value is the program's own text. */
void log_kv(struct log_rec *r, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void log_kv_u64(struct log_rec *r, const char *key, uint64_t v);
/* A peer's octets: cut to LOG_VALUE_MAX and escaped; NULL gives <NULL>. */
void log_kv_str(struct log_rec *r, const char *key, struct str v);
/* A closing word without a key: ACCEPTED, REJECTED ... */
void log_word(struct log_rec *r, const char *word);
void log_end(struct log_rec *r);

/*
 * Level full: up to data_limit octets of a block, escaped, as one or more
 * messages.  The caller has masked secrets.
 */
void log_data(const char *what, struct str block);

#endif
