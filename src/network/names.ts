/** The files that names are looked up by inside: resolv.conf(5) and hosts(5), as texts. */
import type { FileRule } from "../mounts/rules.ts";
import type { Problem } from "../plan/types.ts";
import { addressBytes } from "../process/address.ts";

/** Who is asked for names. resolv.conf(5). */
export interface ResolvOptions {
	/** Addresses of name servers, 1 to 3: the C library asks no more. */
	readonly servers: readonly string[];
	/** Domains that short names are looked for in, one after the other. @default none */
	readonly search?: readonly string[] | undefined;
	/** Such as `ndots:2`, `timeout:1`, `edns0`. @default none */
	readonly options?: readonly string[] | undefined;
}

export interface NameOptions {
	/**
	 * `/etc/resolv.conf` inside: made of these, or `"copy"` for what the caller's says now. Takes a new mount namespace; the
	 * caller's file is never written to.
	 * @default as it is
	 */
	readonly resolv?: "copy" | ResolvOptions | undefined;
	/**
	 * `/etc/hosts` inside: these names with their addresses, `localhost`, and the host name of the sandbox where it is given
	 * one. Takes a new mount namespace; the caller's file is never written to.
	 * @default as it is
	 */
	readonly hosts?: Readonly<Record<string, readonly string[]>> | undefined;
}

const [resolvFile, hostsFile] = ["/etc/resolv.conf", "/etc/hosts"];

/**
 * The files, as rules for the file tree. `hostname`: that of the sandbox; `addresses`: what it is reached by.
 */
export function nameFiles(
	options: NameOptions,
	hostname: string | undefined,
	addresses: readonly string[],
): FileRule[] {
	const { resolv, hosts } = options;
	const files: FileRule[] = [];
	if (resolv === "copy") files.push({ type: "file", target: resolvFile, content: { file: resolvFile } });
	else if (resolv) files.push({ type: "file", target: resolvFile, content: resolvText(resolv) });
	if (hosts) files.push({ type: "file", target: hostsFile, content: hostsText(hosts, hostname, addresses) });
	return files;
}

/** The text of resolv.conf(5). */
export function resolvText({ servers, search = [], options = [] }: ResolvOptions): string {
	const lines: string[] = [];
	for (const server of servers) lines.push(`nameserver ${server}`);
	if (search.length > 0) lines.push(`search ${search.join(" ")}`);
	if (options.length > 0) lines.push(`options ${options.join(" ")}`);
	return `${lines.join("\n")}\n`;
}

/** The text of hosts(5). What is said of `localhost` takes the place of what it usually is. */
export function hostsText(
	hosts: NonNullable<NameOptions["hosts"]>,
	hostname: string | undefined,
	addresses: readonly string[],
): string {
	const lines: string[] = [];
	const add = (all: readonly string[], name: string): void => {
		for (const address of all) lines.push(`${address}\t${name}`);
	};
	const said = (name: string): boolean => Object.keys(hosts).some((one) => one.toLowerCase() === name.toLowerCase());
	if (!said("localhost")) add(["127.0.0.1", "::1"], "localhost");
	// 127.0.1.1 is what Debian gives a machine without an address of its own.
	if (hostname !== undefined && isName(hostname) && !said(hostname))
		add(addresses.length > 0 ? addresses : ["127.0.1.1"], hostname);
	for (const name of Object.keys(hosts)) add(hosts[name] ?? [], name);
	return `${lines.join("\n")}\n`;
}

/** MAXNS of the C library. */
const mostServers = 3;

/** What is wrong with these options, all of it. `hasTree`: a mount namespace is made. */
export function nameProblems({ resolv, hosts }: NameOptions, hasTree: boolean): Problem[] {
	const problems: Problem[] = [];
	const wrong = (message: string, hint: string): void => {
		problems.push({ code: "NAMES_INVALID", message, hint });
	};
	if (!hasTree && (resolv || hosts)) {
		const files = [...(resolv ? [resolvFile] : []), ...(hosts ? [hostsFile] : [])].join(" and ");
		const message = `without a new mount namespace ${files} would be the caller's own`;
		problems.push({ code: "NAMES_WITHOUT_MOUNT", message, hint: "make one: --mount, or mount() in the library" });
	}
	if (resolv && resolv !== "copy") resolvProblems(resolv, wrong);
	for (const name of Object.keys(hosts ?? {})) {
		const addresses = hosts?.[name] ?? [];
		if (!isName(name)) wrong(`${JSON.stringify(name)} is no host's name`, "letters, digits, dots, - and _");
		if (addresses.length === 0) wrong(`the host ${name} has no address`, "give it one, or leave it out");
		for (const one of addresses)
			if (!addressBytes(one)) wrong(`${JSON.stringify(one)} is no address for ${name}`, address);
	}
	return problems;
}

const address = "such as 192.0.2.1, 2001:db8::1";

function resolvProblems(
	{ servers, search = [], options = [] }: ResolvOptions,
	wrong: (a: string, b: string) => void,
): void {
	if (servers.length === 0) wrong("no name server is named", "name one: --dns ADDRESS");
	if (servers.length > mostServers)
		wrong(`${servers.length} name servers are named, and the C library asks ${mostServers}`, "leave some out");
	for (const one of servers)
		if (!addressBytes(one)) wrong(`${JSON.stringify(one)} is no name server's address`, address);
	for (const one of search)
		if (one !== "." && !isName(one)) wrong(`${JSON.stringify(one)} is no domain`, "letters, digits, dots, - and _");
	for (const one of options)
		if (!/^[a-z][a-z0-9-]{0,62}(?::\d{1,5})?$/.test(one))
			wrong(`${JSON.stringify(one)} is no option of resolv.conf`, "such as ndots:2, timeout:1, edns0");
}

/** What stands in these files as one word, and is no beginning of a comment. */
const isName = (name: string): boolean =>
	name.length <= 253 &&
	/^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/.test(name);
