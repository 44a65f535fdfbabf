/** From what was seen to what is said: every check, in order. */
import { fileChecks } from "./checks/files.ts";
import { groupChecks } from "./checks/groups.ts";
import { idChecks } from "./checks/ids.ts";
import { limitChecks } from "./checks/limits.ts";
import { machineChecks } from "./checks/machine.ts";
import { namespaceChecks, userChecks } from "./checks/namespaces.ts";
import { networkChecks } from "./checks/network.ts";
import { privilegeChecks } from "./checks/privileges.ts";
import { processChecks } from "./checks/processes.ts";
import type { Check, Diagnosis, Facts, Finding } from "./types.ts";

/** Everything that is looked at, in the order it is shown. */
export const checks: readonly Check[] = [
	...namespaceChecks,
	...userChecks,
	...idChecks,
	...fileChecks,
	...privilegeChecks,
	...processChecks,
	...networkChecks,
	...groupChecks,
	...limitChecks,
	...machineChecks,
];

/** What these facts mean. */
export function diagnose(facts: Facts): Diagnosis {
	const { host, program } = facts;
	const findings = checks.map((check): Finding => {
		const { id, group, title, tries, essential = false } = check;
		return { id, group, title, essential, tries, ...check.judge(facts) };
	});
	return {
		version: 1,
		ok: findings.every(({ essential, state }) => !essential || state === "ok"),
		kernel: host.kernelRelease,
		caller: { uid: host.uid, gid: host.gid, privileged: host.privileged },
		program,
		findings,
	};
}
