/** A diagnosis as a person reads it. */
import { printable } from "../plan/text.ts";
import { type Diagnosis, type Finding, groups, type State } from "./types.ts";

/** How it is shown. */
export interface Look {
	/** Everything is explained, and not only what is not as it should be. */
	readonly all: boolean;
	readonly colours: boolean;
	/** Characters besides ASCII can be shown. */
	readonly unicode: boolean;
}

/** The mark of each state, that without Unicode, and its colour. */
const marks: Readonly<Record<State, readonly [mark: string, ascii: string, colour: string]>> = {
	ok: ["✓", "ok", "32"],
	missing: ["✗", "XX", "1;31"],
	limited: ["!", "!!", "33"],
	unknown: ["?", "??", "2"],
};

/** Groups with a line for each finding, what is lost and how to get it behind that, and a summary. */
export function diagnosisText(diagnosis: Diagnosis, look: Look): string {
	const { findings, kernel, caller } = diagnosis;
	const who = caller.uid === 0 ? "root" : `user ${caller.uid}`;
	const rights = caller.privileged ? "" : ", without privileges";
	const parts = [`Linux ${printable(kernel)}, as ${who}${rights}\n`];
	const width = Math.max(...findings.map(({ title }) => title.length));
	const told = new Map<string, string>();
	for (const group of groups) {
		const own = findings.filter((one) => one.group === group);
		if (own.length > 0) parts.push(`\n${group}\n`, ...own.map((one) => lines(onceTold(one, told), width, look)));
	}
	return `${parts.join("")}\n${summary(diagnosis)}`;
}

/** What helps against several things is told with the first, and named by that in the others. */
function onceTold(finding: Finding, told: Map<string, string>): Finding {
	const { remedy, title } = finding;
	if (remedy === undefined) return finding;
	const first = told.get(remedy);
	if (first === undefined) told.set(remedy, title);
	return first === undefined ? finding : { ...finding, remedy: `as for: ${first}` };
}

function lines({ title, state, found, lost, remedy, tries }: Finding, width: number, look: Look): string {
	const [mark, ascii, colour] = marks[state];
	const sign = look.unicode ? mark : ascii;
	const coloured = look.colours ? `\x1b[${colour}m${sign}\x1b[m` : sign;
	const isGood = state === "ok";
	const head = `  ${coloured} ${isGood && !look.all ? title : `${title.padEnd(width)}  ${asText(found)}`}\n`;
	const indent = " ".repeat(sign.length + 5);
	const detail = (name: string, text: string | undefined): string =>
		text === undefined ? "" : `${indent}${name.padEnd(6)}${asText(text).replaceAll("\n", `\n${indent}      `)}\n`;
	const tried = look.all ? detail("tried", tries) : "";
	return `${head}${tried}${detail("lost", lost)}${detail("get", remedy)}`;
}

/** Lines stay lines; whatever else a terminal would take for an order does not. */
const asText = (text: string): string => text.split("\n").map(printable).join("\n");

function summary({ ok, findings }: Diagnosis): string {
	const count = (state: State) => findings.filter((one) => one.state === state).length;
	const counts = (["ok", "missing", "limited", "unknown"] as const).flatMap((state) =>
		count(state) === 0 ? [] : `${count(state)} ${state}`,
	);
	const lacking = findings.filter(({ essential, state }) => essential && state !== "ok").map(({ title }) => title);
	const verdict = ok
		? "everything that ns run needs is there"
		: `ns run without options does not work here, for want of: ${lacking.join(", ")}`;
	return `${counts.join(", ")}: ${verdict}\n`;
}
