/* tests/fuzz_config.c: any bytes as the file of settings. Faults are told and nothing is kept; what
 * is accepted, printed and read again is the same. */
#include <sys/mman.h>
#include <unistd.h>

#include "voucher/config.h"

enum { PRINT_SIZE = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum fault
read_bytes(const void *bytes, size_t size, struct config *out)
{
    static struct config_faults faults;
    char name[64];
    char program[] = "huiquand", option[] = "--config";
    char *arguments[] = { program, option, name, NULL };
    int fd = memfd_create("settings", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    const struct config_source source = { 3, arguments, NULL };
    memset(&faults, 0, sizeof faults);
    enum fault fault = config_read(out, &source, &faults);
    must((fault == FAULT_NONE) == (faults.count == 0));
    must(faults.size < sizeof faults.text && faults.text[faults.size] == '\0');
    (void)close(fd);
    return fault;
}

static size_t
print(const struct config *config, char *out)
{
    FILE *file = fmemopen(out, PRINT_SIZE, "w");
    must(file != NULL);
    config_print(config, file);
    long size = ftell(file);
    (void)fclose(file);
    must(size > 0 && size < PRINT_SIZE);
    return (size_t)size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config, again;
    static char first[PRINT_SIZE], second[PRINT_SIZE];
    if (size > 8192 || read_bytes(data, size, &config) != FAULT_NONE) return 0;
    must(config.workers >= 1 && config.control_socket[0] != '\0');
    /* Secrets are never printed, only that they are there. */
    memset(config.sms_webhook_url, 0, sizeof config.sms_webhook_url);
    memset(config.identity_check_url, 0, sizeof config.identity_check_url);
    size_t first_size = print(&config, first);
    must(read_bytes(first, first_size, &again) == FAULT_NONE);
    must(print(&again, second) == first_size && memcmp(first, second, first_size) == 0);
    return 0;
}
