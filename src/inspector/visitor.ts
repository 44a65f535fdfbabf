/** Sending a visitor into namespaces: see src/inspect/visit.ts. */
import { close, moveAbove } from "../descriptors.ts";
import { arch } from "../ffi.ts";
import { type Task, type TaskResult, type Visit, visitProgram, visitResults } from "../inspect/visit.ts";
import { imageFile, stub } from "../launch/image.ts";
import { elf, imageBase } from "../stub/elf.ts";
import { openOwner } from "./relations.ts";

/** The first descriptor of the visitor's that is not a standard one. */
const first = 3;
/** Milliseconds; somebody inside may stop it. */
const patience = 10_000;

/** Does tasks, whose descriptors are this process's, from inside. Throws a `RangeError` when the visitor did not come back. */
export async function visit(tasks: readonly Task[]): Promise<TaskResult[]> {
	const owners = ownersOf(tasks);
	const given: number[] = [];
	const numberOf = (fd: number): number => {
		const known = given.indexOf(fd);
		return first + (known < 0 ? given.push(fd) - 1 : known);
	};
	try {
		const inside: Visit = {
			owners: owners.map(({ fd }) => numberOf(fd)),
			tasks: tasks.map((task) => {
				if (task.task === "enter") return { ...task, fd: numberOf(task.fd) };
				return task.task === "file" && typeof task.below === "number" ? { ...task, below: numberOf(task.below) } : task;
			}),
		};
		return visitResults(await output(visitProgram(inside, arch, imageBase).bytes, given), inside);
	} finally {
		for (const { fd } of owners) close(fd);
	}
}

/** The user namespaces that own what is to be entered, each once, the outermost first. */
function ownersOf(tasks: readonly Task[]): { fd: number; depth: number }[] {
	const found = new Map<number, { fd: number; depth: number }>();
	for (const task of tasks) {
		const owner = task.task === "enter" && task.kind !== "user" ? openOwner(task.fd) : undefined;
		if (!owner) continue;
		if (found.has(owner.inode)) close(owner.fd);
		else found.set(owner.inode, owner);
	}
	return [...found.values()].sort((a, b) => a.depth - b.depth);
}

/** What the visitor writes until it ends. */
async function output(program: Uint8Array, given: readonly number[]): Promise<Uint8Array> {
	// A number that one of the child's own takes would lead it elsewhere.
	const file = moveAbove(imageFile(elf(program, stub(arch), arch)), first + given.length);
	try {
		const stdio = ["ignore", "pipe", "ignore", ...given] as ["ignore", "pipe", "ignore"];
		const child = Bun.spawn([`/proc/self/fd/${file}`], {
			argv0: "ns",
			env: {},
			cwd: "/",
			stdio,
			timeout: patience,
			killSignal: "SIGKILL",
		});
		const bytes = await child.stdout.bytes();
		await child.exited;
		return bytes;
	} finally {
		close(file);
	}
}
