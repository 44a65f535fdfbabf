/** `--strict` over a plain run with all eight namespaces: the command, `spawn`, and the image alone, taken apart. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { timing } from "../cli/measure.ts";
import { fromBytes } from "../src/bytes.ts";
import {
	cgroup,
	hostFacts,
	ipc,
	type MountOptions,
	mount,
	net,
	type Profile,
	pid,
	plan,
	sandbox,
	time,
	user,
	uts,
} from "../src/index.ts";
import { image } from "../src/launch/image.ts";
import { systemLinks } from "../src/links.ts";
import type { MountRule } from "../src/mounts/rules.ts";
import { builtin } from "../src/profile/builtin.ts";
import { fragmentsOf } from "../src/profile/fragments.ts";
import { withSystemLinks } from "../src/profile/links.ts";
import type { Row } from "./table.ts";

const ns = join(import.meta.dir, "../dist/ns");
/** What the issue asks for, in milliseconds. */
const mostMore = 0.6;

type Rules = MountOptions & { mounts: readonly MountRule[] };

/** The preset with a folder in it, as `ns run --strict` makes it of the working directory. */
function preset(folder: string): Profile & { mount: Rules } {
	const made = builtin("strict", { host: hostFacts(), env: ["HOME=/root"], cwd: folder });
	const { mount: rules, ...others } = withSystemLinks(made ?? {}, systemLinks);
	if (typeof rules !== "object") throw new Error("the preset has no rules");
	const shown: MountRule = { type: "bind", source: folder, target: folder, readOnly: true, noSuid: true, noDev: true };
	return { ...others, mount: { ...rules, mounts: [...(rules.mounts ?? []), shown] } };
}

/** The preset, and the preset without one part of it. */
function parts(folder: string): Record<string, Profile> {
	const strict = preset(folder);
	const without = (...names: (keyof Profile)[]): Profile => {
		const left: Record<string, unknown> = { ...strict };
		for (const name of names) delete left[name];
		return left;
	};
	const { mount: rules }: { mount: Rules } = strict;
	const rulesBut = (isOut: (rule: MountRule) => boolean): Profile => ({
		...strict,
		mount: { ...rules, mounts: rules.mounts.filter((rule) => !isOut(rule)) },
	});
	return {
		strict,
		"the filter of system calls": without("seccomp"),
		Landlock: without("landlock"),
		"capabilities, limits, keyring and session": without("capabilities", "limits", "attributes", "terminal"),
		"what hides files of /proc": rulesBut(({ type }) => type === "mask"),
		"what is below /etc": rulesBut(({ target }) => target.startsWith("/etc/")),
		"/dev, /tmp and the home": rulesBut(({ type }) => type === "dev" || type === "tmpfs"),
		"the root and all mounts but /proc": { ...without("landlock"), mount: true },
	};
}

type Start = () => void | Promise<void>;

/** Each once a round, in turn and back again. Milliseconds. */
async function alternate(starts: readonly Start[], runs: number): Promise<number[][]> {
	const took = starts.map((): number[] => []);
	for (let round = -Math.ceil(runs / 4); round < runs; round++) {
		for (let turn = 0; turn < starts.length; turn++) {
			const i = round % 2 === 0 ? turn : starts.length - 1 - turn;
			const start = Bun.nanoseconds();
			await starts[i]?.();
			if (round >= 0) took[i]?.push((Bun.nanoseconds() - start) / 1e6);
		}
	}
	return took;
}

/** The row of two series: the difference is that of each round. */
function row(what: string, ours: readonly number[] = [], theirs: readonly number[] = [], most?: number): Row {
	const { median, lowerQuartile, upperQuartile } = timing(
		what,
		ours.map((one, i) => one - (theirs[i] ?? 0)),
	);
	const [mine, other] = [timing(what, ours).median, timing(what, theirs).median];
	const paired = { median, from: lowerQuartile, to: upperQuartile };
	return { what, ours: mine, theirs: other, unit: "ms", paired, mostMore: most };
}

const started = (argv: readonly string[], cwd: string) => (): void => {
	const stdio = ["ignore", "ignore", "pipe"] as ["ignore", "ignore", "pipe"];
	const { success, stderr } = Bun.spawnSync([...argv], { cwd, stdio, env: { PATH: "/usr/bin:/bin", HOME: "/root" } });
	if (!success) throw new Error(`${argv.join(" ")} failed:\n${fromBytes(stderr)}`);
};

/** Rows in milliseconds: what `--strict` adds, and what each part of it adds to the image alone. */
export async function strictRows(noop: string, runs: number): Promise<Row[]> {
	const folder = dirname(noop);
	const eight = [user(), mount(), pid(), net(), ipc(), uts(), cgroup(), time()];
	const [strict, plain] = await alternate(
		[started([ns, "run", "--strict", "./noop"], folder), started([ns, "run", "./noop"], folder)],
		runs,
	);
	const options = { cwd: folder, env: {}, stdout: "ignore", stderr: "inherit" } as const;
	const spawned = (box: ReturnType<typeof sandbox>): Start => {
		return async () => void (await (await box.spawn([noop], options)).exited);
	};
	const boxes = [sandbox(...fragmentsOf(preset(folder))), sandbox(...eight)];
	const [strictSpawn, plainSpawn] = await alternate(boxes.map(spawned), runs);

	const made = Object.entries(parts(folder));
	const images = [...made.map(([, profile]) => fragmentsOf(profile)), eight].map((fragments, i) => {
		const path = join(folder, `strict-${i}`);
		const command = { argv: [noop], env: [], cwd: folder };
		writeFileSync(path, image(plan(fragments, { host: hostFacts(), command }), { to: "stderr" }), { mode: 0o755 });
		return started([path], folder);
	});
	const alone = await alternate(images, runs);
	const [whole, ...others] = alone.slice(0, -1);
	return [
		row("ns run --strict, compiled, against all eight", strict, plain, mostMore),
		row("spawn, the preset against all eight", strictSpawn, plainSpawn, mostMore),
		row("image alone, the preset against all eight", whole, alone.at(-1)),
		...others.map((one, i) => row(`of this, ${made[i + 1]?.[0]}`, whole, one)),
	];
}
