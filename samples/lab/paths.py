"""Transfers of real stacks over lines drawn by a seed: what slows them is a queue, chance, a pause, a slow end, or a policer.

    client - wire - server

The wire is ours: it loses, queues, drops early, reorders, fades, pauses, polices and shapes, and counts what its policer
dropped; that count is the only source of the truth. Both ends are recorded. Nothing of the samples is written.

Usage: paths.py SEED FOLDER [SECONDS], in namespaces made as drawn.sh makes them. FOLDER then has client.pcapng,
server.pcapng and truth.json: {"kind": ..., "policed": {"<address>:<port>:<client's port>": packets dropped}}.
"""

import contextlib
import ctypes
import heapq
import json
import math
import os
import random
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

from lab import run

CLIENT, WIRE, SERVER = "client", "wire", "server"
HOME = "192.168.1.34"
ADDRESSES = ["93.184.215.14", "151.101.2.132", "185.15.59.224"]
TARGETS = [
    ("news.example.org", ADDRESSES[0]),
    ("shop.example.com", ADDRESSES[0]),
    ("forum.example.net", ADDRESSES[1]),
    ("en.wikipedia.org", ADDRESSES[2]),
]
SINGLED_OUT = "news.example.org"
MACS = {CLIENT: "02:00:5e:00:00:01", SERVER: "02:00:5e:00:00:02"}
KINDS = """plain lossy wifi reorder droptail deep shallow tiny-queue codel fair fading outage satellite pacing reader stalls
    upload contract police-name police-address shape-name""".split()
TO_CLIENT = 1
CONGESTION = 13  # TCP_CONGESTION of linux/tcp.h
MTU_FRAME = 4096


def draw(seed):
    """The line: rate in bytes a second, delay one way in seconds, room of the queue in bytes, and what else it does."""
    dice = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    megabits = dice.choice([0.25, 0.4, 0.6, 1, 1.5, 2, 3, 5, 8])
    if kind.startswith(("police", "shape")):
        megabits = dice.choice([3, 5, 8])
    rate = megabits * 125_000
    delay = 0.3 if kind == "satellite" else dice.choice([4, 10, 20, 40, 75, 150]) / 1000
    product = max(rate * 2 * delay, 6_000)
    line = {
        "kind": kind,
        "rate": rate,
        "delay": delay,
        "room": product * dice.uniform(0.7, 2),
        "jitter": dice.choice([0, 0, 0.2, 2, 8]) / 1000,
        "loss": 0,
        "bad": None,  # chances that a bad time begins, that it ends, and of loss in it
        "grouped": 0,  # frames leave at multiples of so many seconds, as radios send them
        "overtaken": 0,
        "early": False,  # drops before the queue is full, in the manner of CoDel (RFC 8289)
        "fair": False,  # a queue for each connection
        "fade": None,  # period in seconds and depth of a rate that comes and goes
        "pauses": [],  # from when, how long, whether what comes meanwhile waits
        "police": None,  # whom, bytes a second, burst
        "shape": None,  # bytes a second, room
    }
    bursts = [10_000, 30_000, 60_000, 100_000]
    if kind == "lossy":
        line["loss"] = dice.choice([0.003, 0.01, 0.02, 0.03, 0.05])
    elif kind == "wifi":
        line["grouped"] = dice.choice([2, 5, 10, 20, 40]) / 1000
        line["bad"] = (dice.choice([0.002, 0.005]), dice.choice([0.3, 0.6]), 0.6)
    elif kind == "reorder":
        line["overtaken"] = dice.choice([0.005, 0.02, 0.05])
    elif kind == "deep":
        line["room"] = rate * dice.uniform(1, 4)
    elif kind == "shallow":
        line["room"] = max(3_500, product * dice.uniform(0.1, 0.4))
    elif kind == "tiny-queue":
        line["room"] = dice.choice([3_000, 4_600, 6_100, 9_000, 15_000, 30_000])
    elif kind == "codel":
        line.update(early=True, room=rate * 2)
    elif kind == "fair":
        line.update(fair=True, room=rate / 2)
    elif kind == "fading":
        line.update(fade=(dice.uniform(0.5, 6), dice.uniform(0.5, 0.98)), room=rate * dice.uniform(0.05, 1))
    elif kind == "outage":
        line["pauses"] = [(dice.uniform(3, 15), dice.uniform(0.5, 9), dice.random() < 0.4) for _ in range(2)]
    elif kind == "contract":
        line["police"] = ("all", rate * dice.choice([0.3, 0.6]), dice.choice([8_000, 15_000, 30_000, 60_000, 150_000]))
    elif kind == "police-name":
        line["police"] = ("name", dice.choice([16_000, 20_000, 40_000, 60_000, 100_000]), dice.choice(bursts))
    elif kind == "police-address":
        line["police"] = ("address", dice.choice([20_000, 40_000, 60_000, 100_000]), dice.choice(bursts))
    elif kind == "shape-name":
        line["shape"] = (dice.choice([16_000, 20_000, 40_000, 60_000]), dice.choice([30_000, 60_000, 150_000]))
    return line


