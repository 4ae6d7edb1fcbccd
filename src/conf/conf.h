#ifndef CONF_H
#define CONF_H

/*
 * The compiled configuration: its layout and its reader.
 *
 * A cache is one position-independent file: a header, then tables that hold
 * offsets only, then a line table.  test-imap4 -c writes it; sessions map it
 * read-only and use it in place.  Every reference goes through an accessor
 * that checks it against the map and returns NULL outside, so that no damaged
 * file can make a reader touch anything else.
 *
 * Units: times in milliseconds, sizes in octets, 0 = no limit, unless said.
 * CONF_UNSET in a setting that a later phase or the top level may give.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "build.h"
#include "str.h"

#define CONF_MAGIC "imap4pc\n"
#define CONF_UNSET UINT64_MAX

enum {
	CONF_FORMAT = 1,
	/* Refuse larger ones: a 10,000-ACL policy is a few MB. */
	CONF_MAX = 64 << 20,
	/* Bits of a set over a built-in table (commands, SASL ...). */
	CONF_BITS = 256,
	/* A session reads the file of each oob-auth that an auth names. */
	CONF_OOB_MAX = 8,
	/*
	 * Different host names in sets: all of them are looked up every few
	 * minutes.
	 */
	CONF_HOSTS = 1000,
	/* A name in the DNS (RFC 1035 2.3.4) and its NUL. */
	CONF_HOST_NAME = 256,
	/* Sections antivirus, and antispam: rows are bits of a set. */
	CONF_ENGINES_MAX = 32,
	/* Names of header fields that rules ask about, all together. */
	CONF_MAIL_HEADERS = 64,
};

/* In a set of scores: of a mail that was not checked for spam. */
#define CONF_SPAM_UNKNOWN UINT32_MAX
/*
 * Limits of sessions whose mails are scanned and that are given none: what is
 * scanned lies in a spool, and with one client for ever.
 */
#define CONF_SCANNED_MAIL (UINT64_C(100) << 20)
#define CONF_SCANNED_TIME (UINT64_C(24) * 60 * 60 * 1000)

/* n elements (octets for a string) at off from the start; {0,0}: none. */
struct conf_ref {
	uint32_t off;
	uint32_t n;
};

/* A set over a table's row numbers; bit 0 is the table's UNKNOWN row. */
struct conf_bits {
	uint64_t w[CONF_BITS / 64];
};

static inline bool
conf_bit(const struct conf_bits *b, unsigned row)
{
	return row < CONF_BITS && (b->w[row / 64] >> (row % 64) & 1);
}

/* ---- sets --------------------------------------------------------------- */

/*
 * A set holds when some positive value holds, or it has none, and no negative
 * value holds.  given = false: the condition was not written, so it holds.
 */

struct conf_range {		/* lo..hi inclusive, addresses as in addr.h */
	uint8_t lo[16], hi[16];
};

/* A host name in a set of addresses: whatever it resolves to. */
struct conf_host_use {
	uint32_t host;			/* row of conf_main.hosts */
	uint32_t negative;
};

struct conf_addrset {
	struct conf_ref pos, neg;	/* conf_range: sorted, merged */
	struct conf_ref hosts;		/* conf_host_use, positive ones first */
	uint8_t given;
	uint8_t pad[7];
};

/* In a set of types: "", one that is not known. */
#define CONF_NO_TYPE "-"

struct conf_strval {
	struct conf_ref text;
	uint32_t negative;
};

struct conf_strset {
	struct conf_ref values;		/* conf_strval, in the text's order */
	uint8_t given;
	uint8_t pad[7];
};

struct conf_numrange {		/* lo..hi inclusive */
	uint64_t lo, hi;
};

struct conf_numset {
	struct conf_ref pos, neg;	/* conf_numrange: sorted, merged */
	uint8_t given;
	uint8_t pad[7];
};

