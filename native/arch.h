/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What differs between processors (arm64 has no calls that take a path without a directory): where a syscall's number and arguments are, its numbers, how a 32-bit caller shows. */
#pragma once

#if defined(__TARGET_ARCH_x86)

struct pt_regs {
	unsigned long di, si, dx, r10, r8, r9, orig_ax;
} __attribute__((preserve_access_index));

struct thread_info {
	unsigned int status;
} __attribute__((preserve_access_index));

/* Less the bit of x32. */
#define Q_SYSCALL_NR(regs) ((u32)(regs)->orig_ax & ~0x40000000u)
#define Q_ARG1(regs) ((regs)->di)
#define Q_ARG2(regs) ((regs)->si)
#define Q_ARG3(regs) ((regs)->dx)
#define Q_ARG4(regs) ((regs)->r10)
#define Q_ARG5(regs) ((regs)->r8)
#define Q_ARG6(regs) ((regs)->r9)
/* TS_COMPAT */
#define Q_IS_32BIT(task) (((task)->thread_info.status & 2) != 0)

#define Q_NR_READ 0
#define Q_NR_WRITE 1
#define Q_NR_OPEN 2
#define Q_NR_READV 19
#define Q_NR_WRITEV 20
#define Q_NR_SENDFILE 40
#define Q_NR_SOCKET 41
#define Q_NR_CONNECT 42
#define Q_NR_ACCEPT 43
#define Q_NR_SENDTO 44
#define Q_NR_RECVFROM 45
#define Q_NR_SENDMSG 46
#define Q_NR_RECVMSG 47
#define Q_NR_BIND 49
#define Q_NR_LISTEN 50
#define Q_NR_TRUNCATE 76
#define Q_NR_FTRUNCATE 77
#define Q_NR_RENAME 82
#define Q_NR_RMDIR 84
#define Q_NR_CREAT 85
#define Q_NR_LINK 86
#define Q_NR_UNLINK 87
#define Q_NR_SYMLINK 88
#define Q_NR_CHMOD 90
#define Q_NR_FCHMOD 91
#define Q_NR_CHOWN 92
#define Q_NR_FCHOWN 93
#define Q_NR_LCHOWN 94
#define Q_NR_MOUNT 165
#define Q_NR_UMOUNT2 166
#define Q_NR_OPENAT 257
#define Q_NR_FCHOWNAT 260
#define Q_NR_UNLINKAT 263
#define Q_NR_RENAMEAT 264
#define Q_NR_LINKAT 265
#define Q_NR_SYMLINKAT 266
#define Q_NR_FCHMODAT 268
#define Q_NR_SPLICE 275
#define Q_NR_ACCEPT4 288
#define Q_NR_RECVMMSG 299
#define Q_NR_SENDMMSG 307
#define Q_NR_RENAMEAT2 316
#define Q_NR_MEMFD_CREATE 319
#define Q_NR_MOVE_MOUNT 429
#define Q_NR_OPENAT2 437
#define Q_NR_FCHMODAT2 452

#elif defined(__TARGET_ARCH_arm64)

struct pt_regs {
	unsigned long long regs[31];
	unsigned long long orig_x0;
	int syscallno;
} __attribute__((preserve_access_index));

struct thread_info {
	unsigned long flags;
} __attribute__((preserve_access_index));

#define Q_SYSCALL_NR(regs) ((u32)(regs)->syscallno)
/* x0 holds the result by now. */
#define Q_ARG1(regs) ((regs)->orig_x0)
#define Q_ARG2(regs) ((regs)->regs[1])
#define Q_ARG3(regs) ((regs)->regs[2])
#define Q_ARG4(regs) ((regs)->regs[3])
#define Q_ARG5(regs) ((regs)->regs[4])
#define Q_ARG6(regs) ((regs)->regs[5])
/* TIF_32BIT */
#define Q_IS_32BIT(task) (((task)->thread_info.flags & (1UL << 22)) != 0)

#define Q_NR_UNLINKAT 35
#define Q_NR_SYMLINKAT 36
#define Q_NR_LINKAT 37
#define Q_NR_RENAMEAT 38
#define Q_NR_UMOUNT2 39
#define Q_NR_MOUNT 40
#define Q_NR_TRUNCATE 45
#define Q_NR_FTRUNCATE 46
#define Q_NR_FCHMOD 52
#define Q_NR_FCHMODAT 53
#define Q_NR_FCHOWNAT 54
#define Q_NR_FCHOWN 55
#define Q_NR_OPENAT 56
#define Q_NR_READ 63
#define Q_NR_WRITE 64
#define Q_NR_READV 65
#define Q_NR_WRITEV 66
#define Q_NR_SENDFILE 71
#define Q_NR_SPLICE 76
#define Q_NR_SOCKET 198
#define Q_NR_BIND 200
#define Q_NR_LISTEN 201
#define Q_NR_ACCEPT 202
#define Q_NR_CONNECT 203
#define Q_NR_SENDTO 206
#define Q_NR_RECVFROM 207
#define Q_NR_SENDMSG 211
#define Q_NR_RECVMSG 212
#define Q_NR_ACCEPT4 242
#define Q_NR_RECVMMSG 243
#define Q_NR_SENDMMSG 269
#define Q_NR_RENAMEAT2 276
#define Q_NR_MEMFD_CREATE 279
#define Q_NR_MOVE_MOUNT 429
#define Q_NR_OPENAT2 437
#define Q_NR_FCHMODAT2 452

#else
#error "the sensor requires __TARGET_ARCH_x86 or __TARGET_ARCH_arm64"
#endif
