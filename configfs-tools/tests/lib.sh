# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Helpers of the tests: a fake root that stands in for the kernel, and checks
# that print TAP lines. A test is sourced with $HMTCTL and $MAN set; it ends
# with "plan".

HMTCTL=${HMTCTL:?the tool to test}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the tests
top=$(dirname "$here")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

test_number=0

# check TEXT COMMAND...: ok when the command succeeds
check()
{
	local text=${1//[^[:print:]]/?}

	shift
	test_number=$((test_number + 1))
	if "$@" >"$scratch/check.out" 2>&1; then
		echo "ok $test_number - $text"
		return
	fi
	echo "not ok $test_number - $text"
	printf '# failed: %s\n' "$*" | tr -c '[:print:]\n' '?' | cut -c 1-300
	sed 's/^/#   /' "$scratch/check.out" | head -n 20
	sed 's/^/#   stderr: /' "$scratch/err" 2>/dev/null | head -n 20
}

# wait_for COMMAND...: until it succeeds, at most 20 s
wait_for()
{
	local i

	for ((i = 0; i < 200; i++)); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

# start_hmtd LOG TEXT COMMAND...: run hmtd until it is ready; leaves $pid
start_hmtd()
{
	local log=$1 text=$2

	shift 2
	# Without the text of the hmtd before: a signal would reach a shell that is about to become hmtd.
	: >"$log"
	"$@" --foreground --verbose 2>"$log" &
	# shellcheck disable=SC2034 # for the tests
	pid=$!
	check "$text: hmtd is ready" wait_for grep -q ready "$log"
}

plan()
{
	echo "1..$test_number"
}

# Standard input of the tool.
input=/dev/null

# hmt ARGUMENT...: run the tool; leaves $code, $scratch/out and $scratch/err
hmt()
{
	"$HMTCTL" "$@" >"$scratch/out" 2>"$scratch/err" <"$input"
	code=$?
}

# gives CODE TEXT ARGUMENT...: the tool ends with that code; a refusal is one
# line on standard error that begins with its name, a success says nothing
gives()
{
	local want=$1 text=$2

	shift 2
	hmt "$@"
	check "$text: exit code $want" test "$code" -eq "$want"
	if [ "$want" -eq 0 ]; then
		check "$text: nothing on standard error" test ! -s "$scratch/err"
	else
		check "$text: one line on standard error" one_error_line
	fi
}

one_error_line()
{
	[ "$(wc -l <"$scratch/err")" -eq 1 ] &&
		grep -q '^hmtctl: ' "$scratch/err"
}

# says TEXT: the last error, literally
says()
{
	check "error says: $1" grep -qF -- "$1" "$scratch/err"
}

# prints TEXT: the last output, literally
prints()
{
	check "output has: $1" grep -qF -- "$1" "$scratch/out"
}

# json TEXT FILTER: jq -e accepts the last output
json()
{
	check "$1" jq -e "$2" "$scratch/out"
}

# holds FILE VALUE: an attribute below hmt/ has that value
holds()
{
	check "$1 is '$2'" test "$(cat "$config/$1" 2>&1)" = "$2"
}

absent()
{
	check "$1 does not exist" test ! -e "$config/$1"
}

# put DIR NAME VALUE...: plain files in place of attributes
put()
{
	local dir=$1

	shift
	mkdir -p "$dir"
	while [ $# -gt 1 ]; do
		printf '%s\n' "$2" >"$dir/$1"
		shift 2
	done
}

# memory NAME UID KIND SIZE AVAILABLE TIER DEMOTES-TO LATENCY RATE SOURCE NODE
memory()
{
	put "$class/$1" uid "$2" kind "$3" size "$4" available "$5" tier "$6" \
		demotes_to "$7" read_latency "$8" write_latency "$8" \
		read_bandwidth "$9" write_bandwidth "$9" \
		performance_source "${10}" initiators 0 numa_node "${11}"
}

# edge FROM TO MOVED NS
edge()
{
	put "$class/$1/edges/$2" moved "$3" bytes $(($3 * 4096)) ns "$4" \
		failed_pinned 2 failed_busy 1 failed_nomem 0 failed_raced 4 kernel_demoted 6 \
		split 1
}

# tier NAME MEMORIES [TARGET...]
tier()
{
	local name=$1 order=0 target

	put "$config/tiers/$name" memories "$2" weights '' low_watermark 20 \
		high_watermark 40
	mkdir -p "$config/tiers/$name/demotion"
	shift 2
	for target; do
		ln -s "../../$target" "$config/tiers/$name/demotion/$order"
		order=$((order + 1))
	done
}

# workload NAME LIVE
workload()
{
	put "$config/workloads/$1" pids '812 813' cgroup /db/main \
		providers 'accessed:1 counter:4' scan_interval_ms 1000 \
		scan_interval_min_ms 0 scan_interval_max_ms 8000 \
		samples 5 promote_mib_per_s 1024 demote_mib_per_s max \
		limits 'dram=2G' protect 'dram=1G' dry_run 0 promote_in_fault 0 spread_load 1 live "$2"
	put "$config/workloads/$1/stats" state running reason '' processes 2 foreign 0 pids '812 813' passes 42 \
		samples_taken 210 surveys 3 promoted 12000 demoted 8000 brought_home 0 failed 7 \
		planned 20007 expired 0 skipped_huge 512 skipped_file 90 skipped_mergeable 0 skipped_shared 30 skipped_hugetlb 1024 huge_skewed 1 huge_rejoined 0 \
		skipped_excluded 16 skipped_pinned 3 skipped_policy 0 skipped_locked 0 demand 0 yielded 12 fault_promoted 640 fault_kept 9 star_permille 34 strr_permille 665 returned 5 scan_ns 81000000 \
		plan_ns 1200000 move_ns 95000000 cpu_ns 170000000 program_ns 60000000 heat_bytes 262144 \
		interval_ms 2000 sample_pages 30000 margin 24 load_permille 1000 clean 4096 \
		tiers "$(printf 'dram 131072 120000 96 0\ncxl 260000 31 256 12')" \
		guaranteed "$(printf 'dram 262144\ncxl 0')" \
		histogram "$(printf 'dram %s\ncxl %s' \
			'0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15' \
			'9 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0')" \
		providers 'accessed 90210 0 0 0 1 79000000 0'
}

# process PID START: a process that started at that tick after the boot
process()
{
	put "$HMT_ROOT/proc/$1" stat \
		"$1 (a b) c) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 $2 0 0"
}

# boot ID: the ID of this boot
boot()
{
	put "$HMT_ROOT/proc/sys/kernel/random" boot_id "$1"
}

# machine: the objects of the machine that the demo refers to
machine()
{
	put "$config/providers/accessed" flush 1
	put "$config/providers/counter" threshold 16
	process 812 4711
	process 813 4712
	boot 0c1d
}

# A root without HMT in it.
empty_root()
{
	HMT_ROOT=$(mktemp -d "$scratch/root.XXXXXX")
	export HMT_ROOT
	config=$HMT_ROOT/sys/kernel/config/hmt
	class=$HMT_ROOT/sys/class/hmt
}

# HMT loaded, memories but nothing configured.
bare_root()
{
	empty_root
	put "$config" commit '' status 'generation 0' hmtd absent
	mkdir -p "$config/tiers" "$config/workloads" "$config/providers"
	memory node0 0 dram 8589934592 2362232012 none '' 80 204800 firmware 0
	memory node1 1 cxl 17179869184 12884901888 none '' 250 32000 firmware 1
	memory node2 2 pmem 68719476736 68719476736 none '' 400 0 distance 2
	memory sim0 2147483649 device-coherent 1073741824 1073741824 none '' \
		120 64000 driver -1
}

# A graph dram -> cxl -> pmem that is live, and two workloads.
demo_root()
{
	bare_root
	put "$config" status 'generation 7'
	tier dram node0 cxl pmem
	tier cxl node1 pmem
	tier pmem node2
	put "$class/node0" tier dram demotes_to 'node1 node2'
	put "$class/node1" tier cxl demotes_to node2
	put "$class/node2" tier pmem
	edge node0 node1 8000 51000000
	edge node0 node2 0 0
	edge node1 node2 120 900000
	edge node1 node0 12000 74000000
	workload db 1
	workload web 0
}

# state: all files and links of the configuration with their contents
state()
{
	(cd "$config" && find tiers providers workloads -name stats -prune \
		-o \( -type l -printf '%p -> %l\n' \) \
		-o \( -type d -print \) \
		-o \( -type f -printf '%p ' -exec cat {} \; \) | sort)
}
