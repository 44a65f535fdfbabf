/** What could not be read is no error of an inspection: it is said of the part that it belongs to. */
import { SystemError } from "../ffi.ts";
import type { Inspection, Part } from "../inspect/types.ts";
import { errnoName } from "../linux/errno.ts";

/** Collects what stays unknown. */
export class Unknown {
	readonly found: Inspection["unknown"][number][] = [];

	/** Says once why a part, or some of it, is not known. */
	add(part: Part, reason: string): void {
		if (!this.found.some((one) => one.part === part && one.reason === reason)) this.found.push({ part, reason });
	}

	/** What a body returns; `undefined` where the kernel does not let it be read or it cannot be understood. */
	try<T>(part: Part, what: string, body: () => T): T | undefined {
		try {
			return body();
		} catch (error) {
			if (error instanceof SystemError) this.refused(part, what, error.code);
			else if (error instanceof RangeError) this.add(part, `${what}: ${error.message}`);
			else throw error;
			return undefined;
		}
	}

	/** That a call inside has failed. */
	failed(part: Part, what: string, errno: number): void {
		this.refused(part, what, errnoName(errno));
	}

	/** That a call has failed with the error of this name. */
	refused(part: Part, what: string, code: string): void {
		const reason = reasons[code];
		this.add(part, `${what}: ${reason ? `${reason} (${code})` : code}`);
	}
}

const reasons: Readonly<Record<string, string>> = {
	EACCES: "you may not look at it",
	EPERM: "you may not look at it",
	ENOENT: "it is not there",
};
