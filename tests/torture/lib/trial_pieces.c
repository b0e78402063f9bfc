#include "tests/torture/lib/trial_pieces.h"

#include <dirent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/jws.h"
#include "crypto/jwt.h"
#include "crypto/keyring_store.h"
#include "crypto/seal.h"
#include "crypto/session.h"
#include "crypto/token.h"
#include "voucher/http/server.h"
#include "voucher/json.h"
#include "voucher/wire/campaign.h"

#define NOW_S 1781834400
#define TURNS_MAX 400
#define TEXT_ROOM 4096

/* Made before anything fails; read only from then on. */
static struct {
    char keys_dir[64];
    char canonical[TEXT_ROOM];
    size_t canonical_size;
    char assertion[TEXT_ROOM], forged[TEXT_ROOM];
    size_t assertion_size;
} ready;

static const char definition[] =
    "{\"name\":\"n\",\"kind\":\"shopping\",\"budget_fen\":400000,"
    "\"claim_window\":{\"from\":\"2026-06-19T10:00:00+08:00\",\"to\":\"2026-09-22T00:00:00+08:00\"}"
    ","
    "\"valid_days\":2,\"per_person_limit\":20,\"pools\":[{\"name\":\"a\",\"value_fen\":700,"
    "\"count\":90,\"stackable\":true},{\"name\":\"p\",\"value_fen\":5000,\"count\":30,\"pack\":["
    "{\"value_fen\":1000,\"count\":3},{\"value_fen\":2000,\"count\":1}]}]}";

/* The seed of nought, and the public key that it makes. */
static const char issuers_json[] =
    "[{\"iss\":\"i\",\"jwks\":{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
    "\"x\":\"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik\"},{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"kid\":\"e\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}}]";

/* A point that lies on no curve. */
static const char broken_json[] =
    "[{\"iss\":\"i\",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"y_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}}]";

static bool
write_canonical(struct campaign_rules *rules, struct json_writer *w)
{
    json_writer_grow(w, (size_t)1 << 20);
    json_write_begin_object(w);
    wire_campaign_write(w, rules);
    json_write_end_object(w);
    return json_writer_text(w).size > 0;
}

static bool
is_canonical(struct text text)
{
    if (ready.canonical_size == 0) { /* the first time, to make it */
        must(text.size <= sizeof ready.canonical);
        memcpy(ready.canonical, text.at, text.size);
        ready.canonical_size = text.size;
    }
    return text_equal(text, (struct text){ ready.canonical, ready.canonical_size });
}

static bool
read_rules(struct json_document *document)
{
    struct json_reader reader;
    struct faults faults = { 0 };
    struct campaign_rules *rules = NULL;
    struct json_writer w;
    if (!json_reader_start(&reader, document, &faults)) return false;
    if (wire_campaign_read(&reader, &rules) != FAULT_NONE) return false;
    json_reader_finish(&reader);
    must(faults_verdict(&faults) == VERDICT_OK); /* want of memory is no flaw of the sender's */
    bool written = write_canonical(rules, &w);
    if (written) must(is_canonical(json_writer_text(&w)));
    json_writer_close(&w);
    campaign_rules_free(rules);
    return written;
}

static bool
piece_json(void)
{
    struct json_document *document = NULL;
    enum fault fault = json_document_open(&document, text_of(definition), JSON_TOP_OBJECT);
    must(fault == FAULT_NONE || fault == FAULT_MEMORY);
    bool went = fault == FAULT_NONE && read_rules(document);
    json_document_close(document);
    return went;
}

static bool
verify_with(const struct jwt_issuers *issuers)
{
    const struct jwt_check check = { issuers, TEXT("huiquan"), NOW_S, 60 };
    struct jwt_claims claims;
    struct text forged = { ready.forged, ready.assertion_size };
    must(jwt_verify(&check, forged, &claims) != JWT_GOOD);
    struct text good = { ready.assertion, ready.assertion_size };
    return jwt_verify(&check, good, &claims) == JWT_GOOD;
}

