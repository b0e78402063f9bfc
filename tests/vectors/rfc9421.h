/* RFC 9421 appendix B: keys B.1.4 and B.1.5, cases B.2.4 to B.2.6 and the transformations of B.4.
 * Signature bases have LF between lines and none at the end. B.2.4 is signed with ECDSA, which no
 * till uses: only its base is compared. */
#ifndef HUIQUAN_TESTS_VECTORS_RFC9421_H
#define HUIQUAN_TESTS_VECTORS_RFC9421_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static const uint8_t rfc9421_ed25519_seed[32] = { 0x9f, 0x83, 0x62, 0xf8, 0x7a, 0x48, 0x4a, 0x95,
                                                  0x4e, 0x6e, 0x74, 0x0c, 0x5b, 0x4c, 0x0e, 0x84,
                                                  0x22, 0x91, 0x39, 0xa2, 0x0a, 0xa8, 0xab, 0x56,
                                                  0xff, 0x66, 0x58, 0x6f, 0x6a, 0x7d, 0x29, 0xc5 };
static const uint8_t rfc9421_ed25519_public[32] = {
    0x26, 0xb4, 0x0b, 0x8f, 0x93, 0xff, 0xf3, 0xd8, 0x97, 0x11, 0x2f, 0x7e, 0xbc, 0x58, 0x2b, 0x23,
    0x2d, 0xbd, 0x72, 0x51, 0x7d, 0x08, 0x2f, 0xe8, 0x3c, 0xfb, 0x30, 0xdd, 0xce, 0x43, 0xd1, 0xbb
};
static const uint8_t rfc9421_secret[64] = {
    0xbb, 0x3b, 0xc9, 0x7c, 0x1e, 0x2e, 0xdc, 0xdd, 0x09, 0xcb, 0x84, 0xfb, 0x35, 0x9e, 0xf9, 0x30,
    0x35, 0x5c, 0xaf, 0xcc, 0xd2, 0x4c, 0x89, 0xde, 0x74, 0x9b, 0x64, 0x81, 0xcb, 0xb8, 0xe9, 0x85,
    0xb8, 0x5c, 0x1c, 0xb3, 0x34, 0x98, 0xf1, 0x05, 0xdb, 0x63, 0x52, 0x47, 0x49, 0x3c, 0x1b, 0x5b,
    0x98, 0x78, 0x48, 0x0e, 0x2e, 0xa9, 0x72, 0x5f, 0x23, 0xb1, 0xab, 0x23, 0x95, 0x33, 0x2d, 0x0d
};

#define RFC9421_FIELDS_MAX 6

struct rfc9421_case {
    const char *name;
    const char *label, *signature_input, *signature, *base;
    enum { RFC9421_ED25519, RFC9421_HMAC, RFC9421_BASE_ONLY } key;
    bool is_valid;
    int status; /* 0: a request */
    const char *method, *scheme, *target, *path, *query; /* query with its "?" */
    const char *fields[RFC9421_FIELDS_MAX][2];
};

