/* voucher/fault_words.c */
#include "voucher/fault_words.h"

#include <errno.h>

const char *
fault_words(enum fault fault)
{
    switch (fault) {
    case FAULT_NONE: return "fine";
    case FAULT_MEMORY: return "out of memory";
    case FAULT_IO: return strerror(errno);
    case FAULT_FULL: return "the disk is full: make room in data_dir";
    case FAULT_CORRUPT: return "not a database of this version: restore a backup";
    case FAULT_LOST_RACE: return "another huiquand uses this data_dir: stop it first";
    case FAULT_CONFIG: return "a setting cannot be right";
    case FAULT_COPY:
        return "a restored copy, which serves nobody until its epoch is raised: huiquan ledger "
               "raise-epoch";
    case FAULT_UNREACHABLE: return "not there";
    case FAULT_MALFORMED: return "does not parse";
    }
    return "unknown fault";
}