def build(seed):
    dice = random.Random(-seed)
    for name in (CLIENT, WIRE, SERVER):
        run("ip", "netns", "add", name)
    for name, interface in ((CLIENT, "w0"), (SERVER, "w1")):
        ends = ["eth0", "netns", name, "address", MACS[name], "type", "veth", "peer", "name", interface, "netns", WIRE]
        run("ip", "link", "add", *ends)
    for name, interface in ((CLIENT, "eth0"), (SERVER, "eth0"), (WIRE, "w0"), (WIRE, "w1")):
        code = "import sys; sys.path[:0] = [%r]; import lab; lab.plain_offloads(%r)" % (sys.path[0], interface)
        run("ip", "netns", "exec", name, sys.executable, "-c", code)
        run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.%s.disable_ipv6=1" % interface)
        run("ip", "-n", name, "link", "set", interface, "up")
    gateway, beyond = "192.168.1.1", "10.255.0.1"
    run("ip", "-n", CLIENT, "address", "add", HOME + "/24", "dev", "eth0")
    run("ip", "-n", CLIENT, "neighbour", "add", gateway, "lladdr", MACS[SERVER], "dev", "eth0")
    run("ip", "-n", CLIENT, "route", "add", "default", "via", gateway)
    for address in ADDRESSES:
        run("ip", "-n", SERVER, "address", "add", address + "/32", "dev", "eth0")
    run("ip", "-n", SERVER, "neighbour", "add", beyond, "lladdr", MACS[CLIENT], "dev", "eth0")
    run("ip", "-n", SERVER, "route", "add", "default", "via", beyond, "dev", "eth0", "onlink")
    settings = [(SERVER, "ip_default_ttl=%d" % dice.choice([49, 52, 57, 118, 245]))]
    for name, setting, chance in ((SERVER, "tcp_sack=0", 0.15), (SERVER, "tcp_timestamps=0", 0.2), (CLIENT, "tcp_ecn=1", 0.2)):
        if dice.random() < chance:
            settings.append((name, setting))
    for name, setting in settings:
        run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv4." + setting)


def enter(name):
    descriptor = os.open("/run/netns/" + name, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0):
        raise OSError(ctypes.get_errno(), "setns " + name)
    os.close(descriptor)


