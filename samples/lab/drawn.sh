#!/usr/bin/env bash
# Records what is drawn by seeds: transfers over lines (paths) or look-ups among servers of names (zones), each in network
# namespaces without any way out. Needs root, Python, dumpcap, iproute2 and util-linux; paths openssl, zones unbound and
# dnsmasq.
#
#   samples/lab/drawn.sh paths|zones FOLDER FROM TO [SECONDS]    seeds FROM to TO; nothing begins after SECONDS (60)
#   JOBS=8 samples/lab/drawn.sh ...                              so many at a time (default: 24; they mostly wait)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
what=$1 folder=$2 from=$3 to=$4 seconds=${5:-60}
export PATH=$PATH:/usr/sbin:/sbin PYTHONDONTWRITEBYTECODE=1 here what folder seconds

# When a seed's process namespace ends, however it ends, the kernel ends its every process and interface.
one() {
  mkdir -p "$folder/$1"
  timeout --kill-after=5 240 unshare --net --mount --pid --fork --mount-proc --kill-child bash -euo pipefail -c '
    mount -t tmpfs tmpfs /run
    exec python3 "$here/$what.py" "$1" "$folder/$1" "$seconds"
  ' drawn "$1" || { echo "$1: not recorded" >&2; return 1; }
}
export -f one

seq "$from" "$to" | unshare --mount --pid --fork --mount-proc --kill-child xargs -P "${JOBS:-24}" -I{} bash -c 'one {}'
