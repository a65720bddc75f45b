"""As much of MTProto's transports as an observer on the wire can see: framing, sizes and order of the messages.

Transports: abridged, intermediate and obfuscated (core.telegram.org/mtproto/mtproto-transports). The messages are the
unencrypted key exchange, with its true constructors, then "encrypted" messages: random bytes of the right form.
"""

import hashlib
import os
import struct
import subprocess
import time

REQ_PQ_MULTI, RES_PQ = 0xBE7E8EF1, 0x05162463
REQ_DH, DH_OK = 0xD712E4BE, 0xD0E8075C
SET_DH, DH_GEN_OK = 0xF5045F1F, 0x3BCBF734
ABRIDGED, INTERMEDIATE = b"\xef", b"\xee\xee\xee\xee"
STREAM = 1 << 16  # bytes of key stream made at once; no conversation here is longer


def key_stream(key, iv):
    """AES-256-CTR key stream; the standard library has no AES, openssl has."""
    made = subprocess.run(
        ["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", iv.hex()],
        input=bytes(STREAM),
        capture_output=True,
        check=True,
    )
    return made.stdout


class Mask:
    def __init__(self, stream):
        self.stream, self.at = stream, 0

    def __call__(self, data):
        part = self.stream[self.at : self.at + len(data)]
        self.at += len(data)
        return bytes(a ^ b for a, b in zip(data, part, strict=True))


def plain(data):
    return data


class Connection:
    def __init__(self, sock, abridged, incoming=plain, outgoing=plain):
        self.sock, self.abridged, self.incoming, self.outgoing = sock, abridged, incoming, outgoing

    @classmethod
    def open(cls, sock, transport):
        """The client's side; the connection's first bytes go out with its first message."""
        connection = cls(sock, transport == "abridged")
        if transport == "obfuscated":
            # The two bytes of the data centre's number, then two of chance; the tag says which framing is inside.
            nonce = b"\x5a" + os.urandom(55) + INTERMEDIATE + struct.pack("<h", 2) + os.urandom(2)
            back = nonce[55:7:-1]
            outgoing = Mask(key_stream(nonce[8:40], nonce[40:56]))
            connection.incoming = Mask(key_stream(back[:32], back[32:]))
            connection.first = nonce[:56] + outgoing(nonce)[56:]
            connection.outgoing = outgoing
        else:
            connection.first = ABRIDGED if connection.abridged else INTERMEDIATE
        return connection

    @classmethod
    def accept(cls, sock):
        head = read(sock, 1)
        if head == ABRIDGED:
            return cls(sock, True)
        head += read(sock, 3)
        if head == INTERMEDIATE:
            return cls(sock, False)
        nonce = head + read(sock, 60)
        back = nonce[55:7:-1]
        incoming = Mask(key_stream(nonce[8:40], nonce[40:56]))
        if incoming(nonce)[56:60] != INTERMEDIATE:
            raise ValueError("not MTProto")
        return cls(sock, False, incoming, Mask(key_stream(back[:32], back[32:])))

    first = b""

    def send(self, message):
        if self.abridged:
            words = len(message) // 4
            head = bytes([words]) if words < 0x7F else b"\x7f" + words.to_bytes(3, "little")
        else:
            head = struct.pack("<I", len(message))
        first, self.first = self.first, b""
        self.sock.sendall(first + self.outgoing(head + message))

    def receive(self):
        if self.abridged:
            words = read(self.sock, 1)[0]
            if words == 0x7F:
                words = int.from_bytes(read(self.sock, 3), "little")
            return read(self.sock, 4 * words)
        size = struct.unpack("<I", self.incoming(read(self.sock, 4)))[0]
        return self.incoming(read(self.sock, size))


def read(sock, size):
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise EOFError("the other end has closed")
        data += more
    return data


def unencrypted(constructor, body):
    """auth_key_id 0, message_id (time in seconds << 32), length, then the message."""
    data = struct.pack("<I", constructor) + body
    return struct.pack("<QQI", 0, int(time.time() * 4) << 30, len(data)) + data


def encrypted(key_id, size):
    """auth_key_id, msg_key, then what nobody without the key can read; a multiple of 16 bytes."""
    return key_id + os.urandom(16 + size // 16 * 16)


def converse(connection, rounds):
    """The app: a key exchange, then requests of 200 to 1,500 bytes, each answered."""
    nonce = os.urandom(16)
    connection.send(unencrypted(REQ_PQ_MULTI, nonce))
    server_nonce = connection.receive()[40:56]
    connection.send(unencrypted(REQ_DH, nonce + server_nonce + os.urandom(288)))
    connection.receive()
    connection.send(unencrypted(SET_DH, nonce + server_nonce + os.urandom(340)))
    connection.receive()
    key_id = hashlib.sha1(nonce + server_nonce).digest()[-8:]
    for size in rounds:
        connection.send(encrypted(key_id, size))
        connection.receive()


def serve(connection):
    """The data centre: answers by the constructor, or to any encrypted message with one about as long."""
    answers = {REQ_PQ_MULTI: (RES_PQ, 60), REQ_DH: (DH_OK, 620), SET_DH: (DH_GEN_OK, 48)}
    while True:
        message = connection.receive()
        if message[:8] == bytes(8):
            constructor, size = answers[struct.unpack("<I", message[20:24])[0]]
            connection.send(unencrypted(constructor, message[24:40] + os.urandom(size)))
        else:
            connection.send(encrypted(message[:8], 300 + len(message) * 3 // 4))
