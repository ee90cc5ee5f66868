# SPDX-License-Identifier: GPL-2.0
"""Parse and check the output of a guest and of the memory model.

An incomplete or inconsistent run raises Broken instead of giving wrong numbers.
"""

import json

SETUP, FILL = "setup", "fill"
# Patterns whose accesses the timers decide to a small extent.
INEXACT = ("redis", "calls", "cache", "program")
# Those of them whose data belongs to a program of Debian.
SERVERS = ("redis", "cache", "program")
# Most by which the accesses of such a program may differ between settings.
SERVERS_DIFFER = 0.05
# Most of the time of a segment in which all threads of such a program may wait.
SERVERS_IDLE = 0.005


class Broken(Exception):
    """The output of a run is incomplete or inconsistent."""


def parse_model(text):
    """Return segments, bounds and windows from the lines of the model."""
    segments, bounds, windows, requests = [], [], None, []
    for line in text.splitlines():
        try:
            data = json.loads(line)
        except ValueError as error:
            raise Broken(f"unexpected output of the model '{line[:60]}'") from error
        if "segment" in data:
            segments.append(data)
        elif "bound" in data:
            bounds.append(data["bound"])
        elif "requests" in data:
            requests = data["requests"]
        else:
            windows = data
    if not windows:
        raise Broken("the model did not stop")
    return {"segments": segments, "bounds": bounds, "windows": windows, "requests": requests}


def parse_guest(text):
    """Return the object that the load prints."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise Broken(f"unexpected output of the guest '{text[:60]}'") from error


def check_names(segments, epochs):
    names = [segment["segment"] for segment in segments]
    if names != [SETUP, FILL, *map(str, range(epochs))]:
        raise Broken(f"segments {' '.join(names)}, expected {epochs} epochs")


def check_clock(segment, instruction_ps):
    """Check that each nanosecond of a segment has a name.

    The guest's clock is executed instructions, the stall, less the credit that
    was used up, and idle time. A credit that is left, and the quantum, are the
    only difference.
    """
    name = segment["segment"]
    tasks = sum(sum(causes.values()) for causes in segment["tasks"].values())
    if tasks != segment["user"] + segment["kernel"]:
        raise Broken(f"{name}: {tasks} instructions of tasks, {segment['user'] + segment['kernel']} in all")
    if sum(segment["stall"].values()) != segment["stall_ps"]:
        raise Broken(f"{name}: the parts of the stall are not its sum")
    everything = segment["user"] + segment["kernel"]
    modelled = (everything * instruction_ps + segment["stall_ps"]) / 1000 + segment["idle_ns"]
    # One credit of at most 10 ms is carried from segment to segment.
    late = segment["clock_ns"] + segment["repeated"] - segment["dropped_ns"] - modelled
    if abs(late) > 11e6:
        raise Broken(f"{name}: the clock is off by {late:.0f} ns")


def check_idle(segments, pattern):
    """Check that nothing waits while the load runs: idle time would hide a wait.

    A client waits for its server to start, and all threads of a program such as
    a JVM for a timer at times; that is counted as idle time.
    """
    most = SERVERS_IDLE if pattern in SERVERS else 0
    for segment in segments[2 if pattern in SERVERS else 1:]:
        if segment["idle_ns"] > most * segment["clock_ns"]:
            raise Broken(f"{segment['segment']}: {segment['idle_ns']} ns idle")


def accesses(segment):
    return segment["loads"] + segment["stores"]


def misses(segment, memory=None):
    fills = segment["fills"] if memory is None else [segment["fills"][memory]]
    return sum(map(sum, fills))


def check_work(segments, guest, pattern):
    """Check that the model counted each access.

    For a request to a server, and for system calls, which begin again after a
    fault, there is only a lower bound.
    """
    for segment, records, expected in zip(segments[2:], guest["records"], guest["accesses"]):
        seen, name = accesses(segment), segment["segment"]
        if segment["unknown"]:
            raise Broken(f"{name}: {segment['unknown']} accesses to memory that is not modelled")
        if seen != segment["hits"] + misses(segment):
            raise Broken(f"{name}: {seen} accesses, {segment['hits']} hits and {misses(segment)} misses")
        least = {"redis": 16 * records, "cache": 16 * records, "program": 1}.get(pattern, expected)
        if seen < least:
            raise Broken(f"{name}: {seen} accesses are too few for {records} requests, {least} are the least")
        if pattern not in INEXACT and seen != expected:
            raise Broken(f"{name}: {seen} accesses, {expected} expected")


def gather(guest, model, load):
    """Return the parsed output of one run; raise Broken if it is not whole.

    `load` has epochs, pattern and instruction_ps.
    """
    run = {"guest": parse_guest(guest), **parse_model(model)}
    check(run, load)
    return run


def check(run, load):
    """Raise Broken if a run is not whole."""
    check_names(run["segments"], load["epochs"])
    for segment in run["segments"]:
        check_clock(segment, load["instruction_ps"])
    check_idle(run["segments"], load["pattern"])
    check_work(run["segments"], run["guest"], load["pattern"])


def check_similar(runs):
    """Check the same of programs, of which timers decide a little."""
    seen = {name: sum(map(accesses, run["segments"][1:])) for name, run in runs.items()}
    least, most = min(seen, key=seen.get), max(seen, key=seen.get)
    if seen[most] > seen[least] * (1 + SERVERS_DIFFER):
        raise Broken(f"{most}: {seen[most]} accesses, {least} has {seen[least]}")


def check_same(runs):
    """Check that all settings of a seed did the same work."""
    names = list(runs)
    for name in names[1:]:
        for mine, first in zip(runs[name]["segments"], runs[names[0]]["segments"]):
            for key in ("loads", "stores", "hits"):
                if mine["segment"] != SETUP and mine[key] != first[key]:
                    raise Broken(f"{name}: {mine[key]} {key} in {mine['segment']}, {names[0]} has {first[key]}")
