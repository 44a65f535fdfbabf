/** An inspection for a person to read. Everything that others have chosen is made visible first. */
import { printable } from "../plan/text.ts";
import type { Holder } from "../survey/types.ts";
import { listText } from "./difference.ts";
import { table } from "./table.ts";
import { networkLines, objectLines } from "./text-network.ts";
import type { InspectedProcess, InspectedRights, Inspection, MappedRange, Mount, Part } from "./types.ts";

/** Columns of a terminal that are used for sentences. */
const width = 100;
const indent = "  ";

/** The whole inspection, its differences right after the title. */
export function inspectionText(inspection: Inspection): string {
	const { target, process, differences, unknown } = inspection;
	const command = process ? `: ${commandText(process)}` : "";
	const lines = [printable(`${target}${command}`)];
	if (differences.length > 0) {
		const text = differences.map((one) => printable(one.text)).join("; ");
		lines.push(...wrapped(text, indent.length).map((line) => indent + line));
	}
	for (const [part, title] of titles) {
		const found = linesOf(part, inspection);
		const missing = unknown.filter((one) => one.part === part).map(({ reason }) => `not known: ${printable(reason)}`);
		if (found.length + missing.length > 0)
			lines.push("", title, ...[...found, ...missing].map((line) => indent + line));
	}
	return `${lines.join("\n")}\n`;
}

const titles: readonly (readonly [Part, string])[] = [
	["process", "Process"],
	["namespaces", "Namespaces"],
	["ids", "Users and groups"],
	["rights", "Rights"],
	["limits", "Limits"],
	["mounts", "Mounts"],
	["network", "Network"],
	["names", "Names"],
	["ipc", "IPC objects"],
	["clocks", "Clocks"],
	["cgroups", "Cgroups"],
];

/** Words that need it in quotes, so that it is seen where one ends. */
function commandText({ command, name }: InspectedProcess): string {
	if (command.length === 0) return `[${name}]`;
	return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}

/** Lines that leave so many columns free before them. */
function wrapped(text: string, before: number): string[] {
	const lines: string[] = [];
	let line = "";
	for (const word of text.split(" ")) {
		if (line !== "" && before + line.length + 1 + word.length > width) {
			lines.push(line);
			line = word;
		} else line = line === "" ? word : `${line} ${word}`;
	}
	return [...lines, line];
}

function linesOf(part: Part, inspection: Inspection): string[] {
	const { process, ids, rights, names, network, ipc } = inspection;
	switch (part) {
		case "process":
			return process ? processLines(process) : [];
		case "namespaces":
			return namespaceLines(inspection);
		case "ids":
			return ids ? idLines(ids) : [];
		case "rights":
			return rights ? rightsLines(rights) : [];
		case "limits":
			return table((inspection.limits ?? []).map(({ name, soft, hard }) => [name, String(soft), String(hard)]));
		case "mounts":
			return mountLines(inspection.mounts);
		case "network":
			return network ? networkLines(network) : [];
		case "names":
			return names
				? table([
						["host", names.hostname],
						["NIS domain", names.domainname],
					])
				: [];
		case "ipc":
			return ipc ? objectLines(ipc) : [];
		case "clocks":
			return table(
				(inspection.clocks ?? []).map(({ clock, seconds, nanoseconds }) => [
					clock,
					`${seconds} s ${nanoseconds} ns ahead`,
				]),
			);
		case "cgroups":
			return cgroupLines(inspection);
	}
}

