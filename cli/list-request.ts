/** What `ns list` was asked for, and the text of its answer. */
import { type NamespaceKind, namespaceKinds } from "../src/plan/namespaces.ts";
import { jsonText } from "../src/plan/text.ts";
import type { Problem } from "../src/plan/types.ts";
import { chosenColumns, chosenKinds, columnNamed, sortedRows } from "../src/survey/choose.ts";
import { type About, aboutSurvey, type Column, namespaceColumns, processColumns } from "../src/survey/columns.ts";
import { type Filter, filterColumns, filterTest, readFilter } from "../src/survey/filter.ts";
import { rawText, rowObject, tableText } from "../src/survey/table.ts";
import { chosen, isOneNamespace, type ListTarget, readListTarget } from "../src/survey/target.ts";
import type { Survey, SurveyedNamespace } from "../src/survey/types.ts";
import type { SurveyOptions } from "../src/surveyor/survey.ts";
import type { ReadArgv } from "./argv.ts";
import { readNames, tooMany } from "./names.ts";
import { Reader } from "./reader.ts";
import { UsageError } from "./usage.ts";

/** Which rows are shown, how, and in which order. */
interface View<Row> {
	/** The key of the rows in JSON. */
	readonly key: "namespaces" | "processes";
	readonly all: readonly Column<Row>[];
	readonly columns: readonly Column<Row>[];
	readonly filter: Filter | undefined;
	readonly sort: { readonly column: Column<Row>; readonly reverse: boolean } | undefined;
}

/** The command line of `ns list`. */
export interface ListRequest {
	readonly target: ListTarget | undefined;
	readonly kinds: readonly NamespaceKind[];
	readonly namespaces: View<SurveyedNamespace>;
	readonly processes: View<Survey["processes"][number]>;
	readonly has: (name: string) => boolean;
}

/** Reads the options and the target, in whatever order. Throws one error with everything that is wrong. */
export function listRequest(read: ReadArgv): ListRequest {
	const { names, given, problems: found, has } = readNames("list", read.words);
	const [word, ...others] = names;
	const reader = new Reader(given, "/");
	const problems: Problem[] = [...found, ...tooMany("list", "target", others, "--filter chooses among all")];
	const target = word === undefined ? undefined : readListTarget(word);
	const ofProcesses = target !== undefined && isOneNamespace(target);
	if (has("raw") && has("json"))
		problems.push({ code: "OPTIONS_EXCLUDE", message: "--raw and --json exclude each other", hint: "leave one out" });
	const forNamespaces = ["type", "persistent", "named"].filter((name) => given.some((one) => one.name === name));
	for (const name of ofProcesses ? forNamespaces : []) {
		const message = `--${name} chooses namespaces, and ${word} is one, whose processes are listed`;
		problems.push({ code: "OPTION_UNUSED", message, hint: "leave it out" });
	}
	const request: ListRequest = {
		target,
		kinds: chosenKinds(reader.each("type"), problems),
		namespaces: viewOf("namespaces", namespaceColumns, usual.namespaces, reader, ofProcesses ? [] : problems),
		processes: viewOf("processes", processColumns, usual.processes, reader, ofProcesses ? problems : []),
		has,
	};
	if (problems.length > 0) throw new UsageError(problems);
	return request;
}

/** The columns that are shown when nothing is said. */
const usual = {
	namespaces: ["TYPE", "NS", "NPROCS", "PID", "USER", "NAME", "USEDBY"],
	processes: ["PID", "PPID", "USER", "COMMAND"],
} as const;

function viewOf<Row>(
	key: View<Row>["key"],
	all: readonly Column<Row>[],
	usualNames: readonly string[],
	reader: Reader,
	problems: Problem[],
): View<Row> {
	const shown = reader.given.some(({ name }) => name === "json") ? ["all"] : usualNames;
	const columns = chosenColumns(reader.text("output"), all, shown, problems);
	const sortText = reader.text("sort");
	const reverse = sortText?.startsWith("-") ?? false;
	const column = sortText === undefined ? undefined : columnNamed(sortText.slice(reverse ? 1 : 0), all, problems);
	const filterText = reader.text("filter");
	const read = filterText === undefined ? undefined : readFilter(filterText, all);
	if (read && "problem" in read) problems.push(read.problem);
	const filter = read && "filter" in read ? read.filter : undefined;
	return { key, all, columns, filter, sort: column && { column, reverse } };
}

/** What has to be looked at for the answer, and nothing more. */
export function surveyOptions({
	target,
	kinds,
	namespaces: { columns, all, filter, sort },
}: ListRequest): SurveyOptions {
	const used = new Set([
		...columns.map(({ name }) => name),
		...(filter ? filterColumns(filter) : []),
		sort?.column.name,
	]);
	const needs = (what: Column<never>["needs"]) => all.some((one) => one.needs === what && used.has(one.name));
	const ofProcesses = target !== undefined && isOneNamespace(target);
	return {
		kinds,
		processes: ofProcesses ? "all" : needs("facts") ? "lowest" : "none",
		netnsids: needs("netnsids"),
	};
}

/** The answer. `width` is that of the terminal, if there is one. */
export function listText(
	request: ListRequest,
	survey: Survey,
	users: ReadonlyMap<number, string>,
	width: number | undefined,
): string {
	const about = aboutSurvey(survey, users);
	const found = request.target && chosen(survey, request.target);
	if (found && "problem" in found) throw new UsageError([amongKinds(found.problem, request.kinds)]);
	if (found && "namespace" in found) {
		const inside = new Set(found.namespace.pids);
		const rows = survey.processes.filter(({ pid }) => inside.has(pid));
		return viewText(request, request.processes, rows, survey, about, width);
	}
	const rows = (found?.namespaces ?? survey.namespaces).filter(
		({ pids, names }) =>
			!(request.has("persistent") && pids.length > 0) && !(request.has("named") && names.length === 0),
	);
	return viewText(request, request.namespaces, rows, survey, about, width);
}

/** A name may have namespaces of other types. */
function amongKinds(problem: Problem, kinds: readonly NamespaceKind[]): Problem {
	if (kinds.length === namespaceKinds.length) return problem;
	return { ...problem, message: `${problem.message} among the namespaces of type ${kinds.join(", ")}` };
}

function viewText<Row>(
	{ has }: ListRequest,
	{ key, all, columns, filter, sort }: View<Row>,
	rows: readonly Row[],
	{ unreadable, missed }: Survey,
	about: About,
	width: number | undefined,
): string {
	const kept = filter ? rows.filter(filterTest(filter, all, about)) : rows;
	const shown = sort ? sortedRows(kept, sort.column, sort.reverse, about) : kept;
	if (has("json")) {
		const objects = shown.map((row) => rowObject(row, columns, about));
		return jsonText({ version: 1, [key]: objects, unreadable, missed });
	}
	const headings = !has("noheadings");
	if (has("raw")) return rawText(shown, columns, about, { headings });
	return tableText(shown, columns, about, { headings, width: has("no-truncate") ? undefined : width });
}

/** The columns with what they mean. */
export function columnsText({ target, has }: ListRequest): string {
	const columns: readonly Pick<Column<never>, "name" | "type" | "doc">[] =
		target && isOneNamespace(target) ? processColumns : namespaceColumns;
	const rows = columns.map(({ name, type, doc }) => ({ name, type, doc }));
	if (has("json")) return jsonText({ version: 1, columns: rows });
	return rows.map(({ name, doc }) => `${name.padEnd(10)}${doc}\n`).join("");
}
