# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "make install", and what it puts into the hands of udev and systemd.
. "$(dirname "$0")/lib.sh"

root=$scratch/installed
check 'make install' make -s -C "$top" O="$(dirname "$HMTCTL")" \
	PREFIX=/usr DESTDIR="$root" install
check 'the tool' test -x "$root/usr/bin/hmtctl"
check 'a man page' test -s "$root/usr/share/man/man1/hmtctl-save.1"
check 'a place for the configuration' test -d "$root/etc/hmt"

rules=$root/usr/lib/udev/rules.d/95-hmt.rules
units=$root/usr/lib/systemd/system
check 'nothing is left to be filled in' test -z \
	"$(grep -r '@[a-z]*dir@' "$units")"
# shellcheck disable=SC2016 # a word of udev
check 'the rule starts the unit' grep -qF 'hmt-memory@$kernel.service' "$rules"
check 'the unit is there' test -s "$units/hmt-memory@.service"
check 'what it runs is installed' grep -qxF \
	'ExecStart=/usr/bin/hmtctl restore --device %i /etc/hmt/saved.json' \
	"$units/hmt-memory@.service"
check 'with an option that there is' test -n \
	"$("$HMTCTL" --list-opts restore | grep -x -- --device)"

# A program that knows of the library what pkg-config says, and nothing else.
cat >"$scratch/program.c" <<-'END'
	#include <hmt/libhmt.h>
	int main(void) { return !hmt_state_name(HMT_STATE_MOVABLE) + !hmt_version(); }
	END
flags=$(PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$root/usr/lib/pkgconfig \
	PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
	pkg-config --cflags --libs libhmt)
# shellcheck disable=SC2086 # words
check 'a program is built with the library' \
	gcc -nostdinc -isystem "$(gcc -print-file-name=include)" \
	"$scratch/program.c" $flags -o "$scratch/program" \
	-idirafter /usr/include/x86_64-linux-gnu -idirafter /usr/include \
	-Wl,--unresolved-symbols=ignore-in-shared-libs

check 'no header in a directory of another package' test ! -e "$root/usr/include/linux"
version=$("$HMTCTL" --version)
check 'one version: hmtd' test "$("$root/usr/sbin/hmtd" --version)" = "hmtd ${version#* }"
check 'one version: libhmt.pc' grep -qx "Version: ${version#* }" \
	"$root/usr/lib/pkgconfig/libhmt.pc"
check 'one version: the library' test -f "$root/usr/lib/libhmt.so.1.${version#* }"
check 'one version: the modules' grep -q "HMT_VERSION.*\"${version#* }\"" \
	"$top/../include/linux/hmt.h"

# Each command and each function has a page or a link to one.
for command in $("$HMTCTL" --list-cmds); do
	[ "$command" = help ] || check "hmtctl-$command(1)" \
		test -s "$root/usr/share/man/man1/hmtctl-$command.1"
done
while read -r name; do
	check "$name(3)" test -s "$root/usr/share/man/man3/$name.3"
done < <(sed -n 's/^\t\(hmt_[a-z_]*\);$/\1/p' "$top/libhmt/libhmt.map")

# Flags of the packager reach each compiler run, and CC is obeyed.
make -C "$top" -n O="$scratch/none" CPPFLAGS=-DMARK CC=mycc all 2>/dev/null |
	sed ':a;/\\$/{N;s/\\\n//;ba}' | grep -e ' -c ' >"$scratch/runs"
check 'compiler runs' test -s "$scratch/runs"
check 'CPPFLAGS in all of them' test -z "$(grep -v -e -DMARK "$scratch/runs")"
check 'CC in all of them' test -z "$(grep -v '^mycc ' "$scratch/runs")"

check 'hmtd' test -x "$root/usr/sbin/hmtd"
check 'its man page' test -s "$root/usr/share/man/man8/hmtd.8"
check 'the rule starts hmtd' grep -qF 'hmtd.service' "$rules"
check 'hmtd is run as installed' grep -qxF \
	'ExecStart=/usr/sbin/hmtd --foreground' "$units/hmtd.service"
check 'the provider damon is run as installed' grep -qxF \
	'ExecStart=/usr/sbin/hmtd --foreground --damon' "$units/hmtd-damon.service"
for option in --foreground --damon --metrics --listen; do
	check "with an option that there is: $option" grep -qe "$option" \
		<("$root/usr/sbin/hmtd" --help)
done
# 0 is nothing left to attack, 10 everything. A lost directive costs 0.1 or more.
for unit in hmtd hmtd-damon hmtd-metrics; do
	cp "$units/$unit.service" "$scratch"
	check "$unit.service: exposed no more than 1.2" systemd-analyze security --offline=true \
		--threshold=12 "$scratch/$unit.service"
done

# All that the other units run are commands and options of the tool.
while read -r -a words; do
	[ "${words[0]##*/}" != hmtd ] || continue
	check "${words[*]}: a command" "$HMTCTL" help "${words[1]}"
done < <(sed -nE 's/^ExecStart=-?//p' "$units"/*.service)

check 'make uninstall' make -s -C "$top" O="$(dirname "$HMTCTL")" \
	PREFIX=/usr DESTDIR="$root" uninstall
check 'no file is left' test -z "$(find "$root" ! -type d)"

plan
