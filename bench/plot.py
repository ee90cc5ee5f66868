# SPDX-License-Identifier: GPL-2.0
"""Plot the numbers with gnuplot, one panel for each, with intervals."""

import subprocess

import spread
import table

# Key of evaluate.ratios(), title, factor.
PANELS = (
    ("ideal", "time, least possible = 1", 1),
    ("steady", "time in the last quarter, least possible = 1", 1),
    ("fast", "time, fast memory only = 1", 1),
    ("spare", "time with a core to spare, fast memory only = 1", 1),
    ("helpers", "CPU time of helpers, %", 100),
    ("placed", "misses served by fast memory, best = 1", 1),
    ("to_95_s", "seconds until 95 % of that", 1),
    ("moved", "moved pages, thousands", 1e-3),
)
COLUMNS = 2
COLOURS = {"all-slow": "#cccccc", "none": "#999999", "interleave": "#666666", "balancing": "#d95f02",
           "damon": "#7570b3", "naive": "#e7298a", "hmt": "#1b9e77", "direct": "#a6761d"}


def cell(seeds, name, key, factor):
    """Return median, lower and upper end of the interval."""
    values = table.values(seeds, name, key) if name in seeds[0] else []
    middle = spread.median(values) if values else None
    if middle is None:
        return "? ? ?"
    low, high = spread.interval([v for v in values if v is not None]) or (middle, middle)
    return " ".join(format(v * factor, ".6g") for v in (middle, low, high))


def block(results, names, key, factor):
    """Return the data of a panel: a line per workload, three columns per setting."""
    return "\n".join(" ".join([workload, *(cell(seeds, name, key, factor) for name in names)])
                     for workload, seeds in results.items())


def known(results, names, key):
    """Return the columns with at least one value, because gnuplot needs one."""
    return [place for place, name in enumerate(names)
            if any(not cell(seeds, name, key, 1).startswith("?") for seeds in results.values())]


def script(results, path):
    """Return the gnuplot script."""
    names = list(dict.fromkeys(name for seeds in results.values() for name in seeds[0]))
    panels = [panel for panel in PANELS if known(results, names, panel[0])]
    rows = max(1, -(-len(panels) // COLUMNS))
    width = max(700, 200 + 15 * len(names) * len(results))
    lines = [
        f"set terminal svg size {COLUMNS * width},{rows * 260} font 'sans,11' background 'white'",
        f"set output '{path}'",
        "set datafile missing '?'",
        "set style data histogram",
        "set style histogram errorbars gap 1 linewidth 1",
        "set style fill solid",
        "set key outside right top",
        "set grid ytics",
        "set xtics nomirror",
        f"set xrange [-0.7:{len(results) - 0.3:.1f}]",
        f"set multiplot layout {rows},{COLUMNS}",
    ]
    for key, title, factor in panels:
        columns = [f"$panel_{key} using {2 + 3 * place}:{3 + 3 * place}:{4 + 3 * place}:xtic(1) title '{names[place]}' "
                   f"linecolor rgb '{COLOURS.get(names[place], '#000000')}'" for place in known(results, names, key)]
        lines += [
            f"$panel_{key} << END", block(results, names, key, factor), "END",
            f"set title '{title}'",
            "set yrange [0.95:*]" if title.endswith("= 1") and key != "placed" else "set yrange [0:*]",
            "plot " + ", ".join(columns),
        ]
    return "\n".join([*lines, "unset multiplot", ""])


def figure_script(results, settings, key, title, path):
    """Return the gnuplot script of one panel with some settings, for a page."""
    width = max(640, 160 + 18 * (len(settings) + 1) * len(results))
    columns = [f"$panel using {2 + 3 * place}:{3 + 3 * place}:{4 + 3 * place}:xtic(1) title '{settings[place]}' "
               f"linecolor rgb '{COLOURS.get(settings[place], '#000000')}'" for place in known(results, settings, key)]
    return "\n".join([
        f"set terminal svg size {width},320 font 'sans,12' background 'white'",
        f"set output '{path}'",
        "set datafile missing '?'",
        "set style data histogram",
        "set style histogram errorbars gap 1 linewidth 1",
        "set style fill solid",
        "set key outside above center horizontal",
        "set grid ytics",
        "set border 3",
        "set xtics nomirror rotate by -30",
        "set ytics nomirror",
        f"set xrange [-0.7:{len(results) - 0.3:.1f}]",
        "set yrange [0.95:*]",
        f"set ylabel '{title}'",
        "$panel << END", block(results, settings, key, 1), "END",
        "plot " + ", ".join(columns),
        ""])


def loss_parts(results):
    """Return the parts of the loss that are at least 0.05 % of the time in some setting."""
    parts = {}
    for seeds in results.values():
        for numbers in seeds:
            for setting in numbers.values():
                for part, value in setting.get("loss", {}).items():
                    parts[part] = max(parts.get(part, 0), abs(value))
    return [part for part, most in parts.items() if most >= 0.0005]


def bar(workload, seeds, setting, parts):
    """Return the line of a bar: its label and the parts in per cent, whose sum is the height."""
    values = [100 * spread.median([numbers[setting]["loss"].get(part, 0) for numbers in seeds]) for part in parts]
    return " ".join([f'"{setting} {workload}"', *(format(value, ".6g") for value in values)])


def loss_script(results, path):
    """Return the gnuplot script of the loss by cause: a stacked bar for each workload and setting.

    Parts that are gains are below 0.
    """
    parts = loss_parts(results)
    bars = []
    for workload, seeds in results.items():
        bars += [bar(workload, seeds, setting, parts) for setting in table.settings_of(seeds)
                 if all("loss" in numbers[setting] for numbers in seeds)]
        bars.append('""' + " 0" * len(parts))
    plots = [f"$loss using {2 + place}:xtic(1) title '{part}' linecolor {1 + place}" for place, part in enumerate(parts)]
    return "\n".join([
        f"set terminal svg size {max(700, 300 + 22 * len(bars))},600 font 'sans,11' background 'white'",
        f"set output '{path}'",
        "set style data histogram",
        "set style histogram rowstacked",
        "set style fill solid border 0",
        "set boxwidth 0.8",
        "set key outside right top invert",
        "set grid ytics",
        "set xtics nomirror rotate by -90",
        "set title 'loss by cause, % of the time with fast memory only; the sum is the loss'",
        "$loss << END", *bars, "END",
        "plot " + ", ".join(plots),
        ""])


def draw(commands):
    subprocess.run(["gnuplot"], input=commands, text=True, check=True, capture_output=True)


def write(results, path, loss_path):
    """Write two SVG files, the numbers and the loss by cause.

    Raises subprocess.CalledProcessError with the output of gnuplot.
    """
    draw(script(results, path))
    draw(loss_script(results, loss_path))
