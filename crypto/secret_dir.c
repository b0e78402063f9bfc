/* crypto/secret_dir.c: see secret_dir.h. */
#include "crypto/secret_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "crypto/encode.h"
#include "voucher/torture.h"

#define NEW_NAME ".new"
#define KEY_FILE_SIZE (HEX_SIZE(32)) /* 64 hex digits and LF */

enum fault
secret_dir_refuse(struct secret_dir *s, const char *name, const char *what)
{
    snprintf(s->why, SECRET_DIR_WHY_SIZE, "%s: %s", name, what);
    return FAULT_CONFIG;
}

static enum fault
fault_of_errno(struct secret_dir *s, const char *name)
{
    const int error = errno;
    char text[64];
    snprintf(s->why, SECRET_DIR_WHY_SIZE, "%s: %s", name, strerror_r(error, text, sizeof text));
    if (error == ENOSPC || error == EDQUOT) return FAULT_FULL;
    if (error == ENOMEM) return FAULT_MEMORY;
    const bool is_setting = error == ENOENT || error == ENOTDIR || error == EACCES ||
                            error == EPERM || error == ELOOP || error == EROFS;
    return is_setting ? FAULT_CONFIG : FAULT_IO;
}

/* Nobody but the owner may do what is not in allowed. */
static enum fault
check_owner(struct secret_dir *s, int fd, const char *name, mode_t allowed)
{
    struct stat about;
    if (fstat(fd, &about) != 0) return fault_of_errno(s, name);
    if ((about.st_mode & 0777 & ~allowed) != 0) {
        return secret_dir_refuse(s, name,
                                 S_ISDIR(about.st_mode) ? "mode must be 0700, for the owner alone"
                                                        : "mode must be 0600 or 0400");
    }
    if (about.st_uid != geteuid() && about.st_uid != 0) {
        return secret_dir_refuse(s, name, "belongs to another user");
    }
    return FAULT_NONE;
}

void
secret_dir_close(struct secret_dir *s)
{
    if (s->fd >= 0) (void)close(s->fd); /* also ends the lock */
    s->fd = -1;
}

enum fault
secret_dir_open(struct secret_dir *s, const char *directory, char *why)
{
    *s = (struct secret_dir){ .fd = -1, .why = why, .name = directory };
    why[0] = '\0';
    s->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->fd < 0) return fault_of_errno(s, s->name);
    const enum fault fault = check_owner(s, s->fd, s->name, 0700);
    if (fault != FAULT_NONE) secret_dir_close(s);
    return fault;
}

enum fault
secret_dir_open_locked(struct secret_dir *s, const char *directory, char *why)
{
    enum fault fault = secret_dir_open(s, directory, why);
    if (fault != FAULT_NONE) return fault;
    if (flock(s->fd, LOCK_EX) != 0) {
        fault = fault_of_errno(s, s->name);
        secret_dir_close(s);
    }
    return fault;
}

/* Returns how many bytes were read, below 0 when it failed. */
static ssize_t
read_up_to(int fd, char *bytes, size_t room)
{
    size_t size = 0;
    while (size < room) {
        const ssize_t count = read(fd, bytes + size, room - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        if (count == 0) break;
        size += (size_t)count;
    }
    return (ssize_t)size;
}

enum fault
secret_dir_read(struct secret_dir *s, const char *name, char *bytes, size_t room, size_t *out_size)
{
    const int fd = openat(s->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return fault_of_errno(s, name);
    enum fault fault = check_owner(s, fd, name, 0600);
    ssize_t size = 0;
    if (fault == FAULT_NONE) {
        size = read_up_to(fd, bytes, room);
        if (size < 0) fault = fault_of_errno(s, name);
    }
    (void)close(fd);
    if (fault != FAULT_NONE) return fault;
    if ((size_t)size == room) return secret_dir_refuse(s, name, "is too large");
    *out_size = (size_t)size;
    return FAULT_NONE;
}

enum fault
secret_dir_read_key(struct secret_dir *s, const char *name, uint8_t out[32])
{
    char bytes[KEY_FILE_SIZE + 1];
    size_t size = 0;
    enum fault fault = secret_dir_read(s, name, bytes, sizeof bytes, &size);
    if (fault == FAULT_NONE && (size != KEY_FILE_SIZE || bytes[size - 1] != '\n' ||
                                !decode_hex((struct text){ bytes, size - 1 }, out, 32))) {
        fault = secret_dir_refuse(s, name, "must be 64 lower-case hex digits and a line feed");
    }
    crypto_wipe(bytes, sizeof bytes);
    return fault;
}

static enum fault
write_all(struct secret_dir *s, int fd, const char *name, struct text bytes)
{
    for (size_t done = 0; done < bytes.size;) {
        const ssize_t count = write(fd, bytes.at + done, bytes.size - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fault_of_errno(s, name);
        done += (size_t)count;
    }
    return fsync(fd) == 0 ? FAULT_NONE : fault_of_errno(s, name);
}

/* Whole or not at all, and on the disk when it returns. */
enum fault
secret_dir_write(struct secret_dir *s, const char *name, struct text bytes)
{
    if (unlinkat(s->fd, NEW_NAME, 0) != 0 && errno != ENOENT) {
        return fault_of_errno(s, NEW_NAME);
    }
    const int fd =
        openat(s->fd, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return fault_of_errno(s, name);
    enum fault fault = write_all(s, fd, name, bytes);
    if (close(fd) != 0 && fault == FAULT_NONE) fault = fault_of_errno(s, name);
    if (fault != FAULT_NONE) return fault;
    torture_point("secret-written");
    if (renameat(s->fd, NEW_NAME, s->fd, name) != 0 || fsync(s->fd) != 0) {
        return fault_of_errno(s, name);
    }
    return FAULT_NONE;
}

enum fault
secret_dir_write_key(struct secret_dir *s, const char *name, const uint8_t secret[32])
{
    char bytes[KEY_FILE_SIZE];
    const size_t size = encode_hex(secret, 32, bytes);
    must(size == KEY_FILE_SIZE - 1);
    bytes[size] = '\n';
    const enum fault fault = secret_dir_write(s, name, (struct text){ bytes, sizeof bytes });
    crypto_wipe(bytes, sizeof bytes);
    return fault;
}

enum fault
secret_dir_make(const char *directory, char *why)
{
    struct secret_dir s = { .fd = -1, .why = why, .name = directory };
    why[0] = '\0';
    if (mkdir(directory, 0700) == 0 || errno == EEXIST) return FAULT_NONE;
    return fault_of_errno(&s, directory);
}

bool
secret_dir_has(const struct secret_dir *s, const char *name)
{
    return faccessat(s->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

enum fault
secret_dir_remove(struct secret_dir *s, const char *name)
{
    if (unlinkat(s->fd, name, 0) != 0 || fsync(s->fd) != 0) return fault_of_errno(s, name);
    return FAULT_NONE;
}
