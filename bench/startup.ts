/** `ns run true` with all eight namespaces, as one file and from source, against a hello-world that is started the same way. */
import { join } from "node:path";
import { measure, type Timing } from "../cli/measure.ts";
import { compileExecutable } from "../scripts/build.ts";
import type { Row } from "./table.ts";

const project = join(import.meta.dir, "..");

function run(command: string[]): void {
	const { success } = Bun.spawnSync(command, { stdio: ["ignore", "ignore", "inherit"] });
	if (!success) throw new Error(`${command.join(" ")} failed`);
}

/** Two rows: compiled and from source, in milliseconds. */
export async function startupRows(folder: string, runs: number): Promise<Row[]> {
	const source = join(folder, "hello.ts");
	const hello = join(folder, "hello");
	await Bun.write(source, 'console.log("hello");\n');
	compileExecutable(source, hello);
	const ns = join(project, "dist/ns");
	const [compiledHello, compiled, sourceHello, fromSource] = measure(
		[
			{ name: "hello, compiled", run: () => run([hello]) },
			{ name: "ns run true, compiled", run: () => run([ns, "run", "true"]) },
			{ name: "hello, source", run: () => run([process.execPath, source]) },
			{ name: "ns run true, source", run: () => run([process.execPath, join(project, "cli/ns.ts"), "run", "true"]) },
		],
		runs,
		3,
	) as [Timing, Timing, Timing, Timing];
	const row = (what: string, ours: Timing, theirs: Timing): Row => ({
		what,
		ours: ours.median / 1000,
		theirs: theirs.median / 1000,
		unit: "ms",
		mostMore: 3,
	});
	return [
		row("ns run true, compiled, all eight, against a compiled hello", compiled, compiledHello),
		row("ns run true, from source, all eight, against bun hello.ts", fromSource, sourceHello),
	];
}
