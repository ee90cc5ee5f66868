# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Programs of tests/programs: start them, send commands and read answers; their
# pages, cgroups, files and swap.

# By the name of the program.
declare -A program_pid=() program_in=() program_out=()

is_dead()
{
	! kill -0 "$1" 2>/dev/null
}

program_is_ready()
{
	[ -d "/proc/${program_pid[$1]}" ] || fail "$1 ended: $(tail -n 3 "$work/$1.err")"
	grep -q ^ready "$work/$1.out"
}

# is_in_call PID ioctl|write - the process is in this system call
is_in_call()
{
	local number

	case $(uname -m)-$2 in
	x86_64-write) number=1 ;;
	x86_64-ioctl) number=16 ;;
	aarch64-ioctl) number=29 ;;
	aarch64-write) number=64 ;;
	esac
	read -r result _ <"/proc/$1/syscall" && [ "$result" = "$number" ]
}

# start_program NAME COMMAND... - in the cgroup $in_cgroup if that is set; wait for
# its line "ready"
start_program()
{
	local name=$1 fd out

	shift
	: >"$started"
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
	wait_until $((limit * 2)) program_is_ready "$name"
}

# start_torture ARGUMENT... - the program "main", which compares and rewrites its
# memory and pauses so that engines get CPU time
start_torture()
{
	start_program main hmt_torture --pause $((10 * scale * scale)) "$@"
}

pid_of()
{
	echo "${program_pid[$1]}"
}

# has_answered NAME - a whole line is there; part of a line stays in $line of the
# caller
has_answered()
{
	local more exe

	if read -r -u "${program_out[$1]}" more; then
		result=$line$more
		return
	fi
	line+=$more
	# A zombie has no program. The main thread may be one while others run.
	for exe in "/proc/${program_pid[$1]}"/task/*/exe; do
		[ -e "$exe" ] && return 1
	done
	# It may have written its last line in the meantime.
	read -r -u "${program_out[$1]}" more ||
		fail "$1 ended: $(tail -n 3 "$work/$1.err")"
	result=$line$more
}

# get_answer NAME COMMAND... - of one line
get_answer()
{
	local name=$1 line=

	shift
	# Earlier output is not an answer.
	while read -r -u "${program_out[$name]}" _; do :; done
	echo "$*" >&"${program_in[$name]}"
	wait_until "$limit" has_answered "$name"
}

# ask_program NAME COMMAND... - print the answer
ask_program()
{
	get_answer "$@"
	echo "$result"
}

# tell_program NAME COMMAND... - the answer must be "ok"
tell_program()
{
	get_answer "$@"
	[ "$result" = ok ] || fail "$*: $result"
}

# join_program NAME - wait for its end; the exit status must be 0
join_program()
{
	local status=0

	wait "${program_pid[$1]}" || status=$?
	[ "$status" -eq 0 ] || fail "$1 ended with status $status: $(tail -n 3 "$work/$1.err")"
}

# stop_program NAME - one that exits with status 0 on SIGTERM
stop_program()
{
	kill "${program_pid[$1]}"
	join_program "$1"
}

# finish_program NAME - let it compare all of its memory and exit
finish_program()
{
	tell_program "$1" quit
	join_program "$1"
}

# end_process PID - and wait for it
end_process()
{
	kill -9 "$1" 2>/dev/null || return 0
	wait_until "$limit" is_dead "$1"
}

# start_hmtd - store its PID in $hmtd
start_hmtd()
{
	hmtd --foreground --verbose 2>>"$work/hmtd.err" &
	hmtd=$!
	at_end end_process "$hmtd"
	wait_until "$limit" hmtd_is ready
}

# get_pages_on NODE NAME COMMAND... - pages of a region that are on NODE; COMMAND is
# "place REGION [FIRST COUNT]", and NODE may be "absent"
get_pages_on()
{
	local node=$1 word

	shift
	get_answer "$@"
	for word in $result; do
		if [ "${word%%:*}" = "$node" ]; then
			result=${word#*:}
			return
		fi
	done
	result=0
}

pages_on()
{
	get_pages_on "$@"
	echo "$result"
}

# pages_on_least NODE COUNT NAME COMMAND...
pages_on_least()
{
	get_pages_on "$1" "${@:3}"
	[ "$result" -ge "$2" ]
}

# pages_on_most NODE COUNT NAME COMMAND...
pages_on_most()
{
	get_pages_on "$1" "${@:3}"
	[ "$result" -le "$2" ]
}

# make_cgroup NAME - print its directory
make_cgroup()
{
	mkdir "/sys/fs/cgroup/$1"
	echo "/sys/fs/cgroup/$1"
}

# make_disk DIR - mount a new ext4 there until the test ends
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

# make_swap - on a zram device until the test ends
make_swap()
{
	modprobe zram num_devices=1
	at_end modprobe -r zram
	echo 64M >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null
	swapon /dev/zram0
	at_end swapoff /dev/zram0
}

# The module hmt_test_hold: a process holds its mmap lock.
hold=/sys/module/hmt_test_hold/parameters

# parameter_above FILE NUMBER
parameter_above()
{
	read -r result <"$1" && [ "$result" -gt "$2" ]
}

# parameter_is FILE VALUE
parameter_is()
{
	read -r result <"$1" && [ "$result" = "$2" ]
}

release()
{
	echo N >"$hold/hold"
}

# hold_lock NAME - until release
hold_lock()
{
	echo Y >"$hold/hold"
	at_end release
	tell_program "$1" hold /dev/hmt_test_hold
	wait_until "$limit" parameter_above "$hold/waiting" 0
}
