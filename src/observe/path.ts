/** Paths as a process means them, put together from what it says and where it is. */
import type { SymbolicLink } from "./types.ts";

/**
 * One absolute path: without `.`, empty parts and `..`. A `..` behind a symbolic link would lead elsewhere in the kernel;
 * what is told here is a name, and no more.
 */
export function absolutePath(directory: string, path: string): string {
	const parts: string[] = [];
	for (const part of `${path.startsWith("/") ? "" : `${directory}/`}${path}`.split("/")) {
		if (part === "..") parts.pop();
		else if (part !== "" && part !== ".") parts.push(part);
	}
	return `/${parts.join("/")}`;
}

/** So many links are followed, as in the kernel. path_resolution(7) */
const mostLinks = 40;

/** Where a path leads, and over which links. */
export interface Resolved {
	readonly real: string;
	readonly links: readonly SymbolicLink[];
}

/**
 * Follows an absolute path link by link. `linkAt` says what a link says, and nothing for what is none. The last part is
 * told of as a link, too, where it is one, but followed only when `follow` says so.
 */
export function resolveLinks(path: string, follow: boolean, linkAt: (path: string) => string | undefined): Resolved {
	const links: SymbolicLink[] = [];
	let [at, followed] = ["", 0];
	let left = path.split("/");
	for (let part = left.shift(); part !== undefined; part = left.shift()) {
		if (part === "..") at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
		if (part === "" || part === "." || part === "..") continue;
		const next = `${at}/${part}`;
		const to = followed < mostLinks ? linkAt(next) : undefined;
		if (to !== undefined && !links.some((one) => one.path === next)) links.push({ path: next, to });
		if (to === undefined || to === "" || (left.length === 0 && !follow)) at = next;
		else {
			followed++;
			if (to.startsWith("/")) at = "";
			left = [...to.split("/"), ...left];
		}
	}
	return { real: at === "" ? "/" : at, links };
}

/** The path of a directory below the root of its process; `/` for what is no path, such as a socket. */
export function stripRoot(path: string, root: string): string {
	if (!path.startsWith("/")) return "/";
	if (root === "/" || !root.startsWith("/")) return path;
	if (path === root) return "/";
	return path.startsWith(`${root}/`) ? path.slice(root.length) : path;
}

/** The directory that a path lies in. */
export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** Whether `path` is `directory` or lies below it. */
export function isBelow(path: string, directory: string): boolean {
	return path === directory || directory === "/" || path.startsWith(`${directory}/`);
}
