import { chmodSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MountRule } from "../../mounts/rules.ts";
import { user } from "../../namespaces/user.ts";
import { judgeCalls, probeCall } from "../calls.ts";
import { listed, plant, type Tree, whileExchanged, withOpen } from "../ground.ts";
import {
	type Attempt,
	type Came,
	type Case,
	defineCase,
	firstDescriptor,
	type Ground,
	held,
	type Judgement,
	notHeld,
	untried,
} from "../types.ts";
import { flaggedMounts, keptFlags } from "./mounts.ts";

/** What was outside before and after, and what came of each start. */
export interface Outside {
	readonly before: readonly string[];
	readonly after: readonly string[];
	readonly came: readonly Came[];
}

/** Nothing has appeared, gone or changed outside. */
export function judgeOutside({ before, after }: Outside): Judgement {
	const name = (line: string): string => line.split(" ")[0] ?? "";
	const odd = after.find((line) => !before.includes(line)) ?? before.find((line) => !after.includes(line));
	return odd === undefined ? held : notHeld(`${JSON.stringify(name(odd))} is no longer as it was outside`);
}

const here = { flags: "AT_FDCWD" };
const look = probeCall("openat", [here, "/proc/self/stat", { flags: "O_RDONLY" }], "any");
const idle: Attempt["inside"] = { calls: [look] };

/** The hostile folder is at /t inside, as one's project may be. */
const shown = (folder: string): MountRule => ({ type: "bind", source: join(folder, "tree"), target: "/t" });

type Described = Pick<Case, "id" | "also" | "title" | "tries">;

/** A case that prepares a hostile folder, starts sandboxes with it, and looks at everything outside afterwards. */
const hostile = (
	fields: Described,
	tree: (folder: string) => Tree,
	attempts: (folder: string) => readonly Attempt[],
): Case & { readonly attempt: (ground: Ground) => Promise<Outside> } =>
	defineCase({
		...fields,
		subject: "files",
		attempt: async ({ folder, start }) => {
			plant(folder, { "outside/victim": "victim\n", source: "text\n", tree: null, ...tree(folder) });
			const before = listed(folder);
			const came: Came[] = [];
			for (const attempt of attempts(folder)) came.push(await start(attempt));
			return { before, after: listed(folder), came };
		},
		verdict: judgeOutside,
	});

/** Each rule is tried alone, so that one that is refused keeps no other from being tried. */
const each = (folder: string, rules: readonly MountRule[], inside: Attempt["inside"] = idle): Attempt[] =>
	rules.map((rule) => ({ mounts: [shown(folder), rule], inside }));

const devices = ["null", "zero", "full", "random", "urandom", "tty", "console", "ptmx"];

/** Writes a byte to each, if it can be opened. */
const writing = (paths: readonly string[]): Attempt["inside"] => ({
	calls: paths.flatMap((path, i) => [
		probeCall("openat", [here, path, { flags: "O_WRONLY" }], "any"),
		probeCall("write", [{ answer: 2 * i }, "x", 1], "any"),
	]),
});

/** Starts with a place that is a directory at one moment and a link that leads outside at the next. */
const starts = 100;

async function swapped({ folder, host, start }: Ground): Promise<Outside> {
	plant(folder, {
		"outside/victim": "victim\n",
		source: "text\n",
		"tree/target/file": "",
		"tree/link": { link: join(folder, "outside") },
	});
	const outside = join(folder, "outside");
	const before = listed(outside);
	const target = "/t/target";
	const rules: readonly MountRule[] = [
		{ type: "tmpfs", target },
		{ type: "directory", target: `${target}/made` },
		{ type: "file", target: `${target}/file`, content: "x" },
		{ type: "bind", source: join(folder, "source"), target: `${target}/file` },
		{ type: "dev", target },
	];
	const came: Came[] = [];
	const tree = join(folder, "tree");
	await whileExchanged(join(tree, "target"), join(tree, "link"), host.arch, async () => {
		for (let i = 0; i < starts; i++) {
			const rule = rules[i % rules.length] as MountRule;
			came.push(await start({ mounts: [shown(folder), rule], inside: writing([`${target}/victim`]) }));
		}
	});
	return { before, after: listed(outside), came };
}

/** Seven ranges of ids, none of which is the caller's. */
const ranges = [0, 1, 2, 3, 4, 5, 6].map((inside) => ({ inside, outside: 100_000 + 2 * inside, size: 1 }));
const secretCalls = [probeCall("openat", [here, "/t/secret", { flags: "O_RDWR" }], ["EACCES", "EPERM"])];