class Wire:
    def __init__(self, line, seed):
        enter(WIRE)
        self.line, self.dice = line, random.Random(seed * 7 + 1)
        self.ends = [self.open("w0"), self.open("w1")]
        self.queue, self.number = [], 0
        self.start = time.monotonic()
        self.free = {}  # when the line is free again, by queue
        self.latest = [0, 0]
        self.bad = [False, False]
        self.tokens, self.shaped, self.caught = {}, {}, set()
        self.late = None  # since when packets wait too long, how many were dropped for it, when the next is
        self.policed = {}

    @staticmethod
    def open(interface):
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        made.bind((interface, 0))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        made.setblocking(False)
        return made

    def flow_of(self, ip, way):
        """Server's address, its port, the client's port; and the payload."""
        head = (ip[0] & 15) * 4
        source, destination = struct.unpack_from("!HH", ip, head)
        server = (ip[16:20], destination, source) if way != TO_CLIENT else (ip[12:16], source, destination)
        return server, ip[head + (ip[head + 12] >> 4) * 4 :]

    def passes(self, way, now, flow, size):
        """What befalls a frame before the queue."""
        line, dice = self.line, self.dice
        if line["bad"]:
            begin, end, loss = line["bad"]
            self.bad[way] = dice.random() >= end if self.bad[way] else dice.random() < begin
            if self.bad[way] and dice.random() < loss:
                return False
        if dice.random() < line["loss"] * (1 if way == TO_CLIENT else 0.3):
            return False
        if way != TO_CLIENT or not line["police"]:
            return True
        who, rate, burst = line["police"]
        bucket = {
            "all": "all",
            "name": flow if flow in self.caught else None,
            "address": flow[0] if flow[0] == socket.inet_aton(ADDRESSES[0]) else None,
        }[who]
        if bucket is None:
            return True
        left, since = self.tokens.get(bucket, (burst, now))
        left = min(burst, left + (now - since) * rate)
        self.tokens[bucket] = (left - size if left >= size else left, now)
        if left < size:
            self.policed[flow] = self.policed.get(flow, 0) + 1
        return left >= size

    def leaves(self, way, now, flow, size):
        """When a frame has left the queue; None where it found no room."""
        line = self.line
        begin = now
        if way == TO_CLIENT and line["shape"] and flow in self.caught:
            rate, room = line["shape"]
            begin = max(now, self.shaped.get(flow, 0))
            if (begin - now) * rate > room:
                return None
            self.shaped[flow] = begin + size / rate
            return self.shaped[flow]
        rate, room = line["rate"], line["room"]
        if way != TO_CLIENT:
            rate, room = max(rate * (0.5 if line["kind"] == "upload" else 0.3), 40_000), max(room, 20_000)
        if line["fade"]:
            period, depth = line["fade"]
            rate = max(4_000, rate * (1 - depth * (1 + math.sin(2 * math.pi * (now - self.start) / period)) / 2))
        queue = (way, flow if line["fair"] else None)
        begin = max(now, self.free.get(queue, 0))
        if (begin - now) * rate > room or (line["early"] and self.drops_early(begin - now, now)):
            return None
        self.free[queue] = begin + size / rate
        return self.free[queue]

    def drops_early(self, waited, now):
        if waited < 0.005:
            self.late = None
            return False
        if self.late is None:
            self.late = [now, 0, 0]
        since, count, again = self.late
        if now - since < 0.1 or now < again:
            return False
        self.late = [since, count + 1, now + 0.1 / math.sqrt(count + 1)]
        return True

    def take(self, way, frame):
        line, now = self.line, time.monotonic()
        held = 0
        for begin, length, waits in line["pauses"]:
            if begin <= now - self.start < begin + length:
                if not waits:
                    return
                held = max(held, begin + length - (now - self.start))
        if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
            return
        flow, payload = self.flow_of(frame[14:], way)
        if way != TO_CLIENT and SINGLED_OUT.encode() in payload[:700]:
            self.caught.add(flow)
        if not self.passes(way, now, flow, len(frame)):
            return
        left = self.leaves(way, now, flow, len(frame))
        if left is None:
            return
        when = left + line["delay"] + held + self.dice.expovariate(1) * line["jitter"]
        if line["grouped"]:
            when = math.ceil(when / line["grouped"]) * line["grouped"]
        if self.dice.random() < line["overtaken"]:
            when += self.dice.uniform(0.001, 0.02)
        elif not line["fair"] and not (line["shape"] and flow in self.caught):
            when = self.latest[way] = max(when, self.latest[way])
        self.number += 1
        heapq.heappush(self.queue, (when, self.number, self.ends[1 - way], frame))

    def run(self):
        while True:
            now = time.monotonic()
            while self.queue and self.queue[0][0] <= now:
                _, _, end, frame = heapq.heappop(self.queue)
                with contextlib.suppress(OSError):
                    end.send(frame)
            wait = max(0, min(self.queue[0][0] - time.monotonic(), 0.5)) if self.queue else 0.5
            for end in select.select(self.ends, [], [], wait)[0]:
                for _ in range(128):
                    try:
                        frame, source = end.recvfrom(MTU_FRAME)
                    except BlockingIOError:
                        break
                    if source[2] != socket.PACKET_OUTGOING:
                        self.take(self.ends.index(end), frame)


def wire(line, seed, path):
    made = Wire(line, seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        made.run()
    finally:
        told = lambda flow: "%s:%d:%d" % (socket.inet_ntoa(flow[0]), flow[1], flow[2])  # noqa: E731
        policed = {told(flow): count for flow, count in made.policed.items()}
        with open(path, "w") as file:
            json.dump({"kind": line["kind"], "line": line, "policed": policed}, file)


def answer(connection, encrypted):
    with contextlib.suppress(OSError, ssl.SSLError, ValueError):
        if encrypted:
            connection = encrypted.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as lines:
            while request := lines.readline():
                length = 0
                while (line := lines.readline()) not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                asked = json.loads(bytes.fromhex(request.split()[1][1:].decode()))
                while length > 0 and (got := lines.read(min(length, 65_536))):
                    length -= len(got)
                connection.setsockopt(socket.IPPROTO_TCP, CONGESTION, asked["control"].encode())
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % asked["bytes"])
                begun, sent, stall = time.monotonic(), 0, asked.get("stall", 0)
                while sent < asked["bytes"]:
                    piece = os.urandom(min(asked["bytes"] - sent, asked.get("piece", 16_384)))
                    connection.sendall(piece)
                    sent += len(piece)
                    if stall and sent > asked["bytes"] / 3:
                        time.sleep(stall)
                        stall = 0
                    if "pace" in asked:
                        time.sleep(max(0, begun + sent / asked["pace"] - time.monotonic()))


