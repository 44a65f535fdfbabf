/** This program gives nobody rights: as a file with a set-user-ID bit or capabilities it would, and so it does not run. */
import { readFile } from "../src/descriptors.ts";
import { SystemError, systemCall } from "../src/ffi.ts";
import { constants } from "../src/linux/constants.ts";
import { getWord } from "../src/stub/instruction.ts";
import { UsageError } from "./usage.ts";

/** Throws where the file of this program has given rights to who started it. */
export function refuseGivenRights(): void {
	const { getuid, geteuid, getgid, getegid } = process;
	const changed = getuid?.() !== geteuid?.() || getgid?.() !== getegid?.();
	// Few ordinary processes have a capability, and only then it has to be found out from where.
	if (!changed && (getuid?.() === 0 || !hasCapability() || !isSecure())) return;
	const message = changed
		? "this program has a set-user-ID or set-group-ID bit, and refuses to run: it would give its owner's rights to anybody"
		: "the file of this program has capabilities, and refuses to run: it would give them to anybody";
	const hint = `as root: ${changed ? "chmod ug-s" : "setcap -r"} ${process.execPath}`;
	throw new UsageError([{ code: "RIGHTS_GIVEN", message, hint }]);
}

/** Whether this process is permitted any capability. capget(2). */
function hasCapability(): boolean {
	const header = Uint32Array.of(constants._LINUX_CAPABILITY_VERSION_3, 0);
	// Effective, permitted, inheritable, twice: 32 capabilities each.
	const sets = new Uint32Array(6);
	return systemCall("capget", header, sets) !== 0 || sets[1] !== 0 || sets[4] !== 0;
}

/** The entry of the auxiliary vector that says whether its file has given a process rights. getauxval(3). */
const AT_SECURE = 23;

/** Whether that is so; without /proc it is taken for so. */
function isSecure(): boolean {
	try {
		const bytes = readFile("/proc/self/auxv");
		const words = new Uint32Array(bytes.slice().buffer);
		for (let at = 0; at + 4 <= words.length; at += 4)
			if (getWord(words, at) === AT_SECURE) return getWord(words, at + 2) !== 0;
		return true;
	} catch (error) {
		if (error instanceof SystemError) return true;
		throw error;
	}
}
