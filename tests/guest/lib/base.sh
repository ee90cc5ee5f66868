# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# Expectations, waiting, sizes, and commands for the end of a test.

config=/sys/kernel/config/hmt
class=/sys/class/hmt
# Time limit of a condition in seconds. It is generous because no test measures
# speed, and the debug kernel is slow.
limit=150
# Divisor of sizes; see scaled_mib().
scale=1
if [ "${HMT_KERNEL-}" = debug ]; then
	limit=400
	scale=2
fi
: "${work:=/tmp/test}"
# Exists while programs of this or of an earlier test may run.
started=/tmp/test-started

# Value of the last get_...() or predicate; see lib.sh.
result=

# Pages of 4 KiB in a MiB: "$((8 * MIB))" are the pages of 8 MiB.
MIB=256

# A descriptor that never has input. Reading it with a timeout sleeps without
# a process.
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

# note TEXT - print TEXT even if the test passes
note()
{
	echo "note: $*"
}

#
# Expectations. Each takes the actual value first and a description last, and
# ends the test if it is not met.
#

# fail_expectation ACTUAL WANTED DESCRIPTION - with the line of the test
fail_expectation()
{
	local i=1

	# The first caller outside the helpers.
	while [[ ${FUNCNAME[i]-} == expect_* ]]; do
		i=$((i + 1))
	done
	fail "${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}: $3: got '$1', wanted $2"
}

# expect_eq ACTUAL WANTED DESCRIPTION - text or number
expect_eq()
{
	[ "$1" = "$2" ] || fail_expectation "$1" "'$2'" "$3"
}

# expect_ne ACTUAL UNWANTED DESCRIPTION
expect_ne()
{
	[ "$1" != "$2" ] || fail_expectation "$1" "anything else" "$3"
}

# expect_ge ACTUAL LEAST DESCRIPTION
expect_ge()
{
	[ "$1" -ge "$2" ] || fail_expectation "$1" ">= $2" "$3"
}

# expect_gt ACTUAL LIMIT DESCRIPTION
expect_gt()
{
	[ "$1" -gt "$2" ] || fail_expectation "$1" "> $2" "$3"
}

# expect_le ACTUAL MOST DESCRIPTION
expect_le()
{
	[ "$1" -le "$2" ] || fail_expectation "$1" "<= $2" "$3"
}

# expect_lt ACTUAL LIMIT DESCRIPTION
expect_lt()
{
	[ "$1" -lt "$2" ] || fail_expectation "$1" "< $2" "$3"
}

# expect_between ACTUAL LEAST MOST DESCRIPTION
expect_between()
{
	if ! { [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; }; then
		fail_expectation "$1" "$2 to $3" "$4"
	fi
}

# expect_match ACTUAL PATTERN DESCRIPTION - a pattern of "case"
expect_match()
{
	# shellcheck disable=SC2053 # a pattern
	[[ $1 == $2 ]] || fail_expectation "$1" "a match of '$2'" "$3"
}

# expect_path PATH
expect_path()
{
	[ -e "$1" ] || fail_expectation "no such file" "one that exists" "$1"
}

# expect_no_path PATH
expect_no_path()
{
	[ ! -e "$1" ] || fail_expectation "a file" "none" "$1"
}

# expect_line PATTERN FILE - a line of FILE matches the basic PATTERN of grep
expect_line()
{
	grep -q -- "$1" "$2" || fail_expectation "$(tail -n 5 "$2")" \
		"a line that matches '$1'" "end of $2"
}

# has_message PATTERN - the same for the log of the kernel
#
# grep reads all of it, so that dmesg gets no SIGPIPE.
has_message()
{
	[ "$(dmesg | grep -c -- "$1")" -gt 0 ]
}

expect_message()
{
	has_message "$1" ||
		fail_expectation "$(dmesg | tail -n 5)" \
			"a line that matches '$1'" "end of dmesg"
}

# expect_true PREDICATE ARGUMENT... - which leaves its value in $result
expect_true()
{
	result=
	"$@" || fail_expectation "$result" "true" "$*"
}

#
# Waiting.
#

# wait_until SECONDS COMMAND... - poll COMMAND until it succeeds, first each 50 ms and
# later each 200 ms, because questions slow an emulated CPU down
wait_until()
{
	local end=$((SECONDS + $1)) naps=0

	shift
	result=
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] ||
			fail "never true: $*; last value '$result'"
		if [ "$naps" -lt 10 ]; then
			naps=$((naps + 1))
			nap 0.05
		else
			nap 0.2
		fi
	done
}

# stays_true SECONDS COMMAND... - COMMAND succeeds each time in that time
stays_true()
{
	local end=$((SECONDS + $1))

	shift
	while [ "$SECONDS" -lt "$end" ]; do
		"$@" || fail "not true any more: $*; value '$result'"
		nap 0.05
	done
}

#
# Sizes.
#

# scaled_mib MIB - less on a kernel that is slow
scaled_mib()
{
	echo $(($1 / scale))
}

# scaled_pages MIB - the same in pages
scaled_pages()
{
	echo $(($(scaled_mib "$1") * MIB))
}

# soak_amount SHORT LONG [MORE] - SHORT in "make check", LONG in "make soak", MORE in
# "make check-all"
soak_amount()
{
	if [ "${HMT_SOAK-}" = 1 ]; then
		echo "$2"
	elif [ "${HMT_ALL-}" = 1 ]; then
		echo "${3-$1}"
	else
		echo "$1"
	fi
}

#
# The end of a test.
#

# at_end COMMAND... - run it when the test ends, last first
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

# write_until_end FILE VALUE - FILE has its old value back when the test ends
write_until_end()
{
	at_end eval "echo $(cat "$1") >$1"
	echo "$2" >"$1"
}

# expect_errno WANTED CALL ARGUMENT... - every result that hmt_try prints is
# WANTED, which may be "A|B"
expect_errno()
{
	local wanted=$1 answers answer

	shift
	mapfile -t answers < <(hmt_try "$@")
	[ ${#answers[@]} -gt 0 ] || fail "hmt_try prints nothing for $*"
	for answer in "${answers[@]}"; do
		[[ "|$wanted|" == *"|$answer|"* ]] ||
			fail_expectation "${answers[*]}" "$wanted" \
				"$(printf '%q ' "$@")"
	done
}

# set_blocks NODE offline|online_movable - all blocks of its memory that can be that
set_blocks()
{
	local file

	for file in "/sys/devices/system/node/node$1"/memory*/state; do
		echo "$2" >"$file" 2>/dev/null || :
	done
}

vmstat_of()
{
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

# drop_caches - free page cache, compact memory, and bring counters up to date
drop_caches()
{
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	cat /proc/sys/vm/stat_refresh >/dev/null
}
