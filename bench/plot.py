# SPDX-License-Identifier: GPL-2.0
"""Plot the numbers with gnuplot, one panel for each."""

import subprocess

# Key of report.summary(), title, factor.
PANELS = (
    ("ratio", "modelled time, oracle = 1", 1),
    ("steady_ratio", "modelled time in the last quarter, oracle = 1", 1),
    ("recall", "hot pages in the top tier, oracle = 1", 1),
    ("precision", "share of hot pages among the promoted pages", 1),
    ("to_95_s", "seconds until 95 % of the hot pages are in the top tier", 1),
    ("moved", "moved pages, thousands", 1e-3),
    ("engine_cpu", "engine, % of a CPU in the last quarter", 100),
    ("kernel_instructions", "kernel, % of all instructions in the last quarter", 100),
)
COLUMNS = 2
COLOURS = {"none": "#999999", "balancing": "#d95f02", "damon": "#7570b3", "daemon": "#e7298a",
           "hmsdk": "#66a61e", "hmt": "#1b9e77", "direct": "#a6761d"}


def cell(value, factor):
    return "?" if value is None else format(value * factor, ".6g")


def block(results, names, number, factor):
    """Return the data of a panel: a line per workload, a column per setting."""
    lines = []
    for workload, settings in results.items():
        cells = [cell(settings.get(name, {}).get(number), factor) for name in names]
        lines.append(" ".join([workload, *cells]))
    return "\n".join(lines)


def known(results, names, number):
    """Return the columns with at least one value, because gnuplot needs one."""
    return [place for place, name in enumerate(names)
            if any(s.get(name, {}).get(number) is not None for s in results.values())]


def script(results, path):
    """Return the gnuplot script."""
    names = list(dict.fromkeys(name for s in results.values() for name in s if name != "oracle"))
    panels = [panel for panel in PANELS if known(results, names, panel[0])]
    rows = max(1, -(-len(panels) // COLUMNS))
    width = max(700, 200 + 15 * len(names) * len(results))
    lines = [
        f"set terminal svg size {COLUMNS * width},{rows * 260} font 'sans,11' background 'white'",
        f"set output '{path}'",
        "set datafile missing '?'",
        "set style data histogram",
        "set style histogram clustered gap 1",
        "set style fill solid",
        "set key outside right top",
        "set grid ytics",
        "set xtics nomirror",
        f"set xrange [-0.7:{len(results) - 0.3:.1f}]",
        f"set multiplot layout {rows},{COLUMNS}",
    ]
    for number, title, factor in panels:
        columns = [f"$panel_{number} using {2 + place}:xtic(1) title '{names[place]}' "
                   f"linecolor rgb '{COLOURS.get(names[place], '#000000')}'"
                   for place in known(results, names, number)]
        lines += [
            f"$panel_{number} << END", block(results, names, number, factor), "END",
            f"set title '{title}'",
            "set yrange [0.9:*]" if "ratio" in number else "set yrange [0:*]",
            "plot " + ", ".join(columns),
        ]
    return "\n".join([*lines, "unset multiplot", ""])


def write(results, path):
    """Write an SVG file.

    Raises subprocess.CalledProcessError with the output of gnuplot.
    """
    subprocess.run(["gnuplot"], input=script(results, path), text=True, check=True, capture_output=True)
