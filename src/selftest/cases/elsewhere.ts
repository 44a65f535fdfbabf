/** Faults of other tools that are not tried, and why. */
import type { Untried } from "../types.ts";

const never = "does not apply";

export const untriedRows: readonly Untried[] = [
	{
		id: "CVE-2018-15664",
		also: ["CVE-2019-14271"],
		subject: "files",
		title: "What is copied in or out follows no link, and loads nothing of the sandbox's",
		verdict: never,
		because: "there is no ns cp; ns commit goes by descriptors, and follows no link",
	},
	{
		id: "CVE-2021-43784",
		subject: "descriptors",
		title: "A message to the kernel is as long as it says",
		verdict: never,
		because: "the only message that is sent has one fixed size",
	},
	{
		id: "CVE-2020-5291",
		also: ["CVE-2026-41163", "CVE-2021-26910"],
		subject: "privileges",
		title: "A set-user-ID program gives its rights to nobody",
		verdict: never,
		because: "ns is no set-user-ID program, and has no rights of its own",
	},
	{
		id: "address-space",
		subject: "processes",
		title: "No limit of the address space ends a program that reserves much",
		verdict: never,
		because: "RLIMIT_AS is set only by those who ask for it",
	},
];
