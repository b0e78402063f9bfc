/* voucher/service.c */
#include "voucher/service.h"

#define ISSUERS_BYTES_MAX (256 * 1024)

static enum fault
issuers_open(struct jwt_issuers **out, const char *path, char why[SECRETS_WHY_SIZE])
{
    char reason[JWT_WHY_SIZE] = "";
    if (path[0] == '\0') return FAULT_NONE;
    FILE *file = fopen(path, "re");
    char *bytes = malloc(ISSUERS_BYTES_MAX);
    size_t size = file == NULL || bytes == NULL ? 0 : fread(bytes, 1, ISSUERS_BYTES_MAX, file);
    if (file != NULL) (void)fclose(file);
    enum fault fault = FAULT_CONFIG;
    if (size > 0) fault = jwt_issuers_open(out, (struct text){ bytes, size }, reason);
    free(bytes);
    if (fault != FAULT_NONE) {
        (void)snprintf(why, SECRETS_WHY_SIZE, "issuers_file %.80s: %s", path,
                       size == 0 ? "cannot be read" : reason);
    }
    return fault;
}

enum fault
secrets_open(struct secrets **out, const struct config *config, char why[SECRETS_WHY_SIZE])
{
    char reason[KEYRING_WHY_SIZE] = "";
    *out = NULL;
    struct secrets *s = calloc(1, sizeof *s);
    if (s == NULL) return FAULT_MEMORY;
    enum fault fault = keyring_open(&s->keyring, config->key_dir, reason);
    if (fault != FAULT_NONE) (void)snprintf(why, SECRETS_WHY_SIZE, "%s", reason);
    if (fault == FAULT_NONE) fault = issuers_open(&s->issuers, config->issuers_file, why);
    if (fault != FAULT_NONE) {
        secrets_close(s);
        return fault;
    }
    s->jwks_size = keyring_write_jwks(s->keyring, s->jwks);
    *out = s;
    return FAULT_NONE;
}

void
secrets_close(struct secrets *s)
{
    if (s == NULL) return;
    jwt_issuers_close(s->issuers);
    keyring_close(s->keyring);
    free(s);
}

void
secrets_release(struct secrets *s)
{
    must(s->holder_count > 0);
    s->holder_count--;
    if (s->holder_count == 0 && s->is_replaced) secrets_close(s);
}

int64_t
service_now_s(const struct service *s)
{
    return s->seams.wall_us(s->seams.owner) / 1000000;
}

int64_t
service_now_us(const struct service *s)
{
    return s->seams.monotonic_us(s->seams.owner);
}