def serve(folder):
    enter(SERVER)
    encrypted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    encrypted.load_cert_chain(os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem"))

    def listen(port, context):
        listener = socket.create_server(("0.0.0.0", port), backlog=64)
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0], context), daemon=True).start()

    threading.Thread(target=listen, args=(443, encrypted), daemon=True).start()
    listen(80, None)


def fetch(name, address, encrypted, asked, upload, pace):
    """One transfer. `pace`: bytes a second that the program reads, 0 for all there is."""
    with contextlib.suppress(OSError, ssl.SSLError):
        connection = socket.socket()
        connection.settimeout(20)
        if pace:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, min(pace, 65_536))
        connection.connect((address, 443 if encrypted else 80))
        if encrypted:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = context.wrap_socket(connection, server_hostname=name)
        with connection:
            head = "%s /%s HTTP/1.1\r\nHost: %s\r\n" % ("POST" if upload else "GET", json.dumps(asked).encode().hex(), name)
            connection.sendall((head + ("Content-Length: %d\r\n" % upload if upload else "") + "\r\n").encode())
            connection.sendall(os.urandom(upload))
            got, end = 0, time.monotonic() + 25
            while got < asked["bytes"] and time.monotonic() < end and (piece := connection.recv(16_384)):
                got += len(piece)
                if pace:
                    time.sleep(len(piece) / pace)


def visit(line, seed, seconds):
    enter(CLIENT)
    dice, end = random.Random(seed * 3 + 2), time.monotonic() + seconds
    slowest = min(line["rate"], line["police"][1]) if line["police"] else line["rate"] * 0.9
    mostly_encrypted, at_once = dice.random(), dice.random() < 0.35
    running = []
    for _ in range(dice.randint(3, 7)):
        asked = {"control": dice.choice(["cubic", "bbr", "reno"]), "bytes": dice.choice([40_000, 100_000, 200_000])}
        if dice.random() < 0.6:
            asked["bytes"] = int(min(4e6, max(150_000, slowest * dice.uniform(5, 14))))
        upload = pace = 0
        peculiar = dice.random() < 0.7
        if peculiar and line["kind"] == "pacing":
            asked.update(pace=dice.choice([8_000, 16_000, 30_000, 60_000]), piece=dice.choice([2_000, 16_000, 64_000, 250_000]))
            asked["bytes"] = min(asked["bytes"], asked["pace"] * 12)
        elif peculiar and line["kind"] == "reader":
            pace = dice.choice([8_000, 20_000, 50_000, 100_000])
            asked["bytes"] = min(asked["bytes"], pace * 12)
        elif peculiar and line["kind"] == "stalls":
            asked["stall"] = dice.choice([3, 6, 12])
        elif peculiar and line["kind"] == "upload":
            upload, asked["bytes"] = min(asked["bytes"], 300_000), 2
        wish = (*dice.choice(TARGETS), dice.random() < mostly_encrypted, asked, upload, pace)
        running.append(threading.Thread(target=fetch, args=wish))
        running[-1].start()
        if at_once:
            time.sleep(dice.uniform(0.1, 3))
        else:
            running[-1].join()
            time.sleep(dice.uniform(0, 1))
        if time.monotonic() > end:
            break
    for one in running:
        one.join()


def fork(work, *arguments):
    child = os.fork()
    if child == 0:
        try:
            work(*arguments)
        finally:
            os._exit(0)
    return child


def main():
    seed, folder, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 60
    line = draw(seed)
    build(seed)
    pair = ["-keyout", os.path.join(folder, "key.pem"), "-out", os.path.join(folder, "certificate.pem")]
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *pair, "-subj", "/CN=example.org")
    recorders = []
    for name in (CLIENT, SERVER):
        command = ["dumpcap", "-q", "-i", "eth0", "-s", "400", "-B", "16", "-w", os.path.join(folder, name + ".pcapng")]
        recorders.append(subprocess.Popen(["ip", "netns", "exec", name, *command], stderr=subprocess.DEVNULL))
    between = fork(wire, line, seed, os.path.join(folder, "truth.json"))
    server = fork(serve, folder)
    time.sleep(1.2)
    os.waitpid(fork(visit, line, seed, seconds), 0)
    time.sleep(1)
    os.kill(between, signal.SIGTERM)
    os.kill(server, signal.SIGKILL)
    os.waitpid(between, 0)
    for recorder in recorders:
        recorder.terminate()
    for recorder in recorders:
        recorder.wait(10)


if __name__ == "__main__":
    main()
