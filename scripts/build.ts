/**
 * Makes `dist/ns`, the command as one file: `bun run build`. What it finds in the folder it is called from must not
 * change what it does, so neither .env files nor a bunfig.toml are read there.
 */
import { join } from "node:path";

const project = join(import.meta.dir, "..");

/** Compiles `entry` into the executable `outfile`. Throws with the compiler's words when that fails. */
export function compileExecutable(entry: string, outfile: string): void {
	const options = [
		"--compile",
		"--minify",
		"--bytecode",
		"--no-compile-autoload-dotenv",
		"--no-compile-autoload-bunfig",
	];
	const { success, stdout, stderr } = Bun.spawnSync(
		[process.execPath, "build", ...options, entry, "--outfile", outfile],
		{
			cwd: project,
		},
	);
	if (!success) throw new Error(`bun build ${entry} failed:\n${stdout}${stderr}`);
}

if (import.meta.main) compileExecutable("cli/ns.ts", join(project, "dist/ns"));
