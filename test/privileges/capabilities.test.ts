import { describe, expect, test } from "bun:test";
import { pid } from "../../src/namespaces/pid.ts";
import { user } from "../../src/namespaces/user.ts";
import { uts } from "../../src/namespaces/uts.ts";
import { canClone, type PlanInput, plan } from "../../src/plan/plan.ts";
import type { Fragment, HostCapabilities } from "../../src/plan/types.ts";
import { capabilities } from "../../src/privileges/capabilities.ts";
import type { CapabilityOptions } from "../../src/privileges/types.ts";
import { identity } from "../../src/process/identity.ts";
import { command, forRoot, forUser, hostCapabilities, rootHost, texts } from "../plan/fixtures.ts";

const needy: Fragment = { module: "needy", noNewPrivileges: true, steps: () => [] };
const withHost = (more: Partial<HostCapabilities>): PlanInput => ({
	host: { ...rootHost, capabilities: { ...hostCapabilities, ...more } },
	command,
});

/** What the module, and the change of user, do in a plan: the calls, with the phase before them. */
function calls(fragments: readonly Fragment[], input: PlanInput = withHost({})): string[] {
	const { steps } = plan(fragments, input);
	const ours = steps.filter(({ module, phase }) => module === "capabilities" || phase === "credentials");
	return ours.flatMap((step) => texts(step.calls).map((text) => `${step.phase}: ${text}`));
}
const alone = (options: CapabilityOptions, input?: PlanInput) => calls([capabilities(options)], input);

const drop = (name: string): string => `credentials: prctl(PR_CAPBSET_DROP, ${name}, 0, 0, 0)`;
const set = (names: string, inheritable = "0"): string =>
	`capabilities: capset({version=_LINUX_CAPABILITY_VERSION_3}, {effective=${names}, permitted=${names}, inheritable=${inheritable}})`;
const raise = (name: string): string => `capabilities: prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, ${name}, 0, 0)`;
const noNew = "capabilities: prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)";
const keepCaps = "credentials: prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)";
const become = ["credentials: setresuid(7, 7, 7)", "credentials: prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)"];

