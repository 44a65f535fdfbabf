/** The options of bwrap(1) about namespaces, ids, variables, capabilities and system calls. */
import type { BubblewrapOption, BubblewrapWords } from "./bubblewrap-options.ts";
import type { Import } from "./types.ts";

type Kind = "user" | "ipc" | "pid" | "net" | "uts" | "cgroup";

/** What `--unshare-all` stands for. */
const allKinds: readonly Kind[] = ["user", "ipc", "pid", "net", "uts", "cgroup"];

/** 4294967295 is -1 to the kernel: no id. */
const lastId = 4294967294;

/** Which namespaces are made, who one is inside, and what one may do there. */
export class BubblewrapRights {
	private readonly kinds = new Set<Kind>();
	private readonly ids: { uid?: number; gid?: number } = {};
	private readonly set = new Map<string, string>();
	private readonly unset = new Set<string>();
	private clear = false;
	private hostname: string | undefined;
	private readonly joins: { user?: number; pid?: number } = {};
	private filters: number[] = [];
	/** All capabilities but `except`, or those of `except` alone. */
	private all: boolean;
	private except = new Set<string>();
	/** Whether the line names capabilities at all. */
	private namesSome = false;

	constructor(private readonly made: Import) {
		this.all = made.around.uid === 0;
	}

	/** Whether it was such an option. */
	take({ option, words: [first, second] }: BubblewrapWords): boolean {
		switch (option) {
			case "--unshare-all":
				for (const kind of allKinds) this.kinds.add(kind);
				this.made.lacks(
					option,
					"the user and the cgroup namespace are made in any case: where that cannot be, nothing is run, and bwrap would go on without them",
				);
				return true;
			case "--share-net":
				this.kinds.delete("net");
				return true;
			case "--unshare-user":
			case "--unshare-ipc":
			case "--unshare-pid":
			case "--unshare-net":
			case "--unshare-uts":
			case "--unshare-cgroup":
				this.kinds.add(option.slice("--unshare-".length) as Kind);
				return true;
			case "--unshare-user-try":
			case "--unshare-cgroup-try": {
				const kind = option === "--unshare-user-try" ? "user" : "cgroup";
				this.kinds.add(kind);
				this.made.lacks(
					option,
					`a ${kind} namespace is always made here: where that cannot be, nothing is run, and bwrap would go on without it`,
				);
				return true;
			}
			case "--userns":
				this.joins.user = this.number(option, first, 0x7fffffff);
				return true;
			case "--userns2":
				this.made.lacks(
					`${option} ${first}`,
					"one user namespace is entered or made, and no second one after it: capabilities inside are those in the first",
				);
				return true;
			case "--pidns":
				this.joins.pid = this.number(option, first, 0x7fffffff);
				return true;
			case "--uid":
				this.ids.uid = this.number(option, first, lastId);
				return true;
			case "--gid":
				this.ids.gid = this.number(option, first, lastId);
				return true;
			case "--hostname":
				this.hostname = first;
				return true;
			case "--clearenv":
				this.clear = true;
				this.set.clear();
				this.unset.clear();
				return true;
			case "--setenv":
				this.unset.delete(first);
				this.set.set(first, second);
				return true;
			case "--unsetenv":
				this.set.delete(first);
				this.unset.add(first);
				return true;
			case "--seccomp":
				this.filters = [this.number(option, first, 0x7fffffff) ?? 0];
				return true;
			case "--add-seccomp-fd":
				this.filters.push(this.number(option, first, 0x7fffffff) ?? 0);
				return true;
			case "--cap-add":
			case "--cap-drop":
				return this.capability(option === "--cap-add", first);
			case "--disable-userns":
			case "--assert-userns-disabled":
			case "--as-pid-1":
				return true;
			default:
				return false;
		}
	}

	/** Puts everything into the profile. */
	finish(given: ReadonlySet<BubblewrapOption>): void {
		const { made, kinds, joins } = this;
		const { profile } = made;
		if (made.around.uid !== 0 && joins.user === undefined) kinds.add("user");
		this.check(given);
		profile.user = this.user();
		profile.pid = this.pid(given);
		profile.net = kinds.has("net") && { loopback: true };
		profile.ipc = kinds.has("ipc");
		profile.uts = kinds.has("uts") && (this.hostname === undefined ? true : { hostname: this.hostname });
		profile.cgroup = kinds.has("cgroup");
		profile.time = false;
		profile.capabilities = this.capabilities(given);
		if (this.filters.length > 0) {
			profile.seccomp = { profile: "none", programs: this.filters.map((fd) => ({ fd })) };
		}
		if (this.clear || this.set.size > 0 || this.unset.size > 0) {
			profile.environment = {
				...(this.clear && { clear: true }),
				...(this.set.size > 0 && { set: Object.fromEntries(this.set) }),
				...(this.unset.size > 0 && !this.clear && { unset: [...this.unset] }),
			};
		}
	}

