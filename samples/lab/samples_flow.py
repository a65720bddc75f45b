"""Samples of interference with what flows: QUIC, speed, amounts, ports."""

import os
import time

from lab import EXAMPLE, ISP_RESOLVER, OTHER, PUBLIC_RESOLVER, THIRD, WIKI, run, within
from samples import at_client, client, curl, helper, interference, quiet, sample, together, truth

HELLO = ["-s", "640"]  # bytes kept of a frame: a ClientHello is whole, what is downloaded is not
REQUEST = ["-s", "200"]  # the same for a plain request
NAME = ["-s", "128"]  # of many frames: the host of a short request is whole


def quic_server(lab, site, address):
    base = os.path.join(lab.work, site)
    where = os.path.join(lab.work, site + ".htdocs")
    os.makedirs(where, exist_ok=True)
    with open(os.path.join(where, "index.html"), "w") as file:
        file.write("<p>A page over QUIC." * 40)
    lab.start(site, "gtlsserver", "-q", "-d", where, address, "443", base + ".key", base + ".pem")
    for _ in range(100):
        if ":443 " in run(*within(site, "ss", "-Hlun", "src", address)):
            return
        time.sleep(0.05)


def visit(lab, want, name, seconds=8):
    """One page over QUIC, and nothing else."""
    command = ["gtlsclient", "-q", "--exit-on-all-streams-close", "--timeout=%ds" % seconds]
    command += ["--handshake-timeout=%ds" % seconds]
    script = 'out=$("$@" 2>&1); status=$?; printf "%s" "$out"; [ $status = 0 ] && ! grep -q "ERR_" <<<"$out"'
    url = "https://%s/index.html" % name
    client(lab, want, "bash", "-c", script, "visit", *command, name, "443", url)


def count_dropped(lab, router, match):
    """A rule that throws away what fits, and counts it."""
    lab.nft(
        router,
        "table ip gone {\n counter gone { }\n chain pre {\n  type filter hook forward priority 0;\n"
        "  %s counter name gone drop\n }\n}\n" % match,
    )
    return router, "gone"


def download(lab, want, name, path, scheme="https", total=25):
    curl(lab, "%s://%s/%s" % (scheme, name, path), want, total=total)


@sample(
    "quic-blocking-name",
    "QUIC draws no answer for one name; the same address answers QUIC for another name, and TCP for both.",
    (
        "A box in the path decrypts the first packet of QUIC connections, as anyone can, and swallows those that name"
        " one site, with everything that follows. The same address answers QUIC for another name, and TLS over TCP for"
        " both. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def quic_name_blocked(lab):
    lab.rules = [{"place": "inside", "quic": ["news.example.org"], "action": "drop"}]
    yield
    quic_server(lab, "web", EXAMPLE)
    quic_server(lab, "wiki", WIKI)
    lab.use_resolvers(ISP_RESOLVER)
    yield
    visit(lab, "ok", "en.wikipedia.org")
    for _ in range(3):
        visit(lab, "fail", "news.example.org", seconds=5)
        curl(lab, "https://news.example.org/", "ok")
        visit(lab, "ok", "shop.example.com")
        time.sleep(0.5)
    visit(lab, "ok", "en.wikipedia.org")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "quic-blocking", "quic-sni", "news.example.org", "packet-drop", [EXAMPLE], 443, "news.example.org", [0]
            )
        ],
        ["shop.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "quic-blocking", "domain": "news.example.org", "atLeast": "likely"}],
    )


