# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Progress of work that takes longer than two seconds.
. "$(dirname "$0")/lib.sh"

demo_root
put "$HMT_ROOT/dev" hmt ''
stub=$scratch/query.so
check 'the stub is built' gcc -std=gnu11 -D_GNU_SOURCE -I"$top/../include/uapi" \
	-shared -fPIC -o "$stub" "$here/query.c"
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0
# Ten requests of 64 MiB.
range=7f0000000000-7f0028000000

# moving SECONDS LINE...: move in a terminal, each request for that long
moving()
{
	local seconds=$1

	shift
	printf '%s\n' "$@" end print >"$scratch/script"
	TERM=vt100 python3 "$here/terminal.py" "$scratch/script" env \
		LD_PRELOAD="$stub" STUB_SECONDS="$seconds" "$HMTCTL" move \
		--to cxl 812 $range >"$scratch/out" 2>&1
	code=$?
}

moving 0.4 'wait %, about '
check 'slow moves show progress: exit code 0' test "$code" -eq 0
check 'and results' grep -qx 'moved 163840' "$scratch/out"
check 'which replace it' test "$(grep -c ' left' "$scratch/out")" -eq 0
moving 0.01 'wait moved' 'noraw left'
check 'fast ones do not' test "$code" -eq 0
# Programs reserve terabytes of addresses, and each request waits for all CPUs.
range=600000000000-700000000000
moving 0.001 'wait moved'
check 'few requests for a large range' test "$code" -eq 0
range=7f0000000000-7f0028000000
LD_PRELOAD=$stub STUB_SECONDS=0.3 gives 0 'moves without a terminal' move --to cxl 812 $range

# A restore that waits for each of ten workloads.
machine
check 'the stub of attributes is built' gcc -std=gnu11 -D_GNU_SOURCE -shared -fPIC \
	-o "$scratch/slow.so" "$here/attributes.c"
for ((i = 0; i < 10; i++)); do
	workload "w$i" 0
done
"$HMTCTL" save "$scratch/saved.json"
sed -i 's/"samples": *"5"/"samples":"9"/' "$scratch/saved.json"
printf '%s\n' 'wait restore: ' 'wait %, about ' end print 'noraw refused' >"$scratch/script"
TERM=vt100 python3 "$here/terminal.py" "$scratch/script" env LD_PRELOAD="$scratch/slow.so" \
	STUB_SLOW=samples "$HMTCTL" restore "$scratch/saved.json" >"$scratch/out" 2>&1
code=$?
check 'a slow restore shows progress: exit code 0' test "$code" -eq 0
check 'which is gone at the end' test "$(grep -c ' left' "$scratch/out")" -eq 0
holds workloads/w9/samples 9

# A trace, recorded on a larger machine.
cat >"$scratch/lines.c" <<'END'
#include <stdio.h>
#include <unistd.h>

/* What getline() of the header calls. */
ssize_t __getdelim(char **line, size_t *size, int end, FILE *in)
{
	usleep(4000);
	return getdelim(line, size, end, in);
}
END
check 'the stub of lines is built' gcc -std=gnu11 -D_GNU_SOURCE -shared -fPIC \
	-o "$scratch/lines.so" "$scratch/lines.c"
python3 "$here/trace.py" >"$scratch/trace"
# reading COMMAND WORD...: read the trace in a terminal, slowly
reading()
{
	printf '%s\n' "wait $1: reading the trace: " 'wait %, about ' end print >"$scratch/script"
	TERM=vt100 python3 "$here/terminal.py" "$scratch/script" env LD_PRELOAD="$scratch/lines.so" \
		"$HMTCTL" "$@" >"$scratch/out" 2>&1
	code=$?
	check "$1 of a trace shows progress: exit code 0" test "$code" -eq 0
	check 'which is gone at the end' test "$(grep -c ' left' "$scratch/out")" -eq 0
}

reading replay "$scratch/trace"
reading report --picture cdf --from "$scratch/trace"
reading heat --map --from "$scratch/trace" 812

plan
