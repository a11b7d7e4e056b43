/* signer_patience.c - limits the time spent waiting for the name servers of a signer
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/signer_patience.h"

#include "base/organizational_domain.h"

void signer_patience_init(struct signer_patience *patience, int64_t now)
{
	*patience = (struct signer_patience){ .signers = { { .used = 0 } } };
	patience_init(&patience->strangers, now, STRANGERS_MS);
}

static struct slice signing_domain(struct slice key_name)
{
	static const char mark[] = "._domainkey.";
	const size_t at = slice_find_text(key_name, mark);
	const struct slice domain = slice_skip(key_name, at + strlen(mark));
	const struct slice owner = organizational_domain(domain);

	return owner.data ? owner : domain;
}

/* Whether to replace a before b: free entries first, then signers that never answered, then
 * the least recently used. */
static bool is_replaced_first(const struct signer *a, const struct signer *b)
{
	if (!a->domain[0] != !b->domain[0])
		return !a->domain[0];
	return a->answered != b->answered ? !a->answered : a->used < b->used;
}

struct signer *signer_patience_find(struct signer_patience *patience, struct slice key_name,
				    int64_t now)
{
	struct slice domain = signing_domain(key_name);
	struct signer *worst = &patience->signers[0];

	if (domain.size >= sizeof(worst->domain))
		domain.size = sizeof(worst->domain) - 1;
	for (size_t i = 0; i < SIGNERS_KNOWN; i++) {
		struct signer *signer = &patience->signers[i];

		if (signer->domain[0] && slice_is(domain, signer->domain)) {
			signer->used = now;
			return signer;
		}
		if (is_replaced_first(signer, worst))
			worst = signer;
	}
	*worst = (struct signer){ .used = now };
	memcpy(worst->domain, domain.data, domain.size);
	patience_init(&worst->patience, now, PATIENCE_MS);
	return worst;
}

int64_t signer_patience_until(struct signer_patience *patience, struct signer *signer, int64_t now)
{
	const int64_t until = patience_until(&signer->patience, now);
	int64_t stranger;

	if (signer->answered)
		return until;
	stranger = patience_until(&patience->strangers, now);
	if (stranger > now + STRANGER_ONCE_MS)
		stranger = now + STRANGER_ONCE_MS;
	return stranger < until ? stranger : until;
}

void signer_patience_spend(struct signer_patience *patience, struct signer *signer, int64_t ms,
			   bool answered)
{
	patience_spend(&signer->patience, ms);
	if (!signer->answered)
		patience_spend(&patience->strangers, ms);
	signer->answered |= answered;
}
