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
struct ns_common {
	unsigned int inum;
} Q_CORE;
struct list_head {
	struct list_head *next;
} Q_CORE;
struct hlist_node {
	struct hlist_node *next;
} Q_CORE;
struct hlist_head {
	struct hlist_node *first;
} Q_CORE;
/* The radix tree behind a pid namespace's ids. */
struct xa_node {
	unsigned char shift;
	void *slots[64];
} Q_CORE;
struct xarray {
	void *xa_head;
} Q_CORE;
struct idr {
	struct xarray idr_rt;
} Q_CORE;
struct pid_namespace {
	struct ns_common ns;
	struct idr idr;
} Q_CORE;
struct upid {
	int nr;
	struct pid_namespace *ns;
} Q_CORE;
struct pid {
	unsigned int level;
	struct hlist_head tasks[2];
	struct upid numbers[1];
} Q_CORE;
typedef struct {
	u64 val;
} Q_CORE kernel_cap_t;
struct group_info {
	int ngroups;
	kgid_t gid[1];
} Q_CORE;
struct cred {
	kuid_t uid, euid, suid, fsuid;
	kgid_t gid, egid, sgid, fsgid;
	kernel_cap_t cap_effective;
	struct group_info *group_info;
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
struct mnt_namespace {
	struct ns_common ns;
} Q_CORE;
struct nsproxy {
	struct uts_namespace *uts_ns;
	struct mnt_namespace *mnt_ns;
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
	s64 i_ctime_sec; /* from 6.11 on */
} Q_CORE;
struct timespec64 {
	s64 tv_sec;
} Q_CORE;
struct inode___to_6_5 {
	struct timespec64 i_ctime;
} Q_CORE;
struct inode___to_6_10 {
	struct timespec64 __i_ctime;
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
	struct hlist_node pid_links[2];
	u64 start_boottime;
	u64 self_exec_id;
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
struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
} Q_CORE;
struct unix_address {
	int len;
	struct sockaddr_un name[0];
} Q_CORE;
struct unix_sock {
	struct unix_address *addr;
	struct path path;
	struct sock *peer;
} Q_CORE;

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
} Q_CORE;
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} Q_CORE;
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
} Q_CORE;

/* User memory: fixed by the system call interface. */
struct q_iovec {
	u64 base, len;
};
struct q_iovec_32 {
	u32 base, len;
};
struct q_msghdr {
	u64 name;
	u32 namelen, pad;
	u64 iov, iovlen, control, controllen;
	u32 flags, pad2;
};
struct q_msghdr_32 {
	u32 name, namelen, iov, iovlen, control, controllen, flags;
};
struct q_mmsghdr_32 {
	struct q_msghdr_32 hdr;
	u32 len;
};
struct q_mmsghdr {
	struct q_msghdr hdr;
	u32 len, pad;
};