@sample(
    "quic-blocking-protocol",
    "No QUIC is answered anywhere; every site answers over TCP.",
    (
        "A router on the path throws away everything to UDP port 443. Four sites in four networks that have QUIC stay"
        " silent to it, and all of them answer TLS over TCP. Recorded in a laboratory network built for it, on the"
        " laptop's interface."
    ),
)
def quic_protocol_blocked(lab):
    yield
    gone = count_dropped(lab, "cz", "udp dport 443")
    for site, address in (("web", EXAMPLE), ("web", OTHER), ("web", THIRD), ("wiki", WIKI)):
        quic_server(lab, site, address)
    lab.use_resolvers(ISP_RESOLVER)
    yield
    names = ["news.example.org", "forum.example.net", "radio.example.org", "en.wikipedia.org"]
    for _ in range(2):
        for name in names:
            visit(lab, "fail", name, seconds=4)
            curl(lab, "https://%s/" % name, "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "quic-blocking", "protocol", "quic", "packet-drop", [EXAMPLE, OTHER, THIRD, WIKI], 443, counter=gone
            )
        ],
        ["www.debian.org"],
        findings=[{"technique": "quic-blocking", "atLeast": "likely"}],
    )


@sample(
    "quic-innocent-no-server",
    "Sites that have no QUIC: one closed port, one firewall that says nothing.",
    (
        "Nobody interferes here. Of three sites that the laptop tries over QUIC, one has it, one has no such server and"
        " its machine says so, and one lets its own firewall drop what it does not offer. All of them answer over TCP."
        " Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def quic_no_server(lab):
    yield
    quic_server(lab, "wiki", WIKI)
    lab.nft(
        "web",
        "table ip own {\n chain own {\n  type filter hook input priority 0;\n  ip daddr %s udp dport 443 drop\n }\n}\n"
        % OTHER,
    )
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(2):
        visit(lab, "ok", "en.wikipedia.org")
        visit(lab, "fail", "news.example.org", seconds=4)
        curl(lab, "https://news.example.org/", "ok")
        visit(lab, "fail", "forum.example.net", seconds=4)
        curl(lab, "https://forum.example.net/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["news.example.org", "forum.example.net", "en.wikipedia.org", "www.debian.org"],
    )


@sample(
    "throttling-policed-name",
    "What one site sends is dropped beyond 60 kilobytes a second; the same server is fast for another name.",
    (
        "A box in the path lets connections whose plain request names one site pass at 60 kilobytes a second, by a token"
        " bucket of 30 kilobytes, and drops what the server sends beyond it. Downloads of another name from the very"
        " same address are not held up. Recorded in a laboratory network built for it, on the laptop's interface; of"
        " each frame the first 128 bytes."
    ),
)
def policed_name(lab):
    lab.rules = [
        {"place": "inside", "host": ["news.example.org"], "action": "police", "rate": 60_000, "burst": 30_000}
    ]
    lab.files = {"film": 400_000}
    lab.capture_options = NAME
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(2):
        download(lab, "ok", "shop.example.com", "film", "http")
        download(lab, "ok", "news.example.org", "film", "http")
    download(lab, "ok", "shop.example.com", "film", "http")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "throttling", "http-host", "news.example.org", "throttling", [EXAMPLE], 80, "news.example.org", [0]
            )
        ],
        ["shop.example.com", "www.debian.org"],
        findings=[{"technique": "throttling", "domain": "news.example.org", "atLeast": "likely"}],
    )


@sample(
    "throttling-policed-address",
    "A router drops what one address sends beyond 50 kilobytes a second.",
    (
        "A rule of a router on the path (nftables) drops what comes from one address beyond 50 kilobytes a second. Other"
        " addresses are not held up. Recorded in a laboratory network built for it, on the laptop's interface; of each"
        " frame the first 128 bytes."
    ),
)
def policed_address(lab):
    lab.files = {"film": 400_000}
    lab.capture_options = NAME
    yield
    gone = count_dropped(lab, "cz", "ip saddr %s limit rate over 50 kbytes/second burst 30 kbytes" % OTHER)
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(2):
        download(lab, "ok", "news.example.org", "film", "http")
        download(lab, "ok", "forum.example.net", "film", "http")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "throttling", "ip-address", OTHER, "throttling", [OTHER], 80, "forum.example.net", counter=gone
            )
        ],
        ["news.example.org", "www.debian.org"],
        findings=[{"technique": "throttling", "domain": "forum.example.net", "atLeast": "likely"}],
    )


