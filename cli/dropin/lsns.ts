/** lsns(8): what the survey of this machine finds, in that tool's form. */
import { textOf } from "../../src/descriptors.ts";
import { namespaceKinds } from "../../src/plan/namespaces.ts";
import { filterColumns } from "../../src/survey/filter.ts";
import { surveyMachine } from "../../src/surveyor/survey.ts";
import { userNames } from "../../src/surveyor/users.ts";
import { write } from "../output.ts";
import { hasUnicode, terminalWidth } from "../terminal.ts";
import type { Called } from "./end.ts";
import { columns } from "./lsns-options.ts";
import { type LsnsRequest, readLsns } from "./lsns-request.ts";
import { lsnsRows, type ProcessLook } from "./lsns-rows.ts";
import { alignedTable, jsonTable, type Row, rawTable, type TableColumn, type TableOptions } from "./table.ts";

/** Does what the tool does. Throws a `ToolEnd` with everything else than the list. */
export function lsns(words: readonly string[], called: Called): void {
	const request = readLsns(words, called);
	if (request.listsColumns) {
		print({ ...request, headings: false }, ...columnList());
		return;
	}
	const { kinds, namespace, tree } = request;
	const survey = surveyMachine({
		kinds: kinds.size > 0 ? namespaceKinds.filter((kind) => kinds.has(kind)) : undefined,
		processes: "all",
		holders: true,
		owners: tree === "owner" || tree === "parent" || needs(request, "PNS", "ONS", "UID", "USER"),
		netnsids: needs(request, "NETNSID"),
	});
	const rows = lsnsRows(survey, request, processLook(), called);
	const shown = columns.filter(({ name }) => request.columns.includes(name));
	const ordered = request.columns.flatMap((name) => shown.find((one) => one.name === name) ?? []);
	const ofTree = tree === "owner" || tree === "parent" ? "NS" : "COMMAND";
	const table = ordered.map((one): TableColumn => {
		const { name } = one;
		const isTree = tree !== "none" && name === ofTree;
		const { right, ...left }: TableColumn = one;
		return {
			...left,
			...(right && !(isTree && name === "NS") && { right }),
			...(isTree && { tree: true }),
			...(name === "COMMAND" && { cut: true }),
		};
	});
	print(request, namespace === undefined && !request.wraps ? oneLine(rows) : rows, table, "namespaces");
}

/** Whether any of these columns is shown or filtered by. */
const needs = ({ columns: asked, filter }: LsnsRequest, ...names: readonly string[]): boolean =>
	[...asked, ...(filter ? filterColumns(filter) : [])].some((name) => names.includes(name));

/** Mounts of a namespace with commas between them. */
const oneLine = (rows: readonly Row[]): Row[] =>
	rows.map(({ cells, children }) => ({
		cells: cells.map((cell) => cell?.replaceAll("\n", ",")),
		children: oneLine(children),
	}));

function print({ format, headings, truncates }: LsnsRequest, rows: Row[], table: TableColumn[], name: string): void {
	const width = truncates ? terminalWidth(1) : undefined;
	const options: TableOptions = { name, headings, unicode: hasUnicode(), width, measure: Bun.stringWidth };
	const made = { table: alignedTable, raw: rawTable, json: jsonTable }[format];
	write(1, made(table, rows, options));
}

function columnList(): [Row[], TableColumn[], string] {
	const rows = columns.map((one) => {
		const type = "number" in one ? "<integer>" : "<string>";
		return { cells: [one.name, type, one.help], children: [] };
	});
	return [rows, [{ name: "HOLDER", right: true }, { name: "TYPE" }, { name: "DESCRIPTION" }], "lsns-columns"];
}

function processLook(): ProcessLook {
	const { statSync } = process.getBuiltinModule("node:fs");
	let names: Map<number, string> | undefined;
	return {
		command: (pid) => {
			const line = textOf(`/proc/${pid}/cmdline`)?.replace(/\0+$/, "").replaceAll("\0", " ");
			return line || textOf(`/proc/${pid}/comm`)?.trimEnd();
		},
		uid: (pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid,
		user: (uid) => {
			names ??= userNames();
			return names.get(uid) ?? String(uid);
		},
	};
}
