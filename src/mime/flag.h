#ifndef FLAG_H
#define FLAG_H

/*
 * What readers of a mail read differently, one table.  A flag says that a
 * construct occurs; whoever sets it gives the readings.  A set of flags is a
 * mask of 64 bits.
 */

#include <assert.h>
#include <stdint.h>

/* X(enumerator, name, what it means) */
#define MIME_FLAGS(X) \
	/* fields of a header */ \
	X(NO_COLON, "no-colon", "a line of a header has no colon") \
	X(MBOX_FROM, "mbox-from", "a header's line begins with From") \
	X(BLANK_COLON, "blank-before-colon", \
	    "blanks between a field's name and its colon") \
	X(NO_NAME, "no-name", "a field begins with its colon") \
	X(BAD_NAME, "bad-name", "a field's name is not printable ASCII") \
	X(FOLD_FIRST, "fold-first", "a header begins with a folded line") \
	X(FOLD_BLANK, "fold-blank", "a line of a header has blanks only") \
	X(HEADER_OPEN, "header-open", "a header without an empty line") \
	X(HEADER_8BIT, "header-8bit", "octets over 127 in a header") \
	X(HEADER_CONTROL, "header-control", "control characters in a header") \
	X(FIELD_REPEATED, "field-repeated", \
	    "a field occurs twice that may once") \
	/* lines of header and body */ \
	X(NUL, "nul", "NUL in a header, or in a body that is not binary") \
	X(LINE_LONG, "line-long", \
	    "a line of a header has more than 998 octets") \
	X(BARE_CR, "bare-cr", "CR without LF") \
	X(BARE_LF, "bare-lf", "LF without CR") \
	/* values of fields that describe parts */ \
	X(COMMENT, "comment", "a comment in a field of MIME") \
	X(COMMENT_OPEN, "comment-open", "a comment without an end") \
	X(COMMENT_DEEP, "comment-deep", "comments in comments in comments") \
	X(QUOTE_OPEN, "quote-open", "a quoted string without an end") \
	X(QUOTE_ESCAPE, "quote-escape", \
	    "a backslash in a quoted string in a field of MIME") \
	X(QUOTE_FOLD, "quote-fold", "a quoted string goes over lines") \
	X(TYPE_BROKEN, "type-broken", \
	    "a field of MIME does not begin as it should") \
	X(PARAM_BROKEN, "param-broken", "what should be a parameter is none") \
	X(PARAM_LOOSE, "param-loose", \
	    "other parameters, when read without regard for quotes") \
	X(PARAM_REPEATED, "param-repeated", "a parameter occurs twice") \
	X(PARAM_FORMS, "param-forms", \
	    "a parameter in the forms of RFC 2045 and RFC 2231, both") \
	X(PARAM_ORDER, "param-order", \
	    "pieces of a parameter are missing, repeated or out of order") \
	X(PARAM_PERCENT, "param-percent", \
	    "a percent sign without two hexadecimal digits") \
	X(PARAM_CHARSET, "param-charset", \
	    "an RFC 2231 parameter that does not name its charset") \
	X(PARAM_CONTROL, "param-control", \
	    "control characters in a parameter's value") \
	X(PARAM_WORD, "param-word", "an encoded word in a parameter's value") \
	X(CTE_BROKEN, "cte-broken", "not one transfer encoding but several") \
	X(CTE_STRANGE, "cte-strange", "a transfer encoding nobody decodes") \
	/* parts */ \
	X(VERSION_NONE, "version-none", \
	    "fields of MIME, but no MIME-Version and no Content-Type") \
	X(TYPE_STRANGE, "type-strange", \
	    "a type that some take for a multipart or a message") \
	X(COMPOSITE_CTE, "composite-cte", \
	    "a multipart or message with a transfer encoding") \
	X(BOUNDARY_NONE, "boundary-none", \
	    "a multipart without boundary, or without parts") \
	X(BOUNDARY_STRANGE, "boundary-strange", \
	    "a boundary that some do not see, or see otherwise") \
	X(BOUNDARY_NEAR, "boundary-near", \
	    "a line begins like a boundary and goes on") \
	X(BOUNDARY_OPEN, "boundary-open", \
	    "a multipart without closing boundary") \
	X(BOUNDARY_AFTER, "boundary-after", \
	    "a boundary behind the closing one") \
	X(HIDDEN_PART, "hidden-part", \
	    "a part that only some find: not between boundaries of its own") \
	X(EMBEDDED, "embedded", \
	    "a file within text: uuencode, yEnc, BinHex") \
	/* encoded bodies */ \
	X(B64_JUNK, "base64-junk", "octets in base64 that are no digits") \
	X(B64_URL, "base64-url", "'-' or '_' in base64") \
	X(B64_PAD, "base64-padding", "too little padding, too much or apart") \
	X(B64_AFTER, "base64-after", "digits of base64 behind padding") \
	X(B64_LINE, "base64-line", \
	    "a line of base64, not the last, is empty or no multiple of 4") \
	X(QP_BROKEN, "qp-broken", "'=' without two hexadecimal digits") \
	X(QP_LOWER, "qp-lower", "'=' with hexadecimal digits in lower case") \
	X(QP_BLANKS, "qp-blanks", "blanks at the end of a line") \
	X(QP_CUT, "qp-cut", "quoted-printable ends behind '='") \
	X(QP_OCTET, "qp-octet", "octets that should have been quoted") \
	X(UU_NONE, "uu-none", "uuencode without a begin") \
	X(UU_OPEN, "uu-open", "uuencode without an end") \
	X(UU_LINE, "uu-line", "a line of uuencode is not as long as it says") \
	/* charsets and encoded words */ \
	X(CHARSET_STRANGE, "charset-strange", "a charset that is not known") \
	X(CHARSET_OCTETS, "charset-octets", \
	    "octets that mean nothing in their charset") \
	X(WORD_BROKEN, "word-broken", \
	    "what looks like an encoded word is none, or has blanks") \
	X(WORD_PLACE, "word-place", \
	    "an encoded word without blanks around it") \
	X(WORD_CONTROL, "word-control", \
	    "an encoded word hides control characters")

enum mime_flag_bit {
#define MIME_FLAG_ENUM(id, name, means) MIME_BIT_##id,
	MIME_FLAGS(MIME_FLAG_ENUM)
#undef MIME_FLAG_ENUM
	MIME_FLAG_COUNT
};

/* MIME_NO_COLON ...: masks of one bit. */
enum mime_flag {
#define MIME_FLAG_MASK(id, name, means) \
	MIME_##id = UINT64_C(1) << MIME_BIT_##id,
	MIME_FLAGS(MIME_FLAG_MASK)
#undef MIME_FLAG_MASK
};

static_assert(MIME_FLAG_COUNT <= 64, "a set of flags is 64 bits");

/* Constant texts; bit < MIME_FLAG_COUNT. */
const char *mime_flag_name(unsigned bit);
const char *mime_flag_means(unsigned bit);

#endif
