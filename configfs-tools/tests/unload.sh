# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Removal of modules, which libkmod would find on another machine.
. "$(dirname "$0")/lib.sh"

unset HMT_ROOT
stub=$scratch/kmods.so
check 'the stub is built' gcc -std=gnu11 -D_GNU_SOURCE -shared -fPIC -o "$stub" \
	"$here/kmods.c" -ldl
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 STUB_LOG=$scratch/log

# unloading LINE... - in a terminal
unloading()
{
	: >"$STUB_LOG"
	printf '%s\n' "$@" end print >"$scratch/script"
	TERM=vt100 python3 "$here/terminal.py" "$scratch/script" env LD_PRELOAD="$stub" \
		"$HMTCTL" unload >"$scratch/out" 2>&1
	code=$?
}

unloading
check 'unload in a terminal: exit code 0' test "$code" -eq 0
check 'all modules are removed, the used one last' test \
	"$(grep -v thread "$STUB_LOG" | xargs)" = 'hmt_accessed hmt_device hmt_sim hmt'
check 'one thread watches all of it' test "$(grep -c thread "$STUB_LOG")" -eq 1

: >"$STUB_LOG"
LD_PRELOAD=$stub gives 0 'unload without a terminal' unload
check 'no thread watches' test "$(grep -c thread "$STUB_LOG")" -eq 0

STUB_USED=hmt_device unloading "wait module 'hmt_device': in use"
check 'a module in use: exit code 1' test "$code" -eq 1
check 'those after it stay' test "$(grep -v thread "$STUB_LOG" | xargs)" = hmt_accessed

plan
