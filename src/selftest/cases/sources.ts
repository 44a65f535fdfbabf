import { chmodSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MountRule } from "../../mounts/rules.ts";
import { user } from "../../namespaces/user.ts";
import { judgeCalls, probeCall } from "../calls.ts";
import { listed, plant, withOpen } from "../ground.ts";
import { type Case, defineCase, firstDescriptor, held, notHeld, untried } from "../types.ts";
import { flaggedMounts, keptFlags } from "./mounts.ts";
import { here, idle, judgeOutside, shown } from "./outside.ts";

/** Seven ranges of ids, none of which is the caller's. */
const ranges = [0, 1, 2, 3, 4, 5, 6].map((inside) => ({ inside, outside: 100_000 + 2 * inside, size: 1 }));
const secretCalls = [probeCall("openat", [here, "/t/secret", { flags: "O_RDWR" }], ["EACCES", "EPERM"])];

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

/** Attacks on what is bound, and looks at what is left behind. */
export const sourceCases: readonly Case[] = [
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
			// Those ids are nobody's, and have to get that far.
			for (const path of [folder, join(folder, "tree")]) chmodSync(path, 0o711);
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
		attempt: async ({ folder, start, watch }) => {
			plant(folder, { "outside/victim": "victim\n", "tree/file": "text\n", "tree/folder": null });
			const before = listed(folder);
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
				await watched.came;
			}
			const { refused } = await start({ mounts, inside: idle });
			return { before, after: listed(folder), refused };
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
				if (isUp) during.push(names().filter((name) => !before.includes(name)));
				watched.closeInput();
				await watched.came;
			}
			return during;
		},
		verdict: ([first, second]) => {
			if (!first || !second) return untried("the command did not start");
			const known = first.find((name) => second.includes(name));
			return known === undefined ? held : notHeld(`${JSON.stringify(known)} was there both times`);
		},
	}),
];
