import { toBytes } from "../../src/bytes.ts";
import { call, flags, ref } from "../../src/plan/step.ts";
import type { Call } from "../../src/plan/types.ts";
import type { ToolSteps } from "./steps.ts";
import { binfmtPath, type UnshareRequest } from "./unshare-request.ts";

/** What the command's process does once its ids are mapped: mounts, the root, the directory, ids, capabilities. Pure. */
export function insideSteps(steps: ToolSteps, request: UnshareRequest): void {
	const { creates, propagation, interpreter, root, proc, binfmt, uid, gid } = request;
	const add = (fails: string, ...calls: Call[]) => steps.add("command", fails, calls);
	if (creates.has("mount") && propagation) {
		add("cannot change root filesystem propagation", call("mount", ["none", "/", null, flags(propagation), null]));
	}
	const early = interpreter !== undefined && root !== undefined && isFixed(interpreter);
	if (early) {
		add(`mount ${binfmtPath} failed`, mountNew("binfmt_misc", binfmtPath));
		register(steps, binfmtPath, interpreter);
	}
	if (root !== undefined) add(`cannot change root directory to '${root}'`, call("chroot", [root]));
	const directory = request.directory ?? (root === undefined ? undefined : "/");
	if (directory !== undefined) add(`cannot change directory to ${directory}`, call("chdir", [directory]));
	if (proc !== undefined) {
		if (root === undefined && propagation !== "MS_REC|MS_PRIVATE") {
			const alone = call("mount", ["none", proc, null, flags("MS_PRIVATE|MS_REC"), null], {
				result: "alone",
				mayFail: ["EINVAL"],
			});
			add(`cannot change ${proc} filesystem propagation`, alone);
		}
		add(`mount ${proc} failed`, mountNew("proc", proc));
	}
	if (binfmt !== undefined) add(`mount ${binfmt} failed`, mountNew("binfmt_misc", binfmt));
	if (interpreter !== undefined && !early) register(steps, binfmt ?? binfmtPath, interpreter);
	if (gid !== undefined) {
		add("setgroups failed", call("setgroups", [0, null]));
		add("setgid() failed", call("setgid", [gid]));
	}
	if (uid !== undefined) add("setuid() failed", call("setuid", [uid]));
	if (request.keepCapabilities && creates.has("user"))
		steps.add("command", "prctl(PR_CAP_AMBIENT) failed", [], "ambient");
}

const mountNew = (type: string, where: string): Call =>
	call("mount", [type, where, type, flags("MS_NOSUID|MS_NOEXEC|MS_NODEV"), null]);

/** The interpreter's file is opened when it is registered: the flag F, behind the last colon. */
const isFixed = (interpreter: string): boolean => /:[^:]*F[^:]*$/.test(interpreter);

function register(steps: ToolSteps, where: string, interpreter: string): void {
	const add = (fails: string, ...calls: Call[]) => steps.add("command", fails, calls);
	const directory = flags("O_PATH|O_DIRECTORY|O_CLOEXEC");
	add(`cannot open ${where}`, call("openat", [flags("AT_FDCWD"), where, directory], { result: "binfmt" }));
	const opened = call("openat", [ref("binfmt"), "register", flags("O_WRONLY|O_CLOEXEC")], { result: "register" });
	add(`cannot open ${where}/register`, opened);
	const size = toBytes(interpreter).length;
	const written = call("write", [ref("register"), interpreter, size]);
	add(`write failed ${where}/register`, written, call("close", [ref("register")]), call("close", [ref("binfmt")]));
}
