/* tests/torture/lib/sim_disk.h: a disk that dies. A file layer that remembers what was written
 * since each file's last sync; when it has died, sim_disk_revive() makes of its files what the
 * crash left. The files themselves lie in memory (tmpfs). One thread, one database at a time. */
#ifndef HUIQUAN_TORTURE_SIM_DISK_H
#define HUIQUAN_TORTURE_SIM_DISK_H

#include "tests/torture/lib/dice.h"

#define SIM_DISK_VFS "sim" /* for ledger_settings.vfs */

void sim_disk_register(void); /* once, before any database is opened */
/* The n-th write or sync from here fails, and everything after it; -1: nothing does. */
void sim_disk_kill_at(int64_t n);
bool sim_disk_is_dead(void);
/* All files are closed. A killed process loses nothing of what it wrote; a power cut loses any of
 * the writes since the last sync, whole or in part. */
void sim_disk_revive(const char *dir, bool power_cut, struct dice *dice);

#endif
