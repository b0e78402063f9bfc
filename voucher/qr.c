/* voucher/qr.c */
#include "voucher/qr.h"

#include <qrencode.h>
#include <stdarg.h>

#define QR_QUIET 4 /* modules around, as the standard wants */
#define QR_DIGITS_MAX 300

struct drawing {
    char *at;
    size_t size;
};

static void PRINTF_LIKE(2, 3) drawing_add(struct drawing *d, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = QR_SVG_ROOM - d->size;
    int more = vsnprintf(d->at + d->size, room, format, arguments);
    va_end(arguments);
    must(more >= 0 && (size_t)more < room);
    d->size += (size_t)more;
}

static void
drawing_fill(struct drawing *d, const QRcode *code)
{
    int whole = code->width + 2 * QR_QUIET;
    drawing_add(d,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
                "<path d=\"",
                whole, whole, whole, whole);
    for (int y = 0; y < code->width; y++) {
        for (int x = 0; x < code->width; x++) {
            if (!(code->data[y * code->width + x] & 1)) continue;
            drawing_add(d, "M%d %dh1v1h-1z", x + QR_QUIET, y + QR_QUIET);
        }
    }
    drawing_add(d, "\"/></svg>\n");
}

/* NULL without memory; ended by QRcode_free(). */
static QRcode *
qr_encode(struct text digits)
{
    must(digits.size > 0 && digits.size <= QR_DIGITS_MAX);
    QRinput *input = QRinput_new2(0, QR_ECLEVEL_M);
    bool taken = input != NULL && QRinput_append(input, QR_MODE_NUM, (int)digits.size,
                                                 (const unsigned char *)digits.at) == 0;
    QRcode *code = taken ? QRcode_encodeInput(input) : NULL;
    QRinput_free(input);
    return code;
}

size_t
qr_write_svg(struct text digits, char out[QR_SVG_ROOM])
{
    struct drawing drawing = { out, 0 };
    QRcode *code = qr_encode(digits);
    if (code != NULL) drawing_fill(&drawing, code);
    QRcode_free(code);
    return drawing.size;
}

static bool
module_is_dark(const QRcode *code, int x, int y)
{
    if (x < 0 || y < 0 || x >= code->width || y >= code->width) return false;
    return (code->data[y * code->width + x] & 1) != 0;
}

static bool
print_code(QRcode *code, FILE *out)
{
    static const char *const blocks[] = { "█", "▀", "▄", " " }; /* bit 0: bottom dark, 1: top */
    if (code == NULL) return false;
    int end = code->width + QR_QUIET / 2;
    for (int y = -QR_QUIET / 2; y < end; y += 2) {
        for (int x = -QR_QUIET / 2; x < end; x++) {
            unsigned top = module_is_dark(code, x, y), bottom = module_is_dark(code, x, y + 1);
            fputs(blocks[2 * top + bottom], out);
        }
        fputc('\n', out);
    }
    QRcode_free(code);
    return true;
}

bool
qr_print(struct text digits, FILE *out)
{
    return print_code(qr_encode(digits), out);
}

bool
qr_print_text(const char *text, FILE *out)
{
    return print_code(QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M), out);
}
