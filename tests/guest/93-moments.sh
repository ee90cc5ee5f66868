# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Processes, devices, nodes and modules go away at any moment. HMT_SEED, which is
# printed, repeats the sequence; the moments themselves depend on the machine.

tests=(
	"random  processes, cgroups, devices, nodes and modules go at random moments, each within a bound, and nothing of them is left"
)

# The kinds of moments, each as often as it is here; every kind comes first once.
kinds=(consumer consumer consumer consumer hmtctl hmtctl hmtctl hmtd cgroup cgroup
	lost unplugged node unload)

declare -gA times=()
# How often node 2 lost all of its memory.
gone=0

# get_work PID - store the CPU time of a process, and of its children that have ended
get_work()
{
	local fields

	result=
	read -r fields 2>/dev/null <"/proc/$1/stat" || return 0
	read -r -a fields <<<"${fields##*)}"
	result=${fields[*]:11:4}
}

# show_hang PID TEXT - fail, with the stacks of all tasks that wait
show_hang()
{
	local line

	while read -r line; do
		note "$line"
	done <"/proc/$1/stack"
	echo w >/proc/sysrq-trigger
	fail "$2: hangs; in $(cat "/proc/$1/wchan")"
}

# within COMMAND... - it ends, or works on: it hangs if it had no CPU time for $limit
#
# A host that is busy with other guests lets memory go offline for minutes. The limit
# of the test ends one that works forever.
within()
{
	local pid status=0 work_done='' since=$SECONDS

	"$@" &
	pid=$!
	until is_dead "$pid"; do
		get_work "$pid"
		[ "$result" = "$work_done" ] || since=$SECONDS
		work_done=$result
		[ $((SECONDS - since)) -lt "$limit" ] || show_hang "$pid" "$*"
		nap 0.05
	done
	wait "$pid" || status=$?
	return "$status"
}

# some_time - up to 50 ms
some_time()
{
	nap "0.0$(printf %02d $((RANDOM % 50)))"
}

# start_consumer - a process that compares its memory, in a cgroup of its own
start_consumer()
{
	mkdir -p /sys/fs/cgroup/moments/consumer
	rm -f "$work/consumer.in"
	in_cgroup=/sys/fs/cgroup/moments/consumer \
		start_program consumer hmt_torture --mib 2 --threads 1 --pause 5
}

# configure - modules, devices, graph and a live workload
configure()
{
	load_hmt
	options=evacuate_ms=300000 modprobe_sims 4
	commit_chain
	create_workload main cgroup=/moments scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
	start_hmtd
}

consumer()
{
	end_process "$(pid_of consumer)"
	start_consumer
}

hmtctl_killed()
{
	local pid

	hmtctl move --to cxl "$(pid_of consumer)" >/dev/null 2>&1 &
	pid=$!
	some_time
	end_process "$pid"
}

hmtd_killed()
{
	end_process "$hmtd"
	expect_true hmtd_is absent
	start_hmtd
}

# The consumer is killed, and all that a cgroup has.
cgroup()
{
	echo 1 >/sys/fs/cgroup/moments/consumer/cgroup.kill
	wait_until "$limit" remove_cgroup /sys/fs/cgroup/moments/consumer
	start_consumer
}

# start_user - a process whose pages are on the device
start_user()
{
	rm -f "$work/user.in"
	start_program user hmt_sim_app 1 sim0
	echo "sum 0 move" >&"${program_in[user]}"
	some_time
}

# set_device ACTION VALUE - bind, unbind, plug or unplug
set_device()
{
	echo "$2" >"$sim_driver/$1"
}

lost()
{
	start_user
	set_knob 0 gone Y
	within set_device unbind hmt_sim.0
	expect_true sim_is_removed 0
	end_process "$(pid_of user)"
	within set_device bind hmt_sim.0
	wait_until "$limit" sim_has_most 0 0
}

unplugged()
{
	start_user
	within set_device unplug 0
	expect_true sim_is_removed 0
	end_process "$(pid_of user)"
	within set_device plug 0
	wait_until "$limit" sim_has_most 0 0
}

node()
{
	within set_blocks 2 offline
	grep -qx online /sys/devices/system/node/node2/memory*/state ||
		gone=$((gone + 1))
	some_time
	within set_blocks 2 online_movable
	wait_until "$limit" test -d "$class/node2"
}

# hmtd keeps the modules, so it is killed just before.
unload()
{
	end_process "$hmtd"
	within hmtctl unload --force >/dev/null
	no_modules || fail "still loaded"
	no_threads || fail "a thread is left"
	expect_no_path "$config"
	expect_no_path "$class"
	configure
}

# pass_moment KIND
pass_moment()
{
	some_time
	case $1 in
	hmtctl | hmtd) "$1_killed" ;;
	*) "$1" ;;
	esac
	times[$1]=$((${times[$1]-0} + 1))
	expect_eq "$(ls "$config/workloads")" main "workloads after $1"
}

# killed_children - that hmt_churn has killed until now
killed_children()
{
	result=$(grep -c ^killed "$work/churn.out") || :
	result=$((result * 10))
}

# kills_above COUNT
kills_above()
{
	killed_children
	[ "$result" -ge "$1" ]
}

random()
{
	local seed=${HMT_SEED:-$RANDOM} count i kind
	local -a every

	RANDOM=$seed
	note "HMT_SEED=$seed"
	mkdir /sys/fs/cgroup/moments /sys/fs/cgroup/moments/churn
	configure
	in_cgroup=/sys/fs/cgroup/moments/churn HMT_SEED=$seed start_program churn \
		hmt_churn 1000000 1
	start_consumer
	count=$(soak_amount 12 2000 30)
	mapfile -t every < <(printf '%s\n' "${kinds[@]}" | sort -u)
	for ((i = 0; i < count; i++)); do
		kind=${every[i]-${kinds[RANDOM % ${#kinds[@]}]}}
		echo "moment $i: $kind"
		pass_moment "$kind"
	done
	wait_until $((limit * 20)) kills_above "$(soak_amount 70 8000 170)"
	wait_passes main 2
	killed_children
	note "$((i + result)) moments: $result children killed," \
		"$(for kind in "${!times[@]}"; do printf '%s %s, ' "$kind" \
			"${times[$kind]}"; done)$gone times all of node 2, $(edge_total moved) moves since the last load"
	stop_program churn
	stop_program consumer
	end_process "$hmtd"
	go_idle main
}