/* Of a certificate; subject and issuer are anchored PCRE2 expressions. */
struct conf_certmatch {
	struct conf_strset subject;	/* on the RFC 4514 text */
	struct conf_strset issuer;
	struct conf_strset san;		/* "dns:NAME" "email:ADDRESS", globs */
	struct conf_strset fingerprint;	/* SHA-256, 64 lower-case hex digits */
	uint8_t given;
	uint8_t pad[7];
};

/* One 'time' section: parts ANDed, an empty mask is "any". */
struct conf_time {
	struct conf_ref hours;	/* conf_hours: any of them; none = any */
	uint32_t days;		/* bit 1..31 */
	uint16_t months;	/* bit 1..12 */
	uint8_t wdays;		/* bit 0 = Sunday .. 6 */
	uint8_t pad;
};

/*
 * Minutes since midnight; from > to wraps past midnight.  'time' ends before
 * to; time-period-set includes it as its own page says (end_included).
 */
struct conf_hours {
	uint16_t from, to;
	uint32_t end_included;
};

/* Bounds included; from later than to wraps. */
struct conf_dates {
	uint8_t from_day, from_month, to_day, to_month;
};
struct conf_wdays {
	uint8_t from, to;	/* 0 = Sunday */
	uint8_t pad[2];
};

struct conf_time_spec {
	struct conf_ref name;
	struct conf_ref dates;		/* conf_dates, ORed; none = any */
	struct conf_ref weekdays;	/* conf_wdays */
	struct conf_ref hours;		/* conf_hours */
};

struct conf_time_set {
	struct conf_ref specs;		/* conf_time_spec, ORed */
	uint8_t given;
	uint8_t exclude;		/* inverts the whole set */
	uint8_t pad[6];
};

/* ---- top-level sections ------------------------------------------------- */

enum conf_language {
	CONF_LANG_UNSET, CONF_LANG_EN, CONF_LANG_CZ, CONF_LANG_CZ_ASCII,
	CONF_LANG_CZ_8859_2, CONF_LANG_CZ_1250,
};

struct conf_log {
	uint8_t level;		/* 3 to 9 */
	uint8_t target;		/* enum log_target */
	uint8_t format;		/* enum log_format */
	uint8_t on_failure;	/* enum log_failure */
	uint32_t facility;	/* syslog facility value, shifted */
	struct conf_ref path;	/* absolute; LOG_TO_FILE */
	uint64_t data_limit;
	uint8_t requests;	/* enum conf_log_requests */
	uint8_t mail;		/* enum conf_log_mail */
	uint8_t pad[6];
};

enum conf_log_requests { CONF_REQ_NONE, CONF_REQ_REFUSED, CONF_REQ_ALL };
/* Decided: changed, denied, or not free of viruses. */
enum conf_log_mail { CONF_MAIL_NONE, CONF_MAIL_DECIDED, CONF_MAIL_ALL };

struct conf_listener {
	struct conf_ref name;
	uint8_t ip[16];
	uint16_t port, port_to;		/* inclusive range */
	uint32_t line;
};

enum conf_catch { CONF_CATCH_REDIRECT, CONF_CATCH_TPROXY };

/* Connections caught on their way to a server; imap4-helper has the rules. */
struct conf_transparent {
	struct conf_ref name;
	struct conf_ref iface;		/* they come in by; "": any */
	struct conf_addrset address;	/* they are going to */
	uint16_t port, port_to;		/* inclusive range, of the servers */
	/* The proxy's socket, any address; both the same port. */
	uint16_t listen_port, listen_port_to;
	uint8_t mode;			/* enum conf_catch */
	uint8_t block;			/* without rules, let nothing pass */
	uint8_t pad[2];
	uint32_t line;
};

enum conf_ssl_mode { CONF_SSL_IMPLICIT, CONF_SSL_STARTTLS,
	CONF_SSL_STARTTLS_REQUIRED };
enum conf_ssl_verify { CONF_VERIFY_DEFAULT, CONF_VERIFY_NONE,
	CONF_VERIFY_OPTIONAL, CONF_VERIFY_REQUIRED };

struct conf_sni {
	struct conf_ref name;		/* lower case; may begin with "*." */
	struct conf_ref certificate;	/* absolute path or credential:NAME */
	struct conf_ref private_key;
	uint32_t line, pad;
};

