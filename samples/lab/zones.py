"""Names looked up by real programs, among servers that are kept as well and as badly as servers of names are.

    home - resolver - servers

The resolver is unbound, which asks the servers of zones itself, or dnsmasq, which passes questions on to three resolvers.
Of every third seed some names are injected into: a forged answer goes ahead of the server's own. Of the others nothing is
forged, however strange it looks. Nothing of the samples is written.

Usage: zones.py SEED FOLDER [SECONDS], in namespaces made as drawn.sh makes them. FOLDER then has home.pcapng,
uplink.pcapng and truth.json: {"program": ..., "habits": {address: habit}, "forged": {name: times that besides the forged answer
one of the server's own went that is no failure}}.
"""

import contextlib
import heapq
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from lab import run
from paths import enter, fork

HOME, RESOLVER, SERVERS = "home", "resolver", "servers"
ASKER, INSIDE, OUTSIDE = "192.168.1.34", "192.168.1.1", "185.107.80.10"
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "HTTPS": 65}
EDNS = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)
TOPS = ["com", "net", "org", "ru"]
WORDS = "news mail shop bank forum video photo music cloud games radio press travel sport book food".split()
# What servers do besides answering; several times so that most are plain. `inside` gives addresses of a private network,
# `strange` answers for no zone, as one does that nobody told of it.
HABITS = ["plain"] * 24 + """dead loses no-edns edns-error no-aaaa truncates no-tcp limits refuses fails slow twice subset subset
    changes lower strange no-ent inside distant aaaa-denied sometimes""".split()
OF_RESOLVERS = "plain plain plain loses slow subset changes no-aaaa limits distant fails refuses sometimes".split()
STRANGE = ["refuses", "fails", "upward", "dead", "denies"]
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5


def name_of(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def read_name(message, at):
    labels = []
    while message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]].decode("latin-1"))
        at += 1 + message[at]
    return ".".join(labels), at + 1


def data_of(kind, value):
    if kind in ("A", "AAAA"):
        return socket.inet_pton(socket.AF_INET6 if kind == "AAAA" else socket.AF_INET, value)
    if kind == "TXT":
        return bytes([len(value)]) + value.encode()
    if kind == "MX":
        return struct.pack("!H", 10) + name_of(value)
    if kind == "SOA":
        return name_of("") + name_of("") + struct.pack("!5I", 1, 7200, 3600, 86_400, 300)
    return name_of(value)


def record(owner, kind, value, ttl):
    data = data_of(kind, value)
    return name_of(owner) + struct.pack("!HHIH", TYPES[kind], 1, ttl, len(data)) + data


class Question:
    """What was asked, and how an answer begins."""

    def __init__(self, message):
        self.id, self.flags, _, _, _, more = struct.unpack("!6H", message[:12])
        self.asked, end = read_name(message, 12)
        self.name = self.asked.lower()
        kind = struct.unpack("!H", message[end : end + 2])[0]
        self.kind = next((name for name, number in TYPES.items() if number == kind), "")
        self.question = message[12 : end + 4]
        self.edns = more > 0

    def reply(self, code=NOERROR, answers=(), authority=(), own=True, cut=False, lower=False):
        flags = 0x8000 | self.flags & 0x0100 | (0x0400 if own else 0) | (0x0200 if cut else 0) | (0x80 if self.flags & 0x0100 else 0)
        answers, authority = ((), ()) if cut else (answers, authority)
        question = name_of(self.name) + self.question[-4:] if lower else self.question
        head = struct.pack("!6H", self.id, flags | code, 1, len(answers), len(authority), 1 if self.edns else 0)
        return head + question + b"".join([*answers, *authority]) + (EDNS if self.edns else b"")


class Server:
    def __init__(self, dice, habit=None):
        self.address = draw_address(dice)
        self.habit = habit or dice.choice(HABITS)
        self.delay = dice.choice([2, 5, 10, 25, 40, 70, 110]) / 1000
        self.ttl = dice.choice([64, 64, 64, 128, 255]) - dice.randrange(5, 20)
        self.latest = []


