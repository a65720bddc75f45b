"""A small internet of network namespaces, without any way out, for one sample.

    client - r1 - (link A) - r2 - r3 - cz - (link B) - t1 - t2 - ... - t8
              home router     ISP   censor hop           transit, one hop each

    isp   the provider's resolver, at r3        pub   a public resolver, at t3
    wiki  Wikipedia, at t5                      web   ordinary sites, at t7        tg   Telegram, at t8

Everything runs inside namespaces that record.sh made with unshare (network, mount, process): when this process ends,
however it ends, the kernel ends every process and every interface of the laboratory with it.
"""

import array
import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PREFIX = "bslab-"
ROUTERS = ["r1", "r2", "r3", "cz"] + ["t%d" % n for n in range(1, 9)]
SITES = {"isp": "r3", "pub": "t3", "wiki": "t5", "web": "t7", "tg": "t8"}
CLIENT_HOPS = 3  # routers between the client and the censor hop

ISP_RESOLVER, PUBLIC_RESOLVER = "203.0.113.53", "9.9.9.9"
DATA_CENTRES = ["149.154.175.50", "149.154.167.51", "149.154.175.100", "149.154.167.91", "91.108.56.130"]
TELEGRAM_WEB, TELEGRAM_WEB6 = "149.154.167.99", "2001:67c:4e8:f004::9"
WIKI, WIKI6 = "185.15.59.224", "2a02:ec80:300:ed1a::1"
EXAMPLE, EXAMPLE6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
OTHER, OTHER6 = "23.215.0.136", "2600:1406:3a00:21::173e:2e65"
THIRD, THIRD6 = "96.7.128.175", "2600:1408:ec00:36::1736:7f31"
DEBIAN, DEBIAN6 = "151.101.2.132", "2a04:4e42:200::644"

ADDRESSES = {
    "isp": [ISP_RESOLVER],
    "pub": [PUBLIC_RESOLVER, "2620:fe::fe"],
    "wiki": [WIKI, WIKI6, DEBIAN, DEBIAN6],
    "web": [EXAMPLE, EXAMPLE6, OTHER, OTHER6, THIRD, THIRD6],
    "tg": [TELEGRAM_WEB, TELEGRAM_WEB6, *DATA_CENTRES],
}
# Which names each web server carries, and where.
NAMES = {
    "telegram.org": ("tg", [TELEGRAM_WEB, TELEGRAM_WEB6]),
    "web.telegram.org": ("tg", [TELEGRAM_WEB, TELEGRAM_WEB6]),
    "t.me": ("tg", [TELEGRAM_WEB, TELEGRAM_WEB6]),
    "comments.app": ("tg", [TELEGRAM_WEB, TELEGRAM_WEB6]),
    "en.wikipedia.org": ("wiki", [WIKI, WIKI6]),
    "www.debian.org": ("wiki", [DEBIAN, DEBIAN6]),
    "news.example.org": ("web", [EXAMPLE, EXAMPLE6]),
    "shop.example.com": ("web", [EXAMPLE, EXAMPLE6]),
    "forum.example.net": ("web", [OTHER, OTHER6]),
    "radio.example.org": ("web", [THIRD, THIRD6]),
    "www.example.com": ("web", [OTHER, OTHER6]),
}


class LabError(Exception):
    pass


