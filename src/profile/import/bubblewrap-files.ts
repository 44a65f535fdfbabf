/** The options of bwrap(1) about files, which it does in their order. */
import type { MountRule } from "../../mounts/rules.ts";
import type { MountOptions } from "../../namespaces/mount.ts";
import type { BubblewrapOption, BubblewrapWords } from "./bubblewrap-options.ts";
import { type Import, inside } from "./types.ts";

type Rule = { -readonly [Name in keyof MountOptions]: MountOptions[Name] } & { mounts: MountRule[] };

/** Files and directories below a new /proc that bwrap covers where they could be written to. */
const coveredBelowProc = ["sys", "sysrq-trigger", "irq", "bus"];

/** Permissions that bwrap gives where none are said. */
const usualMode = { "--dir": 0o755, "--tmpfs": 0o755 };

/** The options that `--perms` may stand before. */
const takesMode: readonly string[] = ["--dir", "--tmpfs", "--file", "--bind-data", "--ro-bind-data"];

/** What the options about files come to: bwrap's root is empty before them. */
export class BubblewrapFiles {
	private options: Rule = { root: { type: "tmpfs" }, proc: false, mounts: [] };
	private lower: string[] = [];
	private mode: number | undefined;
	private size: number | undefined;

	constructor(
		private readonly made: Import,
		/** A PID namespace is made or joined. */
		private readonly hasPid: boolean,
	) {}

	/** The options of the mount module. */
	get mount(): MountOptions {
		this.expect("the end");
		return this.options;
	}

	/** Whether it was an option about files, which is then done. */
	take({ option, words }: BubblewrapWords): boolean {
		const [first, second, third] = words;
		if (option === "--perms") return this.perms(first);
		if (option === "--size") return this.sizeOf(first);
		if (this.lower.length > 0 && !option.includes("overlay")) {
			this.made.problem(`--overlay-src must be followed by another overlay option, not ${option}`);
			this.lower = [];
		}
		const known = this.done(option, first, second, third);
		this.expect(option);
		return known;
	}

	/** Nothing may be waiting for the option it belongs to. */
	private expect(where: string): void {
		if (this.mode !== undefined) this.made.problem(`--perms must be followed by ${takesMode.join(", ")}, not ${where}`);
		if (this.size !== undefined) this.made.problem(`--size must be followed by --tmpfs, not ${where}`);
		if (this.lower.length > 0 && where === "the end") this.made.problem("--overlay-src is followed by no overlay");
		this.mode = undefined;
		this.size = undefined;
	}

	private perms(text: string): true {
		if (/^[0-7]{1,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777) this.mode = Number.parseInt(text, 8);
		else this.made.problem(`--perms ${text} is no octal number up to 7777`);
		return true;
	}

	private sizeOf(text: string): true {
		const size = Number(text);
		if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(size)) this.size = size;
		else this.made.problem(`--size ${text} is no number of bytes above 0`);
		return true;
	}

	private done(option: BubblewrapOption, first: string, second: string, third: string): boolean {
		switch (option) {
			case "--bind":
			case "--bind-try":
			case "--dev-bind":
			case "--dev-bind-try":
			case "--ro-bind":
			case "--ro-bind-try":
				return this.bind(option, first, second);
			case "--bind-fd":
			case "--ro-bind-fd":
				return this.bindDescriptor(option, first, second);
			case "--remount-ro":
				return this.add({ type: "remount", target: inside(first) });
			case "--overlay-src":
				this.lower.push(this.made.resolve(first));
				return true;
			case "--overlay":
				this.made.lacks(
					`--overlay ${first}`,
					"a layer that is kept has a form of its own here: writes go to memory and are gone at the end, and the directory stays as it is; for a layer that is kept use keep=",
				);
				this.lower.push(this.made.resolve(first));
				return this.overlay(option, third, "memory", 2);
			case "--tmp-overlay":
				return this.overlay(option, first, "memory", 1);
			case "--ro-overlay":
				return this.overlay(option, first, "nowhere", 2);
			case "--proc":
				return this.proc(inside(first));
			case "--dev":
				return this.add({ type: "dev", target: inside(first) });
			case "--tmpfs":
				return this.tmpfs(inside(first));
			case "--mqueue":
				return this.add({ type: "mqueue", target: inside(first) });
			case "--dir":
				this.add({ type: "directory", target: inside(first), mode: this.mode ?? usualMode["--dir"] });
				this.mode = undefined;
				return true;
			case "--file":
			case "--bind-data":
			case "--ro-bind-data":
				this.mode = undefined;
				this.made.lacks(
					`${option} ${first} ${second}`,
					`what descriptor ${first} holds is not part of the command line: nothing is put at ${second}, and a file that is there stays as it is and can be seen; write a file rule with its content`,
				);
				return true;
			case "--symlink":
				return this.add({ type: "symlink", to: first, target: inside(second) });
			case "--chmod":
				return this.chmod(first, inside(second));
			default:
				return false;
		}
	}

