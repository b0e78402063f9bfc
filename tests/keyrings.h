/* tests/keyrings.h: a keyring in a temporary directory for a test. Ended by test_keyring_close().
 */
#ifndef HUIQUAN_TESTS_KEYRINGS_H
#define HUIQUAN_TESTS_KEYRINGS_H

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/keyring_store.h"
#include "tests/rows.h"

struct test_keyring {
    char directory[64];
    char why[KEYRING_WHY_SIZE];
    struct keyring *keyring; /* NULL until opened */
};

static inline void
test_keyring_directory(struct test_keyring *t)
{
    *t = (struct test_keyring){ 0 };
    snprintf(t->directory, sizeof t->directory, "%s", "/tmp/huiquan-keyring-XXXXXX");
    assert_non_null(mkdtemp(t->directory));
}

static inline void
test_keyring_reopen(struct test_keyring *t)
{
    keyring_close(t->keyring);
    assert_int_equal(keyring_open(&t->keyring, t->directory, t->why), FAULT_NONE);
}

static inline void
test_keyring_create(struct test_keyring *t)
{
    test_keyring_directory(t);
    assert_int_equal(keyring_create(t->directory, 1000, t->why), FAULT_NONE);
    test_keyring_reopen(t);
}

static inline void
test_keyring_close(struct test_keyring *t)
{
    keyring_close(t->keyring);
    t->keyring = NULL;
    DIR *directory = opendir(t->directory);
    if (directory == NULL) return;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        (void)unlinkat(dirfd(directory), entry->d_name, 0); /* fails for . and .. */
    closedir(directory);
    (void)rmdir(t->directory);
}

#endif
