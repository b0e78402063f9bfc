/* voucher/config_table.c: every setting is one row here; README and man page print this table. */
#include "voucher/config_table.h"

#include "voucher/civil.h"

#define ROW(name) .key = #name, .offset = offsetof(struct config, name)
#define NUMBER(name, standard, min, max, words)                                              \
    {                                                                                        \
        ROW(name), .type = SETTING_NUMBER, .fallback = #standard, .least = min, .most = max, \
                   .help = words                                                             \
    }
#define NEEDED(kind, name, standard, words)                                            \
    {                                                                                  \
        ROW(name), .type = kind, .fallback = standard, .required = true, .help = words \
    }
#define OPTION(kind, name, words)                              \
    {                                                          \
        ROW(name), .type = kind, .fallback = "", .help = words \
    }
#define SECRET(kind, name, words)                                              \
    {                                                                          \
        ROW(name), .type = kind, .fallback = "", .secret = true, .help = words \
    }
#define CHOICE(name, standard, list, words)                                                     \
    {                                                                                           \
        ROW(name), .type = SETTING_CHOICE, .fallback = standard, .choices = list, .help = words \
    }
#define GROUP(title)   \
    {                  \
        .group = title \
    }

#define DAY_S 86400
#define DAY_MS 86400000

const struct setting config_settings[] = {
    GROUP("Door"),
    NEEDED(SETTING_ADDRESS, listen, "127.0.0.1:8080",
           "where requests arrive; port 0: any free one"),
    OPTION(SETTING_ADDRESS, metrics_listen,
           "where only /metrics, /healthz and /readyz are served, in plain HTTP"),
    OPTION(SETTING_PATH, control_socket, "for the huiquan command; empty: in data_dir"),
    OPTION(SETTING_URL, public_url, "as clients see it: issuer of tokens, type of errors"),
    OPTION(SETTING_PATH, tls_cert, "PEM chain; empty: plain HTTP, behind a proxy"),
    OPTION(SETTING_PATH, tls_key, "PEM key of tls_cert"),
    OPTION(SETTING_BLOCKS, trusted_proxies, "whose X-Forwarded-For, -Proto and -Host are believed"),
    NUMBER(connections_max, 10000, 1, 1000000, "open connections, all workers together"),
    NUMBER(head_bytes_max, 8192, 1024, 65536, "request line and fields"),
    NUMBER(fields_max, 64, 8, CONFIG_FIELDS_MAX, "header fields of a request"),
    NUMBER(url_bytes_max, 2048, 128, 65536, "request target"),
    NUMBER(body_bytes_max, 16384, 1024, 1048576, "body; an import streams and has its own cap"),
    NUMBER(upload_bytes_max, 268435456, 1024, 4294967296, "a file of rows (CSV)"),
    NUMBER(upload_ms, 600000, 100, DAY_MS, "until such a file has arrived, in all"),
    NUMBER(listeners_max, 64, 1, 1024, "administrators who watch the live board at once"),
    NUMBER(head_ms, 5000, 100, DAY_MS, "until the head has arrived, in all"),
    NUMBER(body_ms, 10000, 100, DAY_MS, "until the body has arrived, in all"),
    NUMBER(idle_ms, 15000, 100, DAY_MS, "between two requests of a connection"),
    NUMBER(drain_ms, 1000, 0, 60000, "reading on after a refusal, so that the peer sees it"),
    NUMBER(write_ms, 10000, 100, DAY_MS, "until an answer has left, in all"),

    GROUP("Ledger and threads"),
    NEEDED(SETTING_PATH, data_dir, "/var/lib/huiquan", "database and control socket"),
    OPTION(SETTING_PATH, key_dir, "signing keys and peppers; empty: keys in data_dir"),
    NUMBER(reserve_mib, 64, 0, 65536, "kept free on disk for redemptions when claims fill it"),
    NUMBER(workers, 0, 0, CONFIG_WORKERS_MAX, "event loops; 0: one for each core"),
    NUMBER(daemons, 1, 1, 1024, "daemons of the city, which share a campaign's rate without Redis"),
    NUMBER(batch_max, 1024, 1, 65536, "operations that share one fsync"),
    NUMBER(queue_max, 16384, 1, 1048576, "operations that may wait for the ledger"),
    NUMBER(drain_s, 20, 0, 3600, "after SIGTERM, until open requests are cut"),
    OPTION(SETTING_PATH, witness,
           "signed checkpoints of the journal, on another disk than data_dir; empty: none"),
    OPTION(SETTING_URL, witness_url, "where each of them is also posted, signed as a webhook"),
    NUMBER(witness_ms, 1000, 10, DAY_MS, "between two of them, while the journal grows"),
    OPTION(SETTING_NAME, run_as, "the user that root becomes before it opens anything"),
    CHOICE(sandbox, "on", "off|on", "only the system calls that serving needs (seccomp)"),

    GROUP("Rate limits"),
    OPTION(SETTING_PEER, redis, "host:port or a socket's path; empty: none, local limits only"),
    OPTION(SETTING_PATH, redis_password_file, "first line: the password; empty: none"),
    NUMBER(redis_timeout_ms, 20, 1, 10000, "an answer later than this counts as none"),
    NUMBER(address_per_min, 0, 0, 1000000, "requests of one client address; 0: no limit"),
    NUMBER(short_code_misses_per_min, 10, 1, 1000, "short codes a terminal may mistype"),

    GROUP("Sessions"),
    OPTION(SETTING_PATH, issuers_file, "JSON: trusted issuers of assertions and their keys"),
    SECRET(SETTING_URL, sms_webhook_url, "takes one-time codes; empty: no login by code"),
    SECRET(SETTING_URL, identity_check_url, "asked whether name and ID number belong together"),
    OPTION(SETTING_PATH, webhook_secret_file,
           "signs webhooks (Standard Webhooks): whsec_ and base64, or any text"),
    NUMBER(webhook_timeout_ms, 5000, 100, 60000, "a webhook's answer"),
    NUMBER(session_s, 43200, 60, 2592000, "life of a session"),
    NUMBER(admin_session_s, 28800, 300, DAY_S, "life of an administrator's session at the page"),
    NUMBER(login_tries, 5, 1, 100, "wrong passwords or codes until a login is locked"),
    NUMBER(login_lock_s, 900, 1, DAY_S, "how long it stays locked"),
    NUMBER(otp_s, 300, 30, 3600, "life of a one-time code"),
    NUMBER(otp_tries, 5, 1, 100, "guesses at one code"),
    NUMBER(otp_interval_s, 60, 0, 3600, "between two codes to one number"),

    GROUP("Vouchers"),
    NEEDED(SETTING_ZONE, timezone, "Asia/Shanghai", "of campaigns that name none"),
    CHOICE(language, "zh", "zh|en", "of answers when the client asks for none"),
    NUMBER(hold_s, 900, 1, DAY_S, "a hold lapses after this"),
    NUMBER(signature_window_s, 300, 1, DAY_S, "a terminal's clock may be off by this"),
    NUMBER(reverse_window_s, 86400, 60, 2592000, "a redemption can be reversed for this long"),

    GROUP("Log"),
    CHOICE(log_level, "info", "debug|info|warn|error", "the least that is written"),
};
const size_t config_setting_count = COUNT_OF(config_settings);

