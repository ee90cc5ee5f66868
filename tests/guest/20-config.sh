# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the ABI refuses is refused with its error, "status" names the tier, and
# the live graph stays as it was.

tests=(
	"commit-values     only 1 commits"
	"bad-graphs        cycle, self edge, unknown memory, memory in two tiers, empty and unreachable tier, misnamed link, watermarks the wrong way round"
	"names             names of tiers and workloads: length, characters, number of tiers"
	"used-target       a tier that is a target cannot be removed"
	"memories-syntax   bad lists of memories are refused when written"
	"tier-numbers      bad numbers for watermarks and weights"
	"workload-numbers  bad numbers for what a workload has"
	"workload-lists    bad pids, cgroups, providers and limits"
	"starting          a workload without graph, processes, provider or tier does not start"
	"live-workload     a live workload is not removed, and keeps its cgroup and providers"
	"providers-dir     nobody makes or removes providers by hand"
	"garbage           4096 bytes of garbage into every file change nothing"
	"two-writers       two writers at once: each commit is published whole or refused"
	"no-tiers          committing no tiers takes the graph away, workloads pause and go on"
)

memories=(node0 node1 node2)

# What is live, in one line.
live_graph()
{
	local memory

	printf '%s' "$(generation)"
	for memory in "${memories[@]}"; do
		printf ' %s:%s' "$(cat "$class/$memory/tier")" \
			"$(cat "$class/$memory/demotes_to")"
	done
}

# refused ERROR TIER TEXT - a commit now is, and nothing else happens
refused()
{
	local before

	before=$(live_graph)
	errno "$1" write "$config/commit" 1
	[ "$(live_graph)" = "$before" ] || fail "the graph changed: $(live_graph)"
	[[ "$(status)" == "generation $(generation), refused: "*"'$2'"*"$3"* ]] ||
		fail "status: $(status)"
}

# bad FILE ERROR VALUE... - each is refused and what the file says stays
bad()
{
	local file=$config/$1 before

	before=$(cat "$file")
	errno "$2" write "$file" "${@:3}"
	[ "$(cat "$file")" = "$before" ] || fail "$file changed to $(cat "$file")"
}

commit-values()
{
	local before

	chain
	before=$(live_graph)
	errno EINVAL write "$config/commit" 0 2 -1 $'\n' x "1 1" 0x1 \
		99999999999999999999
	[ "$(live_graph)" = "$before" ]
	[ "$(status)" = "generation $(generation)" ]
	errno ok write "$config/commit" 1
	[ "$(live_graph)" != "$before" ]
}

# Each refusal is undone by hand; the last commit must succeed again.
bad-graphs()
{
	local tiers=$config/tiers

	chain

	edge pmem dram
	refused EINVAL dram "cycle"
	[[ "$(status)" == *"dram -> cxl -> pmem -> dram"* ]]
	rm "$tiers/pmem/demotion/0"

	edge dram dram 1
	refused EINVAL dram "its own"
	rm "$tiers/dram/demotion/1"

	echo node7 >"$tiers/cxl/memories"
	refused ENODEV cxl node7
	echo 2147483648 >"$tiers/cxl/memories"
	refused ENODEV cxl 2147483648
	echo "node1 0" >"$tiers/cxl/memories"
	refused EINVAL dram ""
	echo >"$tiers/cxl/memories"
	refused EINVAL cxl "no memory"
	echo node1 >"$tiers/cxl/memories"

	rm "$tiers/cxl/demotion/0"
	refused EINVAL pmem unreachable
	edge cxl pmem x
	refused EINVAL cxl link
	rm "$tiers/cxl/demotion/x"
	edge cxl pmem 16
	refused EINVAL cxl link
	rm "$tiers/cxl/demotion/16"
	edge cxl pmem 00
	refused EINVAL cxl link
	rm "$tiers/cxl/demotion/00"
	edge cxl pmem 3
	edge cxl pmem 4
	refused EINVAL cxl pmem
	rm "$tiers/cxl/demotion/4"

	echo "1 1 1" >"$tiers/cxl/weights"
	refused EINVAL cxl weights
	echo >"$tiers/cxl/weights"
	echo 500 >"$tiers/cxl/low_watermark"
	refused EINVAL cxl watermark
	echo 20 >"$tiers/cxl/low_watermark"

	commit
	[ "$(status)" = "generation $(generation)" ]
	# Something that is no tier is no target.
	errno "EINVAL|EPERM|EXDEV" link "$config/workloads" "$tiers/cxl/demotion/5"
	errno "EINVAL|EPERM|ENOENT" link /tmp "$tiers/cxl/demotion/5"
}

