/** The internet through a program that needs no privilege, pasta for one: what is asked of it, and what is wrong with that. */
import type { Composed } from "../plan/calls.ts";
import type { Context, Host, Problem } from "../plan/types.ts";
import { lastInside, type Published, readPublished } from "./publish.ts";
import { forwarded, forwardedResolv } from "./resolver.ts";

/** Programs that carry what is sent inside to sockets of the caller's. */
export const carriers = ["pasta", "slirp4netns"] as const;

/** How a program connects a sandbox. */
export interface InternetOptions {
	/** The program that carries it. slirp4netns carries IPv4 alone and publishes no ports. @default pasta */
	readonly with?: (typeof carriers)[number] | undefined;
	/** The longest packet in bytes, 1280 to 65520, or from 68 on without IPv6. @default 65520 */
	readonly mtu?: number | undefined;
	/** IPv4. @default where the caller's network has it */
	readonly ipv4?: boolean | undefined;
	/** IPv6. @default where the caller's network has it */
	readonly ipv6?: boolean | undefined;
	/**
	 * What listens on the caller's own loopback interface can be reached from inside, by the address of the gateway. Without
	 * it nothing inside has CAP_NET_ADMIN and CAP_NET_RAW, which would lead there as well.
	 * @default false
	 */
	readonly mapHost?: boolean | undefined;
}

/** What is asked for: the options, and the ports of the caller's that lead inside. */
export interface Internet extends InternetOptions {
	readonly publish: readonly string[];
}

const most = 65520;
const least = { ipv4: 68, ipv6: 1280 };

/** What makes that impossible here, or what no pasta understands. */
export function internetProblems(internet: Internet, { creates, joins, host }: Context): Problem[] {
	const { mtu, ipv4, ipv6, publish } = internet;
	const problems: Problem[] = [...readPublished(publish).problems];
	if (!creates.has("net"))
		problems.push({
			code: "INTERNET_WITHOUT_NET",
			message: "the internet is brought into a new network namespace, and none is made",
			hint: "add --net, or leave --join net out",
		});
	else if (host.uid !== 0 && !creates.has("user") && !joins.has("user"))
		problems.push({
			code: "INTERNET_WITHOUT_USER",
			message: `${internet.with ?? "pasta"} has no rights over this network namespace without a user namespace`,
			hint: "add --user, or user() in the library",
		});
	if (ipv4 === false && ipv6 === false)
		problems.push({
			code: "INTERNET_WITHOUT_PROTOCOL",
			message: "the internet is neither IPv4 nor IPv6",
			hint: "leave one of them",
		});
	const lowest = ipv6 === false || internet.with === "slirp4netns" ? least.ipv4 : least.ipv6;
	if (mtu !== undefined && !(Number.isInteger(mtu) && mtu >= lowest && mtu <= most))
		problems.push({
			code: "MTU_INVALID",
			message: `an MTU of ${mtu} is not between ${lowest} and ${most}`,
			hint: ipv6 === false ? "1500 is that of Ethernet" : "IPv6 takes 1280 at least; 1500 is that of Ethernet",
		});
	return problems;
}

/** Whether the caller's name server cannot be reached from inside but through pasta. */
export const forwardsNames = ({ ipv4 }: InternetOptions, { resolv }: Pick<Host, "resolv">): boolean =>
	ipv4 !== false && forwardedResolv(resolv) !== undefined;

/** What the interface inside is called. */
export const interfaceName = "internet0";

/** The number by which pasta has the network namespace where its path would not lead there. */
export const namespaceDescriptor = 3;

/** Root without a user namespace: pasta keeps fewer capabilities than the processes in /proc have, and may not look there. */
export const byDescriptor = ({ creates, joins }: Pick<Context, "creates" | "joins">): boolean =>
	!creates.has("user") && !joins.has("user");

/**
 * The words that pasta is started with. What it would do by itself is refused: the ports of either side, and the gateway's
 * address as that of the caller's loopback. Its process id is told by standard output, a pipe, once it is ready.
 */
