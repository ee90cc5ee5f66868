# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests in the guest share. A test file has
#
#	tests=("NAME  what is true when it passes"...)
#	NAME() { ... }
#
# Each test runs in a shell of its own under "set -e"; it fails when a command
# does, or by "fail". What it started and configured is taken away afterwards.

config=/sys/kernel/config/hmt
class=/sys/class/hmt
# Seconds; generous, as nothing here is about speed. The debug kernel is slow.
limit=150
scale=1
if [ "${HMT_KERNEL-}" = debug ]; then
	limit=400
	scale=2
fi
: "${work:=/tmp/test}"

declare -A program_pid=() program_in=() program_out=()

# What is polled forks nothing: under emulation a process costs as much as a
# thousand pages that move. So helpers that begin with get_ leave what they found
# in $got, and those named without print it.
got=

# Never written to: reading it is how to sleep without a process.
exec {never}<> <(:)

# nap SECONDS
nap()
{
	read -r -t "$1" -u "$never" _ || :
}

# fail TEXT - end the test, also from a subshell or a background job of it
fail()
{
	echo "$*" >&2
	[ -z "${test_pid-}" ] || [ "$BASHPID" = "$test_pid" ] || kill "$test_pid"
	exit 1
}

# note TEXT - shown also when the test passes
note()
{
	echo "note: $*"
}

# wait_until SECONDS COMMAND... - poll until it succeeds; fails at the limit
wait_until()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail "never came true: $*"
		nap 0.05
	done
}

# during SECONDS COMMAND... - repeat it so long; it must succeed each time
during()
{
	local end=$((SECONDS + $1))

	shift
	while [ "$SECONDS" -lt "$end" ]; do
		"$@" || fail "was not true all the time: $*"
	done
}

# size MIB - less on a kernel that is slow
size()
{
	echo $(($1 / scale))
}

pages()
{
	echo $(($(size "$1") * 256))
}

# soak SHORT LONG - how much of it, in "make check" and in "make soak"
soak()
{
	if [ "${HMT_SOAK-}" = 1 ]; then
		echo "$2"
	else
		echo "$1"
	fi
}

# at_end COMMAND... - when the test ends, last first
at_end_commands=()
at_end()
{
	at_end_commands+=("$(printf '%q ' "$@")")
}

