# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Values that the ABI refuses: each gives its error, "status" names the tier, and
# the live graph does not change.

tests=(
	"commit-values     only 1 commits"
	"bad-graphs        the commit refuses a cycle, a self edge, an unknown memory, a memory in two tiers, an empty or unreachable tier, a misnamed link, and watermarks in the wrong order"
	"names             names of tiers and workloads have a maximum length and a set of characters, and the number of tiers is limited"
	"used-target       a tier that is a target cannot be removed"
	"memories-syntax   a malformed list of memories is refused when it is written"
	"tier-numbers      watermarks and weights refuse numbers that are malformed or out of range"
	"workload-numbers  attributes of a workload refuse numbers that are malformed or out of range"
	"workload-lists    pids, cgroup, providers, limits and protect refuse malformed or unknown values"
	"starting          a workload without graph, processes, provider or tier does not start"
	"live-workload     a live workload cannot be removed, and keeps its providers"
	"providers-dir     users cannot create or remove providers"
	"garbage           4096 bytes of garbage in any file change nothing"
	"two-writers       with two concurrent writers each commit is published whole or refused"
	"no-tiers          a commit without tiers removes the graph; workloads pause, and continue with the next graph"
)

memories=(node0 node1 node2)

# live_graph - generation, and tier and targets of each memory, in one line
live_graph()
{
	local memory

	printf '%s' "$(graph_generation)"
	for memory in "${memories[@]}"; do
		printf ' %s:%s' "$(cat "$class/$memory/tier")" \
			"$(cat "$class/$memory/demotes_to")"
	done
}

# expect_refused ERROR TIER TEXT - a commit fails with ERROR, names TIER and TEXT in
# the status, and does not change the live graph
expect_refused()
{
	local before

	before=$(live_graph)
	expect_errno "$1" write "$config/commit" 1
	expect_eq "$(live_graph)" "$before" "live graph"
	expect_match "$(commit_status)" \
		"generation $(graph_generation), refused: *'$2'*$3*" "status"
}

# expect_bad FILE ERROR VALUE... - FILE refuses each VALUE and keeps its own
expect_bad()
{
	local file=$config/$1 before

	before=$(cat "$file")
	expect_errno "$2" write "$file" "${@:3}"
	expect_eq "$(cat "$file")" "$before" "$file"
}

commit-values()
{
	local before

	commit_chain
	before=$(live_graph)
	expect_errno EINVAL write "$config/commit" 0 2 -1 $'\n' x "1 1" 0x1 \
		99999999999999999999
	expect_eq "$(live_graph)" "$before" "live graph"
	expect_committed
	expect_errno ok write "$config/commit" 1
	expect_ne "$(live_graph)" "$before" "live graph"
}

# The test repairs the graph after each refusal, and the last commit succeeds.
bad-graphs()
{
	local tiers=$config/tiers

	commit_chain

	stage_edge pmem dram
	expect_refused EINVAL dram "cycle"
	expect_match "$(commit_status)" "*dram -> cxl -> pmem -> dram*" "status"
	rm "$tiers/pmem/demotion/0"

	stage_edge dram dram 1
	expect_refused EINVAL dram "its own"
	rm "$tiers/dram/demotion/1"

	echo node7 >"$tiers/cxl/memories"
	expect_refused ENODEV cxl node7
	echo 2147483648 >"$tiers/cxl/memories"
	expect_refused ENODEV cxl 2147483648
	echo "node1 0" >"$tiers/cxl/memories"
	expect_refused EINVAL dram ""
	echo >"$tiers/cxl/memories"
	expect_refused EINVAL cxl "no memory"
	echo node1 >"$tiers/cxl/memories"

	rm "$tiers/cxl/demotion/0"
	expect_refused EINVAL pmem unreachable
	stage_edge cxl pmem x
	expect_refused EINVAL cxl link
	rm "$tiers/cxl/demotion/x"
	stage_edge cxl pmem 16
	expect_refused EINVAL cxl link
	rm "$tiers/cxl/demotion/16"
	stage_edge cxl pmem 00
	expect_refused EINVAL cxl link
	rm "$tiers/cxl/demotion/00"
	stage_edge cxl pmem 3
	stage_edge cxl pmem 4
	expect_refused EINVAL cxl pmem
	rm "$tiers/cxl/demotion/4"

	echo "1 1 1" >"$tiers/cxl/weights"
	expect_refused EINVAL cxl weights
	echo >"$tiers/cxl/weights"
	echo 500 >"$tiers/cxl/low_watermark"
	expect_refused EINVAL cxl watermark
	echo 20 >"$tiers/cxl/low_watermark"

	commit_graph
	expect_committed
	# A directory that is not a tier is not a target.
	expect_errno "EINVAL|EPERM|EXDEV" link "$config/workloads" "$tiers/cxl/demotion/5"
	expect_errno "EINVAL|EPERM|ENOENT" link /tmp "$tiers/cxl/demotion/5"
}

