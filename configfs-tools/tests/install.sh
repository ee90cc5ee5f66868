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

rules=$root/usr/lib/udev/rules.d/60-hmt.rules
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
	#include <libhmt.h>
	int main(void) { return !hmt_state_name(HMT_STATE_MOVABLE); }
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

check 'hmtd' test -x "$root/usr/sbin/hmtd"
check 'its man page' test -s "$root/usr/share/man/man8/hmtd.8"
check 'the rule starts hmtd' grep -qF 'hmtd.service' "$rules"
check 'hmtd is run as installed' grep -qxF \
	'ExecStart=/usr/sbin/hmtd --foreground' "$units/hmtd.service"
check 'the provider damon is run as installed' grep -qxF \
	'ExecStart=/usr/sbin/hmtd --foreground --damon' "$units/hmtd-damon.service"
for option in --foreground --damon; do
	check "with an option that there is: $option" grep -qe "$option" \
		<("$root/usr/sbin/hmtd" --help)
done
# 0 is nothing left to attack, 10 everything. A lost directive costs 0.1 or more.
for unit in hmtd hmtd-damon; do
	cp "$units/$unit.service" "$scratch"
	check "$unit.service: exposed no more than 1.2" systemd-analyze security --offline=true \
		--threshold=12 "$scratch/$unit.service"
done

# All that the other units run are commands and options of the tool.
while read -r -a words; do
	[ "${words[0]##*/}" != hmtd ] || continue
	check "${words[*]}: a command" "$HMTCTL" help "${words[1]}"
done < <(sed -nE 's/^ExecStart=-?//p' "$units"/*.service)

plan
