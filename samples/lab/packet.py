"""IP, TCP and UDP as the laboratory needs them: read a frame, find what a censor would match on, forge a packet.

Only what the laboratory itself sends is understood: Ethernet without tags, no IPv6 extension headers,
a ClientHello or a request line in one segment, a QUIC version 1 hello in one datagram.
"""

import hmac
import socket
import struct
import subprocess

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pack_address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def show_address(raw):
    return socket.inet_ntop(socket.AF_INET6 if len(raw) == 16 else socket.AF_INET, raw)


class Packet:
    """One IP packet, its transport fields as attributes."""

    __slots__ = (
        "raw",
        "v6",
        "src",
        "dst",
        "ttl",
        "ipid",
        "proto",
        "head",
        "sport",
        "dport",
        "seq",
        "ack",
        "flags",
        "window",
        "payload",
    )

    def __init__(self, raw):
        self.v6 = raw[0] >> 4 == 6
        if self.v6:
            length = 40 + struct.unpack("!H", raw[4:6])[0]
            self.head, self.proto, self.ttl, self.ipid = 40, raw[6], raw[7], 0
            self.src, self.dst = raw[8:24], raw[24:40]
        else:
            length = struct.unpack("!H", raw[2:4])[0]
            self.head, self.proto, self.ttl = (raw[0] & 15) * 4, raw[9], raw[8]
            self.ipid = struct.unpack("!H", raw[4:6])[0]
            self.src, self.dst = raw[12:16], raw[16:20]
        # Ethernet pads short frames; the padding is no part of the packet.
        self.raw = raw[:length]
        self.sport = self.dport = self.seq = self.ack = self.flags = self.window = 0
        self.payload = b""
        at = self.head
        if self.proto == socket.IPPROTO_TCP:
            self.sport, self.dport, self.seq, self.ack, offset, self.flags, self.window = struct.unpack(
                "!HHIIBBH", self.raw[at : at + 16]
            )
            self.payload = self.raw[at + (offset >> 4) * 4 :]
        elif self.proto == socket.IPPROTO_UDP:
            self.sport, self.dport = struct.unpack("!HH", self.raw[at : at + 4])
            self.payload = self.raw[at + 8 :]

    @property
    def flow(self):
        return tuple(sorted([(self.src, self.sport), (self.dst, self.dport)])) + (self.proto,)


def packet_of(frame):
    """The IP packet of an Ethernet frame, or None (ARP and the like)."""
    if len(frame) < 34 or frame[12:14] not in (b"\x08\x00", b"\x86\xdd"):
        return None
    return Packet(frame[14:])


def ip_packet(src, dst, proto, body, ttl, ipid=0, df=True):
    """IP header and body, the transport checksum filled in at its place."""
    place = 16 if proto == socket.IPPROTO_TCP else 6
    # The pseudo-headers of RFC 8200 section 8.1 and RFC 9293 section 3.1.
    if len(src) == 16:
        pseudo = src + dst + struct.pack("!IxxxB", len(body), proto)
    else:
        pseudo = src + dst + struct.pack("!xBH", proto, len(body))
    body = body[:place] + b"\0\0" + body[place + 2 :]
    body = body[:place] + struct.pack("!H", checksum(pseudo + body) or 0xFFFF) + body[place + 2 :]
    if len(src) == 16:
        return struct.pack("!IHBB", 6 << 28, len(body), proto, ttl) + src + dst + body
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ipid, 0x4000 if df else 0, ttl, proto, 0, src, dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def tcp_packet(src, sport, dst, dport, seq, ack, flags, window, ttl, ipid=0, df=True, payload=b""):
    body = (
        struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 5 << 4, flags, window, 0, 0)
        + payload
    )
    return ip_packet(src, dst, socket.IPPROTO_TCP, body, ttl, ipid, df)


def udp_packet(src, sport, dst, dport, payload, ttl, ipid=0, df=True):
    body = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    return ip_packet(src, dst, socket.IPPROTO_UDP, body, ttl, ipid, df)


def server_name(payload):
    """The SNI of a ClientHello that stands whole in this segment."""
    try:
        if payload[0] != 22 or payload[5] != 1:
            return None
        at = 43
        at += 1 + payload[at]
        at += 2 + struct.unpack("!H", payload[at : at + 2])[0]
        at += 1 + payload[at]
        end = at + 2 + struct.unpack("!H", payload[at : at + 2])[0]
        at += 2
        while at + 4 <= end:
            kind, length = struct.unpack("!HH", payload[at : at + 4])
            if kind == 0:
                size = struct.unpack("!H", payload[at + 7 : at + 9])[0]
                return payload[at + 9 : at + 9 + size].decode("ascii")
            at += 4 + length
    except (IndexError, struct.error, UnicodeDecodeError):
        pass
    return None


