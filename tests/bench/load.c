/* tests/bench/load.c: the load generator of scripts/bench.
 *
 *   bench_load SCENARIO --port P [--WORD VALUE]...
 *
 * Scenarios: tests/bench/prepare.h; words: tests/bench/options.h. Prepares all requests, connects,
 * runs, and prints one JSON object: what was sent, every answer by kind, latencies, and processor
 * time of itself and of the processes that --watch names, between the first request and the last
 * answer. Ends with 1 when an answer was not expected or never came. */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/bench/cpu.h"
#include "tests/bench/lane.h"
#include "tests/bench/prepare.h"

#define LANES_MAX 16

struct load {
    struct load_options options;
    struct requests requests;
    size_t lane_count;
    struct lane *lanes;
    size_t watch_count;
    struct cpu_watch watches[CPU_WATCH_MAX];
    int64_t used_ns, machine_ns;
};

static FILE *
keep_open(const struct load *load, size_t place)
{
    char path[512];
    if (load->options.keep == NULL) return NULL;
    (void)snprintf(path, sizeof path, "%s.%zu", load->options.keep, place);
    FILE *file = fopen(path, "we");
    must(file != NULL);
    return file;
}

static void
load_open(struct load *load)
{
    const struct load_options *o = &load->options;
    struct rlimit files;
    must(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &files) == 0);
    prepare_requests(o, &load->requests);
    for (size_t i = 0; i < o->watch.count; i++) {
        if (i == CPU_WATCH_MAX || !cpu_watch_open(&load->watches[i], o->watch.at[i])) {
            fprintf(stderr, "bench_load: --watch %s: no such process\n", o->watch.at[i]);
            exit(2);
        }
        load->watch_count++;
    }
    must(o->threads <= LANES_MAX);
    load->lane_count = (size_t)o->threads;
    load->lanes = calloc(load->lane_count, sizeof *load->lanes);
    must(load->lanes != NULL);
    for (size_t i = 0; i < load->lane_count; i++) {
        struct lane *lane = &load->lanes[i];
        *lane = (struct lane){ .options = o,
                               .requests = &load->requests,
                               .place = i,
                               .step = load->lane_count,
                               .keep = keep_open(load, i) };
        lane->connection_count = ((size_t)o->connections + i) / load->lane_count;
        lane_open(lane);
    }
}

static void *
load_lane(void *lane)
{
    lane_run(lane);
    return NULL;
}

static void
load_run(struct load *load)
{
    pthread_t threads[LANES_MAX];
    for (size_t i = 0; i < load->watch_count; i++) {
        cpu_watch_begin(&load->watches[i]);
    }
    load->used_ns = cpu_of_self_ns();
    load->machine_ns = cpu_of_machine_ns();
    for (size_t i = 0; i < load->lane_count; i++) {
        must(pthread_create(&threads[i], NULL, load_lane, &load->lanes[i]) == 0);
    }
    for (size_t i = 0; i < load->lane_count; i++) {
        must(pthread_join(threads[i], NULL) == 0);
    }
    load->used_ns = cpu_of_self_ns() - load->used_ns;
    load->machine_ns = cpu_of_machine_ns() - load->machine_ns;
    for (size_t i = 0; i < load->watch_count; i++) {
        cpu_watch_end(&load->watches[i]);
    }
}

/* All lanes in the first. */
static struct lane *
load_sum(struct load *load)
{
    struct lane *sum = &load->lanes[0];
    for (size_t i = 1; i < load->lane_count; i++) {
        const struct lane *lane = &load->lanes[i];
        if (lane->begin_ns < sum->begin_ns) sum->begin_ns = lane->begin_ns;
        if (lane->last_ns > sum->last_ns) sum->last_ns = lane->last_ns;
        if (lane->next > sum->next) sum->next = lane->next;
        sum->sent += lane->sent;
        sum->lost += lane->lost;
        sum->left += lane->left;
        hist_merge(&sum->granted, &lane->granted);
        hist_merge(&sum->granted_sent, &lane->granted_sent);
        hist_merge(&sum->refused, &lane->refused);
        hist_merge(&sum->refused_sent, &lane->refused_sent);
        for (size_t k = 0; k < lane->tally.count; k++) {
            tally_add(&sum->tally, lane->tally.rows[k].kind, lane->tally.rows[k].times);
        }
    }
    return sum;
}

static void
load_print(const struct load *load, const struct lane *sum)
{
    const struct {
        const char *name;
        const struct hist *hist;
    } hists[] = { { "latency", &sum->granted },
                  { "latency_from_send", &sum->granted_sent },
                  { "refused", &sum->refused },
                  { "refused_from_send", &sum->refused_sent } };
    printf("{\"scenario\":\"%s\",\"connections\":%lld,\"rate\":%lld,\"elapsed_us\":",
           load->options.scenario, (long long)load->options.connections,
           (long long)load->options.rate);
    print_us(stdout, sum->last_ns - sum->begin_ns);
    printf(",\"prepared\":%zu,\"next\":%zu,\"sent\":%llu,\"lost\":%llu,\"left\":%llu",
           load->requests.count, sum->next, (unsigned long long)sum->sent,
           (unsigned long long)sum->lost, (unsigned long long)sum->left);
    for (size_t i = 0; i < COUNT_OF(hists); i++) {
        printf(",\"%s\":", hists[i].name);
        hist_print(hists[i].hist, stdout);
    }
    fputs(",\"answers\":{", stdout);
    for (size_t i = 0; i < sum->tally.count; i++) {
        printf("%s\"%s\":%llu", i > 0 ? "," : "", sum->tally.rows[i].kind,
               (unsigned long long)sum->tally.rows[i].times);
    }
    fputs("},\"generator_cpu_us\":", stdout);
    print_us(stdout, load->used_ns);
    fputs(",\"machine_cpu_us\":", stdout);
    print_us(stdout, load->machine_ns);
    fputs(",\"watch\":{", stdout);
    for (size_t i = 0; i < load->watch_count; i++) {
        printf("%s\"%s\":", i > 0 ? "," : "", load->watches[i].name);
        cpu_watch_print(&load->watches[i], stdout);
    }
    puts("}}");
}

int
main(int argc, char **argv)
{
    static struct load load;
    options_read(&load.options, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    load_open(&load);
    load_run(&load);
    const struct lane *sum = load_sum(&load);
    load_print(&load, sum);
    const bool is_clean = sum->refused.count == 0 && sum->lost == 0;
    for (size_t i = 0; i < load.lane_count; i++) {
        if (load.lanes[i].keep != NULL) fclose(load.lanes[i].keep);
        lane_close(&load.lanes[i]);
    }
    requests_close(&load.requests);
    free(load.lanes);
    return is_clean ? 0 : 3;
}
