/**
 * Entering a network and a UTS namespace that stay: `bun bench/enter.ts [RUNS]`. `ns enter` by name and by process id
 * against a compiled hello-world, and the library's spawns against those of nsenter(1). Needs root, `dist/ns` and nsenter.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure, type Timing, timing } from "../cli/measure.ts";
import { compileExecutable } from "../scripts/build.ts";
import { createNamed, hostFacts, net, removeNamed, sandbox, uts } from "../src/index.ts";
import { noopImage } from "../src/launch/noop.ts";
import { markdown, type Row } from "./table.ts";

const ns = join(import.meta.dir, "../dist/ns");
/** Seconds after which the process that is entered ends, whatever becomes of this program. */
const longest = 600;
const silent = { stdin: "ignore", stdout: "ignore", stderr: "inherit" } as const;

/** The rows: medians of interleaved runs. */
export async function enterRows(folder: string, noop: string, runs: number): Promise<Row[]> {
	const nsenter = Bun.which("nsenter");
	if (!nsenter || !existsSync(ns) || process.geteuid?.() !== 0) return [];
	const name = `bench-${process.pid}`;
	await createNamed(name, [net(), uts({ hostname: "bench" })]);
	try {
		using box = sandbox.enter(name);
		const target = await box.spawn(["sleep", String(longest)], silent);
		try {
			const line = [nsenter, "--target", String(target.pid), "--net", "--uts"];
			return [
				...(await commandRows(folder, name, target.pid, line, runs)),
				...(await spawnRows(box, [...line, noop], noop, runs)),
			];
		} finally {
			target.kill("SIGKILL");
			await target.exited;
		}
	} finally {
		await removeNamed([name]);
	}
}

async function commandRows(
	folder: string,
	name: string,
	pid: number,
	nsenter: readonly string[],
	runs: number,
): Promise<Row[]> {
	const source = join(folder, "enter-hello.ts");
	const hello = join(folder, "enter-hello");
	await Bun.write(source, 'console.log("hello");\n');
	compileExecutable(source, hello);
	const [theirs, byName, byPid, other] = measure(
		[
			{ name: "hello", run: () => execute([hello]) },
			{ name: "ns enter NAME -- true", run: () => execute([ns, "enter", name, "--", "true"]) },
			{ name: "ns enter PID -- true", run: () => execute([ns, "enter", String(pid), "--", "true"]) },
			{ name: "nsenter", run: () => execute([...nsenter, "true"]) },
		],
		runs,
		3,
	) as [Timing, Timing, Timing, Timing];
	const row = (ours: Timing, mostMore?: number): Row => ({
		what: `${ours.name}, against a compiled hello`,
		ours: ours.median / 1000,
		theirs: theirs.median / 1000,
		unit: "ms",
		mostMore,
	});
	return [row(byName, 2), row(byPid), row(other)];
}

function execute(line: readonly string[]): void {
	const { success } = Bun.spawnSync([...line], silent);
	if (!success) throw new Error(`${line.join(" ")} failed`);
}

/** One process that starts a no-op inside, again and again: by the library, and by nsenter. */
async function spawnRows(
	box: ReturnType<typeof sandbox>,
	nsenter: readonly string[],
	noop: string,
	runs: number,
): Promise<Row[]> {
	const ways: Readonly<Record<string, () => unknown>> = {
		"sandbox.enter(NAME).spawnSync": () => box.spawnSync([noop], silent),
		"Bun.spawnSync of nsenter": () => execute(nsenter),
		"sandbox.enter(NAME).spawn": async () => (await box.spawn([noop], silent)).exited,
		"Bun.spawn of nsenter": () => Bun.spawn([...nsenter], silent).exited,
	};
	const names = Object.keys(ways);
	const times = names.map((): number[] => []);
	for (let round = -10; round < runs; round++) {
		for (const [i, name] of names.entries()) {
			const start = Bun.nanoseconds();
			await ways[name]?.();
			if (round >= 0) times[i]?.push((Bun.nanoseconds() - start) / 1000);
		}
	}
	const medians = names.map((name, i) => timing(name, times[i] ?? []).median);
	const row = (i: number): Row => ({
		what: `${names[i]}, against ${names[i + 1]}`,
		ours: medians[i] ?? 0,
		theirs: medians[i + 1] ?? 0,
		unit: "us",
		most: 1.2,
	});
	return [row(0), row(2)];
}

if (import.meta.main) {
	const folder = mkdtempSync(join(tmpdir(), "nskit-bench-"));
	try {
		const noop = join(folder, "noop");
		writeFileSync(noop, noopImage(hostFacts().arch), { mode: 0o755 });
		console.log(markdown(await enterRows(folder, noop, Number(process.argv[2] ?? 100))));
	} finally {
		rmSync(folder, { recursive: true });
	}
}