struct conf_ssl {
	struct conf_ref name;
	struct conf_ref certificate, private_key;
	struct conf_ref sni;		/* conf_sni */
	struct conf_ref ciphers, ciphersuites, groups;
	/* file and crl: absolute path or credential:NAME, as above */
	struct conf_ref auth_cert_file, auth_cert_dir, crl_file;
	struct conf_ref server_name;
	uint16_t min_version, max_version;	/* 0x0303, 0x0304 */
	uint8_t mode;			/* enum conf_ssl_mode */
	uint8_t verify;			/* enum conf_ssl_verify */
	uint8_t client_sni;		/* server-name = client-sni */
	uint8_t session_tickets;
	uint32_t line, pad2;
};

/* Of wait mode; each 0, but for the first and the queue: no limit. */
struct conf_tcpserver {
	uint32_t max_children, max_children_per_ip;
	uint32_t conn_rate, conn_rate_per_ip;	/* a second */
	uint32_t queue_size;			/* listen(2)'s */
	uint32_t pad;
	uint64_t idle_exit;
};

struct conf_resolver {
	struct conf_ref servers;	/* conf_strval: "host" or "host:port" */
	struct conf_ref search;		/* conf_strval */
	uint64_t conf_timeout, initial_timeout, timeout;
};

struct conf_conn {
	uint64_t conn_timeout, recv_timeout, send_timeout, close_timeout;
	uint64_t recv_bufsize, send_bufsize;
};

enum conf_oob_method { CONF_OOB_FILE = 1, CONF_OOB_EXTERNAL };

/* Users by their addresses; see users.h. */
struct conf_oob {
	struct conf_ref name;
	struct conf_ref path;		/* absolute; CONF_OOB_FILE */
	uint32_t max_sessions;		/* entries */
	uint8_t method;			/* enum conf_oob_method */
	uint8_t pad[3];
	uint32_t line, pad2;
};

/* ---- mail: what looks at it, and where it lies -------------------------- */

enum conf_protocol { CONF_CLAMD, CONF_CLAMD_FD, CONF_ICAP, CONF_SPAMD,
	CONF_RSPAMD };

/* Where an engine listens. */
struct conf_endpoint {
	struct conf_ref path;	/* a Unix socket; "": by address */
	uint8_t ip[16];
	uint16_t port;
	uint8_t pad[6];
};

/* Of the packets sent in one direction; 0: not given. */
struct conf_shaping {
	uint64_t max_rate;	/* octets a second, of all of the group */
	uint64_t max_rate_per_ip;
	struct conf_ref group;
	uint32_t mark;
	uint32_t priority;	/* 1 to 6 */
	uint8_t dscp;		/* RFC 2474's field + 1 */
	uint8_t pad[7];
};

/* antivirus and antispam: rows of tables of their own. */
struct conf_engine {
	struct conf_ref name;
	struct conf_ref connection;	/* conf_endpoint, tried in order */
	struct conf_ref icap_service;
	struct conf_shaping traffic;
	uint64_t timeout;		/* of one mail, all tries together */
	uint64_t max_checked_size;	/* larger mails are skipped; 0: none */
	uint32_t max_parallel;		/* of all sessions */
	uint8_t protocol;		/* enum conf_protocol */
	bool icap_pass_body;
	uint8_t pad[2];
	uint32_t line, pad2;
};

enum conf_html_policy { CONF_HTML_STRICT, CONF_HTML_FILTER };

enum {
	/* Sections of one item: each is asked for each element. */
	CONF_HTML_LISTS = 64,
};

/* Kernun's items: the first whose set matches decides. */
struct conf_html_item {
	struct conf_strset accept, deny;	/* globs, in any case, asked
						 * in this order */
};

