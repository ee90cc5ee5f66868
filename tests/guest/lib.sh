# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Helpers of the tests in the guest. A test file has
#
#	tests=("NAME  behaviour that the test proves"...)
#	NAME() { ... }
#
# Each test runs in a shell of its own under "set -e". It fails when a command
# fails, or by expect_*() or fail(). Programs and configuration of a test are
# removed afterwards (run_test of run-all).
#
# A function whose name begins with get_ forks nothing and leaves its value in
# $result. The function of the same name without get_ prints the value, for
# "$(...)". Predicates (..._is, ..._above, is_...) leave the value that they
# have read in $result as well, so that expect_true can print it. Conditions that
# are polled use no "$(...)": under emulation a process costs as much as moving
# a thousand pages.

lib=$(dirname "${BASH_SOURCE[0]}")/lib

# shellcheck source=SCRIPTDIR/lib/base.sh
. "$lib/base.sh"
# shellcheck source=SCRIPTDIR/lib/config.sh
. "$lib/config.sh"
# shellcheck source=SCRIPTDIR/lib/stats.sh
. "$lib/stats.sh"
# shellcheck source=SCRIPTDIR/lib/programs.sh
. "$lib/programs.sh"
# shellcheck source=SCRIPTDIR/lib/devices.sh
. "$lib/devices.sh"
# shellcheck source=SCRIPTDIR/lib/reclaim.sh
. "$lib/reclaim.sh"
# shellcheck source=SCRIPTDIR/lib/faults.sh
. "$lib/faults.sh"
# shellcheck source=SCRIPTDIR/lib/cleanup.sh
. "$lib/cleanup.sh"
# shellcheck source=SCRIPTDIR/lib/account.sh
. "$lib/account.sh"
