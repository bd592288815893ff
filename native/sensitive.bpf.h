/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which files are sensitive: user space fills in names of files, names of folders whose files are, and suffixes. A file once
 * recognised is known by its inode, so that a hard link or a bind mount under another name is recognised too.
 */
#pragma once
#include "emit.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct q_name);
	__type(value, u8);
} sensitive_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct q_inode);
	__type(value, u8);
} sensitive_inodes SEC(".maps");

static __always_inline struct q_inode inode_id(struct inode *inode)
{
	struct q_inode id = {};
	id.ino = BPF_CORE_READ(inode, i_ino);
	id.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	return id;
}

static __always_inline bool name_listed(struct q_name *name)
{
	return bpf_map_lookup_elem(&sensitive_names, name) != NULL;
}

/* Cut at one byte more than a listed name can have. The rest stays zero, as in the map. */
static __always_inline void read_name(struct q_name *name, u32 what, const unsigned char *from)
{
	__builtin_memset(name, 0, sizeof(*name));
	bpf_probe_read_kernel_str(name->text, sizeof(name->text), from);
	name->what = what;
}

/*
 * What follows the last dot that is not the first character, among the last 31 bytes of a name in kernel memory. Not inlined,
 * so that the verifier walks the loop once.
 */
__noinline u32 suffix_listed(u64 name_at, u32 len)
{
	struct q_name name;
	u64 from = len > Q_NAME_MAX ? name_at + (len - Q_NAME_MAX) : name_at;
	u32 dot = 0;
	bool found = false;

	read_name(&name, 0, (void *)from);
	for (u32 i = 1; i < sizeof(name.text); i++) {
		if (name.text[i] == '.') {
			dot = i;
			found = true;
		}
	}
	if (!found)
		return 0;
	/* Neither compared nor an offset on the stack: else each value of `dot` would be a path of its own for the verifier. */
	read_name(&name, Q_NAME_SUFFIX, (void *)(from + dot));
	return name_listed(&name);
}

static __always_inline bool is_sensitive(struct dentry *dentry, struct q_inode *id)
{
	struct q_name name;
	u8 yes = 1;

	if (bpf_map_lookup_elem(&sensitive_inodes, id))
		return true;
	const unsigned char *text = BPF_CORE_READ(dentry, d_name.name);
	read_name(&name, Q_NAME_FILE, text);
	bool listed = name_listed(&name) || suffix_listed((u64)text, BPF_CORE_READ(dentry, d_name.len));
	if (!listed) {
		read_name(&name, Q_NAME_FOLDER, BPF_CORE_READ(dentry, d_parent, d_name.name));
		listed = name_listed(&name);
	}
	if (!listed)
		return false;
	bpf_map_update_elem(&sensitive_inodes, id, &yes, BPF_ANY);
	return true;
}
