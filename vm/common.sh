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

# vm_architecture KERNEL - print the architecture of a kernel of vm/kernel
vm_architecture()
{
	case $1 in
	arm64-*) echo arm64 ;;
	*) echo amd64 ;;
	esac
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

# vm_guest_root ROOT - print the folder of the files of guests in the root folder of
# another architecture
vm_guest_root()
{
	# shellcheck disable=SC2154 # set by the script that sources this file
	echo "$1/guest-$(vm_hash <"$here/packages.guest")"
}

# Folder of the files of the guest, if it has another architecture; else empty,
# and the files are those of this machine.
vm_sysroot=

# vm_add_file ROOT BASE PATH - copy a file of the guest to ROOT unless BASE has it
vm_add_file()
{
	local from=$vm_sysroot$3 to

	to=$(vm_merged "$3")
	[ ! -e "$2$to" ] || return 0
	mkdir -p "$1${to%/*}"
	cp -P "$from" "$1$to"
	[ ! -L "$from" ] || {
		from=$(readlink -f "$from")
		vm_add_file "$1" "$2" "${from#"$vm_sysroot"}"
	}
}

# vm_needed PROGRAM - print the paths of its libraries and of its interpreter
#
# Programs of another architecture do not run, so ldd cannot be used for them.
# Both commands fail on scripts.
vm_needed()
{
	local name folder

	if [ -z "$vm_sysroot" ]; then
		{ ldd "$1" 2>/dev/null || :; } | { grep -oE '/[^ ]+' || :; }
		return
	fi
	{ readelf -l -d "$1" 2>/dev/null || :; } |
		sed -nE 's/.*interpreter: .*\/(.*)\].*/\1/p; s/.*\(NEEDED\).*\[(.*)\]/\1/p' |
		while read -r name; do
			for folder in "$vm_sysroot"/usr/lib "$vm_sysroot"/usr/lib/*-linux-gnu; do
				[ ! -e "$folder/$name" ] || echo "${folder#"$vm_sysroot"}/$name"
			done
		done
}

# vm_add_libraries ROOT BASE PROGRAM - copy the libraries of PROGRAM
vm_add_libraries()
{
	local file

	vm_needed "$3" | while read -r file; do
		[ -e "$vm_sysroot$file" ] || continue
		[ ! -e "$1$(vm_merged "$file")" ] || continue
		[ ! -e "$2$(vm_merged "$file")" ] || continue
		vm_add_file "$1" "$2" "$file"
		# ldd also prints the libraries of libraries.
		[ -z "$vm_sysroot" ] || vm_add_libraries "$1" "$2" "$vm_sysroot$file"
	done
}