	private add(rule: MountRule): true {
		if (/^\/+$/.test(rule.target) && rule.type !== "remount")
			this.made.lacks(`${rule.type} at /`, "the root can be a directory or a file system in memory, and nothing else");
		else this.options.mounts.push(rule);
		return true;
	}

	/** Mounts made so far are hidden by one at the root. */
	private newRoot(root: MountOptions["root"]): void {
		for (const rule of this.options.mounts) {
			this.made.lacks(`${rule.type} ${rule.target}`, "a later mount at / hides it, in bwrap too");
		}
		this.options = { ...this.options, root, mounts: [] };
	}

	private bind(option: string, from: string, to: string): true {
		const source = this.made.resolve(from);
		const target = inside(to);
		const readOnly = option.startsWith("--ro") || undefined;
		const optional = option.endsWith("-try") || undefined;
		if (!/^\/+$/.test(target)) {
			const noDev = option.startsWith("--dev") ? undefined : true;
			return this.add({
				type: "bind",
				source,
				target,
				noSuid: true,
				...(noDev && { noDev }),
				...(readOnly && { readOnly }),
				...(optional && { optional }),
			});
		}
		if (optional) this.made.lacks(`${option} ${from} /`, "the root has to be there: without it nothing is run");
		this.newRoot(/^\/+$/.test(source) ? undefined : source);
		if (readOnly) this.options.mounts.push({ type: "read-only", target: "/" });
		return true;
	}

	private bindDescriptor(option: string, number: string, to: string): true {
		const fd = this.descriptor(option, number);
		const readOnly = option === "--ro-bind-fd" || undefined;
		const rule = { type: "bind", source: { fd }, target: inside(to), noSuid: true, noDev: true } as const;
		return this.add({ ...rule, ...(readOnly && { readOnly }) });
	}

	private overlay(option: string, to: string, writes: "memory" | "nowhere", least: number): true {
		if (this.lower.length < least) {
			this.made.problem(`${option} needs ${least === 1 ? "an" : "more"} --overlay-src before it`);
		}
		const lower = this.lower.toReversed();
		this.lower = [];
		return this.add({ type: "overlay", lower, target: inside(to), writes });
	}

	private proc(target: string): true {
		if (!/^\/+proc\/*$/.test(target)) {
			this.made.lacks(`--proc ${target}`, "a new /proc is at /proc only: nothing is mounted there");
			return true;
		}
		if (this.hasPid) this.options.proc = true;
		else this.add({ type: "bind", source: "/proc", target: "/proc", noSuid: true, noDev: true });
		for (const name of coveredBelowProc) {
			this.add({ type: "read-only", target: `/proc/${name}`, optional: true });
		}
		return true;
	}

	private tmpfs(target: string): true {
		const { mode = usualMode["--tmpfs"], size } = this;
		this.mode = undefined;
		this.size = undefined;
		const sized = size === undefined ? {} : { size };
		if (/^\/+$/.test(target)) {
			if (mode !== 0o755) this.made.lacks("--perms before --tmpfs /", "the root has mode 755");
			this.newRoot({ type: "tmpfs", ...sized });
			return true;
		}
		return this.add({ type: "tmpfs", target, mode, ...sized, noSuid: true, noDev: true });
	}

	/** What a rule here has made has the permissions from the start. */
	private chmod(octal: string, target: string): true {
		const mode = /^[0-7]{1,5}$/.test(octal) ? Number.parseInt(octal, 8) : Number.NaN;
		if (!(mode <= 0o7777)) this.made.problem(`--chmod ${octal} is no octal number up to 7777`);
		const at = this.options.mounts.findLastIndex((rule) => rule.target === target);
		const rule = this.options.mounts[at];
		if (rule?.type === "directory" || rule?.type === "tmpfs") this.options.mounts[at] = { ...rule, mode };
		else {
			this.made.lacks(
				`--chmod ${octal} ${target}`,
				"permissions are set only of directories and tmpfs that another option makes: those of what is there stay",
			);
		}
		return true;
	}

	private descriptor(option: string, text: string): number {
		if (/^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= 0x7fffffff) return Number(text);
		this.made.problem(`${option} ${text} is no number of a descriptor`);
		return 0;
	}
}
