/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What differs between processors (arm64 has no calls that take a path without a directory): where a syscall's number and arguments are, its numbers, how a 32-bit caller shows. */
#pragma once

#if defined(__TARGET_ARCH_x86)

struct pt_regs {
	unsigned long bp, bx, di, si, dx, cx, r10, r8, r9, orig_ax;
} __attribute__((preserve_access_index));

struct thread_info {
	unsigned int status;
} __attribute__((preserve_access_index));

#define Q_SYSCALL_NR(regs) ((u32)(regs)->orig_ax)
#define Q_ARGUMENTS(regs) { (regs)->di, (regs)->si, (regs)->dx, (regs)->r10, (regs)->r8, (regs)->r9 }
#define Q_ARGUMENTS_32(regs)                                                                                           \
	{ (u32)(regs)->bx, (u32)(regs)->cx, (u32)(regs)->dx, (u32)(regs)->si, (u32)(regs)->di, (u32)(regs)->bp }
/* TS_COMPAT: a 32-bit program, or int 0x80 of a 64-bit one; both use i386's numbers and registers. */
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
#define Q_NR_EXECVE 59
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
#define Q_NR_PTRACE 101
#define Q_NR_SETUID 105
#define Q_NR_SETGID 106
#define Q_NR_SETREUID 113
#define Q_NR_SETREGID 114
#define Q_NR_SETGROUPS 116
#define Q_NR_SETRESUID 117
#define Q_NR_SETRESGID 119
#define Q_NR_SETFSUID 122
#define Q_NR_SETFSGID 123
#define Q_NR_CAPSET 126
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
#define Q_NR_PROCESS_VM_READV 310
#define Q_NR_PROCESS_VM_WRITEV 311
#define Q_NR_RENAMEAT2 316
#define Q_NR_MEMFD_CREATE 319
#define Q_NR_EXECVEAT 322
#define Q_NR_MOVE_MOUNT 429
#define Q_NR_OPENAT2 437
#define Q_NR_FCHMODAT2 452

/* Those of i386 that differ from arm's; the others are below. */
#define Q_NR32_SOCKETCALL 102
#define Q_SOCKETCALL_SEND 9
#define Q_SOCKETCALL_RECV 10
#define Q_NR32_OPENAT 295
#define Q_NR32_FCHOWNAT 298
#define Q_NR32_UNLINKAT 301
#define Q_NR32_RENAMEAT 302
#define Q_NR32_LINKAT 303
#define Q_NR32_SYMLINKAT 304
#define Q_NR32_FCHMODAT 306
#define Q_NR32_SPLICE 313
#define Q_NR32_RECVMMSG 337
#define Q_NR32_SENDMMSG 345
#define Q_NR32_PROCESS_VM_READV 347
#define Q_NR32_PROCESS_VM_WRITEV 348
#define Q_NR32_RENAMEAT2 353
#define Q_NR32_MEMFD_CREATE 356
#define Q_NR32_EXECVEAT 358
#define Q_NR32_SOCKET 359
#define Q_NR32_BIND 361
#define Q_NR32_CONNECT 362
#define Q_NR32_LISTEN 363
#define Q_NR32_ACCEPT4 364
#define Q_NR32_SENDTO 369
#define Q_NR32_SENDMSG 370
#define Q_NR32_RECVFROM 371
#define Q_NR32_RECVMSG 372

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
#define Q_ARGUMENTS(r) { (r)->orig_x0, (r)->regs[1], (r)->regs[2], (r)->regs[3], (r)->regs[4], (r)->regs[5] }
#define Q_ARGUMENTS_32(r)                                                                                              \
	{ (u32)(r)->orig_x0, (u32)(r)->regs[1], (u32)(r)->regs[2], (u32)(r)->regs[3], (u32)(r)->regs[4], (u32)(r)->regs[5] }
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
#define Q_NR_CAPSET 91
#define Q_NR_PTRACE 117
#define Q_NR_SETREGID 143
#define Q_NR_SETGID 144
#define Q_NR_SETREUID 145
#define Q_NR_SETUID 146
#define Q_NR_SETRESUID 147
#define Q_NR_SETRESGID 149
#define Q_NR_SETFSUID 151
#define Q_NR_SETFSGID 152
#define Q_NR_SETGROUPS 159
#define Q_NR_SOCKET 198
#define Q_NR_BIND 200
#define Q_NR_LISTEN 201
#define Q_NR_ACCEPT 202
#define Q_NR_CONNECT 203
#define Q_NR_SENDTO 206
#define Q_NR_RECVFROM 207
#define Q_NR_SENDMSG 211
#define Q_NR_RECVMSG 212
#define Q_NR_EXECVE 221
#define Q_NR_ACCEPT4 242
#define Q_NR_RECVMMSG 243
#define Q_NR_SENDMMSG 269
#define Q_NR_PROCESS_VM_READV 270
#define Q_NR_PROCESS_VM_WRITEV 271
#define Q_NR_RENAMEAT2 276
#define Q_NR_MEMFD_CREATE 279
#define Q_NR_EXECVEAT 281
#define Q_NR_MOVE_MOUNT 429
#define Q_NR_OPENAT2 437
#define Q_NR_FCHMODAT2 452

