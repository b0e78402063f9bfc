/* storage/sqlite/log_file.h: the write-ahead log's file, for the writer's connection.
 *
 * SQLite writes each frame of its log in two pieces, a header of 24 bytes and the page: a batch of
 * sixty claims takes four hundred system calls. Pieces that follow each other are collected here
 * and leave in one write, at the latest before the log is synced, read, measured or cut.
 *
 * 1. Nothing is said to be on the disk that was not handed to the system: what is collected leaves
 *    before xSync goes on, and a failure to write it is xSync's answer, before any sync.
 * 2. What could not be written is dropped, as a write that SQLite saw fail is: the transaction
 *    rolls back and its frames are written anew at the same place.
 * 3. Other connections never look for frames that were not synced (synchronous=FULL: the index of
 *    the log is told of a commit after its sync), so they need no such layer.
 *
 * The file layer below (settings.vfs of ledger.h) sees whole writes; all other files are its own.
 */
#ifndef HUIQUAN_SQLITE_LOG_FILE_H
#define HUIQUAN_SQLITE_LOG_FILE_H

#include "voucher/base.h"

struct log_layer;

/* below: NULL is the usual layer. Whoever opened connections by this name closes them first. */
MUST_USE enum fault log_layer_open(struct log_layer **out, const char *below);
const char *log_layer_name(const struct log_layer *layer);
void log_layer_close(struct log_layer *layer); /* NULL is fine */

#endif
