/** Events on their way to whoever reads them: so many at most, then their maker waits. */

/** Events that wait to be read before the command has to wait. */
const most = 1024;

export class Queue<T> implements AsyncIterableIterator<T> {
	private items: T[] = [];
	private taken = 0;
	private closed = false;
	private over = false;
	private failure: unknown;
	private wake: (() => void)[] = [];
	private room: (() => void) | undefined;

	/** Adds events; those nobody reads any more are dropped. What it returns resolves when there is room for others. */
	push(events: readonly T[]): Promise<void> | undefined {
		if (this.closed || this.over) return undefined;
		for (const event of events) this.items.push(event);
		this.awake();
		if (this.items.length - this.taken < most) return undefined;
		return new Promise((resolve) => {
			this.room = resolve;
		});
	}

	/** No more events will come. A failure is thrown to who reads, behind the last event, and to nobody else. */
	end(failure?: unknown): void {
		this.over = true;
		this.failure ??= failure;
		this.awake();
	}

	async next(): Promise<IteratorResult<T, undefined>> {
		for (;;) {
			if (this.taken < this.items.length) return { done: false, value: this.take() };
			if (this.failure !== undefined) {
				const failure = this.failure;
				this.failure = undefined;
				throw failure;
			}
			if (this.over || this.closed) return { done: true, value: undefined };
			await new Promise<void>((resolve) => {
				this.wake.push(resolve);
			});
		}
	}

	/** Nobody reads any more: the command goes on, and nothing is kept. */
	async return(): Promise<IteratorResult<T, undefined>> {
		this.closed = true;
		this.items = [];
		this.taken = 0;
		this.failure = undefined;
		this.makeRoom();
		this.awake();
		return { done: true, value: undefined };
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	/** Nothing is lost to those who are not read: they are left where they are until half of them were. */
	private take(): T {
		const item = this.items[this.taken++] as T;
		if (this.taken === this.items.length || this.taken >= most / 2) {
			this.items = this.items.slice(this.taken);
			this.taken = 0;
			if (this.items.length < most) this.makeRoom();
		}
		return item;
	}

	private makeRoom(): void {
		this.room?.();
		this.room = undefined;
	}

	private awake(): void {
		const waiting = this.wake;
		this.wake = [];
		for (const resolve of waiting) resolve();
	}
}