struct conf_html {
	struct conf_ref name;
	/* conf_html_item; none: nothing of the kind is removed */
	struct conf_ref script_tag_language, style_tag_type, iframe_tag_src,
	    intrinsic_language, macro_language;
	/* texts that take the place of what is removed */
	struct conf_ref replace_head_script_tags, replace_body_script_tags,
	    replace_style_tags, replace_iframe_tags, replace_intrinsic;
	uint8_t policy;			/* enum conf_html_policy */
	uint8_t keep_remote_content, keep_forms;
	uint8_t pad[5];
	uint32_t line, pad2;
};

enum conf_method { CONF_BY_CONTENT_TYPE = 1, CONF_BY_EXTENSION,
	CONF_BY_MAGIC, CONF_METHODS };

/* In this order, the first that identifies a type. */
struct conf_methods {
	uint8_t method[CONF_METHODS - 1];	/* enum conf_method */
	uint8_t n;			/* 0: not given, see conf_order() */
};

enum conf_direction { CONF_DOWNLOAD, CONF_UPLOAD, CONF_DIRECTIONS };

/* Ways to put one, two or three methods in a row: 3 + 6 + 6. */
enum { CONF_TYPE_ORDERS = 15 };

/* An order that some doc-acl wants types by. */
struct conf_type_order {
	struct conf_methods methods;
	uint8_t directions;		/* bits by enum conf_direction */
	uint8_t pad[3];
};

struct conf_doctype {
	struct conf_ref mime_types;	/* absolute, "": none */
	struct conf_ref magic;		/* absolute, "": libmagic's own */
	struct conf_methods order;
	struct conf_methods order_of[CONF_DIRECTIONS];
	uint8_t pad[4];
};

struct conf_spool {
	struct conf_ref dir;		/* absolute */
	uint64_t memory;		/* octets of a session in memory */
	uint64_t max_size;		/* of one mail */
	uint64_t min_free;		/* on dir's file system */
};

struct conf_quarantine {
	struct conf_ref dir;		/* absolute, "": there is none */
	uint64_t max_size;		/* of all that lies in it */
};

struct conf_verdict_store {
	struct conf_ref path;		/* absolute, "": there is none */
	uint64_t max_size, max_age;
};

struct conf_notices {			/* see notice.h */
	struct conf_ref dir;		/* in the configuration's folder */
	struct conf_ref contact;
};

/* Instead of a row of oob_auths. */
enum { CONF_AUTH_NONE = -1, CONF_AUTH_INHERIT = -2 };

/* ---- ACLs --------------------------------------------------------------- */

enum conf_tri { CONF_TRI_UNSET, CONF_TRI_NO, CONF_TRI_YES };

struct conf_target {		/* one plug-to */
	struct conf_ref host;	/* name or numeric address */
	uint8_t ip[16];		/* all zero: host is a name */
	uint16_t port;
	/*
	 * Of a name that a 'server' condition may be about: its row of
	 * conf_main.hosts, and 1.
	 */
	uint16_t host_row;
	uint8_t pad[4];
};

enum conf_order { CONF_ORDER_UNSET, CONF_ORDER_ORDER, CONF_ORDER_RANDOM,
	CONF_ORDER_HASH_FROM };

/* Generic conditions; all must hold. */
struct conf_conditions {
	struct conf_addrset from, to, server;
	struct conf_strset listener, parent;
	struct conf_strset user, group;		/* "none": not known */
	struct conf_numset ip_tos_from;		/* octets without ECN */
	struct conf_certmatch client_cert;	/* from command-acl on */
	struct conf_ref time;			/* conf_time, ORed */
	struct conf_time_set time_set;
	uint8_t transparent;			/* enum conf_tri */
	uint8_t pad[7];
};

/* What command-acl gives takes the place of session-acl's, value by value. */
struct conf_traffic {
	struct conf_shaping to_client, to_server;
};

enum conf_source_mode { CONF_SOURCE_OWN, CONF_SOURCE_CLIENT,
	CONF_SOURCE_ADDRESS };

/* Whence servers are dialed. */
struct conf_source_address {
	uint8_t ip4[16], ip6[16];	/* all zero: none of this family */
	uint8_t mode;			/* enum conf_source_mode */
	uint8_t pad[7];
};

