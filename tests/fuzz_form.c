/* tests/fuzz_form.c: a form's member is what was asked for, sound and within its room, or nothing.
 */
#include "voucher/form.h"
#include "voucher/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[8] = "", out[24];
    size_t name_size = size == 0 ? 0 : data[0] % 7, at = 0;
    if (size < name_size + 1) return 0;
    memcpy(name, data + 1, name_size);
    struct text form = { (const char *)data + 1, size - 1 };
    memset(out, 'x', sizeof out);
    bool found = form_find(form, name, out, sizeof out - 1);
    must(out[sizeof out - 1] == 'x'); /* never beyond its room */
    must(memchr(out, '\0', sizeof out - 1) != NULL);
    must(found || out[0] == '\0');
    struct text value = text_of(out);
    while (at < value.size) {
        uint32_t character;
        size_t step = utf8_read(value, at, &character);
        must(step > 0 && character >= 0x20 && character != 0x7f);
        at += step;
    }
    return 0;
}