class Zone:
    def __init__(self, name, servers):
        self.name, self.servers, self.names, self.below, self.strangers = name, servers, {}, {}, {}

    def add(self, name, kind, *values):
        self.names.setdefault(name, {}).setdefault(kind, []).extend(values)


def draw_address(dice):
    return "%d.%d.%d.%d" % (dice.choice([23, 31, 45, 62, 81, 91, 104, 151, 185, 193, 204]), *(dice.randrange(1, 254) for _ in range(3)))


class World:
    def __init__(self, seed):
        dice = random.Random(seed)
        self.program = ["unbound", "unbound", "dnsmasq"][seed % 3]
        self.loss = dice.choice([0, 0, 0.01, 0.03, 0.08])
        self.zones, self.sites, self.forged = {}, [], []
        self.root = self.zone("", [("%s.root-servers.net" % letter, Server(dice, "plain")) for letter in "abc"])
        for top in TOPS:
            kinds = ["plain"] + [dice.choice(["plain", "plain", "distant", "slow", "dead"]) for _ in range(dice.randrange(1, 4))]
            self.zone(top, [("%s.nic.%s" % ("abcd"[at], top), Server(dice, kind)) for at, kind in enumerate(kinds)])
        keepers = []
        for at in range(dice.randrange(6, 11)):
            name = "keeper%d.%s" % (at, dice.choice(TOPS))
            keepers.append([("ns%d.%s" % (n, name), Server(dice)) for n in range(1, dice.randrange(3, 6))])
            self.zone(name, keepers[-1])
        fronts = ["edge%d.net" % at for at in range(3)]
        for name in fronts:
            self.zone(name, [("ns%d.%s" % (n, name), Server(dice, dice.choice(["plain", "subset", "changes", "distant"]))) for n in (1, 2)])
        for at in range(dice.randrange(25, 40)):
            self.site(dice, at, dice.choice(keepers), dice.choice(fronts))
        if seed % 3 == 0 or seed % 12 == 5:
            self.forged = [site[0] for site in self.sites[1::5]]
        self.resolvers = [Server(dice, dice.choice(OF_RESOLVERS)) for _ in range(3)]
        self.resolvers[0].habit = "plain"
        all_servers = [server for zone in self.zones.values() for _, server in zone.servers]
        self.servers = {server.address: server for server in all_servers + self.resolvers}

    def zone(self, name, servers):
        made = self.zones[name] = Zone(name, servers)
        if name:
            self.zones[name.partition(".")[2]].below[name] = made
        for owner, server in servers:
            made.add(owner, "A", server.address)
        return made

    def site(self, dice, at, servers, front):
        name = "%s%s%d.%s" % (dice.choice(WORDS), dice.choice(WORDS), at, dice.choice(TOPS))
        zone = self.zones[name] = self.zones[name.partition(".")[2]].below[name] = Zone(name, servers)
        for _, server in servers:
            if dice.random() < 0.08:
                zone.strangers[server] = dice.choice(STRANGE)
        zone.add(name, "A", *(draw_address(dice) for _ in range(dice.choice([1, 1, 1, 2, 4, 8]))))
        if dice.random() < 0.4:
            zone.add(name, "AAAA", "2a00:1450:%x::%x" % (dice.randrange(65_536), dice.randrange(1, 65_536)))
        if dice.random() < 0.5:
            edge = "%s.%s" % (name.partition(".")[0], front)
            zone.add("www." + name, "CNAME", edge)
            self.zones[front].add(edge, "A", *(draw_address(dice) for _ in range(4)))
        else:
            zone.add("www." + name, "A", draw_address(dice))
        zone.add("img.static." + name, "A", draw_address(dice))
        zone.add(name, "TXT", "v" * 60)
        zone.add(name, "MX", "mail." + name)
        self.sites.append([name, "www." + name, "img.static." + name, "none." + name])

    def zone_for(self, server, name):
        """The lowest zone of the name that the server is to know; a resolver knows all."""
        while True:
            zone = self.zones.get(name)
            if zone and (server in self.resolvers or any(one is server for _, one in zone.servers)):
                return zone
            if not name:
                return None
            name = name.partition(".")[2]

    def is_forged(self, name):
        return any(name == site or name.endswith("." + site) for site in self.forged)