struct conf_session_acl {
	struct conf_ref name;
	struct conf_conditions when;
	struct conf_ref plug_to;	/* conf_target */
	struct conf_certmatch client_cert_match;
	struct conf_source_address source;
	struct conf_traffic traffic;
	uint64_t idle_timeout, login_timeout;	/* CONF_UNSET: top level's */
	uint32_t max_sessions, max_sessions_per_ip;
	int32_t client_ssl;		/* row of ssl, -1: plain text */
	uint32_t line;
	int32_t auth;			/* row of oob_auths, or CONF_AUTH_ */
	uint32_t pad2;
	uint8_t deny;
	uint8_t language;		/* enum conf_language */
	uint8_t plug_to_order;		/* enum conf_order */
	uint8_t send_proxy;		/* version of the PROXY header, or 0 */
	uint8_t send_id;
	uint8_t pad[3];
};

/* Over the rows of imap/sasl's table. */
struct conf_mechanisms {
	struct conf_bits allowed;
	struct conf_bits named;		/* of these: spelled out */
};

enum conf_access { CONF_ACCESS_FULL, CONF_ACCESS_READ_ONLY,
	CONF_ACCESS_ORGANISE, CONF_ACCESS_NO_EXPORT };
enum conf_preauth { CONF_PREAUTH_REFUSE, CONF_PREAUTH_ACCEPT };
/* What listings of mails not judged yet are answered from. */
enum conf_listing { CONF_INDEX_LAZY, CONF_INDEX_EXACT };

/* What becomes of a mail, or a part of it, that breaks a rule. */
enum conf_mend { CONF_MEND_PASS = 1, CONF_MEND_CORRECT, CONF_MEND_REJECT };

struct conf_mail_filter {		/* enum conf_mend */
	uint8_t invalid_header, header_8bit, quoting, body_8bit, bad_char,
	    long_header, ambiguous_structure;
	uint8_t pad;
};

/* How mails going one way are processed. */
struct conf_mail_dir {
	struct conf_mail_filter filter;
	uint64_t max_mail;		/* a larger one is denied; 0: none */
	uint32_t antivirus;		/* bits by row */
	uint32_t antispam;		/* row + 1, 0: none */
};

struct conf_command_acl {
	struct conf_ref name;
	struct conf_conditions when;
	struct conf_ref plug_to;	/* conf_target */
	struct conf_certmatch server_cert_match;
	struct conf_traffic traffic;
	struct conf_bits commands;	/* rows of imap/command's table */
	struct conf_bits capabilities;	/* rows of imap/capability's table */
	struct conf_mechanisms auth;
	struct conf_bits fetch_items;	/* rows of imap/item's table */
	struct conf_bits append_extensions;	/* of imap/append's */
	struct conf_strset mailboxes;	/* patterns: acl/mailboxes.h */
	struct conf_mail_dir mail[CONF_DIRECTIONS];
	uint64_t max_bytes_in, max_bytes_out;
	/* not as they are: see conf_max_mail() and conf_max_time() */
	uint64_t max_mail_in, max_mail_out, max_time;
	uint64_t idle_timeout, login_timeout, command_timeout;
	uint64_t max_line, max_literal;
	uint32_t max_bad_before, max_bad_after;
	int32_t server_ssl;		/* row of ssl, -1: plain text */
	uint32_t line;
	uint8_t deny;
	uint8_t language;
	uint8_t plug_to_order;
	uint8_t preauth;		/* enum conf_preauth */
	uint8_t no_mail_scanning;
	uint8_t dry_run;
	uint8_t access;			/* enum conf_access */
	uint8_t index;			/* enum conf_listing */
	uint8_t require_all;		/* see conf_virus */
	uint8_t same_length;		/* of replaced parts */
	uint8_t pad[6];
};

/* Are mails taken apart and judged? */
static inline bool
conf_scans(const struct conf_command_acl *a)
{
	return !a->deny && !a->no_mail_scanning;
}

