/** Standard descriptors of the synchronous launch: what the caller asked for becomes numbers, and is taken back afterwards. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { memfdCreate, writeAll } from "../descriptors.ts";

/** Where standard input comes from: this process's, nowhere, a descriptor, or bytes. */
export type SyncInput = "inherit" | "ignore" | number | Uint8Array | string;

/** Where output goes: to this process's, nowhere, a descriptor, or into the result. */
export type SyncOutput = "inherit" | "ignore" | "pipe" | number;

export interface SyncStdio {
	/** @default "ignore" */
	readonly stdin?: SyncInput;
	/** @default "pipe" */
	readonly stdout?: SyncOutput;
	/** @default "pipe" */
	readonly stderr?: SyncOutput;
	/** Bytes of output that are kept, for each of stdout and stderr; what goes beyond is dropped. @default 256 MiB */
	readonly maxBuffer?: number;
}

const defaultMaxBuffer = 256 * 1024 * 1024;

/** Open files for the child's 0, 1 and 2. */
export interface OpenStdio {
	readonly from: readonly (number | undefined)[];
	/** What was captured of descriptor 1 or 2. */
	captured(fd: 1 | 2): Buffer | undefined;
	close(): void;
}

let devNull: number | undefined;

/** Opens what `options` ask for. The caller closes it. */
export function openStdio(options: SyncStdio): OpenStdio {
	const opened: number[] = [];
	const captures = new Map<number, number>();
	const memory = (name: string): number => {
		const fd = memfdCreate(name);
		opened.push(fd);
		return fd;
	};
	const nothing = (): number => {
		devNull ??= openSync("/dev/null", "r+");
		return devNull;
	};
	const input = (from: SyncInput): number | undefined => {
		if (from === "inherit") return undefined;
		if (from === "ignore") return nothing();
		if (typeof from === "number") return from;
		writeAll(memory("stdin"), typeof from === "string" ? new TextEncoder().encode(from) : from);
		// Opened anew: at its beginning, and for reading only.
		const fd = openSync(`/proc/self/fd/${opened.at(-1)}`, "r");
		opened.push(fd);
		return fd;
	};
	const output = (to: SyncOutput, fd: number): number | undefined => {
		if (to === "inherit") return undefined;
		if (to === "ignore") return nothing();
		if (typeof to === "number") return to;
		captures.set(fd, memory(fd === 1 ? "stdout" : "stderr"));
		return captures.get(fd);
	};
	const from = [
		input(options.stdin ?? "ignore"),
		output(options.stdout ?? "pipe", 1),
		output(options.stderr ?? "pipe", 2),
	];
	return {
		from,
		captured: (fd) => {
			const file = captures.get(fd);
			return file === undefined ? undefined : contents(file, options.maxBuffer ?? defaultMaxBuffer);
		},
		close: () => {
			for (const fd of opened) closeSync(fd);
		},
	};
}

function contents(fd: number, most: number): Buffer {
	const bytes = Buffer.alloc(Math.min(fstatSync(fd).size, most));
	let done = 0;
	while (done < bytes.length) {
		const count = readSync(fd, bytes, done, bytes.length - done, done);
		if (count === 0) break;
		done += count;
	}
	return bytes.subarray(0, done);
}
