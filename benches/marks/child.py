"""Runs a program and measures its wall time and its peak memory.

A child begins with the memory mark of the process that started it, so a large one must not start it: this file runs itself
in a small interpreter (some 10 MiB), which starts the program and waits for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """What a finished program took: seconds on the wall clock and of all cores together, peak resident memory in MiB, and
    why it failed, if it did."""

    seconds: float
    core_seconds: float
    mebibytes: float
    failure: str | None


def run(command: list[str], log: Path, limit: float | None = None) -> Run:
    """Runs `command`, its output going to `log`; stops it after `limit` seconds. Counts the child alone, by wait4(2)."""
    watcher = [sys.executable, "-I", "-S", __file__, str(limit or 0), str(log), *command]
    told = json.loads(subprocess.run(watcher, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout)
    last = (log.read_text(errors="replace").strip().splitlines() or [""])[-1]
    failure = None
    if told["stopped"]:
        failure = f"stopped after {limit:.0f} s"
    elif told["code"] != 0:
        failure = last or f"exit code {told['code']}"
    return Run(told["seconds"], told["core_seconds"], told["mebibytes"], failure)


def watch(limit: float, log: str, command: list[str]) -> dict[str, float | bool]:
    """Starts the program and waits for it."""
    stopped = False
    with open(log, "wb") as output:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if limit and not stopped and time.perf_counter() - start > limit:
                child.kill()
                stopped = True
            time.sleep(0.005)
        seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    took = {"seconds": seconds, "core_seconds": usage.ru_utime + usage.ru_stime, "mebibytes": usage.ru_maxrss / 1024}
    return {**took, "code": child.returncode, "stopped": stopped}


if __name__ == "__main__":
    print(json.dumps(watch(float(sys.argv[1]), sys.argv[2], sys.argv[3:])))