	private check(given: ReadonlySet<BubblewrapOption>): void {
		const { made, kinds, joins, ids } = this;
		const hasUser = kinds.has("user") || joins.user !== undefined;
		const needs = (is: boolean, what: string, other: string) => {
			if (is) made.problem(`${what} requires ${other}`, "bwrap would refuse it");
		};
		needs(ids.uid !== undefined && !hasUser, "--uid", "--unshare-user or --userns");
		needs(ids.gid !== undefined && !hasUser, "--gid", "--unshare-user or --userns");
		needs(this.hostname !== undefined && !kinds.has("uts"), "--hostname", "--unshare-uts");
		needs(given.has("--as-pid-1") && !kinds.has("pid"), "--as-pid-1", "--unshare-pid");
		needs(given.has("--disable-userns") && !kinds.has("user"), "--disable-userns", "--unshare-user");
		if (joins.user !== undefined && kinds.has("user")) {
			made.problem("--userns cannot be combined with --unshare-user");
		}
		if (given.has("--seccomp") && given.has("--add-seccomp-fd")) {
			made.problem("--seccomp cannot be combined with --add-seccomp-fd");
		}
		if (given.has("--assert-userns-disabled") && !given.has("--disable-userns")) {
			made.lacks(
				"--assert-userns-disabled",
				"nothing is checked: user namespaces can be made inside unless disableUserNamespaces is set",
			);
		}
		for (const [name] of this.set) {
			if (name === "" || name.includes("=")) made.problem(`--setenv ${JSON.stringify(name)} is no name of a variable`);
		}
	}

	private user() {
		const { joins, kinds, ids, made } = this;
		if (joins.user !== undefined) {
			if (ids.uid !== undefined || ids.gid !== undefined) {
				made.profile.identity = { uid: ids.uid, gid: ids.gid };
			}
			return { join: { fd: joins.user } };
		}
		if (!kinds.has("user")) return false;
		if (ids.uid === undefined && ids.gid === undefined) return { map: "self" } as const;
		return { map: { uid: ids.uid ?? made.around.uid, gid: ids.gid ?? made.around.gid } };
	}

	private pid(given: ReadonlySet<BubblewrapOption>) {
		const { joins, kinds, made } = this;
		if (kinds.has("pid")) {
			if (joins.pid !== undefined) {
				made.lacks(
					`--pidns ${joins.pid}`,
					"a new PID namespace is a child of the caller's, and not of another one: processes of that one do not see it",
				);
			}
			return { init: !given.has("--as-pid-1") };
		}
		return joins.pid !== undefined && { join: { fd: joins.pid } };
	}

	private capabilities(given: ReadonlySet<BubblewrapOption>) {
		const uid = this.kinds.has("user") ? (this.ids.uid ?? this.made.around.uid) : this.made.around.uid;
		const names = [...this.except];
		// Another user keeps capabilities only where the line speaks of some.
		const some = (this.all && this.namesSome) || names.length > 0;
		return {
			...(!this.all && { drop: "all" as const }),
			...(!this.all && names.length > 0 && { add: names }),
			...(this.all && names.length > 0 && { drop: names }),
			...(some && uid !== 0 && { keep: true }),
			noNewPrivileges: true,
			...(given.has("--disable-userns") && { disableUserNamespaces: true }),
		};
	}

	/** In the order of the options, as bwrap does it. */
	private capability(add: boolean, name: string): true {
		const upper = name.toUpperCase();
		this.namesSome = true;
		if (upper === "ALL") {
			this.all = add;
			this.except = new Set();
		} else if (!/^CAP_[A-Z0-9_]+$/.test(upper)) this.made.problem(`there is no capability ${JSON.stringify(name)}`);
		else if (this.all === add) this.except.delete(upper);
		else this.except.add(upper);
		return true;
	}

	private number(option: string, text: string, most: number): number | undefined {
		if (/^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= most) return Number(text);
		return this.made.problem(`${option} ${JSON.stringify(text)} is no number from 0 to ${most}`);
	}
}
