#!/usr/bin/env bash
# install-deps.sh [GROUP...]: installs the Debian packages that sepcc's make targets need.
#
# Groups: build (default), emulators, lint, examples, report, cluster, long, all; and peers and npm, which all leaves out. Says nothing and runs nothing when all of them are there.
# Otherwise installs with apt-get as root or by sudo without a password; where neither is to be had, prints
# the one line to type and exits 3.
set -euo pipefail

declare -A packages=(
    [build]="gcc make m4 clang libc6-dev libcmocka-dev libpthreadpool-dev libmd-dev libcjson-dev libonnx-dev protobuf-c-compiler libprotobuf-c-dev libsqlite3-dev"
    [emulators]="qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross bochs bochs-term"
    [lint]="clang-format clang-tidy cppcheck mandoc llvm-19"
    [examples]="cmake ninja-build meson pkg-config g++"
    [report]="gnuplot-nox chromium chromium-driver"
    [cluster]="parallel slurm-wlm munge openssh-client openssh-server"
    [peers]="libxnnpack-dev libdnnl-dev libopenblas-dev libxsmm-dev libpthreadpool-dev"
    [npm]="npm"
    [long]="libclang-rt-dev python3-torch python3-numpy"
)
order=(build emulators lint examples report cluster long)

groups=("$@")
[ $# -gt 0 ] || groups=(build)
[ "${groups[*]}" != all ] || groups=("${order[@]}")

wanted=()
for group in "${groups[@]}"; do
    if [ -z "${packages[$group]:-}" ]; then
        echo "install-deps.sh: unknown group '$group', expected one of: ${order[*]} peers npm all" >&2
        exit 2
    fi
    read -r -a more <<<"${packages[$group]}"
    wanted+=("${more[@]}")
done

if ! command -v dpkg-query >/dev/null; then
    echo "install-deps.sh: not a Debian system; needed are the packages that Debian calls: ${wanted[*]}" >&2
    exit 3
fi

# One query for all; packages it does not know make it fail, and are missing like those not installed.
present=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^.i. *//p' | tr '\n' ' ' || true) "
missing=()
for package in "${wanted[@]}"; do
    [[ $present == *" $package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "install-deps.sh: packages are missing; please type:" >&2
        echo "    sudo apt-get update && sudo ${install[*]}" >&2
        exit 3
    fi
    as_root=(sudo -n)
fi

echo "install-deps.sh: installing ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        echo "install-deps.sh: '$*' failed" >&2
        exit 3
    fi
}
run apt-get update
run "${install[@]}"
