/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The members of kernel structs that the sensor reads. Offsets are relocated at load time against the running kernel's
 * BTF (CO-RE), so order and completeness do not matter here, only names; no vmlinux.h is needed to build.
 */
#pragma once
#include "arch.h"

#define Q_CORE __attribute__((preserve_access_index))

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
typedef _Bool bool;
#define true 1
#define false 0

typedef struct {
	int counter;
} Q_CORE atomic_t;
typedef struct {
	u32 val;
} Q_CORE kuid_t;
typedef struct {
	u32 val;
} Q_CORE kgid_t;

/* Processes. */
struct pid_namespace;
struct upid {
	int nr;
	struct pid_namespace *ns;
} Q_CORE;
struct pid {
	unsigned int level;
	struct upid numbers[1];
} Q_CORE;
struct cred {
	kuid_t uid, euid;
	kgid_t egid;
} Q_CORE;
struct tty_struct {
	char name[64];
} Q_CORE;
struct signal_struct {
	atomic_t live;
	struct tty_struct *tty;
} Q_CORE;
struct new_utsname {
	char nodename[65];
} Q_CORE;
struct uts_namespace {
	struct new_utsname name;
} Q_CORE;
struct nsproxy {
	struct uts_namespace *uts_ns;
} Q_CORE;

/* Files. */
struct super_block {
	u32 s_dev;
} Q_CORE;
struct qstr {
	u32 len;
	const unsigned char *name;
} Q_CORE;
struct inode {
	u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	u32 i_rdev;
} Q_CORE;
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
} Q_CORE;
struct vfsmount {
	struct dentry *mnt_root;
} Q_CORE;
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
} Q_CORE;
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} Q_CORE;
struct file {
	u32 f_mode;
	u32 f_flags;
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
} Q_CORE;
struct filename {
	const char *name;
} Q_CORE;
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} Q_CORE;
struct files_struct {
	struct fdtable *fdt;
} Q_CORE;
struct fs_struct {
	struct path root, pwd;
} Q_CORE;
struct mm_struct {
	unsigned long arg_start, arg_end;
	struct file *exe_file;
} Q_CORE;
struct linux_binprm {
	const char *filename, *interp;
} Q_CORE;

struct task_struct {
	struct thread_info thread_info;
	struct mm_struct *mm;
	unsigned int flags;
	int exit_code;
	int pid, tgid;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	u64 start_boottime;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	kuid_t loginuid;
	unsigned int sessionid;
} Q_CORE;

/* Sockets. */
struct in6_addr {
	u8 in6_u[16];
};
struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	u16 skc_dport, skc_num, skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
	unsigned long skc_flags;
} Q_CORE;
struct socket;
struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	int sk_err;
	u16 sk_protocol, sk_type;
} Q_CORE;
struct inet_sock {
	u32 inet_saddr;
	u16 inet_sport;
} Q_CORE;
struct tcp_sock {
	u32 write_seq, snd_una;
	u64 bytes_received, bytes_acked;
} Q_CORE;
struct socket {
	struct sock *sk;
} Q_CORE;

struct bpf_iter_meta;
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
} Q_CORE;

/* User memory: fixed by the system call interface. */
struct q_msghdr {
	u64 name;
	u32 namelen, pad;
	u64 iov, iovlen, control, controllen;
	u32 flags, pad2;
};
struct q_mmsghdr {
	struct q_msghdr hdr;
	u32 len, pad;
};
