import { defineCommand } from "citty";
import { isTerminal } from "../src/descriptors.ts";
import { openAllLive, openLive } from "../src/live/open.ts";
import { liveStats } from "../src/live/stats.ts";
import { exactNanoseconds } from "../src/namespaces/duration.ts";
import { PlanError } from "../src/plan/errors.ts";
import { jsonText } from "../src/plan/text.ts";
import { type LiveStats, topColumns, topRows } from "../src/stats/top.ts";
import { tableText } from "../src/survey/table.ts";
import type { ReadArgv } from "./argv.ts";
import { cittyArgs } from "./citty.ts";
import { commandHelp, commands } from "./help.ts";
import { readTargets } from "./live.ts";
import type { NamesGiven } from "./names.ts";
import { write } from "./output.ts";
import { Screen } from "./screen.ts";
import { terminalWidth } from "./terminal.ts";
import { UsageError } from "./usage.ts";

export default defineCommand({
	meta: { name: "top", description: commands.top.doc },
	args: cittyArgs("top"),
	async run({ data }) {
		const read = readTargets("top", (data as ReadArgv).words, 0, Number.POSITIVE_INFINITY);
		const { names, has } = read;
		if (has("help")) return void write(1, commandHelp("top"));
		const interval = intervalOf(read);
		const first = look(names, true);
		if (has("json")) return void write(1, jsonText({ version: 1, sandboxes: topRows(first, []) }));
		if (has("once") || !isTerminal(0) || !isTerminal(1)) return void write(1, text(first, []));
		await follow(names, first, interval);
	},
});

/** The sandboxes now. One that has a name and is gone is an error at first, and left out later. */
function look(names: readonly string[], strict: boolean): LiveStats[] {
	const found: LiveStats[] = [];
	if (names.length === 0) {
		for (const live of openAllLive()) {
			found.push(liveStats(live));
			live.close();
		}
		return found;
	}
	for (const name of names) {
		try {
			const live = openLive(name);
			found.push(liveStats(live));
			live.close();
		} catch (error) {
			if (strict || !(error instanceof PlanError)) throw error;
		}
	}
	return found;
}

const about = { user: String, below: () => 0 };

/** The table, no wider than the terminal. */
function text(now: readonly LiveStats[], before: readonly LiveStats[]): string {
	if (now.length === 0) return "no sandbox with control groups of its own is to be seen\n";
	return tableText(topRows(now, before), topColumns, about, { width: terminalWidth(1) });
}

/** Draws the table again and again until a key says enough, or all that were named have ended. */
async function follow(names: readonly string[], first: readonly LiveStats[], interval: number): Promise<void> {
	const screen = new Screen();
	let [now, before]: (readonly LiveStats[])[] = [first, []];
	try {
		for (;;) {
			screen.draw(text(now ?? [], before ?? []));
			if (await screen.isOver(interval)) return;
			[before, now] = [now, look(names, false)];
			if (names.length > 0 && now.length === 0) return;
		}
	} finally {
		screen.close();
	}
}

/** Milliseconds between two looks: shorter ones would only measure themselves. */
const [least, most] = [100, 3_600_000];

function intervalOf({ given }: NamesGiven): number {
	const value = given.findLast(({ name }) => name === "interval")?.value;
	const nanoseconds = exactNanoseconds(typeof value === "string" ? value : "1s");
	const milliseconds = nanoseconds === undefined ? 0 : Number(nanoseconds / 1_000_000n);
	if (milliseconds >= least && milliseconds <= most) return milliseconds;
	const message = `--interval ${JSON.stringify(value)} is no time between two looks`;
	throw new UsageError([{ code: "VALUE_INVALID", message, hint: "write 0.1s to 1h, such as 2s" }]);
}
