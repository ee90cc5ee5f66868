# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Failing allocations and copies, on a kernel with fault injection.

faults=/sys/kernel/debug
fault_kinds=(failslab fail_page_alloc fail_usercopy)
# Failures since the last expect_failures, and those that a storm may have at most.
failures=0
storm_times=1000000000

# set_faults NAME VALUE - an attribute of each kind of failure that has it
set_faults()
{
	local kind

	for kind in "${fault_kinds[@]}"; do
		[ ! -e "$faults/$kind/$1" ] || echo "$2" >"$faults/$kind/$1"
	done
}

# symbols PATTERN - print the first and the last address of symbols of the kernel that
# match, among those below, without functions for its start, which are behind _etext;
# the kernel needs seconds for all of its symbols
symbols()
{
	local file=/tmp/symbols

	[ -e "$file" ] ||
		grep -E ' ([tT] (configfs_[^].]*|mem_pool_alloc|__alloc_object)|B _end|T _etext)$' \
			/proc/kallsyms | sort |
			awk '/ _etext$/ { end = 1 } !end || / _end$/' >"$file"
	grep -E " ($1)$" "$file" | sed -n 's/ .*//; 1p; $p' | xargs
}

# aim_faults FIRST LAST - only what a function between these addresses has called
# fails, and no allocation of kmemleak itself, which is in one of these functions
aim_faults()
{
	local first

	set_faults ignore-gfp-wait 0
	set_faults ignore-gfp-highmem 0
	set_faults min-order 0
	set_faults verbose 0
	set_faults stacktrace-depth 32
	set_faults require-start "0x$1"
	set_faults require-end "0x$2"
	read -r first _ < <(symbols "mem_pool_alloc|__alloc_object")
	[ -n "$first" ] || return 0
	set_faults reject-start "0x$first"
	set_faults reject-end "$(printf '0x%x' $((0x$first + 4096)))"
}

# aim_at_modules - modules are behind the kernel itself
aim_at_modules()
{
	local first

	read -r first _ < <(symbols _end)
	aim_faults "$first" ffffffffff000000
}

# aim_at_configfs - its own allocations before and after it calls HMT fail as well
aim_at_configfs()
{
	local first last

	read -r first last < <(symbols 'configfs_.*')
	aim_faults "$first" "$last"
}

# start_storm PERCENT - that part fails in any task and interrupt, until calm
start_storm()
{
	aim_at_modules
	set_faults times $storm_times
	set_faults probability "$1"
	at_end set_faults probability 0
}

# calm - end the storm, and count its failures
calm()
{
	local kind

	set_faults probability 0
	for kind in "${fault_kinds[@]}"; do
		failures=$((failures + storm_times - $(<"$faults/$kind/times")))
	done
}

# expect_failures LEAST - otherwise the filters select nothing, and nothing was tested
expect_failures()
{
	expect_ge "$failures" "$1" "failures of allocations and copies"
	failures=0
}

# read_leaks - print what kmemleak has found; the kernel itself loses the name of a
# slab cache that it cannot add to sysfs
read_leaks()
{
	awk 'BEGIN { RS = "unreferenced object " }
		NR > 1 && !/sysfs_slab_add/ { print RS $0 }' "$faults/kmemleak"
}

# expect_no_leak ALWAYS|LONG - kmemleak finds none; it reports memory of a certain age
# that it has found without a reference twice. LONG: "make check" leaves it to the
# last test, because a scan of the debug kernel takes half a minute.
expect_no_leak()
{
	local leaks=$faults/kmemleak found

	[ -e "$leaks" ] || return 0
	[ "$1" = ALWAYS ] || [ "${HMT_SOAK-}" = 1 ] || return 0
	nap 5
	echo scan >"$leaks"
	echo scan >"$leaks"
	found=$(read_leaks)
	expect_eq "${found:0:2000}" "" "memory that has leaked"
	echo clear >"$leaks"
}

# sweep ARGUMENT... - of hmt_failnth; note the result with the name of the operation
sweep()
{
	local -a how=()

	[ "${HMT_SOAK-}" = 1 ] || how=(--steps "${steps-50}")
	result=$(hmt_failnth "${how[@]}" "$@") || fail "hmt_failnth ${how[*]} $*"
	failures=$((failures + ${result%% *}))
	note "$(words_of "$@"): $result"
}

# words_of ARGUMENT... - the operation among arguments of hmt_failnth
words_of()
{
	while [[ $1 == --* ]]; do
		shift 2
	done
	echo "$*" | sed -E 's,/[^ ]*/,,g; s, / .*,,'
}
