/** Calls that say something to rtnetlink(7) and look at the answer, which is there when the question has been sent. */
import type { Call, Check } from "../plan/calls.ts";
import { call, flags, ref } from "../plan/step.ts";
import { type Message, messageArg } from "./message.ts";

/** What is said under which circumstances, and by which name the outcome is known. */
export type Saying = Pick<Call, "onlyIf" | "onlyIfFailed" | "onlyIfAbove0" | "result" | "mayFail">;

/** Bytes of an answer that are looked at. */
const answerSize = 128;

/** A socket for what follows. */
export const open = (socket: string, more: Pick<Call, "mayFail"> = {}): Call =>
	call("socket", [flags("AF_NETLINK"), flags("SOCK_RAW|SOCK_CLOEXEC"), flags("NETLINK_ROUTE")], {
		result: socket,
		...more,
	});

function exchange(socket: string, message: Message, check: Check, { result, ...when }: Saying): Call[] {
	return [
		call("sendto", [ref(socket), messageArg(message), message.size, 0, null, 0], when),
		call(
			"recvfrom",
			[ref(socket), { out: `${socket}.answer`, size: answerSize }, answerSize, flags("MSG_DONTWAIT"), null, null],
			{ ...when, ...(result !== undefined && { result }), check },
		),
	];
}

/** Says it. An error is the call's, unless it is allowed: then it is its result. */
export function say(
	socket: string,
	message: Message,
	{ allowed, ...when }: Saying & { readonly allowed?: "any" | readonly string[] } = {},
): Call[] {
	return exchange(socket, message, { netlink: `${socket}.answer`, ...(allowed && { allowed }) }, when);
}

/** Asks about one interface: its index and flags become the results `as.index` and `as.flags`. */
export function ask(
	socket: string,
	message: Message,
	as: string,
	{ allowed, ...when }: Saying & { readonly allowed?: "any" } = {},
): Call[] {
	return exchange(socket, message, { link: `${socket}.answer`, as, ...(allowed && { allowed }) }, when);
}

/** Asks for all of something: the result is -EBUSY if there is one. */
export const askForNone = (socket: string, message: Message, when: Saying): Call[] =>
	exchange(socket, message, { noLink: `${socket}.answer` }, when);
