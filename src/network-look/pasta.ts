/** A look at the pasta, or the slirp4netns, of this machine, before anything is done. */
import { type carriers, filesOf, howToGet, pastaProblem } from "../network/internet.ts";
import { readPublished } from "../network/publish.ts";
import { howToGetSlirp, slirpProblem } from "../network/slirp.ts";
import type { Host, Problem } from "../plan/types.ts";
import { portProblems } from "./ports.ts";

type Carrier = (typeof carriers)[number];

/** Why there is no internet to be had through this program here. What it needs of the network it says itself. */
export function carrierProblems(name: Carrier, { path }: Pick<Host, "path">, publish: readonly string[]): Problem[] {
	const file = fileOf(name, path);
	const problem = file === undefined ? missing(name, path) : versionProblem(name, file);
	return [...(problem ? [problem] : []), ...tunProblem(name), ...portProblems(readPublished(publish).published)];
}

const wordsOf = { pasta: howToGet, slirp4netns: howToGetSlirp } as const;

function missing(name: Carrier, path: string | undefined): Problem {
	const other = name === "pasta" && fileOf("slirp4netns", path) !== undefined;
	return {
		code: name === "pasta" ? "PASTA_MISSING" : "SLIRP_MISSING",
		message: `the internet is brought inside by ${name}, and there is no such program`,
		hint: other ? `${wordsOf[name]}, which is there` : wordsOf[name],
	};
}

/** The first that may be executed, as the plan's own steps find it. */
function fileOf(name: Carrier, path: string | undefined): string | undefined {
	const { accessSync, constants, statSync } = process.getBuiltinModule("node:fs");
	return filesOf(name, path).find((file) => {
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

function versionProblem(name: Carrier, file: string): Problem | undefined {
	if (!known.has(file)) {
		const { stdout } = process.getBuiltinModule("node:child_process").spawnSync(file, ["--version"], {
			env: {},
			timeout: patience,
			killSignal: "SIGKILL",
			maxBuffer: 65_536,
			stdio: ["ignore", "pipe", "ignore"],
		});
		known.set(file, (name === "pasta" ? pastaProblem : slirpProblem)(file, String(stdout ?? "")));
	}
	return known.get(file);
}

const device = "/dev/net/tun";

/** It is opened with the caller's rights. */
function tunProblem(name: Carrier): Problem[] {
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
		return [{ code: "TUN_UNUSABLE", message: `${name} needs ${device}, and it cannot be opened: ${code}`, hint }];
	}
}
