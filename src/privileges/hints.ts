/** Why the kernel refuses what is done to the command's privileges. */
import type { StillCase } from "../hints.ts";
import { about, phase } from "../plan/failure.ts";

const notHeld = "this takes CAP_SETPCAP, and the caller does not have it: add --user";

/** Known without a look at the machine. */
export const privilegeHints: readonly StillCase[] = [
	{
		syscall: "capset",
		code: "EPERM",
		hint: () => "the caller does not have all of these capabilities, so it cannot give them: add --user",
	},
	{ syscall: "prctl", code: "EPERM", when: about("PR_CAPBSET_DROP"), hint: () => notHeld },
	{
		syscall: "prctl",
		code: "EPERM",
		when: about("PR_SET_SECUREBITS"),
		hint: () => "the caller's own securebits are locked otherwise, or CAP_SETPCAP is missing: add --user",
	},
	{
		syscall: "prctl",
		code: "EPERM",
		when: about("PR_SET_KEEPCAPS"),
		hint: () => "the caller's securebits forbid it: add --user, which begins with none",
	},
	{
		syscall: "prctl",
		code: "EPERM",
		when: about("PR_CAP_AMBIENT"),
		hint: () => "the caller's securebits forbid it: add --user, which begins with none",
	},
	{
		syscall: "openat",
		code: "EROFS",
		when: phase("parameters"),
		hint: ({ path }) =>
			`${path} is mounted read-only here, as in a container (docker run --security-opt systempaths=unconfined)`,
	},
];
