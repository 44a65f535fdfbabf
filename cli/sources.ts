/** What `ns import` reads. */
import { fromBytes } from "../src/bytes.ts";
import { close, openToRead, readSome } from "../src/descriptors.ts";
import { SystemError } from "../src/ffi.ts";
import { longestSource, type Surroundings } from "../src/profile/import/types.ts";
import { thisCaller } from "./request.ts";
import { UsageError } from "./usage.ts";

/** One mistake. */
export const wrong = (code: string, message: string, hint: string): UsageError =>
	new UsageError([{ code, message, hint }]);

/** What this process finds around itself. */
export function surroundings(): Surroundings {
	const { host, env, cwd } = thisCaller();
	const variables = new Map<string, string>();
	for (const variable of env) {
		const equals = variable.indexOf("=");
		if (equals > 0) variables.set(variable.slice(0, equals), variable.slice(equals + 1));
	}
	return { cwd, env: variables, uid: host.uid, gid: host.gid };
}

/** The directory that a file lies in. */
export function folderOf(file: string, cwd: string): string {
	const whole = file.startsWith("/") ? file : `${cwd === "/" ? "" : cwd}/${file}`;
	return whole.slice(0, whole.lastIndexOf("/")) || "/";
}

/** All of a file; of one that is too long, more than an importer takes. */
export function readSource(file: string): string {
	try {
		const fd = openToRead(file);
		try {
			const pieces: Uint8Array[] = [];
			for (let size = 0; size <= longestSource; ) {
				const piece = readSome(fd, 65536);
				if (piece.length === 0) break;
				pieces.push(piece);
				size += piece.length;
			}
			return fromBytes(Buffer.concat(pieces));
		} finally {
			close(fd);
		}
	} catch (error) {
		if (!(error instanceof SystemError)) throw error;
		throw wrong("FILE_UNREADABLE", `${file}: ${error.message}`, "name a file that can be read");
	}
}
