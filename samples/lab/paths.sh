#!/usr/bin/env bash
# Records transfers over lines drawn by seeds (paths.py), each in network namespaces without any way out. Needs root,
# Python, dumpcap, openssl, iproute2 and util-linux.
#
#   samples/lab/paths.sh FOLDER FROM TO [SECONDS]    seeds FROM to TO; a new visit begins no later than after SECONDS (60)
#   JOBS=8 samples/lab/paths.sh ...                  so many at a time (default: 24; they mostly wait)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1 from=$2 to=$3 seconds=${4:-60}
export PATH=$PATH:/usr/sbin:/sbin PYTHONDONTWRITEBYTECODE=1 here folder seconds

# When a seed's process namespace ends, however it ends, the kernel ends its every process and interface.
one() {
  mkdir -p "$folder/$1"
  timeout --kill-after=5 240 unshare --net --mount --pid --fork --mount-proc --kill-child bash -euo pipefail -c '
    mount -t tmpfs tmpfs /run
    exec python3 "$here/paths.py" "$1" "$folder/$1" "$seconds"
  ' path "$1" || { echo "$1: not recorded" >&2; return 1; }
}
export -f one

seq "$from" "$to" | unshare --mount --pid --fork --mount-proc --kill-child xargs -P "${JOBS:-24}" -I{} bash -c 'one {}'
