import { describe, expect, test } from "bun:test";
import { differences, listText } from "../../src/inspect/difference.ts";
import { inspectionText } from "../../src/inspect/text.ts";
import type {
	InspectedNamespace,
	InspectedProcess,
	InspectedRights,
	Inspection,
	Mount,
} from "../../src/inspect/types.ts";
import { type NamespaceKind, namespaceKinds } from "../../src/plan/namespaces.ts";

type Side = Omit<Inspection, "differences">;

const namespaces = (...own: NamespaceKind[]): InspectedNamespace[] =>
	namespaceKinds.map((kind, inode) => ({ kind, inode, shared: !own.includes(kind) }));
const side = (more: Partial<Side> = {}): Side => ({
	version: 1,
	target: "process 1",
	unknown: [],
	namespaces: namespaces(),
	...more,
});
const texts = (target: Partial<Side>, you: Partial<Side> = {}): string[] =>
	differences(side(target), side(you)).map(({ text }) => text);

describe("`differences`: namespaces", () => {
	test("says which are shared", () => {
		expect(texts({})).toEqual(["shares all namespaces with you"]);
		expect(texts({ namespaces: namespaces(...namespaceKinds) })).toEqual(["shares no namespace with you"]);
		const own = namespaceKinds.filter((kind) => kind !== "net" && kind !== "cgroup");
		expect(texts({ namespaces: namespaces(...own) })).toEqual(["shares net and cgroup with you"]);
		expect(texts({ namespaces: [{ kind: "net", inode: 1, shared: true }] })).toEqual(["you are in it"]);
		expect(texts({ namespaces: [{ kind: "net", inode: 1, shared: false }] })).toEqual(["you are not in it"]);
		expect(texts({ namespaces: [] })).toEqual([]);
	});

	test("says who the users of another namespace are", () => {
		const ids = (...uids: [number, number, number][]) => ({
			outside: "caller" as const,
			uids: uids.map(([inside, outside, count]) => ({ inside, outside, count })),
			gids: [],
		});
		const within = (...uids: [number, number, number][]) =>
			texts({ namespaces: namespaces("user"), ids: ids(...uids) }).slice(1);
		expect(within([0, 1000, 1])).toEqual(["user 0 inside is 1000 outside"]);
		expect(within([5, 1000, 1])).toEqual(["user 5 inside is 1000 outside"]);
		expect(within([1, 100, 5], [0, 7, 1])).toEqual(["user 0 inside is 7 outside"]);
		expect(within()).toEqual(["no user is mapped into it"]);
		expect(texts({ ids: ids([0, 0, 10]) })).toEqual(["shares all namespaces with you"]);
		const process = { uids: [9, 9, 9, 9] } as unknown as InspectedProcess;
		expect(texts({ namespaces: namespaces("user"), ids: ids([0, 1000, 1]), process })[2]).toBe(
			"its own user 9 has no number inside",
		);
	});
});

const rights = (effective: string[], more: Partial<InspectedRights> = {}, bounding = effective): InspectedRights => ({
	capabilities: { effective, permitted: effective, inheritable: [], bounding, ambient: [] },
	...{ noNewPrivileges: false, seccomp: "none", ...more },
});

describe("`differences`: rights", () => {
	const all = ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_SETGID"];
	const of = (theirs: InspectedRights, yours = rights(all)) => texts({ rights: theirs }, { rights: yours }).slice(1);

	test("says how many capabilities there are more and fewer, few of them by name", () => {
		expect(of(rights(all))).toEqual([]);
		expect(of(rights([], {}, all))).toEqual(["4 capabilities fewer"]);
		expect(of(rights(["CAP_KILL", "CAP_BPF"], {}, all))).toEqual([
			"1 capability more (CAP_BPF)",
			"3 capabilities fewer (CAP_CHOWN, CAP_SETUID and CAP_SETGID)",
		]);
		expect(of(rights(all, {}, []))).toEqual(["4 capabilities fewer to be gained"]);
	});

	test("says that those of another user namespace are no rights here", () => {
		const found = texts({ namespaces: namespaces("user"), rights: rights(all) }, { rights: rights(all) });
		expect(found).toContain("its capabilities count in its user namespace only");
		expect(texts({ namespaces: namespaces("user"), rights: rights([]) }, { rights: rights([]) })).toHaveLength(1);
	});

	test("says what of no_new_privs and seccomp is different", () => {
		expect(of(rights(all, { noNewPrivileges: true }))).toEqual(["no_new_privs"]);
		expect(of(rights(all), rights(all, { noNewPrivileges: true }))).toEqual(["no no_new_privs, which you have"]);
		const filters = (seccompFilters?: number) => rights(all, { seccomp: "filter", seccompFilters });
		expect(of(filters(1))).toEqual(["a seccomp filter"]);
		expect(of(filters())).toEqual(["a seccomp filter"]);
		expect(of(filters(3))).toEqual(["3 seccomp filters"]);
		expect(of(filters(3), filters(2))).toEqual(["1 seccomp filter more"]);
		expect(of(filters(1), filters(3))).toEqual(["2 seccomp filters fewer"]);
		expect(of(rights(all), filters(1))).toEqual(["no seccomp filter, which you have"]);
		expect(of(rights(all, { seccomp: "strict" }))).toEqual(["only four system calls (seccomp strict)"]);
	});
});

