#ifndef CODEC_IMPL_H
#define CODEC_IMPL_H

/*
 * The inside of codec.h: codec.c has the encodings that mails declare,
 * codec_yenc.c and codec_binhex.c files in text.
 */

#include "codec.h"

/* in becomes what was taken; out has room for what it makes.  Behind it. */
char *mime_yenc_feed(struct mime_codec *c, struct str *in, char *out);
char *mime_binhex_feed(struct mime_codec *c, struct str *in, char *out);

/*
 * Before a file: true when its first line, which begins with word, ends with
 * this octet; the line is held then.
 */
bool mime_codec_begins(struct mime_codec *c, char octet, struct str word);

#endif
