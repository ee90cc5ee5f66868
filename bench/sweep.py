# SPDX-License-Identifier: GPL-2.0
"""Times under other price lists, computed from the counts of a run.

The guest's timers ran with the prices of the run, so a setting would do a
little more or less in the same time with other prices.
"""

import units

# Name, changes of the default prices.
LISTS = (
    ("defaults", {}),
    ("1 instruction a ns", {"instruction_ps": 1000}),
    ("4 instructions a ns", {"instruction_ps": 250}),
    ("loaded twice", {"load_percent": 200}),
    ("no overlap", {"overlap_percent": 100}),
    ("overlap 4", {"overlap_percent": 400}),
    ("no TLB", {"walk_ns": 0, "accessed_ns": 0}),
    ("walk 40 ns", {"walk_ns": 40}),
    ("accessed 30 ns", {"accessed_ns": 30}),
    ("accessed 300 ns", {"accessed_ns": 300}),
    ("hits 1 ns", {"hit_ps": 1000}),
    ("hits 30 ns", {"hit_ps": 30000}),
    ("copy free", {"copy_overlap_percent": 0}),
    ("copy by 4 lines", {"copy_overlap_percent": 400}),
)


def scaled(segment, old, new):
    """Return a segment with the stall of other prices."""
    memory = new["load_percent"] * old["overlap_percent"] / (old["load_percent"] * new["overlap_percent"])
    copy = (new["load_percent"] * old["copy_overlap_percent"] /
            (old["load_percent"] * new["copy_overlap_percent"]) if new["copy_overlap_percent"] else 0)
    factors = {"hit": new["hit_ps"] / max(1, old["hit_ps"]), "miss": memory, "cold": memory,
               "walk": new["walk_ns"] / max(1, old["walk_ns"]), "refill": new["walk_ns"] / max(1, old["walk_ns"]),
               # The traffic of the run, though it would be another one.
               "queue": 1,
               # As measured by the guest.
               "chase": 1,
               "accessed": new["accessed_ns"] / max(1, old["accessed_ns"]), "copy_own": copy, "copy_other": copy}
    return {**segment, "stall": {part: ps * factors[part] for part, ps in segment["stall"].items()}}


def fast_ratio(run, runs, prices, changes):
    """Return the time over that with fast memory only, with changed prices."""
    new = {**prices, **changes}

    def choose(one):
        return [scaled(s, prices, new) for s in units.timed(one)]

    fast, _ = units.floor(runs, choose, new)
    return sum(units.parts(choose(run), new["instruction_ps"]).values()) / fast


def sweep(runs, prices):
    """Return {list: {setting: ratio}} of one seed."""
    return {name: {setting: fast_ratio(run, runs.values(), prices, changes) for setting, run in runs.items()}
            for name, changes in LISTS}
