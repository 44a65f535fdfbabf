/** A look at the pasta of this machine, before anything is done. */
import { howToGet, pastaFiles, pastaProblem } from "../network/internet.ts";
import { readPublished } from "../network/publish.ts";
import type { Host, Problem } from "../plan/types.ts";
import { portProblems } from "./ports.ts";

/** Why there is no internet to be had through pasta here. What it needs of the network it says itself, when it is started. */
export function pastaProblems({ path }: Pick<Host, "path">, publish: readonly string[]): Problem[] {
	const file = pastaFile(path);
	const problem = file === undefined ? missing : versionProblem(file);
	return [...(problem ? [problem] : []), ...tunProblem(), ...portProblems(readPublished(publish).published)];
}

const missing: Problem = {
	code: "PASTA_MISSING",
	message: "the internet is brought inside by pasta, and there is no such program",
	hint: howToGet,
};

/** The first that may be executed, as the plan's own steps find it. */
function pastaFile(path: string | undefined): string | undefined {
	const { accessSync, constants, statSync } = process.getBuiltinModule("node:fs");
	return pastaFiles(path).find((file) => {
		try {
			accessSync(file, constants.X_OK);
			return statSync(file).isFile();
		} catch {
			return false;
		}
	});
}

/** Milliseconds that a program has to say its version. */
const patience = 5_000;

/** What has been found out already, by file: a process may make many sandboxes. */
const known = new Map<string, Problem | undefined>();

function versionProblem(file: string): Problem | undefined {
	if (!known.has(file)) {
		const { stdout } = process.getBuiltinModule("node:child_process").spawnSync(file, ["--version"], {
			env: {},
			timeout: patience,
			killSignal: "SIGKILL",
			maxBuffer: 65_536,
			stdio: ["ignore", "pipe", "ignore"],
		});
		known.set(file, pastaProblem(file, String(stdout ?? "")));
	}
	return known.get(file);
}

const device = "/dev/net/tun";

/** pasta opens it with the caller's rights. */
function tunProblem(): Problem[] {
	const { accessSync, constants } = process.getBuiltinModule("node:fs");
	try {
		accessSync(device, constants.R_OK | constants.W_OK);
		return [];
	} catch (error) {
		const code = error instanceof Error && "code" in error ? String(error.code) : "EACCES";
		const hint =
			code === "ENOENT"
				? "load the driver (modprobe tun), or show the device where this runs (docker run --device /dev/net/tun)"
				: "everybody may use it on most systems, as root: chmod 666 /dev/net/tun";
		return [{ code: "TUN_UNUSABLE", message: `pasta needs ${device}, and it cannot be opened: ${code}`, hint }];
	}
}
