/** The caller's end of what leads to a sandbox: it must not let itself be told where packets go by who is inside. */
import type { Arg, Call } from "../plan/calls.ts";
import { call, flags, ref } from "../plan/step.ts";
import type { LinkName } from "./rtnetlink.ts";

/** The interface's parameter; it is in the network namespace of who opens it. */
function pathOf(name: LinkName): Arg {
	const [before, after] = ["/proc/sys/net/ipv6/conf/", "/accept_ra"];
	return typeof name === "string"
		? `${before}${name}${after}`
		: { text: [before + name.before, { ref: name.ref }, after] };
}

/**
 * No router of IPv6 is believed that speaks up behind this interface: root inside could otherwise become the one that all
 * of the caller's packets go to (CVE-2020-13401). To be done before it is up. A kernel without IPv6 has no such file.
 */
export function believeNoRouter(name: LinkName, file: string, when: Pick<Call, "onlyIfAbove0"> = {}): Call[] {
	return [
		call("openat", [flags("AT_FDCWD"), pathOf(name), flags("O_WRONLY|O_CLOEXEC")], {
			...when,
			result: file,
			mayFail: ["ENOENT"],
		}),
		call("write", [ref(file), "0", 1], { onlyIf: file }),
		call("close", [ref(file)], { onlyIf: file }),
	];
}
