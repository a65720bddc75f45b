"""What no router of the kernel can play: two links with delay, jitter and loss, and the censor.

    client side router --[link A]-- ... censor hop --[link B]-- transit routers

Link A carries every frame between two routers after a delay. Link B does the same with a delay that depends on the far
address, and is where a censor that sits IN the path swallows packets. A censor BESIDE the path reads copies at the
censor hop's interface and can only add packets. Whatever a censor forges or drops is logged, one JSON object a line,
before it happens: that log is the only source of the truth written down with a sample.

Usage: fabric.py CONFIG.json (written by lab.py), run as root; ends on SIGTERM.
"""

import ctypes
import heapq
import ipaddress
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import time

from packet import (
    ACK,
    FIN,
    PSH,
    RST,
    SYN,
    Packet,
    cipher_suites,
    dns_question,
    fully_encrypted,
    http_host,
    pack_address,
    packet_of,
    quic_name,
    server_name,
    show_address,
    tcp_packet,
    tunnel_of,
    udp_packet,
)

LIBC = ctypes.CDLL(None, use_errno=True)
FLAGS = {"R": RST, "A": ACK, "F": FIN, "P": PSH}
OUTGOING = 4  # PACKET_OUTGOING of linux/if_packet.h
REFUSALS = {socket.IPPROTO_ICMP: b"\x03\x0d", socket.IPPROTO_ICMPV6: b"\x01\x01"}
ROUTE = -1  # in the log, in the place of a rule's number: the kernel's route of kind `prohibit` did it


