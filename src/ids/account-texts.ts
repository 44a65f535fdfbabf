/** The text of /etc/passwd and /etc/group for the few users of a sandbox. passwd(5), group(5) */

/** The user that a command runs as, as it is called inside. */
export interface Account {
	readonly uid: number;
	readonly gid: number;
	/** @default "root" for user 0, else "user" */
	readonly name?: string | undefined;
	/** @default "root" for group 0, else that of the user */
	readonly group?: string | undefined;
	readonly home: string;
	/** @default "/bin/sh" */
	readonly shell?: string | undefined;
	/** There is a user 0 besides. @default false */
	readonly root?: boolean | undefined;
}

/** The id that everybody has whom the namespace does not know. */
const nobody = 65534;

/** Lines for the user, for root where there is one, and for nobody. */
export function accountTexts({ uid, gid, name, group, home, shell = "/bin/sh", root = false }: Account): {
	readonly passwd: string;
	readonly group: string;
} {
	const user = name ?? (uid === 0 ? "root" : "user");
	const team = group ?? (gid === 0 ? "root" : user === "root" ? "user" : user);
	let passwd = `${user}:x:${uid}:${gid}::${home}:${shell}\n`;
	let groups = `${team}:x:${gid}:\n`;
	if (root && uid !== 0 && user !== "root") passwd += `root:x:0:0::/root:${shell}\n`;
	if (root && gid !== 0 && team !== "root") groups += "root:x:0:\n";
	if (uid !== nobody && user !== "nobody") passwd += `nobody:x:${nobody}:${nobody}::/:/bin/false\n`;
	if (gid !== nobody && team !== "nogroup") groups += `nogroup:x:${nobody}:\n`;
	return { passwd, group: groups };
}

/** What can be a name of a user in passwd(5), for every program that reads it. */
export const isAccountName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(name);

/** A plain absolute path that fits into a line of passwd(5). */
export const isAccountPath = (path: string): boolean =>
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what such a line cannot hold.
	/^\/[^:\x00-\x1f\x7f]*$/.test(path) && path.length < 4096;