class Answers:
    """What servers say to a question."""

    def __init__(self, world, seed):
        self.world, self.dice = world, random.Random(seed * 3 + 1)

    def to(self, server, asked, over_tcp):
        """Messages, each with the seconds that it takes besides the way."""
        dice, habit = self.dice, server.habit
        zone = self.world.zone_for(server, asked.name)
        how = zone.strangers.get(server, habit) if zone and server not in self.world.resolvers else habit
        if habit == "strange":
            how = dice.choice(STRANGE)
        silent = (
            how == "dead"
            or (how == "loses" and dice.random() < 0.4)
            or (how == "no-edns" and asked.edns)
            or (how == "no-aaaa" and asked.kind in ("AAAA", "HTTPS"))
            or (how == "sometimes" and int(time.monotonic() / 8) % 2)
            or (how == "limits" and self.is_much(server) and dice.random() < 0.6)
        )
        if silent:
            return []
        if how == "edns-error" and asked.edns:
            asked.edns = False
            return [(0, asked.reply(FORMERR, own=False))]
        if zone is None or how in ("refuses", "fails"):
            return [(0, asked.reply(SERVFAIL if how == "fails" else REFUSED, own=False))]
        if how == "upward":
            return [(0, asked.reply(authority=[record("", "NS", name, 3600) for name, _ in self.world.root.servers], own=False))]
        if how == "denies":
            return [(0, asked.reply(NXDOMAIN, authority=[record(zone.name, "SOA", "", 300)]))]
        said = asked.reply(
            *self.content(server, zone, asked, how),
            cut=how in ("truncates", "no-tcp") and not over_tcp,
            lower=how == "lower",
        )
        late = dice.uniform(0.3, 4) if how == "slow" and dice.random() < 0.5 else 0
        return [(late, said), (late + 0.01, said)] if how == "twice" else [(late, said)]

    def is_much(self, server):
        now = time.monotonic()
        server.latest = [then for then in server.latest if now - then < 1] + [now]
        return len(server.latest) > 2

    def content(self, server, zone, asked, how):
        """Code, answers, authority."""
        below = [name for name in zone.below if asked.name == name or asked.name.endswith("." + name)]
        if below and server not in self.world.resolvers:
            return NOERROR, [], [record(below[0], "NS", name, 3600) for name, _ in zone.below[below[0]].servers], False
        known = zone.names.get(asked.name, {})
        values = list(known.get(asked.kind, []))
        if asked.kind == "A" and values:
            self.dice.shuffle(values)
            if how == "subset":
                values = values[: (len(values) + 1) // 2]
            elif how == "changes":
                values = [draw_address(self.dice) for _ in range(2)]
            elif how == "inside":
                values = ["10.20.30.40"]
        if asked.kind == "NS" and asked.name == zone.name:
            values = [name for name, _ in zone.servers]
        if values:
            return NOERROR, [record(asked.name, asked.kind, value, self.dice.choice([5, 30, 60])) for value in values]
        start = [record(zone.name, "SOA", "", 300)]
        if "CNAME" in known:
            return NOERROR, [record(asked.name, "CNAME", known["CNAME"][0], 60)]
        exists = asked.name == zone.name or known or (how != "no-ent" and any(one.endswith("." + asked.name) for one in zone.names))
        denied = not exists or (how == "aaaa-denied" and asked.kind == "AAAA")
        return NXDOMAIN if denied else NOERROR, [], start


def serve(world, seed, folder):
    enter(SERVERS)
    answers, dice = Answers(world, seed), random.Random(seed * 5 + 2)
    forged = {}
    sockets = {}
    for server in world.servers.values():
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((server.address, 53))
        sockets[made.fileno()] = (made, server)

    def stop(*_):
        habits = {server.address: server.habit for server in world.servers.values()}
        with open(os.path.join(folder, "truth.json"), "w") as file:
            json.dump({"program": world.program, "habits": habits, "forged": forged}, file)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=serve_tcp, args=(world, answers), daemon=True).start()
    waiting, number = [], 0
    poll = select.poll()
    for descriptor in sockets:
        poll.register(descriptor, select.POLLIN)
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, made, ttl, message, to = heapq.heappop(waiting)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            with contextlib.suppress(OSError):
                made.sendto(message, to)
        wait = max(0, waiting[0][0] - time.monotonic()) * 1000 if waiting else 100
        for descriptor, _ in poll.poll(min(wait, 100)):
            made, server = sockets[descriptor]
            message, to = made.recvfrom(65_535)
            if dice.random() < world.loss / 2:
                continue
            asked, now = Question(message), time.monotonic()
            sent = [(now + server.delay + late, said, server.ttl) for late, said in answers.to(server, asked, False)]
            if server.habit == "distant":
                sent = [(when, said, server.ttl - dice.choice([0, 0, 1, 3])) for when, said, _ in sent]
            sent = [one for one in sent if dice.random() >= world.loss / 2]
            if asked.kind == "A" and world.is_forged(asked.name):
                forged.setdefault(asked.name, 0)
                if any(said[2] & 2 == 0 and said[3] & 15 in (NOERROR, NXDOMAIN) for _, said, _ in sent):
                    forged[asked.name] += 1
                asked.edns = False
                lie = record(asked.name, "A", "31.13.%d.%d" % (64 + seed % 30, dice.randrange(1, 254)), 180)
                sent.append((now + 0.001, asked.reply(answers=[lie]), 47 if server.ttl > 60 else 66))
            for when, said, ttl in sent:
                number += 1
                heapq.heappush(waiting, (when, number, made, ttl, said, to))