names()
{
	local dir name long

	load_hmt
	long=$(printf 'x%.0s' {1..32})
	for dir in tiers workloads; do
		for name in "a b" "a+b" "ä" $'a\nb' "a:b" "a=b" "*"; do
			expect_errno EINVAL mkdir "$config/$dir/$name"
		done
		expect_errno ENAMETOOLONG mkdir "$config/$dir/$long"
		expect_errno "ENAMETOOLONG" mkdir "$config/$dir/$long$long$long$long$long$long$long$long"
		expect_errno ENOENT mkdir "$config/$dir/a/b"
		expect_errno ok mkdir "$config/$dir/${long:1}"
		expect_errno EEXIST mkdir "$config/$dir/${long:1}"
		expect_errno ok rmdir "$config/$dir/${long:1}"
		expect_errno ok mkdir "$config/$dir/-._0Az"
		expect_errno ok rmdir "$config/$dir/-._0Az"
	done
	for name in {1..16}; do
		expect_errno ok mkdir "$config/tiers/t$name"
	done
	expect_errno ENOSPC mkdir "$config/tiers/t17"
	expect_errno ok rmdir "$config/tiers/t16"
	expect_errno ok mkdir "$config/tiers/t17"
}

used-target()
{
	commit_chain
	expect_errno EBUSY rmdir "$config/tiers/cxl"
	expect_errno EBUSY rmdir "$config/tiers/pmem"
	# configfs refuses to remove a directory that has links.
	expect_errno "EBUSY|ENOTEMPTY" rmdir "$config/tiers/dram"
	expect_errno "EPERM|EBUSY" rmdir "$config/tiers/dram/demotion"
	rm "$config/tiers/cxl/demotion/0"
	expect_errno ok rmdir "$config/tiers/pmem"
	# The removal is staged, and the live graph still has the tier.
	expect_attribute node2 tier pmem
	commit_graph
	expect_attribute node2 tier none
}

# A text that configfs would cut off, without its first word.
long_blanks=$(printf ' %.0s' {1..4095})

memories-syntax()
{
	commit_chain
	expect_bad tiers/dram/memories EINVAL "node0 node0" "node0,node1" "no/de" \
		"node0 $(printf 'x%.0s' {1..32})" "ä" "0x1:2"
	# Too many numbers, and a text that configfs would cut off.
	expect_bad tiers/dram/memories E2BIG "$(echo {1..1025})" \
		"node0${long_blanks:4}"
	expect_errno ok write "$config/tiers/dram/memories" "$(echo {1..1024})"
	expect_errno ok write "$config/tiers/dram/memories" "  node0 "$'\t\n'
	expect_eq "$(cat "$config/tiers/dram/memories")" node0 "memories of tier dram"
}

junk=($'\n' " " - x 0x10 "10 x" 10x 1.5 "1 2")
huge=(4294967296 1000000000000000000000000000000)