static const struct rfc9421_case rfc9421_cases[] = {
    { .name = "B.2.4 response, ecdsa-p256-sha256",
      .label = "sig-b24",
      .signature_input = "sig-b24=(\"@status\" \"content-type\" \"content-digest\" "
                         "\"content-length\");created=1618884473;keyid=\"test-key-ecc-p256\"",
      .signature =
          "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+"
          "32oiasw==:",
      .base =
          "\"@status\": 200\n\"content-type\": application/json\n\"content-digest\": "
          "sha-512=:"
          "mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ=="
          ":\n\"content-length\": 23\n\"@signature-params\": (\"@status\" \"content-type\" "
          "\"content-digest\" \"content-length\");created=1618884473;keyid=\"test-key-ecc-p256\"",
      .key = RFC9421_BASE_ONLY,
      .is_valid = true,
      .status = 200,
      .fields = { { "Date", "Tue, 20 Apr 2021 02:07:56 GMT" },
                  { "Content-Type", "application/json" },
                  { "Content-Digest", "sha-512=:"
                                      "mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX6"
                                      "9wWdXymyU0rjJuahq4l5aGgfLQ==:" },
                  { "Content-Length", "23" } } },
    { .name = "B.2.5 request, hmac-sha256",
      .label = "sig-b25",
      .signature_input = "sig-b25=(\"date\" \"@authority\" "
                         "\"content-type\");created=1618884473;keyid=\"test-shared-secret\"",
      .signature = "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
      .base = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@authority\": "
              "example.com\n\"content-type\": application/json\n\"@signature-params\": (\"date\" "
              "\"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"",
      .key = RFC9421_HMAC,
      .is_valid = true,
      .method = "POST",
      .scheme = "https",
      .target = "/foo?param=Value&Pet=dog",
      .path = "/foo",
      .query = "?param=Value&Pet=dog",
      .fields = { { "Host", "example.com" },
                  { "Date", "Tue, 20 Apr 2021 02:07:55 GMT" },
                  { "Content-Type", "application/json" },
                  { "Content-Digest", "sha-512=:WZDPaVn/"
                                      "7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+"
                                      "AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:" },
                  { "Content-Length", "18" } } },
    { .name = "B.2.6 request, ed25519",
      .label = "sig-b26",
      .signature_input = "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" "
                         "\"content-length\");created=1618884473;keyid=\"test-key-ed25519\"",
      .signature = "sig-b26=:"
                   "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5W"
                   "PpBKRCw==:",
      .base = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": "
              "/foo\n\"@authority\": example.com\n\"content-type\": "
              "application/json\n\"content-length\": 18\n\"@signature-params\": (\"date\" "
              "\"@method\" \"@path\" \"@authority\" \"content-type\" "
              "\"content-length\");created=1618884473;keyid=\"test-key-ed25519\"",
      .key = RFC9421_ED25519,
      .is_valid = true,
      .method = "POST",
      .scheme = "https",
      .target = "/foo?param=Value&Pet=dog",
      .path = "/foo",
      .query = "?param=Value&Pet=dog",
      .fields = { { "Host", "example.com" },
                  { "Date", "Tue, 20 Apr 2021 02:07:55 GMT" },
                  { "Content-Type", "application/json" },
                  { "Content-Digest", "sha-512=:WZDPaVn/"
                                      "7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+"
                                      "AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:" },
                  { "Content-Length", "18" } } },
    { .name = "B.4 original",
      .label = "transform",
      .signature_input = "transform=(\"@method\" \"@path\" \"@authority\" "
                         "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .signature = "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/"
                   "LXlh5QMFFQ6cpLt2m0pmj3NDA==:",
      .base = "\"@method\": GET\n\"@path\": /demo\n\"@authority\": example.org\n\"accept\": "
              "application/json, */*\n\"@signature-params\": (\"@method\" \"@path\" \"@authority\" "
              "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .key = RFC9421_ED25519,
      .is_valid = true,
      .method = "GET",
      .scheme = "https",
      .target = "/demo?name1=Value1&Name2=value2",
      .path = "/demo",
      .query = "?name1=Value1&Name2=value2",
      .fields = { { "Host", "example.org" },
                  { "Date", "Fri, 15 Jul 2022 14:24:55 GMT" },
                  { "Accept", "application/json" },
                  { "Accept", "*/*" } } },
    { .name = "B.4 added field and query parameter",
      .label = "transform",
      .signature_input = "transform=(\"@method\" \"@path\" \"@authority\" "
                         "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .signature = "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/"
                   "LXlh5QMFFQ6cpLt2m0pmj3NDA==:",
      .base = "\"@method\": GET\n\"@path\": /demo\n\"@authority\": example.org\n\"accept\": "
              "application/json, */*\n\"@signature-params\": (\"@method\" \"@path\" \"@authority\" "
              "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .key = RFC9421_ED25519,
      .is_valid = true,
      .method = "GET",
      .scheme = "https",
      .target = "/demo?name1=Value1&Name2=value2&param=added",
      .path = "/demo",
      .query = "?name1=Value1&Name2=value2&param=added",
      .fields = { { "Host", "example.org" },
                  { "Date", "Fri, 15 Jul 2022 14:24:55 GMT" },
                  { "Accept", "application/json" },
                  { "Accept", "*/*" },
                  { "Accept-Language", "en-US,en;q=0.5" } } },
    { .name = "B.4 removed Date, added Referer, combined Accept",
      .label = "transform",
      .signature_input = "transform=(\"@method\" \"@path\" \"@authority\" "
                         "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .signature = "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/"
                   "LXlh5QMFFQ6cpLt2m0pmj3NDA==:",
      .base = "\"@method\": GET\n\"@path\": /demo\n\"@authority\": example.org\n\"accept\": "
              "application/json, */*\n\"@signature-params\": (\"@method\" \"@path\" \"@authority\" "
              "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .key = RFC9421_ED25519,
      .is_valid = true,
      .method = "GET",
      .scheme = "https",
      .target = "/demo?name1=Value1&Name2=value2",
      .path = "/demo",
      .query = "?name1=Value1&Name2=value2",
      .fields = { { "Host", "example.org" },
                  { "Referer", "https://developer.example.org/demo" },
                  { "Accept", "application/json, */*" } } },
    { .name = "B.4 reordered fields",
      .label = "transform",
      .signature_input = "transform=(\"@method\" \"@path\" \"@authority\" "
                         "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .signature = "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/"
                   "LXlh5QMFFQ6cpLt2m0pmj3NDA==:",
      .base = "\"@method\": GET\n\"@path\": /demo\n\"@authority\": example.org\n\"accept\": "
              "application/json, */*\n\"@signature-params\": (\"@method\" \"@path\" \"@authority\" "
              "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .key = RFC9421_ED25519,
      .is_valid = true,
      .method = "GET",
      .scheme = "https",
      .target = "/demo?name1=Value1&Name2=value2",
      .path = "/demo",
      .query = "?name1=Value1&Name2=value2",
      .fields = { { "Accept", "application/json" },
                  { "Accept", "*/*" },
                  { "Date", "Fri, 15 Jul 2022 14:24:55 GMT" },
                  { "Host", "example.org" } } },
    { .name = "B.4 changed method and authority",
      .label = "transform",
      .signature_input = "transform=(\"@method\" \"@path\" \"@authority\" "
                         "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .signature = "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/"
                   "LXlh5QMFFQ6cpLt2m0pmj3NDA==:",
      .base = "\"@method\": POST\n\"@path\": /demo\n\"@authority\": example.com\n\"accept\": "
              "application/json, */*\n\"@signature-params\": (\"@method\" \"@path\" \"@authority\" "
              "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .key = RFC9421_ED25519,
      .is_valid = false,
      .method = "POST",
      .scheme = "https",
      .target = "/demo?name1=Value1&Name2=value2",
      .path = "/demo",
      .query = "?name1=Value1&Name2=value2",
      .fields = { { "Host", "example.com" },
                  { "Date", "Fri, 15 Jul 2022 14:24:55 GMT" },
                  { "Accept", "application/json" },
                  { "Accept", "*/*" } } },
    { .name = "B.4 reordered values of one field",
      .label = "transform",
      .signature_input = "transform=(\"@method\" \"@path\" \"@authority\" "
                         "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .signature = "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/"
                   "LXlh5QMFFQ6cpLt2m0pmj3NDA==:",
      .base = "\"@method\": GET\n\"@path\": /demo\n\"@authority\": example.org\n\"accept\": */*, "
              "application/json\n\"@signature-params\": (\"@method\" \"@path\" \"@authority\" "
              "\"accept\");created=1618884473;keyid=\"test-key-ed25519\"",
      .key = RFC9421_ED25519,
      .is_valid = false,
      .method = "GET",
      .scheme = "https",
      .target = "/demo?name1=Value1&Name2=value2",
      .path = "/demo",
      .query = "?name1=Value1&Name2=value2",
      .fields = { { "Host", "example.org" },
                  { "Date", "Fri, 15 Jul 2022 14:24:55 GMT" },
                  { "Accept", "*/*" },
                  { "Accept", "application/json" } } },
};

#endif