@sample(
    "throttling-innocent-slow-line",
    "A slow line with a full queue: every site is slow alike.",
    (
        "Nobody interferes here. The line itself carries half a megabit a second and has a deep queue (tbf), so every"
        " download is slow and waits in it. Recorded in a laboratory network built for it, on the laptop's interface;"
        " of each frame the first 200 bytes."
    ),
)
def slow_line(lab):
    lab.files = {"film": 200_000}
    lab.capture_options = REQUEST
    yield
    run(*within("r2", "tc", "qdisc", "add", "dev", "lan", "root", "tbf", "rate", "500kbit", "burst", "5kb", "latency", "400ms"))
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for name in ("news.example.org", "forum.example.net", "en.wikipedia.org"):
        download(lab, "ok", name, "film", "http")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["news.example.org", "forum.example.net", "en.wikipedia.org", "www.debian.org"],
    )


@sample(
    "data-cutoff-address",
    "Connections to one hosting network freeze after 16 kilobytes; small pages and other networks work.",
    (
        "A box in the path lets 16,000 bytes of the servers of two addresses pass on each connection that names one of"
        " three sites there, then nothing in either direction. Small pages of the same sites arrive whole, large ones"
        " of other networks, too. Recorded in a laboratory network built for it, on the laptop's interface; of each"
        " frame the first 640 bytes."
    ),
)
def cutoff(lab):
    sites = ["news.example.org", "shop.example.com", "forum.example.net"]
    lab.rules = [{"place": "inside", "sni": sites, "action": "cut", "bytes": 16_000}]
    lab.files = {"film": 120_000}
    lab.capture_options = HELLO
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    download(lab, "ok", "en.wikipedia.org", "film")
    for name in sites:
        curl(lab, "https://%s/" % name, "ok")
        download(lab, "fail", name, "film", total=12)
    download(lab, "fail", "news.example.org", "film", total=12)
    download(lab, "ok", "en.wikipedia.org", "film")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference("data-cutoff", "unknown", name, "cut-off", [EXAMPLE if name != sites[2] else OTHER], 443, name, [0])
            for name in sites
        ],
        ["en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "data-cutoff", "domain": "news.example.org", "atLeast": "likely"}],
    )


@sample(
    "data-innocent-small-pages",
    "Pages that really are 16 kilobytes long, over connections that stay open.",
    (
        "Nobody interferes here. Several sites have a page of 16 kilobytes; the laptop keeps each connection open after"
        " it has the page, as browsers do, and says nothing more on it. Large pages arrive whole, too. Recorded in a"
        " laboratory network built for it, on the laptop's interface; of each frame the first 640 bytes."
    ),
)
def small_pages(lab):
    lab.files = {"page": 15_600, "film": 120_000}
    lab.capture_options = HELLO
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    keep = 'curl -sS -o /dev/null --cacert "$1" "$2" --next -sS -o /dev/null --cacert "$1" --max-time 1 "$3" & sleep 8; wait'
    for name in ("news.example.org", "forum.example.net", "radio.example.org"):
        # The second transfer of the same program waits for a name that is slow to come, and keeps the first connection.
        client(lab, "ok", "bash", "-c", keep, "keep", lab.ca, "https://%s/page" % name, "https://%s/page" % name)
        download(lab, "ok", name, "film")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["news.example.org", "forum.example.net", "radio.example.org", "www.debian.org"],
    )


@sample(
    "port-blocking-drop",
    "One port is silent at every address; other ports of the same addresses answer.",
    (
        "A router on the path throws away everything to TCP port 8443, whatever the address. The servers listen there,"
        " and the same addresses answer on port 443. Recorded in a laboratory network built for it, on the laptop's"
        " interface."
    ),
)
def port_drop(lab):
    lab.web_options = "".join("server { listen %s:8443; }\n" % address for address in (EXAMPLE, OTHER, THIRD))
    yield
    gone = count_dropped(lab, "cz", "tcp dport 8443")
    lab.use_resolvers(ISP_RESOLVER)
    yield
    names = ["news.example.org", "forum.example.net", "radio.example.org"]
    for _ in range(2):
        together(*(lambda name=name: curl(lab, "http://%s:8443/" % name, "fail", connect=8, total=8) for name in names))
        for name in names:
            curl(lab, "https://%s/" % name, "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [interference("port-blocking", "port", "8443", "packet-drop", [EXAMPLE, OTHER, THIRD], 8443, counter=gone)],
        ["www.debian.org"],
        # A server's own firewall looks the same: the twin below
        findings=[{"technique": "port-blocking", "atLeast": "possible"}],
    )