def run(*command, check=True, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if check and done.returncode:
        raise LabError("%s: %s" % (" ".join(command), done.stderr.strip() or done.stdout.strip()))
    return done.stdout


def netns(name):
    return "/run/netns/" + PREFIX + name


def within(name, *command):
    return ["nsenter", "--net=" + netns(name), "--", *command]


def plain_offloads(interface):
    """Checksums made by the host and no segments above the MTU, so that recorded frames are frames of a wire.

    SIOCETHTOOL with ETHTOOL_STXCSUM, _SSG, _STSO, _SGSO, _SGRO (linux/ethtool.h); run inside the namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for command in (0x17, 0x19, 0x1F, 0x24, 0x2C):
            value = array.array("B", struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), value.buffer_info()[0]).ljust(40, b"\0")
            with contextlib.suppress(OSError):
                fcntl.ioctl(sock, 0x8946, request)


class Lab:
    """What a sample may set before build() stands in __init__; what it may call afterwards are the methods below."""

    def __init__(self, work, seed):
        self.work, self.seed = work, seed
        self.v6 = False
        self.client4 = "192.168.1.34"
        self.client6 = "2001:db8:34:1::22"
        # One-way delays in ms: link A; mean jitter (exponential); share of frames lost; link B where no entry of `far` fits.
        self.link = {"near": 5.0, "jitter": 0.3, "loss": 0.0, "far": 24.0}
        self.far = [
            [PUBLIC_RESOLVER + "/32", 9.0],
            ["2620:fe::fe/128", 9.0],
            [WIKI + "/32", 17.0],
            [DEBIAN + "/32", 13.0],
            ["149.154.175.0/24", 48.0],
            ["91.108.56.0/24", 41.0],
        ]
        self.rules = []
        self.names = dict(NAMES)
        self.resolver_extra = {"isp": "", "pub": ""}  # lines for unbound: what the resolver makes up
        self.records = {"isp": "", "pub": ""}  # lines for dnsmasq: what is true of names `hidden` from the common list
        self.hidden = set()
        self.files = {}  # further pages of every site: path and size in bytes
        self.web_options = ""  # further lines for the nginx of the ordinary sites
        self.key, self.tls = "ec", "TLSv1.2 TLSv1.3"
        self.place = "client"  # where dumpcap runs: client, r1-any, or a site
        self.other_place = None  # where a second dumpcap runs at the same time
        self.capture_options = []
        self.processes = []
        self.macs = {}
        self.log = os.path.join(work, "censor.jsonl")

    # Topology

    def batch(self, name, lines):
        run("ip", "-n", PREFIX + name, "-batch", "-", input="\n".join(lines) + "\n")

    def wire(self, left, left_if, right, right_if):
        for name, interface in ((left, left_if), (right, right_if)):
            self.macs[name, interface] = "02:00:5e:00:%02x:%02x" % divmod(len(self.macs) + 1, 256)
        near = [left_if, "netns", PREFIX + left, "address", self.macs[left, left_if], "type", "veth"]
        peer = ["peer", "name", right_if, "netns", PREFIX + right, "address", self.macs[right, right_if]]
        run("ip", "link", "add", *near, *peer)

    def build(self):
        self.assert_own_namespace()
        spaces = ["client", "wire", *ROUTERS, *SITES]
        for name in spaces:
            run("ip", "netns", "add", PREFIX + name)
            forward = "1" if name in ROUTERS else "0"
            v6 = "0" if self.v6 or name not in ("client", "wire") else "1"
            run(
                *within(name, "sysctl", "-qw"),
                "net.ipv4.ip_forward=" + forward,
                "net.ipv6.conf.all.forwarding=" + forward,
                "net.ipv4.conf.all.rp_filter=0",
                "net.ipv4.conf.default.rp_filter=0",
                "net.ipv4.conf.all.send_redirects=0",
                "net.ipv4.conf.default.send_redirects=0",
                "net.ipv6.conf.default.accept_ra=0",
                "net.ipv6.conf.default.accept_dad=0",
                "net.ipv6.conf.default.dad_transmits=0",
                "net.ipv6.conf.default.router_solicitations=0",
                "net.ipv6.conf.all.disable_ipv6=" + ("1" if name == "wire" else v6),
                "net.ipv6.conf.default.disable_ipv6=" + ("1" if name == "wire" else v6),
                "net.ipv4.icmp_ratelimit=0",
                "net.ipv6.icmp.ratelimit=0",
            )
        home = self.client4.rsplit(".", 1)[0]
        self.wire("client", "eth0", "r1", "lan")
        chain = list(zip(ROUTERS, ROUTERS[1:]))
        for left, right in chain:
            if (left, right) == ("r1", "r2"):
                self.wire(left, "wan", "wire", "a0")
                self.wire("wire", "a1", right, "lan")
            elif (left, right) == ("cz", "t1"):
                self.wire(left, "wan", "wire", "b0")
                self.wire("wire", "b1", right, "lan")
            else:
                self.wire(left, "wan", right, "lan")
        for site, router in SITES.items():
            self.wire(router, "side", site, "eth0")
        self.assert_own_interfaces(spaces)
        for name in spaces:
            for interface in self.interfaces(name):
                run(*within(name, sys.executable, os.path.join(HERE, "lab.py"), "offloads", interface))
            self.batch(name, ["link set lo up"] + ["link set %s up" % i for i in self.interfaces(name)])

        client, gate = self.client4, home + ".1"
        self.batch("client", ["addr add %s/24 dev eth0" % client, "route add default via %s" % gate])
        self.batch("r1", ["addr add %s/24 dev lan" % gate])
        if self.v6:
            self.batch(
                "client", ["addr add %s/64 dev eth0 nodad" % self.client6, "route add ::/0 via 2001:db8:34:1::1"]
            )
            self.batch("r1", ["addr add 2001:db8:34:1::1/64 dev lan nodad"])
        back4, back6 = [home + ".0/24", "203.0.113.0/24"], ["2001:db8:34:1::/64"]
        # r1 and r2 reach the provider's own servers forward, the hops beyond r3 backward.
        for n, (left, right) in enumerate(chain):
            net = "203.0.113." if n < 3 else "198.51.100."
            low, high = net + str(4 * n + 1), net + str(4 * n + 2)
            six = "2001:db8:ff:%x::" % n
            self.batch(
                left,
                ["addr add %s/30 dev wan" % low, "addr add %s1/64 dev wan nodad" % six]
                + ["route add default via %s" % high, "route add ::/0 via %s2" % six]
                + self.neighbour(high, six + "2", "wan", right, "lan"),
            )
            self.batch(
                right,
                ["addr add %s/30 dev lan" % high, "addr add %s2/64 dev lan nodad" % six]
                + [
                    "route add %s via %s" % (prefix, low)
                    for prefix in back4
                    if not (n < 2 and prefix.startswith("203"))
                ]
                + ["route add %s via %s1" % (prefix, six) for prefix in back6]
                + self.neighbour(low, six + "1", "lan", left, "wan"),
            )
        for n, (site, router) in enumerate(SITES.items()):
            net, six = "198.51.100.%d" % (128 + 4 * n), "2001:db8:fe:%x::" % n
            base, last = net.rsplit(".", 1)
            gate, host = "%s.%d" % (base, int(last) + 1), "%s.%d" % (base, int(last) + 2)
            own = ADDRESSES[site]
            self.batch(
                router,
                ["addr add %s/30 dev side" % gate, "addr add %s1/64 dev side nodad" % six]
                + [
                    "route add %s/32 via %s" % (a, host) if ":" not in a else "route add %s/128 via %s2" % (a, six)
                    for a in own
                ]
                + self.neighbour(host, six + "2", "side", site, "eth0"),
            )
            self.batch(
                site,
                ["addr add %s/30 dev eth0" % host, "addr add %s2/64 dev eth0 nodad" % six]
                + [
                    "addr add %s/%d dev eth0%s" % (a, 128 if ":" in a else 32, " nodad" if ":" in a else "")
                    for a in own
                ]
                + ["route add default via %s" % gate, "route add ::/0 via %s1" % six]
                + self.neighbour(gate, six + "1", "eth0", router, "side"),
            )
        self.assert_no_way_out(spaces)

    def neighbour(self, four, six, interface, other, other_if):
        mac = self.macs[other, other_if]
        return ["neigh replace %s lladdr %s dev %s nud permanent" % (a, mac, interface) for a in (four, six)]

    def interfaces(self, name):
        return [interface for owner, interface in self.macs if owner == name]

    # Isolation, asserted before the first packet: twice before any interface is up, once more before any server runs.

    def assert_own_namespace(self):
        if os.environ.get("BSLAB_HOST_NETNS") in (None, os.readlink("/proc/self/ns/net")):
            raise LabError("not in a network namespace of its own; start with record.sh")
        if [link["ifname"] for link in json.loads(run("ip", "-j", "link"))] != ["lo"]:
            raise LabError("the laboratory's outer namespace has an interface")
        if json.loads(run("ip", "-j", "route", "show", "table", "all") or "[]"):
            raise LabError("the laboratory's outer namespace has a route")
        if run("ip", "netns", "list"):
            raise LabError("other namespaces are in sight")

    def assert_own_interfaces(self, spaces):
        """No interface but lo and the laboratory's own veth pairs, both ends of each inside it."""
        for name in spaces:
            for link in json.loads(run("ip", "-n", PREFIX + name, "-j", "-d", "link")):
                kind = link.get("linkinfo", {}).get("info_kind")
                if link["ifname"] != "lo" and (link["ifname"] not in self.interfaces(name) or kind != "veth"):
                    raise LabError("%s has a foreign interface %s" % (name, link["ifname"]))

    def assert_no_way_out(self, spaces):
        """Every route stays on the laboratory's interfaces, and the last router has no default route."""
        for name in spaces:
            for family in ("-4", "-6"):
                routes = json.loads(run("ip", "-n", PREFIX + name, "-j", family, "route") or "[]")
                if any(route.get("dev", "lo") not in [*self.interfaces(name), "lo"] for route in routes):
                    raise LabError("%s has a route out" % name)
                if name == ROUTERS[-1] and any(route["dst"] == "default" for route in routes):
                    raise LabError("the last router has a default route")

    # Processes

    def start(self, name, *command, ready=None):
        out = open(os.path.join(self.work, "%02d-%s.log" % (len(self.processes), os.path.basename(command[0]))), "w+")
        process = subprocess.Popen(
            within(name, *command) if name else command,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=self.work,
        )
        self.processes.append(process)
        if ready:
            self.wait(lambda: ready in open(out.name).read(), process, out.name)
        return process

    def wait(self, check, process, what):
        for _ in range(200):
            if check():
                return
            if process.poll() is not None:
                raise LabError("%s ended early: %s" % (what, open(what).read()[-500:]))
            time.sleep(0.05)
        raise LabError("%s was not ready in time" % what)

    def python(self, name, script, *arguments, ready="ready"):
        return self.start(name, sys.executable, os.path.join(HERE, script), *arguments, ready=ready)

    def file(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def start_services(self):
        self.start_fabric()
        self.certificates()
        for site in ("isp", "pub"):
            self.start_resolver(site)
        for site in ("wiki", "web", "tg"):
            self.start_nginx(site)
        self.python("tg", "servers.py", "mtproto", *DATA_CENTRES)

    def start_fabric(self):
        config = {
            "namespaces": {"wire": PREFIX + "wire", "cz": PREFIX + "cz"},
            "peers": {"client": self.macs["r3", "wan"], "server": self.macs["t1", "lan"]},
            "own": {"client": self.macs["cz", "lan"], "server": self.macs["cz", "wan"]},
            "link": self.link,
            "far": self.far,
            "rules": self.rules,
            "log": self.log,
            "seed": self.seed,
        }
        open(self.log, "w").close()
        self.python(None, "fabric.py", self.file("fabric.json", json.dumps(config)))

    def certificates(self):
        self.ca = os.path.join(self.work, "ca.pem")
        key = os.path.join(self.work, "ca.key")
        curve = ["-pkeyopt", "ec_paramgen_curve:prime256v1"] if self.key == "ec" else []
        new = ["-newkey", self.key, *curve, "-nodes", "-days", "30"]
        run("openssl", "req", "-x509", *new, "-keyout", key, "-out", self.ca, "-subj", "/CN=Laboratory CA")
        for site in ("wiki", "web", "tg"):
            names = sorted(name for name, (where, _) in self.names.items() if where == site)
            base = os.path.join(self.work, site)
            run("openssl", "req", *new, "-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=" + names[0])
            text = "subjectAltName=" + ",".join("DNS:" + name for name in names)
            extensions = self.file(site + ".ext", text)
            run(
                "openssl",
                "x509",
                "-req",
                "-in",
                base + ".csr",
                "-CA",
                self.ca,
                "-CAkey",
                key,
                "-CAcreateserial",
                "-days",
                "30",
                "-out",
                base + ".pem",
                "-extfile",
                extensions,
            )

    def start_resolver(self, site):
        """unbound answers; the truth it asks for comes from a dnsmasq on its own loopback."""
        lines = [
            "port=5300",
            "listen-address=127.0.0.1",
            "bind-interfaces",
            "no-resolv",
            "no-hosts",
            "local=/#/",
            "user=root",
        ]
        lines += ["keep-in-foreground", "pid-file=", "log-facility=-", "local-ttl=300", "cache-size=0"]
        for name, (_, addresses) in self.names.items():
            for address in addresses if name not in self.hidden else []:
                if self.v6 or ":" not in address:
                    lines.append("host-record=%s,%s" % (name, address))
        lines.append(self.records[site])
        self.start(site, "dnsmasq", "-C", self.file(site + "-dnsmasq.conf", "\n".join(lines) + "\n"), ready="started")
        listen = "".join("  interface: %s\n" % a for a in ADDRESSES[site])
        self.start(
            site,
            "unbound",
            "-d",
            "-c",
            self.file(
                site + "-unbound.conf",
                "server:\n"
                + listen
                + '  username: ""\n  chroot: ""\n  directory: "%s"\n  pidfile: ""\n  use-syslog: no\n  logfile: ""\n'
                % self.work
                + '  verbosity: 1\n  module-config: "iterator"\n  access-control: 0.0.0.0/0 allow\n  access-control:'
                " ::/0 allow\n"
                + "  do-not-query-localhost: no\n  num-threads: 1\n  minimal-responses: yes\n  rrset-roundrobin: yes\n"
                + self.resolver_extra[site]
                + 'remote-control:\n  control-enable: no\nforward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@5300\n',
            ),
            ready="start of service",
        )

    def start_nginx(self, site):
        base = os.path.join(self.work, site)
        blocks = []
        places = ""
        for path, size in self.files.items():
            with open(os.path.join(self.work, path), "wb") as file:
                file.write(os.urandom(size))
            places += " location /%s { alias %s; }" % (path, os.path.join(self.work, path))
        for name, (where, addresses) in self.names.items():
            if where != site or not addresses:
                continue
            listens = "".join(
                "listen %s:%s; " % ("[%s]" % a if ":" in a else a, port)
                for a in addresses
                for port in ("80", "443 ssl")
            )
            page = "<!doctype html><title>%s</title><p>%s" % (name, "A page of the laboratory. " * 30)
            blocks.append(
                'server { %s server_name %s; location / { default_type text/html; return 200 "%s"; }%s }'
                % (listens, name, page, places)
            )
        config = (
            "daemon off; master_process off; worker_processes 1; pid %s.pid; error_log stderr warn;\n" % base
            + "events { worker_connections 256; }\nhttp { access_log off; server_tokens off; ssl_protocols %s;"
            " ssl_certificate %s.pem; ssl_certificate_key %s.key;\n" % (self.tls, base, base)
            + "client_body_temp_path %s-t1; proxy_temp_path %s-t2; fastcgi_temp_path %s-t3; uwsgi_temp_path %s-t4;"
            " scgi_temp_path %s-t5;\n" % ((base,) * 5)
            + (self.web_options if site == "web" else "")
            + "\n".join(blocks)
            + "\n}\n"
        )
        process = self.start(site, "nginx", "-e", "stderr", "-c", self.file(site + ".conf", config))
        self.wait(
            lambda: ":443 " in run(*within(site, "ss", "-Hltn")),
            process,
            os.path.join(self.work, "%02d-nginx.log" % (len(self.processes) - 1)),
        )

    def use_resolvers(self, *addresses, options="timeout:5 attempts:2"):
        """What the client's system resolver asks. /etc is this process's own: record.sh mounted the file over it."""
        with open("/etc/resolv.conf", "w") as file:
            file.write("".join("nameserver %s\n" % a for a in addresses) + "options %s\n" % options)

    def nft(self, name, text):
        run(*within(name, "nft", "-f", "-"), input=text)

    def nft_count(self, name):
        listed = json.loads(run(*within(name, "nft", "-j", "list", "ruleset")))["nftables"]
        return {c["counter"]["name"]: c["counter"]["packets"] for c in listed if "counter" in c}

    @contextlib.contextmanager
    def capture(self, name, interface, *options, file="raw.cap"):
        """dumpcap in a namespace, to `file`; the last seconds before it stops are the sample's own silence."""
        raw = os.path.join(self.work, file)
        process = self.start(name, "dumpcap", "-q", "-i", interface, "-w", raw, *options, ready="File:")
        time.sleep(0.6)
        yield raw
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        process.wait(10)

    def stop(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3)
            if process.poll() is None:
                process.kill()


if __name__ == "__main__" and sys.argv[1] == "offloads":
    plain_offloads(sys.argv[2])
