# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl explain": each cause of the tables, of settings and counters.
. "$(dirname "$0")/lib.sh"

# A workload, tiers and machine without any obstacle.
quiet_root()
{
	demo_root
	rm -r "$config/workloads/web"
	put "$config" hmtd ready
	put "$config/workloads/db" limits '' protect ''
	put "$config/workloads/db/stats" skipped_huge 0 skipped_file 0 \
		skipped_hugetlb 0 skipped_shared 0 skipped_excluded 0 \
		skipped_pinned 0 guaranteed '' \
		tiers "$(printf 'dram 1000 900 256 0\ncxl 500 0 256 0\npmem 9 0 256 0')"
	put "$class/node2" available 9999999999
	for edge in "$class"/*/edges/*; do
		put "$edge" failed_pinned 0 failed_nomem 0
	done
}

# found: the causes in the last output, which are noted as seen
found()
{
	jq -r '.objects[].findings[].cause' "$scratch/out" | tee -a "$scratch/seen" |
		paste -sd ' '
}

# causes WANT ARGUMENT...: the causes that explain finds
causes()
{
	local want=$1

	shift
	gives 0 "explain $*" explain --json "$@"
	check "$*: $want" test \
		"$(found)" = "$want"
	check "$*: every text has its values" jq -e 'all(.objects[].findings[];
		(.text | test("[{}]|\\s\\s|\u0027\u0027") | not) and
		((.remedy // "") | test("[{}]|\u0027\u0027") | not))' "$scratch/out"
}

# with CAUSE FILE VALUE...: one cause of the workload, by attributes of it
with()
{
	local want=$1

	shift
	quiet_root
	put "$config/workloads/db" "$@"
	causes "$want" db
}

# stats CAUSE FILE VALUE...: the same by its counters
stats()
{
	local want=$1

	shift
	quiet_root
	put "$config/workloads/db/stats" "$@"
	causes "$want" db
}

stats settled
prints '"settled"'
gives 0 'as text' explain db
prints "workload 'db' is running: 2 processes, 42 passes, 12000 pages promoted, 8000 demoted, 7 failed"
prints "- workload 'db' is settled: no page is warmer, by the margin of 24, than the coldest page of a faster tier"
stats '' tiers "$(printf 'dram 1000 900 96 0\ncxl 500 0 256 0\npmem 9 0 256 0')" \
	histogram "$(printf 'cxl 0 0 0 0 0 0 5 0 0 0 0 0 0 0 0 0')"
gives 0 'as text' explain db
prints '- no obstacle is known'

with 'stopped' live 0
with 'dry-run settled' dry_run 1
json 'values' '.objects[0].findings[0].values.planned == 20007'
with 'promotes-nothing settled' promote_mib_per_s 0
with 'demotes-nothing settled' demote_mib_per_s 0
with 'settled limit' limits 'dram=4000K'
json 'sizes' '.objects[0].findings[1].values.limit_bytes == 4096000'
# 4096000 bytes are 1000 pages.
with 'settled guaranteed-less' protect 'dram=8000K'
json 'none' '.objects[0].findings[1].values |
	.protect_bytes == 8192000 and .part_bytes == 0'
put "$config/workloads/db/stats" guaranteed "$(printf 'dram 2000\ncxl 0\npmem 0')"
causes settled db
stats 'waiting' state waiting reason 'cgroup /db/main does not exist'
stats 'lacks-processes settled' reason 'other workloads manage 3 of its processes'
stats 'new' samples_taken 4
json 'time' '.objects[0].findings[0].values.seconds == 1'
stats 'unserved no-hits settled' providers 'damon 0 0 0 0 0 0 0'
stats 'no-hits settled' providers 'accessed 0 0 0 0 0 0 0'
stats 'lost-reports settled' providers 'report 9 7 5 0 0 0 0'
for cause in huge file mergeable; do
	stats "$cause settled" skipped_$cause 5
	put "$config" hmtd absent
	causes "$cause-without-hmtd settled" db
	put "$config" hmtd late
	causes 'hmtd-late settled' db
done
for cause in hugetlb excluded pinned policy locked; do
	stats "$cause settled" skipped_$cause 5
done
# One percent of 1509 pages is 15.09.
stats settled skipped_shared 15
stats 'shared settled' skipped_shared 16
stats 'expired settled' expired 5
stats demand demand 5
# Memory that others are guaranteed, unless the workload has less than its own part.
workload web 1
put "$config/workloads/web" limits '' protect 'dram=1000K'
put "$config/workloads/web/stats" guaranteed 'dram 250' demand 0 \
	tiers 'dram 250 0 256 0'
put "$config/workloads/db/stats" demand 5
causes 'demand guaranteed-to-others' db
json 'the size' '.objects[0].findings[1].values.others_bytes == 1024000'
put "$config/workloads/db/stats" guaranteed 'dram 2000'
causes demand db
put "$config/workloads/db/stats" guaranteed ''
put "$config/workloads/web/stats" state stopped
causes demand db
stats '' tiers 'dram 1000 900 256 0'
stats '' tiers "$(printf 'dram 1000 900 256 3\ncxl 500 0 256 0\npmem 9 0 256 0')"
# Pages that are warm enough: no room, and more than the rate allows.
waiting=$(printf 'dram 1000 900 64 0\ncxl 5000000 0 256 0\npmem 9 0 256 0')
stats 'rate' tiers "$waiting" histogram 'cxl 0 0 0 0 0 900000 0 0 0 0 0 0 0 0 0 0'
json 'the time' '.objects[0].findings[0].values | .rate == 1024 and .seconds == 4'
put "$class/node0" available 4096
causes 'room rate' db
quiet_root
stats 'load settled' load_permille 734
json 'the share' '.objects[0].findings[0].values.share == 73'
stats 'load settled' load_permille 999
stats settled load_permille 0
put "$HMT_ROOT/proc/sys/kernel" numa_balancing 2
causes 'balancing settled' db
quiet_root
put "$config" status 'generation 7, refused: cycle a -> a'
causes 'refused settled' db
quiet_root
put "$class/node1" tier none
put "$class/node2" tier none
causes 'one-tier' db
put "$class/node0" tier none
causes 'no-graph' db
quiet_root
put "$class/node2" kind device-private
causes 'settled' db
put "$config/workloads/db" providers accessed
causes 'settled blind' db

# Tiers.
quiet_root
causes '' dram
gives 0 'tier as text' explain dram
prints "tier 'dram' is live: 8 GiB, 2.20 GiB free, watermarks 163.84 MiB and 327.68 MiB, 2 demotion targets"
put "$class/node0" available 4096
causes 'low' dram
put "$class/node0" available 200000000
causes 'high' dram
quiet_root
put "$class/node1" available 4096
put "$class/node2" available 4096
causes 'targets' dram
causes 'end' pmem
quiet_root
tier new node9
causes 'staged offline' new
rm -r "$config/tiers/new" "$config/tiers/pmem"
rm "$config/tiers/dram/demotion/1" "$config/tiers/cxl/demotion/0"
causes 'removed' pmem
quiet_root
put "$config/tiers/dram" memories 'node0 node1'
causes 'changed' dram
quiet_root
put "$config/workloads/db/stats" tiers 'dram 5 5 5 5'
causes 'unused' cxl
quiet_root
put "$class/node0/edges/node1" failed_pinned 3 failed_nomem 2
causes 'no-room failed-pinned' cxl
quiet_root
put "$config/workloads/db" limits 'dram=4000K'
causes 'limit' dram
quiet_root
workload cxl 1
gives 0 'a workload and a tier of one name' explain --json cxl
json 'both' '.objects | map(.object) == ["workload", "tier"]'

# Pages, as a stub of HMT_QUERY reports them.
stub=$scratch/query.so
check 'the stub is built' gcc -std=gnu11 -D_GNU_SOURCE -I"$top/../include/uapi" \
	-shared -fPIC -o "$stub" "$here/query.c"

# page WANT UID STATE HEAT WHY [ADDRESS]: the causes of a page
page()
{
	local want=$1

	ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 \
		STUB_PAGE="$2 $3 $4 $5" LD_PRELOAD=$stub "$HMTCTL" explain \
		--json 812 "${6-7f0000001000}" >"$scratch/out" 2>"$scratch/err" </dev/null
	check "page $2 $3 $4 $5: $want" test \
		"$(found)" = "$want"
	check 'every text has its values' jq -e 'all(.objects[].findings[];
		(.text | test("[{}]|\u0027\u0027") | not))' "$scratch/out"
}

quiet_root
put "$HMT_ROOT/dev" hmt ''
put "$config/workloads/db/stats" \
	tiers "$(printf 'dram 1000 900 96 7\ncxl 500 0 40 9\npmem 9 0 256 0')"
page absent 4294967295 0 0 0
page unmanaged 1 1 0 1
page outside 7 1 0 2
page page-new 1 1 0 3
states=(absent movable busy pinned huge file excluded mergeable shared hugetlb)
for state in 2 3 4 5 6 7 8 9; do
	page "page-${states[state]}" 1 $state 9 4
done
page kept-at-top 0 1 9 5
put "$config/workloads/db/stats" guaranteed 'dram 1000'
page kept-guaranteed 0 1 0 5
json 'sizes' '.objects[0].findings[0].values |
	.used_bytes == 4096000 and .protect_bytes == 4096000'
put "$config/workloads/db/stats" guaranteed "$(printf 'dram 999\ncxl 500')"
page kept-at-top 0 1 9 5
page 'kept-guaranteed kept' 1 1 9 5
put "$config/workloads/db/stats" guaranteed ''
page kept 1 1 9 5
json 'the threshold' '.objects[0].findings[0].values | .promote == 96 and
	.other == "dram" and .heat == 9 and .memory == "node1" and .tier == "cxl"'
json 'the address of the page' '.objects[0].name == "0x7f0000001000"'
page kept 1 1 9 5 0x7f0000001abc
json 'the same of any byte' '.objects[0].name == "0x7f0000001000"'
page page-promote 1 1 200 6
page page-demote 0 1 1 7
json 'its own threshold' '.objects[0].findings[0].values.threshold == 7'
page page-advised 1 1 1 8
page page-home 1 1 99 9
put "$config/workloads/db" dry_run 1
page 'page-promote dry-run' 1 1 200 6
put "$config/workloads/db" dry_run 0
put "$config/workloads/db/stats" \
	tiers "$(printf 'dram 1000 900 256 0\ncxl 500 0 256 0\npmem 9 0 256 0')"
page kept-by-margin 1 1 9 5
put "$config/workloads/db/stats" load_permille 700
page kept-by-margin 1 1 9 5
page kept-by-load 1 1 200 5
put "$config/workloads/db/stats" load_permille 1000
put "$HMT_ROOT/proc/812" numa_maps '7f0000000000 bind:1 anon=5
7f0000100000 default anon=5'
page 'kept-by-margin page-bound' 1 1 9 5
page kept-by-margin 1 1 9 5 7f0000100000
put "$HMT_ROOT/proc/812" status 'Name:	db
Mems_allowed_list:	1-2'
page 'kept-by-margin page-cpuset' 1 1 9 5 7f0000100000
put "$HMT_ROOT/proc/812" status 'Mems_allowed_list:	0-3' smaps \
	'7f0000000000-7f0000100000 rw-p 00000000 00:00 0
VmFlags: rd wr mr mw me ac
7f0000100000-7f0000200000 rw-p 00000000 00:00 0
VmFlags: rd wr mr mw me lo ac'
page kept-by-margin 1 1 9 5 7f0000100000
put "$class/node2" kind device-private
page 'kept-by-margin page-mlocked' 1 1 9 5 7f0000100000
put "$class/node2" kind pmem

# Words of a policy, and a mapping of the form that many kernels have.
for policy in 'weighted interleave:0-1' 'bind=static:1' 'interleave:0,1'; do
	put "$HMT_ROOT/proc/812" numa_maps "7f0000000000 $policy anon=5 N0=5
7f0000100000 default anon=5" status 'Mems_allowed_list:	0-3'
	page 'kept-by-margin page-bound' 1 1 9 5
	json "the policy $policy" ".objects[0].findings[1].text |
		contains(\"the memory policy $policy, \")"
done
put "$HMT_ROOT/proc/812" numa_maps '7f0000000000 prefer (many):1 file=/a\040b anon=5'
page kept-by-margin 1 1 9 5

# Process IDs of workloads are not for every user, and the list may be cut.
unknown='process 812: its workload is not known, as only root sees the processes of workloads, and of a large one only some; explain the workload by its name'
mv "$config/workloads/db/stats/pids" "$scratch/pids"
for known in none few; do
	[ $known = none ] || put "$config/workloads/db/stats" pids 813
	gives 1 "$known of the pids" explain 812
	says "$unknown"
	page '' 1 1 9 5
	says "$unknown"
	page unmanaged 1 1 0 1
	json 'the state names no workload' '.objects[0].state |
		startswith("page 0x7f0000001000 of process 812: memory ")'
done
gives 0 'a workload by its name' explain db
mv "$scratch/pids" "$config/workloads/db/stats/pids"

gives 0 'a process' explain 812
prints "workload 'db' is running"
gives 3 'a process that no workload manages' explain 777
gives 3 'no such name' explain nosuch
says "'nosuch': no workload or tier has this name (see 'hmtctl list')"
gives 2 'no name' explain
gives 2 'no address' explain 812 xyz
says "explain: 'xyz' is not an address"
gives 2 'an address too long' explain 812 11111111111111111
gives 2 'an address below zero' explain 812 -- -1
gives 2 'too many' explain 812 1 2
gives 1 'a device that is something else' explain 812 7f0000001000
says 'process 812: '
rm "$HMT_ROOT/dev/hmt"
gives 4 'no device' explain 812 7f0000001000
empty_root
gives 4 'HMT not loaded' explain db

# The tests above find every cause, and the man page has them.
while read -r cause; do
	check "$cause is tested" grep -qx "$cause" "$scratch/seen"
	check "$cause is documented" grep -qE "(^|, )\\*$cause\\*(,|\$)" \
		"$top/man/hmtctl-explain.scd"
done < <(sed -n 's/^\t\t\.id = "\(.*\)",$/\1/p' "$top"/hmtctl/view/causes-*.c)

plan
