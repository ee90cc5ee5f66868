# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Progress of the build of a kernel, for vm/kernel, which sources this file after
# common.sh. Shares are of compiled objects, which take nearly all of the time.

# Seconds between two messages.
progress_interval=30

# The line of the log from which on the objects of the kernel are compiled.
progress_marker="objects of the kernel:"

# progress_count LOG - print the number of objects that were compiled so far
progress_count()
{
	sed "1,/^$progress_marker\$/d" "$1" | grep -cE '^ +(CC|AS) ' || :
}

# progress_describe DONE TOTAL SECONDS - TOTAL is empty until it is known
progress_describe()
{
	if [ -z "$2" ]; then
		echo "configuring"
	elif [ "$1" -ge "$2" ]; then
		echo "linking, $3 s"
	elif [ "$1" -lt 20 ]; then
		echo "$1 of $2 objects, $3 s"
	else
		echo "$1 of $2 objects, $(($1 * 100 / $2)) %, $3 s, about $(($3 * ($2 - $1) / $1)) s left"
	fi
}

# progress_wait PID LOG TEXT - wait for a job, print its progress now and then
#
# The file LOG.total contains the number of objects as soon as it is known.
progress_wait()
{
	local last=$SECONDS begin=$SECONDS total=

	while kill -0 "$1" 2>/dev/null; do
		sleep 1
		if [ -z "$total" ] && [ -s "$2.total" ]; then
			total=$(cat "$2.total")
			begin=$SECONDS
		fi
		[ $((SECONDS - last)) -ge "$progress_interval" ] || continue
		last=$SECONDS
		vm_message "$3: $(progress_describe "$(progress_count "$2")" "$total" $((SECONDS - begin)))"
	done
	wait "$1"
}