names()
{
	local dir name long

	load
	long=$(printf 'x%.0s' {1..32})
	for dir in tiers workloads; do
		for name in "a b" "a+b" "ä" $'a\nb' "a:b" "a=b" "*"; do
			errno EINVAL mkdir "$config/$dir/$name"
		done
		errno ENAMETOOLONG mkdir "$config/$dir/$long"
		errno "ENAMETOOLONG" mkdir "$config/$dir/$long$long$long$long$long$long$long$long"
		errno ENOENT mkdir "$config/$dir/a/b"
		errno ok mkdir "$config/$dir/${long:1}"
		errno EEXIST mkdir "$config/$dir/${long:1}"
		errno ok rmdir "$config/$dir/${long:1}"
		errno ok mkdir "$config/$dir/-._0Az"
		errno ok rmdir "$config/$dir/-._0Az"
	done
	for name in {1..16}; do
		errno ok mkdir "$config/tiers/t$name"
	done
	errno ENOSPC mkdir "$config/tiers/t17"
	errno ok rmdir "$config/tiers/t16"
	errno ok mkdir "$config/tiers/t17"
}

used-target()
{
	chain
	errno EBUSY rmdir "$config/tiers/cxl"
	errno EBUSY rmdir "$config/tiers/pmem"
	# A directory with links in it: not empty is what configfs says of it.
	errno "EBUSY|ENOTEMPTY" rmdir "$config/tiers/dram"
	errno "EPERM|EBUSY" rmdir "$config/tiers/dram/demotion"
	rm "$config/tiers/cxl/demotion/0"
	errno ok rmdir "$config/tiers/pmem"
	# Staged only: what is live knows nothing of it yet.
	[ "$(cat "$class/node2/tier")" = pmem ]
	commit
	[ "$(cat "$class/node2/tier")" = none ]
}

memories-syntax()
{
	chain
	bad tiers/dram/memories EINVAL "node0 node0" "node0,node1" "no/de" \
		"node0 $(printf 'x%.0s' {1..32})" "ä" "0x1:2"
	bad tiers/dram/memories E2BIG "$(echo {1..33})"
	errno ok write "$config/tiers/dram/memories" "$(echo {1..32})"
	errno ok write "$config/tiers/dram/memories" "  node0 "$'\t\n'
	[ "$(cat "$config/tiers/dram/memories")" = node0 ]
}

junk=($'\n' " " - x 0x10 "10 x" 10x 1.5 "1 2")
huge=(4294967296 1000000000000000000000000000000)

tier-numbers()
{
	local name

	chain
	for name in low_watermark high_watermark; do
		bad "tiers/dram/$name" EINVAL "${junk[@]}"
		bad "tiers/dram/$name" ERANGE 1000 4294967295 "${huge[@]}"
		bad "tiers/dram/$name" "EINVAL|ERANGE" -1 -1000
		errno ok write "$config/tiers/dram/$name" 0
		errno ok write "$config/tiers/dram/$name" 999$'\n'
	done
	bad tiers/dram/weights EINVAL - x 0x10 1.5 -1 "3 x" 1000 4294967296
	bad tiers/dram/weights ERANGE 0 101 "3 0"
	bad tiers/dram/weights E2BIG "$(echo {1..17})"
	errno ok write "$config/tiers/dram/weights" "1 100"
	[ "$(cat "$config/tiers/dram/weights")" = "1 100" ]
	errno ok write "$config/tiers/dram/weights" $'\n'
}

