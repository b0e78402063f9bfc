/* voucher/confine.c */
#include "voucher/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#endif

#define FILTER_MAX 512
#define ALLOW SECCOMP_RET_ALLOW
#define DENY(error) (SECCOMP_RET_ERRNO | ((error)&SECCOMP_RET_DATA))
#define END SECCOMP_RET_KILL_PROCESS

void
confine_begin(void)
{
    const struct rlimit none = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &none);
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    (void)umask(077);
}

bool
confine_become(const char *user, const char **why)
{
    *why = "";
    if (user[0] == '\0') return true;
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        *why = errno != 0 ? strerror(errno) : "there is no such user";
        return false;
    }
    const uid_t uid = entry->pw_uid;
    const gid_t gid = entry->pw_gid;
    if (geteuid() == uid && getuid() == uid) return true;
    if (initgroups(user, gid) == 0 && setresgid(gid, gid, gid) == 0 &&
        setresuid(uid, uid, uid) == 0) {
        must(uid == 0 || setuid(0) != 0);
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        return true;
    }
    *why = "only root can become somebody else";
    return false;
}

#if defined(OUR_ARCHITECTURE) && !defined(IS_SANITIZED)
struct filter {
    struct sock_filter lines[FILTER_MAX];
    unsigned short count;
};

static void
filter_add(struct filter *f, struct sock_filter line)
{
    must(f->count < FILTER_MAX);
    f->lines[f->count++] = line;
}

static void
filter_load(struct filter *f, size_t offset)
{
    filter_add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void
filter_return(struct filter *f, uint32_t verdict)
{
    filter_add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* The next count lines only when what was loaded is this. */
static void
filter_when(struct filter *f, uint32_t value, uint8_t count)
{
    filter_add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
}

static void
filter_calls(struct filter *f, const int *calls, size_t count, uint32_t verdict)
{
    for (size_t i = 0; i < count; i++) {
        filter_when(f, (uint32_t)calls[i], 1);
        filter_return(f, verdict);
    }
}

/* That call only with any of these bits in its argument, or only without all of them. */
static void
filter_bits(struct filter *f, int call, unsigned argument, uint32_t bits, bool must_have)
{
    const uint8_t with = must_have ? 0 : 1, without = must_have ? 1 : 0;
    filter_when(f, (uint32_t)call, 4);
    filter_load(f, offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t));
    filter_add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, with, without));
    filter_return(f, ALLOW);
    filter_return(f, DENY(EPERM));
}

static void
filter_families(struct filter *f, int call)
{
    static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
    filter_when(f, (uint32_t)call, 2 * COUNT_OF(families) + 2);
    filter_load(f, offsetof(struct seccomp_data, args));
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        filter_when(f, families[i], 1);
        filter_return(f, ALLOW);
    }
    filter_return(f, DENY(EPERM));
}

