/** What of a Landlock policy this kernel does not know: problems, or what is done without where that is asked for. */
import type { ConstantName } from "../linux/constants.ts";
import { errnoName } from "../linux/errno.ts";
import type { Host, Problem } from "../plan/types.ts";
import { fileRights, kernelOf, portsSince, scopesSince } from "./landlock-rights.ts";
import type { LandlockOptions } from "./types.ts";

const without = "or take what there is: --landlock-best-effort, bestEffort of landlock()";

/** One for each thing that is asked for and not there. */
export function missingOf(options: LandlockOptions, host: Host): Problem[] {
	const { landlock: abi } = host;
	if (abi === undefined || abi <= 0) return [absent(host)];
	const problems: Problem[] = [];
	for (const [what, since] of wanted(options)) {
		if (since <= abi) continue;
		problems.push({
			code: "LANDLOCK_TOO_OLD",
			message: `Landlock cannot ${what}: that needs its ABI ${since}, of Linux ${kernelOf(since)}, and this kernel, ${host.kernelRelease}, has ABI ${abi}`,
			hint: `take a newer kernel, ${without}`,
		});
	}
	return problems;
}

/** No Landlock at all. */
function absent({ landlock: answer, kernelRelease }: Host): Problem {
	if (answer === undefined) {
		const hint = "take those of hostFacts(), or say landlock: 7 for an ABI to plan for";
		return { code: "LANDLOCK_UNKNOWN", message: "the facts of the host do not tell what Landlock can do there", hint };
	}
	const error = errnoName(-answer);
	if (error === "ENOSYS") {
		const message = `no Landlock: this kernel, ${kernelRelease}, was built without it, or is older than Linux ${kernelOf(1)}`;
		return { code: "LANDLOCK_ABSENT", message, hint: `take one with CONFIG_SECURITY_LANDLOCK, ${without}` };
	}
	if (error === "EOPNOTSUPP") {
		const message = "no Landlock: it was left out of the security modules when this kernel was booted";
		return { code: "LANDLOCK_OFF", message, hint: `add landlock to lsm= of the kernel's command line, ${without}` };
	}
	const message = `no Landlock: the kernel may not even be asked for it: ${error}`;
	return {
		code: "LANDLOCK_REFUSED",
		message,
		hint: `a container's filter of system calls has to allow it, ${without}`,
	};
}

/** What is asked for, each with the first ABI that has it. */
function wanted(options: LandlockOptions): [what: string, since: number][] {
	const { read, write, execute, writeMounts, bind, connect, scope = [] } = options;
	const all: [string, number][] = [];
	const since = (name: ConstantName): number => fileRights.find((one) => one.name === name)?.since ?? 0;
	if (write?.length || writeMounts)
		all.push(["allow files to be moved from one directory to another", since("LANDLOCK_ACCESS_FS_REFER")]);
	if (read || write || execute || writeMounts) {
		all.push(["refuse to empty and shorten files", since("LANDLOCK_ACCESS_FS_TRUNCATE")]);
		all.push(["refuse ioctl(2) on devices", since("LANDLOCK_ACCESS_FS_IOCTL_DEV")]);
	}
	if (bind) all.push(["refuse to bind to TCP ports", portsSince]);
	if (connect) all.push(["refuse to connect to TCP ports", portsSince]);
	if (scope.includes("signal")) all.push(["refuse signals to processes outside", scopesSince]);
	if (scope.includes("abstract-unix-socket")) all.push(["refuse to connect to abstract sockets outside", scopesSince]);
	return all;
}
