# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# query, move, exclude and best, as far as a device that is a plain file lets them.
. "$(dirname "$0")/lib.sh"

demo_root
put "$HMT_ROOT/proc/812" maps '400000-402000 r-xp 00000000 00:00 0
7f0000000000-7f0000200000 rw-p 00000000 00:00 0
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]'

# Without a device.
gives 4 'query without a device' query 812
says '/dev/hmt: does not exist, although HMT is loaded'
gives 4 'move without a device' move --to cxl 812
gives 4 'exclude without a device' exclude 812
gives 4 'best without a device' best

# A device that is something else.
put "$HMT_ROOT/dev" hmt ''
gives 1 'query of a file' query 812
says 'process 812: '
gives 1 'query of a range of a file' query 812 400000-401000
gives 1 'move of a file' move --to cxl 812
gives 1 'move to a memory' move --to node2 812
gives 1 'move to a UID' move --to 2 812
gives 1 'exclude of a file' exclude 812
says 'process 812: '
gives 1 'exclude of ranges' exclude --clear 812 400000-401000 401000-402000
gives 1 'best of a file' best
says 'best: '

gives 2 'query without a process' query
gives 2 'query of a word' query init
says "'init' is not a process"
gives 2 'query of process 0' query 0
gives 3 'query of nobody' query 813
says 'process 813: no such process'
# Processes of the machine are opened; those of the fake root are files.
fake=$HMT_ROOT
unset HMT_ROOT
gives 3 'query of a process that is gone' query 4194304
says 'process 4194304: no such process'
gives 3 'exclude of a process that is gone' exclude 4194304 400000-401000
says 'process 4194304: no such process'
export HMT_ROOT=$fake
gives 2 'half a range' query 812 400000
gives 2 'empty range' query 812 400000-400000
gives 2 'reversed range' query 812 402000-400000
gives 2 'range that is no pages' query 812 400000-400001
gives 2 'range with something behind it' query 812 400000-401000x
says "is not a range as in /proc/812/maps"

gives 2 'move without a target' move 812
says 'move: the destination is missing; use --to'
gives 3 'move to nowhere' move --to nosuch 812
says "'nosuch' is neither a memory nor a live tier"
gives 2 'move without a process' move --to cxl

gives 4 'follow without HMT' --root "$scratch" follow 812 400000-401000
gives 1 'follow of a file' follow 812
gives 2 'follow without a process' follow
gives 4 'read-mostly without HMT' --root "$scratch" read-mostly 812 400000-401000
gives 1 'read-mostly of a file' read-mostly 812
gives 2 'read-mostly without a process' read-mostly
gives 4 'prefer without HMT' --root "$scratch" prefer dram 812 400000-401000
gives 1 'prefer of a file' prefer --share 300 dram 812
gives 1 'prefer taken back' prefer --clear dram 812 400000-401000
gives 2 'prefer without a process' prefer dram
gives 2 'a share of nothing' prefer --share 0 dram 812
says "'0' is not a share"
gives 2 'a share of more than all' prefer --share 1001 dram 812
gives 2 'a share that is taken back' prefer --clear --share 5 dram 812
gives 1 'avoid of a file' avoid dram 812 400000-401000
gives 2 'avoid without a process' avoid dram
gives 2 'exclude without a process' exclude
gives 2 'exclude of a word' exclude init
gives 2 'exclude of a bad range' exclude 812 400000-400001
gives 3 'exclude of nobody' exclude 813

gives 4 'report without HMT' --root "$scratch" report 812
gives 0 'a report of nothing' report 812
prints 'process 812: 0 addresses, 0 of them not of a process; 0 ranges reported'
input=$scratch/in
printf '\n \n' >"$input"
gives 0 'a report of nothing as JSON' report --json 812
json 'report counts nothing' '.addresses == 0'
printf '  0\nffff888000001000\n' >"$input"
gives 0 'a report of what no process has' report 812
prints '2 addresses, 2 of them not of a process; 0 ranges'
printf '7f0000000000\n' >"$input"
gives 1 'report to a file' report 812
says 'process 812: '
printf 7f0000000000 >"$input"
gives 1 'report of a line without an end' report 812
echo cycles >"$input"
gives 2 'report of a word' report 812
says "'cycles' is not an address: use the output of 'perf script -F addr'"
head -c 100000 /dev/zero | tr '\0' 0 >"$input"
gives 2 'report of a long line' report 812
says 'is not an address'
input=/dev/null
gives 2 'report with no score' report --score 0 812
says "'0' is not a score"
gives 2 'report with a score too high' report --score 256 812
gives 2 'report without a process' report
gives 2 'report of a word as process' report init

gives 2 'best with an operand' best node0
gives 2 'best for no CPU' best --cpus x
gives 2 'best for a bad size' best --size 1X
gives 2 'best for a node as a device' best --devices node0
gives 3 'best for no device' best --devices nosuch
gives 1 'best for a device' best --devices sim0 --size 1G --bandwidth

# A tier whose only memory is offline.
put "$HMT_ROOT/sys/devices/system/node" possible 0-3
rm -r "$class/node2"
gives 3 'move to a memory that is offline' move --to node2 812
says "memory 'node2' is offline (see 'hmtctl memory list' and lsmem)"
gives 3 'move to a tier that is offline' move --to pmem 812
says "tier 'pmem': has no memory now, as node2 is offline (see 'hmtctl memory list' and lsmem)"
put "$class/node1" tier none
gives 3 'move to a tier that is staged' move --to cxl 812
says "tier 'cxl': is not live; run 'hmtctl commit'"
gives 3 'move to a path' move --to ../tiers/pmem 812
says "'../tiers/pmem' is neither a memory nor a live tier"
demo_root

# The library has what its version script names, and nothing else.
library=${HMTCTL%/*}/libhmt.so.1
check 'libhmt has its name' \
	grep -q 'soname: \[libhmt.so.1\]' <(readelf -d "$library")
check 'libhmt exports what it says' diff \
	<(sed -n 's/^\t\(hmt_[a-z_]*\);$/\1/p' "$top/libhmt/libhmt.map") \
	<(nm -D --defined-only "$library" |
		sed -n 's/.* T \(hmt_[a-z_]*\)@@LIBHMT_0\.1$/\1/p' | sort)
check 'libhmt has its version behind the soname' test "$(realpath "$library")" = \
	"$library.$("$HMTCTL" --version | sed 's/.* //')"
check 'libhmt has a man page' grep -q hmt_move_pages "${MAN:?}/libhmt.3"
while read -r name; do
	check "libhmt.h has $name" grep -q "$name(" "$top/libhmt/libhmt.h"
	check "libhmt(3) has $name" grep -q "$name" "$MAN/libhmt.3"
done < <(sed -n 's/^\t\(hmt_[a-z_]*\);$/\1/p' "$top/libhmt/libhmt.map")

plan