/* Octets; a larger mail ends the session; 0: none does. */
static inline uint64_t
conf_max_mail(const struct conf_command_acl *a, enum conf_direction d)
{
	uint64_t max = d == CONF_DOWNLOAD ? a->max_mail_in : a->max_mail_out;

	if (max != CONF_UNSET)
		return max;
	return conf_scans(a) ? CONF_SCANNED_MAIL : 0;
}

/* A session's longest time, 0: any. */
static inline uint64_t
conf_max_time(const struct conf_command_acl *a)
{
	if (a->max_time != CONF_UNSET)
		return a->max_time;
	return conf_scans(a) ? CONF_SCANNED_TIME : 0;
}

/* ---- ACLs of mails and of documents ------------------------------------- */

/*
 * Kernun's words.  Engines are combined to the first that any of them says;
 * under require-all that is so for found alone, and then to the last.
 */
enum conf_virus { CONF_VIRUS_FOUND, CONF_VIRUS_FREE, CONF_VIRUS_SKIPPED,
	CONF_VIRUS_UNKNOWN, CONF_VIRUS_ERROR, CONF_VIRUSES };

/* Those words. */
extern const char conf_viruses[CONF_VIRUSES][8];

/* The condition 'header': some value of the field, as sets say. */
struct conf_header_match {
	struct conf_ref name;
	struct conf_strset match;	/* anchored PCRE2 expressions */
};

enum conf_header_op { CONF_HEADER_ADD = 1, CONF_HEADER_DELETE,
	CONF_HEADER_REPLACE };

struct conf_header_edit {
	struct conf_ref name, value;
	uint8_t op;			/* enum conf_header_op */
	uint8_t pad[7];
};

struct conf_mail_acl {
	struct conf_ref name;
	struct conf_conditions when;
	struct conf_numset spam_score;	/* x 1000, or CONF_SPAM_UNKNOWN */
	struct conf_numset size, doc_count;
	struct conf_strset virus_name;	/* globs */
	struct conf_strset mime_type;	/* globs, or CONF_NO_TYPE */
	struct conf_ref headers;	/* conf_header_match, all must hold */
	uint8_t direction;		/* enum conf_direction + 1, 0: any */
	uint8_t virus_status;		/* bits by enum conf_virus, 0: any */
	uint8_t encrypted, malformed;	/* enum conf_tri */
	/* actions, from here on */
	uint8_t deny, quarantine, add_verdict_headers;
	uint8_t pad;
	struct conf_ref prefix_subject;
	struct conf_ref modify_headers;	/* conf_header_edit */
	struct conf_ref replace_body;	/* see notice.h */
	uint32_t line, pad2;
};

struct conf_doc_acl {
	struct conf_ref name;
	struct conf_conditions when;
	struct conf_numset spam_score, size, depth;
	struct conf_strset mime_type, declared_type;	/* as above */
	struct conf_strset file_name;	/* globs, of any of its names */
	struct conf_strset archive_member;	/* globs, of types in it */
	uint8_t direction, virus_status;	/* as above */
	uint8_t encrypted;		/* enum conf_tri */
	/* actions, from here on */
	uint8_t deny, remove, force_doctype_ident;
	/*
	 * By which order its documents' types are: row of type_orders + 1,
	 * 0: the direction's.
	 */
	uint8_t type_order;
	uint8_t pad[1];
	struct conf_ref replace_file;	/* see notice.h */
	struct conf_methods order;	/* doctype-ident-order */
	uint32_t html_filter;		/* row + 1, 0: none */
	uint32_t line, pad2;
};

/*
 * The ACLs of a phase by 'from'.  From each bound up to the next, the
 * addresses concern the same ACLs: those in rows, and those in rest, which
 * any address may concern: without a 'from', or with one of exceptions alone,
 * or so wide that they would stand at most bounds.
 */
struct conf_bound {
	uint8_t lo[16];
	/* uint32_t: rows, ascending; a single one is off itself */
	struct conf_ref rows;
};

/*
 * What a session pays for is memory it touches first: one page of every
 * CONF_STEP-th bound tells which others to look at.
 */
