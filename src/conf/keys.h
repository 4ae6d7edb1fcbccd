#ifndef KEYS_H
#define KEYS_H

/*
 * The vocabulary of the configuration: one table of every section and key of
 * imap4-proxy.cfg(5).  The parser's schema, the defaults, the reading of
 * values, their printing and the manual's test all hang on it.  Only the
 * compiler links it; sessions read struct conf_main.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a value is written and what it fills. */
enum key_type {
	KEY_NONE,	/* not in this version, or replaced: see note */
	KEY_VERSION,	/* nothing; must come first */
	KEY_TEXT,	/* struct conf_ref */
	KEY_NAME,	/* struct conf_ref: [A-Za-z0-9_-], not empty */
	KEY_PATH,	/* struct conf_ref: an absolute path, "" none */
	KEY_FILE,	/* the same, or credential:NAME */
	KEY_USER,	/* struct conf_ref: an existing user, "" none */
	KEY_GROUP,
	KEY_TIME,	/* uint64_t, milliseconds */
	KEY_SIZE,	/* uint64_t, octets */
	KEY_FLAG,	/* uint8_t */
	KEY_TRI,	/* uint8_t: enum conf_tri */
	KEY_ENUM8,	/* uint8_t of the choices */
	KEY_ENUM16,
	KEY_ENUM32,
	KEY_TARGET,	/* struct conf_log: target and path */
	KEY_ADDRESS,	/* 16 octets */
	KEY_PORTS,	/* two uint16_t */
	KEY_SERVER_NAME,	/* struct conf_ssl: server_name, client_sni */
	KEY_SSL,	/* int32_t: row of ssl-params */
	KEY_AUTH,	/* int32_t: row of oob-auth, or CONF_AUTH_ */
	KEY_OOB_METHOD,	/* uint8_t: enum conf_oob_method */
	KEY_PROTOCOL,	/* uint8_t: enum conf_protocol */
	KEY_ANTISPAM,	/* uint32_t: row of antispam + 1, 0 none */
	KEY_HTML,	/* the same of html-filter */
	KEY_NOTICE,	/* struct conf_ref: see notice.h */
	KEY_FIELD,	/* struct conf_ref: one line of a header's field */
	KEY_NUMBER,	/* uint32_t up to max, decimal or 0x... */
	KEY_DSCP,	/* uint8_t: its number or name, + 1 */
	KEY_BAD_COMMANDS,	/* two uint32_t: before and after login */

	KEY_LISTS,	/* from here on: lists */
	KEY_ADDRESSES = KEY_LISTS,	/* struct conf_addrset */
	KEY_NAMES,	/* struct conf_strset: titles */
	KEY_USERS,	/* struct conf_strset: users, or groups */
	KEY_NUMBERS,	/* struct conf_numset, of min to max */
	KEY_PATTERNS,	/* struct conf_strset: PCRE2 */
	KEY_SANS,	/* struct conf_strset: dns:... email:... */
	KEY_PRINTS,	/* struct conf_strset: SHA-256 */
	KEY_MAILBOXES,	/* struct conf_strset: patterns of names */
	KEY_COMMANDS,	/* struct conf_bits */
	KEY_CAPABILITIES,
	KEY_MECHANISMS,	/* struct conf_mechanisms */
	KEY_ITEMS,	/* struct conf_bits */
	KEY_EXTENSIONS,
	KEY_SERVERS,	/* struct conf_ref of conf_target: plug-to */
	KEY_SOURCE,	/* struct conf_source_address */
	KEY_NAMESERVERS, /* struct conf_ref of conf_strval: host[:port] */
	KEY_DOMAINS,	/* struct conf_ref of conf_strval */
	KEY_DAYS,	/* uint32_t: bits 1 to 31 */
	KEY_MONTHS,	/* uint16_t: bits 1 to 12 */
	KEY_WDAYS,	/* uint8_t: bits 0 to 6 */
	KEY_HOURS,	/* struct conf_ref of conf_hours, end excluded */
	KEY_HOURS_INCLUDED,	/* the same, end included */
	KEY_DATES,	/* struct conf_ref of conf_dates */
	KEY_WDAY_RANGES,	/* struct conf_ref of conf_wdays */
	KEY_SIZES,	/* struct conf_numset, of octets */
	KEY_SCORES,	/* struct conf_numset, or CONF_SPAM_UNKNOWN */
	KEY_GLOBS,	/* struct conf_strset: '*', '?', in any case */
	KEY_MIME_TYPES,	/* the same of types; "": none is known */
	KEY_VIRUS,	/* uint8_t: bits by enum conf_virus */
	KEY_ENGINES,	/* uint32_t: bits by rows of antivirus */
	KEY_METHODS,	/* struct conf_methods */
	KEY_ENDPOINTS,	/* struct conf_ref of conf_endpoint */
	KEY_TYPES,
};

enum key_flags {
	KEY_LATER = 1,		/* not in this version */
	KEY_REPLACED = 2,	/* Kernun's; note tells what takes its place */
	KEY_REQUIRED = 4,
	KEY_INHERIT = 8,	/* not written: CONF_UNSET, another phase's */
	KEY_NOT_ZERO = 16,
	KEY_FIRST = 32,		/* before every other statement */
	KEY_NO_HOSTS = 64,	/* KEY_ADDRESSES: no host names among them */
	/* kept by sections beside it only, for which it stands: SECTION_BOTH */
	KEY_BOTH = 128,
};

struct conf_key {
	const char *name;
	uint8_t type;		/* enum key_type */
	uint8_t flags;		/* enum key_flags */
	uint16_t at;		/* where in the section's struct */
	/* The default as one would write it; NULL: none (all zero). */
	const char *def;
	/* Of numbers: the smallest and largest; max 0: any. */
	uint64_t min, max;
	/* Of enumerations: "word=1 other=2"; the first of a number prints. */
	const char *choices;
	/* KEY_LATER, KEY_REPLACED: what takes its place, or NULL. */
	const char *note;
};

enum section_flags {
	SECTION_TITLED = 1,
	SECTION_TABLE = 2,	/* repeatable: rows of a table at `at` */
	SECTION_LATER = 4,	/* not in this version */
	SECTION_OVERRIDES = 8,	/* takes what another section left there */
	SECTION_HIDDEN = 16,	/* what those override; itself in no table */
	SECTION_LOWER = 32,	/* the title is kept in lower case */
	SECTION_UNKNOWN = 64,	/* of no vocabulary: made by who reads one */
	/*
	 * Keys of it and its sections that are not written are those of the
	 * same name beside it.
	 */
	SECTION_BOTH = 128,
};

struct conf_section {
	const char *name;
	const struct conf_key *keys;		/* ends with a NULL name */
	const struct conf_section *sections;	/* ends with a NULL name */
	uint16_t at;		/* in the parent's struct: struct or table */
	uint16_t size, align;	/* of the struct */
	int16_t title_at;	/* struct conf_ref, or -1: not kept */
	int16_t line_at;	/* uint32_t, or -1 */
	int16_t given_at;	/* uint8_t set when it is written, or -1 */
	uint8_t flags;		/* enum section_flags */
	const char *note;	/* SECTION_LATER */
};

/* The whole vocabulary: keys and sections of the top level. */
extern const struct conf_section conf_vocabulary;

const struct conf_key *conf_key_find(const struct conf_section *s,
    const char *name);
const struct conf_section *conf_section_find(const struct conf_section *s,
    const char *name);
/* Is a key's value a list in braces? */
bool conf_key_is_list(const struct conf_key *k);

#endif
