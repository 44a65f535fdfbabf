/** The rim of the tools: their facts, their launch, their words. */
import { fromBytes } from "../../src/bytes.ts";
import { close, readFile, readLink } from "../../src/descriptors.ts";
import { errorText, executeFile, SystemError, systemCall } from "../../src/ffi.ts";
import { image, imageFile } from "../../src/launch/image.ts";
import { errnoNumber, lastErrno } from "../../src/linux/errno.ts";
import type { Plan } from "../../src/plan/types.ts";
import { candidates } from "../../src/process/command.ts";
import { thisCaller } from "../request.ts";
import { type Called, failure } from "./end.ts";
import type { ReadText, ToolFacts } from "./facts.ts";

/** This process as the caller of a tool. */
export function toolFacts(): ToolFacts {
	return { ...thisCaller(), read: textBy(readFile), link: textBy(readLink) };
}

const textBy =
	(read: (path: string) => Uint8Array): ReadText =>
	(path) => {
		try {
			return { text: fromBytes(read(path)) };
		} catch (error) {
			if (error instanceof SystemError) return { error: errorText(error.errno) };
			throw error;
		}
	};

/** Throws what the tool says unless the process is the one whose pidfd has this inode. */
export function checkTarget(pid: number, inode: bigint, called: Called): void {
	const refused = (errno: number) =>
		failure(called, `failed to obtain a valid file descriptor for PID ${pid}: ${errorText(errno)}`);
	const fd = systemCall("pidfd_open", pid, 0);
	if (fd < 0) throw refused(-fd);
	const found = process.getBuiltinModule("node:fs").fstatSync(fd, { bigint: true }).ino;
	close(fd);
	if (found !== inode) throw refused(errnoNumber("ESRCH"));
}

/** The first file of that name in PATH that may be executed. */
export function findProgram(name: string, { env }: ToolFacts): string | undefined {
	const { accessSync, constants } = process.getBuiltinModule("node:fs");
	return candidates({ argv: [name], env, cwd: "/" }).find((path) => {
		try {
			accessSync(path, constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

/** Turns this process into the tool that the plan makes. Returns only by throwing. */
export function becomeTool(plan: Plan, { name }: Called): never {
	const errors: string[] = [];
	for (let number = 0; number <= lastErrno; number++) errors.push(errorText(number));
	const fd = imageFile(image(plan, { to: "tool", name, errors }));
	executeFile(fd, [name], []);
}
