/* voucher/main.c: huiquand. Reads the settings, opens what all share, starts the workers, waits for
 * signals: SIGTERM and SIGINT drain, SIGHUP reads keys, issuers and the certificate again. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "voucher/book/op.h"
#include "voucher/civil.h"
#include "voucher/confine.h"
#include "voucher/fault_words.h"
#include "voucher/figures.h"
#include "voucher/keymark.h"
#include "voucher/standing.h"
#include "voucher/witness.h"
#include "voucher/worker.h"

#define DESCRIPTORS_SPARE 128 /* database, log, webhooks, what a reload opens */
#define DESCRIPTORS_OF_WORKER 80 /* its loop, its reader, and connections that get a 503 */
#define OUTCALLS_WAITING_MAX 1024 /* each holds a call; more is 503 */

extern char **environ;

struct daemon {
    struct config config;
    struct service service;
    size_t worker_count;
    struct worker *workers[CONFIG_WORKERS_MAX];
    struct http_tls *tls;
    uint16_t port; /* where the workers listen */
    bool is_confined;
    struct secrets *jobs_secrets;
    struct witness *witness;
    struct figures figures;
};

static int64_t
clock_us(clockid_t clock)
{
    struct timespec now;
    must(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t
seam_wall(void *owner)
{
    (void)owner;
    return clock_us(CLOCK_REALTIME);
}

static int64_t
seam_monotonic(void *owner)
{
    (void)owner;
    return clock_us(CLOCK_MONOTONIC);
}

static void
seam_random(void *owner, void *out, size_t size)
{
    (void)owner;
    crypto_random_fill(out, size);
}

static int
complain(const char *what, const char *why)
{
    fprintf(stderr, "huiquand: %s: %s\n", what, why);
    return 1;
}

static bool
complain_fault(const char *what, enum fault fault)
{
    if (fault != FAULT_NONE) (void)complain(what, fault_words(fault));
    return fault == FAULT_NONE;
}

/* A directory of our own; made when it is missing. */
static bool
directory_ready(const char *path)
{
    struct stat st;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) return false;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
split_address(const char *text, char *host, size_t room, uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= room) return false;
    const char *begin = text;
    size_t size = (size_t)(colon - text);
    if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
        begin++;
        size -= 2;
    }
    memcpy(host, begin, size);
    host[size] = '\0';
    unsigned long number = strtoul(colon + 1, NULL, 10);
    *port = (uint16_t)number;
    return number <= 65535;
}

/* A port of 0 is settled by the first socket, and the others join it there. -1: it has complained.
 */
static int
listen_on(const char *key, const char *address, uint16_t *settled)
{
    char host[64];
    uint16_t port;
    int fd = -1;
    bool is_first = *settled == 0;
    if (!split_address(address, host, sizeof host, &port)) {
        (void)complain(key, "not an address");
    } else if (is_first && http_listen_is_taken(host, port)) {
        (void)complain(address, "somebody listens there already");
    } else if (http_listen_tcp(&fd, host, is_first ? port : *settled) != FAULT_NONE) {
        (void)complain(address, "cannot listen there; it must be an address of this machine");
    }
    if (fd >= 0) *settled = http_listen_port(fd);
    return fd;
}

static bool
read_password(struct daemon *d)
{
    const char *path = d->config.redis_password_file;
    if (path[0] == '\0') return true;
    FILE *file = fopen(path, "re");
    if (file == NULL) return false;
    size_t size = fread(d->service.redis_password, 1, sizeof d->service.redis_password - 1, file);
    (void)fclose(file);
    while (size > 0 && d->service.redis_password[size - 1] == '\n') {
        size--;
    }
    d->service.redis_password[size] = '\0';
    return size > 0;
}

