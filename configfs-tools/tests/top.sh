# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl top": the report for pipes, and the full screen in a terminal.
. "$(dirname "$0")/lib.sh"

demo_root
gives 0 'once' top --once --delay 0.1
prints 'HMT generation 7  hmtd absent  2 workloads'
check 'tiers, fastest first' test "$(awk '/^TIER/ { on = 1; next } /^$/ { exit }
	on { printf "%s ", $1 }' "$scratch/out")" = 'dram cxl pmem '
check 'a line of a tier' grep -qE '^dram +8 GiB +2\.20 GiB \[\.+ +\]$' "$scratch/out"
check 'workloads' grep -qE '^ db +running +2 +1\.49 GiB +34% +0\.0 +0\.0 +0\.0' \
	"$scratch/out"
check 'edges' grep -qE '^node1 +node0 +promote +0\.0 +12000 +7 +6$' "$scratch/out"
prints "512 pages of workload 'db' are in huge pages, and hmtd, which moves them, does"
prints "workload 'web' is stopped: live is 0; run 'hmtctl workload start web'"
check 'at most 80 columns' awk 'length > 80 { exit 1 }' "$scratch/out"
check 'without control characters' test \
	"$(tr -d '\n -~' <"$scratch/out" | wc -c)" -eq 0
COLUMNS=120 gives 0 'once, wide' top --once --delay 0.1
check 'at most 120 columns' awk 'length > 120 { exit 1 }
	length > 80 { wide = 1 } END { exit !wide }' "$scratch/out"
gives 0 'once, a workload' top --once --delay 0.1 web
check 'is selected' grep -q '^>web ' "$scratch/out"
check 'the other has no causes' test "$(grep -c "'db'" "$scratch/out")" -eq 0

gives 0 'JSON' top --json --delay 0.1
json 'tiers in bytes' '.schema == 1 and (.tiers[0] | .name == "dram" and
	.size == 8589934592 and .free == 2362232012 and .hot == 92 * 4096 * 2 and
	.warm == 28 * 4096 * 2 and .cold == 0)'
json 'cold pages' '.tiers[1].cold == 9 * 4096 * 2'
json 'workloads' '.workloads | map(.name) == ["db", "web"] and
	(.[0] | .bytes == 391072 * 4096 and .top_permille == 335 and
	.state == "running" and .processes == 2 and .promoted_bytes_per_s == 0)'
json 'edges' '.edges | length == 4 and (.[0] | .from == "node1" and
	.to == "node0" and .moved == 12000 and .failed == 7)'
json 'causes' '.waits | map(select(.workload == "db").cause) |
	index("huge-without-hmtd") != null and index("hugetlb") != null'

# Rates are of the time between two readings.
put "$config/workloads/db" dry_run 1
(
	sleep 0.5
	put "$config/workloads/db/stats" promoted 22000 demoted 100 \
		cpu_ns 270000000 scan_ns 181000000
	put "$class/node1/edges/node0" moved 22000 bytes $((22000 * 4096))
) &
gives 0 'counters that change' top --json --delay 1
wait
json 'bytes promoted a second' '.workloads[0].promoted_bytes_per_s |
	. > 36000000 and . <= 40960000'
json 'a counter that began again' '.workloads[0].demoted_bytes_per_s |
	. > 360000 and . <= 409600'
json 'cost of the engine' '.workloads[0] | (.cpu_permille | . >= 88 and . <= 100)
	and (.scan_permille | . >= 88 and . <= 100) and .plan_permille == 0'
json 'bytes of an edge' '.edges[0].bytes_per_s | . > 36000000 and . <= 40960000'
json 'a dry run is a state' '.workloads[0].state == "dry run"'

workload big 1
put "$config/workloads/big/stats" tiers 'dram 900000 1 2 3'
for sort in cpu moves size name; do
	gives 0 "sorted by $sort" top --json --delay 0.1 --sort "$sort"
	cp "$scratch/out" "$scratch/$sort"
done
check 'the biggest first' jq -e '.workloads[0].name == "big"' "$scratch/size"
check 'by name' jq -e '.workloads | map(.name) == ["big", "db", "web"]' "$scratch/name"

gives 2 'no order' top --once --sort x
says "top: --sort 'x': not cpu, moves, size or name"
gives 2 'no time' top --once --delay 0
gives 3 'unknown workload' top --once nosuch
gives 1 'on a pipe' top
says "top: standard input and output are not a terminal (use 'hmtctl stat --watch', or 'hmtctl top --once')"
bare_root
gives 0 'nothing configured' top --once --delay 0.1
prints "no live graph (run 'hmtctl setup')"
prints "no workload (run 'hmtctl workload create')"
empty_root
gives 4 'HMT not loaded' top --once

# Command that starts the tool, and its option.
prefix=
# terminal TERM SCRIPT-LINE...: the full screen in a terminal
terminal()
{
	local name=$1

	shift
	printf '%s\n' "$@" >"$scratch/script"
	# shellcheck disable=SC2086 # a command and its option
	TERM=$name python3 "$here/terminal.py" "$scratch/script" \
		$prefix "$HMTCTL" top --delay 0.2 >"$scratch/out" 2>&1
	code=$?
}

