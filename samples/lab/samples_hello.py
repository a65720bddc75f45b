"""Samples of filtering by the form of a TLS hello, and of what a middlebox does beside dropping it."""

import time

from lab import EXAMPLE, ISP_RESOLVER, OTHER
from samples import BURST, at_client, curl, interference, quiet, sample, truth
from samples_tls import ALERT
from samples_variants import RECORDED

# A program that offers three suites only, as some tools that hide in TLS do, and what its hello lists.
SHORT = [
    "--tls13-ciphers",
    "TLS_AES_128_GCM_SHA256",
    "--ciphers",
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
]
SHORT_SUITES = [0x1301, 0xC02B, 0xC02F, 0x00FF]
# Another, with one suite of TLS 1.3 and four older ones.
OLDER = [
    "--tls13-ciphers",
    "TLS_CHACHA20_POLY1305_SHA256",
    "--ciphers",
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
]
OLDER_SUITES = [0x1303, 0xCCA9, 0xCCA8, 0xC02C, 0xC030, 0x00FF]


@sample(
    "sni-filtering-fingerprint-drop",
    "The hellos of one program vanish, whatever site it names; another program reaches the same sites.",
    (
        "A box in the path drops TLS hellos that list exactly three cipher suites, with all their repetitions, and lets"
        " every other hello pass. One program fails for two sites at two addresses; another program reaches both, by"
        " the same names at the same addresses, before, between and after."
        + RECORDED
    ),
)
def fingerprint_drop(lab):
    lab.rules = [{"place": "inside", "ciphers": SHORT_SUITES, "action": "drop"}]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://news.example.org/", "ok")
        curl(lab, "https://news.example.org/", "fail", *SHORT, total=8)
    curl(lab, "https://forum.example.net/", "ok")
    curl(lab, "https://forum.example.net/", "fail", *SHORT, total=8)
    curl(lab, "https://news.example.org/", "ok")
    curl(lab, "https://forum.example.net/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering", "tls-fingerprint", None, "packet-drop", [address], 443, name, [0]
            )
            for address, name in ((EXAMPLE, "news.example.org"), (OTHER, "forum.example.net"))
        ],
        ["www.debian.org"],
        findings=[{"technique": "sni-filtering", "domain": "news.example.org", "atLeast": "likely"}],
    )


@sample(
    "sni-filtering-fingerprint-reset",
    "Bursts of resets answer the hellos of one program; another program reaches the same site.",
    (
        "A box beside the path answers TLS hellos that list six certain cipher suites with three resets, whatever site"
        " they name. The program that sends them fails, another one reaches the same site by the same name at the same"
        " address."
        + RECORDED
    ),
)
def fingerprint_reset(lab):
    lab.rules = [{"place": "beside", "ciphers": OLDER_SUITES, "forge": [BURST]}]
    lab.link.update(near=0.7, jitter=0.1)
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://shop.example.com/", "ok")
        curl(lab, "https://shop.example.com/", "fail", *OLDER)
        time.sleep(0.4)
    curl(lab, "https://shop.example.com/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering",
                "tls-fingerprint",
                None,
                "rst-injection",
                [EXAMPLE],
                443,
                "shop.example.com",
                [0],
            )
        ],
        ["www.debian.org"],
        findings=[{"technique": "sni-filtering", "domain": "shop.example.com", "atLeast": "likely"}],
    )


@sample(
    "sni-innocent-old-program",
    "A program that is too old for the servers it visits; a newer one reaches them.",
    (
        "Nobody interferes here. The servers speak TLS 1.3 only. A program that offers TLS 1.2 at most is refused by an"
        " alert, each time and for every site; another program reaches the same sites."
        + RECORDED
    ),
)
def old_program(lab):
    lab.tls = "TLSv1.3"
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://news.example.org/", "ok")
        curl(lab, "https://news.example.org/", "fail", "--tls-max", "1.2")
    curl(lab, "https://forum.example.net/", "ok")
    curl(lab, "https://forum.example.net/", "fail", "--tls-max", "1.2")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["news.example.org", "forum.example.net", "www.debian.org"],
    )


@sample(
    "tls-alert-injection-path",
    "The hello for one name is swallowed, and a fatal alert comes in its place.",
    (
        "A box in the path drops TLS hellos for one name, with all their repetitions, and answers with a fatal alert in"
        " the server's name, from nearer than the server is. Another name on the same address works."
        + RECORDED
    ),
)
def alert_in_path(lab):
    alert = {**ALERT, "ttl": 41, "window": 502}
    lab.rules = [{"place": "inside", "sni": ["news.example.org"], "action": "drop", "forge": [alert]}]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://news.example.org/", "fail", total=6)
        curl(lab, "https://shop.example.com/", "ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering", "tls-sni", "news.example.org", "tls-alert", [EXAMPLE], 443, "news.example.org", [0]
            )
        ],
        ["shop.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "sni-filtering", "domain": "news.example.org", "atLeast": "likely"}],
    )


@sample(
    "residual-blocking-drop",
    "After one name was seen, everything to the same address and port is dropped for twenty-five seconds.",
    (
        "A box in the path reads the name in a TLS hello. The hello passes; a moment later everything that the laptop"
        " sends to that address and port is dropped, for twenty-five seconds and without a word. Another name on the"
        " same address therefore fails in between, and works before and after; other addresses work throughout."
        + RECORDED
    ),
)
def residual_drop(lab):
    lab.rules = [
        {"place": "inside", "sni": ["news.example.org"], "action": "shut", "seconds": 25, "delayMs": [5, 15]}
    ]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(2):
        curl(lab, "https://shop.example.com/", "ok")
        begin = time.monotonic()
        curl(lab, "https://news.example.org/", "fail", total=7)
        for _ in range(2):
            curl(lab, "https://shop.example.com/", "fail")
            curl(lab, "https://forum.example.net/", "ok")
        time.sleep(max(0, begin + 26.5 - time.monotonic()))
        curl(lab, "https://shop.example.com/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering", "tls-sni", "news.example.org", "packet-drop", [EXAMPLE], 443, "news.example.org", [0]
            )
        ],
        ["forum.example.net", "www.debian.org"],
        findings=[
            {"technique": "sni-filtering", "domain": "news.example.org", "atLeast": "possible"},
            {"technique": "residual-blocking", "address": EXAMPLE, "atLeast": "possible"},
        ],
    )
