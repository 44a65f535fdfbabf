/** What a word that names a target is: a process, a file, a descriptor, a container or a name. Pure. */
import { nearest } from "../nearest.ts";
import type { Problem } from "../plan/types.ts";

/** The prefixes of containers, by what made them. */
export const containerMakers = ["runc", "crun", "docker", "containerd", "podman", "lxc", "machine"] as const;
export type ContainerMaker = (typeof containerMakers)[number];

/** A word, read. */
export type TargetWord =
	/** `4242`, and `4242:1234` with the inode of its pidfd, as util-linux 2.42 writes it. */
	| { readonly is: "process"; readonly pid: number; readonly pidfd?: string | undefined }
	/** `fd:3`: a descriptor of this process on the file of a namespace, or on a process. */
	| { readonly is: "descriptor"; readonly fd: number }
	| { readonly is: "path"; readonly path: string }
	| { readonly is: "container"; readonly maker: ContainerMaker; readonly id: string }
	| { readonly is: "name"; readonly name: string };

const lastPid = 4_194_304;
const prefixes: readonly string[] = ["fd", ...containerMakers];

/** Reads the word, or says what is wrong with it. A path holds a slash; everything else is one of the other things. */
export function readTargetWord(word: string): TargetWord | Problem {
	if (word === "") return wrong("a target is empty");
	if (word.includes("\0")) return wrong("a target holds a NUL byte");
	const colon = word.indexOf(":");
	const prefix = colon < 0 ? "" : word.slice(0, colon);
	const rest = word.slice(colon + 1);
	const maker = containerMakers.find((one) => one === prefix);
	if (maker) return containerOf(maker, rest);
	if (prefix === "fd") return descriptorOf(rest);
	if (word.includes("/")) return { is: "path", path: word };
	if (isDigits(word)) return processOf(word, undefined);
	if (isDigits(prefix)) return processOf(prefix, rest);
	if (colon >= 0) return unknownPrefix(word, prefix);
	if (word.length <= 255 && word !== "." && word !== ".." && !word.startsWith("-")) return { is: "name", name: word };
	return wrong(`${JSON.stringify(word.slice(0, 64))} cannot be the name of a target`);
}

function processOf(digits: string, inode: string | undefined): TargetWord | Problem {
	const pid = digits.length <= 7 ? Number(digits) : 0;
	if (pid < 1 || pid > lastPid || digits.startsWith("0")) return wrong(`${digits} cannot be a process id`);
	if (inode === undefined) return { is: "process", pid };
	if (isDigits(inode) && inode.length <= 20 && !inode.startsWith("0")) return { is: "process", pid, pidfd: inode };
	return wrong(`${JSON.stringify(inode)} behind ${digits}: is no inode of a pidfd`);
}

function descriptorOf(digits: string): TargetWord | Problem {
	const fd = isDigits(digits) && digits.length <= 10 ? Number(digits) : -1;
	return fd >= 0 && fd <= 0x7fffffff ? { is: "descriptor", fd } : wrong(`fd:${digits} cannot be a descriptor`);
}

/** Its id becomes part of a path. */
function containerOf(maker: ContainerMaker, id: string): TargetWord | Problem {
	const good = /^[A-Za-z0-9_][A-Za-z0-9_.@-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/.test(id) && id.length <= 255;
	if (good && (!id.includes("/") || maker === "containerd")) return { is: "container", maker, id };
	return wrong(`${JSON.stringify(id.slice(0, 64))} cannot be a container of ${maker}`);
}

function unknownPrefix(word: string, prefix: string): Problem {
	const near = nearest(prefix, prefixes);
	return wrong(
		`${JSON.stringify(word.slice(0, 64))} begins with no known prefix${near ? `; did you mean ${near}:?` : ""}`,
	);
}

const isDigits = (text: string): boolean => /^[0-9]+$/.test(text);

const forms =
	"a target is a process id, PID:INODE, a name, a path with a slash, fd:N, or a container such as runc:ID or machine:NAME";
const wrong = (message: string): Problem => ({ code: "TARGET_INVALID", message, hint: forms });
