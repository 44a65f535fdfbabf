import type { Fragment, PassedDescriptor, Problem } from "../plan/types.ts";

/** Descriptors are C ints. */
const lastNumber = 0x7fffffff;

/**
 * Gives the command descriptors of the calling process, each by the same number or another, also in the place of 0, 1
 * and 2. Everything else is still closed, and no process of ours holds them. For `become`, whose process the command
 * takes over; Bun.spawn has `stdio` for the purpose. dup(2).
 *
 * @example
 * ```ts
 * import { passDescriptors, sandbox } from "nskit";
 * const box = sandbox(passDescriptors([{ from: 1, to: 5 }]));
 * console.log(box.plan(["sh", "-c", "echo hello >&5"]).steps.length);
 * ```
 */
export function passDescriptors(passes: readonly PassedDescriptor[]): Fragment {
	return {
		module: "pass",
		passes,
		needsImage: true,
		problems: ({ channel, launch }) => [
			...passes.flatMap(numberProblems),
			...twiceProblems(passes),
			...(channel === undefined && launch === "image" ? [] : [notBecome]),
		],
		steps: () => [],
	};
}

const notBecome: Problem = {
	code: "PASS_NEEDS_BECOME",
	message: "only become and ns run can pass descriptors on",
	hint: "give what the command needs as stdin, stdout or stderr",
};

function numberProblems({ from, to }: PassedDescriptor): Problem[] {
	const wrong = [from, to].find((fd) => !(Number.isInteger(fd) && fd >= 0 && fd <= lastNumber));
	if (wrong === undefined) return [];
	const hint = `descriptors are whole numbers from 0 to ${lastNumber}`;
	return [{ code: "DESCRIPTOR_INVALID", message: `${wrong} cannot be a descriptor`, hint }];
}

function twiceProblems(passes: readonly PassedDescriptor[]): Problem[] {
	const places = passes.map(({ to }) => to);
	const twice = new Set(places.filter((to, i) => places.indexOf(to) !== i));
	return [...twice].map((to) => ({
		code: "DESCRIPTOR_TWICE",
		message: `two descriptors are to be ${to} in the command`,
		hint: "write N:M with another M",
	}));
}