static enum fault
open_clerk(struct daemon *d)
{
    const struct config *c = &d->config;
    struct clerk_settings settings = {
        .ledger = { .data_dir = c->data_dir, .reserve_mib = c->reserve_mib, .busy_ms_max = 5000 },
        .book = { .hold_s = c->hold_s,
                  .reverse_window_s = c->reverse_window_s,
                  .enrollment_s = 86400,
                  .otp_s = c->otp_s,
                  .otp_interval_s = c->otp_interval_s,
                  .otp_tries = c->otp_tries,
                  .short_code_misses_per_min = c->short_code_misses_per_min,
                  .admin_session_s = c->admin_session_s,
                  .login_tries = c->login_tries,
                  .login_lock_s = c->login_lock_s,
                  .offset_s = d->service.offset_s },
        .batch_max = c->batch_max,
        .queue_max = c->queue_max,
        .seams = &d->service.seams,
        .metrics = metrics_block(d->service.metrics, d->worker_count),
    };
    return clerk_open(&d->service.clerk, &settings);
}

static struct witness_settings
witness_settings_of(struct daemon *d)
{
    return (struct witness_settings){ .path = d->config.witness,
                                      .data_dir = d->config.data_dir,
                                      .every_ms = d->config.witness_ms,
                                      .push_url = d->config.witness_url,
                                      .push_secret_file = d->config.webhook_secret_file,
                                      .push_ms = d->config.webhook_timeout_ms,
                                      .seams = &d->service.seams,
                                      .keyring = d->jobs_secrets->keyring,
                                      .log = &d->service.log };
}

/* The ledger, once it is seen to hold all that was witnessed. */
static bool
open_books(struct daemon *d)
{
    char why[WITNESS_WHY_SIZE] = "";
    const struct witness_settings settings = witness_settings_of(d);
    const bool is_watched = d->config.witness[0] != '\0';
    enum fault fault = is_watched ? witness_check(&settings, why) : FAULT_NONE;
    if (fault == FAULT_NONE && !complain_fault("ledger", open_clerk(d))) return false;
    if (fault == FAULT_NONE && is_watched) fault = witness_open(&d->witness, &settings, why);
    if (fault == FAULT_NONE) return true;
    (void)complain("witness", why[0] == '\0' ? fault_words(fault) : why);
    return false;
}

static enum fault
open_outcalls(struct daemon *d)
{
    struct outcall_settings settings = { .thread_count = 2,
                                         .timeout_ms = d->config.webhook_timeout_ms,
                                         .queue_max = OUTCALLS_WAITING_MAX,
                                         .secret_file = d->config.webhook_secret_file,
                                         .seams = &d->service.seams };
    return outcalls_open(&d->service.outcalls, &settings);
}

/* Of the keys jobs use only what hangs on the master, which never changes. */
static bool
open_keys(struct daemon *d)
{
    char why[SECRETS_WHY_SIZE] = "";
    const struct config *c = &d->config;
    if (secrets_open(&d->jobs_secrets, c, why) != FAULT_NONE) {
        (void)complain("keys", why);
        return false;
    }
    enum fault fault = keymark_hold(c->data_dir, d->jobs_secrets->keyring);
    if (fault == FAULT_NONE) return true;
    (void)complain(fault == FAULT_CONFIG ? c->key_dir : c->data_dir,
                   fault == FAULT_CONFIG ? "data_dir was made with other keys than these: bring "
                                           "those back, or name the right key_dir"
                                         : "keys.mark can be neither read nor made");
    return false;
}

static enum fault
open_jobs(struct daemon *d)
{
    struct jobs_settings settings = { .data_dir = d->config.data_dir,
                                      .clerk = d->service.clerk,
                                      .keyring = d->jobs_secrets->keyring,
                                      .offset_s = d->service.offset_s,
                                      .seams = &d->service.seams };
    return jobs_open(&d->service.jobs, &settings);
}

#define VAULT_WAITING_MAX 32 /* some three seconds of hashing */
#define REPORTS_WAITING_MAX 8

static enum fault
open_desks(struct daemon *d)
{
    enum fault fault = desk_open(&d->service.vault, d->config.data_dir, VAULT_WAITING_MAX);
    if (fault != FAULT_NONE) return fault;
    return desk_open(&d->service.reports, d->config.data_dir, REPORTS_WAITING_MAX);
}

