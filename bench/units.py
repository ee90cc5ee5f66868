# SPDX-License-Identifier: GPL-2.0
"""Times of a run, and the units in which they are shown.

All times are in ps. A unit is a sum of parts, each the least of all settings
of a seed, so that no setting can be below it.
"""

import output

# Names of the tasks of the load.
LOAD = ("load", "redis-server")


# Of the times of requests.
PERCENTILES = (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))


def percentile(requests, share):
    """Return the time in us that `share` of the requests do not exceed, or None."""
    left = share * sum(count for _, count in requests or [])
    for ns, count in requests or []:
        left -= count
        if left <= 0:
            return ns / 1000
    return None


def is_load(task):
    return task in LOAD


def kernel_causes(segments, load):
    """Return the kernel's instructions by cause, of the load or of all others."""
    causes = {}
    for segment in segments:
        for task, counts in segment["tasks"].items():
            for cause, count in counts.items():
                if is_load(task) == load and (cause != "user" or not load):
                    causes[cause] = causes.get(cause, 0) + count
    return causes


def parts(segments, price):
    """Return the time of segments by part. Their sum is the time.

    `price` is that of an instruction. Instructions of blocks that an exception
    interrupted are counted twice; "repeated" is what is too much.
    """
    user = sum(counts.get("user", 0) for s in segments for task, counts in s["tasks"].items() if is_load(task))
    stall = {name: sum(s["stall"][name] for s in segments) for name in segments[0]["stall"]}
    return {
        "user": user * price,
        "kernel": sum(kernel_causes(segments, True).values()) * price,
        "helpers": sum(kernel_causes(segments, False).values()) * price,
        "repeated": -sum(s["repeated"] for s in segments) * price,
        "idle": sum(s["idle_ns"] for s in segments) * 1000,
        **stall,
    }


def timed(run):
    """Return the segments from the start of the load."""
    return run["segments"][1:]


def steady(run):
    """Return the last quarter of the epochs, when placement has settled."""
    epochs = run["segments"][2:]
    return epochs[-max(1, len(epochs) // 4):]


def capacity(runs):
    """Return the pages that each memory and all faster ones can hold.

    The most that any setting had there, or found free, so it is the same for all.
    """
    return [max(max(sum(run["guest"]["room"][:number + 1]), *(s["most"][number] for s in run["segments"]))
                for run in runs) for number in range(len(next(iter(runs))["segments"][0]["most"]))]


def extra(bound, pages):
    """Return the least stall beyond that of fast memory, for `pages` of it.

    Each rent gives a bound, the highest of them counts.
    """
    least = 0
    for rent, cost in zip(bound["rent_fs"], bound["cost_fs"]):
        least = max(least, cost - rent * pages * bound["misses"])
    return least // 1000


def extras(bounds, capacities):
    """Return the sum of extra() over the boundaries between memories."""
    return sum(extra(bound, pages) for bound, pages in zip(bounds, capacities))


def miss_ps(memory_ns, prices):
    return memory_ns * 10 * prices["load_percent"] * 100 // prices["overlap_percent"]


def least(runs, choose, price):
    """Return the least of each part that a program needs, and of its misses."""
    lowest = {}
    for run in runs:
        own = parts(choose(run), price)
        own["misses"] = sum(output.misses(s) for s in choose(run))
        # A block of the load that was repeated is counted in "user".
        own["repeated"] = min(0, own["repeated"])
        for name in ("user", "kernel", "hit", "walk", "misses", "repeated"):
            lowest[name] = min(lowest.get(name, own[name]), own[name])
    return lowest


def floor(runs, choose, prices):
    """Return the time with fast memory only, and with slow memory only.

    Of the segments that `choose` returns.
    """
    lowest = least(runs, choose, prices["instruction_ps"])
    own = sum(lowest[name] for name in ("user", "kernel", "hit", "walk", "repeated"))
    return tuple(own + lowest["misses"] * miss_ps(prices["memory_ns"][memory], prices) for memory in (0, 1))


def best_share(segment, pages):
    """Return the share of misses that the best `pages` pages of a segment have."""
    left, served = pages, 0
    for count, number, *_ in sorted(segment["heat"], key=lambda entry: -entry[0] / entry[1]):
        take = min(left, number)
        served += count * take / number
        left -= take
    return served / max(1, output.misses(segment))


def share(segments):
    return sum(output.misses(s, 0) for s in segments) / max(1, sum(map(output.misses, segments)))


def placed(run, pages):
    """Return the misses that fast memory served, over the best of each epoch."""
    late = steady(run)
    best = sum(best_share(s, pages) * output.misses(s) for s in late) / max(1, sum(map(output.misses, late)))
    return share(late) / best if best else None


def reached(run, pages, price, epoch=None):
    """Return the seconds until fast memory serves 95 % of the best share.

    From the start of the placer, or from the begin of `epoch`; None: never. The
    share has to last for half a second.
    """
    windows, step = run["windows"]["windows"], run["windows"]["window_ms"] * 10**9
    before = run["segments"][:2 + epoch] if epoch is not None else []
    begin = sum(sum(parts([s], price).values()) - s["idle_ns"] * 1000 for s in before)
    first, last = int(begin // step), max(1, 500 // run["windows"]["window_ms"])
    wanted = 0.95 * best_share(run["segments"][-1], pages)
    fill = sum(output.misses(s) for s in run["segments"][:2])
    seen = sum(window[1] for window in windows[:first])
    for index in range(first, len(windows) - last + 1):
        fast, every = (sum(w[i] for w in windows[index:index + last]) for i in (0, 1))
        # First touch says nothing about placement.
        if seen >= fill and every and fast / every >= wanted:
            return max(0, index * step - begin) / 1e12
        seen += windows[index][1]
    return None


def moves(segments):
    return sum(move[3] for s in segments for move in s["moves"])
