/* tests/fuzz_url.c: any bytes as a request target and as a host. The first byte chooses the method.
 * What is accepted leads nowhere else when it is decoded once more, and hosts are the same as
 * themselves. */
#include "voucher/http/byte.h"
#include "voucher/http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
hex_of(char c)
{
    return http_byte_is(c, HTTP_BYTE_HEX) ? (int)http_byte_hex(c) : -1;
}

/* Decoded once, as whatever is behind us may do. */
static size_t
decode(struct text from, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < from.size; i++) {
        char c = from.at[i];
        bool is_coded = c == '%' && from.size - i > 2 && hex_of(from.at[i + 1]) >= 0;
        if (is_coded && hex_of(from.at[i + 2]) >= 0) {
            c = (char)(hex_of(from.at[i + 1]) * 16 + hex_of(from.at[i + 2]));
            i += 2;
        }
        out[size++] = c;
    }
    return size;
}

static void
path_check(struct text path)
{
    char plain[4096];
    must(path.size <= sizeof plain);
    size_t size = decode(path, plain);
    must(memchr(plain, '\0', size) == NULL && memchr(path.at, '#', path.size) == NULL);
    for (size_t i = 0; i + 1 < size; i++) {
        bool begins = i == 0 || plain[i - 1] == '/' || plain[i - 1] == '\\';
        bool ends = i + 2 == size || plain[i + 2] == '/' || plain[i + 2] == '\\';
        must(!(begins && ends && plain[i] == '.' && plain[i + 1] == '.'));
    }
}

static void
target_check(enum http_method method, struct text target)
{
    struct http_request request = { .method = method, .target = target };
    if (!http_target_parse(&request)) return;
    bool is_star = text_equal(request.path, TEXT("*"));
    must(request.path.size > 0 && (request.path.at[0] == '/' || is_star));
    must(!is_star || method == HTTP_OPTIONS);
    must(request.path.size + request.query.size <= target.size + 1);
    must(request.has_query || request.query.size == 0);
    must(request.authority.size == 0 || http_host_valid(request.authority));
    path_check(request.path);
}

static void
host_check(struct text host)
{
    static const struct text port = { "80", 2 };
    if (!http_host_valid(host)) return;
    must(host.size <= 255 && memchr(host.at, '@', host.size) == NULL);
    must(http_host_same(host, host, port));
    must(!http_host_same(host, TEXT("other.example:81"), port) || host.size == 16);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 2048) return 0;
    struct text rest = { (const char *)data + 1, size - 1 };
    target_check((enum http_method)(data[0] % HTTP_METHOD_COUNT), rest);
    host_check(rest);
    return 0;
}