static char *
text_of_setting(struct config *c, const struct setting *s)
{
    return (char *)c + s->offset;
}

static const char *
text_of_setting_const(const struct config *c, const struct setting *s)
{
    return (const char *)c + s->offset;
}

static bool
key_equals(const char *key, struct text asked)
{
    if (strlen(key) != asked.size) return false;
    for (size_t i = 0; i < asked.size; i++) {
        const char c = asked.at[i] == '-' ? '_' : asked.at[i];
        if (c != key[i]) return false;
    }
    return true;
}

const struct setting *
setting_find(struct text key)
{
    for (size_t i = 0; i < config_setting_count; i++) {
        const struct setting *s = &config_settings[i];
        if (s->key != NULL && key_equals(s->key, key)) return s;
    }
    return NULL;
}

/* Digits only: no sign, no blank, no leading zero that another reader might take for octal. */
static bool
read_number(struct text value, int64_t *out)
{
    int64_t number = 0;
    if (value.size == 0 || value.size > 18) return false;
    if (value.size > 1 && value.at[0] == '0') return false;
    for (size_t i = 0; i < value.size; i++) {
        if (value.at[i] < '0' || value.at[i] > '9') return false;
        number = number * 10 + (value.at[i] - '0');
    }
    *out = number;
    return true;
}

