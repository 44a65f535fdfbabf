/**
 * Makes `dist/ns`, the command as one file: `bun run build`. What lies in the folder it is called from must not change
 * what it does, so neither .env files nor a bunfig.toml are read there. It is made to start fast: bytecode in the order
 * in which a run needs it, and no just-in-time compiler at work for the few milliseconds before the command takes over.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allPages } from "../cli/manual/page.ts";
import { version } from "../package.json";

const project = join(import.meta.dir, "..");
/** How much later than usual JavaScript is compiled to machine code. */
const jitPolicy = 1000;

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

function run(command: readonly string[], env: Record<string, string> = {}): void {
	const { success, stdout, stderr } = Bun.spawnSync([...command], { cwd: project, env: { ...process.env, ...env } });
	if (!success) throw new Error(`${command.join(" ")} failed:\n${stdout}${stderr}`);
}

/** The manual pages: `man ./dist/man/ns-run.1`. */
function writePages(folder: string): void {
	mkdirSync(folder, { recursive: true });
	for (const [name, text] of Object.entries(allPages(version))) writeFileSync(join(folder, name), text);
}

/** Two lists of functions as one: what only the second has stands behind the first. */
const joined = (first: string, second: string): string =>
	`${[...new Set(`${first.trimEnd()}\n${second.trimEnd()}`.split("\n"))].join("\n")}\n`;

if (import.meta.main) {
	const folder = mkdtempSync(join(tmpdir(), "nskit-build-"));
	try {
		const policy = `--compile-jit-policy=${jitPolicy}`;
		const first = join(folder, "ns");
		const [order, strictOrder] = [join(folder, "order"), join(folder, "strict")];
		compileExecutable("cli/ns.ts", first, [policy]);
		// The order of the functions that the way to a command needs: a plan takes the same way, and returns.
		run([first, "plan", "--", "true"], { BUN_BYTECODE_ORDER_OUT: order });
		run([first, "plan", "--strict", "--", "true"], { BUN_BYTECODE_ORDER_OUT: strictOrder });
		writeFileSync(order, joined(readFileSync(order, "utf8"), readFileSync(strictOrder, "utf8")));
		compileExecutable("cli/ns.ts", join(project, "dist/ns"), [policy, `--bytecode-order=${order}`]);
		writePages(join(project, "dist/man"));
	} finally {
		rmSync(folder, { recursive: true });
	}
}
