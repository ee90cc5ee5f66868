# SPDX-License-Identifier: GPL-2.0
"""Times of a run, and the units in which they are shown.

All times are in ps. A unit is a sum of parts, each the least of all settings
of a seed, so that no setting can be below it.
"""

import output

LOAD = ("load", "redis-server")
# Tasks that are the placer's start and end, or the idle task.
NAMES = ("user", "hit", "miss", "walk", "accessed", "copy_own", "cold", "kernel", "helpers", "copy_other",
         "repeated", "idle")


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
    """Return the pages that the fast memory can hold, the same for all settings."""
    return max(max(run["guest"]["room"], *(s["most"] for s in run["segments"])) for run in runs)


def extra(bound, pages):
    """Return the least stall beyond that of fast memory, for `pages` of it.

    Each rent gives a bound, the highest of them counts.
    """
    least = 0
    for rent, cost in zip(bound["rent_fs"], bound["cost_fs"]):
        least = max(least, cost - rent * pages * bound["misses"])
    return least // 1000


def miss_ps(memory_ns, prices):
    return memory_ns * 10 * prices["load_percent"] * 100 // prices["overlap_percent"]


def floor(runs, choose, prices):
    """Return the time with fast memory only, for the segments that `choose` returns."""
    least = {}
    for run in runs:
        own = parts(choose(run), prices["instruction_ps"])
        own["misses"] = sum(output.misses(s) for s in choose(run))
        # A block of the load that was repeated is counted in "user".
        own["repeated"] = min(0, own["repeated"])
        for name in ("user", "kernel", "hit", "walk", "misses", "repeated"):
            least[name] = min(least.get(name, own[name]), own[name])
    fast = least["misses"] * miss_ps(prices["memory_ns"][0], prices)
    slow = least["misses"] * miss_ps(prices["memory_ns"][1], prices)
    own = sum(least[name] for name in ("user", "kernel", "hit", "walk", "repeated"))
    return own + fast, own + slow


def best_share(segment, pages):
    """Return the share of misses that the best `pages` pages of a segment have."""
    left, served = pages, 0
    for count, number in sorted(segment["heat"], key=lambda entry: -entry[0] / entry[1]):
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


def ratios(runs, prices, shift):
    """Return the numbers of each setting of one seed.

    `prices` has instruction_ps, load_percent, overlap_percent and memory_ns.
    Raises Broken if a setting is below a unit.
    """
    output.check_same(runs)
    pages = capacity(runs.values())
    bounds = next((run["bounds"] for run in runs.values() if run["bounds"]), None)
    if not bounds or len(bounds) != 2:
        raise output.Broken("no run computed the bound")
    fast, slow = floor(runs.values(), timed, prices)
    late_fast, _ = floor(runs.values(), steady, prices)
    ideal = fast + sum(extra(bound, pages) for bound in bounds)
    late_ideal = late_fast + extra(bounds[1], pages)
    numbers = {"all-slow": {"ideal": slow / ideal, "fast": slow / fast, "spare": slow / fast}}
    for name, run in runs.items():
        times = parts(timed(run), prices["instruction_ps"])
        whole, late = sum(times.values()), sum(parts(steady(run), prices["instruction_ps"]).values())
        spare = whole - times["helpers"] - times["copy_other"]
        if whole < ideal or late < late_ideal or spare < fast:
            raise output.Broken(f"{name} is faster than possible")
        numbers[name] = {
            "ideal": whole / ideal, "steady": late / late_ideal, "fast": whole / fast, "spare": spare / fast,
            "helpers": (whole - spare) / whole, "placed": placed(run, pages),
            "to_95_s": reached(run, pages, prices["instruction_ps"]),
            "shift_s": reached(run, pages, prices["instruction_ps"], shift) if shift is not None else None,
            "moved": moves(timed(run)), "steady_moved": moves(steady(run)), "seconds": whole / 1e12,
            "ahead": sum(s["dropped_ns"] for s in timed(run)) * 1000 / whole,
            "parts": {part: time / fast for part, time in times.items()},
            "causes": {**{f"load {cause}": count * prices["instruction_ps"] / fast
                          for cause, count in kernel_causes(timed(run), True).items()},
                       **{f"others {cause}": count * prices["instruction_ps"] / fast
                          for cause, count in kernel_causes(timed(run), False).items()}},
        }
    return numbers
