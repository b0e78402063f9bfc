/* libFuzzer: any bytes as a dictionary of RFC 8941. What was read is written, reads again, and is
 * then written the same: canonical form is a fixed point. */
#include "voucher/httpsig/sfv_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 16 };

/* All reading of values that a user of the reader may do. */
static void
read_value(const struct sfv_bare *value)
{
    char string[64];
    uint8_t bytes[64];
    size_t size = 0;
    if (value->kind == SFV_STRING && sfv_string_read(value, string, sizeof string, &size)) {
        must(size <= sizeof string && size <= value->text.size);
    }
    if (value->kind == SFV_BYTES) {
        const bool fits = value->text.size / 4 * 3 <= sizeof bytes;
        const bool is_read = sfv_bytes_read(value, bytes, sizeof bytes, &size);
        must(is_read || !fits);
        must(!is_read || size <= sizeof bytes);
    }
}

/* False: malformed. */
static bool
rewrite(struct text field, struct sfv_writer *out)
{
    struct sfv_member member;
    enum sfv_step step = sfv_dictionary_next(&field, &member);
    for (; step == SFV_NEXT; step = sfv_dictionary_next(&field, &member)) {
        if (out->size > 0) sfv_write_text(out, TEXT(", "));
        sfv_write_text(out, member.key);
        sfv_write_text(out, TEXT("="));
        if (member.is_list) {
            sfv_write_list(out, member.list, member.parameters);
            continue;
        }
        read_value(&member.value);
        sfv_write_bare(out, &member.value);
        sfv_write_parameters(out, member.parameters);
    }
    return step == SFV_END;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char first[ROOM], second[ROOM];
    struct sfv_writer once, twice;
    struct sfv_member member;
    const struct text field = { (const char *)data, size };
    if (size > ROOM / 8) return 0;
    sfv_writer_start(&once, first, sizeof first);
    sfv_writer_start(&twice, second, sizeof second);
    const bool is_sound = rewrite(field, &once);
    must((sfv_dictionary_find(field, TEXT("sig1"), &member) == SFV_MALFORMED) == !is_sound);
    if (!is_sound) return 0;
    must(!once.failed);
    must(rewrite(sfv_writer_text(&once), &twice));
    must(text_equal(sfv_writer_text(&once), sfv_writer_text(&twice)));
    return 0;
}