@sample(
    "port-blocking-prohibited",
    "A router refuses DNS over TLS to a public resolver by ICMP; plain questions to it are answered.",
    (
        "A rule of a router on the path answers every connection to port 853 with the ICMP message «communication"
        " administratively prohibited». The resolver listens there, and answers plain questions on port 53. Recorded in"
        " a laboratory network built for it, on the laptop's interface."
    ),
)
def port_prohibited(lab):
    yield
    lab.python("pub", "servers.py", "hang", PUBLIC_RESOLVER + ":853")
    lab.nft(
        "cz",
        "table ip gone {\n counter gone { }\n chain pre {\n  type filter hook forward priority 0;\n"
        "  tcp dport 853 counter name gone reject with icmp type admin-prohibited\n }\n}\n",
    )
    lab.use_resolvers(PUBLIC_RESOLVER)
    yield
    for _ in range(4):
        curl(lab, "https://%s:853/" % PUBLIC_RESOLVER, "fail")
        helper(lab, "ok", "lookup", PUBLIC_RESOLVER, "news.example.org", "A")
        curl(lab, "https://news.example.org/", "ok")
        time.sleep(1)
    quiet(lab)
    return truth(
        at_client(lab, PUBLIC_RESOLVER),
        [
            interference(
                "port-blocking", "port", "853", "icmp-reject", [PUBLIC_RESOLVER], 853, rules=[-1], counter=("cz", "gone")
            )
        ],
        ["news.example.org", "www.debian.org"],
        findings=[{"technique": "port-blocking", "atLeast": "likely"}],
    )


@sample(
    "port-innocent-closed",
    "Ports that nobody listens on, and one that a server's own firewall keeps shut.",
    (
        "Nobody interferes here. Two servers have nothing at a port and say so; a third has a firewall of its own that"
        " drops what it does not offer, without a word. The same servers answer on port 443. Recorded in a laboratory"
        " network built for it, on the laptop's interface."
    ),
)
def port_closed(lab):
    yield
    lab.nft(
        "web",
        "table ip own {\n chain own {\n  type filter hook input priority 0;\n  ip daddr %s tcp dport 8443 drop\n }\n}\n"
        % THIRD,
    )
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(2):
        for name in ("news.example.org", "forum.example.net", "radio.example.org"):
            curl(lab, "http://%s:8443/" % name, "fail", connect=8)
            curl(lab, "https://%s/" % name, "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["news.example.org", "forum.example.net", "radio.example.org", "www.debian.org"],
    )




@sample(
    "port-innocent-rejects",
    "Servers whose own firewall refuses a port with the ICMP message of a prohibition; nobody interferes.",
    (
        "Nobody interferes here. Two servers run the firewall that their system came with: what they do not offer it"
        " refuses with the ICMP message «host administratively prohibited» or «communication administratively"
        " prohibited», in their own name. The same servers answer on port 443. Recorded in a laboratory network built"
        " for it, on the laptop's interface."
    ),
)
def port_rejects(lab):
    yield
    lab.nft(
        "web",
        "table ip own {\n chain own {\n  type filter hook input priority 0;\n"
        "  ip daddr %s tcp dport { 22, 8443 } reject with icmp type host-prohibited\n"
        "  ip daddr %s tcp dport { 22, 8443 } reject with icmp type admin-prohibited\n }\n}\n" % (OTHER, THIRD),
    )
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(2):
        for name in ("forum.example.net", "radio.example.org"):
            for port in (8443, 22):
                curl(lab, "http://%s:%d/" % (name, port), "fail", connect=5)
            curl(lab, "https://%s/" % name, "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["forum.example.net", "radio.example.org", "www.debian.org", OTHER, THIRD],
    )
