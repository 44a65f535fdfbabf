/** A policy becomes a filter: a balanced search by the number of the call, for each machine, and then its arguments. */
import { type Answer, answers, isAllowed, strictness } from "./actions.ts";
import { bpf, dataOffsets, type Instruction } from "./bpf.ts";
import { give, load, type Node, test, write } from "./nodes.ts";
import { architectures, type CallRule, type Condition, firstX32, type MachinePolicy, type Policy } from "./policy.ts";

/** How a policy is compiled. */
export interface CompileOptions {
	/** What would be refused is only logged. @default false */
	readonly log?: boolean | undefined;
}

/** The filter that does what the policy says. It may be longer than the kernel takes. */
export function compile(policy: Policy, { log = false }: CompileOptions = {}): Instruction[] {
	const given = new Map<Answer, Node>();
	/** One node for each answer, so that neighbours with the same one are seen to be alike. */
	const answer = (said: Answer): Node => {
		const value = log && !isAllowed(said) ? answers.log : said;
		const node = given.get(value) ?? give(value);
		given.set(value, node);
		return node;
	};
	let start = answer(policy.foreign);
	for (let i = policy.machines.length - 1; i >= 0; i--) {
		const machine = policy.machines[i];
		if (!machine) continue;
		const calls = load(dataOffsets.call, search(rangesOf(machine, policy.x32, answer)));
		start = test(bpf.jumpIfEqual, architectures[machine.machine], calls, start);
	}
	return write(load(dataOffsets.architecture, start));
}

/** From this number on calls have this node, until the next range begins. */
interface Range {
	readonly from: number;
	readonly node: Node;
}

type Answers = (answer: Answer) => Node;

/** All numbers, as ranges that differ from their neighbours. */
function rangesOf({ machine, calls, otherwise, newer }: MachinePolicy, x32: Answer, answer: Answers): Range[] {
	const ranges: Range[] = [];
	const add = (from: number, node: Node): void => {
		const last = ranges.length - 1;
		if (ranges[last]?.from === from) ranges.pop();
		if (ranges.at(-1)?.node !== node) ranges.push({ from, node });
	};
	const alike = new Map<string, Node>();
	const nodeOf = (rules: readonly CallRule[], rest: Answer): Node => {
		const [only] = rules;
		if (only && rules.length === 1 && only.conditions.length === 0) return answer(only.answer);
		const key = `${rest} ${rules.map(keyOf).join(" ")}`;
		const node = alike.get(key) ?? ruled(rules, rest, answer);
		alike.set(key, node);
		return node;
	};
	const rest = (call: number): Answer => (newer && call >= newer.from ? newer.answer : otherwise);
	add(0, answer(otherwise));
	let isNewer = newer === undefined;
	let [next, same]: [number, readonly CallRule[]] = [0, []];
	for (const call of sortedKeys(calls)) {
		const rules = calls.get(call) ?? [];
		// Most calls have the rules of the one before, which are one list then.
		const continues = call === next && rules === same && call !== newer?.from;
		if (!continues && next > 0) add(next, answer(rest(next)));
		if (!isNewer && newer && call >= newer.from) add(newer.from, answer(newer.answer));
		isNewer ||= newer !== undefined && call >= newer.from;
		if (!continues) add(call, nodeOf(rules, rest(call)));
		[next, same] = [call + 1, rules];
	}
	if (next > 0) add(next, answer(rest(next)));
	if (!isNewer && newer) add(newer.from, answer(newer.answer));
	if (machine === "x64") add(firstX32, answer(x32));
	return ranges;
}

function sortedKeys(calls: ReadonlyMap<number, unknown>): Uint32Array {
	const keys = new Uint32Array(calls.size);
	let count = 0;
	for (const call of calls.keys()) keys[count++] = call;
	return keys.sort();
}

const keyOf = ({ conditions, answer }: CallRule): string => {
	let key = String(answer);
	for (const { index, operator, value, mask } of conditions) key += `,${index}${operator}${value}&${mask ?? ""}`;
	return key;
};

function search(ranges: readonly Range[], first = 0, last = ranges.length - 1): Node {
	const middle = (first + last + 1) >> 1;
	const range = ranges[middle];
	if (!range) throw new RangeError("there are no ranges to search");
	if (first === last) return range.node;
	const upper = search(ranges, middle, last);
	return test(bpf.jumpIfAtLeast, range.from, upper, search(ranges, first, middle - 1));
}

/** The strictest rules are looked at first, so that the first that holds counts. */
function ruled(rules: readonly CallRule[], otherwise: Answer, answer: Answers): Node {
	const sorted = rules.length < 2 ? rules : rules.toSorted((a, b) => strictness(a.answer) - strictness(b.answer));
	let node = answer(otherwise);
	for (let i = sorted.length - 1; i >= 0; i--) {
		const rule = sorted[i];
		if (!rule) continue;
		let holds = answer(rule.answer);
		for (let j = rule.conditions.length - 1; j >= 0; j--) {
			const condition = rule.conditions[j];
			if (condition) holds = compared(condition, holds, node);
		}
		node = holds;
	}
	return node;
}

const everyBit = 0xffff_ffff_ffff_ffffn;

/** Compares an argument of 64 bits by its halves, which is how a filter sees it. */
function compared({ index, operator, value, mask = everyBit }: Condition, yes: Node, no: Node): Node {
	if (operator === "!=") return compared({ index, operator: "==", value, mask }, no, yes);
	if (operator === "<") return compared({ index, operator: ">=", value, mask }, no, yes);
	if (operator === "<=") return compared({ index, operator: ">", value, mask }, no, yes);
	const at = dataOffsets.argument(index);
	const [lowMask, highMask] = halves(mask);
	const [low, high] = halves(value);
	if (operator === "==") return equals(at, lowMask, low, equals(at + 4, highMask, high, yes, no), no);
	const code = operator === ">" ? bpf.jumpIfGreater : bpf.jumpIfAtLeast;
	const decided = load(at, test(code, low, yes, no), lowMask);
	return load(at + 4, test(bpf.jumpIfGreater, high, yes, test(bpf.jumpIfEqual, high, decided, no)), highMask);
}

function equals(at: number, mask: number, value: number, yes: Node, no: Node): Node {
	if ((value & ~mask) !== 0) return no;
	return mask === 0 ? yes : load(at, test(bpf.jumpIfEqual, value, yes, no), mask);
}

/** The lower and the upper 32 bits. */
const halves = (value: bigint): [number, number] => [Number(value & 0xffff_ffffn), Number(value >> 32n)];
