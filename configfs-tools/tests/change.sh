# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Changes of the configuration: one process at a time, and a signal leaves all of
# a change or nothing of it.
. "$(dirname "$0")/lib.sh"

# launch ARGUMENT...: the tool in the background; leaves $pid
launch()
{
	# Waiting for a message must not find the one of the last command.
	: >"$scratch/err"
	# A shell without job control lets its background processes ignore these.
	env --default-signal=INT,QUIT "$HMTCTL" "$@" >"$scratch/out" 2>"$scratch/err" \
		</dev/null 8<&- 9<&- &
	pid=$!
}

# finish: wait for it; leaves $code
finish()
{
	wait "$pid"
	code=$?
}

# eventually COMMAND...: within ten seconds
eventually()
{
	local i

	for ((i = 0; i < 1000; i++)); do
		! "$@" >"$scratch/try" 2>&1 || return 0
		sleep 0.01
	done
	return 1
}

# leads_to TARGET: the first link of tier dram
leads_to()
{
	[ "$(readlink "$config/tiers/dram/demotion/0")" = "../../$1" ]
}

# lock: another process has the lock; unlock releases it
lock()
{
	flock "$config" sleep 100 &
	holder=$!
	eventually grep -q ": FLOCK .* $holder " /proc/locks
}

unlock()
{
	# The process that flock(1) runs has the lock as well.
	pkill -P "$holder"
	wait "$holder" 2>"$scratch/try"
}

# A restore that stops workload db and comes to an attribute that blocks.
slow_root()
{
	demo_root
	machine
	hmt save --pids "$scratch/file"
	jq '.tiers.dram.low_watermark = "11" | .tiers.pmem.low_watermark = "12" |
		.tiers.cxl.demotion = {} |
		.workloads.db.samples = "9" | .workloads.db.zz_slow = "1" |
		.workloads.web.samples = "8"' "$scratch/file" >"$scratch/new"
	state >"$scratch/before"
	mkfifo "$config/workloads/db/zz_slow"
}

# state_but_slow: the state without the FIFO
state_but_slow()
{
	state | grep -v zz_slow
}

for signal in TERM INT HUP QUIT; do
	slow_root
	launch restore "$scratch/new"
	check 'the restore is half way' \
		eventually grep -qx 0 "$config/workloads/db/live"
	check 'and has committed' grep -qx 1 "$config/commit"
	kill "-$signal" "$pid"
	cat "$config/workloads/db/zz_slow" >"$scratch/written"
	finish
	check "SIG$signal: it ends by the signal" \
		test "$code" -eq $((128 + $(kill -l "$signal")))
	check "SIG$signal: one line on standard error" one_error_line
	says 'interrupted by a signal'
	state_but_slow >"$scratch/after"
	check "SIG$signal: nothing is changed" \
		diff "$scratch/before" "$scratch/after"
	holds workloads/db/live 1
done

# Without a signal the same restore goes through; an ignored one does not count.
slow_root
(
	trap '' HUP
	exec "$HMTCTL" restore "$scratch/new" >"$scratch/out" 2>"$scratch/err"
) &
pid=$!
check 'the restore is half way' eventually grep -qx 0 "$config/workloads/db/live"
kill -HUP "$pid"
cat "$config/workloads/db/zz_slow" >"$scratch/written"
finish
check 'an ignored SIGHUP: done' test "$code" -eq 0
check 'an ignored SIGHUP: silent' test ! -s "$scratch/err"
holds workloads/web/samples 8
state_but_slow >"$scratch/done"

# A reader of standard error that is gone does not prevent the undoing.
slow_root
rm "$config/workloads/db/zz_slow"
mkdir "$config/workloads/db/zz_slow"
state >"$scratch/before"
"$HMTCTL" restore "$scratch/new" 2> >(exec true)
state >"$scratch/after"
check 'no reader of the error: nothing is changed' \
	diff "$scratch/before" "$scratch/after"

# At any moment: a reader makes two attributes slow.
slow_root
jq '.tiers.dram.aa_slow = "1" | .tiers.pmem.aa_slow = "1"' "$scratch/new" \
	>"$scratch/newer"
mkfifo "$config/tiers/dram/aa_slow" "$config/tiers/pmem/aa_slow"
while sleep 0.005; do
	for slow in tiers/dram/aa_slow tiers/pmem/aa_slow workloads/db/zz_slow; do
		timeout 0.02 cat "$config/$slow" >"$scratch/written"
	done