enum { CONF_STEP = 64 };
struct conf_step {
	uint8_t lo[16];
};

struct conf_index {
	struct conf_ref steps;		/* conf_step: bounds 0, CONF_STEP ... */
	struct conf_ref bounds;		/* conf_bound, ascending */
	struct conf_ref rest;		/* uint32_t: rows, ascending */
	uint8_t given;			/* 0: few ACLs, look at each */
	uint8_t pad[7];
};

struct conf_monitoring {
	/* Of imap4-helper: see conf_run_file(). */
	struct conf_ref socket, admin_socket, users_socket;
	uint64_t interval;	/* window of "current" speed, at least 1 s */
	uint32_t user;		/* octets of a user's name that are shown */
	uint32_t data, tail;	/* of a mailbox's; its last ones stay */
	uint8_t disabled;
	uint8_t pad[3];
};

struct conf_main {
	struct conf_ref name;		/* of the configuration */
	struct conf_ref app_user, app_group, chroot_dir;
	uint32_t uid, gid;	/* app-user's when compiled; ~0: not there */
	uint64_t idle_timeout, login_timeout;
	struct conf_log logs[2];	/* enum log_which */
	struct conf_tcpserver tcpserver;
	struct conf_resolver resolver;
	struct conf_conn client_conn, server_conn;
	struct conf_monitoring monitoring;
	struct conf_ref listeners;	/* conf_listener */
	struct conf_ref transparents;	/* conf_transparent */
	struct conf_ref ssl;		/* conf_ssl */
	struct conf_ref oob_auths;	/* conf_oob */
	struct conf_ref session_acls;	/* conf_session_acl, in order */
	struct conf_ref command_acls;	/* conf_command_acl, in order */
	struct conf_ref antiviruses;	/* conf_engine */
	struct conf_ref antispams;	/* conf_engine */
	struct conf_ref html_filters;	/* conf_html */
	struct conf_doctype doctype;
	struct conf_spool spool;
	struct conf_quarantine quarantine;
	struct conf_verdict_store verdict_store;
	struct conf_notices notices;
	struct conf_ref mail_acls;	/* conf_mail_acl, in order */
	struct conf_ref doc_acls;	/* conf_doc_acl, in order */
	/* conf_ref: fields that 'header' of some mail-acl asks about, once */
	struct conf_ref mail_headers;
	struct conf_ref type_orders;	/* conf_type_order, each once */
	struct conf_ref hosts;		/* conf_ref: host names in conditions */
	struct conf_index session_index, command_index;
	uint32_t per_ip_prefix6;	/* bits of IPv6 that count as one */
	uint8_t language;
	/*
	 * What some rule asks for, so that no session has to look at all of
	 * them; made by checks.
	 */
	uint8_t net_raw;		/* CAP_NET_RAW */
	uint8_t asks_time, asks_tos;
	int32_t auth;			/* row of oob_auths; CONF_AUTH_NONE */
	uint32_t auths;			/* bit by row: some session-acl's */
	/* The same of mails: what some command-acl or its like uses. */
	uint32_t use_antivirus, use_antispam;	/* bits by row */
	uint8_t scans;			/* some command-acl scans */
	uint8_t asks_types;		/* identified ones */
	uint8_t asks_magic;		/* and libmagic may identify them */
	uint8_t asks_members;		/* types of them, in archives */
	uint8_t asks_encrypted;		/* archives with passwords, too */
	uint8_t pad[3];
};

/* How a type is identified: by the doc-acl's order, or the direction's. */
static inline const struct conf_methods *
conf_order(const struct conf_main *m, const struct conf_doc_acl *acl,
    enum conf_direction d)
{
	if (acl != NULL && acl->order.n > 0)
		return &acl->order;
	return m->doctype.order_of[d].n > 0 ? &m->doctype.order_of[d] :
	    &m->doctype.order;
}

/* ---- the file ----------------------------------------------------------- */

/* What a cache was made from; when one differs, the cache is stale. */
struct conf_source {
	struct conf_ref path;		/* absolute */
	uint64_t dev, ino, size;
	int64_t mtime_ns;
};

