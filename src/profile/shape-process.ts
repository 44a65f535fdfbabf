/** The shapes of the modules that set up the command's process, and say how long it lives. */
import { personalities } from "../process/attributes.ts";
import { resourceNames } from "../process/limits.ts";
import {
	adding,
	boolean,
	constant,
	integer,
	list,
	names,
	needed,
	object,
	outsidePath,
	span,
	string,
	union,
} from "./schema.ts";
import { descriptor, largest, lastId } from "./shape-mounts.ts";

const limit = union([integer(0, largest), constant(["unlimited"])]);
const limitValue = union([
	integer(0, largest),
	constant(["unlimited"]),
	object({ soft: needed(limit), hard: needed(limit) }),
]);
export const limits = object(
	Object.fromEntries(resourceNames.map((name) => [name, limitValue])) as Record<
		(typeof resourceNames)[number],
		typeof limitValue
	>,
	{ doc: "resource limits, by the names of prlimit(1)", byKey: true },
);

export const lifetime = object(
	{
		timeout: span("when time is up the command gets killSignal"),
		killSignal: union([string(), integer(1, 64)], "what the command gets when time is up"),
		killAfter: span("how long it has from then on until SIGKILL"),
		dieWithParent: boolean("everything ends with the process that started the sandbox"),
		waitAll: boolean("wait for all processes inside"),
		infoFd: descriptor("gets process ids and namespaces, as a line of JSON"),
		statusFd: descriptor("gets the same, and a line with the exit code at the end"),
		blockFd: descriptor("the command waits until a byte can be read from it"),
		lockFiles: names(outsidePath(), "files that are locked as long as anything inside lives"),
		daemon: boolean("go on in the background once the command has been executed"),
		pidFile: outsidePath("a file that holds the process id to send signals to"),
	},
	{ doc: "how long a sandbox lives, with whom it ends, and who is told", byKey: true },
);

export const server = object(
	{
		again: boolean("a new sandbox each time the command has ended"),
		delay: span("the time between two starts at least"),
		times: integer(1, largest, "how often the command is run at most"),
		listen: object(
			{ port: needed(integer(1, 65535)), address: string("of IPv4 or IPv6; 127.0.0.1 when nothing is said") },
			{ doc: "a new sandbox for each TCP connection" },
		),
		most: integer(1, largest, "connections that are served at a time"),
	},
	{ doc: "sandboxes one after the other, or one for each connection", byKey: true },
);

export const priority = object(
	{
		nice: integer(-20, 19, "the nice value"),
		scheduler: union(
			[
				constant(["other", "batch", "idle"]),
				object({ policy: needed(constant(["fifo", "rr"])), priority: needed(integer(1, 99)) }),
			],
			"the scheduling policy",
		),
		io: union(
			[
				constant(["idle"]),
				object({ class: needed(constant(["best-effort", "realtime"])), level: needed(integer(0, 7)) }),
			],
			"the I/O priority",
		),
		affinity: list(integer(0, 8191), "the processors to run on"),
		oomScoreAdjust: integer(-1000, 1000, "how readily it is ended when memory is short"),
	},
	{ doc: "how readily the command gets what the machine has", byKey: true },
);

export const identity = object(
	{
		uid: integer(0, lastId, "the user id inside"),
		gid: integer(0, lastId, "the group id inside"),
		groups: list(integer(0, lastId), "the supplementary groups inside"),
	},
	{ doc: "who the command runs as", byKey: true },
);

export const attributes = object(
	{
		umask: integer(0, 0o777, "permissions that new files do not get, as a number: 0o27 in TOML and YAML"),
		personality: list(constant(personalities), "the execution domain"),
		newKeyring: boolean("an empty session keyring"),
	},
	{ doc: "what else the command's process has", byKey: true },
);

export const redirect = object(
	{
		stdin: outsidePath("read standard input from this file"),
		stdout: outsidePath("write standard output to this file"),
		stderr: outsidePath("write standard error to this file"),
		append: boolean("write behind what the files hold"),
		stderrToStdout: boolean("send standard error where standard output goes"),
	},
	{
		doc: "files in place of the standard streams",
		byKey: true,
		replaces: { stderr: ["stderrToStdout"], stderrToStdout: ["stderr"] },
	},
);

export const terminal = object(
	{
		session: constant(["shared", "new", "pty"], "the session and terminal of the command"),
		injection: boolean("let the command put input into its terminal"),
	},
	{ doc: "the session and the terminal", byKey: true },
);

export const passDescriptors = adding(
	object({ from: needed(descriptor("as the caller has it")), to: needed(descriptor("as the command gets it")) }),
	"descriptors of the caller's that the command gets",
);
