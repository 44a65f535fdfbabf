/** What a command line of lsns(8) asks for. Pure. */
import { type NamespaceKind, namespaces } from "../../src/plan/namespaces.ts";
import { type Filter, readFilter } from "../../src/survey/filter.ts";
import { answer, type Called, failure, misuse, versionText } from "./end.ts";
import { getopt } from "./getopt.ts";
import { type ColumnName, columns, lsnsHelp, lsnsOptions } from "./lsns-options.ts";
import { exclusive } from "./nsenter-request.ts";
import { integer, natural, numberFailure } from "./numbers.ts";

export type Tree = "none" | "process" | "owner" | "parent";

export interface LsnsRequest {
	/** All where none is named. */
	readonly kinds: Set<NamespaceKind>;
	columns: readonly ColumnName[];
	format: "table" | "raw" | "json";
	tree: Tree;
	headings: boolean;
	persistent: boolean;
	truncates: boolean;
	wraps: boolean;
	pid?: number;
	namespace?: number;
	filter?: Filter;
	listsColumns: boolean;
}

/** Options that exclude each other, by letter. */
const excluding = [
	["J", "r"],
	["P", "p"],
	["l", "T"],
] as const;

/** Reads a command line. Throws a `ToolEnd` for help, version, and everything that is wrong, in the tool's words. */
export function readLsns(words: readonly string[], called: Called): LsnsRequest {
	const { found, rest } = getopt(words, lsnsOptions);
	const request: LsnsRequest = {
		kinds: new Set(),
		columns: [],
		format: "table",
		tree: "none",
		headings: true,
		persistent: false,
		truncates: true,
		wraps: true,
		listsColumns: false,
	};
	const given = new Set<string>();
	let output: string | undefined;
	for (const one of found) {
		if ("wrong" in one) throw misuse(called, one.wrong);
		given.add(one.key);
		const both = excluding.find((pair) => pair.every((key) => given.has(key)));
		if (both) throw exclusive(called, both.map(longName));
		if (one.key === "o") output = one.value;
		else readOption(request, one.key, one.value ?? "", called);
	}
	if (request.listsColumns) return request;
	const [namespace] = rest;
	if (namespace !== undefined) request.namespace = namespaceNumber(namespace, request, called);
	if ((namespace !== undefined || request.columns.length === 0) && request.tree === "none" && !given.has("l")) {
		request.tree = "process";
	}
	if (request.columns.length === 0) request.columns = usualColumns(request, namespace !== undefined);
	if (output !== undefined) request.columns = columnsOf(output, request.columns, called);
	return request;
}

const longName = (letter: string): string => lsnsOptions.long.find(({ key }) => key === letter)?.name ?? letter;

function usualColumns({ kinds }: LsnsRequest, ofOne: boolean): ColumnName[] {
	if (ofOne) return ["PID", "PPID", "USER", "COMMAND"];
	const network: ColumnName[] = kinds.has("net") ? ["NETNSID", "NSFS"] : [];
	return ["NS", "TYPE", "NPROCS", "PID", "USER", ...network, "COMMAND"];
}

function namespaceNumber(text: string, { pid }: LsnsRequest, called: Called): number {
	if (pid !== undefined) throw failure(called, "--task is mutually exclusive with <namespace>");
	const number = natural(text);
	if (typeof number !== "bigint") {
		throw numberFailure(called, text, "invalid namespace argument", number === "range");
	}
	return Number(number);
}

/** A list with commas; behind a `+` it is added to the usual one. */
function columnsOf(list: string, usual: readonly ColumnName[], called: Called): ColumnName[] {
	const names = list.startsWith("+") ? list.slice(1) : list;
	const found: ColumnName[] = list.startsWith("+") ? [...usual] : [];
	if (names === "") throw failure(called, "no column is named");
	for (const name of names.split(",")) {
		const column = columns.find((one) => one.name === name.toUpperCase());
		if (!column) throw failure(called, `unknown column: ${name}`);
		found.push(column.name);
	}
	return found;
}

/** What is filtered by: each column as a number or a text, whether it is shown or not. */
const filtered = columns.map((one) => ({ name: one.name, type: "number" in one ? "number" : "text" }) as const);

function filterOf(text: string, called: Called): Filter {
	const read = readFilter(text, filtered);
	if ("filter" in read) return read.filter;
	throw failure(called, `failed to parse ${JSON.stringify(text)}: ${read.problem.message.replace(/^--filter: /, "")}`);
}

function readOption(request: LsnsRequest, key: string, value: string, called: Called): void {
	switch (key) {
		case "h":
			throw answer(lsnsHelp(called.name));
		case "V":
			throw answer(versionText(called));
		case "J":
			request.format = "json";
			break;
		case "r":
			request.format = "raw";
			request.wraps = false;
			break;
		case "output-all":
			request.columns = columns.map(({ name }) => name);
			break;
		case "P":
			request.persistent = true;
			break;
		case "p": {
			const pid = integer(called, value, "invalid PID argument");
			if (pid < 1n || pid > 0x7fffffffn) throw numberFailure(called, value, "invalid PID argument", true);
			request.pid = Number(pid);
			break;
		}
		case "n":
			request.headings = false;
			break;
		case "u":
			request.truncates = false;
			break;
		case "W":
			request.wraps = false;
			break;
		case "t": {
			const info = namespaces.find(({ file }) => file === value);
			if (!info) throw failure(called, `unknown namespace type: ${value}`);
			request.kinds.add(info.kind);
			break;
		}
		case "T": {
			const tree = value.replace(/^=/, "") || "owner";
			if (tree !== "owner" && tree !== "parent" && tree !== "process") {
				throw failure(called, `unknown tree type: ${tree}`);
			}
			request.tree = tree;
			break;
		}
		case "Q":
			request.filter = filterOf(value, called);
			break;
		case "H":
			request.listsColumns = true;
			break;
	}
}