struct conf_variable {			/* an expanded ${NAME} */
	struct conf_ref name, value;
};

/* A file and line that struct.line numbers (line - 1 is the row). */
struct conf_line {
	uint32_t source;		/* row of sources */
	uint32_t line;			/* from 1 */
};

struct conf_head {
	char magic[8];
	uint32_t format;
	char build[BUILD_ID_SIZE];
	uint8_t pad[3];
	uint64_t size;			/* of the whole file */
	uint64_t head_sum;		/* of this header with both sums 0 */
	uint64_t whole_sum;		/* of everything behind the header */
	uint64_t tables_end;		/* policy tables end, sources follow */
	struct conf_ref main;		/* one conf_main */
	struct conf_ref sources;	/* conf_source; [0] the main file */
	struct conf_ref variables;	/* conf_variable */
	struct conf_ref lines;		/* conf_line */
	uint8_t policy_hash[32];	/* SHA-256 of the policy tables */
};

/* ---- the reader --------------------------------------------------------- */

/* An open cache; read-only. */
struct conf {
	const char *map;
	size_t size;
	const struct conf_main *main;	/* checked by conf_open */
	const struct conf_head *head;
	const char *why;		/* constant; set when a call fails */
	bool mapped;			/* ours to unmap */
};

enum conf_check {
	CONF_CHECK_HEAD,	/* header sum, sizes, build: a session's */
	CONF_CHECK_WHOLE,	/* and the whole sum: compiler, test-imap4 */
};

/*
 * Map an open cache.  The file must be regular or a memfd, owned by root or
 * the effective uid, not writable by group or others.  0, or ERR_CONFIG with
 * c->why.  The descriptor may be closed afterwards.
 */
int conf_open(struct conf *c, int fd, enum conf_check check);
/* The same on memory that outlives c, aligned to 8: tests and fuzzers. */
int conf_open_mem(struct conf *c, const void *p, size_t n,
    enum conf_check check);
void conf_close(struct conf *c);

/* Are all sources and variables as they were when it was compiled? */
bool conf_fresh(const struct conf *c);

/*
 * Row i of a table whose elements take size octets: NULL when i is not in it
 * or the reference does not lie in the map at that alignment.
 */
const void *conf_at(const struct conf *c, struct conf_ref table, size_t size,
    size_t align, uint32_t i);
#define CONF_AT(c, type, ref, i) \
	((const type *)conf_at(c, ref, sizeof(type), _Alignof(type), i))

/* A string, NUL-terminated in the map; STR_NULL when outside or unset. */
struct str conf_str(const struct conf *c, struct conf_ref s);
/* The same as a C string, "" when outside or unset. */
const char *conf_cstr(const struct conf *c, struct conf_ref s);
/* "file" and line of a rule's line number; false when not known. */
bool conf_line_at(const struct conf *c, uint32_t line, struct str *file_r,
    uint32_t *n_r);

/* The folder of the configuration; out holds PATH_MAX.  Returns out. */
char *conf_folder(const struct conf *c, char *out);

/* Checksum of the header and the whole: FNV-1a, 64 bits; finds damage only. */
uint64_t conf_sum(const void *p, size_t n);

/*
 * The default place of the cache of a configuration file: a name in
 * cache_dir made from its real path.  out holds PATH_MAX.  0 or -1 (errno).
 */
int conf_cache_path(const char *cache_dir, const char *cfg, char *out);

/* Where all configurations have a folder for what runs under them. */
extern const char conf_run_dir[];
/* That of this one, by its name; out holds PATH_MAX.  Returns out. */
char *conf_run_folder(const struct conf *c, char *out);
/*
 * A file in it, or an absolute one; out holds PATH_MAX.  false: it is "none".
 */
bool conf_run_file(const struct conf *c, struct conf_ref name, char *out);
/* The file of an oob-auth: of the run folder when it is external; the same. */
char *conf_oob_path(const struct conf *c, const struct conf_oob *o, char *out);

#endif
