/** All system calls by name, for each machine whose programs can run here. */
import { callTables } from "./call-tables.ts";
import { callsElsewhere, newerCalls, newerCallsOf } from "./newer-calls.ts";

/** A machine that programs are made for: an x86-64 kernel also runs those of i386, an arm64 kernel those of arm. */
export type CallMachine = keyof typeof callTables;

const tables = new Map<CallMachine, ReadonlyMap<string, number>>();

/** The numbers of a machine's calls by name; of two names for one call, both. */
export function callNumbers(machine: CallMachine): ReadonlyMap<string, number> {
	const read = tables.get(machine) ?? readTable(machine);
	tables.set(machine, read);
	return read;
}

/** The names of a machine's calls. */
export const callNamesOf = (machine: CallMachine): string[] => [...callNumbers(machine).keys()];

/** Whether any machine has a call of this name. */
export function isCallName(name: string): boolean {
	if (callsElsewhere.includes(name)) return true;
	for (const machine in callTables) if (callNumbers(machine as CallMachine).has(name)) return true;
	return false;
}

/** The words of a text that may have several lines. */
export function wordsOf(text: string): string[] {
	const words: string[] = [];
	for (const line of text.split("\n")) for (const word of line.trim().split(" ")) if (word !== "") words.push(word);
	return words;
}

function readTable(machine: CallMachine): Map<string, number> {
	const numbers = new Map<string, number>();
	let next = 0;
	for (const word of wordsOf(callTables[machine])) {
		const first = word.charCodeAt(0);
		if (first >= 48 && first <= 57) next = Number(word);
		else if (first === 61) numbers.set(word.slice(1), next - 1);
		else numbers.set(word, next++);
	}
	for (const name in newerCalls) numbers.set(name, newerCalls[name]?.[0] ?? 0);
	const own = newerCallsOf[machine] ?? {};
	for (const name in own) numbers.set(name, own[name]?.[0] ?? 0);
	return numbers;
}
