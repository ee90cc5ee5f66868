/* SPDX-License-Identifier: GPL-2.0 */
/* Markers for the memory model as inline assembly. */
#ifndef BENCH_MARKER_H
#define BENCH_MARKER_H

#include "../plugin/markers.h"

#define STRING(x)	#x
#define CODE(x)		STRING(x)
/* nopl MARK_MAGIC + code(%rax) */
#define MARKER(code) \
	".byte 0x0f, 0x1f, 0x80\n\t.long " CODE(MARK_MAGIC) " | " CODE(code) "\n\t"

#endif
