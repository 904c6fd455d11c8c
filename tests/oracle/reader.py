# SPDX-License-Identifier: MIT
"""Reader: written from docs/formats.md alone. Imports nothing of Retrostep; the tests hold it against ours.

in    two mirrors (bytes), or the bytes of one session, or a frame
out   plain dicts and tuples
"""

import struct
import zlib

SIGNED = {"i24", "i16", "i32"}
DIRECTIONS = ["unknown", "forward", "backward", "sideways"]
# kind -> fields after `when`, as the table in formats.md lists them, and the name of what follows
FIELDS = {
    1: ("u8 frac u8 flags u8 confidence u16 stride_ms u8 quality u16 length_mm u8 length_sd_cm u8 stance u8 sagittal "
        "u8 contact_confidence", None),
    2: ("u8 frac u8 flags u8 confidence u16 score u8 quality u16 decided", None),
    3: ("u8 frac u8 flags u8 confidence u16 score u8 quality u16 decided", None),
    4: ("u8 frac u8 flags u8 confidence u16 score u8 quality u16 decided", None),
    16: ("u8 pattern u8 cause u8 failed", None),
    17: ("u8 press", None),
    18: ("u8 reason u32 value", "text"),
    19: ("u32 rate_mhz u8 acc_range_g u16 gyro_range_dps u8 sensor", "firmware"),
    20: ("u8 cause u32 steps u32 dropped u32 measured_rate_mhz u32 lost", None),
    21: ("u8 id u8 type", "value"),
    22: ("", "memory"),
    23: ("u64 utc_us i16 offset_min u8 source", None),
    24: ("u8 cause u8 encoding", "samples"),
    25: ("u32 session", "sha1"),
    26: ("u8 version", "state"),
    27: ("u8 number u8 direction u16 planned_s u16 done_s u16 steps", None),
    28: ("u8 number u16 time_ms_div10 u8 steps u16 distance_cm", None),
}  # fmt: skip


def number(data, kind):
    return int.from_bytes(data, "little", signed=kind in SIGNED)


def block(data):
    """The header of 512 bytes as a dict, with its records, or None."""
    if len(data) != 512 or data[:4] != b"RSJB" or data[4] not in (1, 2):
        return None
    if zlib.crc32(data[:508]) != number(data[508:], "u32"):
        return None
    names = ["session", "boot", "seq", "nth"]
    head = dict(zip(names, struct.unpack("<4I", data[16:32]), strict=True))
    head["used"] = number(data[6:8], "u16")
    head["device"] = data[8:16].hex()
    head["index"] = number(data[32:40], "u64")
    head["utc_us"] = number(data[40:48], "u64")
    head["offset_min"] = number(data[48:50], "i16")
    head["battery_mv"] = number(data[50:52], "u16")
    head["stop"], head["flags"] = data[52], data[53]
    head["rate"] = number(data[54:56], "u16") / 100
    start, end = data[5], data[5] + head["used"]
    if start < (60 if data[4] == 1 else 64) or end > 508:
        return None
    head["number"] = data[56:64].hex() if data[4] > 1 else "00" * 8
    head["records"] = list(records(data[start:end], head["index"]))
    return head


def records(data, index):
    """(kind, sample index, fields) of each record."""
    at = 0
    while at + 2 <= len(data) and data[at] != 0:
        kind, length = data[at], data[at + 1]
        payload = data[at + 2 : at + 2 + length]
        if len(payload) < length:
            return
        at += 2 + length
        when = number(payload[:3].ljust(3, b"\0"), "i24")
        fields = {}
        if kind in FIELDS:
            words, tail = FIELDS[kind]
            words = words.split()
            place = 3
            for type_, name in zip(words[::2], words[1::2], strict=True):
                size = int(type_[1:]) // 8
                fields[name] = number(payload[place : place + size].ljust(size, b"\0"), type_)
                place += size
            if tail:
                fields[tail] = payload[place:]
        yield kind, index + when, fields


def union(mirrors):
    """Blocks of both mirrors by position: the best of each, in the order of seq. Not for numbers that wrapped."""
    count = len(mirrors[0]) // 512
    best = {}
    for mirror in mirrors:
        for position in range(count):
            found = block(bytes(mirror[position * 512 : position * 512 + 512]))
            if found and found["seq"] % count == position:
                old = best.get(position)
                rank = (found["seq"], found["boot"], found["used"])
                if old is None or rank > (old["seq"], old["boot"], old["used"]):
                    best[position] = found
    return sorted(best.values(), key=lambda one: one["seq"])


def sessions(mirrors):
    """session -> its blocks in the order of nth, released ones left out."""
    found, released = {}, set()
    for one in union(mirrors):
        for kind, _, fields in one["records"]:
            if kind == 25:
                released.add(fields["session"])
        if one["session"] and one["used"]:
            found.setdefault(one["session"], []).append(one)
    return {s: sorted(b, key=lambda one: one["nth"]) for s, b in found.items() if s not in released}


def lost_tail(mirrors):
    """(session, nth) of a block that is known to have been on flash because an empty one comes after it, or None."""
    blocks = union(mirrors)
    there = {(one["session"], one["nth"]) for one in blocks}
    for one in blocks:
        if one["session"] and not one["used"] and (one["session"], one["nth"] - 1) not in there:
            return one["session"], one["nth"] - 1
    return None


def steps(blocks):
    """(index, frac/256, direction, inferred, confidence/255) of every step of a session, in order of time."""
    found = []
    for one in blocks:
        for kind, index, f in one["records"]:
            if kind == 1:
                found.append((index, f["frac"], DIRECTIONS[f["flags"] & 3], bool(f["flags"] & 4), f["confidence"]))
    return sorted(found)


def end(blocks):
    """(is complete, cause of the END or None)."""
    whole = [one["nth"] for one in blocks] == list(range(len(blocks)))
    causes = [f["cause"] for kind, _, f in blocks[-1]["records"] if kind == 20]
    return whole and bool(causes), causes[0] if causes else None


def frame(data):
    """(verb, id, payload) of a frame between its zeros, or None."""
    body, at = bytearray(), 0
    while at < len(data):
        code = data[at]
        if code in (0, 0xFF) or at + code > len(data):
            return None
        body += data[at + 1 : at + code]
        at += code
        if at < len(data):
            body.append(0)
    if not 7 <= len(body) <= 251 or zlib.crc32(body[:-4]) != number(body[-4:], "u32"):
        return None
    return body[0], number(body[1:3], "u16"), bytes(body[3:-4])
