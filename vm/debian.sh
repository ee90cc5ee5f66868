# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Packages of any release of Debian, for scripts of vm/, which source this file
# after common.sh. Packages are downloaded and unpacked in the cache, never
# installed. apt runs with sources, lists and state of its own, so that those of
# the machine do not change. Its mirror and proxy are the machine's.
#
# CODENAME is the code name of a release, whose packages are those of x86-64. With
# the suffix "-arm64" the packages are those of this architecture, and with
# "-source" they are source packages.

debian_keyring=${HMT_DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

# debian_host - print the code name of this machine's release
debian_host()
{
	# shellcheck disable=SC1091
	(. /etc/os-release && echo "${VERSION_CODENAME-}")
}

# debian_mirror SUFFIX - print the URI from which this machine downloads
#
# SUFFIX is empty, or "-security". The fields of apt are the same for all formats
# of its sources.
debian_mirror()
{
	local host uri

	host=$(debian_host)
	if [ -n "${HMT_DEBIAN_MIRROR-}" ]; then
		echo "$HMT_DEBIAN_MIRROR/debian$1"
		return
	fi
	# shellcheck disable=SC2016 # for apt
	uri=$(apt-get indextargets --no-release-info --format \
		'$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
		awk -v name="$host$1" -v stable="stable$1" -v suffix="$1" '
			$3 == "main" && $1 ~ /debian/ &&
			($2 == name || $2 ~ "^(old)*" stable "$" || $2 ~ "^" name "/updates$") &&
			!found++ { sub("/$", "", $1); print $1 }')
	echo "${uri:-http://deb.debian.org/debian$1}"
}

# debian_source CODENAME SUFFIX SUITE... - print an entry for the sources
debian_source()
{
	local types=deb

	[[ $1 != *-source ]] || types=deb-src
	printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
		"$types" "$(debian_mirror "$2")" "${*:3}" "$debian_keyring"
}

# debian_architecture CODENAME - print the architecture of the packages
debian_architecture()
{
	case $1 in
	*-arm64) echo arm64 ;;
	*) echo amd64 ;;
	esac
}

# debian_write_config CODENAME DIR - create the files of apt
#
# The hooks of the machine are not for our lists.
debian_write_config()
{
	local hook codename architecture

	codename=${1%-arm64}
	codename=${codename%-source}
	architecture=$(debian_architecture "$1")
	mkdir -p "$2/lists/partial"
	: >"$2/status"
	{
		debian_source "$1" '' "$codename" "$codename-updates" "$codename-backports"
		debian_source "$1" -security "$codename-security"
	} >"$2/debian.sources"
	{
		for hook in APT::Update::{Pre-Invoke,Post-Invoke,Post-Invoke-Success} \
			DPkg::{Pre-Invoke,Post-Invoke,Pre-Install-Pkgs}; do
			echo "#clear $hook;"
		done
		printf '%s "%s";\n' \
			Dir::Etc::SourceList "$2/debian.sources" \
			Dir::Etc::SourceParts /dev/null \
			Dir::Etc::Preferences /dev/null \
			Dir::Etc::PreferencesParts /dev/null \
			Dir::State "$2" \
			Dir::State::Lists "$2/lists" \
			Dir::State::Status "$2/status" \
			Dir::State::Extended_States "$2/extended_states" \
			Dir::Cache "$2" \
			Dir::Log "$2" \
			APT::Architecture "$architecture" \
			APT::Sandbox::User root \
			APT::Update::Error-Mode any \
			APT::Get::Assume-Yes true \
			APT::Install-Recommends false \
			Acquire::Languages none \
			Acquire::Retries 1 \
			Acquire::http::Timeout 30
		echo '#clear APT::Architectures;'
		echo "APT::Architectures { \"$architecture\"; };"
	} >"$2/apt.conf"
}

# debian_apt CODENAME PROGRAM ARGS... - run apt-get or apt-cache for the release
debian_apt()
{
	local dir=$HMT_CACHE/apt/$1

	"$2" -q -c "$dir/apt.conf" "${@:3}" </dev/null
}

