#ifndef MAILRECORD_H
#define MAILRECORD_H

/*
 * What is logged of mails: MAIL, SCANNER, ACL of phases 3M and 3D, MAIL-EDIT, and why
 * a mail is not shown or stored.
 */

#include <stdbool.h>
#include <stdint.h>

#include "str.h"
#include "talk.h"

struct sess;
struct scan_mail;

/*
 * A mail that is to be logged was judged, and what each scanner said; of the
 * index as it was then.
 */
void mailrecord_mail(const struct sess *s, const struct scan_mail *m);
/*
 * doc: the part's row, MAIL_NONE for the mail itself, which has no type; type
 * is the one that the doc-acl was asked with.
 */
void mailrecord_acl(const struct sess *s, const struct scan_mail *m,
    uint32_t doc, struct str type, struct str name, bool accepted,
    const char *reason);
/* EDITED came: what was done to it. */
void mailrecord_edits(const struct sess *s, const struct scan_mail *m,
    const struct mail_message *a);
/* It is not shown or stored; m->why says why. */
void mailrecord_refused(const struct sess *s, const struct scan_mail *m);
/* A mail that was not even taken in: counts it, too. */
void mailrecord_none(struct sess *s, enum mail_talk_direction d,
    uint32_t uid, uint64_t octets, const char *why);

#endif