static bool
piece_assertion(void)
{
    struct jwt_issuers *issuers = NULL;
    char why[JWT_WHY_SIZE];
    if (jwt_issuers_open(&issuers, text_of(issuers_json), why) != FAULT_NONE) return false;
    bool went = verify_with(issuers);
    jwt_issuers_close(issuers);
    return went;
}

static bool
use_keyring(const struct keyring *keys)
{
    uint32_t kid;
    uint8_t token[TOKEN_SIZE];
    char text[SESSION_TEXT_SIZE + 1];
    struct voucher_claims claims;
    struct session read;
    const struct ed25519_signer *signer = keyring_signer_active(keys, &kid);
    token_sign(signer, &(struct voucher_claims){ .kid = kid, .expires_s = 9 }, token);
    const struct ed25519_verifier *verifier = keyring_verifier_by_kid(keys, kid);
    bool went = verifier != NULL && token_verify(verifier, token, &claims);
    token[TOKEN_SIZE - 1] ^= 1;
    must(verifier == NULL || !token_verify(verifier, token, &claims));
    struct session session = { .audience = SESSION_RESIDENT, .expires_at_s = NOW_S + 9 };
    session_write(keys, &session, text);
    went = went && session_read(keys, text_of(text), NOW_S, &read) == SESSION_GOOD;
    text[9] ^= 1;
    must(session_read(keys, text_of(text), NOW_S, &read) != SESSION_GOOD);
    return went;
}

static bool
piece_keyring(void)
{
    struct keyring *keys = NULL;
    char why[KEYRING_WHY_SIZE];
    if (keyring_open(&keys, ready.keys_dir, why) != FAULT_NONE) return false;
    bool went = use_keyring(keys);
    keyring_close(keys);
    return went;
}

static bool
piece_seal(void)
{
    struct digest key = { { 7 } };
    uint8_t box[SEAL_SIZE(5)], plain[5];
    seal_shut(&key, TEXT("about"), TEXT("plain"), box);
    bool went = seal_open(&key, TEXT("about"), (struct text){ (char *)box, sizeof box }, plain);
    must(!went || memcmp(plain, "plain", sizeof plain) == 0);
    box[sizeof box - 1] ^= 1;
    must(!seal_open(&key, TEXT("about"), (struct text){ (char *)box, sizeof box }, plain));
    return went;
}

static void
serve(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    http_answer(exchange, 200, TEXT("X-Field: v\r\n"), exchange->request.body);
}

struct client {
    int fd;
    size_t size;
    bool is_over;
    char in[TEXT_ROOM];
};

static const char requests[] =
    "POST /a?b=c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst"
    "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecond\r\n0\r\n\r\n"
    "GET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

