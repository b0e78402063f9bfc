/* storage/redis_command.c */
#include "storage/redis_command.h"

#include <netdb.h>
#include <sys/un.h>

#include "voucher/decimal.h"

static void
command_put(struct redis_command *c, const char *bytes, size_t size)
{
    must(c->size <= sizeof c->bytes);
    c->fits = c->fits && size <= sizeof c->bytes - c->size;
    if (!c->fits || size == 0) return;
    memcpy(c->bytes + c->size, bytes, size);
    c->size += size;
}

static void
command_put_head(struct redis_command *c, char sign, size_t number)
{
    char room[DECIMAL_SIZE];
    struct text digits = decimal_write(number, room);
    command_put(c, &sign, 1);
    command_put(c, digits.at, digits.size);
    command_put(c, "\r\n", 2);
}

void
redis_command_begin(struct redis_command *c, size_t argument_count)
{
    must(argument_count > 0);
    c->size = 0;
    c->fits = true;
    command_put_head(c, '*', argument_count);
}

void
redis_command_add(struct redis_command *c, struct text argument)
{
    must(c->size > 0 || !c->fits);
    command_put_head(c, '$', argument.size);
    command_put(c, argument.at, argument.size);
    command_put(c, "\r\n", 2);
}

static enum fault
peer_read_path(struct redis_peer *out, const char *path)
{
    struct sockaddr_un unix_address = { .sun_family = AF_UNIX };
    size_t size = strlen(path);
    if (size >= sizeof unix_address.sun_path) return FAULT_CONFIG;
    memcpy(unix_address.sun_path, path, size);
    memcpy(&out->address, &unix_address, sizeof unix_address);
    out->size = sizeof unix_address;
    return FAULT_NONE;
}

/* 1 to 65535, digits only. */
static bool
port_is_sound(const char *port)
{
    size_t size = strlen(port);
    if (size == 0 || size > 5 || strspn(port, "0123456789") != size) return false;
    long number = strtol(port, NULL, 10);
    return number >= 1 && number <= 65535;
}

static enum fault
peer_read_host(struct redis_peer *out, const char *host, const char *port)
{
    struct addrinfo *found = NULL;
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICSERV };
    if (getaddrinfo(host, port, &hints, &found) != 0) return FAULT_NONE;
    must(found->ai_addrlen <= sizeof out->address);
    memcpy(&out->address, found->ai_addr, found->ai_addrlen);
    out->size = found->ai_addrlen;
    freeaddrinfo(found);
    return FAULT_NONE;
}

/* The host before the colon; an IPv6 address stands in brackets. */
static bool
host_read(char *out, size_t out_size, const char *begin, const char *end)
{
    must(begin <= end);
    bool brackets = end - begin >= 2 && begin[0] == '[' && end[-1] == ']';
    if (brackets) {
        begin++;
        end--;
    }
    size_t size = (size_t)(end - begin);
    if (size == 0 || size >= out_size) return false;
    if (!brackets && memchr(begin, ':', size) != NULL) return false;
    memcpy(out, begin, size);
    out[size] = '\0';
    return true;
}

enum fault
redis_peer_read(struct redis_peer *out, const char *text)
{
    char host[256];
    memset(out, 0, sizeof *out);
    if (text[0] == '/') return peer_read_path(out, text);
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !port_is_sound(colon + 1)) return FAULT_CONFIG;
    if (!host_read(host, sizeof host, text, colon)) return FAULT_CONFIG;
    return peer_read_host(out, host, colon + 1);
}
