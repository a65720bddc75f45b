"""Clients beside curl: the Telegram app, DNS look-ups at a named resolver, ping, and a keep-alive race.

clients.py telegram ADDRESS:PORT TRANSPORT [SECONDS]     connects, exchanges keys, four rounds of requests
clients.py lookup RESOLVER NAME TYPE [TRIES] [SECONDS]   one query, repeated while unanswered; prints the first answer
clients.py ping ADDRESS COUNT                            ICMP echo, one a second
clients.py keepalive ADDRESS NAME SECONDS                second request on an idle connection at the moment it is closed
clients.py smtp ADDRESS RECIPIENT                        hands over the envelope of a mail
clients.py type SECONDS                                  writes 400 bytes every 10 ms, for an upload

Exit status 0: it worked; 1: it did not. Each has its own limit in time.
"""

import os
import random
import socket
import struct
import sys
import time

from mtproto import Connection, converse
from packet import checksum, show_address


def telegram(place, transport, seconds="6"):
    address, port = place.rsplit(":", 1)
    with socket.create_connection((address, int(port)), timeout=float(seconds)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        converse(Connection.open(sock, transport), [220, 640, 1380, 420])


def lookup(resolver, name, kind, tries="3", seconds="2"):
    kinds = {"A": 1, "AAAA": 28}
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    # EDNS with a payload size of 1,232 bytes, as today's stub resolvers send.
    edns = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)
    number = random.randrange(65536)
    query = struct.pack("!HHHHHH", number, 0x0120, 1, 0, 0, 1) + question + struct.pack("!HH", kinds[kind], 1) + edns
    with socket.socket(socket.AF_INET6 if ":" in resolver else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((resolver, 53))
        sock.settimeout(float(seconds))
        for _ in range(int(tries)):
            sock.send(query)
            try:
                answer = sock.recv(4096)
            except TimeoutError:
                continue
            found, at = [], 12 + len(question) + 4
            for _ in range(struct.unpack("!H", answer[6:8])[0]):
                while answer[at] and answer[at] < 0xC0:
                    at += 1 + answer[at]
                at += 2 if answer[at] else 1
                rtype, _, _, size = struct.unpack("!HHIH", answer[at : at + 10])
                if rtype == kinds[kind]:
                    found.append(show_address(answer[at + 10 : at + 10 + size]))
                at += 10 + size
            print("rcode %d %s" % (answer[3] & 15, " ".join(found)))
            # A stub that is done with its socket would answer a second reply with ICMP; a resolver keeps its port open.
            time.sleep(0.3)
            return
    raise TimeoutError("no answer")


def ping(address, count):
    six = ":" in address
    kind = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    answered = 0
    with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, kind) as sock:
        sock.connect((address, 0))
        number = os.getpid() & 0xFFFF
        for n in range(1, int(count) + 1):
            body = struct.pack("!HH", number, n) + bytes(range(48))
            head = b"\x80\0" if six else b"\x08\0"
            # The kernel fills in the checksum of ICMPv6 only.
            sock.send(head + struct.pack("!H", 0 if six else checksum(head + b"\0\0" + body)) + body)
            end = time.monotonic() + 1
            while (left := end - time.monotonic()) > 0:
                sock.settimeout(left)
                try:
                    data = sock.recv(2048)
                except (TimeoutError, OSError):
                    break
                data = data if six else data[20:]
                if data[0] == (129 if six else 0) and data[4:8] == body[:4]:
                    answered += 1
                    time.sleep(max(0, end - time.monotonic()))
                    break
    if not answered:
        raise TimeoutError("no reply")


def keepalive(address, name, seconds):
    request = b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % name.encode()
    with socket.create_connection((address, 80), timeout=5) as sock:
        begin = time.monotonic()
        sock.sendall(request)
        sock.recv(65536)
        trip = time.monotonic() - begin
        # The server counts from when it has sent its answer, half a round trip ago; its FIN and this request cross.
        time.sleep(float(seconds) - trip / 2)
        sock.sendall(request)
        sock.recv(65536)
        time.sleep(0.5)


def smtp(address, recipient):
    with socket.create_connection((address, 25), timeout=5) as sock:
        lines = sock.makefile("rb")
        for command in ("", "EHLO laptop.example.net", "MAIL FROM:<me@example.net>", "RCPT TO:<%s>" % recipient):
            if command:
                sock.sendall(command.encode() + b"\r\n")
            while True:
                line = lines.readline()
                if not line:
                    raise EOFError("closed")
                if line[:1] != b"2":
                    raise EOFError(line.decode())
                if line[3:4] != b"-":
                    break
            time.sleep(0.02)
        sock.sendall(b"QUIT\r\n")
        time.sleep(0.2)


def type_slowly(seconds):
    time.sleep(0.5)  # the request's head goes out alone, as a person's first keystroke comes after it
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        sys.stdout.buffer.write(os.urandom(300).hex()[:400].encode())
        sys.stdout.buffer.flush()
        time.sleep(0.01)


if __name__ == "__main__":
    work = {"telegram": telegram, "lookup": lookup, "ping": ping, "keepalive": keepalive, "smtp": smtp, "type": type_slowly}
    try:
        work[sys.argv[1]](*sys.argv[2:])
    except (OSError, EOFError) as error:
        print(type(error).__name__, error)
        sys.exit(1)
