"""Samples of Tor: a private network of real tor programs, its relays blocked by the form of the hello, and working.

Before a story begins, a client beyond the censor hop has joined the network and fetched a page through it.
See samples.py for what a sample is.
"""

import json
import os
import re
import subprocess
import time

from lab import DEBIAN, ISP_RESOLVER, LabError, run, within
from packet import Packet, show_address
from samples import BURST, at_client, curl, interference, quiet, sample, truth
from samples_flow import HELLO
from samples_tunnels import BEYOND, RECORDED, end, expect, way_back

AUTHORITY = "93.184.215.80"
RELAYS = ["23.215.0.140", "96.7.128.180", "93.184.215.81", "23.215.0.141"]
PORT = 9001
# Of tor 0.4.9.11. Another list makes the recording fail: nothing would be forged or dropped.
SUITES = [0x1301, 0x1303, 0x1302, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0xC02C, 0xC030, 0xC00A, 0xC009, 0xC013, 0xC014]
SUITES += [0x9C, 0x9D, 0x2F, 0x35, 0xFF]
ALONE = ["--defaults-torrc", os.devnull]
EVERYWHERE = """
TestingTorNetwork 1
RunAsDaemon 0
SafeLogging 0
Log notice stdout
AddressDisableIPv6 1
AssumeReachable 1
"""
# Votes and consensuses within seconds, and every relay good enough for any place of a circuit.
VOTING = """
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ContactInfo laboratory@example.org
TestingV3AuthInitialVotingInterval 10 seconds
TestingV3AuthInitialVoteDelay 2 seconds
TestingV3AuthInitialDistDelay 2 seconds
V3AuthVotingInterval 20 seconds
V3AuthVoteDelay 2 seconds
V3AuthDistDelay 2 seconds
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingMinExitFlagThreshold 0
"""


def folder(lab, name):
    path = os.path.join(lab.work, "tor-" + name)
    os.makedirs(path, 0o700, exist_ok=True)
    return path


def tor(lab, space, name, *lines, socks="SocksPort 0"):
    """A tor program; its log."""
    own = ["DataDirectory " + folder(lab, name), lab.tor_authority, socks, *lines]
    text = EVERYWHERE + "\n".join(own) + "\n"
    process = lab.start(space, "tor", *ALONE, "-f", lab.file("tor-%s.conf" % name, text))
    return process, os.path.join(lab.work, "%02d-tor.log" % (len(lab.processes) - 1))


def network(lab):
    """An authority, which is a relay as well, and further relays, at addresses of their own among the ordinary sites.
    A client beyond the censor hop joins and fetches a page. Returns the relays."""
    for address in [AUTHORITY, *RELAYS]:
        lab.batch("web", ["addr add %s/32 dev eth0" % address])
        lab.batch("t7", ["route add %s/32 via 198.51.100.142" % address])
    home = folder(lab, "authority")
    os.makedirs(os.path.join(home, "keys"), 0o700)
    base = os.path.join(home, "keys", "authority_")
    run(
        *["tor-gencert", "--create-identity-key", "--passphrase-fd", "0", "-m", "1", "-a", AUTHORITY + ":9030"],
        *["-i", base + "identity_key", "-s", base + "signing_key", "-c", base + "certificate"],
        input="laboratory\n",
    )
    voter = re.search("^fingerprint ([0-9A-F]{40})$", open(base + "certificate").read(), re.M).group(1)
    own = place("authority", AUTHORITY) + ["DirPort %s:9030" % AUTHORITY]
    lines = "\n".join(["DataDirectory " + home, *own]) + "\n"
    printed = run("tor", *ALONE, "-f", lab.file("tor-print.conf", lines), "--list-fingerprint", "--quiet")
    identity = printed.split(maxsplit=1)[1].strip()
    lab.tor_authority = "DirAuthority authority orport=%d v3ident=%s %s:9030 %s" % (PORT, voter, AUTHORITY, identity)
    # Programs that are to reach names at all want a resolver; these never ask it.
    lab.use_resolvers(ISP_RESOLVER)
    tor(lab, "web", "authority", *own, VOTING)
    relays = {}
    for n, address in enumerate(RELAYS):
        relays[address] = tor(lab, "web", "relay%d" % n, *place("relay%d" % n, address))
    beyond = client(lab, "beyond", BEYOND)
    expect("ok", joined(beyond, 60), "joining Tor beyond the censor hop")
    through(lab, "ok", BEYOND)
    end(beyond[0])
    return relays


def place(name, address):
    own = ["Nickname " + name, "Address " + address, "OutboundBindAddress " + address]
    return [*own, "ORPort %s:%d" % (address, PORT), "ExitRelay 1", "ExitPolicy accept *:*"]


def fingerprint(lab, n):
    """By which others know a relay."""
    return open(os.path.join(folder(lab, "relay%d" % n), "fingerprint")).read().split()[1]


def client(lab, name, space, *lines):
    return tor(lab, space, name, *lines, socks="SocksPort 9050")


def joined(started, seconds):
    """Whether the program says so in that time."""
    process, log = started
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        if "Bootstrapped 100%" in open(log).read():
            return True
        if process.poll() is not None:
            raise LabError("tor ended early: " + open(log).read()[-500:])
        time.sleep(0.1)
    return False


