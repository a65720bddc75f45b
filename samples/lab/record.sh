#!/usr/bin/env bash
# Records the samples again, in network namespaces without any way out. Needs root and Debian's curl, nginx, dnsmasq,
# unbound, openssl, dumpcap (wireshark-common), nftables, iproute2, util-linux, ngtcp2-client and ngtcp2-server; for
# tunnels openvpn, wireguard-go, wireguard-tools, shadowsocks-libev, tor and /dev/net/tun.
#
#   samples/lab/record.sh               all samples
#   samples/lab/record.sh SLUG...       only these
#   JOBS=1 samples/lab/record.sh        one at a time (default: three; they mostly wait)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH=$PATH:/usr/sbin:/sbin PYTHONDONTWRITEBYTECODE=1

if [ "$(id -u)" != 0 ]; then
  echo "record.sh: network namespaces need root" >&2
  exit 1
fi
for tool in curl nginx dnsmasq unbound openssl dumpcap nft ip ss nsenter unshare python3; do
  command -v "$tool" >/dev/null || { echo "record.sh: $tool is not installed" >&2; exit 1; }
done

if [ $# = 0 ]; then
  mapfile -t slugs < <(python3 "$here/record.py" --list)
else
  slugs=("$@")
fi

# What the machine's own network looks like; it must look the same afterwards.
machine() {
  ip -o link | sed 's/ qlen.*//'
  ip route show table all
  ip netns list
  nft list ruleset
}
before=$(machine)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

BSLAB_HOST_NETNS=$(readlink /proc/self/ns/net)
export BSLAB_HOST_NETNS BSLAB_WORK=$work here

# One sample in a network, mount and process namespace of its own: when it ends, however it ends, the kernel removes
# every interface and ends every process in it. /run and /etc/resolv.conf are covered for it alone.
one() {
  mkdir -p "$BSLAB_WORK/$1"
  timeout --kill-after=5 150 unshare --net --mount --pid --fork --mount-proc --kill-child bash -euo pipefail -c '
    mount -t tmpfs tmpfs /run
    : >/run/resolv.conf
    mount --bind /run/resolv.conf /etc/resolv.conf
    exec python3 "$here/record.py" "$1" "$BSLAB_WORK/$1"
  ' sample "$1" || { echo "$1: not recorded" >&2; return 1; }
}
export -f one

# All of them in one process namespace more, so that ending this script ends them at once. unshare itself lets SIGTERM
# wait for its child; when it is killed outright, the kernel ends the namespace's every process.
unshare --mount --pid --fork --mount-proc --kill-child \
  xargs -0 -n 1 -P "${JOBS:-3}" bash -c 'one "$1"' one < <(printf '%s\0' "${slugs[@]}") &
all=$!
trap 'kill -KILL "$all" 2>/dev/null || true; exit 143' INT TERM HUP

status=0
wait "$all" || status=1

if [ "$(machine)" != "$before" ]; then
  echo "record.sh: the machine's own network has changed" >&2
  status=1
fi
exit "$status"
