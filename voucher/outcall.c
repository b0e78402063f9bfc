/* voucher/outcall.c: one queue, a few threads, one libcurl handle each. */
#include "voucher/outcall.h"

#include <curl/curl.h>
#include <netinet/in.h>

#include "crypto/digest.h"
#include "crypto/encode.h"
#include "voucher/reach.h"
#include "voucher/thread.h"

#define THREADS_MAX 8
#define SECRET_MAX 256

struct outcalls {
    struct outcall_settings settings;
    size_t secret_size;
    char secret[SECRET_MAX];
    size_t thread_count;
    pthread_t threads[THREADS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct mail *first, *last;
    size_t waiting; /* of them */
    bool stopping;
};

static size_t
outcall_collect(char *bytes, size_t size, size_t count, void *owner)
{
    struct outcall *call = owner;
    size_t more = size * count;
    if (more > sizeof call->answer - call->answer_size) return 0; /* libcurl gives up */
    memcpy(call->answer + call->answer_size, bytes, more);
    call->answer_size += more;
    return more;
}

/* webhook-signature: v1,base64(HMAC-SHA256(secret, id.timestamp.body)). */
static struct curl_slist *
outcall_sign(const struct outcalls *o, const struct outcall *call, struct curl_slist *fields)
{
    uint8_t random[12];
    char id[HEX_SIZE(sizeof random)], base64[BASE64_SIZE(32)], line[160], at[24];
    struct digest mac;
    o->settings.seams->random_fill(o->settings.seams->owner, random, sizeof random);
    encode_hex(random, sizeof random, id);
    int64_t now_s = o->settings.seams->wall_us(o->settings.seams->owner) / 1000000;
    (void)snprintf(at, sizeof at, "%lld", (long long)now_s);
    const struct text parts[] = { TEXT("msg_"), text_of(id), TEXT("."),
                                  text_of(at),  TEXT("."),   { call->body, call->body_size } };
    digest_hmac_sha256(&mac, (struct text){ o->secret, o->secret_size }, parts, COUNT_OF(parts));
    encode_base64(mac.bytes, sizeof mac.bytes, base64);
    (void)snprintf(line, sizeof line, "webhook-id: msg_%s", id);
    fields = curl_slist_append(fields, line);
    (void)snprintf(line, sizeof line, "webhook-timestamp: %s", at);
    fields = curl_slist_append(fields, line);
    (void)snprintf(line, sizeof line, "webhook-signature: v1,%s", base64);
    return curl_slist_append(fields, line);
}

/* What curl itself would read out of the URL, numbers such as 0x7f.1 included. */
static bool
outcall_is_literal(const char *url)
{
    char *host = NULL;
    CURLU *parts = curl_url();
    bool is_literal = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                      curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                      reach_is_literal(text_of(host));
    curl_free(host);
    curl_url_cleanup(parts);
    return is_literal;
}

/* After the name was resolved and before anything is sent: what is judged is what is used. */
static curl_socket_t
outcall_connect(void *owner, curlsocktype purpose, struct curl_sockaddr *to)
{
    const bool *is_literal = owner;
    struct address address = { .bytes = { [10] = 0xff, [11] = 0xff } };
    must(purpose == CURLSOCKTYPE_IPCXN);
    if (to->family == AF_INET) {
        memcpy(address.bytes + 12, &((const struct sockaddr_in *)&to->addr)->sin_addr, 4);
    } else if (to->family == AF_INET6) {
        memcpy(address.bytes, &((const struct sockaddr_in6 *)&to->addr)->sin6_addr, 16);
    } else {
        return CURL_SOCKET_BAD;
    }
    if (!reach_allows(&address, *is_literal)) return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* No redirects are followed (libcurl's default), and no proxy of the environment is taken: names
 * and numbers go to the host of the settings and nowhere else. */
static void
outcall_fence(CURL *curl, bool *is_literal)
{
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, outcall_connect);
    (void)curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, is_literal);
}

static void
outcall_perform(struct outcalls *o, CURL *curl, struct outcall *call)
{
    long status = 0;
    struct curl_slist *fields = curl_slist_append(NULL, "Content-Type: application/json");
    if (o->secret_size > 0) fields = outcall_sign(o, call, fields);
    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_URL, call->url);
    bool is_literal = outcall_is_literal(call->url);
    outcall_fence(curl, &is_literal);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)o->settings.timeout_ms);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)call->body_size);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, outcall_collect);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
    call->answer_size = 0;
    CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(fields);
    call->status = (int)status;
    call->fault = code == CURLE_OK ? FAULT_NONE : FAULT_UNREACHABLE;
    crypto_wipe(call->body, sizeof call->body);
}

