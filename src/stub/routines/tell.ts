import type { Supervision } from "../../plan/supervision.ts";
import { namespaceFiles, statxSize } from "../../process/lifetime-tell.ts";
import type { Operand } from "../assembler.ts";
import { emitLine, type LinePart } from "./line.ts";
import type { Machine } from "./machine.ts";

/** Where `stx_ino` stands in `struct statx`. */
const stxIno = 32;

/**
 * In the supervisor, when its children are there: one line about them and the namespaces.
 *
 *     {"pid": 100, "child-pid": 102, "init-pid": 101, "namespaces": {"mnt": 4026532210, ...}}
 */
export function emitTell(machine: Machine, { info, places }: Supervision, init: boolean, reopened: boolean): void {
	const { asm, slot, buffer } = machine;
	const parts: LinePart[] = [
		{ text: '{"pid": ', value: slot("supervisor") },
		{ text: ', "child-pid": ', value: slot("command") },
	];
	if (init) parts.push({ text: ', "init-pid": ', value: slot("init") });
	// There are always mount namespaces: so every other may begin with a comma.
	const names = namespaceFiles.map(({ name }) => name).toSorted((a, b) => Number(b === "mnt") - Number(a === "mnt"));
	names.forEach((name, i) => {
		const inode = slot(`inode.${name}`);
		asm.load(inode, buffer(`namespace.${name}`, statxSize), stxIno);
		const text = i === 0 ? `, "namespaces": {"${name}": ` : `, "${name}": `;
		parts.push({ text, value: inode, unless0: inode });
	});
	parts.push({ text: "}}\n" });
	const to: Operand[] = [];
	if (info !== undefined) to.push(reopened ? slot("info") : info);
	if (places.status !== undefined) to.push(places.status);
	emitLine(machine, "tell", parts, to);
}

/** At the end: `{"exit-code": 143, "signal": 15, "timed-out": true}`, the last two only where they are so. */
export function emitTellEnd(machine: Machine, status: number): void {
	const { slot } = machine;
	const [code, signal, late] = [slot("ended.code"), slot("ended.signal"), slot("supervisor.late")];
	const parts: LinePart[] = [
		{ text: '{"exit-code": ', value: code },
		{ text: ', "signal": ', value: signal, unless0: signal },
		{ text: ', "timed-out": true', unless0: late },
		{ text: "}\n" },
	];
	emitLine(machine, "told", parts, [status]);
}