demo_root
for name in vt100 xterm; do
	terminal $name 'wait h help' 'print' 'type q' 'end'
	check "$name: full screen: exit code 0" test "$code" -eq 0
	check "$name: 24 lines" test "$(wc -l <"$scratch/out")" -eq 24
	check "$name: header" grep -qE '^HMT generation 7 +hmtd absent' "$scratch/out"
	for title in TIER ' WORKLOAD' FROM WAITS; do
		check "$name: list $title" grep -q "^$title" "$scratch/out"
	done
	check "$name: keys" grep -q '^q quit  s sort' "$scratch/out"
	check "$name: fits" awk 'length > 80 { exit 1 }' "$scratch/out"
done
terminal dumb 'end' 'print'
check 'a dumb terminal: exit code 1' test "$code" -eq 1
check 'names the remedy' grep -q "top: the terminal cannot place its cursor (use 'hmtctl stat" \
	"$scratch/out"
terminal nosuch 'end'
check 'an unknown terminal: exit code 1' test "$code" -eq 1

put "$config/workloads/db/stats" histogram \
	"$(printf 'dram 0 500000 0 0 0 0 0 0 0 0 0 0 0 0 0 700000')"
terminal xterm 'wait [######' 'raw \e[31m' 'raw \e[33m' 'type q' 'end'
check 'colours on a terminal that has them' test "$code" -eq 0
NO_COLOR=1 terminal xterm 'wait h help' 'noraw \e[31m' 'noraw \e[34m' 'type q' 'end'
check 'none with NO_COLOR' test "$code" -eq 0
terminal xterm 'wait by cpu' 'type s' 'wait by moves' 'type sss' 'wait by cpu' \
	'type q' 'end'
check 's sorts' test "$code" -eq 0
terminal xterm 'wait  db  ' 'type j' 'wait >db' 'type j' 'wait >web' 'type k' \
	'wait >db' 'type \eOB' 'wait >web' 'type \n' 'wait other, web' \
	"gone 'db'" 'type \n' 'gone other, web' 'type q' 'end'
check 'a workload is selected' test "$code" -eq 0
terminal xterm 'wait h help' 'type h' 'wait KEYS OF hmtctl top' 'type x' \
	'gone KEYS OF' 'type ?' 'wait KEYS OF' 'type \e' 'gone KEYS OF' \
	'type \e' 'end'
check 'help, and Esc' test "$code" -eq 0
terminal xterm 'wait every 0.2 s' 'type -' 'wait every 0.4 s' 'type ++' \
	'wait every 0.1 s' 'type q' 'end'
check 'speed' test "$code" -eq 0
terminal xterm 'wait h help' 'size 110 40' 'last q quit' 'print' 'type q' 'end'
check 'resized: exit code 0' test "$code" -eq 0
check 'uses the rows' grep -q 'q quit' <(sed -n 40p "$scratch/out")
check 'uses the columns' awk 'length > 80 { wide = 1 } END { exit !wide }' "$scratch/out"
terminal xterm 'wait h help' 'size 60 15' 'wait TIER' 'print' 'type q' 'end'
check 'too small: exit code 0' test "$code" -eq 0
terminal xterm 'wait h help' 'size 320 40' 'wait h help' 'type s' 'wait by moves' \
	'type q' 'end'
check 'wider than a line: exit code 0' test "$code" -eq 0
for signal in INT TERM; do
	terminal xterm 'wait h help' "signal $signal" 'end' 'cooked'
	check "SIG$signal ends it, and restores the terminal" test "$code" -eq 0
done
prefix='env --ignore-signal=HUP'
terminal xterm 'wait h help' 'hangup'
check 'the end of the terminal ends it, also with nohup' test "$code" -eq 0
prefix=
# Objects that come and go, and HMT that is unloaded.
terminal xterm 'wait  web ' "run rm -r $config/workloads/web" 'gone  web ' 'type q' 'end'
check 'a workload that goes' test "$code" -eq 0
terminal xterm 'wait h help' "run mv $HMT_ROOT/sys $HMT_ROOT/gone" 'end' 'print'
check 'HMT that is unloaded: exit code 4' test "$code" -eq 4
check 'has its message' grep -aq 'hmtctl: HMT is not loaded' "$scratch/out"

# Many objects on a small screen: the selected one is shown.
demo_root
for i in $(seq 10 40); do
	workload "w$i" 1
done
terminal xterm 'wait more workloads' 'type jjjjjjjjjjjjjjjjjjjj' 'wait >w' 'print' \
	'type q' 'end'
check 'many workloads: exit code 0' test "$code" -eq 0
check 'the selected one is shown' grep -q '^>w' "$scratch/out"
check 'the keys are shown as well' grep -q '^q quit' "$scratch/out"

# Names and texts with controls.
demo_root
put "$config" status $'generation 7, refused: \e[2Jx'
put "$class/node0" tier $'d\xc2\x9bram'
gives 0 'controls in attributes' top --once --delay 0.1
check 'are masked' test "$(tr -d '\n -~' <"$scratch/out" | wc -c)" -eq 0

plan
