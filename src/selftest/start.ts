/** Starting the sandbox that is attacked, from a process that is prepared as the attack needs it. */
import { close, pipe } from "../descriptors.ts";
import { type NamespaceError, PlanError } from "../errors.ts";
import { checked, systemCall } from "../ffi.ts";
import { failureOf, recordSize } from "../launch/failure.ts";
import { image, imageFile, stub } from "../launch/image.ts";
import { channel, channelReport } from "../launch/spawn.ts";
import { constants } from "../linux/constants.ts";
import type { Arch } from "../linux/syscalls.ts";
import { compose } from "../plan/plan.ts";
import type { Command, Fragment, Host, Plan } from "../plan/types.ts";
import { elf } from "../stub/elf.ts";
import { introProgram, probeProgram, readAnswers } from "./calls.ts";
import { remembered } from "./children.ts";
import type { Attempt, Came, SandboxUnderTest, Watched } from "./types.ts";

/** The descriptors of the process that starts, behind the standard ones and the channel. */
const probeDescriptor = 4;
const imageDescriptor = 5;
const introDescriptor = 6;

/** From here on lies what is given to a child, so that none of it takes another's place before that was given. */
const aside = 200;

/** Time for a case is up. */
class TimeUp extends Error {
	override readonly name = "TimeUp";
	readonly code = "ETIME";
}

const environment = ["PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C"];

/** A program of ours as a file. */
export const programFile = (program: Uint8Array, arch: Arch): number => imageFile(elf(program, stub(arch), arch));

/** Starts attempts at one sandbox, for so many milliseconds. */
export class Starter {
	private readonly end: number;

	constructor(
		private readonly sandbox: SandboxUnderTest,
		private readonly host: Host,
		timeLimit: number,
	) {
		this.end = performance.now() + timeLimit;
	}

	/** Milliseconds that are left. Throws when there are none. */
	private left(): number {
		const left = this.end - performance.now();
		if (left <= 0) throw new TimeUp("it took too long");
		return left;
	}

	/** Starts the sandbox once as it is. Throws the `PlanError` or `NamespaceError` that says why it cannot be made. */
	async check(): Promise<void> {
		const attempt: Attempt = { inside: { calls: [] } };
		const watched = launched(this.plan(attempt), attempt, this.left());
		watched.closeInput();
		const error = await watched.failure;
		await watched.came;
		if (error) throw error;
	}

	/** Runs an attempt to its end. */
	async start(attempt: Attempt): Promise<Came> {
		const watched = this.watch(attempt);
		watched.closeInput();
		return watched.came;
	}

	/** Starts an attempt, to be looked at while it runs. */
	watch(attempt: Attempt): Watched {
		let plan: Plan;
		try {
			plan = this.plan(attempt);
		} catch (error) {
			if (!(error instanceof PlanError)) throw error;
			return notStarted(error.message);
		}
		return launched(plan, attempt, this.left());
	}

	private plan(attempt: Attempt): Plan {
		const { mounts, root, modules = [], inside, cwd } = attempt;
		const replaced = (fragment: Fragment) => modules.some(({ module }) => module === fragment.module);
		const own = this.sandbox({ mounts, root }).filter((fragment) => !replaced(fragment));
		const command: Command = {
			argv: "argv" in inside ? inside.argv : ["probe"],
			env: environment,
			cwd: cwd ?? "/",
			...("calls" in inside && { descriptor: probeDescriptor }),
			...(cwd !== undefined && { mustStartThere: true }),
		};
		return compose([...own, ...modules], { host: this.host, command, channel });
	}
}

const nothing: Came = { exitCode: null, signal: null, stdout: "", answers: [], late: false };

function notStarted(refused: string): Watched {
	const came = Promise.resolve({ ...nothing, refused });
	return { came, writes: async () => false, kill: async () => {}, closeInput: () => {} };
}

/** A start that was made, with the error behind it where it failed. */
interface Launched extends Watched {
	readonly failure: Promise<NamespaceError | undefined>;
}

