import { describe, expect, test } from "bun:test";
import { Queue } from "../../src/observer/queue.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("a queue of events", () => {
	test("gives them in order, and ends behind the last", async () => {
		const queue = new Queue<number>();
		queue.push([1, 2]);
		const first = queue.next();
		queue.push([3]);
		queue.end();
		expect(await first).toEqual({ done: false, value: 1 });
		expect(await Array.fromAsync(queue)).toEqual([2, 3]);
		expect(await queue.next()).toEqual({ done: true, value: undefined });
	});

	test("lets who waits for the first one have it", async () => {
		const queue = new Queue<number>();
		const [first, second] = [queue.next(), queue.next()];
		queue.push([7]);
		queue.end();
		expect([(await first).value, (await second).done]).toEqual([7, true]);
	});

	test("makes its maker wait when too many are not read", async () => {
		const queue = new Queue<number>();
		expect(queue.push(numbers(1023))).toBeUndefined();
		const room = queue.push([1023]);
		expect(room).toBeInstanceOf(Promise);
		for (let i = 0; i < 600; i++) expect((await queue.next()).value).toBe(i);
		await room;
		expect(queue.push([1024])).toBeUndefined();
		queue.end();
		expect((await Array.fromAsync(queue)).length).toBe(425);
	});

	test("keeps nothing, and lets everything go on, when nobody reads any more", async () => {
		const queue = new Queue<number>();
		const room = queue.push(numbers(5000));
		for await (const one of queue) if (one === 3) break;
		await room;
		expect(queue.push(numbers(5000))).toBeUndefined();
		expect((await queue.next()).done).toBe(true);
	});

	test("throws a failure behind what came before it, once, and to who reads alone", async () => {
		const queue = new Queue<number>();
		queue.push([1]);
		queue.end(new Error("broken"));
		expect((await queue.next()).value).toBe(1);
		expect(queue.next()).rejects.toThrow("broken");
		expect((await queue.next()).done).toBe(true);
	});
});
