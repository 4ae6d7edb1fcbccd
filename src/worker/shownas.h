#ifndef SHOWNAS_H
#define SHOWNAS_H

/*
 * Names that readers may show for a part: of every reading of its
 * disposition and type, as it stands and with encoded words decoded.
 */

#include "judged.h"

enum {
	/* Octets; a longer one is cut, and no file system has one. */
	SHOWNAS_MAX = 1024,
};

/* Of a part, and of what else stands for one (mime_other). */
void shownas_part(struct judged *j, struct judged_part *row);
void shownas_values(struct judged *j, const struct mime_value *disposition,
    const struct mime_value *type, struct judged_list *l);
/* As uuencode has it behind begin. */
void shownas_add(struct judged *j, struct judged_list *l, struct str name);

#endif
