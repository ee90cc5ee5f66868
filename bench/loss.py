# SPDX-License-Identifier: GPL-2.0
"""Loss by cause: parts that sum to the time beyond fast memory only.

In each epoch the ideal pages are the hottest ones that fit. Their misses in slow
memory are losses, fast misses of other pages are gains, and the difference is
exactly that between this placement and the best one of the epoch.
"""

import output
import units

# Functions of the kernel, in whatever task, to parts; see guest/causes.
CAUSES = {"look": "look", "count": "decide", "decide": "decide", "move": "move", "reclaim": "move", "flush": "flush",
          "hint": "faults"}
# Columns of a class of pages: misses, pages, slow misses by the stage of finding the page, and fast ones.
NOT_LOOKED, SEEN_FEW, SEEN, LEFT, FAST, FAST_BROUGHT = range(2, 8)
STAGES = {"not looked at": NOT_LOOKED, "seen 0-3": SEEN_FEW, "judged late": SEEN, "left": LEFT}
PLACES = ("no room", "unused", *STAGES, "others stayed", "others brought")


def placement(segment, pages):
    """Return the misses by cause; their sum is that of all slow misses.

    `pages` fit into fast memory. Ranks above those that were there had room.
    """
    used = min(pages, segment["held"][0])
    lost = dict.fromkeys(PLACES, 0)
    begin = 0
    for row in sorted(segment["heat"], key=lambda entry: -entry[0] / entry[1]):
        end = begin + row[1]
        # Pages of a class are equal: each of its parts has the same share of them.
        ideal = max(0, min(end, pages) - begin) / row[1]
        roomy = max(0, min(end, pages) - max(begin, used)) / row[1]
        lost["unused"] += roomy * sum(row[column] for column in STAGES.values())
        for name, column in STAGES.items():
            lost[name] += (ideal - roomy) * row[column]
        lost["others stayed"] -= (1 - ideal) * row[FAST]
        lost["others brought"] -= (1 - ideal) * row[FAST_BROUGHT]
        # All misses of pages that are not ideal.
        lost["no room"] += (1 - ideal) * row[0]
        begin = end
    return lost


def work(segments, price):
    """Return the time of the kernel and of helpers by cause."""
    parts = {}
    for load in (True, False):
        for cause, count in units.kernel_causes(segments, load).items():
            name = CAUSES.get(cause, "kernel" if load else "helpers")
            parts[name] = parts.get(name, 0) + count * price
    return parts


def loss(run, pages, prices, least):
    """Return the loss by cause in ps.

    `least` has the parts of the time with fast memory only, see units.least().
    """
    segments, price = units.timed(run), prices["instruction_ps"]
    fast = units.miss_ps(prices["memory_ns"][0], prices)
    extra = units.miss_ps(prices["memory_ns"][1], prices) - fast
    times = units.parts(segments, price)
    parts = {"fill": (output.misses(segments[0]) - output.misses(segments[0], 0)) * extra}
    for segment in segments[1:]:
        for cause, misses in placement(segment, pages).items():
            parts[cause] = parts.get(cause, 0) + misses * extra
    for cause, time in work(segments, price).items():
        parts[cause] = parts.get(cause, 0) + time
    parts["look"] = parts.get("look", 0) + times["accessed"] + times["chase"]
    parts["move"] = parts.get("move", 0) + times["copy_own"] + times["copy_other"] + times["cold"]
    parts["kernel"] = parts.get("kernel", 0) - least["kernel"]
    parts["walks"] = times["walk"] - least["walk"]
    parts["refill"] = times["refill"]
    parts["queue"] = times["queue"]
    parts["deeper"] = sum(output.misses(s, number) * (units.miss_ps(ns, prices) - fast - extra)
                          for s in segments for number, ns in enumerate(prices["memory_ns"][2:], 2))
    parts["other"] = (times["user"] + times["hit"] + times["repeated"] + times["idle"] -
                      least["user"] - least["hit"] - least["repeated"])
    # More misses than the least, by a server.
    known = sum(parts[name] for name in ("fill", "deeper", *PLACES))
    parts["other"] += times["miss"] - least["misses"] * fast - known
    return parts
