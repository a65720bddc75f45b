"""Samples of tunnels: OpenVPN, WireGuard and Shadowsocks as Debian has them, blocked by their form, and failing by
themselves.

Before a story begins, each server is reached once from beyond the censor hop: what is silent in it is not silent by
itself, unless the story says so. See samples.py for what a sample is.
"""

import os
import subprocess
import sys
import time

from lab import DEBIAN, EXAMPLE, HERE, OTHER, PUBLIC_RESOLVER, THIRD, WIKI, LabError, run, within
from samples import at_client, curl, helper, interference, quiet, sample, together, truth
from samples_flow import quic_server, visit

RECORDED = " Recorded in a laboratory network built for it, on the laptop's interface."
BEYOND = "wiki"  # a site from which servers are reached without passing the censor hop
METHOD = "chacha20-ietf-poly1305"


def way_back(lab):
    """From the ordinary sites to those that lie nearer; without it they reach nobody but clients."""
    for router, back in (("t7", "198.51.100.37"), ("t6", "198.51.100.33")):
        lab.batch(router, ["route add %s via %s" % (net, back) for net in (WIKI, DEBIAN, "198.51.100.136/30")])


# OpenVPN: both sides know each other by the fingerprint of a certificate of their own


def openvpn_keys(lab):
    prints = {}
    for side in ("server", "client"):
        base = os.path.join(lab.work, "openvpn-" + side)
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
        run("openssl", "req", "-x509", *new, "-subj", "/CN=" + side, "-keyout", base + ".key", "-out", base + ".pem")
        printed = run("openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", base + ".pem")
        prints[side] = printed.strip().split("=")[1]
    return prints


def openvpn_command(lab, side, other, *more):
    base = os.path.join(lab.work, "openvpn-" + side)
    known = ["--cert", base + ".pem", "--key", base + ".key", "--peer-fingerprint", lab.openvpn[other]]
    return ["openvpn", "--dev", "tun", "--verb", "3", *known, *more]


def openvpn_server(lab, site, address, proto="udp", *more):
    lab.openvpn = getattr(lab, "openvpn", None) or openvpn_keys(lab)
    lab.openvpn_nets = getattr(lab, "openvpn_nets", 0) + 1
    own = ["--server", "10.8.%d.0" % lab.openvpn_nets, "255.255.255.0", "--topology", "subnet", "--dh", "none"]
    place = ["--proto", proto + ("-server" if proto == "tcp" else ""), "--local", address, "--port", "1194"]
    return lab.start(
        site, *openvpn_command(lab, "server", "client", *own, *place, *more), ready="Initialization Sequence Completed"
    )


def openvpn(lab, want, address, proto="udp", *more, name="client", seconds=9):
    """Connects, and gives up after some seconds."""
    place = ["--proto", proto + ("-client" if proto == "tcp" else ""), "--remote", address, "1194"]
    command = openvpn_command(lab, "client", "server", "--client", "--nobind", "--route-nopull", *place, *more)
    process = lab.start(name, *command)
    log = os.path.join(lab.work, "%02d-openvpn.log" % (len(lab.processes) - 1))
    stop, connected = time.monotonic() + seconds, False
    while not connected and time.monotonic() < stop:
        time.sleep(0.05)
        connected = "Initialization Sequence Completed" in open(log).read()
    end(process)
    expect(want, connected, "openvpn to " + address)


def expect(want, worked, what):
    if worked != (want == "ok"):
        raise LabError("%s: wanted %s" % (what, want))


def end(process):
    process.terminate()
    process.wait(5)


# WireGuard, in its own program: the kernel's would be one for all namespaces


def wireguard_keys():
    private = run("wg", "genkey").strip()
    return private, run("wg", "pubkey", input=private + "\n").strip()


def wireguard(lab, space, device, inside, private, peer, *options):
    """A device with an address of the tunnel's and one peer."""
    process = lab.start(space, "wireguard-go", "-f", device)
    log = os.path.join(lab.work, "%02d-wireguard-go.log" % (len(lab.processes) - 1))
    lab.wait(lambda: os.path.exists("/run/wireguard/%s.sock" % device), process, log)
    key = lab.file(device + ".key", private + "\n")
    run(*within(space, "wg", "set", device, "private-key", key, "peer", peer, "allowed-ips", "10.9.0.0/24", *options))
    lab.batch(space, ["addr add %s/24 dev %s" % (inside, device), "link set %s up" % device])
    return process


def wireguard_pair(lab, known=True):
    """A server at all addresses of the ordinary sites, reached once; the private key of the client and the public one of
    the server. A client that the server does not know has a key of its own."""
    server, client = wireguard_keys(), wireguard_keys()
    wireguard(lab, "web", "wgs0", "10.9.0.1", server[0], client[1])
    run(*within("web", "wg", "set", "wgs0", "listen-port", "51820"))
    there = wireguard(lab, BEYOND, "wgb0", "10.9.0.2", client[0], server[1], "endpoint", OTHER + ":51820")
    through(lab, "ok", BEYOND)
    end(there)
    return (client if known else wireguard_keys())[0], server[1]


