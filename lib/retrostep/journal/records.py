# SPDX-License-Identifier: MIT
"""Records: one event as a few bytes, and back. The only place that knows a record's layout.

in    events.Event, or a kind, a sample index and the values of its fields
out   kind u8, length u8, when i24 (samples after the block's index), fields; zeros at the end are not stored
from  docs/formats.md, "Record"
not   blocks (block.py); a reader on the computer takes LAYOUT and NAMES from here (retrostep_host.journal)
"""

import struct

from retrostep import events

_STEP = "<BBBHBHBBBB"
_BALANCE = "<BBBHBH"

# kind -> struct format of the fields after `when`
LAYOUT = {
    events.STEP: _STEP,
    events.STUMBLE: _BALANCE,
    events.FALL: _BALANCE,
    events.WOBBLE: _BALANCE,
    events.ALERT: "<BBB",
    events.BUTTON: "<B",
    events.LOG: "<BI",
    events.START: "<IBHB",
    events.END: "<BIIII",
    events.SETTING: "<BB",
    events.MOUNT: "<",
    events.CLOCK: "<QhB",
    events.RAW: "<BB",
    events.RELEASE: "<I",
    events.PLAN: "<B",
    events.INTERVAL: "<BBHHH",
    events.WALKTEST: "<BHBH",
}
# kinds whose fields are followed by bytes
_TAILED = (events.LOG, events.START, events.SETTING, events.MOUNT, events.RAW, events.RELEASE, events.PLAN)

_BALANCE_NAMES = ("frac flags confidence score quality decided", "")
# kind -> (names of the fields, name of the bytes that follow or ""): for the computer, a packed board holds none of it
NAMES = {
    events.STEP: ("frac flags confidence stride_ms quality length_mm length_sd_cm stance sagittal"
                  " contact_confidence", ""),
    events.STUMBLE: _BALANCE_NAMES,
    events.FALL: _BALANCE_NAMES,
    events.WOBBLE: _BALANCE_NAMES,
    events.ALERT: ("pattern cause failed", ""),
    events.BUTTON: ("press", ""),
    events.LOG: ("reason value", "text"),
    events.START: ("rate_mhz acc_range_g gyro_range_dps sensor", "firmware"),
    events.END: ("cause steps dropped measured_rate_mhz lost", ""),
    events.SETTING: ("id type", "value"),
    events.MOUNT: ("", "memory"),
    events.CLOCK: ("utc_us offset_min source", ""),
    events.RAW: ("cause encoding", "samples"),
    events.RELEASE: ("session", "sha1"),
    events.PLAN: ("version", "state"),
    events.INTERVAL: ("number direction planned_s done_s steps", ""),
    events.WALKTEST: ("number time_ms_div10 steps distance_cm", ""),
}

HEAD = 2  # kind, length
WHEN_MIN = -0x800000
WHEN_MAX = 0x7FFFFF
LONGEST = HEAD + 255  # bytes of the longest record
VIA_LINK = 128  # in the type of a SETTING: set over the link, so it survives boots


def _clamp(value, top):
    value = int(value + 0.5)
    return 0 if value < 0 else top if value > top else value


def flags(event):
    """Direction, inferred and contact of an Event in one byte."""
    return event.direction | (4 if event.inferred else 0) | event.contact << 3


def pack(out, kind, when, values=(), tail=b""):
    """Write one record to the start of `out` (LONGEST bytes are enough) and return its length.

    `when` in samples from the block's index, WHEN_MIN to WHEN_MAX; `values` in the order of LAYOUT.
    """
    layout = LAYOUT[kind]
    struct.pack_into("<BBHb", out, 0, kind, 0, when & 0xFFFF, when >> 16)
    size = 5
    if values:
        struct.pack_into(layout, out, size, *values)
        size += struct.calcsize(layout)
    if tail:
        out[size : size + len(tail)] = tail
        size += len(tail)
    elif kind not in _TAILED:
        while size > HEAD and out[size - 1] == 0:
            size -= 1
    out[1] = size - HEAD
    return size


def pack_event(out, event, base):
    """Write an Event of the engine (STEP, STUMBLE, FALL, WOBBLE) whose block's index is `base`."""
    if event.kind == events.STEP:
        values = (
            int(event.frac * 256) & 0xFF,
            flags(event),
            _clamp(event.confidence * 255, 255),
            _clamp(event.stride_s * 1000, 0xFFFF),
            event.quality & 0xFF,
            _clamp(event.length_m * 1000, 0xFFFF),
            _clamp(event.length_sd_m * 100, 255),
            _clamp(event.stance * 255, 255),
            _clamp(event.sagittal_rad * 100, 255),
            _clamp(event.contact_confidence * 255, 255),
        )
    else:
        values = (
            int(event.frac * 256) & 0xFF,
            flags(event),
            _clamp(event.confidence * 255, 255),
            _clamp(event.score * 100, 0xFFFF),
            event.quality & 0xFF,
            _clamp(event.decided - event.index, 0xFFFF),
        )
    return pack(out, event.kind, event.index - base, values)


def walk(block, start, end):
    """Yield (kind, payload start, payload length) of the records in block[start:end]. Stops at kind 0 and at a
    record that would run past `end`: whatever stands there is not a record."""
    while start + HEAD <= end and block[start]:
        size = block[start + 1]
        if start + HEAD + size > end:
            return
        yield block[start], start + HEAD, size
        start += HEAD + size


def unpack(kind, payload):
    """(when, values, tail bytes) of a payload (bytes) of a kind in LAYOUT. Missing bytes are zeros; bytes past
    the fields are ignored unless the kind has a tail."""
    layout = LAYOUT[kind]
    size = 3 + struct.calcsize(layout)
    tail = payload[size:] if kind in _TAILED else b""
    if len(payload) < size:
        payload = payload + bytes(size - len(payload))
    low, high = struct.unpack_from("<Hb", payload, 0)
    values = struct.unpack_from(layout, payload, 3) if len(layout) > 1 else ()
    return low + (high << 16), values, tail
