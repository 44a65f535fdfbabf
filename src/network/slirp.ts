/** The internet through slirp4netns, for machines that have that and no pasta: what is asked of it, and what it cannot do. */
import type { Composed } from "../plan/calls.ts";
import type { Context, Problem } from "../plan/types.ts";
import { byDescriptor, forwardsNames, type Internet, interfaceName, namespaceFile } from "./internet.ts";

/** Where questions for names are sent inside; slirp4netns passes them on to the caller's name server. */
export const slirpNames = "10.0.2.3";

/** The number by which slirp4netns has the network namespace where its path would not lead there, and that it is ready by. */
export const slirpDescriptors = { ready: 3, namespace: 4 } as const;

/** The longest packet in bytes. */
const longest = 65520;

/** What pasta does and slirp4netns does not. */
export function slirpProblems({ ipv4, ipv6, publish }: Internet): Problem[] {
	const problems: Problem[] = [];
	const lacks = (what: string): void => {
		problems.push({ code: "SLIRP_LACKS", message: `slirp4netns ${what}`, hint: "take pasta: --net=internet" });
	};
	if (publish.length > 0) lacks("publishes no ports here");
	if (ipv6 === true || ipv4 === false) lacks("carries IPv4 alone here");
	return problems;
}

/** The words that slirp4netns is started with. Names are passed on only where nobody else inside could be asked. */
export function slirpWords(internet: Internet, context: Context): (string | Composed)[] {
	const { mtu = longest, mapHost = false } = internet;
	const words: (string | Composed)[] = ["slirp4netns", "--configure", `--ready-fd=${slirpDescriptors.ready}`];
	words.push(`--mtu=${mtu}`, "--enable-seccomp");
	// It becomes root inside for that, who may not be mapped; an ordinary user's has no capabilities to give up.
	if (context.host.uid === 0) words.push("--enable-sandbox");
	if (!mapHost) words.push("--disable-host-loopback");
	if (!forwardsNames(internet, context.host)) words.push("--disable-dns");
	words.push("--netns-type=path");
	if (byDescriptor(context)) words.push(`/proc/self/fd/${slirpDescriptors.namespace}`);
	else words.push("--userns-path", namespaceFile("user"), namespaceFile("net"));
	words.push(interfaceName);
	return words;
}

/** The first release that has all these options. */
const oldest = [1, 1] as const;

/** Why this slirp4netns cannot be used. `version`: what it says of itself. */
export function slirpProblem(file: string, version: string): Problem | undefined {
	const [, major, minor] = /^slirp4netns version (\d{1,4})\.(\d{1,4})\b/m.exec(version) ?? [];
	if (major === undefined)
		return {
			code: "SLIRP_UNKNOWN",
			message: `${file} is no slirp4netns: it does not say its version`,
			hint: howToGetSlirp,
		};
	if (Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1])) return undefined;
	return {
		code: "SLIRP_TOO_OLD",
		message: `${file} is of version ${major}.${minor}, and the oldest slirp4netns that can be used is ${oldest.join(".")}`,
		hint: howToGetSlirp,
	};
}

/** How it is installed. */
export const howToGetSlirp =
	"install slirp4netns (apt, dnf, apk), or take pasta: --net=internet, with the package passt";
