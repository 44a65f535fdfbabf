/** Paths as a process means them, put together from what it says and where it is. */

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
