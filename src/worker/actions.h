#ifndef ACTIONS_H
#define ACTIONS_H

/*
 * From the ACLs that decided about a mail to the edits that they want, and,
 * once those are planned, to what is logged of each.  Whether a mail is
 * denied is nothing to do with this: a denied one is not edited.
 */

#include <stdint.h>

#include "conf.h"
#include "edit.h"
#include "index.h"
#include "replace.h"
#include "talk.h"

/* What is known of a part; strings "" or p NULL: it is not known. */
struct actions_part {
	struct str identified;	/* its type, in lower case */
	struct str declared;	/* the same */
	struct str name;	/* the one that is shown */
	enum mail_virus virus;
	struct str virus_name;
};

struct actions {
	const struct conf *conf;
	const struct replace *replace;
	enum conf_language language;
	/* the mail, its parts by their ids */
	enum mail_virus virus;
	struct str virus_name;
	int32_t spam;			/* MAIL_SPAM_UNKNOWN */
	/* Its type by the direction's order, or by one of type_orders. */
	void (*part)(void *ctx, uint32_t id, unsigned type_order,
	    struct actions_part *p_r);
	void *ctx;
	/* what was decided: rows, by the parts' ids; MAIL_NONE: nothing */
	uint32_t mail_acl;
	const uint32_t *docs;
	uint32_t ndocs;
	/* its own */
	struct actions_edit *first, **end;
	struct mime_edits *edits;
};

/*
 * Put the edits behind those that e has.  A row that the configuration does
 * not have, and an action that this version does not know, is ERR_CONFIG:
 * nothing may be delivered then.
 */
int actions_put(struct actions *x, struct mime_edits *e)
    __attribute__((warn_unused_result));
/*
 * Of edits that are planned: those that changed something, up to room of
 * them; returns how many there are.
 */
uint32_t actions_done(const struct actions *x, struct mail_edit_done *done,
    uint32_t room);

#endif
