# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts of vm/ share. Sourced, never run.

# All output is parsed somewhere: no translations, one sort order.
export LC_ALL=C

# Kernels and initramfs images are large and serve every checkout.
HMT_CACHE=${HMT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hmt}

# vm_say TEXT - one line to a person; standard output belongs to the caller
vm_say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# vm_die STATUS TEXT
vm_die()
{
	local status=$1

	shift
	vm_say "$*"
	exit "$status"
}

# vm_lock NAME - hold a lock until this process exits, as descriptor 9
#
# Programs that may outlive the script must be started with 9>&-.
vm_lock()
{
	mkdir -p "$HMT_CACHE/lock"
	exec 9>"$HMT_CACHE/lock/$1"
	flock 9
}

# vm_unlock - give it back early
vm_unlock()
{
	exec 9>&-
}

# vm_hash - a short name for what is read from standard input
vm_hash()
{
	local sum

	sum=$(sha256sum)
	printf '%.16s\n' "$sum"
}
