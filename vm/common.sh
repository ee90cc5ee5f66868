# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions shared by the scripts of vm/, which source this file.

# The output of programs is parsed: no translations, one sort order.
export LC_ALL=C

# Kernels and initramfs images are large, so all checkouts share them.
HMT_CACHE=${HMT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hmt}

# vm_message TEXT - print a message to standard error
#
# Standard output is reserved for results.
vm_message()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# vm_die STATUS TEXT - print a message and exit
vm_die()
{
	local status=$1

	shift
	vm_message "$*"
	exit "$status"
}

# vm_lock NAME - take a lock until this process exits, as descriptor 9
#
# Programs that may outlive the script must be started with 9>&-.
vm_lock()
{
	mkdir -p "$HMT_CACHE/lock"
	exec 9>"$HMT_CACHE/lock/$1"
	flock 9
}

# vm_hash - print a hash of standard input, 16 hex digits
vm_hash()
{
	local sum

	sum=$(sha256sum)
	printf '%.16s\n' "$sum"
}

# vm_prune DIR DAYS PATTERN - remove matching entries unused for DAYS days
#
# Scripts touch the folders of the cache that they use.
vm_prune()
{
	find "$1" -mindepth 1 -maxdepth 1 -name "$3" -mtime "+$2" -exec rm -rf {} +
}

# vm_merged PATH - print PATH with /bin, /sbin and /lib merged into /usr
vm_merged()
{
	case $1 in
	/bin/* | /sbin/* | /lib/* | /lib64/*) echo "/usr$1" ;;
	*) echo "$1" ;;
	esac
}

# vm_add_file ROOT BASE PATH - copy a host file to ROOT unless BASE has it
vm_add_file()
{
	local to

	to=$(vm_merged "$3")
	[ ! -e "$2$to" ] || return 0
	mkdir -p "$1${to%/*}"
	cp -P "$3" "$1$to"
	[ ! -L "$3" ] || vm_add_file "$1" "$2" "$(readlink -f "$3")"
}

# vm_add_libraries ROOT BASE PROGRAM - copy the libraries of PROGRAM
vm_add_libraries()
{
	local file

	# ldd fails on scripts.
	{ ldd "$3" 2>/dev/null || :; } | { grep -oE '/[^ ]+' || :; } |
		while read -r file; do
			[ ! -e "$file" ] || vm_add_file "$1" "$2" "$file"
		done
}
