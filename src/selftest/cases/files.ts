import { join } from "node:path";
import type { MountRule } from "../../mounts/rules.ts";
import { probeCall } from "../calls.ts";
import { listed, plant, type Tree, whileExchanged } from "../ground.ts";
import { type Attempt, type Came, type Case, defineCase, type Ground, held, notHeld, untried } from "../types.ts";
import { here, idle, judgeOutside, type Outside, shown } from "./outside.ts";

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
			const { refused } = await start({ mounts: [shown(folder)], inside: idle });
			for (const attempt of attempts(folder)) await start(attempt);
			return { before, after: listed(folder), refused };
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
	const tree = join(folder, "tree");
	const { refused } = await start({ mounts: [shown(folder)], inside: idle });
	await whileExchanged(join(tree, "target"), join(tree, "link"), host.arch, async () => {
		for (let i = 0; i < starts; i++) {
			const rule = rules[i % rules.length] as MountRule;
			await start({ mounts: [shown(folder), rule], inside: writing([`${target}/victim`]) });
		}
	});
	return { before, after: listed(outside), refused };
}

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
			plant(folder, { "good/proc": null });
			const good = await start({ root: join(folder, "good"), inside: idle });
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
			return { good, came };
		},
		verdict: ({ good, came }) => {
			if (good.refused !== undefined) return untried(`no root of its own is possible: ${good.refused}`);
			const isRefused = came.every(({ refused }) => refused !== undefined);
			return isRefused ? held : notHeld("a command was executed in such a root");
		},
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
];
