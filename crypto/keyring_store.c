/* crypto/keyring_store.c: see keyring_store.h.
 *
 * A change writes new seed files first and the list last. The list appears by rename, so a crash
 * leaves the old state or the new one, and a reader without a lock sees one of both. */
#include "crypto/keyring_store.h"

#include "crypto/digest.h"
#include "crypto/encode.h"
#include "crypto/secret_dir.h"
#include "crypto/token.h"
#include "voucher/torture.h"

#define LIST_FIRST_LINE "huiquan-keyring v1"
#define LIST_NAME "keyring.list"
#define MASTER_NAME "master.key"
#define FILE_NAME_SIZE 24
#define LIST_SIZE_MAX (64 + KEYRING_KEYS_MAX * 64)

static const char *const state_words[] = {
    [KEY_ACTIVE] = "active",
    [KEY_NEXT] = "next",
    [KEY_RETIRED] = "retired",
    [KEY_REVOKED] = "revoked",
};

static void
seed_name(uint32_t kid, char out[FILE_NAME_SIZE])
{
    const int size = snprintf(out, FILE_NAME_SIZE, "signing-%08x.key", kid);
    must(size > 0 && size < FILE_NAME_SIZE);
}

/* Takes what stands before the separator off the front of rest. False: there is no separator. */
static bool
take_until(struct text *rest, char separator, struct text *out)
{
    const char *end = rest->size == 0 ? NULL : memchr(rest->at, separator, rest->size);
    if (end == NULL) return false;
    *out = (struct text){ rest->at, (size_t)(end - rest->at) };
    *rest = (struct text){ end + 1, rest->size - out->size - 1 };
    return true;
}

static bool
read_number(struct text text, int64_t max, int64_t *out)
{
    if (text.size == 0 || text.size > 18) return false;
    if (text.at[0] == '0' && text.size > 1) return false;
    int64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        value = value * 10 + (text.at[i] - '0');
    }
    *out = value;
    return value <= max;
}

static bool
read_state(struct text word, enum key_state *out)
{
    for (size_t i = 0; i < COUNT_OF(state_words); i++) {
        if (!text_equal(word, text_of(state_words[i]))) continue;
        *out = (enum key_state)i;
        return true;
    }
    return false;
}

static bool
parse_entry(struct text line, struct keyring_entry *out)
{
    struct text kid, state, created;
    uint8_t kid_bytes[4];
    if (!take_until(&line, ' ', &kid) || !decode_hex(kid, kid_bytes, sizeof kid_bytes)) {
        return false;
    }
    if (!take_until(&line, ' ', &state) || !read_state(state, &out->state)) return false;
    if (!take_until(&line, ' ', &created)) return false;
    out->kid = (uint32_t)kid_bytes[0] << 24 | (uint32_t)kid_bytes[1] << 16 |
               (uint32_t)kid_bytes[2] << 8 | kid_bytes[3];
    return read_number(created, INT64_MAX, &out->created_at_s) &&
           read_number(line, INT64_MAX, &out->retired_at_s);
}

static struct keyring_entry *
find_entry(struct keyring_files *files, uint32_t kid)
{
    for (size_t i = 0; i < files->count; i++) {
        if (files->entries[i].kid == kid) return &files->entries[i];
    }
    return NULL;
}

static struct keyring_entry *
find_state(struct keyring_files *files, enum key_state state)
{
    for (size_t i = 0; i < files->count; i++) {
        if (files->entries[i].state == state) return &files->entries[i];
    }
    return NULL;
}

static size_t
count_state(const struct keyring_files *files, enum key_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++)
        count += files->entries[i].state == state;
    return count;
}

static bool
parse_head(struct text *rest, struct keyring_files *out)
{
    struct text line, word;
    int64_t generation = 0;
    if (!take_until(rest, '\n', &line) || !text_equal(line, TEXT(LIST_FIRST_LINE))) return false;
    if (!take_until(rest, '\n', &line) || !take_until(&line, ' ', &word)) return false;
    if (!text_equal(word, TEXT("sessions")) || !read_number(line, UINT32_MAX, &generation)) {
        return false;
    }
    out->session_generation = (uint32_t)generation;
    return generation > 0;
}

static bool
parse_list(struct text text, struct keyring_files *out)
{
    if (!parse_head(&text, out)) return false;
    struct text line;
    while (text.size > 0) {
        struct keyring_entry entry = { 0 };
        if (out->count == KEYRING_KEYS_MAX || !take_until(&text, '\n', &line)) return false;
        if (!parse_entry(line, &entry) || find_entry(out, entry.kid) != NULL) return false;
        out->entries[out->count++] = entry;
    }
    return count_state(out, KEY_ACTIVE) == 1 && count_state(out, KEY_NEXT) == 1;
}

