# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Pids of a saved configuration: their processes may be others by now.
. "$(dirname "$0")/lib.sh"

file=$scratch/file
demo_root
machine
gives 0 'save' save "$file"
cp "$file" "$scratch/out"
json 'no pids' '[.workloads[] | has("pids") or has("started")] | any | not'
json 'no boot' 'has("boot") | not'
gives 0 'save with pids' save --pids "$file"
cp "$file" "$scratch/out"
json 'the start of each' '.boot == "0c1d" and .workloads.db.pids == "812 813" and
	.workloads.db.started == { "812": 4711, "813": 4712 }'
gives 2 'pids of the tiers' save --tiers --pids "$file"
says 'save: --tiers and --pids exclude each other'

# They are restored while the processes are there.
state >"$scratch/before"
put "$config/workloads/db" pids 1
gives 0 'restore' restore "$file"
state >"$scratch/after"
check 'the processes are back' diff "$scratch/before" "$scratch/after"

put "$config/workloads/db" pids 1
state >"$scratch/before"
# not_restored TEXT WHY: nothing is changed
not_restored()
{
	gives 3 "$1" restore "$file"
	says "$2"
	state >"$scratch/after"
	check "$1: nothing is changed" diff "$scratch/before" "$scratch/after"
}

process 813 99999
not_restored 'a pid that was given again' \
	"process 813 (workload 'db'; another process has its number now)"
rm -r "$HMT_ROOT/proc/813"
not_restored 'a process that ended' "process 813 (workload 'db')"
process 813 4712
boot 0c1e
not_restored 'another boot' \
	"process 812 (workload 'db'; another process has its number now)"
rm "$HMT_ROOT/proc/sys/kernel/random/boot_id"
not_restored 'an unknown boot' "process 812 (workload 'db'; another"
gives 1 'save with pids, an unknown boot' save --pids -
says '/proc/sys/kernel/random/boot_id: No such file'
boot 0c1d
gives 0 'the same processes' restore "$file"

# A pid without its start is refused.
jq 'del(.workloads.db.started)' "$file" >"$scratch/bad"
gives 2 'no start' restore "$scratch/bad"
says "workloads db pids: the start of a process is missing; save it with --pids, or remove the pids from the file"
jq 'del(.workloads.db.started["813"])' "$file" >"$scratch/bad"
gives 2 'no start of one' restore "$scratch/bad"
for bad in '[]' '{"x":1}' '{"812":"1","813":2}' '{"0":1}'; do
	jq ".workloads.db.started = $bad" "$file" >"$scratch/bad"
	gives 2 "starts $bad" restore "$scratch/bad"
done
jq '.boot = 1' "$file" >"$scratch/bad"
gives 2 'a boot that is a number' restore "$scratch/bad"

put "$HMT_ROOT/proc/812" stat garbage
gives 1 'save with pids, a start that cannot be read' save --pids -
says "workload 'db': reading the start of its processes: "

# A process that ended before the configuration was saved is left out.
rm -r "$HMT_ROOT/proc/812"
gives 0 'save without the process' save --pids -
json 'one process' '.workloads.db.pids == "813" and
	.workloads.db.started == { "813": 4712 }'

# Without pids, a workload keeps its processes; a new one has none, and is not
# started if it has no cgroup either.
demo_root
machine
put "$config/workloads/db" cgroup ''
gives 0 'save' save "$file"
put "$config/workloads/db" samples 9
gives 0 'restore' restore "$file"
holds workloads/db/pids '812 813'
holds workloads/db/live 1
rm -r "$config/workloads/db"
hmt restore "$file"
check 'a workload without processes: exit code 0' test "$code" -eq 0
says "workload 'db': not started, because it has no processes; add them with 'hmtctl workload set db --add-pid PID --start'"
check 'in one line' one_error_line
holds workloads/db/samples 5
check 'it is not live' test ! -e "$config/workloads/db/live"

# The changes, without making them.
demo_root
machine
gives 0 'save' save "$file"
gives 0 'a dry run without a change' restore --dry-run "$file"
check 'no change' test "$(cat "$scratch/out")" = 'no change
the tiers are committed'
put "$config/tiers/dram" low_watermark 11
ln -sfn ../../pmem "$config/tiers/dram/demotion/0"
rm "$config/tiers/dram/demotion/1"
put "$config/workloads/db" samples 9
put "$config/workloads/web" samples 9
rm -r "$config/tiers/cxl"
put "$config/providers/accessed" flush 0
hmt workload create more
hmt tier create most
state >"$scratch/before"
gives 0 'a dry run' restore -n "$file"
check 'the changes' diff - "$scratch/out" <<'END'
tier 'most': removed
tier 'cxl': created
tier 'cxl': high_watermark: '' -> '40'
tier 'cxl': low_watermark: '' -> '20'
tier 'cxl': memories: '' -> 'node1'
tier 'cxl': weights: '' -> ''
tier 'cxl': demotion: '' -> '0=pmem'
tier 'dram': low_watermark: '11' -> '20'
tier 'dram': demotion: '0=pmem' -> '0=cxl 1=pmem'
provider 'accessed': flush: '0' -> '1'
workload 'more': removed
workload 'db': samples: '9' -> '5'
workload 'db': stopped for the change
workload 'web': samples: '9' -> '5'
the tiers are committed
END
state >"$scratch/after"
check 'nothing is changed' diff "$scratch/before" "$scratch/after"
check 'nothing is committed' test -z "$(cat "$config/commit")"
sed $'s/"high_watermark":"[^"]*"/"high_watermark":"4\xc2\x9b0"/' "$file" >"$scratch/red"
gives 0 'a dry run of a file with controls' restore --dry-run "$scratch/red"
prints "-> '4??0'"
mv "$class/node2" "$scratch/node2"
gives 7 'a dry run with a missing memory' restore --dry-run "$file"
says "memory 'node2' (tier 'pmem')"

plan
