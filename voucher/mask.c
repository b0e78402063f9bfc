#include "voucher/mask.h"

#include "voucher/utf8.h"

#define STARS_MAX 64 /* more characters than that are shown as so many stars */

/* Keeps so many bytes of the head and of the tail, and stars between. */
static void
mask_middle(struct text text, size_t head, size_t tail, char out[MASK_SIZE])
{
    must(head + tail <= text.size && text.size <= STARS_MAX);
    memcpy(out, text.at, head);
    memset(out + head, '*', text.size - head - tail);
    memcpy(out + text.size - tail, text.at + text.size - tail, tail);
    out[text.size] = '\0';
}

static bool
is_ascii_graphic(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] <= ' ' || text.at[i] > '~') return false;
    }
    return true;
}

static void
mask_wholly(struct text text, char out[MASK_SIZE])
{
    const size_t size = text.size < STARS_MAX ? text.size : STARS_MAX;
    memset(out, '*', size);
    out[size] = '\0';
}

void
mask_id_number(struct text id_number, char out[MASK_SIZE])
{
    if (id_number.size == 18 && is_ascii_graphic(id_number)) {
        mask_middle(id_number, 3, 4, out);
    } else {
        mask_wholly(id_number, out);
    }
}

void
mask_mobile(struct text mobile, char out[MASK_SIZE])
{
    if (mobile.size == 11 && is_ascii_graphic(mobile)) {
        mask_middle(mobile, 3, 4, out);
    } else {
        mask_wholly(mobile, out);
    }
}

void
mask_name(struct text name, char out[MASK_SIZE])
{
    uint32_t character;
    size_t size = name.size > 0 ? utf8_read(name, 0, &character) : 0;
    if (size == name.size) size = 0; /* a single character would be the whole name */
    memcpy(out, name.at != NULL ? name.at : "", size);
    out[size] = '*';
    out[size + 1] = '\0';
}

void
mask_order_no(struct text order_no, char out[MASK_SIZE])
{
    if (order_no.size > STARS_MAX || !is_ascii_graphic(order_no)) {
        mask_wholly(order_no, out);
        return;
    }
    const size_t half = order_no.size / 2;
    mask_middle(order_no, 0, half < 4 ? half : 4, out);
}
