import { call, flags, step } from "../plan/step.ts";
import type { Call, Fragment, Problem, Step } from "../plan/types.ts";

/**
 * Parts of an execution domain, by the kernel's names; `linux32` stands for PER_LINUX32. READ_IMPLIES_EXEC is not among
 * them: execve(2) takes it back.
 */
export const personalities = [
	"linux32",
	"UNAME26",
	"ADDR_NO_RANDOMIZE",
	"MMAP_PAGE_ZERO",
	"ADDR_COMPAT_LAYOUT",
	"ADDR_LIMIT_32BIT",
	"SHORT_INODE",
	"WHOLE_SECONDS",
	"STICKY_TIMEOUTS",
	"ADDR_LIMIT_3GB",
] as const;

export type Personality = (typeof personalities)[number];

export interface AttributeOptions {
	/** The permissions that new files do not get, from 0 to 0o777. umask(2). */
	readonly umask?: number | undefined;
	/** The execution domain, in place of the caller's. personality(2). */
	readonly personality?: readonly Personality[] | undefined;
	/** An empty session keyring of its own, in place of the caller's: its keys are then out of reach. session-keyring(7). */
	readonly newKeyring?: boolean | undefined;
}

/**
 * Attributes of the command's process: umask, personality, session keyring.
 *
 * @example
 * ```ts
 * import { attributes, sandbox } from "nskit";
 * const box = sandbox(attributes({ umask: 0o077, personality: ["ADDR_NO_RANDOMIZE"] }));
 * console.log(box.spawnSync(["sh", "-c", "umask"], { stdout: "pipe" }).stdout?.toString()); // 0077
 * ```
 */
export function attributes(options: AttributeOptions): Fragment {
	return {
		module: "attributes",
		problems: () => attributeProblems(options),
		steps: () => attributeSteps(options),
	};
}

function attributeSteps({ umask, personality, newKeyring = false }: AttributeOptions): Step[] {
	const steps: Step[] = [];
	const add = (phase: Step["phase"], does: string, why: string, man: string, one: Call): void => {
		steps.push(step({ phase, module: "attributes", does, why, man, calls: [one] }));
	};
	if (umask !== undefined) {
		const octal = umask.toString(8).padStart(3, "0");
		add("attributes", `set the umask to ${octal}`, "asked for", "umask(2)", call("umask", [umask]));
	}
	if (personality !== undefined) {
		const names = personality.map((name) => (name === "linux32" ? "PER_LINUX32" : name));
		const domain = flags(names.length === 0 ? "PER_LINUX" : names.join("|"));
		add("attributes", "choose the execution domain", "asked for", "personality(2)", call("personality", [domain]));
	}
	if (newKeyring) {
		add(
			"credentials",
			"join a new session keyring",
			"the keys of the caller's session are no longer at hand; made now, so that it belongs to the command's user",
			"session-keyring(7)",
			call("keyctl", [flags("KEYCTL_JOIN_SESSION_KEYRING"), null]),
		);
	}
	return steps;
}

function attributeProblems({ umask, personality }: AttributeOptions): Problem[] {
	const problems: Problem[] = [];
	if (umask !== undefined && !(Number.isInteger(umask) && umask >= 0 && umask <= 0o777)) {
		const hint = "it is a whole number from 0 to 0o777, 511";
		problems.push({ code: "UMASK_INVALID", message: `the umask cannot be ${umask}`, hint });
	}
	for (const name of personality ?? []) {
		if (personalities.includes(name)) continue;
		const hint = `known are ${personalities.join(", ")}`;
		problems.push({ code: "PERSONALITY_UNKNOWN", message: `there is no personality ${name}`, hint });
	}
	return problems;
}