def serve_tcp(world, answers):
    listener = socket.create_server(("0.0.0.0", 53), backlog=64)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer_tcp, args=(world, answers, connection), daemon=True).start()


def answer_tcp(world, answers, connection):
    with contextlib.suppress(OSError), connection, connection.makefile("rb") as bytes_in:
        server = world.servers[connection.getsockname()[0]]
        if server.habit == "no-tcp":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        connection.settimeout(5)
        while len(size := bytes_in.read(2)) == 2:
            asked = Question(bytes_in.read(struct.unpack("!H", size)[0]))
            for late, said in answers.to(server, asked, True)[:1]:
                time.sleep(late)
                connection.sendall(struct.pack("!H", len(said)) + said)


def resolve(world, seed):
    """Runs the resolver until it is ended."""
    enter(RESOLVER)
    dice, folder = random.Random(seed * 7 + 3), "/run/resolver"
    os.makedirs(folder, exist_ok=True)
    hints = "".join(". 3600000 NS %s.\n%s. 3600000 A %s\n" % (name, name, server.address) for name, server in world.root.servers)
    with open(folder + "/hints", "w") as file:
        file.write(hints)
    switch = lambda: dice.choice(["yes", "no"])  # noqa: E731
    unbound = """server:
        interface: %s
        access-control: 0.0.0.0/0 allow
        outgoing-interface: %s
        do-ip6: no
        chroot: ""
        username: ""
        directory: %s
        pidfile: %s/pid
        root-hints: %s/hints
        module-config: iterator
        use-syslog: no
        qname-minimisation: %s
        use-caps-for-id: %s
        prefetch: %s
        serve-expired: %s
        edns-buffer-size: %d
        remote-control:
        control-enable: no\n""" % (INSIDE, OUTSIDE, folder, folder, folder, switch(), switch(), switch(), switch(), dice.choice([512, 1232, 4096]))
    dnsmasq = ["no-resolv", "no-hosts", "user=root", "listen-address=" + INSIDE, "bind-interfaces", "cache-size=%d" % dice.choice([0, 50])]
    dnsmasq += ["pid-file=" + folder + "/pid", *("server=" + server.address for server in world.resolvers)]
    dnsmasq += dice.choice([["all-servers"], ["strict-order"], []])
    with open(folder + "/settings", "w") as file:
        file.write(unbound if world.program == "unbound" else "\n".join(dnsmasq) + "\n")
    command = ["unbound", "-d", "-p", "-c"] if world.program == "unbound" else ["dnsmasq", "-k", "-C"]
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.execvp(command[0], [*command, folder + "/settings"])


