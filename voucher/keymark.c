/* voucher/keymark.c: the file keys.mark: 32 hexadecimal digits and a newline. */
#include "voucher/keymark.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "crypto/encode.h"
#include "voucher/torture.h"

#define MARK_BYTES 16
#define MARK_SIZE (2 * MARK_BYTES + 1)
#define PATH_SIZE 4096

static void
mark_write(const struct keyring *keyring, char out[MARK_SIZE + 1])
{
    struct digest digest;
    const struct text word[] = { TEXT("huiquan-keys-mark-v1") };
    keyring_fingerprint(keyring, word, COUNT_OF(word), &digest);
    (void)encode_hex(digest.bytes, MARK_BYTES, out);
    memcpy(out + MARK_SIZE - 1, "\n", 2);
}

/* Whole and on the disk before it has its name. */
static enum fault
mark_make(const char *path, const char mark[MARK_SIZE + 1])
{
    char fresh[PATH_SIZE + 8];
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return FAULT_IO;
    bool written = write(fd, mark, MARK_SIZE) == MARK_SIZE && fsync(fd) == 0;
    bool closed = close(fd) == 0;
    torture_point("mark-written");
    return written && closed && rename(fresh, path) == 0 ? FAULT_NONE : FAULT_IO;
}

enum fault
keymark_hold(const char *data_dir, const struct keyring *keyring)
{
    char path[PATH_SIZE], ours[MARK_SIZE + 1], theirs[MARK_SIZE + 1];
    int size = snprintf(path, sizeof path, "%s/keys.mark", data_dir);
    must(size > 0 && (size_t)size < sizeof path);
    mark_write(keyring, ours);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? mark_make(path, ours) : FAULT_IO;
    ssize_t got = read(fd, theirs, sizeof theirs);
    (void)close(fd);
    if (got < 0) return FAULT_IO;
    return got == MARK_SIZE && memcmp(ours, theirs, MARK_SIZE) == 0 ? FAULT_NONE : FAULT_CONFIG;
}
