/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the BPF program and the reader share: one struct per kind of event. A record in the ring is one of these structs,
 * followed by `data` where it has one; every struct is a multiple of 8 bytes without hidden padding. A ring sample may be
 * up to 7 bytes longer than its event.
 */
#pragma once

#ifdef __cplusplus
#include <cstdint>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#endif

/* Kinds from 0, without gaps: they index counters. */
enum q_kind {
	Q_EXEC, Q_FORK, Q_EXIT, Q_CONNECT, Q_ACCEPT, Q_CLOSE, Q_SEND, Q_OPEN, Q_DNS, Q_DNS_ANSWER,
	/* q_file */
	Q_OPEN_FAILED, Q_RENAME, Q_LINK, Q_SYMLINK, Q_UNLINK, Q_TRUNCATE, Q_CHMOD, Q_CHOWN, Q_MEMFD, Q_MOUNT,
	Q_RECV, Q_BIND, Q_LISTEN, Q_SOCKET, Q_UNIX_CONNECT, Q_UNIX_ACCEPT, Q_UNIX_BIND, Q_UNIX_LISTEN,
	Q_EXEC_FAILED, Q_SETID, Q_PTRACE,
	Q_KINDS
};

/* Longest strings, in bytes. */
#define Q_ARGS_MAX 8192
#define Q_PATH_MAX 4096
/* bpf_perf_event_output above 64 KiB corrupts the ring without an error; stay far below. */
#define Q_EVENT_MAX 24576

#define Q_UNKNOWN_U32 0xffffffffu
#define Q_UNKNOWN_U64 0xffffffffffffffffull
/* A result that is not known: io_uring was asked not to tell, or there was no room to wait for it. */
#define Q_RET_UNKNOWN (-0x7fffffff - 1)

/* A process as it was when it acted. Ids are those of the init namespaces. */
struct q_who {
	u64 start_ns;        /* boot time of the group leader's start */
	u64 parent_start_ns; /* the same of the current parent */
	u32 tgid, ppid;
	u32 euid, egid, ruid;
	u32 login_uid, session;
	u32 exec_id; /* grows by one with each exec, inherited by fork: tells which program it was */
	char comm[16]; /* the group leader's */
};

struct q_head {
	u64 boot_ns;
	u32 kind;
	u32 pad;
	struct q_who who;
};

enum q_stdio { Q_STDIO_CLOSED, Q_STDIO_FILE, Q_STDIO_TTY, Q_STDIO_PIPE, Q_STDIO_SOCKET, Q_STDIO_NULL, Q_STDIO_OTHER };

/* Bits of q_exec.truncated, q_open.truncated and q_unix.truncated: the string was cut. */
#define Q_CUT_ARGS 1
#define Q_CUT_EXE 2
#define Q_CUT_CWD 4
#define Q_CUT_PATH 8

/*
 * data: args (NUL-separated as in user memory), then exe, cwd and the file name given to exec. exe and cwd are path components from the
 * leaf to the root, each ended by NUL.
 */
struct q_exec {
	struct q_head head;
	s64 changed_s; /* when the file of exe was changed last (ctime), wall clock; Q_UNKNOWN_U64 for a process that was running */
	u32 args_len, exe_len, cwd_len, file_len;
	u32 ns_ppid;
	u32 truncated;
	u8 stdio[4];
	u8 script;   /* the file name is a script, exe its interpreter */
	u8 unlinked; /* exe has no name left */
	u8 pad[2];
	char tty[24];
	char data[];
};

/* head.who is the child. Its creator is not its parent when it was cloned with CLONE_PARENT. */
struct q_fork {
	struct q_head head;
	u64 creator_start_ns;
	u32 creator_tgid;
	u32 ns_ppid;
};

struct q_exit {
	struct q_head head;
	s32 code; /* as wait() gives it */
	u32 pad;
};

enum q_proto {
	Q_PROTO_OTHER, Q_PROTO_TCP, Q_PROTO_UDP, Q_PROTO_UDPLITE, Q_PROTO_ICMP, Q_PROTO_RAW, Q_PROTO_PACKET, Q_PROTO_SCTP,
	Q_PROTO_MPTCP
};

/* Addresses in network order, IPv4 in the first four bytes; ports in host order. The source is the local side. */
struct q_flow {
	u8 saddr[16], daddr[16];
	u16 sport, dport;
	u8 is_v6;
	u8 proto;
	u8 pad[2];
};

/* Connect, accept, close, send, recv, bind, listen. */
struct q_net {
	struct q_head head;
	struct q_flow flow;
	u64 duration_ns;         /* Q_UNKNOWN_U64 when the beginning was not seen */
	u64 bytes_out, bytes_in; /* Q_UNKNOWN_U64 when they do not apply */
	s32 ret;
	s32 fd; /* -1 when there is none */
	u64 count;
};

