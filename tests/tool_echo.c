/* tests/tool_echo.c: the codec alone, for black-box tests and measurements.
 *
 *   tool_echo PORT            on 127.0.0.1; 0 takes a free port
 *   tool_echo PATH            on a unix socket
 *   tool_echo PORT CERT KEY   with TLS
 *
 * Prints "ready PORT". SIGTERM or SIGINT stops it gracefully; then it prints its counters. */
#include <event2/event.h>
#include <signal.h>

#include "tests/http_echo.h"
#include "voucher/http/server.h"
#include "voucher/http/tls.h"

enum { GRACE_MS = 2000, EXIT_USAGE = 2 };

struct tool {
    struct event_base *base;
    struct http_server *server;
    struct event *signals[2];
};

static void
on_stopped(void *owner)
{
    struct tool *tool = owner;
    event_base_loopbreak(tool->base);
}

static void
on_signal(evutil_socket_t number, short what, void *owner)
{
    struct tool *tool = owner;
    (void)number;
    (void)what;
    event_del(tool->signals[0]);
    event_del(tool->signals[1]);
    http_server_stop(tool->server, GRACE_MS, on_stopped, tool);
}

static enum fault
tool_open(struct tool *tool, int argc, char **argv)
{
    static const struct http_handler handler = { .request = echo_request };
    struct http_tls *tls = NULL;
    int fd;
    char *end;
    unsigned long port = strtoul(argv[1], &end, 10);
    enum fault fault =
        *end ? http_listen_unix(&fd, argv[1]) : http_listen_tcp(&fd, "127.0.0.1", (uint16_t)port);
    if (fault != FAULT_NONE) return fault;
    fault = http_server_open(&tool->server, tool->base, fd, &http_settings_default, &handler);
    if (fault != FAULT_NONE || argc != 4) return fault;
    fault = http_tls_open(&tls, argv[2], argv[3]);
    if (fault == FAULT_NONE) fault = http_server_set_tls(tool->server, tls);
    http_tls_close(tls);
    return fault;
}

static void
counters_print(const struct http_counters *c)
{
    printf("accepted %llu requests %llu answers %llu gone %llu in %llu out %llu\n",
           (unsigned long long)c->accepted, (unsigned long long)c->requests,
           (unsigned long long)c->answers, (unsigned long long)c->gone,
           (unsigned long long)c->bytes_in, (unsigned long long)c->bytes_out);
}

int
main(int argc, char **argv)
{
    struct tool tool = { 0 };
    if (argc != 2 && argc != 4) return EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN);
    tool.base = event_base_new();
    must(tool.base);
    enum fault fault = tool_open(&tool, argc, argv);
    if (fault != FAULT_NONE) {
        fprintf(stderr, "tool_echo: fault %d\n", (int)fault);
        return 1;
    }
    tool.signals[0] = evsignal_new(tool.base, SIGTERM, on_signal, &tool);
    tool.signals[1] = evsignal_new(tool.base, SIGINT, on_signal, &tool);
    must(tool.signals[0] && tool.signals[1]);
    event_add(tool.signals[0], NULL);
    event_add(tool.signals[1], NULL);
    printf("ready %u\n", (unsigned)http_server_port(tool.server));
    fflush(stdout);
    event_base_dispatch(tool.base);
    counters_print(http_server_counters(tool.server));
    http_server_close(tool.server);
    event_free(tool.signals[0]);
    event_free(tool.signals[1]);
    event_base_free(tool.base);
    return 0;
}
