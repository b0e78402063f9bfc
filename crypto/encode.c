/* crypto/encode.c: see encode.h. Secrets pass here too, as indexes into tables of a few cache
 * lines: what a peer sends or is sent, and private keys once, when they are read. */
#include "crypto/encode.h"

static const char base64_alphabet[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_alphabet[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char crockford_alphabet[33] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char hex_alphabet[17] = "0123456789abcdef";

/* Returns the size without padding; out gets no NUL. */
static size_t
write_sextets(const uint8_t *bytes, size_t byte_count, const char alphabet[65], char *out)
{
    size_t size = 0;
    uint32_t held = 0;
    unsigned held_bits = 0;
    for (size_t i = 0; i < byte_count; i++) {
        held = (held << 8 | bytes[i]) & 0xffff;
        held_bits += 8;
        for (; held_bits >= 6; held_bits -= 6)
            out[size++] = alphabet[held >> (held_bits - 6) & 63];
    }
    if (held_bits > 0) out[size++] = alphabet[held << (6 - held_bits) & 63];
    return size;
}

size_t
encode_base64url(const void *bytes, size_t byte_count, char *out)
{
    must(bytes != NULL || byte_count == 0);
    const size_t size = write_sextets(bytes, byte_count, base64url_alphabet, out);
    out[size] = '\0';
    must(size + 1 == BASE64URL_SIZE(byte_count));
    return size;
}

size_t
encode_base64(const void *bytes, size_t byte_count, char *out)
{
    must(bytes != NULL || byte_count == 0);
    size_t size = write_sextets(bytes, byte_count, base64_alphabet, out);
    for (; size % 4 != 0; size++)
        out[size] = '=';
    out[size] = '\0';
    must(size + 1 == BASE64_SIZE(byte_count));
    return size;
}

/* A sextet and one more; 0 for what is in no alphabet. */
#define SEXTETS_OF_BOTH                                                                            \
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,        \
    ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, \
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23,            \
    ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,            \
    ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,            \
    ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44,            \
    ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51,            \
    ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58,            \
    ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62
static const uint8_t sextets[256] = { SEXTETS_OF_BOTH, ['+'] = 63, ['/'] = 64 };
static const uint8_t url_sextets[256] = { SEXTETS_OF_BOTH, ['-'] = 63, ['_'] = 64 };

/* The bytes that so many characters stand for; false when no bytes give that many. */
static bool
sextets_to_bytes(size_t size, size_t *out_count)
{
    if (size % 4 == 1) return false;
    *out_count = size / 4 * 3 + (size % 4 == 0 ? 0 : size % 4 - 1);
    return true;
}

static bool
sextets_are_sound(struct text text, const uint8_t table[256])
{
    bool sound = true;
    for (size_t i = 0; i < text.size; i++) {
        sound &= table[(uint8_t)text.at[i]] != 0;
    }
    if (!sound || text.size == 0) return sound;
    const int last = table[(uint8_t)text.at[text.size - 1]] - 1;
    const int spare_bits = text.size % 4 == 2 ? 4 : text.size % 4 == 3 ? 2 : 0;
    return (last & ((1 << spare_bits) - 1)) == 0;
}

/* Two passes, so that a refusal leaves out as it was. */
static bool
read_sextets(struct text text, const uint8_t table[256], uint8_t *out, size_t room,
             size_t *out_size)
{
    size_t count = 0;
    if (!sextets_to_bytes(text.size, &count) || count > room) return false;
    if (!sextets_are_sound(text, table)) return false;
    for (size_t i = 0, size = 0; i < text.size; i += 4, size += 3) {
        uint32_t held = 0;
        for (size_t k = i; k < i + 4; k++) {
            held = held << 6 | (k < text.size ? table[(uint8_t)text.at[k]] - 1U : 0);
        }
        for (size_t k = 0; k < 3 && size + k < count; k++) {
            out[size + k] = (uint8_t)(held >> (16 - 8 * k));
        }
    }
    *out_size = count;
    return true;
}

bool
decode_base64url(struct text text, void *out, size_t room, size_t *out_size)
{
    must(text.at != NULL || text.size == 0);
    return read_sextets(text, url_sextets, out, room, out_size);
}

bool
decode_base64(struct text text, void *out, size_t room, size_t *out_size)
{
    must(text.at != NULL || text.size == 0);
    if (text.size % 4 != 0) return false;
    size_t padding = 0;
    while (padding < 2 && padding < text.size && text.at[text.size - padding - 1] == '=')
        padding++;
    text.size -= padding;
    return read_sextets(text, sextets, out, room, out_size);
}

bool
decode_base64url_exact(struct text text, void *out, size_t byte_count)
{
    size_t size = 0;
    if (text.size + 1 != BASE64URL_SIZE(byte_count)) return false;
    return decode_base64url(text, out, byte_count, &size);
}

size_t
encode_hex(const void *bytes, size_t byte_count, char *out)
{
    must(bytes != NULL || byte_count == 0);
    const uint8_t *from = bytes;
    for (size_t i = 0; i < byte_count; i++) {
        out[2 * i] = hex_alphabet[from[i] >> 4];
        out[2 * i + 1] = hex_alphabet[from[i] & 15];
    }
    out[2 * byte_count] = '\0';
    return 2 * byte_count;
}

static int
nibble_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
decode_hex(struct text text, void *out, size_t byte_count)
{
    must(text.at != NULL || text.size == 0);
    if (text.size != 2 * byte_count) return false;
    for (size_t i = 0; i < text.size; i++) {
        if (nibble_of(text.at[i]) < 0) return false;
    }
    uint8_t *to = out;
    for (size_t i = 0; i < byte_count; i++)
        to[i] = (uint8_t)(nibble_of(text.at[2 * i]) << 4 | nibble_of(text.at[2 * i + 1]));
    return true;
}

/* 130 bits of text for 128 bits: the stream begins with two zero bits. */
void
encode_crockford(const struct uuid *id, char out[CROCKFORD_SIZE])
{
    must(id != NULL);
    uint32_t held = 0;
    unsigned held_bits = 2;
    size_t size = 0;
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        held = (held << 8 | id->bytes[i]) & 0xffff;
        held_bits += 8;
        for (; held_bits >= 5; held_bits -= 5)
            out[size++] = crockford_alphabet[held >> (held_bits - 5) & 31];
    }
    must(size == CROCKFORD_SIZE - 1 && held_bits == 0);
    out[size] = '\0';
}

/* 0 to 31, or -1: upper case only, and none of the letters that Crockford lets stand for digits. */
static int
quintet_of(char c)
{
    if (c == '\0') return -1;
    const char *at = strchr(crockford_alphabet, c);
    return at == NULL ? -1 : (int)(at - crockford_alphabet);
}

bool
decode_crockford(struct text text, struct uuid *out)
{
    must(text.at != NULL || text.size == 0);
    if (text.size != CROCKFORD_SIZE - 1 || text.at[0] > '7') return false;
    struct uuid id;
    uint32_t held = 0;
    unsigned held_bits = 0;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        const int quintet = quintet_of(text.at[i]);
        if (quintet < 0) return false;
        held = (held << 5 | (uint32_t)quintet) & 0xffff;
        held_bits += i == 0 ? 3 : 5;
        if (held_bits < 8) continue;
        held_bits -= 8;
        id.bytes[size++] = (uint8_t)(held >> held_bits);
    }
    must(size == sizeof id.bytes && held_bits == 0);
    *out = id;
    return true;
}
