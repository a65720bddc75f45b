# Sends frames of 64 bytes (60 without the checksum) on an interface at a steady rate, and beside them the packets of a
# saved capture: flood.py INTERFACE RATE SECONDS FLOWS PCAPNG SPEED TURNS. FLOWS flows a second begin anew; the capture is
# played TURNS times. sendmmsg, because a call a frame is too slow; no queue (bypass), because what waits there is sent
# later.

import ctypes
import socket
import struct
import sys
import time

interface, rate, seconds, flows, capture, speed, turns = sys.argv[1:8]
rate, seconds, flows, speed, turns = int(rate), float(seconds), int(flows), float(speed), int(turns)
SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20
MOST = 1024


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class Msghdr(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.POINTER(Iovec)), ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int),
    ]


class Mmsghdr(ctypes.Structure):
    _fields_ = [("hdr", Msghdr), ("len", ctypes.c_uint32)]


out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
out.bind((interface, 0))
try:
    out.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
except OSError:
    pass
libc = ctypes.CDLL(None, use_errno=True)

# UDP from 10.1.x.y to 10.2.0.1, to an address of the link that nobody has: nothing answers
frames = (ctypes.c_ubyte * (60 * MOST))()
vectors = (Iovec * MOST)()
messages = (Mmsghdr * MOST)()
base = ctypes.addressof(frames)
plain = bytearray(60)
plain[0:14] = bytes.fromhex("02000000aa0202000000aa010800")
plain[14:34] = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 46, 0, 0x4000, 64, 17, 0, socket.inet_aton("10.1.0.1"), socket.inet_aton("10.2.0.1"))
plain[34:42] = struct.pack("!HHHH", 1024, 9, 26, 0)
for i in range(MOST):
    frames[60 * i:60 * i + 60] = plain
    vectors[i] = Iovec(base + 60 * i, 60)
    messages[i].hdr.iov = ctypes.pointer(vectors[i])
    messages[i].hdr.iovlen = 1


def name(i, flow):
    """Who sends frame i: an address and a port for each flow."""
    at = 60 * i
    frames[at + 28], frames[at + 29] = 1 + (flow >> 22 & 127), flow >> 14 & 255
    port = 1024 + (flow & 0x3FFF)
    frames[at + 34], frames[at + 35] = port >> 8, port & 255


replayed = []
data = open(capture, "rb").read()
at = 0
while at < len(data):
    kind, total = struct.unpack_from("<II", data, at)
    if kind == 6:
        _, high, low, length = struct.unpack_from("<IIII", data, at + 8)
        replayed.append(((high << 32 | low) / 1e9, data[at + 28:at + 28 + length]))
    at += total
origin = replayed[0][0]
# Connections that ended are followed for a few seconds more: before that the same ones would go on
lasts = (replayed[-1][0] - origin) / speed + 6

for i in range(MOST):
    name(i, i % max(1, flows))
sent = begun = 0
start = time.monotonic()
turn, next_replayed = 0, 0
while True:
    now = time.monotonic() - start
    if now >= seconds:
        break
    # The names of a few frames change, so that flows begin and others end
    while flows and begun < now * flows:
        name(begun % MOST, begun)
        begun += 1
    while turn < turns and now >= turn * lasts + (replayed[next_replayed][0] - origin) / speed:
        try:
            out.send(replayed[next_replayed][1])
        except OSError:
            pass
        next_replayed += 1
        if next_replayed == len(replayed):
            turn, next_replayed = turn + 1, 0
    due = int(now * rate) - sent
    if due <= 0:
        time.sleep(0.0005)
        continue
    done = libc.sendmmsg(out.fileno(), messages, min(MOST, due), 0)
    if done > 0:
        sent += done
    else:
        time.sleep(0.0005)
