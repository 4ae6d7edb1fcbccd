#ifndef CHECK_H
#define CHECK_H

/*
 * What no single value can tell: that sections fit together, that files can
 * be used, and what is allowed but hardly meant (warnings).
 */

#include "tables.h"

struct check {
	struct report *report;
	const struct tree_node *root;
	const char *folder;	/* the configuration's */
	struct conf conf;	/* the tables so far: no header yet */
	struct conf_main *m;	/* the same main table, to be completed */
	struct arena *arena;
	/* nodes of the top level's titled sections, in their rows' order */
	struct {
		const struct conf_section *def;
		const struct tree_node **nodes;
	} cached[16];
};

void check_all(struct check *ck);

/* check_listen.c: what listens and what is caught. */
void check_listeners(struct check *ck);
/* check_tls.c: certificates, keys, trust anchors. */
void check_tls(struct check *ck);
/* check_acl.c: how session-acl, command-acl and listeners go together. */
void check_acls(struct check *ck);
void check_when(struct check *ck, const struct tree_node *n,
    const struct conf_conditions *w);
void check_net_raw(struct check *ck, const struct tree_node *n,
    const char *key, bool needed);
/* check_mail.c: ACLs of mails and documents, and what they need. */
void check_mail(struct check *ck);
/* check_scan.c: how command-acls that scan go together with them. */
void check_scan(struct check *ck);
/* check_policy.c: what a command-acl's lists do in vain. */
void check_policy(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a);
/* check_board.c: whether sessions can be counted. */
void check_board(struct check *ck);
/* check_mailboxes.c: the values of mailboxes against each other. */
void check_mailboxes(struct check *ck, const struct tree_node *n,
    const struct conf_command_acl *a);
/* check_oob.c: users, and who says who they are. */
void check_oob(struct check *ck);
/* check_shaping.c: rates that sessions share. */
void check_shaping(struct check *ck);
/* check_reach.c: ACLs and listeners that are there in vain. */
void check_reach(struct check *ck);

/* A message about a key of a section, at the key if it is written. */
void check_say(struct check *ck, enum report_kind kind,
    const struct tree_node *n, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
#define CHECK_ERROR(ck, n, key, ...) \
	check_say(ck, REPORT_ERROR, n, key, __VA_ARGS__)
#define CHECK_WARN(ck, n, key, ...) \
	check_say(ck, REPORT_WARNING, n, key, __VA_ARGS__)

/* The section of the top level a row was made from. */
const struct tree_node *check_node(struct check *ck, const char *section,
    uint32_t row);
/*
 * Can app-user read a file?  By its mode: one with an access control list may
 * be readable.
 */
struct stat;
bool check_service_reads(const struct check *ck, const char *path,
    const struct stat *st);
/* Is a name in a set of titles? */
bool check_set_has(const struct check *ck, const struct conf_strset *s,
    struct str name);
/* A folder that is written must be there. */
void check_folder(struct check *ck, const struct tree_node *n,
    const char *key, struct conf_ref path);
/* Is a key or section of this name written in it? */
bool check_written(const struct tree_node *n, const char *name);

#endif