function launched(plan: Plan, attempt: Attempt, timeLimit: number): Launched {
	const { inside, before, stdin, descriptors = [] } = attempt;
	const { arch } = plan;
	const opened: number[] = [];
	const kept = (fd: number): number => {
		opened.push(fd);
		return fd;
	};
	const moved = (fd: number): number =>
		kept(
			checked(systemCall("fcntl", fd, constants.F_DUPFD_CLOEXEC, aside), "fcntl", `${fd}, F_DUPFD_CLOEXEC, ${aside}`),
		);
	const file = (fd: number): number => moved(kept(fd));
	const ends = pipe();
	let child: Bun.Subprocess;
	try {
		const sandbox = file(imageFile(image(plan, channelReport)));
		const probe = "calls" in inside ? file(programFile(probeProgram(inside.calls, arch), arch)) : null;
		const intro = before ? file(programFile(introProgram(before, imageDescriptor, arch), arch)) : null;
		const own = [stdin ?? "pipe", "pipe", "ignore", moved(ends.write), probe, sandbox, intro];
		const stdio = [...own, ...descriptors.map(moved)];
		const first = intro === null ? imageDescriptor : introDescriptor;
		const options = { argv0: "ns", env: {}, cwd: "/", stdio: stdio as never };
		child = remembered(Bun.spawn([`/proc/self/fd/${first}`], options));
	} catch (error) {
		close(ends.read);
		throw error;
	} finally {
		close(ends.write);
		for (const fd of opened) close(fd);
	}
	return watchedChild(child, plan, ends.read, timeLimit);
}

function watchedChild(child: Bun.Subprocess, plan: Plan, reports: number, timeLimit: number): Launched {
	let late = false;
	const timer = setTimeout(() => {
		late = true;
		child.kill("SIGKILL");
	}, timeLimit);
	const output = new Output(child.stdout as ReadableStream<Uint8Array>);
	// A number where the attempt has brought a descriptor.
	const input = child.stdin;
	const closeInput = () => {
		if (typeof input === "object") void input.end();
	};
	const failure = readAll(reports).then((record) => (record.length < recordSize ? undefined : failureOf(plan, record)));
	const ended = async (): Promise<Came> => {
		try {
			const error = await failure;
			const bytes = await output.ended;
			await child.exited;
			const { exitCode, signalCode } = child;
			const stdout = Buffer.from(bytes).toString("latin1");
			const came = {
				exitCode: signalCode ? null : exitCode,
				signal: signalCode === null ? null : String(signalCode),
				stdout,
				late,
			};
			return { ...came, answers: readAnswers(bytes), ...refusal(error) };
		} finally {
			clearTimeout(timer);
			closeInput();
		}
	};
	return {
		pid: child.pid,
		came: ended(),
		failure,
		closeInput,
		writes: (text) => output.has(text),
		kill: async () => {
			child.kill("SIGKILL");
			await child.exited;
		},
	};
}

function refusal(error: NamespaceError | undefined): Pick<Came, "refused" | "failedCode"> {
	return error ? { refused: error.message.split("\n")[0] ?? "", failedCode: error.exitCode } : {};
}

async function readAll(fd: number): Promise<Uint8Array> {
	try {
		return await Bun.file(fd).bytes();
	} finally {
		close(fd);
	}
}

/** What a process writes, while it does. */
class Output {
	private readonly pieces: Uint8Array[] = [];
	private readonly waiting = new Set<() => void>();
	private isAtEnd = false;
	/** Everything, once it has ended. */
	readonly ended: Promise<Uint8Array>;

	constructor(stream: ReadableStream<Uint8Array>) {
		this.ended = this.read(stream);
	}

	/** Waits until it holds `text`, or has ended without it. */
	async has(text: string): Promise<boolean> {
		while (!this.holds(text) && !this.isAtEnd) await new Promise<void>((resolve) => this.waiting.add(resolve));
		return this.holds(text);
	}

	private holds(text: string): boolean {
		return Buffer.concat(this.pieces).includes(text);
	}

	private async read(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
		for await (const piece of stream) {
			this.pieces.push(piece);
			this.wake();
		}
		this.isAtEnd = true;
		this.wake();
		return Buffer.concat(this.pieces);
	}

	private wake(): void {
		for (const resolve of this.waiting) resolve();
		this.waiting.clear();
	}
}
