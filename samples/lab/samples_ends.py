"""Samples recorded at both ends at once: one capture at the client, one at the ordinary sites' server.

See samples.py for what a sample is.
"""

import os
import time

from lab import EXAMPLE, ISP_RESOLVER, OTHER, THIRD
from samples import at_client, curl, interference, quiet, sample, together, truth

# Beside the path: one reset to each end, in the other's name, with a TTL that starts where many start.
BOTH_ENDS = {
    "flags": "RA",
    "to": ["client", "server"],
    "ttl": 64,
    "ipid": "random",
    "df": False,
    "window": "mirror",
    "delayMs": [0.3, 1.0],
}
SERVER = {"role": "server", "local": [EXAMPLE, OTHER, THIRD], "resolvers": []}


def ends(lab):
    """A visit of the server from which on both captures have something in common."""
    curl(lab, "https://shop.example.com/", "ok")


@sample(
    "two-ends-blocked",
    "One connection captured at both ends: resets that neither end sent, and hellos that left and never arrived.",
    (
        "A box in the path forges a reset to each end when a TLS hello names one site, and swallows every hello that"
        " names another. Two captures were taken at the same time: on the laptop's interface and on the server's. Each"
        " alone shows a reset from the other side, or silence; both together show who sent what. Other names on the"
        " same server work. The line loses a packet now and then. Recorded in a laboratory network built for it."
    ),
)
def two_ends(lab):
    lab.rules = [
        {"place": "beside", "sni": ["forum.example.net"], "forge": [BOTH_ENDS]},
        {"place": "inside", "sni": ["radio.example.org"], "action": "swallow"},
    ]
    lab.other_place = "web"
    lab.link.update(near=0.7, jitter=0.1, loss=0.003)
    lab.key = "rsa:4096"  # the large key makes the server think for longer than the box is away
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    ends(lab)
    for _ in range(3):
        curl(lab, "https://forum.example.net/", "fail")
        curl(lab, "https://www.example.com/", "ok")
        time.sleep(0.3)
    together(
        *[lambda: curl(lab, "https://radio.example.org/", "fail", connect=8)] * 2,
        lambda: [(curl(lab, "https://news.example.org/", "ok"), time.sleep(1.5)) for _ in range(4)],
    )
    quiet(lab)
    ends(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering", "tls-sni", "forum.example.net", "rst-injection", [OTHER], 443, "forum.example.net", [0]
            ),
            interference(
                "sni-filtering", "tls-sni", "radio.example.org", "packet-drop", [THIRD], 443, "radio.example.org", [1]
            ),
        ],
        ["shop.example.com", "www.example.com", "news.example.org", "www.debian.org"],
        findings=[
            # The server gets a reset, too, so nothing but its acknowledgement comes late: one capture alone cannot be sure
            {"technique": "rst-injection", "domain": "forum.example.net", "atLeast": "likely"},
            {"technique": "sni-filtering", "domain": "forum.example.net", "atLeast": "likely"},
        ],
    ) | {"otherEnd": SERVER}


@sample(
    "two-ends-innocent",
    "Both ends of connections that a server resets itself, over a line that loses packets.",
    (
        "Nobody interferes here. A server refuses a name that it does not carry by a reset of its own, and the line"
        " loses about one packet in sixty. Two captures were taken at the same time, on the laptop's interface and on"
        " the server's: every reset that arrived was sent, and what was lost was sent again. Recorded in a laboratory"
        " network built for it."
    ),
)
def two_ends_innocent(lab):
    lab.names["radio.example.org"] = ("web", [OTHER])
    lab.names["www.example.net"] = ("web", [])
    lab.hidden = {"www.example.net"}
    lab.records["isp"] = "host-record=www.example.net,%s\n" % THIRD
    lab.names["gone.example.com"] = ("held", [THIRD])
    lab.other_place = "web"
    lab.link.update(loss=0.016)
    yield
    base = os.path.join(lab.work, "web")
    lab.python("web", "servers.py", "picky", THIRD + ":443", base + ".pem", base + ".key", "www.example.net")
    lab.use_resolvers(ISP_RESOLVER, options="timeout:1 attempts:4")
    yield
    ends(lab)
    for _ in range(4):
        curl(lab, "https://gone.example.com/", "fail")
        curl(lab, "https://www.example.net/", "ok")
        curl(lab, "https://news.example.org/", "ok")
        time.sleep(0.3)
    quiet(lab)
    ends(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["gone.example.com", "www.example.net", "news.example.org", "shop.example.com", "www.debian.org", THIRD],
    ) | {"otherEnd": SERVER}