# debian_update CODENAME - download the lists of packages
debian_update()
{
	local dir=$HMT_CACHE/apt/$1

	[ -s "$debian_keyring" ] || {
		vm_message "$debian_keyring is missing: install the package debian-archive-keyring"
		return 1
	}
	debian_write_config "$1" "$dir"
	vm_message "updating the package lists of Debian $1 in $dir"
	debian_apt "$1" apt-get update >"$dir/log" 2>&1 || {
		grep -v -E '^(Hit|Get|Ign|Reading)' "$dir/log" >&2
		vm_message "cannot download the package lists of Debian $1; see above, check the network"
		return 1
	}
}

# debian_need_lists CODENAME - download the lists unless they were downloaded before
debian_need_lists()
{
	compgen -G "$HMT_CACHE/apt/$1/lists/*_main_*" >/dev/null || debian_update "$1"
}

# debian_packages CODENAME PREFIX - print the names of packages
debian_packages()
{
	debian_apt "$1" apt-cache pkgnames "$2" | sort -V
}

# debian_depends CODENAME PACKAGE PATTERN - print dependencies that match PATTERN
debian_depends()
{
	debian_apt "$1" apt-cache depends "$2" |
		sed -nE "s/^ *\|?Depends: ($3)\$/\1/p"
}

# debian_version CODENAME PACKAGE - print the version that would be downloaded
debian_version()
{
	debian_apt "$1" apt-cache show --no-all-versions "$2" 2>/dev/null |
		sed -n 's/^Version: //p'
}

# debian_size CODENAME PACKAGE... - print how much would be downloaded
debian_size()
{
	debian_apt "$1" apt-get --print-uris download "${@:2}" 2>/dev/null |
		awk '/^.http|^.file/ { size += $3 } END { printf "%.1f MB\n", size / 1e6 }'
}

# debian_try_download CODENAME DIR PACKAGE...
debian_try_download()
{
	(cd "$2" && debian_apt "$1" apt-get download "${@:3}") >"$2/log" 2>&1
}

# debian_fetch TRY CODENAME DIR WHAT PACKAGE... - download to DIR with the function TRY
#
# The lists may name versions that are no longer there. WHAT names the packages in
# the message.
debian_fetch()
{
	"$1" "$2" "$3" "${@:5}" ||
		{ debian_update "$2" && "$1" "$2" "$3" "${@:5}"; } || {
			cat "$3/log" >&2
			vm_message "cannot download $4 of Debian ${2%-source}; see above"
			return 1
		}
}

# debian_unpack CODENAME DIR PACKAGE... - download and extract to DIR
#
# Links in DIR in place of directories stay.
debian_unpack()
{
	local tmp package

	tmp=$(mktemp -d "$HMT_CACHE/tmp.XXXXXX")
	debian_fetch debian_try_download "$1" "$tmp" "${*:3}" "${@:3}" || {
		rm -rf "$tmp"
		return 1
	}
	for package in "$tmp"/*.deb; do
		dpkg-deb --fsys-tarfile "$package" |
			tar -x -C "$2" --keep-directory-symlink --no-same-owner || {
			rm -rf "$tmp"
			return 1
		}
	done
	rm -rf "$tmp"
}

# debian_try_source CODENAME DIR PACKAGE
debian_try_source()
{
	(cd "$2" && debian_apt "$1" apt-get source --download-only "$3") >"$2/log" 2>&1
}

# debian_unpack_source CODENAME DIR PACKAGE - download the source of a package to the
# new directory DIR, with the patches of Debian
#
# apt checks the files by the signed lists.
debian_unpack_source()
{
	local tmp name=$1-source status=0

	debian_need_lists "$name" || return
	tmp=$(mktemp -d "$HMT_CACHE/tmp.XXXXXX")
	debian_fetch debian_try_source "$name" "$tmp" "the source of $3" "$3" || {
		rm -rf "$tmp"
		return 1
	}
	dpkg-source -q --no-check -x "$tmp"/*.dsc "$2" >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		status=1
	}
	rm -rf "$tmp"
	return "$status"
}

#
# Root folders: the compiler of a release, and the libraries of its programs.
#

# debian_compiler CODENAME - print the package of the compiler of its kernels
debian_compiler()
{
	case $1 in
	bookworm) echo gcc-12 ;;
	trixie) echo gcc-14 ;;
	trixie-arm64) echo gcc-14-aarch64-linux-gnu ;;
	*) vm_message "no compiler is known for kernels of Debian $1"; return 1 ;;
	esac
}

# debian_closure CODENAME PACKAGE... - print them, and all packages they need
debian_closure()
{
	debian_apt "$1" apt-get --simulate install "${@:2}" | sed -n 's/^Inst \([^ ]*\) .*/\1/p'
}

