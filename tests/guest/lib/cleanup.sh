# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Removal of all that a test has started and configured.

# hmtd and all of tests/programs, as pgrep finds them; threads of the kernel have other
# names before "hmt".
programs='^([^ ]*/)?(hmtd|hmt_[a-z_]+)( |$)'

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
	commit_graph
}

# remove_cgroup DIR - and those below
remove_cgroup()
{
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
}

remove_cgroups()
{
	local dir

	for dir in /sys/fs/cgroup/*/; do
		echo 1 >"$dir/cgroup.kill"
		wait_until "$limit" remove_cgroup "$dir"
	done
}

cgroups_exist()
{
	compgen -G '/sys/fs/cgroup/*/' >/dev/null
}

# shrink_nodes NODE MIB... - huge pages occupy MIB of each NODE until the test ends,
# so that a test needs less data to fill it
shrink_nodes()
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

# Steps that restore the state after boot, except that modules stay loaded.

remove_configuration()
{
	[ -d "$config" ] || return 0
	remove_workloads
	remove_tiers
}

kill_started_programs()
{
	[ -e "$started" ] || return 0
	kill_programs
	rm "$started"
}

remove_all_cgroups()
{
	! cgroups_exist || remove_cgroups
}

# show_stuck - print where the kernel waits for processes that do not end
show_stuck()
{
	local dir

	for dir in /proc/[0-9]*/; do
		grep -qs '^State:.[DZ]' "$dir/status" || continue
		echo "$(tr '\0' ' ' <"$dir/cmdline") ($(<"$dir/comm")) waits in:"
		cat "$dir/stack"
	done
}

# show_state - print what explains a failed test
show_state()
{
	local dir file

	[ ! -d "$config" ] || echo "status: $(commit_status)"
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
	show_stuck
	dmesg | grep -v 'hmt-test: running' | tail -n 5
}
