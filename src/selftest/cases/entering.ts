import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { close } from "../../descriptors.ts";
import { bootId, identityOf, openProcess, ownInode } from "../../keeper/look.ts";
import { errnoNumber } from "../../linux/errno.ts";
import { stateText } from "../../named/state.ts";
import type { NamedState } from "../../named/types.ts";
import { namespacesOf } from "../../targets/process.ts";
import { judgeCalls, probeCall } from "../calls.ts";
import { remembered } from "../children.ts";
import { listed, plant, withInput } from "../ground.ts";
import { type Case, defineCase, held, notHeld, untried } from "../types.ts";
import { robbing } from "./processes.ts";

/** The init is 1 and the probe 2. */
const entered = 3;
/** Answered by eight bytes of zeros: the probe is up. */
const up = probeCall("fcntl", [0, { flags: "F_GETFD" }, 0], "any");
const zeros = "\0".repeat(8);
const isThere = probeCall("kill", [entered, 0], "any");
const awaited = probeCall("read", [0, { zeros: 8 }, 8], "any");
const robbed = [up, awaited, isThere, ...robbing(entered, 3)];

/** What no name is, and what would be at those paths if they were taken for one. */
const hostile = ["../outside", "..", ".", "", "/", "a/../../outside", "link", "file", "x\0", "-x", "x".repeat(65)];

/** A state of what this process is in, as whoever may write it would claim. */
function claimed(name: string, pid: number, later: number): NamedState {
	const pidfd = openProcess(pid);
	const holder = pidfd === undefined ? undefined : identityOf(pid, pidfd);
	if (pidfd !== undefined) close(pidfd);
	const inode = namespacesOf(pid).uts.inode;
	return {
		...{ version: 1, name, boot: bootId(), created: 0, namespaces: { uts: { inode } } },
		owner: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 },
		seen: { pid: ownInode("pid"), mount: ownInode("mount") },
		...(holder && { holder: { ...holder, startTime: holder.startTime + later } }),
	};
}

/** The exit code of a process that nobody has ended. */
const alive = 7;

/** A directory of names, private as one has to be. */
function makePlace(folder: string): string {
	const place = join(folder, "names");
	mkdirSync(place, { mode: 0o700 });
	return place;
}

/** Attacks on who enters a sandbox, and on what leads there. */
export const enteringCases: readonly Case[] = [
	defineCase({
		id: "CVE-2016-9962",
		subject: "processes",
		title: "A process that enters a sandbox is not open to those inside",
		tries: "ptrace, mem, fd, root and environ, process_vm_readv, pidfd_getfd on a process that has just entered",
		attempt: ({ watch, enter }) =>
			withInput(async (stdin, closeInput) => {
				const watched = watch({ stdin, inside: { calls: robbed } });
				const isUp = await watched.writes(zeros);
				const entering = isUp && watched.pid !== undefined ? enter(watched.pid) : undefined;
				closeInput();
				const came = await watched.came;
				await entering?.end();
				return { came, isInside: entering?.isInside ?? false };
			}),
		verdict: ({ came, isInside }) => {
			if (came.refused === undefined && (!isInside || came.answers[2] === -errnoNumber("ESRCH")))
				return untried("the sandbox could not be entered");
			return judgeCalls(robbed, came);
		},
	}),
	defineCase({
		id: "CVE-2022-31214",
		subject: "processes",
		title: "What a name claims of a process is checked, and somebody else's is not entered",
		tries: "states that claim a process of another start, one that keeps no name, and one that others may write",
		attempt: async ({ folder, named }) => {
			const argv = ["/bin/sh", "-c", `read _; exit ${alive}`];
			const options = { env: {}, stdin: "pipe", stdout: "ignore", stderr: "ignore" } as const;
			const stranger = remembered(Bun.spawn(argv, options));
			const place = makePlace(folder);
			const found: (string | undefined)[] = [];
			for (const name of ["later", "stranger", "written", "open"]) {
				const state = claimed(name, stranger.pid, name === "later" ? 1 : 0);
				plant(place, { [`${name}/state.json`]: stateText(state) });
				chmodSync(join(place, name), name === "open" ? 0o777 : 0o700);
				chmodSync(join(place, name, "state.json"), name === "written" ? 0o666 : 0o600);
				found.push(named(place, name));
			}
			await stranger.stdin.end();
			return { found, exitCode: await stranger.exited };
		},
		verdict: ({ found, exitCode }) => {
			if (found.includes(undefined)) return notHeld("such a state was believed");
			return exitCode === alive ? held : notHeld("the process that was claimed was ended");
		},
	}),
	defineCase({
		id: "names",
		subject: "files",
		title: "A name with / or .. leads to no other file",
		tries: `the names ${hostile
			.slice(0, 6)
			.map((name) => JSON.stringify(name))
			.join(", ")}, a link in the place of a name, a file, and others`,
		attempt: async ({ folder, named }) => {
			const place = makePlace(folder);
			const state = stateText(claimed("outside", process.pid, 0));
			plant(folder, { "outside/state.json": state, "names/file": "text\n" });
			chmodSync(join(folder, "outside"), 0o700);
			symlinkSync("../outside", join(place, "link"));
			const before = listed(folder);
			const found = hostile.map((name) => ({ name, refusal: named(place, name) }));
			return { found, before, after: listed(folder) };
		},
		verdict: ({ found, before, after }) => {
			const taken = found.find(({ refusal }) => refusal === undefined);
			if (taken) return notHeld(`${JSON.stringify(taken.name)} leads to something`);
			return before.join() === after.join() ? held : notHeld("something has changed");
		},
	}),
];
