/* voucher/config_table.h: the one table of settings, and reading or writing one value by its row.
 * Only for voucher/config.c. No state; any thread. */
#ifndef HUIQUAN_CONFIG_TABLE_H
#define HUIQUAN_CONFIG_TABLE_H

#include "voucher/config.h"

enum setting_type {
    SETTING_NUMBER, /* int64_t between least and most */
    SETTING_CHOICE, /* enum: the place of the word in choices */
    SETTING_ZONE, /* IANA name that voucher/civil.h knows */
    SETTING_PATH, /* of a file or folder */
    SETTING_NAME, /* of a user */
    SETTING_ADDRESS, /* host:port, [v6]:port */
    SETTING_PEER, /* the same, or the absolute path of a socket */
    SETTING_URL, /* http:// or https:// */
    SETTING_BLOCKS, /* addresses and blocks with commas between */
};

struct setting {
    const char *key;
    enum setting_type type;
    size_t offset; /* in struct config */
    const char *fallback;
    int64_t least, most;
    const char *choices; /* words with '|' between */
    bool secret; /* never printed */
    bool required; /* may not be empty */
    const char *group; /* heading over the first of a group, else NULL */
    const char *help;
};

extern const struct setting config_settings[];
extern const size_t config_setting_count;

/* NULL when the table has no such key. '-' stands for '_' as well. */
const struct setting *setting_find(struct text key);
/* False: the value does not fit and *c is unchanged. */
MUST_USE bool setting_read(struct config *c, const struct setting *s, struct text value);
void setting_write(const struct config *c, const struct setting *s, FILE *out);
bool setting_is_empty(const struct config *c, const struct setting *s);
/* What would be right, for a fault or for help: "a number from 0 to 1024". */
void setting_write_range(const struct setting *s, FILE *out);

#endif
