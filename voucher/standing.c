/* voucher/standing.c */
#include "voucher/standing.h"

#include <unistd.h>

#include "crypto/keyring_store.h"
#include "storage/copy.h"
#include "voucher/fault_words.h"

static bool
complain(const char *what, const char *why)
{
    fprintf(stderr, "huiquand: %s: %s\n", what, why);
    return false;
}

void
standing_refuse_copy(const char *data_dir)
{
    must(data_dir[0] != '\0');
    if (ledger_standing(data_dir) != FAULT_COPY) return;
    (void)complain(data_dir, fault_words(FAULT_COPY));
    exit(STANDING_EXIT_COPY);
}

/* Not a later start: new peppers would take every resident for somebody new, who may claim again,
 * and every voucher for a forged one. */
bool
standing_keys_ready(const struct config *config, int64_t now_s)
{
    char list[CONFIG_TEXT_SIZE + 32], why[KEYRING_WHY_SIZE] = "";
    must(now_s > 0);
    (void)snprintf(list, sizeof list, "%s/keyring.list", config->key_dir);
    if (access(list, F_OK) == 0) return true;
    if (ledger_is_there(config->data_dir)) {
        return complain(config->key_dir, "no keys, but data_dir has a database that was made with "
                                         "some: bring them back, or name the right key_dir");
    }
    if (keyring_create(config->key_dir, now_s, why) == FAULT_NONE) return true;
    return complain("key_dir", why);
}
