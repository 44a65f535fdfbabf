/** Starting the process that keeps namespaces, and telling it to stay. */
import { close, moveAbove, writeAll } from "../descriptors.ts";
import { addressOf } from "../ffi.ts";
import { hostFacts } from "../host.ts";
import { imageFile, imageOf, stub } from "../launch/image.ts";
import { channel, channelReport, spawn } from "../launch/spawn.ts";
import { constants } from "../linux/constants.ts";
import * as files from "../overlay/files.ts";
import { compose } from "../plan/plan.ts";
import type { Command, Fragment, Host, Plan } from "../plan/types.ts";
import { elf, imageBase } from "../stub/elf.ts";
import { askWord, emitHold, holderSocket, readyWord, stayWord } from "../stub/routines/hold.ts";
import { machine } from "../stub/routines/machine.ts";
import { namedError } from "./errors.ts";
import { holderTitle } from "./identity.ts";
import { closeAll, isReadable, openProcess, signalProcess } from "./look.ts";

/** Where the image has the holder's file. */
const holderFile = channel + 1;

/** The plan that makes namespaces and ends in their holder. */
export function holderPlan(name: string, fragments: readonly Fragment[], host: Host = hostFacts()): Plan {
	const command: Command = { argv: [holderTitle(name)], env: [], cwd: "/", descriptor: holderFile };
	return compose([...fragments, holding], { host, command, channel });
}

/** The holder keeps its end of the socket, and is nobody's process group or session but its own. */
const holding: Fragment = {
	module: "holder",
	supervised: true,
	passes: [{ from: holderSocket, to: holderSocket }],
	steps: () => [],
};

/** The holder as an executable. */
export function holderImage(name: string, { arch }: Pick<Host, "arch">): Uint8Array {
	const made = machine(arch);
	emitHold(made, holderTitle(name));
	// It takes its name from argv, which the execution has put on its stack, and has no command behind it.
	return elf(made.asm.link(imageBase).bytes, stub(arch), arch);
}

/** A holder that is there, and ends with this process as long as it was not told to stay. */
export interface Holder {
	readonly pid: number;
	readonly pidfd: number;
	/** Lets it go on alone: nothing else of ours stays. */
	stay(): Promise<void>;
	/** Ends it, and waits for that. */
	end(): Promise<void>;
	/** Lets go of the descriptors. */
	close(): void;
}

/** Milliseconds in which a holder has to say that it is there, and to end. */
const patience = 10_000;

/** Starts the holder of a plan. Rejects with a `NamespaceError` when a step fails, and nothing is left. */
export async function startHolder(name: string, plan: Plan): Promise<Holder> {
	const { near, far } = socketPair();
	let file = -1;
	try {
		file = moveAbove(imageFile(holderImage(name, plan)), holderSocket + 1);
		const bytes = imageOf({ plan }, channelReport, plan.command);
		const quiet = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
		const supervisor = await spawn(bytes, quiet, () => plan, [file, far]);
		closeAll([far, file]);
		file = -1;
		return await held(near, supervisor, name);
	} catch (error) {
		close(near);
		if (file >= 0) closeAll([far, file]);
		throw error;
	}
}

async function held(near: number, supervisor: Pick<Bun.Subprocess, "kill" | "exited">, name: string): Promise<Holder> {
	const pid = receiveReady(near, name);
	const pidfd = openProcess(pid);
	if (pidfd === undefined) throw ended(name);
	try {
		// It was there before and is there now, so in between its number was nobody else's.
		say(near, askWord);
		if (receiveReady(near, name) !== pid) throw ended(name);
	} catch (error) {
		close(pidfd);
		throw error;
	}
	let isOpen = true;
	const hangUp = () => {
		if (isOpen) close(near);
		isOpen = false;
	};
	return {
		pid,
		pidfd,
		async stay() {
			// It does not end with its supervisor any more.
			supervisor.kill("SIGKILL");
			await supervisor.exited;
			say(near, stayWord);
			hangUp();
		},
		async end() {
			hangUp();
			signalProcess(pidfd, constants.SIGKILL);
			const hint = `look at /proc/${pid}/stack`;
			if (!isReadable(pidfd, patience))
				throw namedError("HOLDER_STAYS", `the process ${pid}, which kept ${name}, does not end`, hint);
			// Its parent waits for it, and ends as well.
			await supervisor.exited;
		},
		close() {
			hangUp();
			close(pidfd);
		},
	};
}

const say = (socket: number, word: string): void => writeAll(socket, new TextEncoder().encode(word));

const ended = (name: string) =>
	namedError(
		"HOLDER_ENDED",
		`the process that is to keep ${name} has ended before it was there`,
		"something has killed it",
	);

/** A pair of connected sockets of which the first is told who writes. unix(7). */
function socketPair(): { near: number; far: number } {
	const { AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC, SOL_SOCKET, SO_PASSCRED } = constants;
	const ends = new Int32Array(2);
	files.must("socketpair", "AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0", AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
	// The numbers that the image uses are those of others.
	const [near, far] = [moveAbove(ends[0] ?? -1, holderSocket + 1), moveAbove(ends[1] ?? -1, holderSocket + 1)];
	files.must("setsockopt", `${near}, SOL_SOCKET, SO_PASSCRED, [1]`, near, SOL_SOCKET, SO_PASSCRED, Int32Array.of(1), 4);
	return { near, far };
}

/** Waits for the holder's word, and returns its process id, as this process's PID namespace numbers it. recvmsg(2). */
function receiveReady(socket: number, name: string): number {
	if (!isReadable(socket, patience)) {
		throw namedError(
			"HOLDER_SILENT",
			`the process that is to keep ${name} does not come up`,
			"the machine may be too busy",
		);
	}
	const { SOL_SOCKET, SCM_CREDENTIALS, MSG_DONTWAIT, MSG_CMSG_CLOEXEC } = constants;
	const text = new Uint8Array(8);
	// struct cmsghdr of 16 bytes, struct ucred of 12: pid, uid, gid.
	const control = new Uint32Array(8);
	const vector = BigUint64Array.of(BigInt(addressOf(text)), 1n);
	const message = BigUint64Array.of(0n, 0n, BigInt(addressOf(vector)), 1n, BigInt(addressOf(control)), 32n, 0n);
	const count = files.must("recvmsg", `${socket}, ..`, socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const isOurs = control[2] === SOL_SOCKET && control[3] === SCM_CREDENTIALS;
	const pid = control[4] ?? 0;
	if (count !== 1 || text[0] !== readyWord.charCodeAt(0) || !isOurs || pid === 0) throw ended(name);
	return pid;
}