tier-numbers()
{
	local name

	commit_chain
	for name in low_watermark high_watermark; do
		expect_bad "tiers/dram/$name" EINVAL "${junk[@]}"
		expect_bad "tiers/dram/$name" ERANGE 1000 4294967295 "${huge[@]}"
		expect_bad "tiers/dram/$name" "EINVAL|ERANGE" -1 -1000
		expect_errno ok write "$config/tiers/dram/$name" 0
		expect_errno ok write "$config/tiers/dram/$name" 999$'\n'
	done
	expect_bad tiers/dram/weights EINVAL - x 0x10 1.5 -1 "3 x" 1000 4294967296
	expect_bad tiers/dram/weights ERANGE 0 101 "3 0"
	expect_bad tiers/dram/weights E2BIG "$(echo {1..17})" "1$long_blanks"
	expect_errno ok write "$config/tiers/dram/weights" "1 100"
	expect_eq "$(cat "$config/tiers/dram/weights")" "1 100" "weights of tier dram"
	expect_errno ok write "$config/tiers/dram/weights" $'\n'
}

workload-numbers()
{
	local name

	load_hmt
	create_workload w
	expect_bad workloads/w/scan_interval_ms EINVAL "${junk[@]}"
	expect_bad workloads/w/scan_interval_ms ERANGE 0 9 3600001 "${huge[@]}"
	expect_bad workloads/w/samples EINVAL "${junk[@]}"
	expect_bad workloads/w/samples ERANGE 0 65 1000 "${huge[@]}"
	for name in promote_mib_per_s demote_mib_per_s; do
		expect_bad "workloads/w/$name" EINVAL "${junk[@]}" MAX "max 1" maximum
		expect_bad "workloads/w/$name" ERANGE "${huge[@]}"
		expect_bad "workloads/w/$name" "EINVAL|ERANGE" -1
		expect_errno ok write "$config/workloads/w/$name" 0
		expect_errno ok write "$config/workloads/w/$name" max
	done
	for name in dry_run live; do
		expect_bad "workloads/w/$name" EINVAL "${junk[@]:0:4}"
		expect_bad "workloads/w/$name" "EINVAL|ERANGE" -1 2 1000 0x1 1x 10x \
			1000000000000000000000000000000
	done
	for name in samples scan_interval_ms; do
		expect_bad "workloads/w/$name" "EINVAL|ERANGE" -1 -1000
	done
}

# dead_pid - of a process that has ended
dead_pid()
{
	true &
	wait $!
	echo $!
}

workload-lists()
{
	local dead kthread

	load_hmt
	create_workload w
	dead=$(dead_pid)
	kthread=$(pgrep -x kthreadd)
	echo $$ >"$config/workloads/w/pids"
	expect_bad workloads/w/pids ESRCH "$dead" "$$ $dead"
	expect_bad workloads/w/pids EINVAL "$kthread" "$$ $kthread" x "$$,1" -1
	expect_bad workloads/w/pids ERANGE 0 4194305 99999999999
	# The first digits of a number are the number of another process.
	expect_bad workloads/w/pids E2BIG "${long_blanks:3}1$$" "$$$long_blanks"
	expect_errno ok write "$config/workloads/w/pids" "$$ $$ 1"
	expect_eq "$(tr ' ' '\n' <"$config/workloads/w/pids" | sort -n | xargs)" "1 $$" \
		"PIDs of the workload"
	expect_errno ok write "$config/workloads/w/pids" $'\n'
	expect_eq "$(cat "$config/workloads/w/pids")" "" "pids of workload w"

	expect_bad workloads/w/cgroup EINVAL none /none/../none
	expect_bad workloads/w/cgroup ENAMETOOLONG "/none${long_blanks// //}"
	make_cgroup some >/dev/null
	expect_errno ok write "$config/workloads/w/cgroup" /some$'\n'
	expect_eq "$(cat "$config/workloads/w/cgroup")" /some "cgroup of workload w"
	expect_errno ok write "$config/workloads/w/cgroup" $'\n'
	expect_eq "$(cat "$config/workloads/w/cgroup")" "" "cgroup of workload w"

	expect_bad workloads/w/providers EINVAL $'\n' "accessed accessed" "a:b" ":1" \
		"acc/essed:1" "$(printf 'x%.0s' {1..32}):1"
	expect_bad workloads/w/providers "ERANGE|EINVAL" accessed:0 accessed:101 \
		accessed:-1
	expect_bad workloads/w/providers E2BIG "a b c d e f g h i" \
		"accessed:2$long_blanks"

	expect_bad workloads/w/limits EINVAL dram =1 dram= dram=x dram=1X dram=1KK \
		"dram=1 dram=2" dram=-1
	expect_bad workloads/w/limits ERANGE dram=99999999999999999999 \
		dram=17179869184G
	expect_bad workloads/w/limits E2BIG "dram=1G${long_blanks}cxl=1G"
	expect_errno ok write "$config/workloads/w/limits" "dram=2G cxl=512M"
	expect_eq "$(cat "$config/workloads/w/limits")" "dram=2147483648 cxl=536870912" \
		"limits of workload w"

	expect_bad workloads/w/protect EINVAL dram =1 dram= dram=x dram=1KK \
		"dram=1 dram=2" dram=-1
	expect_bad workloads/w/protect ERANGE dram=17179869184G
	expect_bad workloads/w/protect E2BIG "dram=1G${long_blanks}cxl=1G"
	# The order of writes does not matter before the start.
	expect_errno ok write "$config/workloads/w/protect" "cxl=512M dram=3G"
	expect_eq "$(cat "$config/workloads/w/protect")" "cxl=536870912 dram=3221225472" \
		"protect of workload w"
}

