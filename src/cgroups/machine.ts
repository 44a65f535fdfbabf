/** Limits that this machine has not the means for. */
import type { Problem } from "../plan/types.ts";
import type { ControlGroups, Wanted } from "./types.ts";
import { numbersOf, sizeText } from "./values.ts";

/** A size for people, who do not count in bytes what a machine has. */
const rounded = (bytes: number): string => {
	const text = sizeText(bytes);
	return text.length <= 5 ? text : `about ${(bytes / 1024 ** 3).toFixed(1)}G`;
};

/** What is wanted that lies above what the machine has. */
export function machineProblems(wanted: readonly Wanted[], groups: ControlGroups): Problem[] {
	const problems: Problem[] = [];
	const online = numbersOf(groups.processors) ?? [];
	const above = (name: string, value: string, has: string): void => {
		const message = `${name} cannot be limited to ${value}: this machine has ${has}`;
		problems.push({ code: "RESOURCE_ABOVE_MACHINE", message, hint: "a limit that is never reached is none" });
	};
	for (const one of wanted) {
		if ((one.name === "memory" || one.name === "memoryHigh") && one.bytes !== "max" && groups.memory > 0) {
			if (one.bytes > groups.memory) above(one.name, sizeText(one.bytes), rounded(groups.memory));
		}
		if (one.name === "cpus" && one.processors !== "max" && online.length > 0 && one.processors > online.length) {
			above("cpus", `${one.processors}`, `${online.length}`);
		}
		if (one.name === "cpuset" && online.length > 0) {
			const missing = one.numbers.filter((number) => !online.includes(number));
			if (missing.length > 0) above("cpuset", one.list, `the processors ${groups.processors}`);
		}
	}
	return problems;
}
