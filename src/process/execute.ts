import type { Fragment, Problem } from "../plan/types.ts";

/** Descriptors are C ints. */
const lastNumber = 0x7fffffff;

/**
 * Executes what a descriptor of the calling process is open on, instead of looking the command's name up: the name is only
 * what the command finds in its place. So a program runs that has no path inside, or another than the one that was
 * checked. Nobody else holds the descriptor, and the command does not get it; a script cannot be executed like that,
 * because its interpreter would have to open it. For `become`, whose process the command takes over. execveat(2).
 *
 * @example
 * ```ts
 * import { executeDescriptor, mount, sandbox } from "nskit";
 * const box = sandbox(mount({ root: { type: "tmpfs" } }), executeDescriptor(5));
 * console.log(box.plan(["tool", "--version"]).steps.at(-1)?.does); // execute descriptor 5
 * ```
 */
export function executeDescriptor(fd: number): Fragment {
	return {
		module: "execute",
		executes: fd,
		needsImage: true,
		problems: ({ channel, launch }) => {
			const problems: Problem[] = [];
			if (!(Number.isInteger(fd) && fd >= 0 && fd <= lastNumber)) {
				const hint = `descriptors are whole numbers from 0 to ${lastNumber}`;
				problems.push({ code: "DESCRIPTOR_INVALID", message: `${fd} cannot be a descriptor`, hint });
			}
			if (channel !== undefined || launch !== "image") problems.push(notBecome);
			return problems;
		},
		steps: () => [],
	};
}

const notBecome: Problem = {
	code: "EXECUTE_NEEDS_BECOME",
	message: "only become and ns run can execute a descriptor",
	hint: "name the command by a path that is there inside",
};