static enum fault
read_files(struct secret_dir *s, struct keyring_files *out)
{
    *out = (struct keyring_files){ 0 };
    char list[LIST_SIZE_MAX];
    size_t size = 0;
    enum fault fault = secret_dir_read(s, LIST_NAME, list, sizeof list, &size);
    if (fault != FAULT_NONE) return fault;
    if (!parse_list((struct text){ list, size }, out)) {
        return secret_dir_refuse(s, LIST_NAME,
                                 "does not parse, or not one active and one next key");
    }
    fault = secret_dir_read_key(s, MASTER_NAME, out->master);
    for (size_t i = 0; i < out->count && fault == FAULT_NONE; i++) {
        char name[FILE_NAME_SIZE];
        seed_name(out->entries[i].kid, name);
        fault = secret_dir_read_key(s, name, out->entries[i].seed);
    }
    return fault;
}

enum fault
keyring_store_read(struct keyring_files *out, const char *directory, char why[KEYRING_WHY_SIZE])
{
    must(out != NULL && directory != NULL && why != NULL);
    *out = (struct keyring_files){ 0 };
    struct secret_dir s;
    enum fault fault = secret_dir_open(&s, directory, why);
    if (fault != FAULT_NONE) return fault;
    torture_point("keys-read");
    fault = read_files(&s, out);
    secret_dir_close(&s);
    return fault;
}

static enum fault
write_list(struct secret_dir *s, const struct keyring_files *files)
{
    char list[LIST_SIZE_MAX];
    int size =
        snprintf(list, sizeof list, LIST_FIRST_LINE "\nsessions %u\n", files->session_generation);
    for (size_t i = 0; i < files->count; i++) {
        const struct keyring_entry *e = &files->entries[i];
        must(size > 0 && (size_t)size < sizeof list);
        size +=
            snprintf(list + size, sizeof list - (size_t)size, "%08x %s %lld %lld\n", e->kid,
                     state_words[e->state], (long long)e->created_at_s, (long long)e->retired_at_s);
    }
    must(size > 0 && (size_t)size < sizeof list);
    return secret_dir_write(s, LIST_NAME, (struct text){ list, (size_t)size });
}

/* Draws a key and stores its seed; the list comes later. */
static enum fault
add_key(struct secret_dir *s, struct keyring_files *files, enum key_state state, int64_t now_s)
{
    if (files->count == KEYRING_KEYS_MAX) {
        return secret_dir_refuse(s, LIST_NAME, "is full; forget keys whose vouchers have expired");
    }
    struct keyring_entry *entry = &files->entries[files->count];
    *entry = (struct keyring_entry){ .state = state, .created_at_s = now_s };
    crypto_random_fill(entry->seed, sizeof entry->seed);
    struct ed25519_signer *signer = NULL;
    const enum fault fault = ed25519_signer_open(&signer, entry->seed);
    if (fault != FAULT_NONE) return fault;
    entry->kid = token_kid(ed25519_signer_public_key(signer));
    ed25519_signer_close(signer);
    if (find_entry(files, entry->kid) != NULL) { /* one chance in 2^27 */
        return secret_dir_refuse(s, LIST_NAME, "a new key met the kid of another; try again");
    }
    files->count++;
    char name[FILE_NAME_SIZE];
    seed_name(entry->kid, name);
    return secret_dir_write_key(s, name, entry->seed);
}

/* A master secret is never written over: one that is there without a list is used. */
static enum fault
ensure_master(struct secret_dir *s, struct keyring_files *files)
{
    if (secret_dir_has(s, MASTER_NAME)) {
        return secret_dir_read_key(s, MASTER_NAME, files->master);
    }
    crypto_random_fill(files->master, sizeof files->master);
    return secret_dir_write_key(s, MASTER_NAME, files->master);
}

static enum fault
create_files(struct secret_dir *s, struct keyring_files *files, int64_t now_s)
{
    if (secret_dir_has(s, LIST_NAME)) {
        return secret_dir_refuse(s, s->name, "there is one already");
    }
    *files = (struct keyring_files){ .session_generation = 1 };
    enum fault fault = ensure_master(s, files);
    if (fault == FAULT_NONE) fault = add_key(s, files, KEY_ACTIVE, now_s);
    if (fault == FAULT_NONE) fault = add_key(s, files, KEY_NEXT, now_s);
    torture_point("keys-list-next");
    return fault == FAULT_NONE ? write_list(s, files) : fault;
}

enum fault
keyring_create(const char *directory, int64_t now_s, char why[KEYRING_WHY_SIZE])
{
    must(directory != NULL && now_s >= 0);
    struct secret_dir s;
    struct keyring_files files = { 0 };
    enum fault fault = secret_dir_make(directory, why);
    if (fault == FAULT_NONE) fault = secret_dir_open_locked(&s, directory, why);
    if (fault != FAULT_NONE) return fault;
    fault = create_files(&s, &files, now_s);
    crypto_wipe(&files, sizeof files);
    secret_dir_close(&s);
    return fault;
}

