"""The participant's side of the bench protocol (see src/harness/protocol.ts): JSON lines on stdin and stdout."""

import json
import statistics
import sys
import time


def refuse(package):
    """Answers the first request with the package that is missing, and ends."""
    sys.stdin.readline()
    print(json.dumps({"missing": f"the Python package {package}"}), flush=True)
    sys.exit(0)


def shapes(case):
    """The shapes of a case's inputs."""
    return json.loads(case["shapes"])


def times_within(milliseconds, run):
    """The seconds that every run took until the window was over; at least one run."""
    end = time.perf_counter() + milliseconds / 1000
    times = []
    while True:
        start = time.perf_counter()
        run()
        now = time.perf_counter()
        times.append(now - start)
        if now >= end:
            return times


def respond(description, build, prepared, request):
    if request["command"] == "describe":
        return description
    if request["command"] == "prepare":
        entry = build(request["variant"], request["case"], request["inputs"])
        prepared[request["id"]] = entry
        start = time.perf_counter()
        entry["run"]()
        first = time.perf_counter() - start
        later = times_within(request["warmMilliseconds"], entry["run"])
        return {
            "first": entry["outputs"](entry["once"]()),
            "last": entry["outputs"](entry["run"]()),
            "steps": entry["steps"],
            "compileMilliseconds": 1000 * (first - statistics.median(later)),
        }
    entry = prepared[request["id"]]
    processor, start = time.process_time(), time.perf_counter()
    times = times_within(request["milliseconds"], entry["run"])
    elapsed = time.perf_counter() - start
    return {
        "microsecondsPerStep": 1e6 * statistics.median(times) / entry["steps"],
        "runs": len(times),
        "processorShare": (time.process_time() - processor) / elapsed,
    }


def serve(description, build):
    """Answers requests until stdin ends.

    build(variant, case, inputs) returns a dict with steps (in one run), run() and once(), which return the state
    after the run and after one step, and outputs(state), which makes it flat lists of numbers.
    """
    prepared = {}
    for line in sys.stdin:
        try:
            answer = json.dumps(respond(description, build, prepared, json.loads(line)), allow_nan=False)
        except Exception as error:
            answer = json.dumps({"error": f"{type(error).__name__}: {error}"})
        print(answer, flush=True)
