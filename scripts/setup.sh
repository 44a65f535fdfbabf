#!/bin/sh
# Installs the Debian packages that the tests use, as root. Without them the tests that need one are skipped.
set -eu
packages="binutils binutils-aarch64-linux-gnu qemu-user-static busybox-static util-linux procps iproute2 strace tmux vim gcc libc6-dev zsh fish libxml2-utils mandoc bubblewrap runc uidmap passt slirp4netns nftables python3 perl-base qemu-system-x86"
missing=""
for package in $packages; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
	apt-get update -q
	# shellcheck disable=SC2086 # the list is split on purpose
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi
"$(dirname "$0")/kernel.sh"
