#include "sasl.h"

enum { ALLOW = IMAP_ALLOW, ASK = IMAP_ASK, NEVER = IMAP_NEVER };

const struct imap_sasl_info imap_sasl[IMAP_SASL_ROWS] = {
#define ROW(id, name, deflt) [IMAP_SASL_##id] = { name, deflt },
	IMAP_SASL(ROW)
#undef ROW
};

enum imap_sasl_row
imap_sasl_find(struct str name)
{
	for (unsigned i = 1; i < IMAP_SASL_ROWS; i++)
		if (str_ieq(str_c(imap_sasl[i].name), name))
			return (enum imap_sasl_row)i;
	if (str_iends(name, STR("-PLUS")))
		return IMAP_SASL_SCRAM_SHA_1_PLUS;
	return IMAP_SASL_UNKNOWN;
}

enum imap_sasl_row
imap_sasl_plus(enum imap_sasl_row row)
{
	switch (row) {
	case IMAP_SASL_SCRAM_SHA_1: return IMAP_SASL_SCRAM_SHA_1_PLUS;
	case IMAP_SASL_SCRAM_SHA_256: return IMAP_SASL_SCRAM_SHA_256_PLUS;
	case IMAP_SASL_SCRAM_SHA_512: return IMAP_SASL_SCRAM_SHA_512_PLUS;
	default: return IMAP_SASL_UNKNOWN;
	}
}

/* The value of "name" among fields that sep ends; name has its '='. */
static struct str
field(struct str msg, struct str name, char sep)
{
	struct str f;
	bool more = true;

	while (more) {
		more = str_cut(&msg, sep, &f);
		if (str_starts(f, name))
			return (struct str){ f.p + name.n, f.n - name.n };
	}
	return STR_NULL;
}

/* gs2-header "," "n=" user "," ...: the authorization identity if given. */
static struct str
gs2_user(struct str msg, bool scram)
{
	struct str flag, authzid, a = STR("a=");

	if (!str_cut(&msg, ',', &flag) || !str_cut(&msg, ',', &authzid))
		return STR_NULL;
	if (authzid.n > a.n && str_starts(authzid, a))
		return (struct str){ authzid.p + a.n, authzid.n - a.n };
	return scram ? field(msg, STR("n="), ',') : STR_NULL;
}

/* authzid NUL authcid NUL passwd */
static struct str
plain_user(struct str msg)
{
	struct str authzid, authcid;

	if (!str_cut(&msg, '\0', &authzid) || !str_cut(&msg, '\0', &authcid))
		return STR_NULL;
	return authzid.n > 0 ? authzid : authcid;
}

struct str
imap_sasl_user(enum imap_sasl_row mech, unsigned step, struct str msg)
{
	struct str head;

	/* all but CRAM-MD5 name the user in the first message */
	if (step > 0)
		return STR_NULL;
	switch (mech) {
	case IMAP_SASL_PLAIN: return plain_user(msg);
	case IMAP_SASL_LOGIN: return msg;
	case IMAP_SASL_XOAUTH2: return field(msg, STR("user="), '\1');
	case IMAP_SASL_OAUTHBEARER: return gs2_user(msg, false);
	case IMAP_SASL_SCRAM_SHA_1:
	case IMAP_SASL_SCRAM_SHA_256:
	case IMAP_SASL_SCRAM_SHA_512: return gs2_user(msg, true);
	case IMAP_SASL_CRAM_MD5:
		str_cut(&msg, ' ', &head);
		return head;
	case IMAP_SASL_EXTERNAL: return msg.n > 0 ? msg : STR_NULL;
	default: return STR_NULL;
	}
}
