"""Further variants of what the other files hold, and what looks like them: another count, another queue, another end."""

import time

from lab import DATA_CENTRES, EXAMPLE, ISP_RESOLVER, OTHER, THIRD
from samples import at_client, curl, helper, interference, quiet, sample, together, truth
from samples_flow import REQUEST, download, quic_server, visit
from samples_tls import intercept

RECORDED = " Recorded in a laboratory network built for it, on the laptop's interface."


@sample(
    "data-cutoff-packets",
    "Connections to one address freeze after thirty packets, again and again.",
    (
        "A box in the path drops every packet after the thirtieth, both ways, of connections whose request goes to one"
        " address. Three downloads freeze at the same amount, smaller pages from there come whole, and a larger file"
        " comes from elsewhere. Of each frame the first 200 bytes."
        + RECORDED
    ),
)
def cutoff_packets(lab):
    lab.rules = [{"place": "inside", "host": ["radio.example.org"], "action": "count", "packets": 27}]
    lab.files = {"film": 100_000}
    lab.capture_options = REQUEST
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    download(lab, "ok", "www.debian.org", "film", "http")
    curl(lab, "http://radio.example.org/", "ok")
    together(*(lambda: download(lab, "fail", "radio.example.org", "film", "http", total=9) for _ in range(3)), apart=3.2)
    curl(lab, "http://radio.example.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "data-cutoff", "http-host", "radio.example.org", "cut-off", [THIRD], 80, "radio.example.org", [0]
            )
        ],
        ["www.debian.org"],
        findings=[{"technique": "data-cutoff", "domain": "radio.example.org", "atLeast": "likely"}],
    )


@sample(
    "data-innocent-server-stalls",
    "A server process that hangs after 16,000 bytes of a long answer, each time.",
    (
        "Nobody interferes here. One server promises 200,000 bytes and hangs after 16,000; its system goes on"
        " acknowledging, and the laptop gives up after some seconds. Large files from elsewhere come whole. Of each"
        " frame the first 200 bytes."
        + RECORDED
    ),
)
def server_stalls(lab):
    lab.files = {"film": 100_000}
    lab.capture_options = REQUEST
    yield
    lab.python("web", "servers.py", "stall", THIRD + ":8080", "16000")
    lab.use_resolvers(ISP_RESOLVER)
    yield
    download(lab, "ok", "www.debian.org", "film", "http")
    together(*(lambda: curl(lab, "http://radio.example.org:8080/", "fail", total=8) for _ in range(3)), apart=3.2)
    quiet(lab)
    return truth(at_client(lab, ISP_RESOLVER), innocent=["radio.example.org", "www.debian.org", THIRD])


@sample(
    "throttling-shaped-name",
    "Downloads of one name wait in a queue that lets 20 kilobytes a second through; another name there is fast.",
    (
        "A box in the path reads the host of a plain request and, for one name, holds the server's packets back so that"
        " 20 kilobytes a second pass. Hardly anything is lost. The same file from the same address comes at full speed"
        " under another name, before and after. Of each frame the first 200 bytes."
        + RECORDED
    ),
)
def shaped_name(lab):
    lab.rules = [
        {"place": "inside", "host": ["news.example.org"], "action": "shape", "rate": 20_000, "queue": 60_000}
    ]
    lab.files = {"film": 300_000}
    lab.capture_options = REQUEST
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    download(lab, "ok", "shop.example.com", "film", "http")
    download(lab, "ok", "news.example.org", "film", "http", total=40)
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
        findings=[{"technique": "throttling", "domain": "news.example.org", "atLeast": "possible"}],
    )


@sample(
    "port-blocking-encrypted",
    "Connections whose first bytes look like nothing known are dropped; TLS to the same address passes.",
    (
        "A box in the path drops a connection from its first payload on when that is neither text nor TLS nor HTTP and"
        " has about as many set bits as a random number. A tunnel that hides its protocol fails each time; web pages"
        " from the same address come."
        + RECORDED
    ),
)
def encrypted_dropped(lab):
    lab.rules = [{"place": "inside", "action": "drop", "encrypted": [OTHER]}]
    yield
    lab.python("web", "servers.py", "hang", OTHER + ":8388")
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        helper(lab, "fail", "telegram", OTHER + ":8388", "obfuscated", "7")
        curl(lab, "https://forum.example.net/", "ok")
    helper(lab, "ok", "telegram", DATA_CENTRES[1] + ":443", "obfuscated", "5")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [interference("port-blocking", "protocol", OTHER, "packet-drop", [OTHER], 8388, None, [0])],
        ["forum.example.net", "www.debian.org", DATA_CENTRES[1]],
        findings=[{"technique": "port-blocking", "address": OTHER, "atLeast": "possible"}],
    )