# debian_unpack_all CODENAME DIR PACKAGE... - unpack them, and all they need
debian_unpack_all()
{
	local packages name

	packages=$(debian_closure "$1" "${@:3}") || {
		vm_message "Debian $1 lacks one of the packages ${*:3}; see above"
		return 1
	}
	# Up to Debian 12 some packages have files in /bin and others in /usr/bin.
	mkdir -p "$2"/usr/{bin,sbin,lib,lib64} "$2"/{dev,proc,tmp}
	for name in bin sbin lib lib64; do
		ln -s "usr/$name" "$2/$name"
	done
	# shellcheck disable=SC2086 # one word per package
	vm_message "downloading $(wc -w <<<"$packages") packages of Debian $1, $(debian_size "$1" $packages)"
	# shellcheck disable=SC2086 # one word per package
	debian_unpack "$1" "$2" $packages
}

# debian_make_root CODENAME DIR - unpack what building modules needs
#
# For another architecture these are a cross compiler, which compiles the programs
# of the guest as well, and its machine.
debian_make_root()
{
	local compiler packages

	compiler=$(debian_compiler "$1") || return
	packages=(base-files bash bc coreutils dash diffutils findutils gawk grep
		libelf-dev libssl-dev make pahole perl-base sed sparse xz-utils
		zlib1g "$compiler")
	[ "$(debian_architecture "$1")" = amd64 ] ||
		packages+=(pkgconf qemu-efi-aarch64 qemu-system-arm scdoc)
	debian_unpack_all "${1%-arm64}" "$2" "${packages[@]}" || return
	# Links that the scripts of the packages would make.
	ln -sf gawk "$2/usr/bin/awk"
	ln -sf dash "$2/usr/bin/sh"
}

# debian_need_guest CODENAME ROOT - unpack the files of guests of another architecture
#
# Another list of packages has another folder: guests that run use the old one.
debian_need_guest()
{
	local packages dir

	[ "$(debian_architecture "$1")" != amd64 ] || return 0
	dir=$(vm_guest_root "$2")
	if [ ! -d "$dir" ]; then
		debian_need_lists "$1" || return
		# shellcheck disable=SC2154 # set by the script that sources this file
		mapfile -t packages < <(sed 's/ *#.*//; /^$/d' "$here/packages.guest")
		rm -rf "$dir.new"
		mkdir "$dir.new"
		debian_unpack_all "$1" "$dir.new" "${packages[@]}" || return
		mv "$dir.new" "$dir"
		vm_prune "$2" 60 'guest-*'
	fi
	touch "$dir"
}

# debian_root CODENAME - print the root folder; nothing if this machine runs it
debian_root()
{
	local link=$HMT_CACHE/root/$1 host=${1%-arm64} dir

	[ "$1" != "$(debian_host)" ] || return 0
	if [ ! -e "$link/usr/bin/make" ]; then
		mkdir -p "$HMT_CACHE/root"
		debian_need_lists "$host" && debian_need_lists "$1" || return
		dir=$link-$(debian_version "$host" "$(debian_compiler "$1")")-$(debian_version "$host" libc6)
		rm -rf "$dir.new"
		mkdir "$dir.new"
		if [ ! -e "$dir" ]; then
			debian_make_root "$1" "$dir.new" || return
			mv "$dir.new" "$dir"
		fi
		ln -sfn "${dir##*/}" "$link"
	fi
	dir=$(readlink -f "$link")
	debian_need_guest "$1" "$dir" || return
	echo "$dir"
}