starting()
{
	load_hmt
	create_workload w "pids=$$"
	expect_errno ENXIO write "$config/workloads/w/live" 1
	commit_chain
	configure_workload w pids= providers=nonsense
	expect_errno EINVAL write "$config/workloads/w/live" 1
	configure_workload w "pids=$$"
	expect_errno ENOENT write "$config/workloads/w/live" 1
	configure_workload w providers=accessed:1 limits=nonsense=1G
	expect_errno ENOENT write "$config/workloads/w/live" 1
	expect_eq "$(cat "$config/workloads/w/live")" 0 "live of workload w"
	expect_true stat_is w state stopped
	configure_workload w limits= protect=nonsense=1G
	expect_errno ENOENT write "$config/workloads/w/live" 1
	configure_workload w limits=dram=1G protect=dram=2G
	expect_errno ERANGE write "$config/workloads/w/live" 1
	configure_workload w limits= protect=
	expect_errno ok write "$config/workloads/w/live" 1
	expect_true stat_is w state running
	expect_bad workloads/w/limits ENOENT nonsense=1G
	expect_bad workloads/w/protect ENOENT nonsense=1G
	expect_errno ok write "$config/workloads/w/protect" dram=2G
	expect_bad workloads/w/limits ERANGE dram=1G
	expect_errno ok write "$config/workloads/w/limits" "cxl=1G dram=2G"
	expect_bad workloads/w/protect ERANGE dram=2147483649
	expect_errno ok write "$config/workloads/w/live" 1
	go_idle w
	expect_errno ok write "$config/workloads/w/live" 0
}

live-workload()
{
	commit_chain
	make_cgroup some >/dev/null
	create_workload w "pids=$$" dry_run=1 scan_interval_ms=50
	go_live w
	expect_errno EBUSY rmdir "$config/workloads/w"
	expect_bad workloads/w/providers EBUSY accessed:2
	expect_bad workloads/w/pids ESRCH "$(dead_pid)"
	expect_errno ok write "$config/workloads/w/pids" 1
	expect_path "$config/providers/accessed"
	wait_passes w 3
	go_idle w
	expect_errno ok write "$config/workloads/w/providers" accessed:2
	expect_errno ok write "$config/workloads/w/cgroup" /some
	expect_errno ok rmdir "$config/workloads/w"
}

providers-dir()
{
	load_hmt
	modprobe hmt_accessed
	expect_errno EPERM mkdir "$config/providers/mine"
	expect_errno "EPERM|EBUSY" rmdir "$config/providers/accessed"
	expect_errno "EPERM|EBUSY" rmdir "$config/providers"
	expect_errno EPERM mkdir "$config/mine"
	expect_bad providers/accessed/flush EINVAL x $'\n' -1
	expect_bad providers/accessed/flush "EINVAL|ERANGE" 2 1000 0x1
	expect_errno ok write "$config/providers/accessed/flush" 0
	expect_errno ok write "$config/providers/accessed/flush" 1
	modprobe -r hmt_accessed
	expect_no_path "$config/providers/accessed"
}

