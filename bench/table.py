# SPDX-License-Identifier: GPL-2.0
"""Tables of the numbers of all seeds."""

import spread

# Key of evaluate.ratios(), head of the column, format, factor.
COLUMNS = (
    ("steady", "steady", ".3f", 1),
    ("fast", "fast", ".3f", 1),
    ("spare", "spare", ".3f", 1),
    ("helpers", "cpu %", ".1f", 100),
    ("placed", "placed", ".3f", 1),
    ("to_95_s", "95 % s", ".1f", 1),
    ("shift_s", "shift s", ".1f", 1),
    ("moved", "moved", ".0f", 1),
    ("steady_moved", "in steady", ".0f", 1),
    ("ahead", "ahead %", ".1f", 100),
)


def show(value, form, factor=1):
    return "-" if value is None else format(value * factor, form)


def lay_out(rows):
    """Return rows as text: two columns left-aligned, the others right-aligned."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), row[1].ljust(widths[1])]
        cells += [cell.rjust(width) for cell, width in zip(row[2:], widths[2:])]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def values(seeds, setting, key):
    """Return the numbers of a setting, by seed."""
    return [numbers[setting].get(key) for numbers in seeds if setting in numbers]


def settings_of(seeds):
    """Return the settings that all seeds have, the fastest first."""
    names = [name for name in seeds[0] if all(name in numbers for numbers in seeds)]
    return sorted(names, key=lambda name: spread.median(values(seeds, name, "ideal")))


def ties(seeds, names):
    """Return the settings that do not differ from the fastest one that moves pages.

    Too few seeds for an interval show no tie either.
    """
    movers = [name for name in names if name not in ("all-slow", "interleave", "none")]
    if not movers:
        return set()
    best = values(seeds, movers[0], "ideal")
    if spread.rank(len(best)) is None:
        return set()
    return {name for name in names if name == movers[0] or spread.is_tie(values(seeds, name, "ideal"), best)}


def table(results):
    """Return a table; `results` has a list of seeds for each workload."""
    rows = [("workload", "setting", "n", "ideal", "95 %", "", *(column[1] for column in COLUMNS))]
    for workload, seeds in results.items():
        names = settings_of(seeds)
        best = ties(seeds, names)
        for name in names:
            times = values(seeds, name, "ideal")
            around = spread.interval(times)
            rows.append((
                workload, name, str(len(times)), show(spread.median(times), ".3f"),
                f"{around[0]:.3f}-{around[1]:.3f}" if around else "-", "=" if name in best else "",
                *(show(spread.median(values(seeds, name, key)), form, factor)
                  for key, _, form, factor in COLUMNS)))
    return lay_out(rows)


def no_interval(results):
    """Return a line about the workloads whose seeds are too few for an interval, empty: there are none."""
    counts = sorted({len(seeds) for seeds in results.values() if spread.rank(len(seeds)) is None})
    if not counts:
        return ""
    return f"n = {', '.join(map(str, counts))}: no interval and no ties, all differences may be chance; " \
        f"{spread.LEAST} seeds are the least"


def commits(results):
    """Return the commits whose guests gave the numbers, by setting."""
    found = {}
    for seeds in results.values():
        for numbers in seeds:
            for setting, one in numbers.items():
                found.setdefault(one.get("commit"), []).append(setting)
    return "\n".join(f"  {name}: {' '.join(dict.fromkeys(settings))}" for name, settings in found.items() if name)


def costs(results):
    """Return a table of the CPU time of the host for a guest, in s: medians of all workloads and seeds."""
    every = {}
    for seeds in results.values():
        for numbers in seeds:
            for setting, one in numbers.items():
                if one.get("cost"):
                    every.setdefault(setting, []).append(one["cost"])
    parts = list(dict.fromkeys(part for costs in every.values() for cost in costs for part in cost))
    rows = [("setting", "", "guests", *parts, "sum")]
    rows += [(setting, "", str(len(costs)), *(show(spread.median([cost.get(part, 0) for cost in costs]), ".1f")
                                              for part in parts),
              show(spread.median([sum(cost.values()) for cost in costs]), ".1f")) for setting, costs in every.items()]
    return lay_out(rows) if every else ""


def requests(results):
    """Return a table of the times of requests, or an empty text if there are none."""
    names = ("p50", "p99", "p99.9")
    rows = [(workload, setting, *(show(spread.median(values(seeds, setting, name)), ".1f") for name in names))
            for workload, seeds in results.items() for setting in settings_of(seeds)
            if all(numbers[setting].get("p50") is not None for numbers in seeds)]
    return lay_out([("workload", "setting", *names), *rows]) if rows else ""


def breakdown(results, key):
    """Return a table of parts of the time, in per cent of the time with fast memory."""
    parts = {}
    for seeds in results.values():
        for name in settings_of(seeds):
            for numbers in seeds:
                for part, value in numbers[name].get(key, {}).items():
                    parts[part] = max(parts.get(part, 0), abs(value))
    names = [part for part, most in parts.items() if most >= 0.0005]
    rows = [("workload", "setting", *names)]
    for workload, seeds in results.items():
        for name in settings_of(seeds):
            if all(key in numbers[name] for numbers in seeds):
                rows.append((workload, name, *(
                    show(spread.median([n[name][key].get(part, 0) for n in seeds]), ".2f", 100) for part in names)))
    return lay_out(rows)
