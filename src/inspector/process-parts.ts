/** The parts of an inspection that are a process's own. */
import { fromBytes, splitStrings } from "../bytes.ts";
import { readFile } from "../descriptors.ts";
import { SystemError } from "../ffi.ts";
import { integer, parseLimits, parseStat, parseStatus, rightsOf, statusFacts } from "../inspect/proc.ts";
import type { InspectedLimit, InspectedProcess, InspectedRights } from "../inspect/types.ts";
import type { Unknown } from "./collect.ts";
import type { OpenProcess } from "./process.ts";

/** Parents of parents: more than any tree of processes has. */
const mostAncestors = 256;

/** A text below /proc/PID. */
export const textOf = (process: OpenProcess, name: string): string => fromBytes(process.read(name));

const withoutNewline = (text: string): string => (text.endsWith("\n") ? text.slice(0, -1) : text);

/** Who it is and where it runs. */
export function inspectProcess(process: OpenProcess, unknown: Unknown): InspectedProcess | undefined {
	const attempt = <T>(what: string, body: () => T): T | undefined => unknown.try("process", what, body);
	const stat = attempt("its state", () => parseStat(textOf(process, "stat")));
	const facts = attempt("its status", () => statusFacts(parseStatus(textOf(process, "status"))));
	if (!stat || !facts) return undefined;
	const { parent, startTime: _, ...shown } = stat;
	const number = (name: string) => attempt(name, () => integer(textOf(process, name).trim()));
	return {
		pid: process.pid,
		...facts,
		...shown,
		name: attempt("its name", () => withoutNewline(textOf(process, "comm"))) ?? "",
		command: attempt("its command line", () => splitStrings(process.read("cmdline"))) ?? [],
		ancestors: ancestorsOf(parent),
		oomScore: number("oom_score"),
		oomScoreAdjustment: number("oom_score_adj"),
		executable: attempt("its executable", () => process.link("exe")),
		directory: attempt("its directory", () => process.link("cwd")),
		root: attempt("its root", () => process.link("root")),
		label: labelOf(process),
	};
}

/** Without a security module that labels, the file is there and cannot be read. */
function labelOf(process: OpenProcess): string | undefined {
	try {
		const text = textOf(process, "attr/current").replace(/[\0\n]+$/, "");
		return text === "" ? undefined : text;
	} catch (error) {
		if (error instanceof SystemError) return undefined;
		throw error;
	}
}

/** From the parent on. One that ends meanwhile ends the list. */
function ancestorsOf(parent: number): { pid: number; name: string }[] {
	const found: { pid: number; name: string }[] = [];
	for (let pid = parent; pid > 0 && found.length < mostAncestors; ) {
		try {
			const name = withoutNewline(fromBytes(readFile(`/proc/${pid}/comm`)));
			const next = parseStat(fromBytes(readFile(`/proc/${pid}/stat`))).parent;
			found.push({ pid, name });
			pid = next;
		} catch (error) {
			if (error instanceof SystemError) return found;
			throw error;
		}
	}
	return found;
}

/** What it may do. */
export function inspectRights(process: OpenProcess, unknown: Unknown): InspectedRights | undefined {
	return unknown.try("rights", "its status", () => rightsOf(parseStatus(textOf(process, "status"))));
}

/** Its resource limits. */
export function inspectLimits(process: OpenProcess, unknown: Unknown): readonly InspectedLimit[] | undefined {
	return unknown.try("limits", "its limits", () => parseLimits(textOf(process, "limits")));
}
