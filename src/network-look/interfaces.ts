/** Asking the kernel for the interfaces of this process's network namespace. rtnetlink(7) */
import { close } from "../descriptors.ts";
import { systemCall } from "../ffi.ts";
import { dumpRequest } from "../inspect/netlink.ts";
import { constants } from "../linux/constants.ts";
import { type PresentInterface, presentInterfaces } from "../network/interfaces.ts";

/** A piece of an answer; the kernel makes none that is longer. */
const pieceSize = 65_536;
/** More than any machine has. */
const mostPieces = 4096;
/** NLMSG_ERROR, NLMSG_DONE: linux/netlink.h */
const last = [2, 3];

/** All interfaces with their addresses; `undefined` where the kernel does not tell. */
export function lookAtInterfaces(): PresentInterface[] | undefined {
	const { AF_NETLINK, SOCK_RAW, SOCK_CLOEXEC, NETLINK_ROUTE } = constants;
	const socket = systemCall("socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (socket < 0) return undefined;
	try {
		const links = dumped(socket, "links");
		const addresses = dumped(socket, "addresses");
		return links && addresses && presentInterfaces(links, addresses);
	} catch (error) {
		if (error instanceof RangeError) return undefined;
		throw error;
	} finally {
		close(socket);
	}
}

const dumped = (socket: number, what: "links" | "addresses"): Uint8Array | undefined =>
	answerTo(socket, dumpRequest(what));

/** All that the kernel answers to a question for many things; `undefined` where it refuses or does not end. */
export function answerTo(socket: number, question: readonly number[]): Uint8Array | undefined {
	const request = Uint8Array.from(question);
	if (systemCall("sendto", socket, request, request.length, 0) !== request.length) return undefined;
	const pieces: Uint8Array[] = [];
	for (let count = 0; count < mostPieces; count++) {
		const piece = new Uint8Array(pieceSize);
		const size = systemCall("recvfrom", socket, piece, pieceSize, constants.MSG_DONTWAIT);
		if (size <= 0) return undefined;
		pieces.push(piece.subarray(0, size));
		if (isLast(piece.subarray(0, size))) return joined(pieces);
	}
	return undefined;
}

/** Whether one of the messages ends the answer. */
function isLast(piece: Uint8Array): boolean {
	const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
	for (let at = 0; at + 16 <= piece.length; ) {
		if (last.includes(view.getUint16(at + 4, true))) return true;
		const size = view.getUint32(at, true);
		if (size < 16) return true;
		at += (size + 3) & ~3;
	}
	return false;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
	let size = 0;
	for (const piece of pieces) size += piece.length;
	const all = new Uint8Array(size);
	let at = 0;
	for (const piece of pieces) {
		all.set(piece, at);
		at += piece.length;
	}
	return all;
}