/* A socket of kind raw, packet or ping was made, or was to be made. The three are as given to socket(). */
struct q_socket {
	struct q_head head;
	s32 ret;
	s32 fd; /* -1 when there is none */
	u32 family, type, protocol;
	u32 proto;
};

enum q_unix_form {
	Q_UNIX_NAME,       /* data: sun_path as given; an abstract name begins with NUL */
	Q_UNIX_COMPONENTS, /* data: path components from the leaf to the root */
};
#define Q_SUN_PATH 108

/* Unix sockets: connect, accept, bind, listen. */
struct q_unix {
	struct q_head head;
	u64 duration_ns; /* Q_UNKNOWN_U64 when it does not apply */
	u64 count;
	s32 ret;
	s32 fd;
	u32 path_len;
	u16 form;
	u16 truncated;
	char data[];
};

/*
 * Of what comes often in one form, the kernel counts what follows the first in a table; an entry is this, followed by the event of
 * the first. The reader makes an event of it with what was counted.
 */
struct q_sum {
	u64 first_ns; /* boot time */
	u64 count, bytes;
};
/* Flows of one second, and look-ups of one minute; what does not fit is told one by one. */
#define Q_FLOWS 8192
#define Q_LOOKUPS 2048

/* data: path components from the leaf to the root. */
struct q_open {
	struct q_head head;
	s32 fd;
	u32 flags;   /* as given to open */
	u32 mode;    /* the kernel's f_mode */
	u32 path_len;
	u32 truncated;
	u8 unlinked;
	u8 pad[3];
	char data[];
};

enum q_mount { Q_MOUNT_NEW, Q_MOUNT_GONE, Q_MOUNT_MOVED };

/*
 * What was done to one or two files. data: for each the components of a directory from the leaf to the root, each ended by NUL,
 * then the name that was given, as in user memory, ended by NUL; the name is empty when the components are the file's own.
 */
struct q_file {
	struct q_head head;
	s32 ret;
	u32 mount_ns; /* inode number of the mount namespace */
	u32 flags;    /* of open, renameat2, unlinkat, memfd_create, mount, umount2 */
	u32 mode;     /* of chmod; for mounts, what was done */
	u32 uid, gid; /* of chown; Q_UNKNOWN_U32 leaves it */
	u32 dir_len[2], name_len[2];
	u8 truncated;
	u8 chrooted; /* the process's root is not that of its mount namespace */
	u8 follows;  /* the call follows a symbolic link at the end of the name */
	u8 pad;
	u32 pad2;
	char type[32]; /* mount: the file system's */
	char data[];
};

/* A DNS message over UDP: a query that was sent (Q_DNS), or an answer that was received (Q_DNS_ANSWER). data: its first bytes. */
#define Q_DNS_MAX 1408
struct q_dns {
	struct q_head head;
	struct q_flow flow;
	s32 ret; /* of a query: −errno when it was not sent */
	s32 fd;
	u32 message_len; /* all of it */
	u32 data_len;
	char data[];
};

/* data: the string that was passed, ended by NUL; of a relative one then the components of the folder it starts from. */
struct q_exec_failed {
	struct q_head head;
	s32 ret;
	u32 count;
	u32 path_len, base_len;
	u32 truncated;
	u32 pad;
	char data[];
};

/* Threads whose failed execs are collected; from what age on an entry is the reader's to take. */
#define Q_MISSES 2048
#define Q_MISSES_READERS_NS 2000000000ull

/* Groups of a process that rows name. */
#define Q_GROUPS 15

/* Ids as of the init namespaces; group: the first of `groups`, 0 behind them. */
struct q_ids {
	u32 ruid, euid, suid, fsuid;
	u32 rgid, egid, sgid, fsgid;
	u64 caps; /* effective */
	u32 groups;
	u32 group[Q_GROUPS];
};

enum q_setid_call { Q_SETUID, Q_SETREUID, Q_SETRESUID, Q_SETFSUID, Q_SETGID, Q_SETREGID, Q_SETRESGID, Q_SETFSGID, Q_SETGROUPS,
		    Q_CAPSET, Q_SETID_CALLS };

struct q_setid {
	struct q_head head;
	struct q_ids ids; /* after the call */
	u32 call;
	s32 ret;
};

/* Beside the requests of ptrace(). */
#define Q_VM_READ 0x10000u
#define Q_VM_WRITE 0x10001u

/* data: the components of the target's exe. */
struct q_ptrace {
	struct q_head head;
	u32 target; /* its thread group */
	u32 request;
	s32 ret;
	u32 path_len;
	u32 truncated;
	u8 unlinked;
	u8 pad[3];
	char data[];
};
