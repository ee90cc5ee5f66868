# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Tasks that change the map of their process while it is walked. How long a walk
# holds the mmap lock is counted in chunks, because the time of a guest means
# nothing.

tests=(
	"slices   a walk holds the mmap lock for at most 32 chunks, and for none where kernels export the locks of VMAs"
	"writers  a task that maps memory waits for one chunk at most, and for none where kernels export the locks of VMAs"
)

tracing=/sys/kernel/tracing
slow=/sys/module/hmt_test_slow/parameters

# exports_vma_locks - whether modules can take the locks of VMAs
exports_vma_locks()
{
	grep -q ' __ksymtab_lock_vma_under_rcu$' /proc/kallsyms
}

# start_walk MS - of a process with 64 chunks, each of which takes MS
start_walk()
{
	load_hmt
	modprobe hmt_test_slow "ms=$1"
	at_end modprobe -r hmt_test_slow
	start_program main hmt_holder 128
	commit_chain
	create_workload main "pids=$(pid_of main)" providers=test_slow dry_run=1 \
		scan_interval_ms=20 samples=1
}

# slices_of FILE - print the number of walks of chunks under the mmap lock, the
# longest, and the number of chunks that were visited without it
slices_of()
{
	awk '/mmap_lock_acquire_returned: .*write=false success=true/ { held[$1] = 1; chunks[$1] = 0 }
		/mmap_lock_released: / {
			slices += chunks[$1] > 0
			if (chunks[$1] > most)
				most = chunks[$1]
			held[$1] = chunks[$1] = 0
		}
		/: chunk: / { if (held[$1]) chunks[$1]++; else free++ }
		END { print slices + 0, most + 0, free + 0 }' "$1"
}

trace_walk()
{
	local instance=$tracing/instances/hmt

	mkdir "$instance"
	at_end rmdir "$instance"
	echo 'p:hmt/chunk hmt_test_slow:test_done' >"$tracing/kprobe_events"
	at_end eval "echo >$tracing/kprobe_events"
	at_end eval "echo 0 >$instance/events/enable"
	echo 4096 >"$instance/buffer_size_kb"
	echo 1 >"$instance/events/mmap_lock/mmap_lock_acquire_returned/enable"
	echo 1 >"$instance/events/mmap_lock/mmap_lock_released/enable"
	echo 1 >"$instance/events/hmt/chunk/enable"
	go_live main
	wait_passes main 3
	go_idle main
	grep -E 'hmt' "$instance/trace" >"$work/trace"
}

slices()
{
	local slices most free

	start_walk 0
	trace_walk
	read -r slices most free < <(slices_of "$work/trace")
	note "$slices slices under the mmap lock, at most $most chunks, $free chunks without it"
	if exports_vma_locks; then
		expect_eq "$slices" 0 "slices under the mmap lock"
		expect_ge "$free" 128 "chunks that were visited without the mmap lock"
	else
		expect_eq "$most" 32 "chunks of the longest slice"
		expect_eq "$free" 0 "chunks that were visited without the mmap lock"
	fi
	finish_program main
}

# The thread of the program waits for the lock most of the time, and gets it when
# the walk drops it.
writers()
{
	local visited kept delaying

	start_walk 20
	expect_eq "$(ask_program main map)" ok "answer to map"
	go_live main
	wait_until $((limit * 2)) parameter_above "$slow/visited" 64
	go_idle main
	visited=$(cat "$slow/visited")
	delaying=$(cat "$slow/delaying")
	kept=$(cat "$slow/kept")
	note "$visited chunks, a task waited after $delaying and before $kept"
	if exports_vma_locks; then
		expect_le $((delaying * 8)) "$visited" "8 times the chunks that delayed a task"
	else
		expect_ge $((delaying * 2)) "$visited" "2 times the chunks that delayed a task"
	fi
	# The task may begin to wait between the check of the walk and the one of
	# the test.
	expect_le $((kept * 8)) "$visited" "8 times the chunks whose begin delayed a task"
	end_process "$(pid_of main)"
}