def through(lab, want, name="client", count="3"):
    """A ping through the tunnel."""
    done = subprocess.run(
        within(name, sys.executable, os.path.join(HERE, "clients.py"), "ping", "10.9.0.1", count),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    expect(want, done.returncode == 0, "ping through WireGuard")


# Shadowsocks


def shadowsocks_server(lab, site, address):
    lab.start(
        site, "ss-server", "-s", address, "-p", "8388", "-k", "laboratory", "-m", METHOD, "-t", "60",
        ready="tcp server listening",
    )  # fmt: skip


def shadowsocks(lab, want, address, password="laboratory", name="client", total=8):
    """A page of another site, through the tunnel."""
    local = lab.start(
        name, "ss-local", "-s", address, "-p", "8388", "-l", "1080", "-k", password, "-m", METHOD, "-t", "60",
        ready="listening at",
    )  # fmt: skip
    command = ["curl", "-sS", "-o", "/dev/null", "--cacert", lab.ca, "--max-time", str(total)]
    command += ["--socks5", "127.0.0.1:1080", "--resolve", "www.debian.org:443:" + DEBIAN, "https://www.debian.org/"]
    done = subprocess.run(within(name, *command), capture_output=True, timeout=60, check=False)
    end(local)
    expect(want, done.returncode == 0, "Shadowsocks by " + address)


@sample(
    "protocol-blocking-openvpn",
    "OpenVPN draws no answer over UDP nor over TCP; web pages from the same server come.",
    (
        "A box in the path knows the first message of an OpenVPN client by its form and drops it with everything that"
        " follows, over UDP and TCP alike. The program tries UDP, then TCP, for half a minute. Web pages from the same"
        " address come before, between and after. The server answered another client at the same time."
        + RECORDED
    ),
)
def openvpn_blocked(lab):
    lab.rules = [{"place": "inside", "action": "drop", "tunnels": ["OpenVPN"]}]
    yield
    way_back(lab)
    for proto in ("udp", "tcp"):
        openvpn_server(lab, "web", OTHER, proto)
        openvpn(lab, "ok", OTHER, proto, name=BEYOND)
    quic_server(lab, "wiki", DEBIAN)
    lab.use_resolvers(PUBLIC_RESOLVER)
    yield
    curl(lab, "https://forum.example.net/", "ok")
    visit(lab, "ok", "www.debian.org")
    openvpn(lab, "fail", OTHER, "udp", seconds=16)
    curl(lab, "https://forum.example.net/", "ok")
    for _ in range(2):
        openvpn(lab, "fail", OTHER, "tcp", seconds=9)
        curl(lab, "https://forum.example.net/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, PUBLIC_RESOLVER),
        [interference("port-blocking", "protocol", "OpenVPN", "packet-drop", [OTHER], 1194, None, [0])],
        ["forum.example.net", "www.debian.org"],
        findings=[{"technique": "port-blocking", "address": OTHER, "atLeast": "possible"}],
    )


@sample(
    "protocol-blocking-wireguard",
    "WireGuard draws no answer from any of three servers; web pages from the same addresses come.",
    (
        "A box in the path knows WireGuard's first message by its form and drops it, whatever the address. The laptop"
        " tries three addresses of a VPN service, one after the other. Web pages from each of them come. The servers"
        " answered another client a moment before."
        + RECORDED
    ),
)
def wireguard_blocked(lab):
    lab.rules = [{"place": "inside", "action": "drop", "tunnels": ["WireGuard"]}]
    yield
    way_back(lab)
    private, peer = wireguard_pair(lab)
    wireguard(lab, "client", "wgc0", "10.9.0.3", private, peer)
    quic_server(lab, "wiki", DEBIAN)
    lab.use_resolvers(PUBLIC_RESOLVER)
    yield
    visit(lab, "ok", "www.debian.org")
    for name, address in (("forum.example.net", OTHER), ("radio.example.org", THIRD), ("news.example.org", EXAMPLE)):
        run(*within("client", "wg", "set", "wgc0", "peer", peer, "endpoint", address + ":51820"))
        curl(lab, "https://%s/" % name, "ok")
        through(lab, "fail", count="13")
    quiet(lab)
    places = [OTHER, THIRD, EXAMPLE]
    return truth(
        at_client(lab, PUBLIC_RESOLVER),
        [interference("port-blocking", "protocol", "WireGuard", "packet-drop", places, 51820, None, [0])],
        ["forum.example.net", "radio.example.org", "news.example.org", "www.debian.org"],
        findings=[{"technique": "port-blocking", "address": place, "atLeast": "possible"} for place in places],
    )


@sample(
    "protocol-blocking-shadowsocks",
    "A tunnel without a form of its own is dropped at one address and works at another.",
    (
        "A box in the path drops connections to one address from a first payload on that is neither text nor TLS nor"
        " HTTP and has about as many set bits as a random number. Shadowsocks by a server there fails each time; by a"
        " server elsewhere it works, and web pages from the blocked address come."
        + RECORDED
    ),
)
def shadowsocks_blocked(lab):
    lab.rules = [{"place": "inside", "action": "drop", "encrypted": [THIRD]}]
    yield
    way_back(lab)
    for address in (THIRD, OTHER):
        shadowsocks_server(lab, "web", address)
        shadowsocks(lab, "ok", address, name=BEYOND)
    lab.use_resolvers(PUBLIC_RESOLVER)
    yield
    for _ in range(3):
        shadowsocks(lab, "fail", THIRD)
        curl(lab, "https://radio.example.org/", "ok")
    for _ in range(2):
        shadowsocks(lab, "ok", OTHER)
    quiet(lab)
    return truth(
        at_client(lab, PUBLIC_RESOLVER),
        [interference("port-blocking", "protocol", THIRD, "packet-drop", [THIRD], 8388, None, [0])],
        ["radio.example.org", "www.debian.org", OTHER],
        findings=[{"technique": "port-blocking", "address": THIRD, "atLeast": "possible"}],
    )


@sample(
    "protocol-innocent-wrong-key",
    "Servers of VPNs that do not answer a client whose key they do not know; nobody interferes.",
    (
        "Nobody interferes here. The laptop's keys are old: WireGuard and OpenVPN with a key of its own for the"
        " handshake say nothing to strangers, and Shadowsocks takes what it cannot decrypt and is silent. Other clients"
        " with the right keys are answered, and so are web pages from the same addresses."
        + RECORDED
    ),
)
def wrong_key(lab):
    yield
    way_back(lab)
    keys = []
    for name in ("right.key", "old.key"):
        keys.append(os.path.join(lab.work, name))
        run("openvpn", "--genkey", "tls-crypt", keys[-1])
    openvpn_server(lab, "web", OTHER, "udp", "--tls-crypt", keys[0])
    openvpn(lab, "ok", OTHER, "udp", "--tls-crypt", keys[0], name=BEYOND)
    shadowsocks_server(lab, "web", THIRD)
    shadowsocks(lab, "ok", THIRD, name=BEYOND)
    private, peer = wireguard_pair(lab, known=False)
    wireguard(lab, "client", "wgc0", "10.9.0.3", private, peer)
    quic_server(lab, "wiki", DEBIAN)
    lab.use_resolvers(PUBLIC_RESOLVER)
    yield
    curl(lab, "https://forum.example.net/", "ok")
    openvpn(lab, "fail", OTHER, "udp", "--tls-crypt", keys[1], seconds=16)
    run(*within("client", "wg", "set", "wgc0", "peer", peer, "endpoint", EXAMPLE + ":51820"))
    visit(lab, "ok", "www.debian.org")
    curl(lab, "https://news.example.org/", "ok")
    through(lab, "fail", count="13")
    curl(lab, "https://news.example.org/", "ok")
    for _ in range(3):
        shadowsocks(lab, "fail", THIRD, password="an old one")
        curl(lab, "https://radio.example.org/", "ok")
    quiet(lab)
    names = ["forum.example.net", "radio.example.org", "news.example.org", "www.debian.org"]
    return truth(at_client(lab, PUBLIC_RESOLVER), innocent=[*names, OTHER, THIRD, EXAMPLE])


@sample(
    "protocol-innocent-vpn-down",
    "VPN servers that are not there: a closed port, a machine that is off; nobody interferes.",
    (
        "Nobody interferes here. At one address no OpenVPN runs any more, and its machine says so; another machine is"
        " off, so that neither OpenVPN nor WireGuard nor anything else draws an answer from it. Everybody else is"
        " answered."
        + RECORDED
    ),
)
def vpn_down(lab):
    off = "93.184.215.70"
    yield
    way_back(lab)
    server = openvpn_server(lab, "web", OTHER)
    openvpn(lab, "ok", OTHER, name=BEYOND)
    end(server)
    # On the last router's own segment, where nobody answers for it; and like many, that router does not say so.
    lab.batch("t7", ["route add %s/32 dev side" % off])
    lab.nft(
        "t7",
        "table ip own {\n chain own {\n  type filter hook output priority 0;\n"
        "  icmp type destination-unreachable drop\n }\n}\n",
    )
    (private, _), (_, peer) = wireguard_keys(), wireguard_keys()
    wireguard(lab, "client", "wgc0", "10.9.0.3", private, peer)
    quic_server(lab, "wiki", DEBIAN)
    lab.use_resolvers(PUBLIC_RESOLVER)
    yield
    for proto in ("udp", "tcp"):
        openvpn(lab, "fail", OTHER, proto, seconds=9)
        curl(lab, "https://forum.example.net/", "ok")
    openvpn(lab, "fail", off, "udp", seconds=16)
    run(*within("client", "wg", "set", "wgc0", "peer", peer, "endpoint", off + ":51820"))
    together(
        lambda: through(lab, "fail", count="13"),
        lambda: helper(lab, "fail", "ping", off, "3"),
        apart=1,
    )
    visit(lab, "ok", "www.debian.org")
    curl(lab, "https://news.example.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, PUBLIC_RESOLVER),
        innocent=["forum.example.net", "news.example.org", "www.debian.org", OTHER, off],
    )
