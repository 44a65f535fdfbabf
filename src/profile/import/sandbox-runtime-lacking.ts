/** Settings of sandbox-runtime that no profile has, with the reason and what it means. */

const proxy = "ns has no proxy: there is no network, so nothing goes through one";
const otherSystem = "it is about another system than Linux";
const ownTool = "ns does it by itself, and needs no such program";

/** By path; `credentials` is read in parts. */
export const sandboxRuntimeLacking: Readonly<Record<string, string>> = {
	"network.deniedDomainReasons": "nobody is told a reason: there is no network",
	"network.allowUnixSockets":
		"sandbox-runtime does not use it on Linux either: sockets by path are allowed all or none",
	"network.allowMachLookup": otherSystem,
	"network.httpProxyPort": proxy,
	"network.socksProxyPort": proxy,
	"network.mitmProxy": proxy,
	"network.filterRequest": proxy,
	"network.tlsTerminate": proxy,
	"network.parentProxy": proxy,
	credentials: "read in parts",
	ignoreViolations: "ns reports no violations that could be ignored",
	enableWeakerNetworkIsolation: otherSystem,
	allowAppleEvents: otherSystem,
	ripgrep: "nothing is searched for",
	mandatoryDenySearchDepth:
		"nothing is searched for: protected files are those directly in the directories that may be written",
	allowPty: otherSystem,
	seccomp: ownTool,
	bwrapPath: ownTool,
	socatPath: ownTool,
	javaAgentJarPath: proxy,
	windows: otherSystem,
	git: "no variables are set for git: it may refuse a repository that belongs to somebody else",
};
