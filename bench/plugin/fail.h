/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_FAIL_H
#define BENCH_FAIL_H

/* End QEMU, and so the run, with a message. */
void fail(const char *why) __attribute__((noreturn));

#endif
