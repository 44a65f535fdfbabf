/** Starting once more, in a control group that systemd makes for this user. systemd-run(1). */
import { moveAbove, openToRead, setCloseOnExec } from "../src/descriptors.ts";
import { executeFile, SystemError } from "../src/ffi.ts";
import type { Caller } from "./request.ts";

/** Says that this process was started so already, by its number, which stays the same. */
const scopeVariable = "NSKIT_SCOPE";

/**
 * Turns this process into `systemd-run`, which makes a scope and turns into `argv` again. Returns where there is no such
 * program, or this has been done before.
 */
export function enterScope(argv: readonly string[], { env, host }: Caller): void {
	const marker = `${scopeVariable}=${host.pid}`;
	const before = process.env[scopeVariable];
	const path = env.findLast((one) => one.startsWith("PATH="))?.slice(5);
	const program = before === `${host.pid}` ? null : Bun.which("systemd-run", path === undefined ? {} : { PATH: path });
	if (!program) return;
	const options = ["--user", "--scope", "--quiet", "--collect", "-p", "Delegate=yes"];
	try {
		const fd = moveAbove(openToRead(program), 64);
		// A script is read by its interpreter, from this descriptor.
		setCloseOnExec(fd, false);
		executeFile(fd, ["systemd-run", ...options, "--", ...argv], [...env, marker]);
	} catch (error) {
		if (!(error instanceof SystemError)) throw error;
	}
}
