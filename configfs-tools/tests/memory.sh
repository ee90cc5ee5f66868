# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl memory": the command line. The devices need a kernel.
. "$(dirname "$0")/lib.sh"

demo_root
for command in 'list' 'online dax0.0' 'offline dax0.0'; do
	# shellcheck disable=SC2086 # two words
	gives 2 "$command on a fake root" memory $command
	says 'memory: there are no devices on a fake root'
done
for bad in '' 0 -1 x 1.5 86401; do
	gives 2 "timeout '$bad'" memory offline dax0.0 "--timeout=$bad"
	says "timeout '$bad': not a number from 1 to 86400"
done
gives 2 'online nothing' memory online
gives 2 'offline nothing' memory offline
gives 2 'list with a word' memory list dax0.0

hmt memory list --json --table
check 'list in two forms: exit code 2' test "$code" -eq 2

unset HMT_ROOT
gives 0 'list' memory list
json 'an object with an array' '.schema == 1 and (.devices | type) == "array"'
gives 3 'a device that is not there' memory online dax4711.0
says "'dax4711.0': no such dax device (see 'hmtctl memory list')"
gives 3 'a node that is not there' memory offline node4711
gives 3 'a namespace that is not there' memory online namespace4711.0
says "'namespace4711.0': no such namespace"
gives 2 '--force, which was three options' memory online dax4711.0 --force
gives 3 'a namespace that is not there' memory offline namespace4711.0
for command in online offline; do
	gives 3 "dry run of $command" memory "$command" -n dax4711.0
done
gives 3 'all dangers' memory online --lose-data --in-use --cpu-node dax4711.0
# A namespace is refused before its data is lost, not after it.
stub=$scratch/stub.so
check 'the stub is built' gcc -std=gnu11 -D_GNU_SOURCE -shared -fPIC -o "$stub" \
	"$here/devices.c"

# A build with the address sanitizer does not mind libraries in front of it.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0

# converts CODE NODE TEXT ARGUMENT...: as gives, with a namespace of that node
converts()
{
	rm -f "$scratch/converted"
	LD_PRELOAD=$stub STUB_NODE=$2 STUB_CONVERTED=$scratch/converted \
		gives "$1" "$3" memory online namespace0.0 "${@:4}"
}

for dry in '' -n; do
	# shellcheck disable=SC2086 # one word or none
	converts 1 0 "a node with CPUs $dry" --lose-data $dry
	says "'namespace0.0': its target node 0 has CPUs and other memory"
	check 'its data is not lost' test ! -e "$scratch/converted"
	# shellcheck disable=SC2086
	converts 1 -1 "no node $dry" --lose-data $dry
	says "'namespace0.0': has no target node"
	check 'its data is not lost' test ! -e "$scratch/converted"
done
converts 1 0 'without --lose-data'
says 'use --lose-data to allow that'
converts 0 0 'a node with CPUs, allowed' --lose-data --cpu-node -n
prints 'would become a dax device, lose its data, and go online as node0'
converts 1 4711 'a node without CPUs' --lose-data
says "'namespace0.0': in use by a file system or a program"
check 'that one is converted' test -e "$scratch/converted"

# A signal during the change of a device is obeyed before the next one; during the
# last change it comes too late.
# signalled CODE NUMBER TEXT ARGUMENT...: as hmt, without the report of the shell
signalled()
{
	(
		ulimit -c 0
		# nohup and the runner may ignore some.
		LD_PRELOAD=$stub STUB_SIGNAL=$2 exec env --default-signal=INT,QUIT,HUP,TERM \
			"$HMTCTL" memory "${@:4}" >"$scratch/out" 2>"$scratch/err" </dev/null
	) 2>"$scratch/try"
	code=$?
	check "$3: exit code $1" test "$code" -eq "$1"
}

for number in 1 2 3 15; do
	signalled $((128 + number)) "$number" "signal $number, then another device" \
		online --in-use dax0.0 dax1.0
	check 'one device is online' test "$(cut -d : -f 1 "$scratch/out")" = dax0.0
	signalled 0 "$number" "signal $number, last device" online --in-use dax0.0
	check 'it is online' test "$(cut -d : -f 1 "$scratch/out")" = dax0.0
	STUB_ONLINE=1 signalled $((128 + number)) "$number" \
		"signal $number, then another device" offline dax0.0 dax1.0
	check 'one device is offline' test "$(cut -d : -f 1 "$scratch/out")" = dax0.0
	STUB_ONLINE=1 signalled 0 "$number" "signal $number, last device" offline dax1.0
	prints 'dax1.0: offline, a device again'
done

# described STATE: the last output is one line of JSON
described()
{
	check "$1 as JSON" jq -es "length == 1 and (.[0] | .schema == 1 and
		.device == \"dax0.0\" and .state == \"$1\" and (.bytes | type == \"number\")
		and (.node | type == \"number\") and (.movable | type == \"boolean\"))" \
		"$scratch/out"
}

export LD_PRELOAD=$stub
gives 0 'online as JSON' memory online --in-use --json dax0.0
described online
gives 0 'dry run as JSON' memory online --in-use --json -n dax0.0
described 'would be online'
gives 0 'dry run of a device as JSON' memory offline --json -n dax0.0
described offline
export STUB_ONLINE=1
gives 0 'offline as JSON' memory offline --json dax0.0
described offline
gives 0 'dry run of offline as JSON' memory offline --json -n dax0.0
described 'would be offline'
unset STUB_ONLINE LD_PRELOAD

# Progress on a terminal.
printf '%s\n' 'wait memory offline: ' 'wait offline, a device again' end print \
	>"$scratch/script"
TERM=vt100 python3 "$here/terminal.py" "$scratch/script" env LD_PRELOAD="$stub" \
	STUB_ONLINE=1 STUB_SLOW=1 "$HMTCTL" memory offline dax0.0 >"$scratch/out" 2>&1
check 'progress of offline' test $? -eq 0
check 'is replaced by the result' grep -qx 'dax0.0: offline, a device again' "$scratch/out"

gives 3 'garbage' memory online $'\e[2J/../..'

plan
