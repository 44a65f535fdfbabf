/**
 * Tests that need something of the machine say so: `needs("root", "qemu-aarch64")("name", async () => { ... })`.
 * Where it is missing the test is skipped and its name tells why; with NS_TEST_MUST_RUN=1 it fails instead.
 */
import { test } from "bun:test";
import { existsSync } from "node:fs";
import { lackingKernel } from "./vm/kernel.ts";

/** Programs by the name a test asks for them: what has to be in PATH, and the Debian package that brings it. */
const programs = {
	objdump: [["x86_64-linux-gnu-as", "x86_64-linux-gnu-objdump"], "binutils"],
	readelf: [["readelf"], "binutils"],
	"aarch64-binutils": [["aarch64-linux-gnu-as", "aarch64-linux-gnu-objdump"], "binutils-aarch64-linux-gnu"],
	"qemu-aarch64": [["qemu-aarch64-static"], "qemu-user-static"],
	"qemu-x86_64": [["qemu-x86_64-static"], "qemu-user-static"],
	busybox: [["busybox"], "busybox-static"],
	bwrap: [["bwrap"], "bubblewrap"],
	strace: [["strace"], "strace"],
	tmux: [["tmux"], "tmux"],
	gcc: [["gcc"], "gcc"],
	ps: [["ps"], "procps"],
	ip: [["ip"], "iproute2"],
	ss: [["ss"], "iproute2"],
	nft: [["nft"], "nftables"],
	setpriv: [["setpriv"], "util-linux"],
	unshare: [["unshare"], "util-linux"],
	nsenter: [["nsenter"], "util-linux"],
	ipcs: [["ipcs", "ipcmk", "ipcrm"], "util-linux"],
	script: [["script"], "bsdutils"],
	perl: [["perl"], "perl-base"],
	schedutils: [["chrt", "ionice", "prlimit", "taskset"], "util-linux"],
	vim: [["vim"], "vim"],
	python3: [["python3"], "python3"],
	make: [["make"], "make"],
	bash: [["bash"], "bash"],
	zsh: [["zsh"], "zsh"],
	fish: [["fish"], "fish"],
	xmllint: [["xmllint"], "libxml2-utils"],
	mandoc: [["mandoc"], "mandoc"],
	runc: [["runc"], "runc"],
	uidmap: [["newuidmap", "newgidmap", "getsubids"], "uidmap"],
	pasta: [["pasta"], "passt"],
	slirp4netns: [["slirp4netns"], "slirp4netns"],
	"qemu-system": [["qemu-system-x86_64"], "qemu-system-x86"],
} as const satisfies Record<string, readonly [readonly string[], string]>;

/** Everything else: a reason why it is missing, or `undefined`. */
const conditions = {
	/** The effective user id is 0. */
	root: () => (process.geteuid?.() === 0 ? undefined : "root"),
	/** Commands can be run as an ordinary user: `asOrdinary`. */
	ordinary: () =>
		process.geteuid?.() !== 0 || Bun.which("setpriv") ? undefined : "an ordinary user, or setpriv (package util-linux)",
	linux: () => (process.platform === "linux" ? undefined : "Linux"),
	/** The kernel's headers for C. */
	headers: () =>
		existsSync("/usr/include/asm-generic/unistd.h") ? undefined : "the kernel's headers (package linux-libc-dev)",
	/** Debian's kernel, to be booted in a virtual machine. */
	kernel: lackingKernel,
	x64: () => (process.arch === "x64" ? undefined : "an x86-64 processor"),
	"time-namespaces": () => (existsSync("/proc/self/ns/time") ? undefined : "a kernel with time namespaces"),
	cgroup2: () => (existsSync("/sys/fs/cgroup/cgroup.controllers") ? undefined : "cgroup2 at /sys/fs/cgroup"),
} as const satisfies Record<string, () => string | undefined>;

export type Need = keyof typeof programs | keyof typeof conditions;

/** What is missing of `what`, in words; empty when the test can run. */
export function missing(what: readonly Need[]): string[] {
	return what.flatMap((need) => {
		if (need in conditions) return conditions[need as keyof typeof conditions]() ?? [];
		const [names, debianPackage] = programs[need as keyof typeof programs];
		return names.filter((name) => !Bun.which(name)).map((name) => `${name} (package ${debianPackage})`);
	});
}

/** A missing need fails the test instead of skipping it. */
export const mustRun = process.env.NS_TEST_MUST_RUN === "1";

/** Milliseconds. What needs something of the machine may take longer than the five seconds that the runner allows. */
const enough = 60_000;

type Body = NonNullable<Parameters<typeof test>[1]>;
type Run = (name: string, body: Body, timeout?: number) => void;

/** A `test` for bodies that need `what`. */
export function needs(...what: readonly Need[]): Run {
	const lacking = missing(what);
	return (name, body, timeout = enough) => {
		if (lacking.length === 0) test(name, body, timeout);
		else if (mustRun) {
			test(name, () => {
				throw new Error(`NS_TEST_MUST_RUN=1, and this test needs ${lacking.join(", ")}`);
			});
		} else test.skip(`${name} [needs ${lacking.join(", ")}]`, body);
	};
}

/** `command` so that it runs as an ordinary user without any capability; as it is where we are one already. */
export function asOrdinary(command: readonly string[], id = 1000): string[] {
	if (process.geteuid?.() !== 0) return [...command];
	const ids = [`--reuid=${id}`, `--regid=${id}`, "--clear-groups"];
	return ["setpriv", ...ids, "--inh-caps=-all", "--ambient-caps=-all", "--", ...command];
}
