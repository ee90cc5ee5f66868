# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# "hmtctl save FILE": kinds of files, and files that a failure leaves.
. "$(dirname "$0")/lib.sh"

demo_root
machine
dir=$scratch/dir
mkdir "$dir"
cd "$dir" || exit
hmt save - && cp "$scratch/out" "$scratch/want"

# complete FILE: it has the whole configuration
complete()
{
	check "$1 is complete" cmp "$scratch/want" "$1"
}

# only NAME...: the directory has these files
only()
{
	check "no file but $*" test "$(find "$dir" -mindepth 1 -printf '%f\n' | sort | paste -sd ' ')" = "$*"
}

# Owner and mode.
(umask 027 && hmt save new)
check 'a new file obeys the umask' test "$(stat -c %a new)" = 640
complete new
echo old >kept
chmod 0604 kept
chown 12:34 kept
gives 0 'a file of another owner' save kept
check 'owner and mode are kept' test "$(stat -c '%u:%g %a' kept)" = '12:34 604'
complete kept
only kept new
rm kept new

# Links lead to their files.
mkdir "$scratch/elsewhere"
echo old >"$scratch/elsewhere/target"
ln -s "$scratch/elsewhere/target" link
ln -s link other
gives 0 'a link to a link' save other
check 'the links are kept' test -L link -a -L other
complete "$scratch/elsewhere/target"
only link other
rm "$scratch/elsewhere/target"
gives 1 'a link to nowhere' save link
says "'link': a link that leads to no file; create the file first, or name it"
rm link other

# Other files are written to.
mkfifo fifo
cat fifo >"$scratch/got" &
gives 0 'a FIFO' save fifo
wait $!
complete "$scratch/got"
check 'it is a FIFO still' test -p fifo
ln -s fifo link
cat fifo >"$scratch/got" &
gives 0 'a link to a FIFO' save link
wait $!
complete "$scratch/got"
check 'it is a link still' test -L link
rm link fifo
if mknod null c 1 3; then
	gives 0 'a character device' save null
	check 'it is a device still' test -c null
	mknod full c 1 7
	gives 1 'a device that is full' save full
	says "'full': No space left on device"
	check 'it is a device still' test -c full
	rm null full
fi
mkdir sub
gives 1 'a directory' save sub
says "'sub': Is a directory"
rmdir sub
gives 1 'no such directory' save nosuch/file
says "'nosuch/file': no such directory"
only

# /dev/stdout: a pipe, a file that others go on writing to, a closed one.
"$HMTCTL" save /dev/stdout | cat >"$scratch/got"
complete "$scratch/got"
{
	echo before
	"$HMTCTL" save /dev/stdout
	echo after
} >"$scratch/got"
check 'text before and after stays' diff "$scratch/got" \
	<(echo before && cat "$scratch/want" && echo after)
"$HMTCTL" save /proc/self/fd/5 5>five
complete five
check '/dev/stdout is there' test -e /dev/stdout
rm five

# A failure leaves the old file, and nothing else.
# limited LIMIT ARGUMENT...: the tool under a limit of the shell
limited()
{
	(
		trap '' XFSZ
		ulimit "${1%% *}" "${1##* }"
		exec "$HMTCTL" "${@:2}"
	) >"$scratch/out" 2>"$scratch/err" </dev/null
	code=$?
}

echo old >file
limited '-f 1' save file
check 'a file that is too large: exit code 1' test "$code" -eq 1
says "'file': File too large"
check 'the old file stays' grep -qx old file
only file
# Each number of descriptors: all of it, or an error that names the reason. Fewer
# than five do not suffice to start the tool.
wrong=0
for count in $(seq 5 20); do
	echo old >file
	limited "-n $count" save file
	if [ "$code" -eq 0 ]; then
		cmp -s file "$scratch/want" || wrong=$((wrong + 1))
	elif [ "$code" -ne 127 ]; then
		refused=$count
		grep -qx old file && one_error_line &&
			grep -q 'Too many open files' "$scratch/err" || wrong=$((wrong + 1))
	fi
done
check 'few descriptors: all of it, or the reason' test "$wrong" -eq 0
check 'some were too few' test -n "${refused-}"
check 'some sufficed' test "$code" -eq 0
only file

# The next command removes the file of a killed process, and no other.
left=file.hmtctl-0123456789abcdef
held=file.hmtctl-fedcba9876543210
touch "$left" "$held" "${left}0" "${left%f}" file.hmtctl-4711 file.hmtctl-old
exec 8>"$held"
flock -n 8
gives 0 'the successor of a killed process' save file
only file "${left%f}" "${left}0" file.hmtctl-4711 "$held" file.hmtctl-old
exec 8>&-
gives 0 'another one has ended' save file
only file "${left%f}" "${left}0" file.hmtctl-4711 file.hmtctl-old
rm "${left}0" "${left%f}" file.hmtctl-4711 file.hmtctl-old

# A process of another PID namespace, whose number no process has in this one, is about
# to give the file its name.
true &
wait $!
dead=$!
cat >"$scratch/elsewhere.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t getpid(void)
{
	return atoi(getenv("STUB_PID"));
}

int rename(const char *from, const char *to)
{
	const char *go = getenv("STUB_GO");
	int i;

	fputs("waits\n", stderr);
	for (i = 0; access(go, F_OK) && i < 3000; i++)
		usleep(10000);
	return syscall(SYS_rename, from, to);
}
END
check 'the stub is built' gcc -std=gnu11 -D_GNU_SOURCE -shared -fPIC \
	-o "$scratch/elsewhere.so" "$scratch/elsewhere.c"
: >"$scratch/elsewhere.err"
STUB_PID=$dead STUB_GO=$scratch/go ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 \
	LD_PRELOAD=$scratch/elsewhere.so "$HMTCTL" save file 2>"$scratch/elsewhere.err" &
elsewhere=$!
for _ in $(seq 3000); do
	! grep -q waits "$scratch/elsewhere.err" || break
	sleep 0.01
done
gives 0 'while a process of another namespace replaces the file' save file
: >"$scratch/go"
wait "$elsewhere"
code=$?
check 'which replaces it after that: exit code 0' test "$code" -eq 0
only file

# Killed at any moment: the old file or the new one, and nothing else after the next.
RANDOM=3
bad=0
for _ in $(seq 15); do
	echo old >file
	"$HMTCTL" save file 2>"$scratch/err" &
	sleep "0.0$((RANDOM % 30 + 10))"
	kill -9 $! 2>"$scratch/try"
	wait $! 2>"$scratch/try"
	grep -qx old file || cmp -s file "$scratch/want" || bad=$((bad + 1))
done
check 'killed: the old file or the new one' test "$bad" -eq 0
gives 0 'after the last' save file
only file

plan
