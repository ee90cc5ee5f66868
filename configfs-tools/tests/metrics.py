#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Helpers of metrics.sh. Commands:

parse openmetrics|prometheus FILE       accept a text; print "NAME{LABEL=VALUE,...} NUMBER" lines
names FILE                              check names and metadata by the conventions of Prometheus
dashboard JSON FILE                     check that each query of a dashboard names a metric of FILE
get WHERE [ACCEPT]                      print head and body of GET /metrics
raw WHERE TEXT                          send TEXT; print the first line of the answer
crowd WHERE COUNT                       COUNT silent clients, then print the status of one that asks
slow WHERE                              a client that reads nothing, then as crowd
"""

import json
import re
import socket
import sys

from prometheus_client import parser as prometheus
from prometheus_client.openmetrics import parser as openmetrics

UNITS = ("pages", "bytes", "seconds", "ratio")


def families(kind, path):
    module = openmetrics if kind == "openmetrics" else prometheus
    with open(path, encoding="utf-8") as text:
        return list(module.text_string_to_metric_families(text.read()))


def parse(kind, path):
    for family in families(kind, path):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            print(f"{sample.name}{{{labels}}} {sample.value:g}")


def names(path):
    found = families("openmetrics", path)
    wrong = []
    for family in found:
        if not re.fullmatch("hmt_[a-z_]+", family.name):
            wrong.append(f"{family.name}: characters")
        if family.unit and not family.name.endswith("_" + family.unit):
            wrong.append(f"{family.name}: unit {family.unit} is not in the name")
        if not family.unit and family.name.endswith(tuple("_" + unit for unit in UNITS)):
            wrong.append(f"{family.name}: no UNIT line")
        if not family.documentation.endswith("."):
            wrong.append(f"{family.name}: HELP is no sentence")
        if not family.samples:
            wrong.append(f"{family.name}: no sample")
    order = [family.name for family in found]
    if order != sorted(order):
        wrong.append(f"not sorted: {order}")
    if not found:
        wrong.append("no metric")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


def queries(value):
    """Return all strings with the key "expr" or "query" in a value of JSON."""
    if isinstance(value, list):
        return [query for item in value for query in queries(item)]
    if not isinstance(value, dict):
        return []
    own = [value[key] for key in ("expr", "query") if isinstance(value.get(key), str) and value.get("type") != "datasource"]
    return own + [query for item in value.values() for query in queries(item)]


def dashboard(path, text):
    with open(path, encoding="utf-8") as file:
        board = json.load(file)
    samples = {sample.name for family in families("openmetrics", text) for sample in family.samples}
    labels = {label for family in families("openmetrics", text) for sample in family.samples for label in sample.labels}
    wrong, used = [], set()
    for query in queries(board):
        words = set(re.findall(r"\bhmt_[a-z_]+\b(?!\s*=)", query))
        used |= words
        wrong += [f"{query}: no metric" for _ in [0] if not words]
        wrong += [f"{query}: '{word}' does not exist" for word in words - samples]
        named = re.findall(r"([a-z_]+)\s*=~?\s*\"", query)
        by = [word.strip() for group in re.findall(r"\bby\s*\(([^)]*)\)", query) for word in group.split(",")]
        wrong += [f"{query}: no label '{label}'" for label in set(named + by) - labels - {"instance", "job"}]
    if len(used) < 10:
        wrong.append(f"only {len(used)} metrics are used")
    if board.get("schemaVersion", 0) < 30 or not board.get("uid") or not board.get("panels"):
        wrong.append("not a dashboard of Grafana")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


def connect(where):
    if where.startswith("unix:"):
        client = socket.socket(socket.AF_UNIX)
        client.connect(where[5:])
        client.settimeout(20)
        return client
    host, _, port = where.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), 20)


def ask(where, text):
    with connect(where) as client:
        client.sendall(text)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := client.recv(65536):
            answer += chunk
    return answer


def request(accept="text/plain"):
    return f"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n".encode()


def status(where):
    print(ask(where, request()).split(b"\r\n")[0].decode())


def main():
    command, *words = sys.argv[1:]
    if command == "parse":
        parse(*words)
    elif command == "names":
        names(*words)
    elif command == "dashboard":
        dashboard(*words)
    elif command == "get":
        sys.stdout.buffer.write(ask(words[0], request(*words[1:])))
    elif command == "raw":
        text = words[1].encode().decode("unicode_escape").encode("latin-1")
        print(ask(words[0], text).split(b"\r\n")[0].decode())
    elif command == "crowd":
        crowd = [connect(words[0]) for _ in range(int(words[1]))]
        status(words[0])
        del crowd
    elif command == "slow":
        slow = [connect(words[0]) for _ in range(8)]
        for client in slow:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            client.sendall(request())
        status(words[0])


main()
