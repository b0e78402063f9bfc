/* tests/fuzz_campaign.c: any definition is read or refused; what is taken writes the same bytes
 * again after it was read back. */
#include "voucher/wire/campaign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_out(struct json_writer *w, const struct campaign_rules *rules)
{
    json_writer_grow(w, 1 << 22);
    json_write_begin_object(w);
    wire_campaign_write(w, rules);
    json_write_end_object(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct campaign_rules *rules = NULL, *again = NULL;
    struct json_writer first, second;
    struct text json = { (const char *)data, size };
    if (wire_campaign_parse(json, &rules) != FAULT_NONE) return 0;
    write_out(&first, rules);
    must(wire_campaign_parse(json_writer_text(&first), &again) == FAULT_NONE);
    write_out(&second, again);
    must(text_equal(json_writer_text(&first), json_writer_text(&second)));
    json_writer_close(&first);
    json_writer_close(&second);
    campaign_rules_free(rules);
    campaign_rules_free(again);
    return 0;
}