/** Attacks by what lies in a folder that somebody else has filled. */
export const fileCases: readonly Case[] = [
	hostile(
		{
			id: "CVE-2026-87766",
			title: "What is made below a link does not come to lie outside",
			tries: "directories, files and links below a link to /oldroot and to a folder outside",
		},
		(folder) => ({
			"tree/absolute": { link: join(folder, "outside") },
			"tree/oldroot": { link: `/oldroot${join(folder, "outside")}` },
			"tree/relative": { link: "../outside" },
			"tree/magic": { link: `/proc/1/root${join(folder, "outside")}` },
		}),
		(folder) =>
			["absolute", "oldroot", "relative", "magic"].flatMap((link) =>
				each(folder, [
					{ type: "directory", target: `/t/${link}/sub` },
					{ type: "file", target: `/t/${link}/new`, content: "x" },
					{ type: "symlink", target: `/t/${link}/new`, to: "x" },
					{ type: "tmpfs", target: `/t/${link}/sub` },
				]),
			),
	),
	defineCase({
		id: "CVE-2021-30465",
		also: ["CVE-2024-45310", "CVE-2026-27456"],
		subject: "files",
		title: "A destination that is swapped for a link while the sandbox starts leads nowhere",
		tries: `${starts} starts while a directory and a link to a folder outside are exchanged all the time`,
		attempt: swapped,
		verdict: judgeOutside,
	}),
	defineCase({
		id: "CVE-2019-19921",
		also: ["CVE-2023-27561", "CVE-2023-28642", "CVE-2025-62161"],
		subject: "files",
		title: "A root whose /proc is a link or a file is refused",
		tries: "roots with /proc a link to a folder outside, a link to one inside, and a file",
		attempt: async ({ folder, start }) => {
			const came: Came[] = [];
			for (const [i, proc] of [
				{ link: "../outside" },
				{ link: join(folder, "outside") },
				{ link: "tmp" },
				"",
			].entries()) {
				plant(folder, { [`root${i}/proc`]: proc, [`root${i}/tmp`]: null, "outside/self/stat": "1 (fake)\n" });
				came.push(await start({ root: join(folder, `root${i}`), inside: idle }));
			}
			return came;
		},
		verdict: (came) =>
			came.every(({ refused }) => refused !== undefined) ? held : notHeld("a command was executed in such a root"),
	}),
	hostile(
		{
			id: "CVE-2025-31133",
			also: ["CVE-2025-52565", "CVE-2025-62596"],
			title: "A device or a masked file that was made a link does not give what it leads to",
			tries: "every device in /dev a link to a file, and writing to them",
		},
		(folder) => ({
			"tree/victim": "victim\n",
			"tree/secret": { link: "victim" },
			...Object.fromEntries(devices.map((name) => [`tree/dev/${name}`, { link: "/t/victim" }])),
			"tree/dev/pts": { link: join(folder, "outside") },
			"tree/dev/shm": { link: "../../outside" },
		}),
		(folder) => [
			...each(
				folder,
				[{ type: "dev", target: "/t/dev" }],
				writing([...devices, "shm/new"].map((name) => `/t/dev/${name}`)),
			),
			...each(folder, [{ type: "mask", target: "/t/secret" }], writing(["/t/secret"])),
			...each(folder, [{ type: "mask", target: "/t/victim" }], writing(["/t/secret", "/t/victim"])),
		],
	),
	hostile(
		{
			id: "CVE-2026-41579",
			also: ["CVE-2026-47766"],
			title: "A /dev that is a link leads no device out of the root",
			tries: "/dev a link to a folder outside, by an absolute path, by .., and through /proc",
		},
		(folder) => ({
			"tree/absolute": { link: join(folder, "outside") },
			"tree/relative": { link: "../../../../../../../../../../tmp/../outside" },
			"tree/near": { link: "../outside" },
			"tree/magic": { link: "/proc/self/cwd" },
		}),
		(folder) =>
			each(
				folder,
				["absolute", "relative", "near", "magic"].map((link): MountRule => ({ type: "dev", target: `/t/${link}` })),
			),
	),
	hostile(
		{
			id: "CVE-2025-24965",
			title: "A file that is put inside goes to no place that a link leads to",
			tries: "files whose place is a link to a file outside, and to one that does not exist",
		},
		(folder) => ({
			"tree/passwd": { link: join(folder, "outside/victim") },
			"tree/dangling": { link: join(folder, "outside/new") },
			"tree/near": { link: "../outside/new" },
		}),
		(folder) =>
			["passwd", "dangling", "near"].flatMap((name) =>
				each(folder, [
					{ type: "file", target: `/t/${name}`, content: "x" },
					{ type: "bind", source: join(folder, "source"), target: `/t/${name}` },
				]),
			),
	),
	defineCase({
		id: "CVE-2024-42472",
		subject: "files",
		title: "A source that was opened and then swapped for a link shows what was opened",
		tries: "a bind from a descriptor, whose path has become a link to a folder outside",
		attempt: async ({ folder, start }) => {
			plant(folder, { "outside/secret": "secret\n", "source/own": "own\n" });
			const source = join(folder, "source");
			return withOpen([source], (descriptors) => {
				renameSync(source, join(folder, "aside"));
				symlinkSync(join(folder, "outside"), source);
				const mounts: MountRule[] = [{ type: "bind", source: { fd: firstDescriptor }, target: "/t" }];
				return start({ mounts, descriptors, inside: { calls: sourceCalls } });
			});
		},
		verdict: (came) => {
			const opened = came.answers[0] ?? 0;
			return opened < 0 ? notHeld("what was opened is not what is shown") : judgeCalls(sourceCalls, came);
		},
	}),
	defineCase({
		id: "CVE-2018-18955",
		subject: "files",
		title: "Many ranges of ids give no rights over files of other ids",
		tries: "seven ranges, and opening a file of an id that is in none",
		attempt: async ({ folder, host, start }) => {
			if (!host.privileged) return undefined;
			plant(folder, { "tree/secret": "secret\n" });
			chmodSync(join(folder, "tree/secret"), 0o600);
			for (const path of [dirname(folder), folder]) chmodSync(path, 0o711);
			const modules = [user({ uids: ranges, gids: ranges })];
			return start({ modules, mounts: [shown(folder)], inside: { calls: secretCalls } });
		},
		verdict: (came) => (came ? judgeCalls(secretCalls, came) : untried("it takes privilege to map ranges of ids")),
	}),
	defineCase({
		id: "locked-flags",
		subject: "files",
		title: "What is bound read-only keeps the flags that its source has",
		tries: "a bind of a mount with nosuid, nodev or noexec, and its flags inside",
		attempt: async ({ start }) => {
			const found = flaggedMounts(readFileSync("/proc/self/mountinfo", "utf8")).find(({ point }) =>
				isOpenFolder(point),
			);
			if (!found) return undefined;
			const mounts: MountRule[] = [{ type: "bind", source: found.point, target: "/t", readOnly: true }];
			return { found, came: await start({ mounts, inside: { argv: ["sh", "-c", showMounts] } }) };
		},
		verdict: (seen) => (seen ? keptFlags(seen.found, seen.came) : untried("there is no such mount")),
	}),
	defineCase({
		id: "ghost-files",
		subject: "files",
		title: "A start that is killed at any moment leaves a folder as it was",
		tries: "rules for paths that do not exist, and SIGKILL after 0 to 5 milliseconds",
		attempt: async ({ folder, watch }) => {
			plant(folder, { "outside/victim": "victim\n", "tree/file": "text\n", "tree/folder": null });
			const before = listed(folder);
			const came: Came[] = [];
			const mounts: MountRule[] = [
				shown(folder),
				{ type: "mask", target: "/t/.hidden", optional: true },
				{ type: "bind", source: join(folder, "none"), target: "/t/.none", optional: true },
				{ type: "mask", target: "/t/file" },
				{ type: "tmpfs", target: "/t/folder" },
			];
			for (let i = 0; i < 20; i++) {
				const watched = watch({ mounts, inside: { argv: ["sh", "-c", "read _"] } });
				await Bun.sleep(i / 4);
				await watched.kill();
				came.push(await watched.came);
			}
			return { before, after: listed(folder), came };
		},
		verdict: judgeOutside,
	}),
	defineCase({
		id: "CVE-2019-12439",
		subject: "files",
		title: "Nothing is put at a name in /tmp that can be known before",
		tries: "the names that are new in /tmp while a sandbox stands, in two of them",
		attempt: async ({ folder, watch }) => {
			const temporary = dirname(dirname(folder));
			const names = (): string[] => readdirSync(temporary);
			const before = names();
			const during: string[][] = [];
			for (let i = 0; i < 2; i++) {
				const watched = watch({ inside: { argv: ["sh", "-c", "echo up; read _"] } });
				const isUp = await watched.writes("up");
				during.push(isUp ? names().filter((name) => !before.includes(name)) : []);
				watched.closeInput();
				await watched.came;
			}
			return during;
		},
		verdict: ([first = [], second = []]) => {
			const known = first.find((name) => second.includes(name));
			return known === undefined ? held : notHeld(`${JSON.stringify(known)} was there both times`);
		},
	}),
];

const sourceCalls = [
	probeCall("openat", [here, "/t/own", { flags: "O_RDONLY" }], "any"),
	probeCall("openat", [here, "/t/secret", { flags: "O_RDONLY" }], ["ENOENT"]),
];

const showMounts = 'while read -r line; do echo "$line"; done < /proc/self/mountinfo';

function isOpenFolder(path: string): boolean {
	try {
		return statSync(path).isDirectory();
	} catch {
		return false;
	}
}
