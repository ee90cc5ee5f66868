# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Removal of all that a test has started and configured.

# The programs of tests/programs, as pgrep finds them.
programs='^[^ ]*(hmtd|hmt_(regions|merge|holder|torture|churn|consumer|sim_app|sim_fight|ioctl|moves|pattern|serve))'

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

# clean_up - restore the state after boot, except that modules stay loaded
clean_up()
{
	if [ -d "$config" ]; then
		remove_workloads
		remove_tiers
	fi
	[ ! -e "$work/started" ] || kill_programs
	! cgroups_exist || remove_cgroups
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
	dmesg | grep -v 'hmt-test: running' | tail -n 5
}
