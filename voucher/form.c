/* voucher/form.c */
#include "voucher/form.h"

#include "voucher/utf8.h"

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* One character of the value; -1: not well-formed. */
static int
form_take(struct text value, size_t *at)
{
    must(*at < value.size);
    char c = value.at[(*at)++];
    if (c == '+') return ' ';
    if (c != '%') return (unsigned char)c;
    if (value.size - *at < 2) return -1;
    int high = hex_value(value.at[*at]), low = hex_value(value.at[*at + 1]);
    *at += 2;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool
form_is_utf8(struct text text)
{
    uint32_t character;
    size_t at = 0;
    while (at < text.size) {
        size_t size = utf8_read(text, at, &character);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

static bool
form_decode(struct text value, char *out, size_t out_size)
{
    size_t size = 0;
    must(out_size > 0);
    for (size_t at = 0; at < value.size;) {
        int c = form_take(value, &at);
        if (c < 0x20 || c == 0x7f || size + 1 >= out_size) return false;
        out[size++] = (char)c;
    }
    must(size < out_size);
    out[size] = '\0';
    return form_is_utf8((struct text){ out, size });
}

bool
form_find(struct text form, const char *name, char *out, size_t out_size)
{
    size_t name_size = strlen(name), begin = 0;
    must(out_size > 0);
    out[0] = '\0';
    if (form.size == 0) return false; /* of a GET there are no bytes at all */
    for (size_t i = 0; i <= form.size; i++) {
        if (i < form.size && form.at[i] != '&') continue;
        struct text member = { form.at + begin, i - begin };
        begin = i + 1;
        if (member.size <= name_size || member.at[name_size] != '=') continue;
        if (memcmp(member.at, name, name_size) != 0) continue;
        struct text value = { member.at + name_size + 1, member.size - name_size - 1 };
        bool sound = form_decode(value, out, out_size);
        if (!sound) out[0] = '\0';
        return sound;
    }
    return false;
}
