/** The arguments of calls as the machine takes them. */
import type { Composed } from "../plan/calls.ts";
import type { Arg, Role } from "../plan/types.ts";
import { type Address, type Operand, Slot } from "./assembler.ts";
import type { Machine } from "./routines/machine.ts";

/** What a call is made for in turn is counted in this slot. */
export const counter = "each";

/**
 * Puts together the strings of a call that are not there yet. Before it is known whether the call is done: others may have
 * the same string.
 */
export function emitTexts(m: Machine, args: readonly Arg[], texts: Map<string, Address>, role: Role): void {
	for (const arg of args) {
		if (typeof arg !== "object" || arg === null) continue;
		const composed = "text" in arg ? [arg] : "strings" in arg ? arg.strings : [];
		for (const one of composed) {
			if (typeof one === "string") continue;
			const name = textName(one);
			if (!texts.has(name)) texts.set(name, composing().emitText(m, `${role}.${name}`, one));
		}
	}
}

const textName = ({ text }: Composed): string => JSON.stringify(text);

/** Loaded only for plans with texts or bytes that are put together when they run. */
const composing = () => require("./routines/compose.ts") as typeof import("./routines/compose.ts");

/** The argument as the machine takes it. */
export function operand(m: Machine, arg: Arg, texts: ReadonlyMap<string, Address>): Operand {
	const { asm, flags, slot, buffer } = m;
	const text = (one: string | Composed): Address =>
		typeof one === "string" ? asm.string(one) : (texts.get(textName(one)) ?? asm.string(""));
	if (arg === null) return 0;
	if (typeof arg === "number") return arg;
	if (typeof arg === "string") return asm.string(arg);
	if ("flags" in arg) return flags(arg.flags);
	if ("each" in arg) return slot(counter);
	if ("ref" in arg) return slot(arg.ref);
	if ("out" in arg) return buffer(arg.out, arg.size);
	if ("pair" in arg) return slot(arg.pair.join()).address;
	if ("text" in arg) return text(arg);
	if ("strings" in arg) return asm.table([...arg.strings.map(text), 0]);
	if ("bytes" in arg) return arg.fill ? composing().emitFilled(m, arg.bytes, arg.fill) : asm.bytes(arg.bytes);
	return structure(m, Object.values(arg.struct), texts);
}

/** A table of the fields; those that are only known when the program runs are written into it before the call. */
function structure(m: Machine, fields: readonly Arg[], texts: ReadonlyMap<string, Address>): Address {
	const values = fields.map((field) => operand(m, field, texts));
	const table = m.asm.table(values.map((value) => (value instanceof Slot ? 0 : value)));
	values.forEach((value, i) => {
		if (value instanceof Slot) m.asm.store(table, 8 * i, value);
	});
	return table;
}
