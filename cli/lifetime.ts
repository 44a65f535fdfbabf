/** The options that say how long a sandbox lives, with whom it ends, and who is told. */
import type { Profile } from "../src/profile/types.ts";
import type { Reader } from "./reader.ts";

/** The lifetime module, where one of its options is given. */
export function lifetimeParts(reader: Reader): Profile {
	const resolved = (path: string | undefined) => (path === undefined ? undefined : reader.resolve(path));
	const locks = reader.each("lock-file");
	const options = {
		timeout: reader.text("timeout"),
		killSignal: reader.text("kill-signal"),
		killAfter: reader.text("kill-after"),
		dieWithParent: reader.flag("die-with-parent"),
		waitAll: reader.flag("wait-all"),
		infoFd: descriptor(reader, "info-fd"),
		statusFd: descriptor(reader, "status-fd"),
		blockFd: descriptor(reader, "block-fd"),
		lockFiles: locks.length === 0 ? undefined : locks.map(reader.resolve.bind(reader)),
		daemon: reader.flag("daemon"),
		pidFile: resolved(reader.text("pid-file")),
	};
	return Object.values(options).some((value) => value !== undefined) ? { lifetime: options } : {};
}

/** Digits and nothing else, up to the largest number that a descriptor can have. */
function descriptor(reader: Reader, name: string): number | undefined {
	const text = reader.text(name);
	if (text === undefined) return undefined;
	if (/^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= 0x7fffffff) return Number(text);
	return reader.problem(
		"DESCRIPTOR_INVALID",
		`--${name} ${text} is no number of a descriptor`,
		"such as 3, with 3>FILE",
	);
}
