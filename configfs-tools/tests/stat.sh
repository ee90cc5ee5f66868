# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl stat".
. "$(dirname "$0")/lib.sh"

demo_root
gives 0 'stat' stat --watch 0.05 --count 1
prints 'db        running          2      42     12000   0     8000   0       7   512     1024    90      30       3       0'
prints 'db        cxl   260000      31          256          12'
prints 'node1  node0  12000   0       7'
check 'one report' test "$(grep -c ^WORKLOAD "$scratch/out")" -eq 2

put "$config/workloads/db/stats" providers 'damon 0 0 0 0 1 0 0'
gives 0 'stat while no program serves damon' stat --watch 0.05 --count 1
prints "workload 'db': provider 'damon' reports no heat: no program serves it"
gives 0 'the same as JSON' stat --json --count 1
json 'waiting' '.waiting[0].provider == "damon"'
demo_root

start=$(date +%s%N)
gives 0 'stat without options' stat
check 'takes a second' test $((($(date +%s%N) - start) / 100000000)) -ge 10

gives 0 'stat of one' stat db --watch=0.05 --count=1
check 'leaves the other out' test "$(grep -c web "$scratch/out")" -eq 0

gives 0 'three reports' stat --watch 0.05 --count 3
check 'are three' test "$(grep -c ^FROM "$scratch/out")" -eq 3
check 'without control characters' test \
	"$(tr -d '\n -~' <"$scratch/out" | wc -c)" -eq 0

gives 0 'JSON' stat db --json --count 1
json 'counters' '.workloads | length == 1 and (.[0] | .name == "db" and
	.state == "running" and .promoted == 12000 and .scan_ns == 81000000 and
	.heat_bytes == 262144 and .skipped_huge == 512)'
json 'tiers' '.workloads[0].tiers == [
	{ tier: "dram", pages: 131072, hot: 120000, promote_min: 96,
	  demote_max: 0 },
	{ tier: "cxl", pages: 260000, hot: 31, promote_min: 256,
	  demote_max: 12 }]'
json 'guaranteed' '.workloads[0].guaranteed == [{ tier: "dram", pages: 262144 },
	{ tier: "cxl", pages: 0 }]'
json 'histogram' '.workloads[0].histogram[0] | .tier == "dram" and
	.pages == [range(16)]'
json 'providers' '.workloads[0].providers == [{ provider: "accessed",
	hits: 90210, reports: 0, dropped: 0, rejected: 0, errors: 1,
	ns: 79000000, stalled: 0 }]'
json 'edges' '.edges | length == 4 and (.[3] | .moved == 12000 and
	.failed == 7 and .moved_per_s == 0)'
gives 0 'JSON of several reports' stat --json --watch 0.05 --count 2
check 'is a line each' test "$(wc -l <"$scratch/out")" -eq 2
check 'each of them an object' jq -es 'length == 2 and
	all(.workloads | length == 2)' "$scratch/out"

# Rates: counters that grow, and that begin again.
(
	sleep 0.5
	put "$config/workloads/db/stats" promoted 22000 demoted 100
	put "$class/node1/edges/node0" moved 22000
) &
gives 0 'counters that change' stat --json db --count 1
wait
json 'promotion a second' '.workloads[0].promoted_per_s |
	. > 9000 and . <= 10000'
json 'a counter that began again' '.workloads[0].demoted_per_s |
	. > 90 and . <= 100'
json 'edge a second' '.edges[3].moved_per_s | . > 9000 and . <= 10000'

# Things that come and go between two readings.
(
	sleep 0.5
	rm -r "$config/workloads/web"
	workload new 1
) &
gives 0 'a workload that goes, one that comes' stat --json --count 1
wait
json 'the new one has rate 0' '.workloads | map(.name) == ["db", "new"] and
	.[1].promoted_per_s == 0'

rm -r "$config/workloads/new/stats"
gives 0 'a workload without stats' stat --count 1
prints 'new       -'
for text in '' 'dram' 'dram x y' '1 2 3 4 5 6 7 8 9'; do
	put "$config/workloads/db/stats" tiers "$text" histogram "$text"
	gives 0 "stats '$text'" stat --json --watch 0.05 --count 1
	json 'is JSON' '.workloads[0].tiers | type == "array"'
done
rm "$config/workloads/db/stats/promoted"
mkdir "$config/workloads/db/stats/promoted"
gives 1 'a counter that cannot be read' stat
says "workload 'db': reading promoted"

gives 3 'unknown workload' stat nosuch
for bad in 0 0.01 86401 '' 1..2 x; do
	gives 2 "--watch='$bad'" stat "--watch=$bad" --count 1
done
for bad in 0 -1 x ''; do
	gives 2 "--count='$bad'" stat --watch 0.05 "--count=$bad"
done
demo_root
workload 5 0
gives 0 'a name that is a number' stat --count 1 --watch -- 5
check 'is a name' grep -q '^5  ' "$scratch/out"

# Without --count it goes on until its reader goes.
# shellcheck disable=SC2016 # for the shell that is started
check 'ends with its reader' timeout 10 bash -c \
	'"$0" stat --watch 0.05 | head -n 20 | grep -c ^FROM' "$HMTCTL"

plan