/* What a change does to the keyring in memory, before the list is written. */
struct change {
    enum fault (*apply)(struct secret_dir *s, struct keyring_files *files,
                        const struct change *change);
    uint32_t kid;
    int64_t now_s;
};

static enum fault
change_list(const char *directory, const struct change *change, char why[KEYRING_WHY_SIZE])
{
    must(directory != NULL && change->now_s >= 0);
    struct secret_dir s;
    struct keyring_files files = { 0 };
    enum fault fault = secret_dir_open_locked(&s, directory, why);
    if (fault != FAULT_NONE) return fault;
    fault = read_files(&s, &files);
    if (fault == FAULT_NONE) fault = change->apply(&s, &files, change);
    if (fault == FAULT_NONE) fault = write_list(&s, &files);
    crypto_wipe(&files, sizeof files);
    secret_dir_close(&s);
    return fault;
}

/* The active key gives way to the next one, and there is a new next. */
static enum fault
succeed(struct secret_dir *s, struct keyring_files *files, enum key_state old_becomes,
        int64_t now_s)
{
    struct keyring_entry *active = find_state(files, KEY_ACTIVE);
    struct keyring_entry *next = find_state(files, KEY_NEXT);
    must(active != NULL && next != NULL); /* the list was refused otherwise */
    active->state = old_becomes;
    active->retired_at_s = now_s;
    next->state = KEY_ACTIVE;
    return add_key(s, files, KEY_NEXT, now_s);
}

static enum fault
apply_rotate(struct secret_dir *s, struct keyring_files *files, const struct change *change)
{
    return succeed(s, files, KEY_RETIRED, change->now_s);
}

enum fault
keyring_rotate(const char *directory, int64_t now_s, char why[KEYRING_WHY_SIZE])
{
    const struct change change = { .apply = apply_rotate, .now_s = now_s };
    return change_list(directory, &change, why);
}

static enum fault
apply_revoke(struct secret_dir *s, struct keyring_files *files, const struct change *change)
{
    struct keyring_entry *entry = find_entry(files, change->kid);
    if (entry == NULL) return secret_dir_refuse(s, LIST_NAME, "there is no such key");
    if (entry->state == KEY_REVOKED) return FAULT_NONE;
    if (entry->state == KEY_ACTIVE) return succeed(s, files, KEY_REVOKED, change->now_s);
    const bool was_next = entry->state == KEY_NEXT;
    entry->state = KEY_REVOKED;
    entry->retired_at_s = change->now_s;
    return was_next ? add_key(s, files, KEY_NEXT, change->now_s) : FAULT_NONE;
}

enum fault
keyring_revoke(const char *directory, uint32_t kid, int64_t now_s, char why[KEYRING_WHY_SIZE])
{
    const struct change change = { .apply = apply_revoke, .kid = kid, .now_s = now_s };
    return change_list(directory, &change, why);
}

/* The list is written here already: one that names a removed file would not open. */
static enum fault
apply_forget(struct secret_dir *s, struct keyring_files *files, const struct change *change)
{
    struct keyring_entry *entry = find_entry(files, change->kid);
    if (entry == NULL) return secret_dir_refuse(s, LIST_NAME, "there is no such key");
    if (entry->state == KEY_ACTIVE || entry->state == KEY_NEXT) {
        return secret_dir_refuse(s, LIST_NAME, "the key is in use; rotate or revoke it first");
    }
    const size_t after = files->count - 1 - (size_t)(entry - files->entries);
    memmove(entry, entry + 1, after * sizeof *entry);
    files->count--;
    const enum fault fault = write_list(s, files);
    if (fault != FAULT_NONE) return fault;
    char name[FILE_NAME_SIZE];
    seed_name(change->kid, name);
    return secret_dir_remove(s, name);
}

enum fault
keyring_forget(const char *directory, uint32_t kid, char why[KEYRING_WHY_SIZE])
{
    const struct change change = { .apply = apply_forget, .kid = kid };
    return change_list(directory, &change, why);
}

static enum fault
apply_renew(struct secret_dir *s, struct keyring_files *files, const struct change *change)
{
    (void)change;
    if (files->session_generation == UINT32_MAX) {
        return secret_dir_refuse(s, LIST_NAME, "session generations are used up");
    }
    files->session_generation++;
    return FAULT_NONE;
}

enum fault
keyring_renew_sessions(const char *directory, char why[KEYRING_WHY_SIZE])
{
    const struct change change = { .apply = apply_renew };
    return change_list(directory, &change, why);
}
