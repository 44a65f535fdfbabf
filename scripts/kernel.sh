#!/bin/sh
# Brings Debian's kernel for the tests that boot one (test/vm), as root: its image and some modules, unpacked into a folder
# of their own. It is not installed, so that no boot loader, no initramfs and no kernel of this machine is touched.
set -eu
place=${1:-/var/cache/nskit-test/kernel}
[ ! -e "$place/vmlinuz" ] || exit 0
[ "$(dpkg --print-architecture)" = amd64 ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The package that linux-image-amd64 stands for now.
current() { apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: //p' | head -n 1; }
name=$(current)
[ -n "$name" ] || { apt-get update -q && name=$(current); }
[ -n "$name" ] || { echo "apt knows no linux-image-amd64" >&2; exit 1; }
(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$name")

wanted="boot/vmlinuz-*"
for one in block crypto lib net fs/9p fs/ext4 fs/fscache fs/fuse fs/jbd2 fs/mbcache.ko fs/netfs fs/overlayfs \
	drivers/virtio drivers/block/virtio_blk.ko drivers/net/ipvlan drivers/net/dummy.ko drivers/net/macvlan.ko \
	drivers/net/tap.ko drivers/net/tun.ko drivers/net/veth.ko; do
	wanted="$wanted lib/modules/*/kernel/$one"
done
mkdir "$work/all" "$work/new" "$work/new/modules"
dpkg-deb --fsys-tarfile "$work"/*.deb >"$work/all.tar"
set -f
# shellcheck disable=SC2086 # words are split on purpose
tar -x -f "$work/all.tar" -C "$work/all" --wildcards --no-wildcards-match-slash \
	$(printf './%s ' $wanted)
set +f
find "$work/all/lib" -name '*.ko' -exec mv {} "$work/new/modules" \;
mv "$work/all/boot/"vmlinuz-* "$work/new/vmlinuz"
chmod -R a+rX "$work/new"
mkdir -p "$(dirname "$place")"
rm -rf "$place"
mv "$work/new" "$place"
