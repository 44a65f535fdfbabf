/** Filters as a graph: what is looked at, and where each outcome leads. Written from its end, so that every way is known. */
import { bpf, type Instruction } from "./bpf.ts";

/** The last answer of a way. */
interface Give {
	readonly kind: "give";
	readonly answer: number;
}

/** A word becomes the accumulator, less what the mask takes away. */
interface Load {
	readonly kind: "load";
	readonly offset: number;
	readonly mask: number;
	readonly next: Node;
}

/** A jump by what the accumulator is. */
interface Test {
	readonly kind: "test";
	readonly code: number;
	readonly value: number;
	readonly ifTrue: Node;
	readonly ifFalse: Node;
}

/** A place in a filter. */
export type Node = Give | Load | Test;

export const give = (answer: number): Node => ({ kind: "give", answer });

export const load = (offset: number, next: Node, mask = 0xffff_ffff): Node => ({ kind: "load", offset, mask, next });

export const test = (code: number, value: number, ifTrue: Node, ifFalse: Node): Node =>
	ifTrue === ifFalse ? ifTrue : { kind: "test", code, value, ifTrue, ifFalse };

/** A jump on a condition leaves out 255 instructions at most; from here on another jump is put between, with room for both. */
const far = 250;

/** Writes a graph from its end: whatever an instruction leads to is there before it. What is the same is there once. */
class Writer {
	/** The instructions in the order of writing: the last one of the program is the first. */
	private readonly backwards: Instruction[] = [];
	private readonly places = new Map<Node, number>();
	private readonly known = new Map<string, number>();

	/** The place of a node. `held` is the load whose word the accumulator still has there. */
	place(node: Node, held?: Load): number {
		const there = this.places.get(node);
		if (there !== undefined) return there;
		// The word is there already.
		if (node.kind === "load" && held && held.offset === node.offset && held.mask === node.mask)
			return this.place(node.next, held);
		const place = this.write(node, held);
		this.places.set(node, place);
		return place;
	}

	private write(node: Node, held: Load | undefined): number {
		if (node.kind === "give") return this.add(`give ${node.answer}`, () => [bpf.give, 0, 0, node.answer]);
		if (node.kind === "test") {
			// What is written last follows at once.
			const ifFalse = this.place(node.ifFalse, held);
			const ifTrue = this.place(node.ifTrue, held);
			return this.add(`${node.code} ${node.value} ${ifTrue} ${ifFalse}`, () => {
				const [yes, no] = [this.near(ifTrue), this.near(ifFalse)];
				return [node.code, this.skipped(yes), this.skipped(no), node.value];
			});
		}
		const next = this.place(node.next, node);
		return this.add(`load ${node.offset} ${node.mask} ${next}`, () => {
			this.lead(next);
			if (node.mask !== 0xffff_ffff) this.backwards.push([bpf.and, 0, 0, node.mask]);
			return [bpf.load, 0, 0, node.offset];
		});
	}

	private add(key: string, instruction: () => Instruction): number {
		const known = this.known.get(key);
		if (known !== undefined) return known;
		const made = instruction();
		const place = this.backwards.push(made) - 1;
		this.known.set(key, place);
		return place;
	}

	/** How many instructions the next one leaves out to go there. */
	private skipped(place: number): number {
		return this.backwards.length - place - 1;
	}

	/** A place within reach that leads there. */
	private near(place: number): number {
		return this.skipped(place) > far ? this.hop(place) : place;
	}

	/** What is written last leads there without a jump. */
	private lead(place: number): void {
		if (this.skipped(place) > 0) this.hop(place);
	}

	private hop(place: number): number {
		return this.backwards.push([bpf.jump, 0, 0, this.skipped(place)]) - 1;
	}

	/** The program, which begins at this place. */
	program(place: number): Instruction[] {
		this.lead(place);
		return this.backwards.reverse();
	}
}

/** The program that goes through this graph. */
export function write(start: Node): Instruction[] {
	const writer = new Writer();
	return writer.program(writer.place(start));
}
