#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run tests of others in the guest while their memory moves. The folder of the
# script, which tests/suites prepares, has the suites, a file "wanted" with lines of
# tests/others/tests, and receives the results in out/.
#
#	guest.sh SECONDS LIMIT		run each test for SECONDS, a run at most for LIMIT

# shellcheck disable=SC2154 # the helpers set variables
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../guest/lib.sh
. "$here/lib.sh"

seconds=$1
most=$2
group=/sys/fs/cgroup/suites
work=/tmp/work
hugepages=/proc/sys/vm/nr_hugepages
overcommit=/proc/sys/vm/overcommit_memory

# word_of OPTIONS NAME - print the value of the option; fail if it is not there
word_of()
{
	local word

	for word in ${1//,/ }; do
		case $word in
		"$2") return ;;
		"$2"=*) echo "${word#*=}"; return ;;
		esac
	done
	return 1
}

# in_group COMMAND... - run it in the control group
in_group()
{
	# shellcheck disable=SC2016 # for the inner shell
	timeout -k 5 "$most" bash -c 'echo $$ >"$0"; exec "$@"' "$group/cgroup.procs" "$@"
}

# run_once OUTPUT SUITE COMMAND... - append output and status
run_once()
{
	local status=0

	echo "@run" >>"$1"
	(
		cd "/suites/$2" || exit
		export LD_LIBRARY_PATH=/suites/lib PATH=/suites/$2:$PATH builddir=/suites/numactl
		in_group "${@:3}"
	) </dev/null >"$work/output" 2>&1 || status=$?
	# Some print a line for each page.
	head -c 400000 "$work/output" >>"$1"
	printf '\n@status %s\n' "$status" >>"$1"
	# Children that the test has left behind.
	echo 1 >"$group/cgroup.kill"
	find /dev/shm /huge -mindepth 1 -delete 2>/dev/null
}

# run_test PHASE NAME OPTIONS COMMAND...
run_test()
{
	local phase=$1 name=$2 options=$3 count from before
	local output=$here/out/${name//\//.}.$phase

	echo "# running $name $phase"
	echo "hmt-test: running $name $phase" >/dev/kmsg
	rm -f "$output" "$output.done"
	count=$(word_of "$options" huge) && echo "$count" >"$hugepages"
	! word_of "$options" overcommit || echo 1 >"$overcommit"
	from=$SECONDS
	get_edge_total moved
	before=$result
	while :; do
		run_once "$output" "${name%%/*}" "${@:4}"
		! word_of "$options" once || break
		[ $((SECONDS - from)) -lt "$seconds" ] || break
	done
	get_edge_total moved
	echo "@moved $((result - before))" >>"$output"
	echo 0 >"$hugepages"
	echo 0 >"$overcommit"
	mv "$output" "$output.done"
}

# run_all PHASE - the wanted tests
run_all()
{
	local name options command

	while read -r name options command; do
		# shellcheck disable=SC2086 # words
		run_test "$1" "$name" "$options" $command
	done <"$here/wanted"
}

# toggle - demote all memory and promote it again until the shell is killed
toggle()
{
	while :; do
		configure_workload main limits=dram=0
		nap 0.4
		configure_workload main limits=cxl=0
		nap 0.4
	done
}

# with_hmt - move as much as HMT can: by the engine, and by requests, which reach
# processes that end before the engine knows their pages
with_hmt()
{
	local limits

	commit_chain dram=node0 cxl=node1
	modprobe hmt_router
	start_hmtd
	create_workload main cgroup=/suites scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	toggle &
	limits=$!
	start_program mover hmt_mover "$group/cgroup.procs" 0 1
	run_all with
	stop_program mover
	echo "@asked $(sed 1d "$work/mover.out" | tr '\n' ' ')"
	kill "$limits"
	wait "$limits" 2>/dev/null
	get_edge_total moved
	echo "@moved $result"
	get_edge_total failed_raced
	echo "@raced $result"
	go_idle main
	remove_configuration
	kill_started_programs
	remove_all_cgroups
	end_process "$hmtd"
	modprobe -r -a hmt_accessed hmt_router hmt
	no_modules || echo "@loaded $(grep '^hmt' /proc/modules | tr '\n' ' ')"
}

# migrate - move all memory of the group with the kernel's own call
migrate()
{
	local pid nodes

	while :; do
		for nodes in "0 1" "1 0"; do
			while read -r pid; do
				# shellcheck disable=SC2086 # two words
				migratepages "$pid" $nodes
			done <"$group/cgroup.procs"
		done 2>/dev/null
	done
}

with_migratepages()
{
	local mover

	migrate &
	mover=$!
	run_all moved
	kill "$mover"
	wait "$mover" 2>/dev/null
}

# print_clock - print how far clock and RTC went, which counts seconds of the host
#
# A guest whose clock runs too fast ends tests at their limits.
print_clock()
{
	local now

	read -r now _ </proc/uptime
	echo "@clock $((${now%.*} - begin)) $(($(<"$rtc") - rtc_begin))"
}

main()
{
	local rtc=/sys/class/rtc/rtc0/since_epoch begin rtc_begin

	read -r begin _ </proc/uptime
	begin=${begin%.*}
	rtc_begin=$(<"$rtc")
	mkdir -p "$work" /huge "$group"
	cp -r "$here/suites" /suites
	mount -t hugetlbfs hugetlbfs /huge
	echo nobody:x:65534:65534:nobody:/:/bin/sh >>/etc/passwd
	[ ! -e /proc/sys/kernel/numa_balancing ] || echo 0 >/proc/sys/kernel/numa_balancing
	if [ -e "$here/alone" ]; then
		with_migratepages
	else
		run_all without
		with_hmt
	fi
	print_clock
	echo "@end"
}

main
