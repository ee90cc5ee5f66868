# SPDX-License-Identifier: GPL-2.0
"""Numbers of all settings of one seed."""

import loss
import output
import units


def ratios(runs, prices, shift, pattern="hot"):
    """Return the numbers of each setting of one seed.

    `prices` has instruction_ps, load_percent, overlap_percent and memory_ns.
    Raises Broken if a setting is below a unit.
    """
    if not runs:
        raise output.Broken("no setting worked")
    if pattern in output.SERVERS:
        output.check_similar(runs)
    elif pattern not in output.INEXACT:
        output.check_same(runs)
    pages = units.capacity(runs.values())
    bounds = next((run["bounds"] for run in runs.values() if run["bounds"]), None)
    if not bounds or len(bounds) != 2:
        raise output.Broken("no run computed the bound")
    fast, slow = units.floor(runs.values(), units.timed, prices)
    late_fast, _ = units.floor(runs.values(), units.steady, prices)
    ideal = fast + units.extras(bounds[0], pages)
    late_ideal = late_fast + units.extras(bounds[1], pages)
    lowest = units.least(runs.values(), units.timed, prices["instruction_ps"])
    # Without bandwidth, pages by turns in both memories have half of the misses in each.
    numbers = {name: {"ideal": time / ideal, "fast": time / fast, "spare": time / fast}
               for name, time in (("all-slow", slow), ("interleave", (fast + slow) / 2))
               if name == "all-slow" or not any("split" in other for other in runs)}
    for name, run in runs.items():
        times = units.parts(units.timed(run), prices["instruction_ps"])
        whole, late = sum(times.values()), sum(units.parts(units.steady(run), prices["instruction_ps"]).values())
        spare = whole - times["helpers"] - times["copy_other"]
        if whole < ideal or late < late_ideal or spare < fast:
            raise output.Broken(f"{name} is faster than possible")
        lost = loss.loss(run, pages[0], prices, lowest)
        if abs(sum(lost.values()) - (whole - fast)) > 1e-6 * whole:
            raise output.Broken(f"{name}: the parts of the loss are not the loss")
        numbers[name] = {
            "ideal": whole / ideal, "steady": late / late_ideal, "fast": whole / fast, "spare": spare / fast,
            "helpers": (whole - spare) / whole, "placed": units.placed(run, pages[0]),
            "to_95_s": units.reached(run, pages[0], prices["instruction_ps"]),
            "shift_s": units.reached(run, pages[0], prices["instruction_ps"], shift) if shift is not None else None,
            "moved": units.moves(units.timed(run)), "steady_moved": units.moves(units.steady(run)),
            "seconds": whole / 1e12, "commit": run.get("commit"), "cost": run.get("cost"),
            **{name: units.percentile(run.get("requests"), share) for name, share in units.PERCENTILES},
            "ahead": sum(s["dropped_ns"] for s in units.timed(run)) * 1000 / whole,
            "parts": {part: time / fast for part, time in times.items()},
            "loss": {part: time / fast for part, time in lost.items()},
            "causes": {**{f"load {cause}": count * prices["instruction_ps"] / fast
                          for cause, count in units.kernel_causes(units.timed(run), True).items()},
                       **{f"others {cause}": count * prices["instruction_ps"] / fast
                          for cause, count in units.kernel_causes(units.timed(run), False).items()}},
        }
    return numbers