workload-numbers()
{
	local name

	load
	workload w
	bad workloads/w/scan_interval_ms EINVAL "${junk[@]}"
	bad workloads/w/scan_interval_ms ERANGE 0 9 3600001 "${huge[@]}"
	bad workloads/w/samples EINVAL "${junk[@]}"
	bad workloads/w/samples ERANGE 0 65 1000 "${huge[@]}"
	for name in promote_mib_per_s demote_mib_per_s; do
		bad "workloads/w/$name" EINVAL "${junk[@]}" MAX "max 1" maximum
		bad "workloads/w/$name" ERANGE "${huge[@]}"
		bad "workloads/w/$name" "EINVAL|ERANGE" -1
		errno ok write "$config/workloads/w/$name" 0
		errno ok write "$config/workloads/w/$name" max
	done
	for name in dry_run live; do
		bad "workloads/w/$name" EINVAL "${junk[@]:0:4}"
		bad "workloads/w/$name" "EINVAL|ERANGE" -1 2 1000 0x1 1x 10x \
			1000000000000000000000000000000
	done
	for name in samples scan_interval_ms; do
		bad "workloads/w/$name" "EINVAL|ERANGE" -1 -1000
	done
}

# process that is gone
dead_pid()
{
	true &
	wait $!
	echo $!
}

workload-lists()
{
	local dead kthread

	load
	workload w
	dead=$(dead_pid)
	kthread=$(pgrep -x kthreadd)
	echo $$ >"$config/workloads/w/pids"
	bad workloads/w/pids ESRCH "$dead" "$$ $dead"
	bad workloads/w/pids EINVAL "$kthread" "$$ $kthread" 0 x "$$,1"
	bad workloads/w/pids "EINVAL|ERANGE|ESRCH" -1 4194305 99999999999
	errno ok write "$config/workloads/w/pids" "$$ $$ 1"
	[ "$(tr ' ' '\n' <"$config/workloads/w/pids" | sort -n | xargs)" = "1 $$" ]
	errno ok write "$config/workloads/w/pids" $'\n'
	[ -z "$(cat "$config/workloads/w/pids")" ]

	bad workloads/w/cgroup ENOENT /none /none/../none
	cgroup some >/dev/null
	errno ok write "$config/workloads/w/cgroup" /some$'\n'
	[ "$(cat "$config/workloads/w/cgroup")" = /some ]
	errno ok write "$config/workloads/w/cgroup" $'\n'
	[ -z "$(cat "$config/workloads/w/cgroup")" ]

	bad workloads/w/providers EINVAL $'\n' "accessed accessed" "a:b" ":1" \
		"acc/essed:1" "$(printf 'x%.0s' {1..32}):1"
	bad workloads/w/providers "ERANGE|EINVAL" accessed:0 accessed:101 \
		accessed:-1
	bad workloads/w/providers E2BIG "a b c d e f g h i"

	bad workloads/w/limits EINVAL dram =1 dram= dram=x dram=1X dram=1KK \
		"dram=1 dram=2" dram=-1
	bad workloads/w/limits ERANGE dram=99999999999999999999 \
		dram=17179869184G
	errno ok write "$config/workloads/w/limits" "dram=2G cxl=512M"
	[ "$(cat "$config/workloads/w/limits")" = "dram=2147483648 cxl=536870912" ]
}

starting()
{
	load
	workload w "pids=$$"
	errno ENXIO write "$config/workloads/w/live" 1
	chain
	configure w pids= providers=nonsense
	errno EINVAL write "$config/workloads/w/live" 1
	configure w "pids=$$"
	errno ENOENT write "$config/workloads/w/live" 1
	configure w providers=accessed:1 limits=nonsense=1G
	errno ENOENT write "$config/workloads/w/live" 1
	[ "$(cat "$config/workloads/w/live")" = 0 ]
	stat_is w state stopped
	configure w limits=
	errno ok write "$config/workloads/w/live" 1
	stat_is w state running
	bad workloads/w/limits ENOENT nonsense=1G
	errno ok write "$config/workloads/w/live" 1
	go_idle w
	errno ok write "$config/workloads/w/live" 0
}

live-workload()
{
	chain
	cgroup some >/dev/null
	workload w "pids=$$" dry_run=1 scan_interval_ms=50
	go_live w
	errno EBUSY rmdir "$config/workloads/w"
	bad workloads/w/providers EBUSY accessed:2
	bad workloads/w/cgroup EBUSY /some $'\n'
	bad workloads/w/pids ESRCH "$(dead_pid)"
	errno ok write "$config/workloads/w/pids" 1
	[ -d "$config/providers/accessed" ]
	passes w 3
	go_idle w
	errno ok write "$config/workloads/w/providers" accessed:2
	errno ok write "$config/workloads/w/cgroup" /some
	errno ok rmdir "$config/workloads/w"
}

