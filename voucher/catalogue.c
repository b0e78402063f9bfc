/* voucher/catalogue.c: a ring of parsed versions. An approved version never changes; a waiting one
 * may, so it is parsed each time and takes the place of its older self. */
#include "voucher/catalogue.h"

#include "voucher/wire/campaign.h"

struct catalogue_entry {
    struct uuid campaign;
    int64_t version;
    bool approved;
    struct campaign_rules *rules;
};

struct catalogue {
    size_t next;
    struct catalogue_entry entries[CATALOGUE_RULES_MAX];
};

enum fault
catalogue_open(struct catalogue **out)
{
    *out = calloc(1, sizeof **out);
    return *out == NULL ? FAULT_MEMORY : FAULT_NONE;
}

void
catalogue_forget(struct catalogue *c)
{
    for (size_t i = 0; i < CATALOGUE_RULES_MAX; i++) {
        campaign_rules_free(c->entries[i].rules);
        c->entries[i] = (struct catalogue_entry){ 0 };
    }
}

void
catalogue_close(struct catalogue *c)
{
    if (c == NULL) return;
    catalogue_forget(c);
    free(c);
}

static const struct campaign_rules *
catalogue_load(struct catalogue *c, struct view *v, const struct uuid *campaign, int64_t version)
{
    struct version_row row;
    struct text definition;
    struct campaign_rules *rules = NULL;
    if (!view_version(v, campaign, version, &row)) return NULL;
    if (!view_definition(v, campaign, version, &definition)) return NULL;
    enum fault fault = wire_campaign_parse(definition, &rules);
    /* Or a reward would be left out, for good, of a redemption that is otherwise sound. */
    if (fault == FAULT_MEMORY) view_note(v, fault);
    if (fault != FAULT_NONE) return NULL;
    struct catalogue_entry *entry = &c->entries[c->next];
    c->next = (c->next + 1) % CATALOGUE_RULES_MAX;
    campaign_rules_free(entry->rules);
    *entry = (struct catalogue_entry){ *campaign, version, row.state == VERSION_APPROVED, rules };
    return rules;
}

const struct campaign_rules *
catalogue_rules(struct catalogue *c, struct view *v, const struct uuid *campaign, int64_t version)
{
    must(version > 0);
    for (size_t i = 0; i < CATALOGUE_RULES_MAX; i++) {
        const struct catalogue_entry *entry = &c->entries[i];
        if (!entry->approved || entry->version != version) continue;
        if (uuid_equal(&entry->campaign, campaign)) return entry->rules;
    }
    return catalogue_load(c, v, campaign, version);
}

const struct campaign_rules *
catalogue_acting(struct catalogue *c, struct view *v, const struct campaign_row *campaign)
{
    if (campaign->acting_version == 0) return NULL;
    return catalogue_rules(c, v, &campaign->id, campaign->acting_version);
}