static bool
open_worker(struct daemon *d, size_t i)
{
    char why[SECRETS_WHY_SIZE] = "";
    struct worker_settings settings = {
        .service = &d->service, .index = i, .metrics_fd = -1, .control_fd = -1, .tls = d->tls
    };
    if (secrets_open(&settings.secrets, &d->config, why) != FAULT_NONE) {
        (void)complain("keys", why);
        return false;
    }
    settings.public_fd = listen_on("listen", d->config.listen, &d->port);
    if (settings.public_fd < 0) return false;
    if (i == 0 && d->config.metrics_listen[0] != '\0') {
        uint16_t port = 0;
        settings.metrics_fd = listen_on("metrics_listen", d->config.metrics_listen, &port);
        if (settings.metrics_fd < 0) return false;
    }
    if (i == 0) {
        if (http_listen_unix(&settings.control_fd, d->config.control_socket) != FAULT_NONE) {
            (void)complain("control_socket", d->config.control_socket);
            return false;
        }
    }
    return worker_open(&d->workers[i], &settings) == FAULT_NONE;
}

static bool
open_tls(struct daemon *d, struct http_tls **out)
{
    *out = NULL;
    if (d->config.tls_cert[0] == '\0') return true;
    enum fault fault = http_tls_open(out, d->config.tls_cert, d->config.tls_key);
    if (fault != FAULT_NONE) (void)complain("tls_cert, tls_key", fault_words(fault));
    return fault == FAULT_NONE;
}

static bool
open_places(struct daemon *d)
{
    const char *const places[] = { d->config.data_dir, d->config.key_dir };
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (directory_ready(places[i])) continue;
        (void)complain(places[i], strerror(errno));
        return false;
    }
    standing_refuse_copy(d->config.data_dir);
    if (!standing_keys_ready(&d->config, clock_us(CLOCK_REALTIME) / 1000000)) return false;
    if (!open_keys(d)) return false;
    if (read_password(d)) return true;
    (void)complain("redis_password_file", "cannot be read");
    return false;
}

static void
daemon_prepare(struct daemon *d)
{
    d->service.config = &d->config;
    d->service.seams = (struct seams){ .wall_us = seam_wall,
                                       .monotonic_us = seam_monotonic,
                                       .random_fill = seam_random };
    d->worker_count = (size_t)d->config.workers;
    must(d->worker_count > 0 && d->worker_count <= CONFIG_WORKERS_MAX);
    log_open(&d->service.log, STDERR_FILENO, d->config.log_level, &d->service.seams);
    must(civil_zone_offset(text_of(d->config.timezone), &d->service.offset_s));
}

static bool
daemon_open(struct daemon *d)
{
    daemon_prepare(d);
    if (!open_places(d) || !open_tls(d, &d->tls)) return false;
    if (!complain_fault("metrics", figures_open(&d->figures, &d->service, d->worker_count + 1)))
        return false;
    if (!open_books(d)) return false;
    if (!complain_fault("webhook_secret_file", open_outcalls(d))) return false;
    if (!complain_fault("jobs", open_jobs(d))) return false;
    if (!complain_fault("desks", open_desks(d))) return false;
    for (size_t i = 0; i < d->worker_count; i++) {
        if (!open_worker(d, i)) return false;
    }
    return true;
}

/* New keys, issuers and certificate; what cannot be read leaves all as it was. */
static void
daemon_reload(struct daemon *d)
{
    struct secrets *renewed[CONFIG_WORKERS_MAX] = { 0 };
    char why[SECRETS_WHY_SIZE] = "";
    struct http_tls *tls = NULL;
    bool whole = open_tls(d, &tls);
    for (size_t i = 0; whole && i < d->worker_count; i++) {
        whole = secrets_open(&renewed[i], &d->config, why) == FAULT_NONE;
    }
    if (!whole) {
        (void)complain("reload", why);
        for (size_t i = 0; i < d->worker_count; i++) {
            secrets_close(renewed[i]);
        }
        http_tls_close(tls);
        return;
    }
    for (size_t i = 0; i < d->worker_count; i++) {
        worker_renew(d->workers[i], renewed[i], tls == NULL ? NULL : http_tls_share(tls));
    }
    http_tls_close(tls);
    struct log_line line;
    log_begin(&line, &d->service.log, LOG_LEVEL_INFO, "reloaded");
    log_end(&line);
}

