/* voucher/confine.h: what the process gives up, so that whoever takes it over has little. main.c
 * alone calls this. Linux: seccomp(2) with a filter of classic BPF, prctl(2). */
#ifndef HUIQUAN_CONFINE_H
#define HUIQUAN_CONFINE_H

#include "voucher/base.h"

/* First of all: no core file, not to a file nor to a collector (keys and names must not reach one),
 * no tracing by others of the same user, no new privileges, nothing readable by others. */
void confine_begin(void);

/* Root becomes that user, for good; files and sockets from here on are his. Empty: stays who it is.
 * False: *why says why. */
bool confine_become(const char *user, const char **why);

/* Every thread, those to come included, is left with the system calls that serving needs: no other
 * program, no fork, no memory that is written and run, no sockets but unix, IPv4, IPv6 and netlink.
 * What starting another program or looking into one would take ends the process; the rest fails
 * with EPERM. False: the kernel has no seccomp, or the build is one of the sanitizers. */
bool confine_calls(void);

#endif
