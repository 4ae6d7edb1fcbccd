#ifndef SESSION_H
#define SESSION_H

/*
 * The inside of a session, shared by the modules of this room and nobody
 * else.  struct sess holds what all of them need; each module keeps its own
 * part in a struct of its own header.
 *
 * Legs are always called client and server.
 */

#include <setjmp.h>

#include "arena.h"
#include "capability.h"
#include "emit.h"
#include "certinfo.h"
#include "clock.h"
#include "facts.h"
#include "io.h"
#include "lang.h"
#include "log.h"
#include "queue.h"
#include "reader.h"
#include "respond.h"
#include "response.h"
#include "download.h"
#include "intake.h"
#include "sess.h"
#include "login.h"
#include "tls.h"
#include "transfer.h"
#include "upload.h"

enum sess_state {
	SESS_ACL,		/* session-acl; not one octet is sent yet */
	SESS_CLIENT_TLS,	/* implicit TLS with the client */
	SESS_CLIENT_GREETED,	/* the proxy greeted: STARTTLS or go on */
	SESS_COMMAND_ACL,
	SESS_SERVER_CONNECT,
	SESS_SERVER_TLS,	/* implicit TLS with the server */
	SESS_SERVER_GREETING,	/* greeting, STARTTLS, capabilities */
	SESS_SEAL,
	SESS_RELAY,
	SESS_END,
	SESS_STATES
};

/* IMAP's own states (RFC 9051 section 3). */
enum sess_imap { STATE_NONAUTH, STATE_AUTH, STATE_SELECTED, STATE_LOGOUT };

/* What the client's next line is. */
enum line_mode {
	LINE_COMMAND,
	LINE_IDLE,		/* DONE */
	LINE_SASL,		/* base64 or "*" */
};

/* A command's text on its way to the server, literals asked for one by one. */
struct sending {
	bool active;
	bool wait_plus;		/* at a stop: the server has to say "+" */
	bool upload;		/* behind the last stop the client's octets */
	bool kept;		/* the command's memory is still needed */
	struct imap_wire wire;
	size_t sent, stop;
};

/* Why a session ends; the first cause counts. */
struct sess_end {
	bool set;
	enum sess_result result;
	bool bye;		/* tell the client, if it can still hear */
	enum lang_id text;
	char code[16];		/* response code, "" for none */
	char reason[96];	/* for the log; the program's own words */
};

struct sess {
	const struct sess_start *start;
	const struct conf *conf;
	const struct conf_session_acl *sacl;
	const struct conf_command_acl *cacl;
	uint32_t cacl_row;
	enum sess_state state, stage;	/* stage: the last before the end */
	struct sess_end end;
	jmp_buf overflow;		/* the arena's cap ends the session */

	struct arena arena;		/* for the session */
	struct arena work;		/* for the command in work */

	struct io client, server;
	struct throttle throttles[2];		/* theirs, of shared rates */
	struct certinfo *client_cert;	/* NULL without TLS */
	const struct tls_engine *tls;	/* NULL until a leg needs it */
	struct addr server_addr;	/* reached */
	struct str server_name;		/* as dialed */

	/* The client's side of the protocol. */
	const struct conf_ssl *client_ssl;	/* NULL: plain text */
	struct acl_facts facts;
	uint8_t language;		/* enum conf_language */
	enum sess_imap imap;
	enum line_mode line_mode;
	bool greeted;			/* the client has seen a greeting */
	bool audible;			/* it may and can hear a BYE */
	bool bye_sent;
	bool client_tls;
	bool sealed;			/* the jail is in its last phase */
	bool utf8;			/* UTF8=ACCEPT or IMAP4rev2 enabled */
	bool mid_line;			/* the client holds half a line */
	bool client_partial;		/* it sent half of something */
	bool need_server, start_tls;	/* why the loop without server ends */
	bool trimmed;			/* the heap was, once */
	bool flags_said;		/* PERMANENTFLAGS, since SELECT */
	bool swallow_done;		/* DONE is due for an IDLE refused */
	struct imap_reader reader;
	enum imap_event held;		/* read, and not yet acted on */
	struct queue queue;
	struct sending sending;
	struct login login;
	struct upload upload;

	/* The server's side. */
	struct imap_response response;
	struct respond respond;
	enum imap_resp_event respond_held;	/* NEED: none waits */
	size_t respond_used;			/* its octets */
	struct scan *scan;			/* NULL: mails are not scanned */
	int keeper;				/* to be hired from; -1: none */
	struct download download;
	struct intake intake;
	int64_t progress;		/* when the client heard of it last */
	struct imap_caps caps;		/* what the server offers now */
	bool caps_known, server_partial;
	char tag_prefix[8];
	struct transfer transfer[TRANSFER_DIRS];

	/* Limits and counts. */
	int64_t started, deadline, login_deadline;
	int64_t active;			/* last octet that resets idle */
	uint64_t idle_timeout;
	unsigned bad, stray_plus;
	uint64_t commands, refused, dropped;
	struct {
		uint64_t judged[CONF_DIRECTIONS], kept, changed, denied,
		    unjudged, waited, waited_ms, recalled, missed, shared,
		    store_failed;
	} mails;
	uint64_t dry_said;		/* the command dry-run told of last */
	struct str user;		/* of LOGIN or SASL; p NULL: nobody */
};

/* The only writer of s->state. */
void sess_enter(struct sess *s, enum sess_state next);
const char *sess_stage(const struct sess *s);

/*
 * End the session: the first call counts.  bye: with "* BYE [code] text" if
 * the client can hear it; reason is for the log.
 */
void sess_finish(struct sess *s, enum sess_result result, const char *reason);
void sess_bye(struct sess *s, enum sess_result result, const char *code,
    enum lang_id text, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Text for the client in the language and charset that hold now. */
const char *sess_text(const struct sess *s, enum lang_id id);

#endif
