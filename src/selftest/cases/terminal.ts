import { SystemError } from "../../ffi.ts";
import { constants } from "../../linux/constants.ts";
import { errnoName } from "../../linux/errno.ts";
import type { Arch } from "../../linux/syscalls.ts";
import { judgeCalls, type ProbeCall, probeCall } from "../calls.ts";
import { withTerminal } from "../ground.ts";
import { probeNumber } from "../numbers.ts";
import { type Came, type Case, defineCase, type Ground, type Judgement, notHeld, untried } from "../types.ts";

/** The process that starts the sandbox is in the terminal's session, as a person's shell is. */
const onTerminal: readonly ProbeCall[] = [probeCall("setsid", []), probeCall("ioctl", [0, { flags: "TIOCSCTTY" }, 0])];

/** A kernel that lets nobody type says EIO. */
const typingRefused = ["EPERM", "EACCES", "EIO", "ENOSYS"];
const letter = { bytes: [0x58] };
const upper = 2 ** 32;
const firstX32 = 0x4000_0000;

/** ioctl(2) by its number, and by its x32 number where there is one. */
const ioctls = (arch: Arch): number[] => [probeNumber("ioctl", arch), ...(arch === "x64" ? [firstX32 + 514] : [])];

const types = (arch: Arch, request: number): ProbeCall[] =>
	ioctls(arch).map((number) => probeCall(number, [0, request, letter], typingRefused));

interface Typed {
	readonly calls: readonly ProbeCall[];
	readonly came: Came | undefined;
	/** Why there is no terminal. */
	readonly lacks?: string;
}

async function typed({ start }: Ground, calls: readonly ProbeCall[]): Promise<Typed> {
	try {
		const came = await withTerminal((stdin) => start({ stdin, before: onTerminal, inside: { calls } }));
		return { calls, came };
	} catch (error) {
		if (error instanceof SystemError) return { calls, came: undefined, lacks: error.message };
		throw error;
	}
}

function judge({ calls, came, lacks = "" }: Typed): Judgement {
	if (!came) return untried(`there is no terminal to try it on: ${lacks}`);
	return judgeCalls(calls, came);
}

/** Attacks on the terminal that the sandbox was started from. */
export const terminalCases: readonly Case[] = [
	defineCase({
		id: "CVE-2017-5226",
		subject: "terminal",
		title: "A command cannot type into the terminal it was started from",
		tries: "ioctl(0, TIOCSTI), also by its x32 number",
		attempt: (ground) => typed(ground, types(ground.host.arch, constants.TIOCSTI)),
		verdict: judge,
	}),
	defineCase({
		id: "CVE-2019-10063",
		also: ["CVE-2019-7303"],
		subject: "terminal",
		title: "Bits above the lower 32 do not get a request past the filter",
		tries: "ioctl(0, TIOCSTI + 2^32), ioctl(0, TIOCSTI + 2^51)",
		attempt: (ground) => {
			const { arch } = ground.host;
			const calls = [upper, 2 ** 19 * upper].flatMap((more) => types(arch, constants.TIOCSTI + more));
			return typed(ground, calls);
		},
		verdict: judge,
	}),
	defineCase({
		id: "CVE-2023-28100",
		subject: "terminal",
		title: "A command cannot paste into a console",
		tries: "ioctl(0, TIOCLINUX), also with a higher bit; what it asks for is only the state of the shift keys",
		attempt: (ground) => {
			const asks = { bytes: [6] };
			const requests = [constants.TIOCLINUX, constants.TIOCLINUX + upper];
			const calls = requests.map((request) => probeCall("ioctl", [0, request, asks]));
			return typed(ground, calls);
		},
		verdict: (seen) => {
			// A pseudo-terminal knows no pasting: who hears that from it has not been stopped on the way.
			const reached = seen.came?.answers.some((answer) => errnoName(-answer) === "ENOTTY");
			return reached ? notHeld("the request went through to the terminal") : judge(seen);
		},
	}),
];
