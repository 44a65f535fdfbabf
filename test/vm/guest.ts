/**
 * What runs inside of the virtual machine: its first root file system, and two scripts of the shell. Its root is the
 * machine's own, read-only, with memory on top for what is written; it has no network and no disk of the machine.
 */
import { readFileSync } from "node:fs";
import { type ArchiveFile, archive } from "./cpio.ts";
import { moduleFiles } from "./kernel.ts";

/** Where the folder that both sides see is inside. */
export const shared = "/run/nskit-vm";
/** Memory with nothing in it, which everybody may write to. */
export const scratch = "/run/scratch";

/** The first process: gets to the machine's files, and goes on with the second script. */
const init = `#!/bin/busybox sh
mount() { /bin/busybox mount "$@" || echo "vm: cannot mount $*"; }
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in /modules/*; do /bin/busybox insmod "$module" || echo "vm: cannot insert $module"; done
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro root /lower
mount -t tmpfs -o mode=755 tmpfs /upper
/bin/busybox mkdir /upper/new /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/new,workdir=/upper/work overlay /root
for name in proc sys dev; do mount --move /$name /root/$name; done
mount -t tmpfs -o mode=755 tmpfs /root/run
/bin/busybox mkdir -p /root${shared}
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none,access=any shared /root${shared}
exec /bin/busybox switch_root /root /bin/sh ${shared}/main
`;

/** The first process from then on: a machine like one that systemd has started, that runs what it is asked to run. */
const main = (owner: number) => `exec 3<>/dev/ttyS1
stty raw -echo <&3
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TMPDIR=${scratch}
mkdir -m 1777 -p ${scratch} /dev/shm /dev/pts /dev/mqueue
mount -t tmpfs -o mode=1777 tmpfs ${scratch}
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t devpts -o ptmxmode=666,gid=5,mode=620 devpts /dev/pts
mount -t mqueue mqueue /dev/mqueue
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
echo vm >/proc/sys/kernel/hostname
ip link set lo up
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr

# What systemd makes: a service, a login, and the user's own manager, to whom its group is given with three controllers.
cd /sys/fs/cgroup
all="+cpuset +cpu +io +memory +pids"
echo "$all" >cgroup.subtree_control
user=user.slice/user-${owner}.slice
manager=$user/user@${owner}.service
mkdir -p system.slice/nskit.service $manager
for group in system.slice user.slice $user; do echo "$all" >$group/cgroup.subtree_control; done
mkdir $user/session-1.scope
mkdir -p $manager/init.scope $manager/app.slice/run.scope
for group in $manager $manager/app.slice; do echo "+cpu +memory +pids" >$group/cgroup.subtree_control; done
for group in $manager $manager/init.scope $manager/app.slice $manager/app.slice/run.scope; do
	chown ${owner} $group
	while read -r file; do [ ! -e $group/$file ] || chown ${owner} $group/$file; done </sys/kernel/cgroup/delegate
done
cd /

echo ready >&3
while read -r number <&3; do
	(
		setsid sh ${shared}/$number.sh >${shared}/$number.out 2>${shared}/$number.err </dev/null 3>&-
		echo "$number $?" >&3
	) &
done
`;

/** The groups that `main` makes, by what runs in them. */
export const groups = (owner: number) => ({
	/** Nothing is above it, so it may have processes beside groups. */
	root: "",
	/** Of root's processes, with nothing given away. */
	service: "system.slice/nskit.service",
	/** Of a user who has logged in: root's, and the user has no right to it. */
	session: `user.slice/user-${owner}.slice/session-1.scope`,
	/** Of a program that the user's systemd has started: the user's, below the user's, with cpu, memory and pids. */
	scope: `user.slice/user-${owner}.slice/user@${owner}.service/app.slice/run.scope`,
});

export type Group = keyof ReturnType<typeof groups>;

/** The text of the second script, for this ordinary user's id. */
export const mainScript = main;

/** The first root file system. */
export function initramfs(): Uint8Array {
	const folders = ["bin", "proc", "sys", "dev", "lower", "upper", "root", "modules"];
	const files: ArchiveFile[] = folders.map((name) => ({ name }));
	files.push({ name: "init", content: init });
	files.push({ name: "bin/busybox", content: readFileSync(Bun.which("busybox") ?? "/bin/busybox") });
	// The shell takes them in the order of their names.
	for (const [index, { name, content }] of moduleFiles().entries())
		files.push({ name: `modules/${String(index).padStart(3, "0")}-${name}.ko`, content });
	return archive(files);
}
