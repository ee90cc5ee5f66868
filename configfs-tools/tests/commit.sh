# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl commit" and "hmtctl status".
. "$(dirname "$0")/lib.sh"

# reports CODE TEXT: what status prints, and what it returns alone with --quiet
reports()
{
	hmt status --quiet
	check "$2, quiet: exit code $1" test "$code" -eq "$1"
	check "$2, quiet: silent" test ! -s "$scratch/out"
	hmt status
	check "$2: exit code $1" test "$code" -eq "$1"
	check "$2: nothing on standard error" test ! -s "$scratch/err"
}

demo_root
gives 0 'commit' commit
holds commit 1
check 'commit is silent' test ! -s "$scratch/out"
gives 2 'commit with a word' commit now

reports 0 'status'
check 'the generation is one line' test "$(head -n 1 "$scratch/out")" = \
	'generation 7'
prints "workload 'db': left where they are for lack of hmtd: 512 pages in huge pages, 90 of files and shared memory"
prints "workload 'db': left where they are, because hugetlb has a pool on each node: 1024 pages"
prints 'hmtd is not running'
gives 0 'status as JSON' status --json
json 'status' '. == { schema: 1, generation: 7, refused: null, live: true, hmtd: "absent",
	waiting: [], offline: [], left: [
	{ workload: "db", huge: 512, file: 90, hugetlb: 1024, shared: 30 },
	{ workload: "web", huge: 512, file: 90, hugetlb: 1024, shared: 30 }], reasons: [] }'
put "$config" hmtd ready
gives 0 'status with hmtd' status
prints 'hmtd is ready'
prints "workload 'db': left where they are, because hmtd cannot move them either: 512 pages in huge pages, 90 of files and shared memory"
put "$config" hmtd late
reports 6 'status when hmtd is stuck'
prints 'hmtd does not answer; restart it'
prints "workload 'db': left where they are, because hmtd does not answer: "
rm "$config/hmtd"
put "$config/workloads/db/stats" skipped_huge 0 skipped_file 0 \
	skipped_hugetlb 0
put "$config/workloads/web/stats" state stopped
# One percent of 391072 pages is 3910.72.
put "$config/workloads/db/stats" skipped_shared 3910
gives 0 'status when less than 1 % is shared' status
check 'one line' test "$(cat "$scratch/out")" = 'generation 7'
gives 0 'the same as JSON' status --json
json 'the number' '.left[0].workload == "db" and .left[0].shared == 3910'
put "$config/workloads/db/stats" skipped_shared 3911
gives 0 'status when only shared pages are left' status
check 'two lines' test "$(wc -l <"$scratch/out")" -eq 2
prints "workload 'db': left where they are, because other processes may map them: 3911 pages"
put "$config/workloads/db/stats" skipped_hugetlb 1024 skipped_shared 0
gives 0 'status when only hugetlb is left' status
check 'two lines' test "$(wc -l <"$scratch/out")" -eq 2
prints "workload 'db': left where they are, because hugetlb has a pool on each node: 1024 pages"
put "$config/workloads/db/stats" skipped_hugetlb 0
gives 0 'status when nothing is left' status
check 'one line' test "$(cat "$scratch/out")" = 'generation 7'
gives 0 'the same as JSON' status --json
json 'empty lists' '.left == [] and .reasons == [] and .hmtd == null'
put "$config/workloads/db/stats" state waiting \
	reason 'cgroup /db/main does not exist'
put "$config/workloads/web/stats" state running \
	reason 'other workloads manage 2 of its processes'
put "$config/workloads/web/stats" skipped_huge 0 skipped_file 0 \
	skipped_hugetlb 0 skipped_shared 0
gives 0 'status of a workload that waits' status
prints "workload 'db' waits: cgroup /db/main does not exist"
prints "workload 'web': other workloads manage 2 of its processes"
gives 0 'the same as JSON' status --json
json 'reasons' '.reasons == [
	{ workload: "db", state: "waiting",
	  reason: "cgroup /db/main does not exist" },
	{ workload: "web", state: "running",
	  reason: "other workloads manage 2 of its processes" }]'

# A provider that no program serves, or that waits.
demo_root
put "$config/workloads/db/stats" providers 'damon 0 0 0 0 1 0 0'
gives 0 'status without hmtd --damon' status
prints "workload 'db': provider 'damon' reports no heat: no program serves it; start 'hmtd --damon' (hmtd-damon.service)"
check 'none for a workload that is not live' test \
	"$(grep -c "'web': provider" "$scratch/out")" = 0
gives 0 'the same as JSON' status --json
json 'waiting' '.waiting[0] | .workload == "db" and .provider == "damon"'
put "$HMT_ROOT/run/hmt" damon-watch 'DAMON is in use by another program'
gives 0 'a file that no hmtd locks' status
prints "start 'hmtd --damon'"
exec 9<"$HMT_ROOT/run/hmt/damon-watch"
flock 9
gives 0 'status while hmtd --damon waits' status
prints "workload 'db': provider 'damon' reports no heat: DAMON is in use by another program"
: >"$HMT_ROOT/run/hmt/damon-watch"
gives 0 'status while hmtd --damon monitors' status
check 'nothing of damon' test "$(grep -c damon "$scratch/out")" = 0
exec 9<&-

# A staged memory that is offline.
demo_root
put "$HMT_ROOT/sys/devices/system/node" possible 0-3
tier pmem node2
rm -r "$class/node2"
gives 0 'status while a memory is offline' status
prints "tier 'pmem': memory 'node2' is offline (see 'hmtctl memory list' and lsmem)"
gives 0 'the same as JSON' status --json
json 'offline' '.offline == [{ tier: "pmem", memory: "node2" }]'
demo_root

reason="tier 'dram': cycle dram -> cxl -> dram"
put "$config" status "generation 7, refused: $reason"
reports 5 'status of a refused commit'
prints "generation 7, refused: $reason"
hmt status -j
check 'the same as JSON: exit code 5' test "$code" -eq 5
# shellcheck disable=SC2016 # a variable of jq
check 'has the reason' jq -e --arg reason "$reason" \
	'.generation == 7 and .refused == $reason' "$scratch/out"

rm "$config/commit"
ln -s /dev/full "$config/commit"
gives 1 'refused commit' commit
says "hmtctl: commit refused: $reason"
put "$config" status 'generation 7'
gives 1 'refused without a reason' commit
says 'commit refused: No space left on device'
rm "$config/commit" "$config/status"
mkdir "$config/commit"
gives 1 'refused without a status' commit
says 'commit refused: Is a directory'
gives 1 'status that is not there' status

bare_root
reports 3 'status without a graph'
prints 'generation 0'
hmt status --json
json 'no graph is live' '.live == false and .generation == 0'
put "$config" status "generation 0, refused: $reason"
reports 3 'status of a commit refused without a graph'
empty_root
gives 4 'status without HMT' status --quiet

demo_root
for text in '' 'x' 'generation' 'generation -5' \
	'generation 99999999999999999999999999'; do
	put "$config" status "$text"
	gives 0 "status '$text'" status --json
	json 'is still an object' 'has("generation") and .refused == null'
done

plan