/* Those of arm that differ from i386's; the others are below. */
#define Q_NR32_SOCKET 281
#define Q_NR32_BIND 282
#define Q_NR32_CONNECT 283
#define Q_NR32_LISTEN 284
#define Q_NR32_ACCEPT 285
#define Q_NR32_SENDTO 290
#define Q_NR32_RECVFROM 292
#define Q_NR32_SENDMSG 296
#define Q_NR32_RECVMSG 297
#define Q_NR32_OPENAT 322
#define Q_NR32_FCHOWNAT 325
#define Q_NR32_UNLINKAT 328
#define Q_NR32_RENAMEAT 329
#define Q_NR32_LINKAT 330
#define Q_NR32_SYMLINKAT 331
#define Q_NR32_FCHMODAT 333
#define Q_NR32_SPLICE 340
#define Q_NR32_RECVMMSG 365
#define Q_NR32_ACCEPT4 366
#define Q_NR32_SENDMMSG 374
#define Q_NR32_PROCESS_VM_READV 376
#define Q_NR32_PROCESS_VM_WRITEV 377
#define Q_NR32_RENAMEAT2 382
#define Q_NR32_MEMFD_CREATE 385
#define Q_NR32_EXECVEAT 387

#else
#error "the sensor requires __TARGET_ARCH_x86 or __TARGET_ARCH_arm64"
#endif

/* 32-bit programs, i386 and arm alike. Those with a 16 take ids of 16 bits. */
#define Q_NR32_READ 3
#define Q_NR32_WRITE 4
#define Q_NR32_OPEN 5
#define Q_NR32_CREAT 8
#define Q_NR32_LINK 9
#define Q_NR32_UNLINK 10
#define Q_NR32_EXECVE 11
#define Q_NR32_CHMOD 15
#define Q_NR32_MOUNT 21
#define Q_NR32_SETUID16 23
#define Q_NR32_PTRACE 26
#define Q_NR32_RENAME 38
#define Q_NR32_RMDIR 40
#define Q_NR32_SETGID16 46
#define Q_NR32_UMOUNT2 52
#define Q_NR32_SETREUID16 70
#define Q_NR32_SETREGID16 71
#define Q_NR32_SETGROUPS16 81
#define Q_NR32_SYMLINK 83
#define Q_NR32_TRUNCATE 92
#define Q_NR32_FTRUNCATE 93
#define Q_NR32_FCHMOD 94
#define Q_NR32_SETFSUID16 138
#define Q_NR32_SETFSGID16 139
#define Q_NR32_READV 145
#define Q_NR32_WRITEV 146
#define Q_NR32_SETRESUID16 164
#define Q_NR32_SETRESGID16 170
#define Q_NR32_CAPSET 185
#define Q_NR32_SENDFILE 187
#define Q_NR32_TRUNCATE64 193
#define Q_NR32_FTRUNCATE64 194
#define Q_NR32_LCHOWN 198
#define Q_NR32_SETREUID 203
#define Q_NR32_SETREGID 204
#define Q_NR32_SETGROUPS 206
#define Q_NR32_FCHOWN 207
#define Q_NR32_SETRESUID 208
#define Q_NR32_SETRESGID 210
#define Q_NR32_CHOWN 212
#define Q_NR32_SETUID 213
#define Q_NR32_SETGID 214
#define Q_NR32_SETFSUID 215
#define Q_NR32_SETFSGID 216
#define Q_NR32_SENDFILE64 239
#define Q_NR32_RECVMMSG_TIME64 417
#define Q_NR32_MOVE_MOUNT 429
#define Q_NR32_OPENAT2 437
#define Q_NR32_FCHMODAT2 452
