/** What the strict preset shows and refuses, as the base of what is learned: both from the preset itself. */

import { wordsOf } from "../linux/calls.ts";
import type { Arch } from "../linux/syscalls.ts";
import type { MountRule } from "../mounts/rules.ts";
import { type StrictFacts, strictProfile } from "../profile/strict.ts";
import { decode, type Instruction } from "../seccomp/bpf.ts";
import { allowedWith } from "../seccomp/default.ts";
import { prebuilt } from "../seccomp/prebuilt.ts";
import type { Base } from "./needs.ts";
import type { CallEvent } from "./types.ts";

/** What the preset shows and owns for a caller of these facts. */
export function strictBase(facts: StrictFacts): Base {
	const { mount } = strictProfile(facts);
	const [visible, own]: [string[], string[]] = [[], []];
	for (const rule of (typeof mount === "object" && mount.mounts) || []) {
		const places = isShown(rule) ? visible : isOwn(rule) ? own : [];
		places.push(rule.target);
	}
	return { visible, own };
}

const isShown = (rule: MountRule): boolean => (rule.type === "bind" && rule.readOnly === true) || rule.type === "file";

/** `/proc` is one, which the preset makes read-only. */
const isOwn = ({ type }: MountRule): boolean => type === "tmpfs" || type === "dev" || type === "read-only";

/** One of the preset's filters: which option asks for it, and its program. */
export interface StrictFilter {
	readonly option: NonNullable<CallEvent["strict"]>;
	readonly program: readonly Instruction[];
}

/** The filters of system calls that the preset sets. */
export function strictFilters(facts: StrictFacts, arch: Arch): StrictFilter[] {
	const seccomp = strictProfile(facts).seccomp || {};
	const filters: StrictFilter[] = [];
	const add = (option: StrictFilter["option"], text: string) =>
		filters.push({ option, program: decode(Uint8Array.fromBase64(text)) });
	if (seccomp.profile === "default") add("profile", prebuilt.default[arch]);
	if (seccomp.denySetId) add("denySetId", prebuilt.setId[arch]);
	return filters;
}

/** Capabilities whose calls are of use without them: on what is one's own, or where the machine is set up so. */
const usefulWithout = ["CAP_SYS_PTRACE", "CAP_SYS_NICE", "CAP_SYSLOG", "CAP_BPF", "CAP_PERFMON"];

/** Calls that do nothing for a command without capabilities, as the preset has it: to allow them would not help it. */
const privileged: ReadonlySet<string> = new Set(
	Object.keys(allowedWith)
		.filter((capability) => !usefulWithout.includes(capability))
		.flatMap((capability) => wordsOf(allowedWith[capability] ?? "")),
);

/** All CLONE_NEW* of unshare(2). */
const newNamespaces = 0x7e02_0080;

/** Whether a call would fail in the preset even if its filter allowed it. */
export function isPrivileged({ call, args }: Pick<CallEvent, "call" | "args">): boolean {
	return call === "unshare" ? ((args[0] ?? 0) & newNamespaces) !== 0 : privileged.has(call);
}
