/** The caller's end of what leads to a sandbox: it must not let itself be told where packets go by who is inside. */
import type { Arg, Call } from "../plan/calls.ts";
import { call, flags, ref } from "../plan/step.ts";
import type { LinkName } from "./rtnetlink.ts";

/** A parameter of an interface; it is in the network namespace of who opens it. */
function pathOf(name: LinkName, parameter: string): Arg {
	const [before, after] = ["/proc/sys/net/ipv6/conf/", `/${parameter}`];
	return typeof name === "string"
		? `${before}${name}${after}`
		: { text: [before + name.before, { ref: name.ref }, after] };
}

/** Writes 0 to a parameter. To be done before the interface is up. A kernel without IPv6 has no such file. */
function switchOff(parameter: string, name: LinkName, file: string, when: Pick<Call, "onlyIfAbove0">): Call[] {
	return [
		call("openat", [flags("AT_FDCWD"), pathOf(name, parameter), flags("O_WRONLY|O_CLOEXEC")], {
			...when,
			result: file,
			mayFail: ["ENOENT"],
		}),
		call("write", [ref(file), "0", 1], { onlyIf: file }),
		call("close", [ref(file)], { onlyIf: file }),
	];
}

/**
 * No router of IPv6 is believed that speaks up behind this interface: root inside could otherwise become the one that all
 * of the caller's packets go to (CVE-2020-13401).
 */
export const believeNoRouter = (name: LinkName, file: string, when: Pick<Call, "onlyIfAbove0"> = {}): Call[] =>
	switchOff("accept_ra", name, file, when);

/**
 * The interface uses its own addresses of IPv6 at once: nobody else can have them yet. Otherwise the kernel looks for them
 * for up to two seconds, in which it asks for no neighbours and loses what it should forward. Where the parameter of all
 * interfaces asks for it nevertheless, no question is sent.
 */
export const lookForNobody = (name: LinkName, file: string, when: Pick<Call, "onlyIfAbove0"> = {}): Call[] => [
	...switchOff("accept_dad", name, `${file}.dad`, when),
	...switchOff("dad_transmits", name, `${file}.questions`, when),
];