static void
daemon_close(struct daemon *d)
{
    for (size_t i = 0; i < d->worker_count; i++) {
        worker_stop(d->workers[i], d->config.drain_s * 1000);
    }
    for (size_t i = 0; i < d->worker_count; i++) {
        worker_close(d->workers[i]);
    }
    outcalls_close(d->service.outcalls);
    desk_close(d->service.vault);
    desk_close(d->service.reports);
    jobs_close(d->service.jobs);
    witness_stop(d->witness);
    clerk_close(d->service.clerk);
    witness_close(d->witness);
    secrets_close(d->jobs_secrets);
    metrics_close(d->service.metrics);
    http_tls_close(d->tls);
    (void)unlink(d->config.control_socket);
}

static void
daemon_serve(struct daemon *d, const sigset_t *signals)
{
    int number = 0;
    char address[CONFIG_TEXT_SIZE + 8];
    struct log_line line;
    log_begin(&line, &d->service.log, LOG_LEVEL_INFO, "ready");
    const char *colon = strrchr(d->config.listen, ':');
    must(colon != NULL);
    (void)snprintf(address, sizeof address, "%.*s:%u", (int)(colon - d->config.listen),
                   d->config.listen, d->port);
    log_string(&line, LOG_ADDRESS, address);
    log_integer(&line, LOG_PROCESS, getpid());
    log_string(&line, LOG_SANDBOX, d->is_confined ? "on" : "off");
    log_end(&line);
    while (sigwait(signals, &number) == 0 && number == SIGHUP) {
        daemon_reload(d);
    }
    log_begin(&line, &d->service.log, LOG_LEVEL_INFO, "draining");
    log_string(&line, LOG_SIGNAL, strsignal(number));
    log_end(&line);
}

static int
read_settings(struct daemon *d, int argc, char **argv)
{
    struct config_source source = { argc, argv, environ };
    struct config_faults *faults = calloc(1, sizeof *faults);
    must(faults != NULL);
    enum fault fault = config_read(&d->config, &source, faults);
    if (fault != FAULT_NONE) fputs(faults->text, stderr);
    free(faults);
    if (fault != FAULT_NONE) return 2;
    if (d->config.wish == CONFIG_PRINT) config_print(&d->config, stdout);
    if (d->config.wish == CONFIG_HELP) config_print_help(stdout);
    if (d->config.wish == CONFIG_VERSION) puts("huiquand 0.1");
    return d->config.wish == CONFIG_RUN ? -1 : 0;
}

/* Each connection is a descriptor. Without some to spare a reload, Redis and webhooks would fail
 * first, since the connections that are there stay: rather fewer connections. */
static bool
descriptors_ready(struct config *config)
{
    struct rlimit limit;
    char why[160];
    rlim_t own = DESCRIPTORS_SPARE + (rlim_t)config->workers * DESCRIPTORS_OF_WORKER;
    rlim_t needed = own + (rlim_t)config->connections_max;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_cur >= needed) return true;
    limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return complain("ulimit -n", strerror(errno)) == 0;
    if (limit.rlim_cur == needed) return true;
    bool any = limit.rlim_cur > own;
    if (any) config->connections_max = (int64_t)(limit.rlim_cur - own);
    (void)snprintf(why, sizeof why,
                   "needs %llu open files, and the system allows %llu (ulimit -n, LimitNOFILE): "
                   "%lld connections",
                   (unsigned long long)needed, (unsigned long long)limit.rlim_cur,
                   any ? (long long)config->connections_max : 0);
    (void)complain("connections_max", why);
    return any;
}

static bool
daemon_begin(struct daemon *d)
{
    const char *why;
    if (!confine_become(d->config.run_as, &why)) return complain("run_as", why) == 0;
    if (!daemon_open(d)) return false;
    d->is_confined = d->config.sandbox == SWITCH_ON && confine_calls();
    return true;
}

int
main(int argc, char **argv)
{
    sigset_t signals;
    struct daemon *d = calloc(1, sizeof *d);
    must(d != NULL);
    int status = read_settings(d, argc, argv);
    if (status >= 0) {
        free(d);
        return status;
    }
    confine_begin();
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    must(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
    (void)signal(SIGPIPE, SIG_IGN);
    if (!descriptors_ready(&d->config) || !daemon_begin(d)) return 1;
    daemon_serve(d, &signals);
    daemon_close(d);
    free(d);
    return 0;
}
