"""Samples of interference with TLS beyond the name: alerts, interception, and what follows for a while."""

import os
import time

from lab import EXAMPLE, ISP_RESOLVER, OTHER, THIRD, run
from samples import BURST, at_client, curl, interference, quiet, sample, truth

# A fatal handshake_failure (RFC 8446 section 6) in the server's name, by a box beside the path.
ALERT = {
    "flags": "PA",
    "to": ["client"],
    "ttl": 90,
    "ipid": "random",
    "df": False,
    "window": 8192,
    "delayMs": [0.3, 1.0],
    "payload": "\x15\x03\x03\x00\x02\x02\x28",
}


@sample(
    "tls-alert-injection",
    "A forged alert ends the handshake for one name; the server's own hello arrives after it.",
    (
        "A box beside the path answers a TLS hello for one name with a fatal alert in the server's name. The server's"
        " own hello arrives after it, in the same place of the stream. Another name on the same address works. Recorded"
        " in a laboratory network built for it, on the laptop's interface."
    ),
)
def tls_alert(lab):
    lab.rules = [{"place": "beside", "sni": ["news.example.org"], "forge": [ALERT]}]
    lab.link.update(near=0.7, jitter=0.1)
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://news.example.org/", "fail")
        time.sleep(0.4)
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


def authority(lab, name, subject, sites):
    """A certificate for `sites` signed by an authority called `subject`; the paths of both and of the key."""
    base = os.path.join(lab.work, name)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    run("openssl", "req", "-x509", *curve, "-keyout", base + ".ca.key", "-out", base + ".ca", "-subj", subject)
    run("openssl", "req", *curve, "-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=" + sites[0])
    names = lab.file(name + ".ext", "subjectAltName=" + ",".join("DNS:" + site for site in sites))
    signing = ["-CA", base + ".ca", "-CAkey", base + ".ca.key", "-CAcreateserial", "-days", "30", "-extfile", names]
    run("openssl", "x509", "-req", "-in", base + ".csr", "-out", base + ".pem", *signing)
    return base + ".pem", base + ".key"


def intercept(lab, router, address, subject, sites):
    """Whoever opens port 443 of `address` through `router` talks to the router, which counts them."""
    certificate, key = authority(lab, "interceptor", subject, sites)
    lab.python(router, "servers.py", "secure", "0.0.0.0:8443", certificate, key)
    lab.nft(
        router,
        "table ip taken {\n counter taken { }\n chain pre {\n  type nat hook prerouting priority -100;\n"
        "  ip daddr %s tcp dport 443 counter name taken redirect to :8443\n }\n}\n" % address,
    )
    return router, "taken"


@sample(
    "tls-mitm-state",
    "A box on the path answers TLS itself, with certificates of an authority that a state once asked people to trust.",
    (
        "A router on the path takes every connection to the TLS port of one address and answers itself, with"
        " certificates signed by an authority of its own. The authority has the name of one that a state had people"
        " install in 2019; here it is an imitation, made in a laboratory network built for it, and says nothing of any"
        " real network. Other addresses answer for themselves. Recorded on the laptop's interface."
    ),
)
def mitm_state(lab):
    lab.tls = "TLSv1.2"
    yield
    taken = intercept(
        lab, "cz", EXAMPLE, "/C=KZ/CN=Qaznet Trust Network", ["news.example.org", "shop.example.com"]
    )
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://news.example.org/", "fail")
        curl(lab, "https://forum.example.net/", "ok")
    curl(lab, "https://shop.example.com/", "ok", "-k")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "tls-mitm", "ip-address", EXAMPLE, "tls-mitm", [EXAMPLE], 443, "news.example.org", counter=taken
            )
        ],
        ["forum.example.net", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "tls-mitm", "domain": "news.example.org", "atLeast": "likely"}],
    )


@sample(
    "tls-mitm-home-proxy",
    "The home router itself reads along, with the certificates of a proxy that people install.",
    (
        "The home router takes every connection to the TLS port of one address and answers itself, with certificates"
        " that carry the issuer's name of a widely used analysis proxy. That is the owner's own doing, or an"
        " intruder's in his home: nobody on the provider's path has a part in it. Other addresses answer for"
        " themselves. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def mitm_home(lab):
    lab.tls = "TLSv1.2"
    yield
    taken = intercept(lab, "r1", OTHER, "/O=mitmproxy/CN=mitmproxy", ["forum.example.net", "www.example.com"])
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(2):
        curl(lab, "https://forum.example.net/", "fail")
        curl(lab, "https://news.example.org/", "ok")
    curl(lab, "https://www.example.com/", "ok", "-k")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "tls-mitm", "ip-address", OTHER, "tls-mitm", [OTHER], 443, "forum.example.net", counter=taken
            )
        ],
        ["news.example.org", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "tls-mitm", "domain": "forum.example.net", "atLeast": "possible"}],
    )


@sample(
    "tls-innocent-private-authority",
    "A site with a certificate of its own authority, which the laptop does not trust.",
    (
        "Nobody interferes here. One site signs its certificates itself, as many do inside companies; the laptop does"
        " not know its authority and gives up, visit after visit. Other sites work. Recorded in a laboratory network"
        " built for it, on the laptop's interface."
    ),
)
def private_authority(lab):
    lab.tls = "TLSv1.2"
    yield
    pair = authority(lab, "private", "/O=Example Works/CN=Example Works Internal CA", ["radio.example.org"])
    lab.python("web", "servers.py", "secure", THIRD + ":8443", *pair)
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://radio.example.org:8443/", "fail")
        curl(lab, "https://news.example.org/", "ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["radio.example.org", "news.example.org", "en.wikipedia.org", "www.debian.org"],
    )


@sample(
    "residual-blocking",
    "After one name was seen, every connection to the same address and port is reset for twenty seconds.",
    (
        "A box beside the path resets connections whose TLS hello names one site, and for twenty seconds after that"
        " every new connection of this laptop to the same address and port, whatever it is for, already at its first"
        " packet. Another name on the same address therefore fails in between, and works before and after. Recorded in"
        " a laboratory network built for it, on the laptop's interface."
    ),
)
def residual(lab):
    lab.rules = [{"place": "beside", "sni": ["news.example.org"], "forge": [BURST], "residual": 20}]
    lab.link.update(near=0.7, jitter=0.1)
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    curl(lab, "https://shop.example.com/", "ok")
    for _ in range(2):
        curl(lab, "https://news.example.org/", "fail")
        for _ in range(5):
            time.sleep(3)
            curl(lab, "https://shop.example.com/", "fail")
            curl(lab, "https://forum.example.net/", "ok")
        time.sleep(6.5)
        for _ in range(2):
            curl(lab, "https://shop.example.com/", "ok")
            time.sleep(1)
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering", "tls-sni", "news.example.org", "rst-injection", [EXAMPLE], 443, "news.example.org", [0]
            ),
            interference(
                "residual-blocking", "ip-address", EXAMPLE, "rst-injection", [EXAMPLE], 443, "shop.example.com", [0]
            ),
        ],
        ["forum.example.net", "www.debian.org"],
        findings=[
            {"technique": "sni-filtering", "domain": "news.example.org", "atLeast": "likely"},
            {"technique": "residual-blocking", "address": EXAMPLE, "atLeast": "likely"},
        ],
    )