def look_up(name, kinds, dice_seed):
    """As a program's library does it: all kinds at once, the same again after five seconds, then no more."""
    dice = random.Random(dice_seed)
    asked = {dice.randrange(65_536): kind for kind in kinds}
    edns = dice.random() < 0.5
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.connect((INSIDE, 53))
        for _ in range(2):
            for number, kind in asked.items():
                head = struct.pack("!6H", number, 0x0100, 1, 0, 0, 1 if edns else 0)
                made.send(head + name_of(name) + struct.pack("!HH", TYPES[kind], 1) + (EDNS if edns else b""))
            end = time.monotonic() + 5
            while asked and (left := end - time.monotonic()) > 0 and select.select([made], [], [], left)[0]:
                asked.pop(struct.unpack("!H", made.recv(65_535)[:2])[0], None)
            if not asked:
                break


def ask(world, seed, seconds):
    enter(HOME)
    dice, end = random.Random(seed * 11 + 4), time.monotonic() + seconds
    often = [1 / (at + 1) for at in range(len(world.sites))]
    kinds = [["A", "AAAA"], ["A", "AAAA"], ["A"], ["AAAA", "A"], ["A", "AAAA", "HTTPS"], ["MX"], ["TXT"]]
    running = []
    while time.monotonic() < end:
        name = dice.choices(dice.choices(world.sites, often)[0], [5, 6, 2, 1])[0]
        running.append(threading.Thread(target=look_up, args=(name, dice.choice(kinds), dice.random())))
        running[-1].start()
        time.sleep(dice.expovariate(1) * 0.3)
    for one in running:
        one.join()


def build(world):
    for name in (HOME, RESOLVER, SERVERS):
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
    for (name, interface), (other, behind) in (((HOME, "eth0"), (RESOLVER, "lan0")), ((RESOLVER, "up0"), (SERVERS, "eth0"))):
        run("ip", "link", "add", interface, "netns", name, "type", "veth", "peer", "name", behind, "netns", other)
        for end, at in ((name, interface), (other, behind)):
            code = "import sys; sys.path[:0] = [%r]; import lab; lab.plain_offloads(%r)" % (sys.path[0], at)
            run("ip", "netns", "exec", end, sys.executable, "-c", code)
            run("ip", "netns", "exec", end, "sysctl", "-qw", "net.ipv6.conf.%s.disable_ipv6=1" % at)
            run("ip", "-n", end, "link", "set", at, "up")
    run("ip", "-n", HOME, "address", "add", ASKER + "/24", "dev", "eth0")
    run("ip", "-n", RESOLVER, "address", "add", INSIDE + "/24", "dev", "lan0")
    run("ip", "-n", RESOLVER, "address", "add", OUTSIDE + "/32", "dev", "up0")
    run("ip", "-n", RESOLVER, "address", "add", "10.255.0.2/30", "dev", "up0")
    run("ip", "-n", RESOLVER, "route", "add", "default", "via", "10.255.0.1", "src", OUTSIDE)
    run("ip", "-n", SERVERS, "address", "add", "10.255.0.1/30", "dev", "eth0")
    run("ip", "-n", SERVERS, "route", "add", "default", "via", "10.255.0.2")
    lines = "".join("address add %s/32 dev lo\n" % address for address in world.servers)
    run("ip", "-n", SERVERS, "-batch", "-", input=lines)


def main():
    seed, folder, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 60
    world = World(seed)
    build(world)
    recorders = []
    for name, interface, file in ((HOME, "eth0", "home"), (RESOLVER, "up0", "uplink")):
        command = ["dumpcap", "-q", "-i", interface, "-w", os.path.join(folder, file + ".pcapng")]
        recorders.append(subprocess.Popen(["ip", "netns", "exec", name, *command], stderr=subprocess.DEVNULL))
    servers = fork(serve, world, seed, folder)
    resolver = fork(resolve, world, seed)
    time.sleep(2)
    os.waitpid(fork(ask, world, seed, seconds), 0)
    time.sleep(1)
    os.kill(servers, signal.SIGTERM)
    os.kill(resolver, signal.SIGKILL)
    os.waitpid(servers, 0)
    for recorder in recorders:
        recorder.terminate()
    for recorder in recorders:
        recorder.wait(10)


if __name__ == "__main__":
    main()
