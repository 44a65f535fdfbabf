/** The launch that leaves no Bun behind: this process turns into the image, and the image into the command. */
import { executeFile, setCloseOnExec } from "../ffi.ts";
import type { Fragment, Plan } from "../plan/types.ts";
import { image, imageFile } from "./image.ts";

/** Descriptors that the plan reads from this process. */
export function inheritedDescriptors(fragments: readonly Fragment[]): number[] {
	return fragments.flatMap(({ namespace }) =>
		namespace?.use === "join" && typeof namespace.target === "object" ? [namespace.target.fd] : [],
	);
}

/**
 * Carries out `plan` in place of this process; the pid stays. `explain` is a command that gets a failed step and its error
 * as two more arguments. Returns only by throwing.
 */
export function become(plan: Plan, kept: readonly number[], explain?: readonly string[]): never {
	const fd = imageFile(image(plan, { to: "stderr", ...(explain ? { explain } : {}) }));
	for (const one of kept) setCloseOnExec(one, false);
	executeFile(fd, ["ns"], []);
}