run_at_end()
{
	local i

	for ((i = ${#at_end_commands[@]} - 1; i >= 0; i--)); do
		eval "${at_end_commands[i]}" || echo "at the end: ${at_end_commands[i]} failed"
	done
}

#
# Configuration.
#

load()
{
	modprobe hmt
	[ -d "$config" ]
}

# tier NAME MEMORY... - stage it
tier()
{
	mkdir -p "$config/tiers/$1"
	echo "${*:2}" >"$config/tiers/$1/memories"
}

# edge FROM TO [ORDER]
edge()
{
	ln -s "$config/tiers/$2" "$config/tiers/$1/demotion/${3-0}"
}

commit()
{
	echo 1 >"$config/commit"
}

status()
{
	cat "$config/status"
}

generation()
{
	sed -E 's/^generation ([0-9]+).*/\1/' "$config/status"
}

# chain [TIER=MEMORY...] - each tier demotes to the next; committed
chain()
{
	local word last=

	[ $# -gt 0 ] || set -- dram=node0 cxl=node1 pmem=node2
	load
	for word; do
		tier "${word%%=*}" "${word#*=}"
		[ -z "$last" ] || edge "$last" "${word%%=*}"
		last=${word%%=*}
	done
	commit
}

# workload NAME [ATTRIBUTE=VALUE...]
workload()
{
	mkdir "$config/workloads/$1"
	configure "$@"
}

configure()
{
	local dir=$config/workloads/$1 word

	shift
	for word; do
		echo "${word#*=}" >"$dir/${word%%=*}"
	done
}

# hmtd_is STATE - what the core knows of it
hmtd_is()
{
	[ "$(<"$config/hmtd")" = "$1" ]
}

go_live()
{
	echo 1 >"$config/workloads/$1/live"
}

go_idle()
{
	echo 0 >"$config/workloads/$1/live"
}

# get_stat WORKLOAD NAME - that of one line
get_stat()
{
	read -r got <"$config/workloads/$1/stats/$2"
}

# stat_of WORKLOAD NAME
stat_of()
{
	cat "$config/workloads/$1/stats/$2"
}

# stat_is WORKLOAD NAME VALUE
stat_is()
{
	get_stat "$1" "$2" && [ "$got" = "$3" ]
}

# stat_above WORKLOAD NAME NUMBER
stat_above()
{
	get_stat "$1" "$2" && [ "$got" -gt "$3" ]
}

# passes WORKLOAD COUNT - wait until so many more are complete
passes()
{
	get_stat "$1" passes
	wait_until $((limit * 2)) stat_above "$1" passes $((got + $2 - 1))
}

# toggle WORKLOAD - everything down, further down, and what is hot up again
toggle()
{
	local limits

	for limits in dram=0 "dram=0 cxl=0" ""; do
		configure "$1" "limits=$limits"
		passes "$1" 4
	done
}

# toggle_until WORKLOAD ROUNDS MOVES - so often, and as much more as it takes
# until so many pages moved
toggle_until()
{
	local end=$((SECONDS + limit)) i

	for ((i = 0; i < $2 || $(all_counters moved) < $3; i++)); do
		[ "$SECONDS" -lt "$end" ] || fail "hardly anything moved"
		toggle "$1"
	done
}

# attribute MEMORY NAME
attribute()
{
	cat "$class/$1/$2"
}

# shows MEMORY NAME VALUE
shows()
{
	[ "$(attribute "$1" "$2")" = "$3" ]
}

# counter FROM TO NAME - of an edge; nodes are given as numbers
counter()
{
	cat "$class/node$1/edges/node$2/$3"
}

counter_above()
{
	read -r got <"$class/node$1/edges/node$2/$3" && [ "$got" -gt "$4" ]
}

# get_all_counters NAME - sum over all edges
get_all_counters()
{
	local file value sum=0

	for file in "$class"/*/edges/*/"$1"; do
		if read -r value <"$file"; then
			sum=$((sum + value))
		fi
	done 2>/dev/null
	got=$sum
}

all_counters()
{
	get_all_counters "$1"
	echo "$got"
}

all_above()
{
	get_all_counters "$1"
	[ "$got" -gt "$2" ]
}

# get_moves_in WORKLOAD PASSES
get_moves_in()
{
	local before

	get_all_counters moved
	before=$got
	passes "$1" "$2"
	get_all_counters moved
	got=$((got - before))
}

moves_in()
{
	get_moves_in "$@"
	echo "$got"
}

settled()
{
	get_moves_in "$1" 3
	[ "$got" -eq 0 ]
}

# steady WORKLOAD PASSES - nothing moves for so long; waits for it to begin
steady()
{
	wait_until $((limit * 2)) settled "$1"
	get_moves_in "$1" "$2"
	[ "$got" -eq 0 ] || fail "$got pages moved though nothing changed"
}

#
# Programs.
#

is_dead()
{
	! kill -0 "$1" 2>/dev/null
}

is_ready()
{
	[ -d "/proc/${program_pid[$1]}" ] || fail "$1 ended: $(tail -n 3 "$work/$1.err")"
	grep -q ^ready "$work/$1.out"
}

# start NAME COMMAND... - in cgroup $in_cgroup, if any; waits for its "ready"
start()
{
	local name=$1 fd out

	shift
	: >"$work/started"
	: >"$work/$name.out"
	mkfifo "$work/$name.in"
	exec {fd}<>"$work/$name.in"
	# shellcheck disable=SC2016 # for the inner shell
	bash -c '[ -z "$0" ] || echo $$ >"$0/cgroup.procs"; exec "$@"' \
		"${in_cgroup-}" "$@" <"$work/$name.in" \
		>"$work/$name.out" 2>"$work/$name.err" &
	program_pid[$name]=$!
	program_in[$name]=$fd
	exec {out}<"$work/$name.out"
	program_out[$name]=$out
	wait_until $((limit * 2)) is_ready "$name"
}

# start_torture ARGUMENT... - "main" compares and rewrites all the time; it rests
# so that engines get their part of slow CPUs
start_torture()
{
	start main hmt_torture --pause $((10 * scale * scale)) "$@"
}

pid_of()
{
	echo "${program_pid[$1]}"
}

# answered NAME - a whole line is there; what is not yet one stays in $line
answered()
{
	local more

	if read -r -u "${program_out[$1]}" more; then
		got=$line$more
		return
	fi
	line+=$more
	# Nobody waited for it yet, but it has no program any more.
	[ -e "/proc/${program_pid[$1]}/exe" ] && return 1
	# Its last words may have come in between.
	read -r -u "${program_out[$1]}" more ||
		fail "$1 ended: $(tail -n 3 "$work/$1.err")"
	got=$line$more
}

# get_answer NAME COMMAND... - one line
get_answer()
{
	local name=$1 line=

	shift
	# What was said before is no answer.
	while read -r -u "${program_out[$name]}" _; do :; done
	echo "$*" >&"${program_in[$name]}"
	wait_until "$limit" answered "$name"
}

ask()
{
	get_answer "$@"
	echo "$got"
}

# tell NAME COMMAND... - the answer must be "ok"
tell()
{
	get_answer "$@"
	[ "$got" = ok ] || fail "$*: $got"
}

# join NAME - its exit status must be 0
join()
{
	local status=0

	wait "${program_pid[$1]}" || status=$?
	[ "$status" -eq 0 ] || fail "$1 ended with status $status: $(tail -n 3 "$work/$1.err")"
}

# stop NAME - one that ends well at SIGTERM
stop()
{
	kill "${program_pid[$1]}"
	join "$1"
}

# finish NAME - let it compare everything and end
finish()
{
	tell "$1" quit
	join "$1"
}

# get_on NODE NAME [COMMAND...] - pages of a region there; COMMAND is "place main"
get_on()
{
	local node=$1 word

	shift
	get_answer "$@"
	for word in $got; do
		if [ "${word%%:*}" = "$node" ]; then
			got=${word#*:}
			return
		fi
	done
	got=0
}

on()
{
	get_on "$@"
	echo "$got"
}

# on_least NODE COUNT NAME COMMAND...
on_least()
{
	get_on "$1" "${@:3}"
	[ "$got" -ge "$2" ]
}

# on_most NODE COUNT NAME COMMAND...
on_most()
{
	get_on "$1" "${@:3}"
	[ "$got" -le "$2" ]
}

# cgroup NAME - make one; prints its folder
cgroup()
{
	mkdir "/sys/fs/cgroup/$1"
	echo "/sys/fs/cgroup/$1"
}

# errno WANTED CALL ARGUMENT... - all hmt_try does must end so; WANTED may be
# "A|B"
errno()
{
	local wanted=$1 got answer

	shift
	mapfile -t got < <(hmt_try "$@")
	[ ${#got[@]} -gt 0 ] || fail "no answer to $*"
	for answer in "${got[@]}"; do
		[[ "|$wanted|" == *"|$answer|"* ]] ||
			fail "$(printf '%q ' "$@"): ${got[*]} instead of $wanted"
	done
}

# make_disk DIR - an ext4 of its own there
make_disk()
{
	local device

	modprobe -q -a loop ext4
	truncate -s 32M "$work/disk"
	device=$(losetup -f --show "$work/disk")
	at_end losetup -d "$device"
	mke2fs "$device" >/dev/null
	mkdir "$1"
	mount -t ext4 "$device" "$1"
	at_end umount "$1"
}

# make_swap - a zram device
make_swap()
{
	modprobe zram num_devices=1
	at_end modprobe -r zram
	echo 64M >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null
	swapon /dev/zram0
	at_end swapoff /dev/zram0
}

#
# Simulated devices.
#

# load_sims MIB... - so many devices; what else the module takes is in $options
load_sims()
{
	local sizes bases=0 at mib

	sizes=$(tr ' ' , <<<"$*")
	if [ -n "$HMT_RESERVED" ]; then
		bases=
		at=$((HMT_RESERVED))
		for mib; do
			bases+=${bases:+,}$at
			at=$((at + mib * 1048576))
		done
	fi
	# shellcheck disable=SC2086 # words
	modprobe hmt_sim "megabytes=$sizes" "base=$bases" ${options-}
}

# sims MIB... - the same until the test ends
sims()
{
	load_sims "$@"
	at_end modprobe -r hmt_sim hmt_device
}

#
# Providers.
#

# provider_stat PROVIDER COLUMN - 2 hits, 3 reports, 4 dropped, 5 rejected, 7 ns
provider_stat()
{
	stat_of main providers | awk -v name="$1" -v column="$2" \
		'$1 == name { print $column }'
}

# heat_of PROGRAM - what the last pass says of it
heat_of()
{
	local trace=/sys/kernel/tracing/trace
	local event=/sys/kernel/tracing/events/hmt/hmt_heat/enable

	echo >"$trace"
	echo 1 >"$event"
	passes main 2
	echo 0 >"$event"
	ask "$1" heat "$trace"
}

#
# Kernel reclaim.
#

# put FILE VALUE - until the test ends
put()
{
	at_end eval "echo $(cat "$1") >$1"
	echo "$2" >"$1"
}

# demotion ON - for this test; alone it changes nothing
demotion()
{
	put /sys/kernel/mm/numa/demotion_enabled "$1"
}

steer()
{
	modprobe hmt_router
	at_end modprobe -r hmt_router
}

# reclaim MIB - from the cgroup of the test; it may find less
reclaim()
{
	echo "$1M" >"$in_cgroup/memory.reclaim" 2>/dev/null || :
}

# sinks NODE PAGES NAME - reclaim a little; are there so many now?
sinks()
{
	reclaim 4
	on_least "$1" "$2" main place "$3"
}

# What the kernel says that it demoted, all in all.
demoted()
{
	awk '/^pgdemote/ { sum += $2 } END { print sum + 0 }' /proc/vmstat
}

killed()
{
	vmstat_of oom_kill
}

#
# Taking away.
#

# The programs of tests/programs, as pgrep finds them.
programs='^[^ ]*(hmtd|hmt_(regions|merge|torture|churn|consumer|sim_app|sim_fight|ioctl|moves|pattern|serve))'

kill_programs()
{
	local pid

	for pid in $(pgrep -f "$programs" || :); do
		kill -9 "$pid" 2>/dev/null || :
	done
	wait_until "$limit" no_programs
}

no_programs()
{
	! pgrep -f "$programs" >/dev/null
}

remove_workloads()
{
	local dir

	for dir in "$config"/workloads/*/; do
		[ -d "$dir" ] || continue
		echo 0 >"$dir/live"
		rmdir "$dir"
	done
}

remove_tiers()
{
	local path

	for path in "$config"/tiers/*/demotion/*; do
		[ ! -L "$path" ] || rm "$path"
	done
	for path in "$config"/tiers/*/; do
		[ ! -d "$path" ] || rmdir "$path"
	done
	commit
}

remove_cgroups()
{
	local dir

	for dir in /sys/fs/cgroup/*/; do
		echo 1 >"$dir/cgroup.kill"
		wait_until "$limit" rmdir "$dir" 2>/dev/null
	done
}

cgroups_exist()
{
	compgen -G '/sys/fs/cgroup/*/' >/dev/null
}

# take_away NODE MIB... - huge pages keep so much of each node until the test ends
#
# Larger than a node by less data: a smaller machine.
take_away()
{
	local file

	while [ $# -gt 0 ]; do
		file=/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/nr_hugepages
		at_end eval "echo 0 >$file"
		echo $(($2 / 2)) >"$file"
		[ "$(<"$file")" -eq $(($2 / 2)) ] || fail "node $1 has no $2 MiB"
		shift 2
	done
}

# clean_up - as after boot, but that modules stay loaded
clean_up()
{
	if [ -d "$config" ]; then
		remove_workloads
		remove_tiers
	fi
	[ ! -e "$work/started" ] || kill_programs
	! cgroups_exist || remove_cgroups
}

# show_state - what can be told of a failed test
show_state()
{
	local dir file

	[ ! -d "$config" ] || echo "status: $(status)"
	for dir in "$config"/workloads/*/; do
		[ -d "$dir" ] || continue
		echo "$dir:"
		for file in "$dir"/stats/*; do
			[ "${file##*/}" = histogram ] ||
				printf '%s=%s ' "${file##*/}" "$(tr '\n' ';' <"$file")"
		done
		echo
	done
	for dir in "$class"/*/edges/*; do
		! grep -q '[1-9]' "$dir"/* 2>/dev/null ||
			echo "$dir: $(grep . "$dir"/* | sed "s,.*/,," | tr '\n' ' ')"
	done
	dmesg | grep -v 'hmt-test: running' | tail -n 5
}

#
# Is the guest as it was?
#

# poisoned - pages, a node a line, as meminfo would say it; Linux 6.1 does not
poisoned()
{
	local dir pages

	for dir in /sys/devices/system/node/node[0-9]*; do
		read -r pages 2>/dev/null <"$dir/memory_failure/total" || pages=0
		echo "Node ${dir##*node} Poisoned: $((pages * 4)) kB"
	done
}

# account_once - fails when free pages of other nodes than 0, which CPUs keep for
# themselves, went back in between: they count twice
account_once()
{
	poisoned | awk '
		BEGIN { later = 0 }
		/^Node [0-9]*,/ { node = $2 + 0 }
		$1 == "count:" { kept[node, later] += $2 }
		/^Node [0-9]* / { kib[$2, $3] = $4; later = later || $3 == "MemTotal:" }
		function pages(node, name) { return kib[node, name ":"] / 4 }
		END {
			for (node = 0; (node, "MemTotal:") in kib; node++) {
				lost = pages(node, "MemTotal") - kept[node, 0]
				count = split("MemFree FilePages AnonPages Slab " \
					"KernelStack PageTables SecPageTables " \
					"Poisoned", names, " ")
				for (i = 1; i <= count; i++)
					lost -= pages(node, names[i])
				# Less than none: free pages went back there.
				moved += node ? kept[node, 0] != kept[node, 1] : lost < 0
				printf "%d %d %d %d\n", node, lost, \
					pages(node, "AnonPages"), \
					pages(node, "MemTotal")
			}
			exit moved > 0
		}' - /proc/zoneinfo /sys/devices/system/node/node[0-9]*/meminfo \
		/proc/zoneinfo
}

# Pages that no counter explains, and anonymous ones, a node a line. Lost pages
# are in no counter: neither free nor in any use that the kernel knows.
account()
{
	local said

	for _ in {1..10}; do
		! said=$(account_once) || break
	done
	echo "$said"
}

quiet_memory()
{
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	cat /proc/sys/vm/stat_refresh >/dev/null
}

vmstat_of()
{
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

# Slack, in pages: node 0 has all of the kernel's own memory, which is not
# counted page by page (vmalloc, modules, per-CPU areas); others have nothing
# but what the tests put there, give or take what a CPU has in hand.
slack()
{
	if [ "$1" -eq 0 ]; then
		echo 2048
	else
		echo 256
	fi
}

same_account()
{
	local node lost anon total node2 lost2 anon2 total2

	quiet_memory
	while read -r node lost anon total node2 lost2 anon2 total2; do
		[ "$node" = "$node2" ] && [ "$total" = "$total2" ] || return 1
		[ $((lost2 - lost)) -le "$(slack "$node")" ] || return 1
		[ $((anon2 - anon)) -le "$(slack "$node")" ] || return 1
	done < <(paste -d' ' "$1" <(account))
	[ "$(vmstat_of nr_isolated_anon)" -eq 0 ] &&
		[ "$(vmstat_of nr_isolated_file)" -eq 0 ] &&
		[ "$(vmstat_of nr_mlock)" -eq 0 ]
}

no_modules()
{
	! grep -q '^hmt' /proc/modules
}

no_threads()
{
	! pgrep '^hmt/' >/dev/null
}

# as_before FILE - nothing of HMT is there, and memory is as FILE says
as_before()
{
	modprobe -r -a hmt_sampler hmt_counter hmt_ats hmt_accessed hmt_sim hmt_device hmt_dax hmt_router hmt
	no_modules || fail "still loaded: $(grep '^hmt' /proc/modules)"
	no_threads || fail "threads: $(pgrep -l '^hmt/')"
	no_programs || fail "processes are left"
	wait_until 20 same_account "$1"
}
