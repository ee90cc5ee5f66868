# SPDX-License-Identifier: GPL-2.0
"""Print a trace of a workload whose hot part changes, for report.sh.

trace.py [PASSES]: 32 ranges of 2 MiB, of which ten are hot, and others from the
middle of the trace on. Promotion follows with two ranges per pass.
"""

import sys


def main():
    passes = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    heat = [0.0] * 32
    place = [1 if 4 <= i else 0 for i in range(32)]
    for number in range(passes):
        second = 100 + 2 * number
        hot = range(6, 16) if number < passes // 2 else range(18, 28)
        for i in range(32):
            aim = 235 if i in hot else 90 if i % 7 == 3 else 4
            heat[i] += (aim - heat[i]) * 0.35
        down = sorted((h, i) for i, h in enumerate(heat) if place[i] == 0)
        up = sorted((-h, i) for i, h in enumerate(heat) if place[i] != 0)
        for (_, fast), (warm, slow) in list(zip(down, up))[:2]:
            if -warm > heat[fast] + 24:
                place[fast], place[slow] = 1, 0
        if len(down) < 10 and -up[0][0] > 24:
            place[up[0][1]] = 0
        for i in range(32):
            base = int(heat[i])
            text = "".join(f"{max(0, base - page % 16):02x}"
                           for page in range(512))
            tier = 2 if i > 28 and number > 10 else place[i]
            print(f" hmt/db-77 [001] ..... {second}.5: hmt_heat: workload=db "
                  f"pid=812 addr={0x7f0000000000 + i * 0x200000:#x} "
                  f"heat={text} place={str(tier) * 512}")
        for index, name in enumerate(("dram", "cxl", "pmem")):
            print(f" hmt/db-77 [001] ..... {second}.6: hmt_tier: workload=db "
                  f"tier={name} index={index} tiers=3 capacity=6000 free=9 "
                  f"low=0 high=0 limit=9223372036854775807 promote=100 "
                  f"demote=100 targets={'01' if index == 0 else '02' if index == 1 else ''}")


main()