@sample(
    "residual-innocent-restart",
    "A server that answers nobody for a while after a visit, because it restarts.",
    (
        "Nobody interferes here. A web server's machine drops everything while it restarts, by chance right after a"
        " visit; half a minute later all its names answer again."
        + RECORDED
    ),
)
def restart(lab):
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    rule = "table ip own {\n chain input {\n  type filter hook input priority 0;\n  ip daddr %s drop\n }\n}\n" % EXAMPLE
    curl(lab, "https://shop.example.com/", "ok")
    curl(lab, "https://news.example.org/", "ok")
    lab.nft("web", rule)
    for name in ("news.example.org", "shop.example.com", "news.example.org"):
        curl(lab, "https://%s/" % name, "fail", connect=8)
        curl(lab, "https://forum.example.net/", "ok")
    lab.nft("web", "delete table ip own\n")
    for name in ("news.example.org", "shop.example.com"):
        curl(lab, "https://%s/" % name, "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["news.example.org", "shop.example.com", "forum.example.net", "www.debian.org", EXAMPLE],
    )


@sample(
    "tls-mitm-unknown-issuer",
    "TLS 1.2 to one address is taken by a box whose authority nobody knows.",
    (
        "A router on the path takes every connection to the TLS port of one address, with certificates of an authority"
        " that is in no list. The laptop's capture alone shows a certificate that it cannot judge: many companies have"
        " an authority of their own. So nothing is to be said of it."
        + RECORDED
    ),
)
def mitm_unknown(lab):
    lab.tls = "TLSv1.2"
    yield
    taken = intercept(
        lab, "cz", EXAMPLE, "/O=Web Security/CN=Web Security CA", ["news.example.org", "shop.example.com"]
    )
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(2):
        curl(lab, "https://news.example.org/", "fail")
        curl(lab, "https://forum.example.net/", "ok")
    curl(lab, "https://shop.example.com/", "ok", "-k")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "tls-mitm", "ip-address", EXAMPLE, "tls-mitm", [EXAMPLE], 443, "news.example.org", counter=taken
            )
        ],
        ["forum.example.net", "www.debian.org"],
    )


@sample(
    "quic-blocking-residual",
    "QUIC with one name stops a moment after its first datagram, and so does all QUIC to that place for a while.",
    (
        "A box in the path reads the name in QUIC's first datagram. That datagram passes and the server answers it; a"
        " moment later everything that the laptop sends to that address and port is dropped for twenty-five seconds."
        " The same name works over TCP, and other names work over QUIC before and after."
        + RECORDED
    ),
)
def quic_residual(lab):
    lab.rules = [
        {"place": "inside", "quic": ["news.example.org"], "action": "shut", "seconds": 25, "delayMs": [25, 45]}
    ]
    yield
    quic_server(lab, "web", EXAMPLE)
    quic_server(lab, "web", OTHER)
    lab.use_resolvers(ISP_RESOLVER)
    yield
    visit(lab, "ok", "shop.example.com")
    visit(lab, "ok", "forum.example.net")
    begin = time.monotonic()
    for _ in range(2):
        visit(lab, "fail", "news.example.org", seconds=5)
        curl(lab, "https://news.example.org/", "ok")
        visit(lab, "ok", "forum.example.net")
    visit(lab, "fail", "shop.example.com", seconds=5)
    time.sleep(max(0, begin + 27 - time.monotonic()))
    visit(lab, "ok", "shop.example.com")
    visit(lab, "ok", "forum.example.net")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "quic-blocking", "quic-sni", "news.example.org", "packet-drop", [EXAMPLE], 443, "news.example.org", [0]
            )
        ],
        ["forum.example.net", "www.debian.org"],
        findings=[{"technique": "quic-blocking", "domain": "news.example.org", "atLeast": "possible"}],
    )