describe("`capabilities`", () => {
	test("without options adds nothing to a plan", () => {
		for (const input of [forRoot, forUser, withHost({})]) {
			expect(plan([uts(), capabilities()], input)).toEqual(plan([uts()], input));
			expect(plan([uts(), capabilities({ add: [], drop: [], secureBits: [] })], input)).toEqual(plan([uts()], input));
		}
	});

	test("drops from the bounding set, then from the others, and lets nothing be gained", () => {
		expect(alone({ drop: ["net_raw", "CAP_KILL"] })).toEqual([
			drop("CAP_KILL"),
			drop("CAP_NET_RAW"),
			set("all but CAP_KILL|CAP_NET_RAW"),
			noNew,
		]);
		expect(alone({ drop: "all" })).toEqual([drop("CAP_CHOWN...CAP_CHECKPOINT_RESTORE"), set("0"), noNew]);
		expect(alone({ drop: "all", add: ["net_raw"] })).toEqual([
			drop("CAP_CHOWN...CAP_NET_ADMIN"),
			drop("CAP_IPC_LOCK...CAP_CHECKPOINT_RESTORE"),
			set("CAP_NET_RAW"),
			noNew,
		]);
	});

	test("names what a newer kernel has by its number", () => {
		const newer = { last: 41, bounding: "0000020000000000", permitted: "0000020000000000" };
		expect(alone({ drop: "all" }, withHost({ ...newer, effective: "0000020000000100" }))).toEqual([
			drop("41"),
			set("0"),
			noNew,
		]);
	});

	test("encodes the sets as the kernel takes them: lower halves, then upper ones", () => {
		const { steps } = plan(
			[
				capabilities({ drop: "all", add: ["chown", "net_raw", "mac_override", "bpf"], keep: true }),
				identity({ uid: 7 }),
			],
			withHost({}),
		);
		const arg = steps.flatMap((step) => step.calls).find(({ name }) => name === "capset")?.args[1];
		const [low, high] = [
			[1, 0x20, 0, 0],
			[1 | 128, 0, 0, 0],
		] as const;
		expect(typeof arg === "object" && arg && "bytes" in arg && arg.bytes).toEqual([
			...low,
			...low,
			...low,
			...high,
			...high,
			...high,
		]);
	});

	test("takes nothing away from the sets that is not there", () => {
		const little = withHost({
			bounding: "0000000000000020",
			permitted: "0000000000000020",
			effective: "0000000000000120",
		});
		expect(alone({ drop: "all" }, little)).toEqual([drop("CAP_KILL"), set("0"), noNew]);
		const none = { bounding: "0".repeat(16), permitted: "0".repeat(16), effective: "0".repeat(16) };
		expect(alone({ drop: "all" }, withHost(none))).toEqual([noNew]);
	});

	test("empties the bounding set before the change of user takes the right to", () => {
		expect(calls([identity({ uid: 7 }), capabilities({ drop: ["kill"] })])).toEqual([
			drop("CAP_KILL"),
			"credentials: setgroups(0, NULL)",
			...become,
			set("0"),
			noNew,
		]);
	});

	test("keeps capabilities over the change of user", () => {
		const options = { drop: "all", add: ["kill", "net_raw"], keep: true } as const;
		const found = calls([identity({ uid: 7, groups: [] }), capabilities(options)]);
		expect(found.slice(3)).toEqual([
			keepCaps,
			"credentials: setgroups(0, NULL)",
			...become,
			set("CAP_KILL|CAP_NET_RAW", "CAP_KILL|CAP_NET_RAW"),
			raise("CAP_KILL"),
			raise("CAP_NET_RAW"),
			noNew,
		]);
	});

	test("keeps them for a user of its own namespace without any change, and none apart for user 0", () => {
		const options = { drop: "all", add: ["kill"], keep: true } as const;
		const kept = calls([user({ map: "self" }), capabilities(options)], forUser);
		expect(kept.slice(2)).toEqual([set("CAP_KILL", "CAP_KILL"), raise("CAP_KILL"), noNew]);
		expect(calls([user(), capabilities(options)], forUser).slice(2)).toEqual([set("CAP_KILL"), noNew]);
	});

	test("sets securebits while CAP_SETPCAP is there, and next to those of the caller", () => {
		const bits = "SECBIT_NOROOT|SECBIT_NOROOT_LOCKED|SECBIT_NO_CAP_AMBIENT_RAISE|SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED";
		const secureBits = ["no-cap-ambient-raise", "noroot"];
		const locked = `capabilities: prctl(PR_SET_SECUREBITS, ${bits}, 0, 0, 0)`;
		expect(alone({ secureBits })).toEqual([set("all"), locked]);
		expect(alone({ secureBits }, withHost({ secureBits: 0x0c })).at(-1)).toBe(
			"capabilities: prctl(PR_SET_SECUREBITS, 207, 0, 0, 0)",
		);
		const found = calls([identity({ uid: 7 }), capabilities({ secureBits, drop: "all", add: ["kill"], keep: true })]);
		expect(found.slice(2)).toEqual([
			keepCaps,
			"credentials: setgroups(0, NULL)",
			...become,
			set("CAP_KILL|CAP_SETPCAP", "CAP_KILL"),
			raise("CAP_KILL"),
			locked,
			set("CAP_KILL", "CAP_KILL"),
			noNew,
		]);
	});

	test("allows no user namespaces before anything of the command's runs", () => {
		expect(calls([user(), capabilities({ disableUserNamespaces: true })], forUser)).toEqual([
			'parameters: openat(AT_FDCWD, "/proc/sys/user/max_user_namespaces", O_WRONLY|O_CLOEXEC) = $file',
			'parameters: write($file, "0", 1)',
			"parameters: close($file)",
			drop("CAP_SYS_RESOURCE"),
			set("all but CAP_SYS_RESOURCE"),
		]);
	});

	test("says yes and no to new privileges", () => {
		expect(alone({ noNewPrivileges: true })).toEqual([noNew]);
		expect(alone({ drop: ["kill"], noNewPrivileges: false })).toEqual([drop("CAP_KILL"), set("all but CAP_KILL")]);
	});

	test("is launched by clone as well", () => {
		expect(canClone([capabilities({ drop: "all", noNewPrivileges: true }), uts()], rootHost)).toBe(true);
	});

	test("comes before filters, whatever order it is given in", () => {
		const filter: Fragment = {
			module: "seccomp",
			steps: () => [
				{ ...{ phase: "seccomp", module: "seccomp", who: "command", does: "filter" }, why: "", man: "", calls: [] },
			],
		};
		const { steps } = plan([filter, pid(), capabilities({ drop: "all" })], withHost({}));
		const last = steps.map(({ phase }) => phase).filter((phase) => ["capabilities", "seccomp", "exec"].includes(phase));
		expect(last).toEqual(["capabilities", "capabilities", "seccomp", "exec"]);
	});
});

describe("a plan without the module", () => {
	test("lets nothing be gained where another module needs that", () => {
		expect(calls([needy])).toEqual([noNew]);
		expect(calls([needy, capabilities({ noNewPrivileges: true })])).toEqual([noNew]);
		expect(calls([needy, capabilities()])).toEqual([noNew]);
		expect(calls([needy, user(), capabilities({ noNewPrivileges: false })], forUser)).toEqual([]);
	});

	test("hands on no inheritable and ambient capabilities to a sandbox, and changes nothing else", () => {
		const inheriting = [{ inheritable: "0000000000002000" }, { ambient: "0000000000002000" }];
		for (const own of inheriting) {
			expect(calls([uts()], withHost(own))).toEqual([set("all")]);
			expect(calls([uts({ join: 7 })], withHost(own))).toEqual([set("all")]);
			expect(calls([uts(), identity({ uid: 7, groups: [] })], withHost(own)).at(-1)).toBe(set("0"));
			for (const fragments of [[user(), uts()], [user({ join: 7 })], []]) {
				expect(calls(fragments, withHost(own))).toEqual([]);
			}
		}
		expect(calls([uts()])).toEqual([]);
	});
});