static bool
setting_read_number(struct config *c, const struct setting *s, struct text value)
{
    int64_t number;
    if (!read_number(value, &number) || number < s->least || number > s->most) return false;
    memcpy((char *)c + s->offset, &number, sizeof number);
    return true;
}

/* The next word of a list, which shrinks by it; false at its end. */
static bool
next_word(struct text *list, char separator, struct text *word)
{
    if (list->at == NULL) return false;
    const char *end = memchr(list->at, separator, list->size);
    word->at = list->at;
    word->size = end ? (size_t)(end - list->at) : list->size;
    list->size -= end ? word->size + 1 : word->size;
    list->at = end ? end + 1 : NULL;
    return true;
}

_Static_assert(sizeof(enum language) == sizeof(int) && sizeof(enum log_level) == sizeof(int),
               "a choice is stored as an int");

static bool
setting_read_choice(struct config *c, const struct setting *s, struct text value)
{
    struct text list = text_of(s->choices);
    struct text word;
    for (int place = 0; next_word(&list, '|', &word); place++) {
        if (!text_equal(word, value)) continue;
        memcpy((char *)c + s->offset, &place, sizeof place);
        return true;
    }
    return false;
}

static bool
is_printable(struct text value)
{
    for (size_t i = 0; i < value.size; i++) {
        const unsigned char byte = (unsigned char)value.at[i];
        if (byte < ' ' || byte == 0x7f) return false;
    }
    return true;
}

static bool
is_host_name(struct text host)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    if (host.size == 0 || host.size > 253) return false;
    for (size_t i = 0; i < host.size; i++) {
        if (memchr(allowed, host.at[i], sizeof allowed - 1) == NULL) return false;
    }
    return true;
}

/* host:port, a.b.c.d:port or [v6]:port */
static bool
is_address(struct text value)
{
    size_t colon = value.size;
    int64_t port;
    while (colon > 0 && value.at[colon - 1] != ':')
        colon--;
    if (colon == 0) return false;
    struct text host = { value.at, colon - 1 };
    struct text digits = { value.at + colon, value.size - colon };
    if (!read_number(digits, &port) || port > 65535) return false;
    if (host.size < 2 || host.at[0] != '[') return is_host_name(host);
    struct address ignored;
    return host.at[host.size - 1] == ']' &&
           address_read((struct text){ host.at + 1, host.size - 2 }, &ignored);
}

static bool
starts_with(struct text value, struct text start)
{
    return value.size > start.size && memcmp(value.at, start.at, start.size) == 0;
}

