"""Sends the frames of a capture out of an interface, at the pace at which they were captured.

play.py INTERFACE CAPTURE. pcapng with one Ethernet interface a section, as samples are; checksums and addresses stay."""

import socket
import struct
import sys
import time


def frames(data):
    resolution, at, order = 1e-6, 0, "<"
    while at + 12 <= len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(order + "II", data, at)
        if kind == 1:
            resolution, option = 1e-6, at + 16
            while option + 4 <= at + length - 4:
                code, size = struct.unpack_from(order + "HH", data, option)
                if code == 9:
                    power = data[option + 4]
                    resolution = 2.0 ** -(power & 127) if power & 128 else 10.0**-power
                if code == 0:
                    break
                option += 4 + (size + 3 & ~3)
        elif kind == 6:
            high, low, kept = struct.unpack_from(order + "III", data, at + 12)
            yield ((high << 32) + low) * resolution, data[at + 28 : at + 28 + kept]
        at += length


def main():
    interface, path = sys.argv[1:]
    with open(path, "rb") as file:
        data = file.read()
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((interface, 0))
    began, first = time.monotonic(), None
    for at, frame in frames(data):
        first = at if first is None else first
        wait = began + at - first - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        sock.send(frame)


if __name__ == "__main__":
    main()