/* What loops, the ledger, Redis, webhooks, jobs, logs and an orderly end ask of the kernel. */
static const int needed[] = {
#ifdef __NR_poll
    __NR_poll,
    __NR_select,
    __NR_epoll_wait,
    __NR_open,
    __NR_stat,
    __NR_lstat,
    __NR_access,
    __NR_rename,
    __NR_unlink,
    __NR_mkdir,
    __NR_rmdir,
    __NR_readlink,
    __NR_chmod,
    __NR_chown,
    __NR_getdents,
    __NR_pipe,
    __NR_dup2,
    __NR_time,
#endif
    __NR_read,
    __NR_write,
    __NR_readv,
    __NR_writev,
    __NR_pread64,
    __NR_pwrite64,
    __NR_lseek,
    __NR_openat,
    __NR_close,
    __NR_newfstatat,
    __NR_fstat,
    __NR_statx,
    __NR_statfs,
    __NR_fstatfs,
    __NR_faccessat,
    __NR_faccessat2,
    __NR_fcntl,
    __NR_flock,
    __NR_fsync,
    __NR_fdatasync,
    __NR_ftruncate,
    __NR_fallocate,
    __NR_fchmod,
    __NR_fchown,
    __NR_renameat,
    __NR_renameat2,
    __NR_unlinkat,
    __NR_mkdirat,
    __NR_readlinkat,
    __NR_getdents64,
    __NR_getcwd,
    __NR_ioctl,
    __NR_pipe2,
    __NR_dup,
    __NR_dup3,
    __NR_eventfd2,
    __NR_epoll_create1,
    __NR_epoll_ctl,
    __NR_epoll_pwait,
    __NR_epoll_pwait2,
    __NR_ppoll,
    __NR_pselect6,
    __NR_accept,
    __NR_accept4,
    __NR_bind,
    __NR_listen,
    __NR_connect,
    __NR_shutdown,
    __NR_sendto,
    __NR_recvfrom,
    __NR_sendmsg,
    __NR_recvmsg,
    __NR_sendmmsg,
    __NR_recvmmsg,
    __NR_getsockname,
    __NR_getpeername,
    __NR_getsockopt,
    __NR_setsockopt,
    __NR_munmap,
    __NR_mremap,
    __NR_madvise,
    __NR_brk,
    __NR_mlock,
    __NR_mlock2,
    __NR_munlock,
    __NR_futex,
    __NR_set_robust_list,
    __NR_rseq,
    __NR_sched_yield,
    __NR_sched_getaffinity,
    __NR_set_tid_address,
    __NR_restart_syscall,
    __NR_rt_sigaction,
    __NR_rt_sigprocmask,
    __NR_rt_sigreturn,
    __NR_rt_sigtimedwait,
    __NR_sigaltstack,
    __NR_tgkill,
    __NR_getpid,
    __NR_gettid,
    __NR_getuid,
    __NR_geteuid,
    __NR_getgid,
    __NR_getegid,
    __NR_clock_gettime,
    __NR_clock_getres,
    __NR_clock_nanosleep,
    __NR_nanosleep,
    __NR_gettimeofday,
    __NR_getrandom,
    __NR_getrusage,
    __NR_prlimit64,
    __NR_sysinfo,
    __NR_uname,
    __NR_umask,
    __NR_exit,
    __NR_exit_group,
#ifdef HUIQUAN_TORTURE
    __NR_kill, /* of itself, at a named point */
#endif
};

/* Nobody who serves vouchers asks for these. */
static const int never[] = {
    __NR_execve,           __NR_execveat,      __NR_ptrace,
    __NR_process_vm_readv, __NR_bpf,           __NR_process_vm_writev,
    __NR_perf_event_open,  __NR_userfaultfd,   __NR_mount,
    __NR_umount2,          __NR_pivot_root,    __NR_chroot,
    __NR_unshare,          __NR_setns,         __NR_init_module,
    __NR_finit_module,     __NR_delete_module, __NR_kexec_load,
    __NR_reboot,           __NR_add_key,       __NR_keyctl,
    __NR_request_key,
};

static void
filter_build(struct filter *f)
{
    f->count = 0;
    filter_load(f, offsetof(struct seccomp_data, arch));
    filter_add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0));
    filter_return(f, END);
    filter_load(f, offsetof(struct seccomp_data, nr));
    filter_calls(f, needed, COUNT_OF(needed), ALLOW);
    filter_calls(f, never, COUNT_OF(never), END);
    filter_bits(f, __NR_mmap, 2, PROT_EXEC, false);
    filter_bits(f, __NR_mprotect, 2, PROT_EXEC, false);
    filter_bits(f, __NR_clone, 0, CLONE_THREAD, true);
    filter_families(f, __NR_socket);
    filter_families(f, __NR_socketpair);
    /* Its flags cannot be seen from here; glibc then takes clone(). */
    filter_calls(f, (const int[]){ __NR_clone3 }, 1, DENY(ENOSYS));
    filter_return(f, DENY(EPERM));
}

bool
confine_calls(void)
{
    struct filter filter;
    filter_build(&filter);
    const struct sock_fprog program = { filter.count, filter.lines };
    return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}
#else
bool
confine_calls(void)
{
    return false;
}
#endif
