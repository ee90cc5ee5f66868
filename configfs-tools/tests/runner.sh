# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The runner notices tests that fail, die, or plan more than they do.
. "$(dirname "$0")/lib.sh"

tests=$scratch/tests
mkdir "$tests"
cp "$here/run" "$tests"

# test_that NAME LINE...: a test of one build that prints these lines
test_that()
{
	local name=$1

	shift
	rm -f "$tests"/*.sh
	printf '%s\n' "$@" >"$tests/$name.sh"
	"$tests/run" "build=$HMTCTL" >"$scratch/out" 2>&1
	code=$?
}

test_that passes 'echo "ok 1 - a"' 'echo "ok 2 - b"' 'echo 1..2'
check 'passes' test "$code" -eq 0
prints 'ok 2 - build passes: b'
check 'one plan, last' test "$(tail -n 1 "$scratch/out")" = 1..2

test_that fails 'echo "not ok 1 - a"' 'echo 1..1'
check 'a failure' test "$code" -ne 0
prints 'not ok 1 - build fails: a'

test_that dies 'echo "ok 1 - a"' 'exit 3'
check 'no plan' test "$code" -ne 0
prints 'not ok 2 - build dies: ends with its plan (status 3)'

test_that ends 'echo "ok 1 - a"' 'exit 0'
check 'no plan, status 0' test "$code" -ne 0

# shellcheck disable=SC2016 # likewise
test_that crashes 'echo "ok 1 - a"' 'echo 1..1' 'kill -SEGV $$'
check 'a plan, and a signal' test "$code" -ne 0

test_that skips 'echo "ok 1 - a"' 'echo 1..2'
check 'less than the plan' test "$code" -ne 0
prints 'not ok 2 - build skips: 2 tests planned, 1 seen'

test_that nothing ':'
check 'nothing at all' test "$code" -ne 0

rm -f "$tests"/*.sh
# shellcheck disable=SC2016 # for the shell that is started
check 'no tests' bash -c '! "$0" "build=$1"' "$tests/run" "$HMTCTL"
# shellcheck disable=SC2016 # likewise
check 'no builds' bash -c '! "$0"' "$tests/run"

plan
