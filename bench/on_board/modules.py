# SPDX-License-Identifier: MIT
"""Runs on the board as code.py: imports one module after the other, those it needs first, and makes the firmware's
objects; prints what each takes of the heap. bench/device.py puts the list of modules in, and reads what it prints.

A class is measured by wrapping its __init__; what the objects it makes take is taken off. Making everything needs more
heap than is left with the wrappers, so the engine is made before the rest is imported.
"""
import gc
import json
import sys
import time

MODULES = ()  # bench/device.py
inside = []


def free():
    gc.collect()
    gc.collect()
    return gc.mem_free()


def say(kind, name, size):
    print("BENCH " + json.dumps({"kind": kind, "name": name, "bytes": size}))


def wrap(kind, name):
    make = kind.__init__

    def measured(*args, **options):
        before = free()
        inside.append(0)
        make(*args, **options)
        size = before - free()
        own = size - inside.pop()
        if inside:
            inside[-1] += size
        say("object", name, own)

    kind.__init__ = measured


def engine():
    for name in sorted(sys.modules):
        if name.startswith("retrostep."):
            for key in dir(sys.modules[name]):
                kind = getattr(sys.modules[name], key)
                if isinstance(kind, type) and "__init__" in dir(kind) and not hasattr(kind, "bench_seen"):
                    try:
                        kind.bench_seen = True
                        wrap(kind, name + "." + key)
                    except (AttributeError, TypeError):
                        pass
    from retrostep.engine import Engine

    Engine("ankle", None)


began = time.monotonic()
for name in MODULES:
    before = free()
    try:
        __import__(name)
    except (ImportError, AttributeError) as error:
        print(name, repr(error))
        continue
    say("module", name, before - free())
engine()
print("BENCH-DONE")