providers-dir()
{
	load
	modprobe hmt_accessed
	errno EPERM mkdir "$config/providers/mine"
	errno "EPERM|EBUSY" rmdir "$config/providers/accessed"
	errno "EPERM|EBUSY" rmdir "$config/providers"
	errno EPERM mkdir "$config/mine"
	bad providers/accessed/flush EINVAL x $'\n' -1
	bad providers/accessed/flush "EINVAL|ERANGE" 2 1000 0x1
	errno ok write "$config/providers/accessed/flush" 0
	errno ok write "$config/providers/accessed/flush" 1
	modprobe -r hmt_accessed
	[ ! -e "$config/providers/accessed" ]
}

# shown FILE - what it says, nothing when it cannot be read
shown()
{
	{ cat "$1" 2>/dev/null || :; } | tr -d '\0'
}

# make_garbage DIR - letters, blanks, bytes, more than a page, a zero early
make_garbage()
{
	mkdir "$1"
	head -c 4096 /dev/zero | tr '\0' A >"$1/letters"
	{ head -c 4000 /dev/zero | tr '\0' ' ' && echo %; } >"$1/blanks"
	{ printf % && head -c 4095 /dev/urandom; } >"$1/bytes"
	{ printf % && head -c 65535 /dev/urandom; } >"$1/more"
	printf '%%\0\1\2\377' >"$1/zero"
}

# garbage_into FILE - prints how each write ended
garbage_into()
{
	local before got part

	before=$(shown "$1")
	for part in "$work"/garbage/*; do
		hmt_try copy "$1" <"$part"
	done
	got=$(shown "$1")
	[ "$before" = "$got" ] || fail "$1 was '$before', is '${got:0:80}'"
}

garbage()
{
	local before file answers

	make_garbage "$work/garbage"
	chain
	modprobe hmt_accessed
	workload w "pids=$$"
	before=$(live_graph)
	answers=$(find "$config" -type f -perm -u+w | while read -r file; do
		garbage_into "$file"
	done)
	answers=$(sort <<<"$answers" | uniq -c)
	echo "$answers"
	! grep -qwE 'ok|short' <<<"$answers" || fail "taken: $answers"
	[ "$(live_graph)" = "$before" ]
	# Nobody but a reader has business in the others.
	for file in "$config"/status "$config"/workloads/w/stats/*; do
		errno "EACCES|EINVAL|EPERM|EIO" write "$file" 1
	done
	commit
}

# writer TIER_OF_NODE0 TIER_OF_NODE1 FILE - counts its commits into FILE
writer()
{
	local end=$((SECONDS + 5)) published=0 refused=0

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

	chain a=node0 b=node1 c=node2
	before=$(generation)
	writer a b "$work/first" &
	first=$!
	writer b a "$work/second" &
	second=$!
	wait $first $second
	read -r published refused < <(cat "$work/first" "$work/second" |
		awk '{ ok += $1; not += $2 } END { print ok, not }')
	note "$published published, $refused refused"
	[ "$published" -gt 10 ]
	[ "$(generation)" -eq $((before + published)) ] ||
		fail "generation $(generation), began with $before and $published commits"
	case "$(cat "$class/node0/tier") $(cat "$class/node1/tier") $(cat "$class/node2/tier")" in
	"a b c" | "b a c") ;;
	*) fail "a mixture is live: $(live_graph)" ;;
	esac
}

no-tiers()
{
	local path before

	chain
	before=$(generation)
	workload w "pids=$$" dry_run=1 scan_interval_ms=20
	go_live w
	passes w 2
	remove_tiers
	[ "$(generation)" -eq $((before + 1)) ]
	[ "$(cat "$class/node0/tier")" = none ]
	[ -z "$(cat "$class/node0/demotes_to")" ]
	wait_until "$limit" stat_is w state paused
	errno ok write "$config/workloads/w/limits" $'\n'
	chain
	wait_until "$limit" stat_is w state running
	passes w 2
}