def cipher_suites(payload):
    """The list of cipher suites of a ClientHello that stands whole in this segment, GREASE (RFC 8701) left out."""
    if server_name(payload) is None:
        return None
    at = 43 + 1 + payload[43]
    size = struct.unpack("!H", payload[at : at + 2])[0]
    suites = struct.unpack("!%dH" % (size // 2), payload[at + 2 : at + 2 + size])
    return [suite for suite in suites if suite & 0x0F0F != 0x0A0A]


def fully_encrypted(payload):
    """Whether a first payload is what the published heuristic of the Great Firewall would drop: neither text, TLS nor
    HTTP, and about as many set bits as a random number has (Wu et al., USENIX Security 2023, Algorithm 1)."""
    if payload[:4] in (b"GET ", b"PUT ", b"POST", b"HEAD") or payload[:2] in (b"\x16\x03", b"\x17\x03"):
        return False
    text = [0x20 <= byte <= 0x7E for byte in payload]
    longest = max(len(run) for run in "".join("x" if one else " " for one in text).split(" "))
    bits = sum(byte.bit_count() for byte in payload) / len(payload)
    return not (all(text[:6]) or longest > 20 or sum(text) * 2 > len(text) or bits <= 3.4 or bits >= 4.6)


def tunnel_of(payload, proto):
    """The protocol that a conversation's first payload gives away: WireGuard's initiation of a handshake (148 bytes of
    type 1), or the hard reset with which an OpenVPN client begins (over TCP behind two bytes of length)."""
    if proto == socket.IPPROTO_TCP:
        if payload[:2] != struct.pack("!H", len(payload) - 2):
            return None
        payload = payload[2:]
    elif len(payload) == 148 and payload[:4] == b"\1\0\0\0":
        return "WireGuard"
    return "OpenVPN" if len(payload) >= 14 and payload[0] in (0x38, 0x50) else None


def http_host(payload):
    if payload[:4] not in (b"GET ", b"POST", b"HEAD", b"PUT "):
        return None
    for line in payload.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"host":
            return value.strip().decode("ascii", "replace").split(":")[0]
    return None


def dns_question(payload):
    """Name, type and end offset of the question of a DNS query."""
    try:
        if payload[2] & 0x80 or payload[4:6] != b"\0\1":
            return None
        labels, at = [], 12
        while payload[at]:
            labels.append(payload[at + 1 : at + 1 + payload[at]].decode("ascii"))
            at += 1 + payload[at]
        return ".".join(labels), struct.unpack("!H", payload[at + 1 : at + 3])[0], at + 5
    except (IndexError, struct.error, UnicodeDecodeError):
        return None


QUIC_SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")  # RFC 9001 section 5.2


def expand(secret, label, length):
    """HKDF-Expand-Label of RFC 8446 section 7.1 for what fits one block."""
    label = b"tls13 " + label
    info = struct.pack("!HB", length, len(label)) + label + b"\0\1"
    return hmac.digest(secret, info, "sha256")[:length]


def aes(mode, key, data, *more):
    command = ["openssl", "enc", "-aes-128-" + mode, "-K", key.hex(), *more]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def variable(data, at):
    size = 1 << (data[at] >> 6)
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size


def quic_name(datagram):
    """The SNI of a version 1 Initial (RFC 9001 section 5.2); its tag is not checked."""
    try:
        if len(datagram) < 1200 or datagram[0] & 0xF0 != 0xC0 or datagram[1:5] != b"\0\0\0\1":
            return None
        destination = datagram[6 : 6 + datagram[5]]
        at = 6 + datagram[5]
        at += 1 + datagram[at]
        token, at = variable(datagram, at)
        length, at = variable(datagram, at + token)
        secret = expand(hmac.digest(QUIC_SALT, destination, "sha256"), b"client in", 32)
        key, iv, protect = expand(secret, b"quic key", 16), expand(secret, b"quic iv", 12), expand(secret, b"quic hp", 16)
        mask = aes("ecb", protect, datagram[at + 4 : at + 20], "-nopad")
        size = ((datagram[0] ^ (mask[0] & 0x0F)) & 3) + 1
        number = bytes(a ^ b for a, b in zip(datagram[at : at + size], mask[1:], strict=False))
        nonce = bytes(a ^ b for a, b in zip(iv, number.rjust(12, b"\0"), strict=True))
        plain = aes("ctr", key, datagram[at + size : at + length - 16], "-iv", nonce.hex() + "00000002")
        pieces, at = {}, 0
        while at < len(plain):
            kind = plain[at]
            at += 1
            if kind == 6:
                offset, at = variable(plain, at)
                count, at = variable(plain, at)
                pieces[offset] = plain[at : at + count]
                at += count
            elif kind > 1:
                break
        hello = b"".join(pieces[offset] for offset in sorted(pieces))
        return server_name(b"\x16\x03\x01" + struct.pack("!H", len(hello)) + hello)
    except (IndexError, struct.error, ValueError, subprocess.CalledProcessError):
        return None
