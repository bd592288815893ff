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
enum q_kind { Q_EXEC, Q_FORK, Q_EXIT, Q_CONNECT, Q_ACCEPT, Q_CLOSE, Q_SEND, Q_OPEN, Q_RENAME, Q_LINK, Q_SYMLINK, Q_UNLINK, Q_KINDS };

/* Longest strings, in bytes. */
#define Q_ARGS_MAX 8192
#define Q_PATH_MAX 4096
/* bpf_perf_event_output above 64 KiB corrupts the ring without an error; stay far below. */
#define Q_EVENT_MAX 24576

#define Q_UNKNOWN_U32 0xffffffffu
#define Q_UNKNOWN_U64 0xffffffffffffffffull
/* A result that is not known: io_uring was asked not to tell, or had no room to. */
#define Q_RET_UNKNOWN (-0x7fffffff - 1)

/* A process as it was when it acted. Ids are those of the init namespaces. */
struct q_who {
	u64 start_ns;        /* boot time of the group leader's start */
	u64 parent_start_ns; /* the same of the current parent */
	u32 tgid, ppid;
	u32 euid, egid, ruid;
	u32 login_uid, session;
	u32 pad;
	char comm[16]; /* the group leader's */
};

struct q_head {
	u64 boot_ns;
	u32 kind;
	u32 pad;
	struct q_who who;
};

enum q_stdio { Q_STDIO_CLOSED, Q_STDIO_FILE, Q_STDIO_TTY, Q_STDIO_PIPE, Q_STDIO_SOCKET, Q_STDIO_NULL, Q_STDIO_OTHER };

/* Bits of the members `truncated`: the string was cut. */
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

/* Addresses in network order, IPv4 in the first four bytes; ports in host order. */
struct q_flow {
	u8 saddr[16], daddr[16];
	u16 sport, dport;
	u8 is_v6;
	u8 is_udp;
	u8 pad[2];
};

/* Connect, accept, close, send. */
struct q_net {
	struct q_head head;
	struct q_flow flow;
	u64 duration_ns;         /* Q_UNKNOWN_U64 when the beginning was not seen */
	u64 bytes_out, bytes_in; /* Q_UNKNOWN_U64 when they do not apply */
	s32 ret;
	s32 fd; /* -1 when there is none */
	u64 count;
};

/*
 * data: path components from the leaf to the root. With name_len those of the folder it starts in, followed by the name as the program
 * gave it, ended by NUL.
 */
struct q_open {
	struct q_head head;
	s32 ret;
	s32 fd;      /* -1 when there is none */
	u32 flags;   /* as given to open */
	u32 mode;    /* the kernel's f_mode */
	u32 path_len, name_len;
	u32 truncated;
	u8 unlinked;
	u8 pad[3];
	char data[];
};

/*
 * Rename, link, symlink, unlink. data: for each name the components of the folder it starts in, from the leaf to the root, and the
 * name as given, ended by NUL. A symlink's second name is what it points to, without a folder.
 */
struct q_names {
	struct q_head head;
	s32 ret;
	u32 flags; /* as given to the call */
	u32 folder_len, name_len, to_folder_len, to_name_len;
	u32 truncated;
	u32 pad;
	char data[];
};

/* A name that marks files as sensitive: of at most 30 bytes, so that one cut at 31 is none. Zero behind its end: it is a key. */
#define Q_NAME_MAX 31
enum q_name_what { Q_NAME_FILE = 1, Q_NAME_FOLDER, Q_NAME_SUFFIX };
struct q_name {
	u32 what;
	char text[Q_NAME_MAX + 1];
};

/* A file on this machine; `dev` in the kernel's form. */
struct q_inode {
	u64 ino;
	u32 dev, pad;
};

/* Connections whose owner is remembered, by default; 160 bytes each. */
#define Q_CONNECTIONS 65536

/* The program's global variables. The reader sets `safe`; the iterator that runs first fills the next two. */
struct q_shared {
	u64 open; /* connections remembered, and those pushed out that have not ended */
	u64 safe; /* below so many open ones nothing is pushed out: CPUs keep free entries to themselves */
	u32 overflowed; /* there were more, once */
	u32 self_tgid;
	u32 uring_creds, uring_multishot; /* flags of io_uring's requests, which differ by kernel; set by the reader */
	char node_name[72]; /* of the init namespace, which no container can set */
};

/* Per CPU. seen[k] = handed to the ring + Σ failures of kind k. */
struct q_counters {
	u64 seen[Q_KINDS];
	u64 ring_full, recursion, too_big, other;
	u64 shed;            /* rows of connections whose owner was pushed out of the map */
	u64 unsupported_abi; /* system calls of 32-bit programs, skipped */
};