def socket_in(namespace, interface, protocol=3):
    """A packet socket on an interface of another network namespace; a socket stays where it was made.

    Protocol 3 (ETH_P_ALL) reads every frame, 0 none: for sending only."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/" + namespace, os.O_RDONLY)
    try:
        if LIBC.setns(there, 0):
            raise OSError(ctypes.get_errno(), "setns " + namespace)
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        made.bind((interface, protocol))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        made.setblocking(False)
        return made
    finally:
        LIBC.setns(home, 0)
        os.close(home)
        os.close(there)


def suffix_match(name, patterns):
    return name is not None and any(name == p or name.endswith("." + p) for p in patterns)


class Censor:
    """What the rules of one sample say about a packet that passes the censor hop."""

    def __init__(self, rules, log, seed):
        self.rules, self.log = rules, log
        self.random = random.Random(seed)
        self.flows = {}  # flows that a rule has caught
        self.shut = {}  # the same of rules in the path: from when, until when, because of what
        self.spoke = set()  # flows whose client has said something
        self.held = 0  # seconds by which a shaper holds back the packet asked about last
        self.punished = {}  # client, address and port, with whom, until when and by which rule
        self.forged = set()  # own packets towards a server pass link B as well

    def write(self, act, rule, name, raw, **more):
        entry = {"t": time.time(), "act": act, "rule": rule, "name": name, **more, "ip": raw.hex()}
        self.log.write(json.dumps(entry) + "\n")
        self.log.flush()

    def trigger(self, packet, rule):
        """The name or address that this packet says and the rule looks for."""
        tcp, udp = packet.proto == socket.IPPROTO_TCP, packet.proto == socket.IPPROTO_UDP
        if "sni" in rule and tcp and packet.payload:
            name = server_name(packet.payload)
            return name if suffix_match(name, rule["sni"]) else None
        if "ciphers" in rule and tcp and packet.payload:
            if cipher_suites(packet.payload) != rule["ciphers"]:
                return None
            # A program that makes up names is known by another.
            return rule.get("as", server_name(packet.payload))
        if "host" in rule and tcp and packet.payload:
            name = http_host(packet.payload)
            return name if suffix_match(name, rule["host"]) else None
        if "quic" in rule and udp and packet.dport == 443:
            name = quic_name(packet.payload)
            return name if suffix_match(name, rule["quic"]) else None
        if "encrypted" in rule and tcp and packet.payload and packet.flow not in self.spoke:
            there = show_address(packet.dst)
            return there if there in rule["encrypted"] and fully_encrypted(packet.payload) else None
        if "tunnels" in rule and packet.payload and packet.flow not in self.spoke:
            protocol = tunnel_of(packet.payload, packet.proto)
            return protocol if protocol in rule["tunnels"] else None
        if "contains" in rule and tcp:
            return next((text for text in rule["contains"] if text.encode() in packet.payload), None)
        if "qname" in rule and udp and packet.dport == 53:
            asked = dns_question(packet.payload)
            return asked[0] if asked and suffix_match(asked[0].lower(), rule["qname"]) else None
        if "syn" in rule and tcp and packet.flags & (SYN | ACK) == SYN:
            for address, port in rule["syn"]:
                if packet.dst == pack_address(address) and packet.dport == port:
                    return address
        return None

    def forge(self, index, name, packet):
        """The packets that this rule forges about a trigger: (delay in s, to client or server, bytes)."""
        rule, made = self.rules[index], []
        for spec in rule.get("forge", []):
            ttl = spec["ttl"]
            if ttl == "copy":
                ttl = packet.ttl
            elif isinstance(ttl, list):
                ttl = self.random.randint(*ttl)
            ipid = {"mirror": packet.ipid, "zero": 0}.get(spec["ipid"], self.random.randint(0x00A3, 0xFE5F))
            window = spec["window"]
            if window == "mirror":
                window = packet.window
            elif isinstance(window, dict):
                window = ttl + window["ttlPlus"]
            delay = self.random.uniform(*spec["delayMs"]) / 1000
            df = spec.get("df", True)
            if "answer" in spec:
                asked = dns_question(packet.payload)
                kind = {1: "A", 28: "AAAA"}.get(asked[1])
                if kind in spec["answer"]:
                    data = pack_address(spec["answer"][kind])
                    message = (
                        packet.payload[:2]
                        + struct.pack("!HHHHH", spec["flags"], 1, 1, 0, 0)
                        + packet.payload[12 : asked[2]]
                        + struct.pack("!HHHIH", 0xC00C, asked[1], 1, spec["rrTtl"], len(data))
                        + data
                    )
                    forged = udp_packet(packet.dst, 53, packet.src, packet.sport, message, ttl, ipid, df)
                    made.append((delay, "client", forged))
                continue
            flags = sum(FLAGS[letter] for letter in spec["flags"])
            payload = spec.get("payload", "").encode("latin-1")
            end = packet.seq + len(packet.payload) + (1 if packet.flags & SYN else 0)
            for n in range(spec.get("count", 1)):
                at = delay + n * spec.get("gapMs", 0.1) / 1000
                for side in spec["to"]:
                    if side == "client":
                        ends = (packet.dst, packet.dport, packet.src, packet.sport)
                        seq, ack = packet.ack, end
                    else:
                        ends = (packet.src, packet.sport, packet.dst, packet.dport)
                        # A server that never got the trigger takes a reset only where the trigger would have begun.
                        seq, ack = packet.seq if rule["place"] == "inside" else end, packet.ack
                    forged = tcp_packet(*ends, seq, ack if flags & ACK else 0, flags, window, ttl, ipid, df, payload)
                    made.append((at, side, forged))
        return made

    def beside(self, packet):
        """Off the path: what to forge about a copy of a packet towards the servers."""
        made, place = [], (packet.src, packet.dst, packet.dport)
        if packet.flags & (SYN | ACK) == SYN and self.punished.get(place, (0,))[0] > time.monotonic():
            index = self.punished[place][1]
            name = show_address(packet.dst)
            made += [(index, name, *one) for one in self.forge(index, name, packet)]
        for index, rule in enumerate(self.rules):
            if rule["place"] == "beside":
                name = self.trigger(packet, rule)
                if name is not None:
                    made += [(index, name, *one) for one in self.forge(index, name, packet)]
                    if "residual" in rule:
                        self.punished[place] = (time.monotonic() + rule["residual"], index)
        return made

    def inside(self, packet, outward):
        """In the path: whether the packet passes, and what is forged because of it."""
        self.held = 0
        if packet.raw in self.forged:
            return True, []
        place = (packet.proto, packet.src, packet.dst, packet.dport)
        if place in self.shut and self.shut[place][0] <= time.monotonic() < self.shut[place][1]:
            self.write("drop", *self.shut[place][2:], packet.raw, side="server")
            return False, []
        state = self.flows.get(packet.flow)
        if state is None and outward:
            for index, rule in enumerate(self.rules):
                if rule["place"] != "inside":
                    continue
                name = self.trigger(packet, rule)
                if name is None:
                    continue
                if rule["action"] == "shut":
                    # What is on its way when the decision falls still passes.
                    begin = time.monotonic() + self.random.uniform(*rule["delayMs"]) / 1000
                    if time.monotonic() >= self.shut.get(place, (0, 0))[1]:
                        self.shut[place] = (begin, begin + rule["seconds"], index, name)
                    return True, []
                state = self.flows[packet.flow] = {
                    "rule": index,
                    "name": name,
                    "seq": packet.seq,
                    "after": rule.get("letThrough", 0),
                }
                if rule["action"] in ("mute", "cut", "count", "police", "shape"):
                    state["bytes"], state["tokens"], state["at"] = 0, rule.get("burst", 0), time.monotonic()
                    state["packets"] = 1
                    return True, []
                self.write("drop", index, name, packet.raw, side="server")
                return False, [(index, name, *one) for one in self.forge(index, name, packet)]
            if packet.payload:
                self.spoke.add(packet.flow)
        if state is None:
            return True, []
        index, name = state["rule"], state["name"]
        action = self.rules[index]["action"]
        if action == "count":
            # So many packets of both directions, then none.
            state["packets"] += 1
            if state["packets"] <= self.rules[index]["packets"]:
                return True, []
            self.write("drop", index, name, packet.raw, side="server" if outward else "client")
            return False, []
        if action == "shape":
            # A queue that what the server sends leaves at a fixed speed.
            now, rule = time.monotonic(), self.rules[index]
            free = max(now, state["at"])
            if outward:
                return True, []
            if (free - now) * rule["rate"] > rule["queue"]:
                self.write("drop", index, name, packet.raw, side="client")
                return False, []
            state["at"] = free + len(packet.raw) / rule["rate"]
            self.held = state["at"] - now
            self.write("hold", index, name, packet.raw, side="client")
            return True, []
        if action == "mute":
            # The hello itself has passed; so many bare acknowledgements of the server still pass, then nothing does.
            if not outward and not packet.payload and state["after"] > 0:
                state["after"] -= 1
                return True, []
            self.write("drop", index, name, packet.raw, side="server" if outward else "client")
            return False, []
        if action == "cut":
            # So many bytes of the server, then nothing passes in either direction.
            state["bytes"] += 0 if outward else len(packet.payload)
            if state["bytes"] <= self.rules[index]["bytes"]:
                return True, []
            self.write("drop", index, name, packet.raw, side="server" if outward else "client")
            return False, []
        if action == "police":
            # A token bucket over what the server sends.
            if outward:
                return True, []
            now = time.monotonic()
            rule = self.rules[index]
            state["tokens"] = min(rule["burst"], state["tokens"] + (now - state["at"]) * rule["rate"])
            state["at"] = now
            if state["tokens"] >= len(packet.raw):
                state["tokens"] -= len(packet.raw)
                return True, []
            self.write("drop", index, name, packet.raw, side="client")
            return False, []
        if (
            outward
            and ((packet.seq - state["seq"]) & 0xFFFFFFFF) < 0x80000000
            and (packet.payload or packet.flags & (FIN | RST))
        ):
            self.write("drop", index, name, packet.raw, side="server")
            return False, []
        return True, []


class Fabric:
    def __init__(self, config):
        self.random = random.Random(config["seed"])
        self.queue, self.number = [], 0
        names = config["namespaces"]
        self.a = socket_in(names["wire"], "a0"), socket_in(names["wire"], "a1")
        self.b = socket_in(names["wire"], "b0"), socket_in(names["wire"], "b1")
        self.tap = {"client": socket_in(names["cz"], "lan"), "server": socket_in(names["cz"], "wan", 0)}
        self.peers = {side: bytes.fromhex(mac.replace(":", "")) for side, mac in config["peers"].items()}
        self.own = {side: bytes.fromhex(mac.replace(":", "")) for side, mac in config["own"].items()}
        self.link = config["link"]
        self.far = [(ipaddress.ip_network(net), delay) for net, delay in config["far"]]
        self.delays = {}
        self.last = {}
        self.log = open(config["log"], "a")
        self.censor = Censor(config["rules"], self.log, config["seed"])

    def later(self, when, sock, frame):
        self.number += 1
        heapq.heappush(self.queue, (when, self.number, sock, frame))

    def carry(self, way, base, jitter, sock, frame):
        """First in, first out: jitter delays what comes after as well, it does not reorder."""
        if self.link["loss"] and self.random.random() < self.link["loss"]:
            return
        when = time.monotonic() + (base + self.random.expovariate(1) * jitter) / 1000
        when = self.last[way] = max(when, self.last.get(way, 0))
        self.later(when, sock, frame)

    def far_delay(self, address):
        if address not in self.delays:
            ip = ipaddress.ip_address(address)
            found = [d for net, d in self.far if net.version == ip.version and ip in net]
            self.delays[address] = found[0] if found else self.link["far"]
        return self.delays[address]

    def inject(self, made):
        for index, name, delay, side, raw in made:
            self.censor.write("forge", index, name, raw, side=side)
            if side == "server":
                self.censor.forged.add(raw)
            kind = b"\x86\xdd" if raw[0] >> 4 == 6 else b"\x08\x00"
            frame = self.peers[side] + self.own[side] + kind + raw
            self.later(time.monotonic() + delay, self.tap[side], frame)

    def on_link_a(self, n, frame):
        self.carry(("a", n), self.link["near"], self.link["jitter"], self.a[1 - n], frame)

    def on_link_b(self, n, frame):
        packet, delay, outward = packet_of(frame), self.link["far"], n == 0
        address, held = b"", 0
        if packet:
            address = packet.dst if outward else packet.src
            delay = self.far_delay(address)
            passes, made = self.censor.inside(packet, outward)
            self.inject(made)
            if not passes:
                return
            held = self.censor.held
        if held:
            # A queue of its own: other traffic does not wait behind it.
            self.carry(("b", n, packet.flow), delay + 1000 * held, self.link["jitter"], self.b[1 - n], frame)
            return
        self.carry(("b", n, address), delay, self.link["jitter"], self.b[1 - n], frame)

    def note_refusal(self, frame):
        """An «administratively prohibited» (ICMP 3/13, ICMPv6 1/1) that the censor hop's own route answers with; one that
        only passes has been through routers, which count its TTL down from the kernel's 64."""
        packet = packet_of(frame)
        if packet and packet.ttl == 64 and packet.raw[packet.head : packet.head + 2] == REFUSALS.get(packet.proto):
            quoted = Packet(packet.raw[packet.head + 8 :])
            self.censor.write("forge", ROUTE, show_address(quoted.dst), packet.raw, side="client")

    def run(self):
        handlers = {}
        for n in (0, 1):
            handlers[self.a[n]] = lambda frame, n=n: self.on_link_a(n, frame)
            handlers[self.b[n]] = lambda frame, n=n: self.on_link_b(n, frame)
        tap = self.tap["client"]
        handlers[tap] = None
        sockets = list(handlers)
        while True:
            now = time.monotonic()
            while self.queue and self.queue[0][0] <= now:
                _, _, sock, frame = heapq.heappop(self.queue)
                sock.send(frame)
            wait = max(0, min(self.queue[0][0] - time.monotonic(), 1)) if self.queue else 1
            for sock in select.select(sockets, [], [], wait)[0]:
                for _ in range(64):
                    try:
                        frame, source = sock.recvfrom(4096)
                    except BlockingIOError:
                        break
                    if source[2] == OUTGOING:
                        if sock is tap:
                            self.note_refusal(frame)
                        continue
                    if sock is tap:
                        packet = packet_of(frame)
                        if packet:
                            self.inject(self.censor.beside(packet))
                    else:
                        handlers[sock](frame)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(sys.argv[1]) as file:
        fabric = Fabric(json.load(file))
    print("ready", flush=True)
    fabric.run()


if __name__ == "__main__":
    main()
