/** The steps of nsenter(1), in its order and with its words. Pure. */
import { type NamespaceKind, namespaceInfo } from "../../src/plan/namespaces.ts";
import { call, flags, ref } from "../../src/plan/step.ts";
import type { Call, Plan, Role } from "../../src/plan/types.ts";
import { type Called, failure } from "./end.ts";
import { type ToolFacts, textOf, textOrNone } from "./facts.ts";
import type { NsenterRequest } from "./nsenter-request.ts";
import { begin, commandOf, execute, fileOrder, flagOf, ToolSteps, toDefault, toolPlan } from "./steps.ts";

/** The last kernel whose setns(2) takes no pidfd. */
const filesOnly = 507;

const openToRead = (path: string, result: string, more: Pick<Call, "onlyIfFailed"> = {}): Call =>
	call("openat", [flags("AT_FDCWD"), path, flags("O_RDONLY|O_CLOEXEC")], { result, ...more });

/** How each namespace is reached: by a descriptor, or with others by the target's pidfd. */
interface Ways {
	readonly files: Set<NamespaceKind>;
	readonly pidfd: Set<NamespaceKind>;
}

/** The plan of a request. Throws a `ToolEnd` where it cannot be carried out, in the tool's words. */
export function nsenterPlan(request: NsenterRequest, called: Called, given: ToolFacts): Plan {
	const { enters, target, uid, gid, fork, preserve } = request;
	const facts = request.environment ? { ...given, env: targetsEnvironment(request, called, given) } : given;
	const command = commandOf(request.rest, facts);
	const steps = new ToolSteps();
	const outer = (fails: string, ...calls: Call[]) => steps.add("outer", fails, calls);
	begin(steps, facts.host, called.name);
	const ways = openAll(steps, request, called, facts);
	if (enters.size === 0) throw failure(called, "no namespace specified");
	const user = enters.has("user");
	const forks = fork && enters.has("pid");
	if (user && !preserve) {
		outer("setgroups failed", call("setgroups", [0, null], { result: "groups", mayFail: true }));
	}
	outer("prctl failed", call("prctl", [flags("PR_SET_DUMPABLE"), 0, 0, 0, 0]));
	enterAll(steps, ways);
	changeDirectories(steps, request);
	if (request.cgroup) outer("write cgroup.procs failed", call("write", [ref("cgroup"), "0", 1]));
	if (uid === "follow" || gid === "follow") {
		const status = { out: "target.status", size: 256 } as const;
		const look = [ref("ids"), "", flags("AT_EMPTY_PATH"), flags("STATX_BASIC_STATS"), status] as const;
		outer("can not get process stat", call("statx", look, { check: { statx: status.out, as: "target" } }));
	}
	if (forks) {
		outer("signal handler reset failed", toDefault("SIGCHLD"));
		const child = call("clone", [flags("SIGCHLD"), null, null, null, null], { result: "command", child: "command" });
		outer("fork failed", child);
		steps.add("outer", "waitpid failed", [], "awaitStopping");
	}
	becomeUser(steps, request, user && !preserve);
	if (request.keepCapabilities && user) steps.add("command", "prctl(PR_CAP_AMBIENT) failed", [], "ambient");
	execute(steps, { ...command, argv: request.rest.length > 0 ? command.argv : [shownShell(command.argv)] });
	if (target !== undefined && request.context && isLabelled(facts)) {
		throw failure(called, "--follow-context cannot be honoured: run the program by runcon(1)");
	}
	return toolPlan(steps, facts.host, command, forks);
}

const shownShell = ([path = ""]: readonly string[]): string => (path.startsWith("./") ? path.slice(2) : path);
const isLabelled = (facts: ToolFacts): boolean => textOrNone(facts, "/sys/fs/selinux/enforce") !== "";

/** A file of the target. */
function ofTarget({ target }: NsenterRequest, file: string, called: Called): string {
	if (target === undefined) throw failure(called, `neither filename nor target pid supplied for ${file}`);
	return `/proc/${target}/${file}`;
}

function targetsEnvironment(request: NsenterRequest, called: Called, facts: ToolFacts): string[] {
	const path = ofTarget(request, "environ", called);
	const text = textOf(facts, called, path, `cannot open ${path}`);
	return text.split("\0").filter((one) => one.includes("="));
}

