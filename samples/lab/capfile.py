"""Reads the capture that dumpcap wrote and writes it again without a word about the machine that recorded it.

dumpcap puts hardware, system and its own build into a pcapng file. Kept are the blocks that are evidence: interfaces
(name, link type, time resolution), packets, and the counts of dropped packets.
"""

import struct

SHB, IDB, ISB, EPB = 0x0A0D0D0A, 1, 5, 6
IDB_KEPT = {2, 9}  # if_name, if_tsresol
ISB_KEPT = {
    2,
    3,
    4,
    5,
    6,
    7,
    8,
}  # isb_starttime, isb_endtime, isb_ifrecv, isb_ifdrop, isb_filteraccept, isb_osdrop, isb_usrdeliv
LINK_HEADER = {1: (14, 12), 276: (20, 0)}  # Ethernet, LINUX_SLL2: header length, place of the EtherType


def options(raw, kept):
    out, at = b"", 0
    while at + 4 <= len(raw):
        code, length = struct.unpack("<HH", raw[at : at + 4])
        if code == 0:
            break
        size = 4 + (length + 3) // 4 * 4
        if code in kept:
            out += raw[at : at + size]
        at += size
    return out + b"\0\0\0\0" if out else b""


def block(kind, body):
    total = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + total + body + total


def read(data):
    """(file bytes fit to publish, link type, [(time, frame)]), for a little-endian pcap or pcapng file."""
    if struct.unpack("<I", data[:4])[0] in (0xA1B2C3D4, 0xA1B23C4D):
        return read_pcap(data)
    out, frames, link, resolution, at = b"", [], None, 10**6, 0
    while at < len(data):
        kind, total = struct.unpack("<II", data[at : at + 8])
        body = data[at + 8 : at + total - 4]
        at += total
        if kind == SHB:
            out += block(SHB, body[:8] + struct.pack("<q", -1))
        elif kind == IDB:
            link = struct.unpack("<H", body[:2])[0]
            exponent = options(body[8:], {9})
            resolution = 10 ** exponent[4] if exponent else 10**6
            out += block(IDB, body[:8] + options(body[8:], IDB_KEPT))
        elif kind == EPB:
            _, high, low, size, _ = struct.unpack("<IIIII", body[:20])
            frames.append((((high << 32) | low) / resolution, body[20 : 20 + size]))
            out += block(EPB, body[: 20 + (size + 3) // 4 * 4])
        elif kind == ISB:
            out += block(ISB, body[:12] + options(body[12:], ISB_KEPT))
    return out, link, frames


def read_pcap(data):
    resolution = 10**9 if struct.unpack("<I", data[:4])[0] == 0xA1B23C4D else 10**6
    frames, at = [], 24
    while at < len(data):
        seconds, fraction, size, _ = struct.unpack("<IIII", data[at : at + 16])
        frames.append((seconds + fraction / resolution, data[at + 16 : at + 16 + size]))
        at += 16 + size
    return data, struct.unpack("<I", data[20:24])[0], frames


def ip_of(link, frame):
    length, place = LINK_HEADER[link]
    if frame[place : place + 2] not in (b"\x08\x00", b"\x86\xdd"):
        return None
    raw = frame[length:]
    size = 40 + struct.unpack("!H", raw[4:6])[0] if raw[0] >> 4 == 6 else struct.unpack("!H", raw[2:4])[0]
    return raw[:size]


def without_ttl(raw):
    """The packet with what every router changes set to nought, and its TTL."""
    if raw[0] >> 4 == 6:
        return raw[:7] + b"\0" + raw[8:], raw[7]
    return raw[:8] + b"\0" + raw[9:10] + b"\0\0" + raw[12:], raw[8]


def find_forged(link, frames, entries, hops):
    """Frame numbers of each logged packet: same bytes, TTL less the hops between injector and capture.

    Byte-identical packets of a burst take the frames in order; `hops` has one number for each place where the capture
    saw a passing packet, so one forged packet may be several frames."""
    seen = {}
    for number, (when, frame) in enumerate(frames, 1):
        raw = ip_of(link, frame)
        if raw:
            key, ttl = without_ttl(raw)
            seen.setdefault((key, ttl), []).append((when, number))
    found = []
    for entry in entries:
        key, ttl = without_ttl(bytes.fromhex(entry["ip"]))
        mine = []
        for n in hops:
            waiting = seen.get((key, ttl - n), [])
            if waiting and -0.05 < waiting[0][0] - entry["t"] < 5:
                mine.append(waiting.pop(0)[1])
        found.append(mine)
    return found
