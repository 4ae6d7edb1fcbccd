#include "certmatch.h"
#include "regex.h"
#include "strset.h"

static const char failed[CERTMATCH_PARTS][56] = {
	[CERTMATCH_PRESENT] = "certificate: there is none",
	[CERTMATCH_VERIFIED] = "certificate: not verified",
	[CERTMATCH_FINGERPRINT] = "certificate: fingerprint does not match",
	[CERTMATCH_SAN] = "certificate: san does not match",
	[CERTMATCH_SUBJECT] = "certificate: subject does not match",
	[CERTMATCH_ISSUER] = "certificate: issuer does not match",
};

static enum acl_truth
value_fingerprint(struct str pattern, const void *value, const char **why_r)
{
	const struct certinfo *ci = value;

	(void)why_r;
	return str_ieq(pattern, str_c(ci->fingerprint)) ? ACL_HOLDS :
	    ACL_FAILS;
}

static enum acl_truth
value_san(struct str pattern, const void *value, const char **why_r)
{
	const struct certinfo *ci = value;

	(void)why_r;
	for (size_t i = 0; i < ci->nsan && i < CERT_SAN_MAX; i++)
		if (str_glob(pattern, ci->san[i], true))
			return ACL_HOLDS;
	return ACL_FAILS;
}

static enum acl_truth
expression(struct str pattern, struct str subject, const char **why_r)
{
	const struct regex_engine *re;
	const char *why;

	re = module_get("regex", &why);
	if (re == NULL) {
		*why_r = "regular expressions cannot be loaded";
		return ACL_UNDECIDED;
	}
	switch (re->match(pattern, subject, why_r)) {
	case REGEX_MATCH:
		return ACL_HOLDS;
	case REGEX_NO:
		return ACL_FAILS;
	case REGEX_UNDECIDED:
		break;
	}
	return ACL_UNDECIDED;
}

static enum acl_truth
value_subject(struct str pattern, const void *value, const char **why_r)
{
	return expression(pattern, ((const struct certinfo *)value)->subject,
	    why_r);
}

static enum acl_truth
value_issuer(struct str pattern, const void *value, const char **why_r)
{
	return expression(pattern, ((const struct certinfo *)value)->issuer,
	    why_r);
}

enum acl_truth
certmatch(const struct conf *c, const struct conf_certmatch *m,
    const struct certinfo *ci, enum certmatch_part *part_r,
    const char **why_r)
{
	/* cheap ones first: expressions load a module */
	const struct {
		const struct conf_strset *set;
		strset_match *match;
		enum certmatch_part part;
	} parts[] = {
		{ &m->fingerprint, value_fingerprint, CERTMATCH_FINGERPRINT },
		{ &m->san, value_san, CERTMATCH_SAN },
		{ &m->subject, value_subject, CERTMATCH_SUBJECT },
		{ &m->issuer, value_issuer, CERTMATCH_ISSUER },
	};
	enum acl_truth all = ACL_HOLDS;

	if (!m->given)
		return ACL_HOLDS;
	if (ci == NULL || !ci->present || !ci->verified) {
		*part_r = ci == NULL || !ci->present ? CERTMATCH_PRESENT :
		    CERTMATCH_VERIFIED;
		*why_r = failed[*part_r];
		return ACL_FAILS;
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const char *why = NULL;
		enum acl_truth t = strset_walk(c, parts[i].set,
		    parts[i].match, ci, &why);

		if (t == ACL_HOLDS || (t == ACL_UNDECIDED && all == t))
			continue;
		all = t;
		*part_r = parts[i].part;
		*why_r = t == ACL_FAILS ? failed[*part_r] : why;
		if (t == ACL_FAILS)
			break;
	}
	return all;
}

bool
acl_certmatch(const struct conf *c, const struct conf_certmatch *m,
    const struct certinfo *ci, const char **why_r)
{
	enum certmatch_part part;

	return certmatch(c, m, ci, &part, why_r) == ACL_HOLDS;
}

void
acl_patterns_prepare(const struct conf *c, const struct conf_strset *set,
    const struct regex_engine *re)
{
	const struct conf_strval *v;

	for (uint32_t i = 0; i < set->values.n; i++) {
		v = CONF_AT(c, struct conf_strval, set->values, i);
		if (v != NULL && conf_str(c, v->text).p != NULL)
			re->prepare(conf_str(c, v->text));
	}
}

void
acl_certmatch_prepare(const struct conf *c, const struct conf_certmatch *m,
    const struct regex_engine *re)
{
	acl_patterns_prepare(c, &m->subject, re);
	acl_patterns_prepare(c, &m->issuer, re);
}