/** Opens everything with the rights and in the file system of the caller. */
function openAll(steps: ToolSteps, request: NsenterRequest, called: Called, facts: ToolFacts): Ways {
	const { enters, target, socket, userParent, root, directory } = request;
	const add = (fails: string, ...calls: Call[]) => steps.add("outer", fails, calls);
	const open = (path: string, result: string) => add(`cannot open ${path}`, openToRead(path, result));
	const ways: Ways = { files: new Set(), pidfd: new Set() };
	for (const [kind, file] of enters) {
		if (file === undefined) continue;
		open(file, kind);
		ways.files.add(kind);
	}
	if (typeof root === "string") open(root, "root");
	if (typeof directory === "string") open(directory, "directory");
	if (request.all) allOf(request, called, facts);
	for (const kind of fileOrder) if (enters.has(kind) && !ways.files.has(kind)) ways.pidfd.add(kind);
	const needsTarget = ways.pidfd.size > 0 || socket !== undefined || userParent;
	if (needsTarget && target === undefined) throw failure(called, "no target PID specified");
	if (needsTarget) openTarget(steps, ways, target ?? 0, facts);
	if (root === true) open(ofTarget(request, "root", called), "root");
	if (directory === true) open(ofTarget(request, "cwd", called), "directory");
	if (request.uid === "follow" || request.gid === "follow") open(ofTarget(request, "", called), "ids");
	if (request.cgroup) openCgroup(steps, request, called, facts);
	if (userParent) {
		if (!ways.files.has("user")) open(ofTarget(request, "ns/user", called), "user");
		const parent = call("ioctl", [ref("user"), flags("NS_GET_USERNS"), 0], { result: "parent" });
		add("failed to open parent namespace", parent, call("dup3", [ref("parent"), ref("user"), flags("O_CLOEXEC")]));
		addFile(ways, enters, "user");
	}
	if (socket !== undefined) {
		add(
			`pidfd_getfd(${socket})`,
			call("pidfd_getfd", [ref("target"), socket, 0], { result: "socket" }),
			call("ioctl", [ref("socket"), flags("SIOCGSKNS"), 0], { result: "net" }),
		);
		addFile(ways, enters, "net");
	}
	return ways;
}

function addFile({ files, pidfd }: Ways, enters: NsenterRequest["enters"], kind: NamespaceKind): void {
	enters.set(kind, enters.get(kind));
	pidfd.delete(kind);
	files.add(kind);
}

/** A process that is not there is told by the first of its files that is needed. */
function openTarget(steps: ToolSteps, ways: Ways, target: number, { host }: ToolFacts): void {
	const pidfd = call("pidfd_open", [target, 0], { result: "target" });
	const wantsFiles = host.kernel <= filesOnly;
	if (!wantsFiles) steps.add("outer", `failed to pidfd_open() for ${target}`, [{ ...pidfd, mayFail: true }]);
	for (const kind of fileOrder) {
		if (!ways.pidfd.has(kind)) continue;
		const path = `/proc/${target}/ns/${namespaceInfo(kind).file}`;
		const condition = wantsFiles ? {} : { onlyIfFailed: "target" };
		steps.add("outer", `cannot open ${path}`, [openToRead(path, kind, condition)]);
		if (wantsFiles) ways.files.add(kind);
	}
	if (wantsFiles) ways.pidfd.clear();
	steps.add("outer", `failed to pidfd_open() for ${target}`, [
		{ ...pidfd, ...(!wantsFiles && { onlyIfFailed: "target" }) },
	]);
}

/** All namespaces that this kernel has, but for a user namespace that the caller is in already. */
function allOf({ enters, target = 0 }: NsenterRequest, called: Called, { link }: ToolFacts): void {
	for (const kind of fileOrder) {
		const { file } = namespaceInfo(kind);
		const own = link(`/proc/self/ns/${file}`);
		if (enters.has(kind) || "error" in own) continue;
		if (kind === "user") {
			const path = `/proc/${target}/ns/${file}`;
			const other = link(path);
			if ("error" in other) throw failure(called, `stat of ${path} failed: ${other.error}`);
			if (other.text === own.text) continue;
		}
		enters.set(kind, undefined);
	}
}