static struct outcall *
outcall_next(struct outcalls *o)
{
    struct mail *mail = NULL;
    must(pthread_mutex_lock(&o->lock) == 0);
    while (o->first == NULL && !o->stopping) {
        must(pthread_cond_wait(&o->more, &o->lock) == 0);
    }
    if (o->first != NULL) {
        mail = o->first;
        o->first = mail->next;
        o->waiting--;
        if (o->first == NULL) o->last = NULL;
    }
    must(pthread_mutex_unlock(&o->lock) == 0);
    return mail == NULL ? NULL : MAILBOX_OF(mail, struct outcall, mail);
}

static void *
outcall_run(void *owner)
{
    struct outcalls *o = owner;
    CURL *curl = curl_easy_init();
    must_have_memory(curl != NULL);
    struct outcall *call;
    while ((call = outcall_next(o)) != NULL) {
        outcall_perform(o, curl, call);
        mailbox_put(call->reply, &call->mail);
    }
    curl_easy_cleanup(curl);
    return NULL;
}

/* As Standard Webhooks hands secrets around: "whsec_" and base64. Any other text is itself the key.
 */
static enum fault
secret_decode(struct outcalls *o)
{
    static const char prefix[] = "whsec_";
    const size_t skip = sizeof prefix - 1;
    if (o->secret_size <= skip || memcmp(o->secret, prefix, skip) != 0) return FAULT_NONE;
    char bytes[SECRET_MAX];
    size_t size;
    struct text encoded = { o->secret + skip, o->secret_size - skip };
    if (!decode_base64(encoded, bytes, sizeof bytes, &size) || size == 0) return FAULT_CONFIG;
    memcpy(o->secret, bytes, size);
    o->secret_size = size;
    crypto_wipe(bytes, sizeof bytes);
    return FAULT_NONE;
}

static enum fault
outcalls_read_secret(struct outcalls *o)
{
    if (o->settings.secret_file == NULL || o->settings.secret_file[0] == '\0') return FAULT_NONE;
    FILE *file = fopen(o->settings.secret_file, "re");
    if (file == NULL) return FAULT_CONFIG;
    o->secret_size = fread(o->secret, 1, sizeof o->secret, file);
    (void)fclose(file);
    if (o->secret_size == sizeof o->secret) return FAULT_CONFIG; /* cut, it would be another key */
    while (o->secret_size > 0 && strchr("\r\n", o->secret[o->secret_size - 1]) != NULL) {
        o->secret_size--;
    }
    return o->secret_size > 0 ? secret_decode(o) : FAULT_CONFIG;
}

enum fault
outcalls_open(struct outcalls **out, const struct outcall_settings *settings)
{
    *out = NULL;
    struct outcalls *o = calloc(1, sizeof *o);
    if (o == NULL) return FAULT_MEMORY;
    o->settings = *settings;
    must(pthread_mutex_init(&o->lock, NULL) == 0 && pthread_cond_init(&o->more, NULL) == 0);
    must(curl_global_init(CURL_GLOBAL_DEFAULT) == 0);
    enum fault fault = outcalls_read_secret(o);
    while (fault == FAULT_NONE && o->thread_count < settings->thread_count &&
           o->thread_count < THREADS_MAX) {
        fault =
            thread_start(&o->threads[o->thread_count], outcall_run, o, "outcall", o->thread_count);
        if (fault == FAULT_NONE) o->thread_count++;
    }
    if (fault != FAULT_NONE)
        outcalls_close(o);
    else
        *out = o;
    return fault;
}

bool
outcall_post(struct outcalls *o, struct outcall *call)
{
    must(call->body_size <= sizeof call->body);
    call->posted_us = o->settings.seams->monotonic_us(o->settings.seams->owner);
    call->mail.next = NULL;
    must(pthread_mutex_lock(&o->lock) == 0);
    if (o->waiting == o->settings.queue_max) {
        must(pthread_mutex_unlock(&o->lock) == 0);
        return false;
    }
    o->waiting++;
    if (o->last == NULL)
        o->first = &call->mail;
    else
        o->last->next = &call->mail;
    o->last = &call->mail;
    must(pthread_cond_signal(&o->more) == 0);
    must(pthread_mutex_unlock(&o->lock) == 0);
    return true;
}

void
outcalls_close(struct outcalls *o)
{
    if (o == NULL) return;
    must(pthread_mutex_lock(&o->lock) == 0);
    o->stopping = true;
    must(pthread_cond_broadcast(&o->more) == 0);
    must(pthread_mutex_unlock(&o->lock) == 0);
    for (size_t i = 0; i < o->thread_count; i++) {
        must(pthread_join(o->threads[i], NULL) == 0);
    }
    (void)pthread_cond_destroy(&o->more);
    (void)pthread_mutex_destroy(&o->lock);
    crypto_wipe(o->secret, sizeof o->secret);
    free(o);
}