static bool
client_connect(struct client *c, const struct http_server *server)
{
    struct sockaddr_in where = { .sin_family = AF_INET,
                                 .sin_port = htons(http_server_port(server)) };
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *c = (struct client){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    must(c->fd >= 0);
    must(connect(c->fd, (struct sockaddr *)(void *)&where, sizeof where) == 0);
    return send(c->fd, requests, sizeof requests - 1, MSG_NOSIGNAL) == sizeof requests - 1;
}

/* Turns of the loop until the server has closed. */
static void
client_read(struct client *c, struct event_base *base)
{
    for (int turn = 0; turn < TURNS_MAX && !c->is_over; turn++) {
        (void)event_base_loop(base, EVLOOP_NONBLOCK);
        struct pollfd ready_fd = { .fd = c->fd, .events = POLLIN };
        if (poll(&ready_fd, 1, turn < 20 ? 0 : 1) <= 0) continue;
        ssize_t size = recv(c->fd, c->in + c->size, sizeof c->in - c->size, MSG_DONTWAIT);
        if (size > 0)
            c->size += (size_t)size;
        else
            c->is_over = true;
    }
}

static bool
in_order(struct text all, const char *first, const char *second)
{
    const char *a = memmem(all.at, all.size, first, strlen(first));
    const char *b = memmem(all.at, all.size, second, strlen(second));
    return a != NULL && b != NULL && a < b;
}

static bool
talk_to(struct http_server *server, struct event_base *base)
{
    struct client c;
    if (client_connect(&c, server)) client_read(&c, base);
    (void)close(c.fd);
    struct text all = { c.in, c.size };
    must(memmem(all.at, all.size, "second", 6) == NULL || in_order(all, "first", "second"));
    return c.is_over && in_order(all, "first", "second");
}

static bool
piece_http(void)
{
    struct http_handler handler = { .request = serve };
    struct http_server *server = NULL;
    int fd = -1;
    bool went = false;
    struct event_base *base = event_base_new();
    if (base == NULL) return false;
    if (http_listen_tcp(&fd, "127.0.0.1", 0) == FAULT_NONE &&
        http_server_open(&server, base, fd, &http_settings_default, &handler) == FAULT_NONE) {
        went = talk_to(server, base);
    }
    http_server_close(server);
    (void)event_base_loop(base, EVLOOP_NONBLOCK); /* what libevent puts off */
    event_base_free(base);
    return went;
}

const struct trial_piece trial_pieces[] = {
    { "allocations: a definition read and written", piece_json, 0 },
    /* OpenSSL keeps the room for the words of its last errors. */
    { "allocations: an assertion and its issuers", piece_assertion, 16 },
    { "allocations: a keyring, a token, a session", piece_keyring, 0 },
    { "allocations: a sealed box", piece_seal, 0 },
    { "allocations: three requests by HTTP", piece_http, 0 },
};
const size_t trial_piece_count = COUNT_OF(trial_pieces);

void
trial_pieces_prepare(void)
{
    struct ed25519_signer *signer;
    static const uint8_t seed[ED25519_KEY_SIZE];
    struct jwt_issuers *issuers;
    char why[KEYRING_WHY_SIZE];
    _Static_assert(KEYRING_WHY_SIZE >= JWT_WHY_SIZE, "one room for both");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)snprintf(ready.keys_dir, sizeof ready.keys_dir, "/tmp/huiquan-keys-XXXXXX");
    must(mkdtemp(ready.keys_dir) != NULL);
    must(keyring_create(ready.keys_dir, 1000, why) == FAULT_NONE);
    must(ed25519_signer_open(&signer, seed) == FAULT_NONE);
    ready.assertion_size =
        jws_sign(signer, TEXT("{\"alg\":\"EdDSA\",\"kid\":\"k\"}"),
                 TEXT("{\"iss\":\"i\",\"aud\":\"huiquan\",\"exp\":1781834500,\"name\":\"n\"}"),
                 ready.assertion, sizeof ready.assertion);
    must(ready.assertion_size > 0);
    ed25519_signer_close(signer);
    memcpy(ready.forged, ready.assertion, sizeof ready.forged);
    char *in_signature = &ready.forged[ready.assertion_size - 9];
    *in_signature = *in_signature == 'A' ? 'B' : 'A';
    must(jwt_issuers_open(&issuers, text_of(broken_json), why) == FAULT_CONFIG); /* its errors */
    for (size_t i = 0; i < trial_piece_count; i++) {
        must(trial_pieces[i].work()); /* libraries keep what they make at their first use */
    }
}

void
trial_pieces_end(void)
{
    char path[512];
    DIR *listing = opendir(ready.keys_dir);
    for (struct dirent *e; listing != NULL && (e = readdir(listing)) != NULL;) {
        (void)snprintf(path, sizeof path, "%s/%s", ready.keys_dir, e->d_name);
        if (e->d_name[0] != '.') (void)unlink(path);
    }
    if (listing != NULL) (void)closedir(listing);
    (void)rmdir(ready.keys_dir);
}
