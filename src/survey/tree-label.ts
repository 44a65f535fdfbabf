/** What a line of a tree says, in pieces, for terminals and for pictures. */
import type { NamespaceKind } from "../plan/namespaces.ts";
import { printable } from "../plan/text.ts";
import { foldText, processCount } from "./tree-fold.ts";
import type { EnteredNamespace, TreeItem } from "./tree-node.ts";
import type { Holder, SurveyedNamespace } from "./types.ts";

/** A piece of a line, and what it is: a kind of namespace, a name, or something to be less seen. */
export interface Piece {
	readonly text: string;
	/** What is left of it where there is too little room for the whole line. */
	readonly short?: string | undefined;
	readonly tone?: NamespaceKind | "name" | "own" | "faint" | undefined;
}

/** The pieces of an item's line, the most important first. Nothing in them can play with a terminal. */
export function piecesOf(item: TreeItem): readonly Piece[] {
	switch (item.type) {
		case "namespace":
			return namespacePieces(item.namespace, item.own);
		case "unseen":
			return [
				{ text: `${item.kind} ${item.inode}`, tone: item.kind },
				{ text: "cannot be seen from here", tone: "faint" },
			];
		case "process":
			return [
				{ text: `${item.process.pid} ${printable(item.process.command)}` },
				...item.enters.map(enteredPiece),
				...(item.sharing > 0
					? [{ text: `and ${processCount(item.sharing)} more in the same`, tone: "faint" } as const]
					: []),
			];
		case "group":
			return [{ text: item.title, tone: "faint" }];
		case "fold":
			return [{ text: `${item.more ? "and " : ""}${foldText(item)}`, tone: "faint" }];
	}
}

/** `net 4026532300 web`. */
function enteredPiece({ kind, inode, namespace, own }: EnteredNamespace): Piece {
	const names = namespace ? namesText(namespace) : "";
	return { text: `${kind} ${inode}${names && ` ${names}`}${own ? " (yours)" : ""}`, short: kind, tone: kind };
}

function namespacePieces(namespace: SurveyedNamespace, own: boolean): Piece[] {
	const { kind, inode, pids, command, ownerUid } = namespace;
	const pieces: Piece[] = [{ text: `${kind} ${inode}`, tone: kind }];
	if (namespace.names.length > 0) pieces.push({ text: namesText(namespace), tone: "name" });
	if (own) pieces.push({ text: "yours", tone: "own" });
	if (ownerUid !== undefined && ownerUid !== 0) pieces.push({ text: `of user ${ownerUid}` });
	pieces.push({ text: processCount(pids.length), tone: "faint" });
	if (pids.length > 0) pieces.push({ text: command === undefined ? `${pids[0]}` : `${pids[0]} ${printable(command)}` });
	else pieces.push(...namespace.holders.slice(0, 1).map((one): Piece => ({ text: holderText(one), tone: "faint" })));
	return pieces;
}

export const namesText = ({ names }: SurveyedNamespace): string => names.map(printable).join(", ");

/** What keeps a namespace. */
export function holderText(holder: Holder): string {
	if (holder.by === "mount") return `kept by a mount at ${printable(holder.path)}`;
	if (holder.by === "children") return `kept for the children of process ${holder.pid}`;
	return `kept by ${holder.by} ${holder.fd} of process ${holder.pid}`;
}