# shown FILE - its content; nothing if it cannot be read
shown()
{
	{ cat "$1" 2>/dev/null || :; } | tr -d '\0'
}

# make_garbage DIR - files of letters, blanks, random bytes, more than a page, and an
# early zero
make_garbage()
{
	mkdir "$1"
	head -c 4096 /dev/zero | tr '\0' A >"$1/letters"
	{ head -c 4000 /dev/zero | tr '\0' ' ' && echo %; } >"$1/blanks"
	{ printf % && head -c 4095 /dev/urandom; } >"$1/bytes"
	{ printf % && head -c 65535 /dev/urandom; } >"$1/more"
	printf '%%\0\1\2\377' >"$1/zero"
}

# garbage_into FILE - print the result of each write
garbage_into()
{
	local before part

	before=$(shown "$1")
	for part in "$work"/garbage/*; do
		hmt_try copy "$1" <"$part"
	done
	expect_eq "$(shown "$1")" "$before" "$1"
}

garbage()
{
	local before file answers

	make_garbage "$work/garbage"
	commit_chain
	modprobe hmt_accessed
	create_workload w "pids=$$"
	before=$(live_graph)
	answers=$(find "$config" -type f -perm -u+w | while read -r file; do
		garbage_into "$file"
	done)
	answers=$(sort <<<"$answers" | uniq -c)
	echo "$answers"
	! grep -qwE 'ok|short' <<<"$answers" || fail "accepted: $answers"
	expect_eq "$(live_graph)" "$before" "live graph"
	# The other files are read-only.
	for file in "$config"/status "$config"/workloads/w/stats/*; do
		expect_errno "EACCES|EINVAL|EPERM|EIO" write "$file" 1
	done
	commit_graph
}

# commit_repeatedly TIER_OF_NODE0 TIER_OF_NODE1 FILE - write the numbers of published
# and of refused commits to FILE
commit_repeatedly()
{
	local end=$((SECONDS + $(soak_amount 2 60 5))) published=0 refused=0

	while [ "$SECONDS" -lt "$end" ]; do
		echo node0 >"$config/tiers/$1/memories"
		echo node1 >"$config/tiers/$2/memories"
		if echo 1 >"$config/commit"; then
			published=$((published + 1))
		else
			refused=$((refused + 1))
		fi
	done 2>/dev/null
	echo "$published $refused" >"$3"
}

two-writers()
{
	local first second published refused before

	commit_chain a=node0 b=node1 c=node2
	before=$(graph_generation)
	commit_repeatedly a b "$work/first" &
	first=$!
	commit_repeatedly b a "$work/second" &
	second=$!
	wait $first $second
	read -r published refused < <(cat "$work/first" "$work/second" |
		awk '{ ok += $1; not += $2 } END { print ok, not }')
	note "$published published, $refused refused"
	expect_gt "$published" 10 "published commits"
	expect_eq "$(graph_generation)" $((before + published)) \
		"generation after $published commits"
	case "$(cat "$class/node0/tier") $(cat "$class/node1/tier") $(cat "$class/node2/tier")" in
	"a b c" | "b a c") ;;
	*) fail "the live graph mixes both writers: $(live_graph)" ;;
	esac
}

no-tiers()
{
	local path before

	commit_chain
	before=$(graph_generation)
	create_workload w "pids=$$" dry_run=1 scan_interval_ms=20
	go_live w
	wait_passes w 2
	remove_tiers
	expect_eq "$(graph_generation)" $((before + 1)) "generation"
	expect_attribute node0 tier none
	expect_eq "$(cat "$class/node0/demotes_to")" "" "demotes_to of node0"
	wait_until "$limit" stat_is w state paused
	expect_errno ok write "$config/workloads/w/limits" $'\n'
	commit_chain
	wait_until "$limit" stat_is w state running
	wait_passes w 2
}