def through(lab, want, space, total=15):
    """A page of another site, through the network."""
    command = ["curl", "-sS", "-o", "/dev/null", "--cacert", lab.ca, "--max-time", str(total)]
    command += ["--socks5", "127.0.0.1:9050", "--resolve", "www.debian.org:443:" + DEBIAN, "https://www.debian.org/"]
    done = subprocess.run(within(space, *command), capture_output=True, timeout=60, check=False)
    expect(want, done.returncode == 0, "a page through Tor")


def met(lab):
    """The relays that the censor dealt with, by its log: what it dropped was for them, what it forged came in their
    name. Which ones a program tries is its own choice."""
    ends = set()
    for line in open(lab.log):
        packet = Packet(bytes.fromhex(json.loads(line)["ip"]))
        ends |= {show_address(packet.src), show_address(packet.dst)}
    return [address for address in (AUTHORITY, *RELAYS) if address in ends]


@sample(
    "protocol-blocking-tor",
    "Every relay of Tor that a program tries is reset after the hello; sites answer.",
    (
        "A box beside the path knows the hello of a tor program by its list of cipher suites and answers it with three"
        " resets, whoever is asked. The program has never been in the network: it tries the addresses that it comes"
        " with, one after the other, and gets nowhere. Other sites answer. Another client joined a moment before."
        + RECORDED
    ),
)
def tor_blocked(lab):
    lab.capture_options = HELLO
    lab.rules = [{"place": "beside", "ciphers": SUITES, "as": "Tor", "forge": [BURST]}]
    lab.link.update(near=0.7, jitter=0.1)
    yield
    way_back(lab)
    network(lab)
    known = [
        "FallbackDir %s orport=%d id=%s weight=10" % (address, PORT, fingerprint(lab, n))
        for n, address in enumerate(RELAYS)
    ]
    yield
    curl(lab, "https://forum.example.net/", "ok")
    laptop = client(lab, "laptop", "client", *known)
    expect("fail", joined(laptop, 12), "joining Tor")
    curl(lab, "https://news.example.org/", "ok")
    end(laptop[0])
    quiet(lab)
    relays = met(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [interference("rst-injection", "protocol", "Tor", "rst-injection", relays, PORT, None, [0])],
        ["forum.example.net", "news.example.org", "www.debian.org"],
        findings=[{"technique": "rst-injection", "address": address, "atLeast": "likely"} for address in relays],
    )


@sample(
    "protocol-blocking-tor-drop",
    "Every hello of Tor vanishes, whatever relay is asked; sites answer.",
    (
        "A box in the path knows the hello of a tor program by its list of cipher suites and drops it with all its"
        " repetitions, whoever is asked. The program has joined the network before and tries the relays that it"
        " knows. Other sites answer. Another client joined a moment before."
        + RECORDED
    ),
)
def tor_dropped(lab):
    lab.capture_options = HELLO
    lab.rules = [{"place": "inside", "action": "drop", "ciphers": SUITES, "as": "Tor"}]
    yield
    way_back(lab)
    network(lab)
    # From beyond the censor hop, with what a client keeps.
    os.rename(folder(lab, "beyond"), os.path.join(lab.work, "tor-laptop"))
    yield
    curl(lab, "https://forum.example.net/", "ok")
    laptop = client(lab, "laptop", "client")
    time.sleep(10)
    curl(lab, "https://news.example.org/", "ok")
    expect("fail", joined(laptop, 10), "joining Tor")
    end(laptop[0])
    quiet(lab)
    relays = met(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [interference("port-blocking", "protocol", "Tor", "packet-drop", relays, PORT, None, [0])],
        ["forum.example.net", "news.example.org", "www.debian.org"],
        findings=[{"technique": "port-blocking", "address": address, "atLeast": "possible"} for address in relays],
    )


@sample(
    "protocol-innocent-tor",
    "Tor works; two bridges that were tried first are not there any more.",
    (
        "Nobody interferes here. At the address of one bridge nothing listens any more, and its machine says so; the"
        " machine of the other is off. Without them the same program joins the network and a page comes through it."
        + RECORDED
    ),
)
def tor_works(lab):
    lab.capture_options = HELLO
    off = "93.184.215.70"
    yield
    way_back(lab)
    relays = network(lab)
    gone = RELAYS[0]
    bridges = [gone, off]
    lines = ["Bridge %s:%d" % (address, PORT) for address in bridges]
    end(relays[gone][0])
    # On the last router's own segment, where nobody answers for it; and like many, that router does not say so.
    lab.batch("t7", ["route add %s/32 dev side" % off])
    lab.nft(
        "t7",
        "table ip own {\n chain own {\n  type filter hook output priority 0;\n"
        "  icmp type destination-unreachable drop\n }\n}\n",
    )
    yield
    curl(lab, "https://forum.example.net/", "ok")
    laptop = client(lab, "laptop", "client", "UseBridges 1", *lines)
    expect("fail", joined(laptop, 12), "joining Tor by bridges that are down")
    end(laptop[0])
    laptop = client(lab, "laptop", "client")
    expect("ok", joined(laptop, 30), "joining Tor")
    through(lab, "ok", "client")
    end(laptop[0])
    curl(lab, "https://news.example.org/", "ok")
    quiet(lab)
    names = ["forum.example.net", "news.example.org", "www.debian.org"]
    return truth(at_client(lab, ISP_RESOLVER), innocent=[*names, AUTHORITY, *RELAYS, off])
