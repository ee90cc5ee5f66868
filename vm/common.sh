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

# vm_hash - a short name for what is read from standard input
vm_hash()
{
	local sum

	sum=$(sha256sum)
	printf '%.16s\n' "$sum"
}

# vm_prune DIR DAYS PATTERN - remove what nobody used for so long
#
# Whoever uses a folder of the cache touches it.
vm_prune()
{
	find "$1" -mindepth 1 -maxdepth 1 -name "$3" -mtime "+$2" -exec rm -rf {} +
}

# vm_merged PATH - where it is with /bin, /sbin and /lib merged into /usr
vm_merged()
{
	case $1 in
	/bin/* | /sbin/* | /lib/* | /lib64/*) echo "/usr$1" ;;
	*) echo "$1" ;;
	esac
}

# vm_add_file ROOT BASE PATH - copy it from this machine unless BASE has it
vm_add_file()
{
	local to

	to=$(vm_merged "$3")
	[ ! -e "$2$to" ] || return 0
	mkdir -p "$1${to%/*}"
	cp -P "$3" "$1$to"
	[ ! -L "$3" ] || vm_add_file "$1" "$2" "$(readlink -f "$3")"
}

# vm_add_libraries ROOT BASE PROGRAM - those that it is linked with
vm_add_libraries()
{
	local file

	# A script has none, which ldd calls a failure.
	{ ldd "$3" 2>/dev/null || :; } | { grep -oE '/[^ ]+' || :; } |
		while read -r file; do
			[ ! -e "$file" ] || vm_add_file "$1" "$2" "$file"
		done
}
