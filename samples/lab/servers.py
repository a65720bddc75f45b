"""Servers that no Debian program plays: Telegram's data centres, and servers that fail in ways of their own.

servers.py mtproto ADDRESS...                    data centres on ports 443, 80 and 5222
servers.py hang ADDRESS:PORT...                  accepts, and its process never answers
servers.py linger ADDRESS:PORT                   answers one HTTP request and closes with a genuine RST (SO_LINGER 0)
servers.py picky ADDRESS:PORT CERT KEY NAME...   TLS; resets, by itself, hellos with any other name
servers.py stall ADDRESS:PORT BYTES              promises 200,000 bytes, sends so many, and its process hangs
servers.py smtp ADDRESS:PORT                     takes a mail
servers.py refuse ADDRESS:PORT                   answers each request with a genuine RST
servers.py secure ADDRESS:PORT CERT KEY          TLS 1.2 and one page, whatever the name
servers.py upload ADDRESS:PORT                   takes a chunked POST and answers when it has ended
"""

import os
import signal
import socket
import ssl
import struct
import sys
import threading

from mtproto import Connection, serve

LINGER = struct.pack("ii", 1, 0)


def listen(address, port, handle):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.create_server((address, port), family=family, backlog=64)

    def loop():
        while True:
            client, _ = server.accept()
            client.settimeout(60)
            threading.Thread(target=quietly, args=(handle, client), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


def quietly(handle, client):
    try:
        handle(client)
    except (OSError, EOFError, ValueError):
        client.close()


def data_centre(client):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    serve(Connection.accept(client))


HELD = []


def hang(client):
    HELD.append(client)  # neither read nor closed


def linger(client):
    client.recv(4096)
    body = b"<p>Served by an impatient server." * 8
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
    # The answer needs its round trip: a RST right behind it would destroy it.
    threading.Event().wait(0.3)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    client.close()


def upload(client):
    got = b""
    while not got.endswith(b"0\r\n\r\n"):
        more = client.recv(65536)
        if not more:
            raise EOFError
        got += more
        if b"Expect: 100-continue" in got[:600] and b"\r\n\r\n" in got and len(got) < 600:
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\nreceived")
    client.close()


def smtp(client):
    client.sendall(b"220 mail.example.org ESMTP ready\r\n")
    for line in client.makefile("rb"):
        if line.startswith(b"QUIT"):
            break
        answer = b"250-mail.example.org\r\n250 SIZE 10240000\r\n" if line.startswith(b"EHLO") else b"250 2.1.0 Accepted\r\n"
        # A look at its lists, as mail servers take.
        threading.Event().wait(0.05)
        client.sendall(answer)
    client.close()


def refuse(client):
    client.recv(4096)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    client.close()


def secure(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)

    def handle(client):
        with context.wrap_socket(client, server_side=True) as connection:
            connection.recv(4096)
            body = b"<p>One page." * 20
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
            connection.unwrap()

    return handle


def stall(size):
    def handle(client):
        client.recv(4096)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + os.urandom(size))
        HELD.append(client)

    return handle


def picky(certificate, key, names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def handle(client):
        # Peek, decide, and reset before TLS says a word, as some front servers do.
        hello = client.recv(4096, socket.MSG_PEEK)
        if not any(name.encode() in hello for name in names):
            client.recv(4096)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
            client.close()
            return
        with context.wrap_socket(client, server_side=True) as connection:
            connection.recv(4096)
            body = b"<p>Known here." * 20
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
            connection.unwrap()

    return handle


def main():
    kind, *rest = sys.argv[1:]
    if kind == "mtproto":
        for address in rest:
            for port in (443, 80, 5222):
                listen(address, port, data_centre)
    else:
        handle = {"hang": hang, "linger": linger, "upload": upload, "smtp": smtp, "refuse": refuse}.get(kind)
        places = rest
        if kind == "picky":
            handle, places = picky(rest[1], rest[2], rest[3:]), rest[:1]
        if kind == "stall":
            handle, places = stall(int(rest[1])), rest[:1]
        if kind == "secure":
            handle, places = secure(rest[1], rest[2]), rest[:1]
        for place in places:
            address, port = place.rsplit(":", 1)
            listen(address.strip("[]"), int(port), handle)
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    main()
