#ifndef POLICY_H
#define POLICY_H

/*
 * What the session's ACL lets through: commands, mechanisms and capabilities,
 * for the state the session is in.
 */

#include "append.h"
#include "session.h"

/* Why a command may not go on; "" in code and status NULL: it may. */
struct policy_verdict {
	const char *status;	/* "NO", "BAD"; NULL: permitted */
	const char *code;	/* response code or "" */
	enum lang_id text;
	const char *key;	/* of the ACL, if that is what refuses */
	struct str mailbox;	/* that is not admitted; in the command */
};

/*
 * May this command be used now, with the arguments read so far and the
 * literal that was announced?
 */
struct policy_verdict policy_command(const struct sess *s,
    const struct imap_command *cmd, enum imap_coming coming);
/* Does the server let go of a mailbox without expunging it? */
bool policy_unselect(const struct sess *s);
/* The row that goes on to the server instead of one that may be used. */
enum imap_row policy_sends(const struct sess *s, enum imap_row row);
/* Is nothing to change on the server, whatever the client asks for? */
bool policy_read_only(const struct sess *s);
/* May the client see that this flag can be kept (PERMANENTFLAGS)? */
bool policy_flag(const struct sess *s, struct str flag);
/* The name of a response code as the client may see it. */
struct str policy_code(const struct sess *s, struct str code);
/* May an item of a FETCH response pass, by imap_item_rows()? */
bool policy_item(const struct sess *s, uint64_t rows);
/*
 * Does a verdict on the command being read hold?  One with a key does not
 * under dry-run: it is logged, once for each command, and taken back.  Every
 * refusal passes here before it is acted on.
 */
bool policy_refuses(struct sess *s, const struct imap_command *cmd,
    struct policy_verdict *v);
/* Was the command that was read last refused by dry-run alone? */
bool policy_dry(const struct sess *s);
/*
 * Part of a response that the ACL does not permit: is it dropped?  Under
 * dry-run it is only logged.
 */
bool policy_drops(struct sess *s, const char *what, struct str name);
/* May this mechanism be used? */
struct policy_verdict policy_mechanism(const struct sess *s, struct str name);

/* Does the proxy answer this row itself while there is no server? */
bool policy_alone(unsigned row);
/* The longest literal that is no mail. */
uint64_t policy_literal(const struct sess *s);
/* What the offer to the client is computed from. */
struct imap_offer policy_offer(const struct sess *s);
/*
 * The capabilities in force, as "IMAP4rev1 ..."; in the arena's command part,
 * valid until the next command.
 */
struct str policy_capability_text(struct sess *s);
/* The largest mail the client may upload, 0: no limit. */
uint64_t policy_append_limit(const struct sess *s);

#endif