function processLines(process: InspectedProcess): string[] {
	const { pid, pids, ancestors, terminal } = process;
	const rows: [string, string | number | undefined][] = [
		["process id", pids.length > 1 ? `${pid}, ${pids.at(-1)} inside` : pid],
		["name", process.name],
		["state", process.state],
		["started by", ancestors.map((one) => `${one.name} (${one.pid})`).join(", ") || undefined],
		["user", fourText(process.uids)],
		["group", fourText(process.gids)],
		["groups", process.groups.join(", ") || "none"],
		["executable", process.executable],
		["directory", process.directory],
		["root", process.root],
		["session", `${process.session}, process group ${process.processGroup}`],
		["terminal", terminal ? `${terminal.major}:${terminal.minor}` : "none"],
		["threads", process.threads],
		["nice value", process.nice],
		["umask", process.umask?.toString(8).padStart(4, "0")],
		[
			"OOM score",
			process.oomScore === undefined ? undefined : `${process.oomScore}, ${process.oomScoreAdjustment} of it set`,
		],
		["label", process.label],
	];
	return table(rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

function fourText([real, effective, saved, files]: InspectedProcess["uids"]): string {
	if ([effective, saved, files].every((one) => one === real)) return String(real);
	return `${real}, effective ${effective}, saved ${saved}, for files ${files}`;
}

function namespaceLines({ namespaces = [] }: Inspection): string[] {
	return table(
		namespaces.map((one) => {
			const facts = [
				...(one.names?.length ? [`called ${listText(one.names)}`] : []),
				...(one.ownerUid === undefined ? [] : [`made by user ${one.ownerUid}`]),
				...(one.owner === undefined || one.kind === "user" ? [] : [`owned by user:[${one.owner}]`]),
				...(one.parents?.length ? [`in ${one.parents.map((parent) => `${one.kind}:[${parent}]`).join(", in ")}`] : []),
				...(one.pids?.length ? [`${one.pids.length} ${one.pids.length === 1 ? "process" : "processes"}`] : []),
				...holdersText(one.holders ?? []),
			];
			return [one.kind, String(one.inode), one.shared ? "yours" : "its own", facts.join(", ")];
		}),
	).map((line) => line.trimEnd());
}

/** More holders than this are counted: anybody may open a namespace thousands of times. */
const mostHolders = 5;

function holdersText(holders: readonly Holder[]): string[] {
	const more = holders.length - mostHolders;
	return [...holders.slice(0, mostHolders).map(holderText), ...(more > 0 ? [`and ${more} more`] : [])];
}

function holderText(holder: Holder): string {
	if (holder.by === "mount")
		return `pinned at ${holder.path}${holder.pid === undefined ? "" : ` as process ${holder.pid} sees it`}`;
	if (holder.by === "children") return `for children of process ${holder.pid}`;
	return `held by ${holder.by} ${holder.fd} of process ${holder.pid}`;
}

function idLines({ outside, uids, gids, setgroups }: NonNullable<Inspection["ids"]>): string[] {
	const rows = (name: string, ranges: readonly MappedRange[]) =>
		ranges.length === 0
			? [[name, "none"]]
			: ranges.map((one) => [
					name,
					`${rangeText(one.inside, one.count)} inside is ${rangeText(one.outside, one.count)} outside`,
				]);
	const lines = table([
		...rows("users", uids),
		...rows("groups", gids),
		...(setgroups ? [["setgroups", setgroups]] : []),
	]);
	return outside === "caller" ? lines : [...lines, "outside is the user namespace around it"];
}

const rangeText = (first: number, count: number): string =>
	count === 1 ? String(first) : `${first}-${first + count - 1}`;

function rightsLines({ capabilities, noNewPrivileges, seccomp, seccompFilters }: InspectedRights): string[] {
	const lines = capabilitySets.flatMap((set) => {
		const names = capabilities[set];
		const isSame = set !== "effective" && names.length > 0 && names.join() === capabilities.effective.join();
		const text = names.length === 0 ? "none" : isSame ? "as effective" : names.map(withoutPrefix).join(" ");
		return wrapped(text, capabilityColumn).map((line, i) => (i === 0 ? set : "").padEnd(capabilityColumn) + line);
	});
	const filters = seccompFilters === undefined || seccomp !== "filter" ? "" : `, ${seccompFilters} of them`;
	return [...lines, `no_new_privs  ${noNewPrivileges ? "yes" : "no"}`, `seccomp       ${seccomp}${filters}`];
}

const capabilitySets = ["effective", "permitted", "inheritable", "bounding", "ambient"] as const;
const capabilityColumn = 14;
const withoutPrefix = (name: string): string => name.replace(/^CAP_/, "");

function mountLines(mounts: readonly Mount[] | undefined): string[] {
	if (!mounts) return [];
	const rows = mounts.map((one) => [one.path, one.type, rootText(one), one.options.join(","), propagationText(one)]);
	return [`${mounts.length} ${mounts.length === 1 ? "mount" : "mounts"}`, ...table(rows)].map((line) => line.trimEnd());
}

/** Where a part of a file system is seen, which one. */
const rootText = ({ source, root }: Mount): string => (root === "/" ? source : `${source}[${root}]`);

function propagationText({ propagation: { shared, master, unbindable } }: Mount): string {
	const words = [
		...(shared === undefined ? [] : [`shared:${shared}`]),
		...(master === undefined ? [] : [`master:${master}`]),
		...(unbindable ? ["unbindable"] : []),
	];
	return words.join(",");
}

function cgroupLines({ cgroups = [] }: Inspection): string[] {
	return table(
		cgroups.map(({ hierarchy, controllers, path, root }) => {
			const name = hierarchy === 0 ? "v2" : controllers.join(",");
			return [name, root === undefined || root === "/" ? path : `${path}, seen from ${root} on`];
		}),
	);
}
