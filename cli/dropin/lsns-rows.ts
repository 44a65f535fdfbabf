/** The rows of lsns(8): namespaces, or the processes of one, below each other as the tree says. Pure. */
import { namespaceInfo } from "../../src/plan/namespaces.ts";
import type { Column } from "../../src/survey/columns.ts";
import { filterTest } from "../../src/survey/filter.ts";
import type { Survey, SurveyedNamespace, SurveyedProcess } from "../../src/survey/types.ts";
import { type Called, failure } from "./end.ts";
import { type ColumnName, columns } from "./lsns-options.ts";
import type { LsnsRequest } from "./lsns-request.ts";
import type { Row } from "./table.ts";

/** What is looked at of a process when its row is made. */
export interface ProcessLook {
	/** Its command line, or its name where it has none. */
	command(pid: number): string | undefined;
	/** The owner of its directory in /proc. */
	uid(pid: number): number | undefined;
	user(uid: number): string;
}

/** The rows that are asked for. Throws a `ToolEnd` where there is no such namespace. */
export function lsnsRows(survey: Survey, request: LsnsRequest, look: ProcessLook, called: Called): Row[] {
	const { namespace } = request;
	const maker = new Maker(survey, request, look);
	if (namespace === undefined || namespace === 0) return namespaceRows(survey, request, maker);
	const found = survey.namespaces.find(({ inode }) => inode === namespace);
	if (!found) throw failure(called, `not found namespace: ${namespace}`);
	return processRows(survey, found, request, maker);
}

/** What a row would say in a column, whether that is shown or not. */
type Cells = (name: ColumnName) => string | undefined;

/** The columns for filters. */
const filtered: readonly Column<Cells>[] = columns.map((one) => {
	const isNumber = "number" in one;
	const of = (cells: Cells) => {
		const cell = cells(one.name);
		return cell !== undefined && isNumber ? Number(cell) : cell;
	};
	return { name: one.name, type: isNumber ? "number" : "text", doc: one.help, of };
});

/** Whether a row is let pass; the columns need nothing besides it. */
function passing({ filter }: LsnsRequest): (cells: Cells) => boolean {
	return filter ? filterTest(filter, filtered, { user: String, below: () => 0 }) : () => true;
}

/** Makes rows, and remembers those of processes and namespaces. */
class Maker {
	readonly top: Row[] = [];
	readonly ofProcess = new Map<number, Row | undefined>();
	readonly ofNamespace = new Map<number, Row | undefined>();
	readonly processes = new Map<number, SurveyedProcess>();

	private readonly columns: readonly ColumnName[];
	private readonly passes: (cells: Cells) => boolean;

	constructor(
		{ processes }: Survey,
		request: LsnsRequest,
		private readonly look: ProcessLook,
	) {
		this.columns = request.columns;
		this.passes = passing(request);
		for (const process of processes) this.processes.set(process.pid, process);
	}

	/** A row below another, or at the top; none where the filter does not let it pass. */
	add(namespace: SurveyedNamespace, process: SurveyedProcess | undefined, above: Row | undefined): Row | undefined {
		const cells: Cells = (name) => this.cell(name, namespace, process);
		if (!this.passes(cells)) return undefined;
		const row: Row = { cells: this.columns.map(cells), children: [] };
		(above ? above.children : this.top).push(row);
		return row;
	}

	lowest({ pids: [pid = 0] }: SurveyedNamespace): SurveyedProcess | undefined {
		return this.processes.get(pid);
	}

	private cell(name: ColumnName, one: SurveyedNamespace, process: SurveyedProcess | undefined): string | undefined {
		const { look } = this;
		const uid = (): number => (process ? (look.uid(process.pid) ?? process.uid) : (one.ownerUid ?? 0));
		const { file } = namespaceInfo(one.kind);
		switch (name) {
			case "NS":
				return String(one.inode);
			case "TYPE":
				return file;
			case "PATH":
				return process && `/proc/${process.pid}/ns/${file}`;
			case "NPROCS":
				return String(one.pids.length);
			case "PID":
				return process && String(process.pid);
			case "PPID":
				return process && String(process.parent);
			case "COMMAND":
				return process && (look.command(process.pid) ?? process.command);
			case "UID":
				return String(uid());
			case "USER":
				return look.user(uid());
			case "NETNSID":
				return one.kind === "net" ? (one.netnsid === undefined ? "unassigned" : String(one.netnsid)) : undefined;
			case "NSFS":
				return mountsOf(one);
			case "PNS":
				return String(one.parent ?? 0);
			case "ONS":
				return String(ownerOf(one) ?? 0);
		}
	}
}

/** Mounts that the caller sees, a line each. */
function mountsOf({ holders }: SurveyedNamespace): string | undefined {
	const paths = new Set<string>();
	for (const holder of holders) if (holder.by === "mount" && holder.pid === undefined) paths.add(holder.path);
	return paths.size === 0 ? undefined : [...paths].join("\n");
}

/** The owner of a user namespace is its parent. */
const ownerOf = ({ kind, owner, parent }: SurveyedNamespace): number | undefined =>
	kind === "user" ? (parent ?? owner) : owner;

/** What only other mount namespaces or future children keep is not listed, nor what is only known as an owner. */
const isListed = ({ pids, holders }: SurveyedNamespace): boolean =>
	pids.length > 0 ||
	holders.some(
		(one) => one.by === "descriptor" || one.by === "socket" || (one.by === "mount" && one.pid === undefined),
	);

function namespaceRows({ namespaces }: Survey, { tree, pid, persistent }: LsnsRequest, maker: Maker): Row[] {
	const { ofNamespace, ofProcess } = maker;
	const byInode = new Map(namespaces.map((one) => [one.inode, one]));
	const related = (inode: number | undefined) => (inode === undefined ? undefined : byInode.get(inode));
	const show = (one: SurveyedNamespace): void => {
		if (ofNamespace.has(one.inode)) return;
		const process = maker.lowest(one);
		if (tree === "owner" || tree === "parent") {
			const own = related(tree === "owner" ? ownerOf(one) : one.parent);
			const first = own ?? (tree === "parent" ? related(ownerOf(one)) : undefined);
			if (first && first !== one) show(first);
			ofNamespace.set(one.inode, maker.add(one, process, own && ofNamespace.get(own.inode)));
			return;
		}
		const above = tree === "process" && process ? ofProcess.get(process.parent) : undefined;
		const row = maker.add(one, process, above);
		if (process) ofProcess.set(process.pid, row);
	};
	for (const one of namespaces.toSorted((a, b) => a.inode - b.inode)) {
		if (!isListed(one)) continue;
		if (pid !== undefined && !one.pids.includes(pid)) continue;
		if (persistent && one.pids.length > 0) continue;
		show(one);
	}
	return maker.top;
}

function processRows(_survey: Survey, one: SurveyedNamespace, { tree }: LsnsRequest, maker: Maker): Row[] {
	const { ofProcess, processes } = maker;
	const show = (process: SurveyedProcess): void => {
		if (ofProcess.has(process.pid)) return;
		const parent = processes.get(process.parent);
		const isTree = tree === "process" && parent !== undefined;
		if (isTree && parent.namespaces[one.kind] === one.inode) show(parent);
		ofProcess.set(process.pid, maker.add(one, process, isTree ? ofProcess.get(parent.pid) : undefined));
	};
	for (const pid of one.pids) {
		const process = processes.get(pid);
		if (process) show(process);
	}
	return maker.top;
}
