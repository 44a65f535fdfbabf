import { expect } from "bun:test";
import { chownSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostFacts, ipc, type MountOptions, type MountRule, mount, type Plan, pid, plan, user } from "nskit";
import { image } from "../../src/launch/image.ts";
import { call } from "../../src/plan/step.ts";
import { numberedCalls } from "../../src/stub/compile.ts";
import { type Ns, rows } from "./harness.ts";
import { put } from "./mounts.ts";
import { treeOf } from "./mounts-tree.ts";
import { descendants, haveEnded, mounts } from "./outside.ts";
import { inTime, until } from "./waiting.ts";

/** What leads to programs below /usr. */
const programs = ["bin", "lib", "lib64"];

/** A tree with a place for every rule, and things that no rule may touch. */
function makeTree(ns: Ns): string {
	const folders = [
		"bind",
		"ro",
		"tmp",
		"over",
		"over/deep",
		"dev",
		"sub",
		"masked",
		"kept",
		"proc",
		"usr",
		"untouched",
	];
	for (const name of ["", ...folders]) ns.directory(join("tree", name));
	for (const name of ["file", "source", "secret", "over/file", "masked/file", "kept/file", "untouched/file"])
		put(ns, `tree/${name}`, `${name}\n`, 0o640);
	symlinkSync("untouched", join(ns.folder, "tree/link"));
	for (const name of programs) symlinkSync(`usr/${name}`, join(ns.folder, "tree", name));
	if (ns.who === "root") chownSync(join(ns.folder, "tree/untouched"), 1234, 4321);
	return join(ns.folder, "tree");
}

/** Every kind of rule, with targets below `at`. */
function rulesFor(tree: string, at: string): MountRule[] {
	return [
		{ type: "bind", source: "/usr", target: `${at}/usr`, readOnly: true },
		{ type: "bind", source: join(tree, "bind"), target: `${at}/bind` },
		{ type: "bind", source: join(tree, "ro"), target: `${at}/ro`, readOnly: true, noExec: true },
		{ type: "bind", source: "/no/such", target: `${at}/no/such`, optional: true },
		{ type: "tmpfs", target: `${at}/tmp`, size: "1M", mode: 0o700 },
		{ type: "overlay", lower: [join(tree, "over")], target: `${at}/over` },
		{ type: "tmpfs", target: `${at}/over/new/deep`, readOnly: true },
		{ type: "dev", target: `${at}/dev` },
		{ type: "mqueue", target: `${at}/dev/mqueue` },
		{ type: "symlink", to: "../file", target: `${at}/tmp/link` },
		{ type: "directory", target: `${at}/tmp/made/deep`, mode: 0o711, uid: 0 },
		{ type: "file", content: "text", target: `${at}/tmp/made/file`, mode: 0o600 },
		{ type: "file", content: { file: join(tree, "source") }, target: `${at}/over/file` },
		{ type: "file", content: "in its place", target: `${at}/file`, readOnly: true },
		{ type: "mask", target: `${at}/secret` },
		{ type: "mask", target: `${at}/masked` },
		{ type: "read-only", target: `${at}/kept` },
		{ type: "remount", target: `${at}/bind` },
	];
}

/** The same tree in a root made of nothing. */
const sameTree: MountRule[] = [
	...programs.map((name): MountRule => ({ type: "symlink", to: `usr/${name}`, target: `/${name}` })),
	...["masked", "kept"].map((name): MountRule => ({ type: "directory", target: `/${name}` })),
	...["file", "secret"].map((name): MountRule => ({ type: "file", content: "", target: `/${name}` })),
];

/** The plan, in which whoever makes a call says so before, and waits until standard input ends; for 0 it is the command. */
function stopped({ steps, ...rest }: Plan, number: number): Plan {
	let id = 0;
	const wait = [call("write", [1, "!", 1]), call("read", [0, { out: "nothing", size: 8 }, 1])];
	const cut = steps.map((step) => {
		const calls = step.calls.flatMap((one) => (++id === number ? [...wait, one] : [one]));
		if (step.routine) id++;
		return { ...step, calls };
	});
	const argv = ["sh", "-c", `${number === 0 ? "printf !; " : ""}sleep 1000`];
	return { ...rest, steps: cut, command: { ...rest.command, argv } };
}

/** Starts an image, waits until it says that it is there, kills what was started, and sees the end of everything. */
async function killThere(ns: Ns, path: string, known: readonly number[]): Promise<void> {
	const child = ns.start([path]);
	const reader = child.stdout.getReader();
	const { value } = await inTime("the call", reader.read());
	const text = new TextDecoder().decode(value);
	if (text !== "!") throw new Error(`${text}${await inTime("its words", child.stderr.text())}`);
	const ours = descendants(process.pid).filter((one) => !known.includes(one.pid));
	child.kill("SIGKILL");
	await inTime("the end", child.exited);
	// An init that has not asked for its end yet goes on, and sees that it is alone.
	await child.stdin.end();
	await until("nothing is left", () => haveEnded(ours.map((one) => one.pid)));
	await reader.cancel();
	await child.stderr.cancel();
}

/** More calls than this are sampled. */
const mostPoints = 150;

const roots: readonly [string, (tree: string) => MountOptions][] = [
	["the caller's root", (tree) => ({ mounts: rulesFor(tree, tree) })],
	["a root on disk", (tree) => ({ root: tree, mounts: rulesFor(tree, "") })],
	["a root in memory", (tree) => ({ root: { type: "tmpfs" }, mounts: [...sameTree, ...rulesFor(tree, "")] })],
];

for (const [what, options] of roots) {
	rows({ how: "source", timeout: 120_000 })(
		`killed right before any call of filling ${what}, the launch leaves the tree, the mounts and the processes as they were`,
		async (ns) => {
			const tree = makeTree(ns);
			const { uid, gid } = ns.account;
			const host = { ...hostFacts(), uid, gid, privileged: ns.who === "root" };
			const command = { argv: ["sh"], env: ["PATH=/usr/bin:/bin"], cwd: "/" };
			const fragments = [...(ns.who === "root" ? [] : [user()]), mount(options(tree)), pid(), ipc()];
			const whole = plan(fragments, { host, command });
			const ids = numberedCalls(whole).flatMap(({ id, call: one }) => (one ? [id] : []));
			const every = Math.ceil(ids.length / mostPoints);
			// The last one is no call: there the command runs.
			const points = [...ids.filter((_, i) => i % every === 0), 0];
			expect(points.length).toBeGreaterThan(100);
			const before = treeOf(tree);
			const mounted = mounts();
			const known = descendants(process.pid).map((one) => one.pid);
			for (const point of points) {
				const path = join(ns.folder, `image-${point}`);
				writeFileSync(path, image(stopped(whole, point), { to: "stderr" }), { mode: 0o755 });
				await killThere(ns, path, known);
				rmSync(path);
				expect([point, treeOf(tree)]).toEqual([point, before]);
				expect([point, mounts()]).toEqual([point, mounted]);
			}
		},
	);
}