done &
reader=$!
RANDOM=5
undone=0
finished=0
other=0
for ((i = 0; i < 16; i++)); do
	launch restore "$scratch/newer"
	sleep "0.$(printf '%03d' $((RANDOM % 200)))"
	kill "-$([ $((i % 2)) -eq 0 ] && echo TERM || echo INT)" "$pid" 2>"$scratch/try"
	finish
	state | grep -v _slow >"$scratch/after"
	if [ "$code" -eq 0 ] && cmp -s "$scratch/done" "$scratch/after"; then
		finished=$((finished + 1))
	# Or with EPIPE, if the reader ended between open() and write().
	elif { [ "$code" -gt 128 ] || grep -q 'Broken pipe' "$scratch/err"; } &&
		cmp -s "$scratch/before" "$scratch/after"; then
		undone=$((undone + 1))
	else
		other=$((other + 1))
		echo "# status $code"
		diff "$scratch/before" "$scratch/after" | sed 's/^/#  /'
	fi
	hmt restore "$scratch/file"
done
kill "$reader"
wait "$reader" 2>"$scratch/try"
echo "# $finished finished, $undone undone"
check 'at any moment: all or nothing' test "$other" -eq 0
check 'some were undone' test "$undone" -gt 0

# "tier" and "workload" as well: the links are written before the attribute.
demo_root
rm "$config/tiers/dram/low_watermark"
mkfifo "$config/tiers/dram/low_watermark"
state >"$scratch/before"
launch tier set dram --demote-to pmem --low 9 --commit
check 'tier set: the links are new' eventually leads_to pmem
kill "$pid"
# The tool reads the old value, and writes it when it undoes the change.
echo 20 >"$config/tiers/dram/low_watermark"
cat "$config/tiers/dram/low_watermark" >"$scratch/written" &
finish
kill $! 2>"$scratch/try"
wait $! 2>"$scratch/try"
check 'tier set: it ends by the signal' test "$code" -eq 143
state >"$scratch/after"
check 'tier set: the links are the old ones' \
	diff "$scratch/before" "$scratch/after"
holds commit ''

# A tier whose links have gaps in their numbers keeps them when a step fails.
demo_root
mv "$config/tiers/dram/demotion/1" "$config/tiers/dram/demotion/7"
rm "$config/tiers/dram/high_watermark"
mkdir "$config/tiers/dram/high_watermark"
state >"$scratch/before"
gives 1 'tier set, refused' tier set dram --demote-to pmem --high 50
state >"$scratch/after"
check 'the numbers of the links are the old ones' \
	diff "$scratch/before" "$scratch/after"

# Each command that changes something waits for the lock.
# waits ARGUMENT...: does nothing while another process has the lock
waits()
{
	state >"$scratch/before"
	timeout 0.2 "$HMTCTL" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	code=$?
	state >"$scratch/after"
	check "$* waits" test "$code" -eq 124
	check "$*: nothing is changed" diff "$scratch/before" "$scratch/after"
	check "$*: no commit" test -z "$(cat "$config/commit")"
}

demo_root
machine
hmt save "$scratch/file"
mkdir -p "$HMT_ROOT/sys/devices/system/node"
check 'another process has the lock' lock
waits tier create new
waits tier set dram --low 7
waits tier remove dram
waits commit
waits setup --yes
waits restore "$scratch/file"
waits workload create new
waits workload set web --samples 9
waits workload start web
waits workload stop db
waits workload remove db --force
gives 0 'list does not wait' list
gives 0 'save does not wait' save -
gives 0 'a dry run does not wait' restore --dry-run "$scratch/file"
launch tier set dram --low 7
check 'it says for what it waits' eventually grep -qxE \
	"hmtctl: waiting for process $holder \(flock\), which changes the configuration" \
	"$scratch/err"
holds tiers/dram/low_watermark 20
unlock
finish
check 'it goes on when the lock is free' test "$code" -eq 0
holds tiers/dram/low_watermark 7

# HMT that is loaded anew in the meantime: the lock of the old directory is none.
demo_root
exec 9<"$config"
flock 9
launch tier set dram --low 7
check 'it waits' eventually test -s "$scratch/err"
cp -r "$config" "$config.new"
mv "$config" "$config.old"
mv "$config.new" "$config"
exec 8<"$config"
flock 8
exec 9<&-
sleep 0.2
check 'it waits for the new one' grep -qx 20 "$config/tiers/dram/low_watermark"
exec 8<&-
finish
check 'and goes on' test "$code" -eq 0
holds tiers/dram/low_watermark 7
check 'in the new one only' grep -qx 20 "$config.old/tiers/dram/low_watermark"

plan