export function pastaWords(internet: Internet, context: Context): (string | Composed)[] {
	const { mtu, ipv4, ipv6, mapHost = false, publish } = internet;
	const { host } = context;
	const { published } = readPublished(publish);
	const words: (string | Composed)[] = ["pasta", "--foreground", "--quiet", "--config-net"];
	// The name of the caller's own interface is nobody's business.
	words.push("--ns-ifname", interfaceName);
	if (!mapHost) words.push("--no-map-gw");
	words.push(...ports("--tcp-ports", published, "tcp"), ...ports("--udp-ports", published, "udp"));
	words.push("--tcp-ns", "none", "--udp-ns", "none");
	if (ipv4 === false) words.push("--ipv6-only");
	if (ipv6 === false) words.push("--ipv4-only");
	if (forwardsNames(internet, host)) words.push("--dns-forward", forwarded);
	if (mtu !== undefined) words.push("--mtu", String(mtu));
	// As another user it would have no rights over the sandbox; it keeps two capabilities over that, and no others.
	if (host.uid === 0) words.push("--runas", `${host.uid}:${host.gid}`);
	words.push("--pid", "/proc/self/fd/1");
	if (byDescriptor(context)) words.push("--netns-only", "--netns", `/proc/self/fd/${namespaceDescriptor}`);
	else words.push("--userns", namespaceFile("user"), "--netns", namespaceFile("net"));
	return words;
}

export const namespaceFile = (name: string): Composed => ({ text: ["/proc/", { ref: "self" }, `/ns/${name}`] });

function ports(option: string, published: readonly Published[], protocol: Published["protocol"]): string[] {
	const words: string[] = [];
	for (const one of published) if (one.protocol === protocol) words.push(option, portsText(one));
	return words.length > 0 ? words : [option, "none"];
}

/** `127.0.0.1/8080-8081:80-81`. */
function portsText(one: Published): string {
	const { address, first, last, inside } = one;
	const range = (from: number, to: number): string => (from === to ? String(from) : `${from}-${to}`);
	return `${address === undefined ? "" : `${address}/`}${range(first, last)}:${range(inside, lastInside(one))}`;
}

const usualPlaces = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Where such a program is looked for, in this order: the directories of the caller's PATH, then the usual ones. */
export function filesOf(program: string, path: string | undefined): string[] {
	const directories = new Set<string>();
	for (const one of (path ?? "").split(":")) if (one.startsWith("/")) directories.add(one.replace(/(?<=.)\/+$/, ""));
	for (const one of usualPlaces) directories.add(one);
	return [...directories].map((directory) => `${directory === "/" ? "" : directory}/${program}`);
}

/** The release of Debian 12, as a date: the oldest that is known to do everything that is asked of it. */
const oldest = "2023-03-09";

/** The date in what `pasta --version` says; `undefined` where it tells none, as that of Debian 12. */
export function pastaDate(text: string): string | undefined {
	const [, year, month, day] = /^(?:pasta|passt)\s\S*?(20\d\d)_?(\d\d)_?(\d\d)(?!\d)/m.exec(text) ?? [];
	return year === undefined ? undefined : `${year}-${month}-${day}`;
}

/** Why this pasta cannot be used. */
export function pastaProblem(file: string, version: string): Problem | undefined {
	const date = pastaDate(version);
	if (!/^pasta /m.test(version))
		return {
			code: "PASTA_UNKNOWN",
			message: `${file} is no pasta: it does not say its version`,
			hint: howToGet,
		};
	if (date === undefined || date >= oldest) return undefined;
	return {
		code: "PASTA_TOO_OLD",
		message: `${file} is of ${date}, and the oldest pasta that can be used is of ${oldest}`,
		hint: howToGet,
	};
}

/** How pasta is installed. */
export const howToGet =
	"install pasta: apt install passt, dnf install passt, apk add passt; or take another one: --net=internet:slirp4netns";