describe("`differences`: the rest", () => {
	test("counts mounts and interfaces of other namespaces only", () => {
		const mounts = (count: number) => new Array<Mount>(count).fill({} as Mount);
		const more = (theirs: number, yours: number, ...own: NamespaceKind[]) =>
			texts({ namespaces: namespaces(...own), mounts: mounts(theirs) }, { mounts: mounts(yours) }).slice(1);
		expect(more(5, 2, "mount")).toEqual(["3 mounts more"]);
		expect(more(1, 2, "mount")).toEqual(["1 mount fewer"]);
		expect(more(2, 2, "mount")).toEqual(["as many mounts as you"]);
		expect(more(3, 2)).toEqual([]);
		const network = (count: number, to = "10.0.0.0/8") => ({
			interfaces: new Array(count).fill({}),
			routes: [{ to, family: "ipv4" as const, type: "unicast", table: 254 }],
			listening: [],
		});
		const found = texts({ namespaces: namespaces("net"), network: network(1) }, { network: network(2, "default") });
		expect(found.slice(1)).toEqual(["1 interface fewer", "no way out to other networks"]);
	});

	test("names limits, host names, clocks and cgroups that differ", () => {
		const limit = (soft: number, hard: number | "unlimited" = 100) => [{ name: "nofile" as const, soft, hard }];
		const of = (theirs: Partial<Side>, yours: Partial<Side>) => texts(theirs, yours).slice(1);
		expect(of({ limits: limit(64) }, { limits: limit(99) })).toEqual(["the limit nofile is 64, not 99"]);
		expect(of({ limits: limit(64) }, { limits: limit(64, "unlimited") })).toEqual([
			"the hard limit nofile is 100, not unlimited",
		]);
		expect(of({ limits: limit(64) }, { limits: limit(64) })).toEqual([]);
		const names = (hostname: string) => ({ names: { hostname, domainname: "" } });
		expect(of(names("box"), names("vm"))).toEqual(["is called box, not vm"]);
		const clocks = (seconds: number, nanoseconds = 0) => ({
			clocks: [{ clock: "boottime" as const, seconds, nanoseconds }],
		});
		expect(of(clocks(3), clocks(1))).toEqual(["its boottime clock is 2 s ahead"]);
		expect(of(clocks(-1, 500_000_000), clocks(0))).toEqual(["its boottime clock is 0.5 s behind"]);
		expect(of(clocks(10), clocks(10))).toEqual([]);
		const cgroups = (...all: string[]) => ({
			cgroups: all.map((path, hierarchy) => ({ hierarchy, controllers: [], path })),
		});
		expect(of(cgroups("/a"), cgroups("/b"))).toEqual(["is in the cgroup /a"]);
		expect(of(cgroups("/a", "/b", "/"), cgroups("/", "/", "/"))).toEqual(["is in 2 other cgroups, such as /a"]);
	});

	test("passes over what is not known of both", () => {
		expect(texts({ rights: rights([]), mounts: [] }, {})).toEqual(["shares all namespaces with you"]);
	});
});

test("`listText` is a list as people write it", () => {
	expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listText)).toEqual(["", "a", "a and b", "a, b and c"]);
});

describe("`inspectionText`", () => {
	const mount: Mount = {
		...{
			id: 1,
			parent: 0,
			device: "0:1",
			root: "/",
			path: "/a\u001b[31m\n",
			options: ["rw"],
			propagation: { shared: 3 },
		},
		...{ type: "tmpfs", source: "none", superOptions: ["rw"] },
	};

	test("begins with the title and what is different", () => {
		const text = inspectionText({
			...side(),
			differences: [
				{ part: "mounts", text: "3 mounts more" },
				{ part: "ids", text: "x" },
			],
		});
		expect(text).toStartWith("process 1\n  3 mounts more; x\n\nNamespaces\n  user    0  yours\n");
	});

	test("breaks long sentences between words", () => {
		const long = new Array(40).fill({ part: "mounts", text: "many words" });
		const lines = inspectionText({ ...side({ namespaces: [] }), differences: long })
			.trimEnd()
			.split("\n");
		expect(lines.length).toBeGreaterThan(3);
		expect(lines.every((line) => line.length <= 100)).toBe(true);
	});

	test("makes everything visible that others have chosen", () => {
		const evil = "\u001b]0;x\u0007\n\u202e\udc80";
		const process = {
			...{
				pid: 1,
				pids: [1, 1],
				name: evil,
				command: [evil, "two words"],
				state: "S",
				ancestors: [{ pid: 2, name: evil }],
			},
			...{ uids: [0, 1, 0, 0], gids: [0, 0, 0, 0], groups: [], threads: 1, session: 1, processGroup: 1, nice: 0 },
			...{ executable: evil, directory: evil, root: evil, label: evil },
		} as unknown as InspectedProcess;
		const text = inspectionText({
			...side({ target: evil, process, mounts: [mount], names: { hostname: evil, domainname: evil } }),
			network: {
				interfaces: [{ index: 1, name: evil, state: "up", up: true, mtu: 1, addresses: [] }],
				routes: [],
				listening: [{ protocol: "unix", address: evil }],
			},
			cgroups: [{ hierarchy: 0, controllers: [], path: evil }],
			unknown: [{ part: "ipc", reason: evil }],
			differences: [{ part: "names", text: evil }],
		});
		expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
		expect(text).not.toContain("\n\\u202e");
		expect(text).toContain('"two words"');
		expect(text).toContain("/a\\u001b[31m\\u000a  tmpfs  none  rw  shared:3");
		expect(text).toContain("IPC objects\n  not known: \\u001b");
	});
});
