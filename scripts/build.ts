/**
 * Makes `dist/ns`, the command as one file: `bun run build`. What lies in the folder it is called from must not change
 * what it does, so neither .env files nor a bunfig.toml are read there. It is made to start fast: bytecode in the order
 * in which a run needs it, in one piece what every start needs, and no just-in-time compiler at work for the few milliseconds before the command takes over.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allPages } from "../cli/manual/page.ts";
import { version } from "../package.json";
import { packed } from "./pack.ts";
import { sourcesIn } from "./sources.ts";

const project = join(import.meta.dir, "..");
/** How much later than usual JavaScript is compiled to machine code. */
const jitPolicy = 1000;

/** What a run and entering a name need besides the entry: cli/ns.ts loads it when it knows that it does. */
const atEveryStart = [
	"cli/enter.ts",
	"src/keeper/open.ts",
	"src/targets/supervisor.ts",
	`src/stub/${process.arch === "arm64" ? "arm64" : "x86_64"}.ts`,
];

/** What is needed together by some starts. */
export const bySomeStarts = {
	/** By those with an option. */
	options: ["cli/options.ts"],
	/** By those that say something of the command's process. */
	process: ["cli/process.ts"],
	/** By those that limit resources: what reads the options, looks at the machine, and makes and emits the steps. */
	limits: [
		"cli/control-groups.ts",
		"src/process/resources.ts",
		"src/process/helper.ts",
		"src/cgroup-files/look.ts",
		"src/cgroup-files/sweep.ts",
		"src/stub/routines/compose.ts",
		"src/stub/routines/counts.ts",
		"src/stub/routines/stay.ts",
	],
};

/** Compiles `entry` into the executable `outfile`. Throws with the compiler's words when that fails. */
export function compileExecutable(entry: string, outfile: string, more: readonly string[] = []): void {
	const options = [
		"--compile",
		"--minify",
		"--bytecode",
		// In one piece, every function of every command would be declared at each start.
		"--format=esm",
		"--splitting",
		"--no-compile-autoload-dotenv",
		"--no-compile-autoload-bunfig",
	];
	run([process.execPath, "build", ...options, ...more, entry, "--outfile", outfile]);
}

function run(command: readonly string[]): void {
	const { success, stdout, stderr } = Bun.spawnSync([...command], { cwd: project });
	if (!success) throw new Error(`${command.join(" ")} failed:\n${stdout}${stderr}`);
}

/** The manual pages: `man ./dist/man/ns-run.1`. */
function writePages(folder: string): void {
	mkdirSync(folder, { recursive: true });
	for (const [name, text] of Object.entries(allPages(version))) writeFileSync(join(folder, name), text);
}

/** Lists of functions as one: what only a later one has stands behind the earlier. */
function joined(orders: readonly string[]): string {
	const names = new Set<string>();
	for (const order of orders) for (const name of readFileSync(order, "utf8").trimEnd().split("\n")) names.add(name);
	return `${[...names].join("\n")}\n`;
}

/** Ways to a command that return: a plan takes the way of a run, and entering ends where a descriptor is not open. */
const ways: readonly (readonly string[])[] = [
	["plan", "--raw", "--", "true"],
	["enter", String(process.pid), "--pass-fd", "1000000", "--", "true"],
	["plan", "--", "true"],
	["plan", "--strict", "--", "true"],
	["plan", "--raw", "--memory", "64M", "--pids", "64", "--cpus", "1", "--", "true"],
];

if (import.meta.main) {
	const folder = mkdtempSync(join(tmpdir(), "nskit-build-"));
	try {
		const policy = `--compile-jit-policy=${jitPolicy}`;
		const [tree, first, order] = [join(folder, "tree"), join(folder, "ns"), join(folder, "order")];
		const entry = join(tree, "cli/ns.ts");
		await packed(tree, sourcesIn("src", "cli"), "cli/ns.ts", atEveryStart, bySomeStarts);
		compileExecutable(entry, first, [policy]);
		// The order of the functions that the way to a command needs.
		const orders = ways.map((_, i) => join(folder, `order.${i}`));
		for (const [i, way] of ways.entries())
			Bun.spawnSync([first, ...way], { env: { ...process.env, BUN_BYTECODE_ORDER_OUT: orders[i] }, stderr: "ignore" });
		writeFileSync(order, joined(orders));
		compileExecutable(entry, join(project, "dist/ns"), [policy, `--bytecode-order=${order}`]);
		writePages(join(project, "dist/man"));
	} finally {
		rmSync(folder, { recursive: true });
	}
}