/** cgroup.procs of the target's cgroup; in the second version of cgroups only. */
function openCgroup(steps: ToolSteps, request: NsenterRequest, called: Called, facts: ToolFacts): void {
	if (textOrNone(facts, "/sys/fs/cgroup/cgroup.controllers") === "") {
		throw failure(called, "--join-cgroup is only supported in cgroup v2");
	}
	const path = ofTarget(request, "cgroup", called);
	const [first = ""] = textOf(facts, called, path, `cannot open ${path}`).split("\n");
	if (!first.includes(":")) throw failure(called, "failed to get cgroup path");
	const file = `/sys/fs/cgroup/${first.slice(first.lastIndexOf(":") + 1)}/cgroup.procs`;
	steps.add("outer", "failed to open cgroup.procs", [
		call("openat", [flags("AT_FDCWD"), file, flags("O_WRONLY|O_APPEND|O_CLOEXEC")], { result: "cgroup" }),
	]);
}

/**
 * Enters twice: first all but the user namespace, where the caller's rights are enough; then the user namespace, and what
 * needs its rights.
 */
function enterAll(steps: ToolSteps, { files, pidfd }: Ways): void {
	const masks = (kinds: readonly NamespaceKind[]) => flags(kinds.map(flagOf).join("|"));
	const setns = (fd: string, kinds: readonly NamespaceKind[], more: Omit<Call, "name" | "args"> = {}) =>
		call("setns", [ref(fd), masks(kinds)], more);
	const together = fileOrder.filter((kind) => pidfd.has(kind));
	const others = together.filter((kind) => kind !== "user");
	const first: Call[] = [];
	if (others.length > 0) first.push(setns("target", others, { result: "entered", mayFail: true }));
	for (const kind of fileOrder) {
		if (files.has(kind) && kind !== "user")
			first.push(setns(kind, [kind], { result: `entered.${kind}`, mayFail: true }));
	}
	steps.add("outer", "reassociate to namespaces failed", first);
	const second: Call[] = [];
	if (others.length > 0) second.push(setns("target", together, { onlyIfFailed: "entered" }));
	if (pidfd.has("user")) second.push(setns("target", ["user"], others.length > 0 ? { onlyIf: "entered" } : {}));
	steps.add("outer", "reassociate to namespaces failed", second);
	for (const kind of fileOrder) {
		if (!files.has(kind)) continue;
		const condition = kind === "user" ? {} : { onlyIfFailed: `entered.${kind}` };
		steps.add("outer", `reassociate to namespace 'ns/${namespaceInfo(kind).file}' failed`, [
			setns(kind, [kind], condition),
		]);
	}
}

function changeDirectories(steps: ToolSteps, { root, directory, inside }: NsenterRequest): void {
	const add = (fails: string, ...calls: Call[]) => steps.add("outer", fails, calls);
	const stays = root !== undefined && directory === undefined && inside === undefined;
	if (stays) add("cannot open current working directory", openToRead(".", "directory"));
	if (root !== undefined) {
		add("change directory by root file descriptor failed", call("fchdir", [ref("root")]));
		add("chroot failed", call("chroot", ["."]));
		add("cannot change directory to /", call("chdir", ["/"]));
	}
	if (inside !== undefined) add("cannot open current working directory", openToRead(inside, "directory"));
	if (stays || directory !== undefined || inside !== undefined) {
		add("change directory by working directory file descriptor failed", call("fchdir", [ref("directory")]));
	}
}

/** In a user namespace that is root, unless something else is said. */
function becomeUser(steps: ToolSteps, { uid, gid }: NsenterRequest, always: boolean): void {
	const who: Role = "command";
	const id = (given: number | "follow" | undefined, what: "uid" | "gid") =>
		given === "follow" ? ref(`target.${what}`) : (given ?? 0);
	if (always || gid !== undefined) {
		const drop = call("setgroups", [0, null]);
		if (always) steps.add(who, "setgroups failed", [{ ...drop, onlyIfFailed: "groups" }]);
		steps.add(who, "setgroups failed", [{ ...drop, mayFail: true }]);
		steps.add(who, "setgid() failed", [call("setgid", [id(gid, "gid")])]);
	}
	if (always || uid !== undefined) steps.add(who, "setuid() failed", [call("setuid", [id(uid, "uid")])]);
}
