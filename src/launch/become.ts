/** The launch that leaves no Bun behind: this process turns into the image, and the image into the command. */
import { setCloseOnExec } from "../descriptors.ts";
import { executeFile } from "../ffi.ts";
import type { Plan } from "../plan/types.ts";
import { image, imageFile } from "./image.ts";

/**
 * Carries out `plan` in place of this process; the pid stays. `held` are descriptors of this process that it needs.
 * `explain` is a command that gets the number of a failed call and the name of its error as two more arguments.
 * Returns only by throwing.
 */
export function become(plan: Plan, held: readonly number[], explain?: readonly string[]): never {
	const fd = imageFile(image(plan, { to: "stderr", explain }));
	for (const one of held) setCloseOnExec(one, false);
	executeFile(fd, ["ns"], []);
}
