/** Waiting for what other processes do: always bounded, never for a fixed time. */
import { reapOrphans } from "./outside.ts";

/** Milliseconds; more than any of this takes, also on a busy machine. */
const patience = Number(process.env.NS_TEST_PATIENCE ?? 20_000);

/** Asks again until the answer is a yes; fails when it has not come in time. */
export async function until<T>(what: string, ask: () => T | Promise<T>, within = patience): Promise<NonNullable<T>> {
	const end = Date.now() + within;
	for (;;) {
		const answer = await ask();
		if (answer) return answer;
		if (Date.now() > end) throw new Error(`waited ${within} ms in vain for this: ${what}`);
		await Bun.sleep(2);
	}
}

/** Fails when `promise` takes too long. */
export async function inTime<T>(what: string, promise: Promise<T>, within = patience): Promise<T> {
	let timer: Timer | undefined;
	const reaper = setInterval(reapOrphans, 50);
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`waited ${within} ms in vain for this: ${what}`)), within);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
		clearInterval(reaper);
	}
}
