/** The file tree: an image against bubblewrap with the same view, and a hundred binds against the same calls in C. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { timing } from "../cli/measure.ts";
import {
	cgroup,
	type Fragment,
	hostFacts,
	ipc,
	type MountRule,
	mount,
	net,
	pid,
	plan,
	user,
	uts,
} from "../src/index.ts";
import { image } from "../src/launch/image.ts";
import type { Row } from "./table.ts";

const links = ["bin", "lib", "lib64", "sbin"] as const;
const command = "/noop";

/** What `bwrap --unshare-all` makes, and in it /usr read-only, a /dev, a /proc and an empty /tmp. */
const sameView = (noop: string): Fragment[] => {
	const mounts: MountRule[] = [
		{ type: "bind", source: "/usr", target: "/usr", readOnly: true },
		...links.map((name): MountRule => ({ type: "symlink", to: `usr/${name}`, target: `/${name}` })),
		{ type: "dev", target: "/dev" },
		{ type: "tmpfs", target: "/tmp" },
		{ type: "bind", source: noop, target: command, readOnly: true },
	];
	return [user({ map: "self" }), mount({ root: { type: "tmpfs" }, mounts }), pid(), net(), ipc(), uts(), cgroup()];
};

const bubblewrap = (noop: string): string[] => [
	...["bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr"],
	...links.flatMap((name) => ["--symlink", `usr/${name}`, `/${name}`]),
	...["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--ro-bind", noop, command, command],
];

function writeImage(path: string, fragments: readonly Fragment[], argv: readonly string[]): string[] {
	const made = plan(fragments, { host: hostFacts(), command: { argv, env: [], cwd: "/" } });
	writeFileSync(path, image(made, { to: "stderr" }), { mode: 0o755 });
	return [path];
}

/** Each command once a round, in turn. Microseconds from its start to its end. */
function alternate(commands: readonly string[][], runs: number): number[] {
	const took = commands.map((): number[] => []);
	for (let round = -Math.ceil(runs / 4); round < runs; round++) {
		commands.forEach((argv, i) => {
			const start = Bun.nanoseconds();
			const { exitCode, stderr } = Bun.spawnSync(argv, {
				stdin: "ignore",
				stdout: "ignore",
				stderr: "pipe",
				env: process.env,
			});
			if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}: ${stderr}`);
			if (round >= 0) took[i]?.push((Bun.nanoseconds() - start) / 1000);
		});
	}
	return took.map((times, i) => timing(String(i), times).median);
}

/** Rows for what of it can be had here: bubblewrap where it is installed, C where there is a compiler and privilege. */
export function viewRows(folder: string, noop: string, runs: number): Row[] {
	const rows: Row[] = [];
	if (Bun.which("bwrap")) {
		const [ours = 0, theirs = 0] = alternate(
			[writeImage(join(folder, "view"), sameView(noop), [command]), bubblewrap(noop)],
			runs,
		);
		// The other way round: how many times as long bubblewrap takes.
		rows.push({ what: "image, the same view as bwrap, against bwrap", ours, theirs, unit: "us", most: 0.5 });
	}
	const compiler = Bun.which("cc");
	if (!compiler || !hostFacts().privileged) return rows;
	const program = join(folder, "binds");
	const built = Bun.spawnSync([compiler, "-O2", "-static", "-o", program, join(import.meta.dir, "binds.c")]);
	if (!built.success) throw new Error(`binds.c does not compile:\n${built.stderr}`);
	const count = 100;
	const tree = join(folder, "tree");
	const mounts: MountRule[] = [];
	for (let i = 0; i < count; i++) {
		const path = join(tree, String(i));
		mkdirSync(path, { recursive: true });
		mounts.push({ type: "bind", source: path, target: path });
	}
	const local = join(folder, "local-noop");
	copyFileSync(noop, local);
	const own = writeImage(join(folder, "hundred"), [mount({ mounts })], [local]);
	const [ours = 0, theirs = 0] = alternate([own, [program, tree, String(count), local]], runs);
	rows.push({ what: `image with ${count} binds, against C`, ours, theirs, unit: "us", most: 1.2 });
	return rows;
}