/* Of RFC 3986's alphabet: what is printed into headers and JSON needs no other care then. */
static bool
is_url(struct text value)
{
    for (size_t i = 0; i < value.size; i++) {
        const char c = value.at[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    const bool has_scheme =
        starts_with(value, TEXT("http://")) || starts_with(value, TEXT("https://"));
    return has_scheme && value.at[value.size - 1] != '/';
}

static struct text
trim(struct text value)
{
    while (value.size > 0 && value.at[0] == ' ')
        value = (struct text){ value.at + 1, value.size - 1 };
    while (value.size > 0 && value.at[value.size - 1] == ' ')
        value.size--;
    return value;
}

static bool
setting_read_blocks(struct config *c, struct text value)
{
    struct cidr blocks[CONFIG_PROXIES_MAX];
    struct text list = value;
    struct text word;
    size_t count = 0;
    while (value.size > 0 && next_word(&list, ',', &word)) {
        if (count == COUNT_OF(blocks) || !cidr_read(trim(word), &blocks[count])) return false;
        count++;
    }
    memcpy(c->proxies, blocks, count * sizeof blocks[0]);
    c->proxy_count = count;
    return true;
}

static bool
text_fits(const struct setting *s, struct text value)
{
    int32_t offset_s;
    switch (s->type) {
    case SETTING_ZONE: return civil_zone_offset(value, &offset_s);
    case SETTING_NAME:
    case SETTING_PATH: return is_printable(value);
    case SETTING_ADDRESS: return is_address(value);
    case SETTING_PEER: return value.at[0] == '/' ? is_printable(value) : is_address(value);
    case SETTING_URL: return is_url(value);
    case SETTING_BLOCKS: return is_printable(value);
    default: return false; /* not texts; setting_read() never asks */
    }
}

bool
setting_read(struct config *c, const struct setting *s, struct text value)
{
    must(s->key != NULL);
    if (s->type == SETTING_NUMBER) return setting_read_number(c, s, value);
    if (s->type == SETTING_CHOICE) return setting_read_choice(c, s, value);
    if (value.size >= CONFIG_TEXT_SIZE) return false;
    if (value.size > 0 ? !text_fits(s, value) : s->required) return false;
    if (s->type == SETTING_BLOCKS && !setting_read_blocks(c, value)) return false;
    char *out = text_of_setting(c, s);
    if (value.size > 0) memcpy(out, value.at, value.size);
    out[value.size] = '\0';
    return true;
}

bool
setting_is_empty(const struct config *c, const struct setting *s)
{
    if (s->type == SETTING_NUMBER || s->type == SETTING_CHOICE) return false;
    return text_of_setting_const(c, s)[0] == '\0';
}

static void
setting_write_choice(const struct setting *s, int place, FILE *out)
{
    struct text list = text_of(s->choices);
    struct text word = { 0 };
    for (int i = 0; i <= place; i++)
        must(next_word(&list, '|', &word));
    fwrite(word.at, 1, word.size, out);
}

void
setting_write(const struct config *c, const struct setting *s, FILE *out)
{
    const char *from = text_of_setting_const(c, s);
    int64_t number;
    int place;
    must(!s->secret);
    if (s->type == SETTING_NUMBER) {
        memcpy(&number, from, sizeof number);
        fprintf(out, "%lld", (long long)number);
    } else if (s->type == SETTING_CHOICE) {
        memcpy(&place, from, sizeof place);
        setting_write_choice(s, place, out);
    } else {
        fputs(from, out);
    }
}

void
setting_write_range(const struct setting *s, FILE *out)
{
    static const char *const words[] = {
        [SETTING_ZONE] = "a timezone such as Asia/Shanghai",
        [SETTING_PATH] = "a path",
        [SETTING_NAME] = "a user's name",
        [SETTING_ADDRESS] = "host:port or [IPv6]:port",
        [SETTING_PEER] = "host:port, [IPv6]:port or the absolute path of a socket",
        [SETTING_URL] = "http:// or https:// in ASCII, without a slash at its end",
        [SETTING_BLOCKS] = "addresses or blocks such as 10.0.0.0/8 with commas between, at most 32",
    };
    if (s->type == SETTING_NUMBER) {
        fprintf(out, "a number from %lld to %lld", (long long)s->least, (long long)s->most);
    } else if (s->type == SETTING_CHOICE) {
        fprintf(out, "one of %s", s->choices);
    } else {
        fprintf(out, "%s%s", words[s->type], s->required ? "" : ", or nothing");
    }
}
