import { describe, expect, test } from "bun:test";
import { syscallNumber } from "../../../src/linux/syscalls.ts";
import type { SeccompProfile } from "../../../src/privileges/types.ts";
import { importSandboxRuntime } from "../../../src/profile/import/sandbox-runtime.ts";
import { sandboxRuntimeLacking } from "../../../src/profile/import/sandbox-runtime-lacking.ts";
import { answers, refuseWith } from "../../../src/seccomp/actions.ts";
import { compile } from "../../../src/seccomp/compile.ts";
import { profilePolicy } from "../../../src/seccomp/oci.ts";
import { architectures } from "../../../src/seccomp/policy.ts";
import { run } from "../../seccomp/interpreter.ts";
import { around, lacking, wrong } from "./around.ts";

type Settings = Readonly<Record<string, unknown>>;

const config = (network: Settings = {}, filesystem: Settings = {}, more: Settings = {}) => ({
	network: { allowedDomains: [], deniedDomains: [], ...network },
	filesystem: { denyRead: [], allowWrite: [], denyWrite: [], ...filesystem },
	...more,
});
const read = (value: unknown) => importSandboxRuntime(JSON.stringify(value), around);

/** In every import: protected files are searched for there, and not here. */
const always = "protected files";
const missing = (value: unknown) => lacking(read(value)).filter((what) => what !== always);
const rules = (value: unknown) => {
	const { mount } = read(value).profile;
	return typeof mount === "object" ? (mount.mounts ?? []).map(({ type, target }) => `${type} ${target}`) : [];
};
/** Without what is so in every import. */
const special = (value: unknown) =>
	rules(value).filter((rule) => !/^read-only .*\/\.(?!env)|^dev |^read-only \/$/.test(rule));

/** Every setting that is in the profile, or means nothing where there is no network. */
const mapped: readonly (readonly [name: string, value: ReturnType<typeof config>, changes: boolean])[] = [
	["network.deniedDomains", config({ deniedDomains: ["x.com"] }), false],
	["network.strictAllowlist", config({ strictAllowlist: true }), false],
	["network.allowLocalBinding", config({ allowLocalBinding: true }), false],
	["network.allowAllUnixSockets", config({ allowAllUnixSockets: true }), true],
	["filesystem.denyRead", config({}, { denyRead: ["/x"] }), true],
	["filesystem.allowRead", config({}, { denyRead: ["/x"], allowRead: ["/x/y"] }), true],
	["filesystem.allowWrite", config({}, { allowWrite: ["/x"] }), true],
	["filesystem.denyWrite", config({}, { allowWrite: ["/x"], denyWrite: ["/x/y"] }), true],
	["filesystem.allowGitConfig", config({}, { allowWrite: ["/x"], allowGitConfig: true }), true],
	["enableWeakerNestedSandbox", config({}, {}, { enableWeakerNestedSandbox: true }), true],
	["credentials.files", config({}, {}, { credentials: { files: [{ path: "~/.netrc", mode: "deny" }] } }), true],
	["credentials.envVars", config({}, {}, { credentials: { envVars: [{ name: "TOKEN", mode: "deny" }] } }), true],
];

/** Keys of the schema in June 2026. */
const schema = {
	network:
		"allowedDomains deniedDomains deniedDomainReasons strictAllowlist allowUnixSockets allowAllUnixSockets allowLocalBinding allowMachLookup httpProxyPort socksProxyPort mitmProxy filterRequest tlsTerminate parentProxy",
	filesystem: "disabled denyRead allowRead allowWrite denyWrite allowGitConfig",
	credentials: "files envVars allowPlaintextInject awsPairs sigv4",
	"": "network filesystem credentials ignoreViolations enableWeakerNestedSandbox enableWeakerNetworkIsolation allowAppleEvents ripgrep mandatoryDenySearchDepth allowPty seccomp bwrapPath socatPath javaAgentJarPath windows git",
};

describe("every setting of sandbox-runtime", () => {
	test("is in the profile or listed as missing", () => {
		const known = [
			...mapped.map(([name]) => name),
			...Object.keys(sandboxRuntimeLacking),
			...["network", "filesystem", "network.allowedDomains", "filesystem.disabled"],
			...["allowPlaintextInject", "awsPairs", "sigv4"].map((name) => `credentials.${name}`),
		];
		const names = Object.entries(schema).flatMap(([path, keys]) =>
			keys.split(" ").map((name) => (path === "" ? name : `${path}.${name}`)),
		);
		expect(known.toSorted()).toEqual(names.toSorted());
	});

	test.each(mapped)("%s is in the profile", (_, value, changes) => {
		expect([wrong(read(value)), missing(value)]).toEqual([[], []]);
		if (changes) expect(read(value).profile).not.toEqual(read(config()).profile);
		else expect(read(value).profile).toEqual(read(config()).profile);
	});

	test.each(Object.keys(sandboxRuntimeLacking).filter((name) => name !== "credentials"))("%s is listed", (name) => {
		const key = name.replace("network.", "");
		const value = name.startsWith("network.") ? config({ [key]: "x" }) : config({}, {}, { [key]: "x" });
		expect([wrong(read(value)), missing(value)]).toEqual([[], [name]]);
	});

	test("hides credentials that should be masked, and says so", () => {
		const files = [{ path: "/t", mode: "mask" }];
		const envVars = [{ name: "TOKEN", mode: "mask" }];
		const value = config({}, {}, { credentials: { files, envVars, awsPairs: [] } });
		expect(missing(value).toSorted()).toEqual([
			"credentials.awsPairs",
			"credentials.envVars[0].mode: mask",
			"credentials.files[0].mode: mask",
		]);
		expect(read(value).profile.environment).toEqual({ unset: ["TOKEN"] });
		expect(special(value)).toEqual(["mask /t"]);
	});
});

describe("`importSandboxRuntime`", () => {
	test("shows everything read-only, without a network, sockets by path and capabilities", () => {
		expect(read(config()).profile).toMatchObject({
			...{ user: { map: "self" }, pid: { init: true }, net: { loopback: true }, ipc: false, uts: false, time: false },
			capabilities: { drop: "all", noNewPrivileges: true },
			terminal: { session: "new" },
			lifetime: { dieWithParent: true },
			seccomp: { profile: { defaultAction: "SCMP_ACT_ALLOW" } },
			mount: { proc: true },
		});
		expect(rules(config())).toEqual(["read-only /", "dev /dev"]);
	});

	test("says that hosts which are allowed by name cannot be reached", () => {
		const value = config({ allowedDomains: ["a.com", "*.b.org"] });
		expect([missing(value), read(value).profile.net]).toEqual([
			["network.allowedDomains: a.com, *.b.org"],
			{ loopback: true },
		]);
	});

	test("takes paths from the working directory and the home", () => {
		const value = config({}, { allowWrite: [".", "../other/", "~/x/**"], denyRead: ["~"] });
		expect(special(value)).toEqual([
			...["bind /home/me/work", "bind /home/me/other", "bind /home/me/x"],
			...["tmpfs /home/me", "bind /home/me/work", "bind /home/me/other", "bind /home/me/x"],
		]);
	});

	test("takes writing back last, and protects what programs execute", () => {
		const value = config({}, { allowWrite: ["/w"], denyRead: ["/w/secret"], denyWrite: ["/w/.env", "/elsewhere"] });
		expect(rules(value).slice(0, 5)).toEqual([
			...["read-only /", "bind /w", "mask /w/secret", "read-only /w/.env", "read-only /w/.gitconfig"],
		]);
		expect(rules(value)).toContain("read-only /w/.git/config");
		expect(rules(value)).not.toContain("read-only /elsewhere");
		expect(rules(value).at(-1)).toBe("dev /dev");
	});

	test("shows again what may be read within what is denied, and hides what is denied within that", () => {
		const value = config({}, { denyRead: ["/a", "/a/b/c"], allowRead: ["/a/b"] });
		expect(special(value)).toEqual(["tmpfs /a", "bind /a/b", "mask /a/b/c"]);
		expect(missing(value)).toEqual(["filesystem.allowRead around /a/b/c"]);
	});

	test("lists patterns, because what they match is not denied", () => {
		expect(missing(config({}, { denyRead: ["/x/*.pem"] }))).toEqual(["filesystem.denyRead: /x/*.pem"]);
	});

	test("leaves the files alone where that is asked for", () => {
		expect(rules(config({}, { disabled: true, allowWrite: ["/x"], denyRead: ["/y"] }))).toEqual(["dev /dev"]);
	});

	test.each([
		["", "cannot be read as JSON"],
		["{}", "network is missing"],
		[JSON.stringify({ ...config(), netwrok: 1 }), "netwrok is no setting"],
		[JSON.stringify(config({ allowDomains: [] })), "network.allowDomains is no setting"],
		[JSON.stringify(config({}, { denyReads: [] })), "filesystem.denyReads is no setting"],
		[JSON.stringify(config({}, { denyRead: "x" })), "filesystem.denyRead is no list of texts"],
		[JSON.stringify({ network: {}, filesystem: {} }), "filesystem.denyRead is missing"],
		[JSON.stringify(config({}, { allowWrite: [""] })), "empty path"],
		[JSON.stringify(config({}, { denyRead: ["/"] })), "hides everything"],
		[JSON.stringify(config({}, {}, { credentials: { envVars: [{ name: "A=B", mode: "deny" }] } })), "no name"],
		[JSON.stringify(config({}, {}, { credentials: { files: [{ path: "/x", mode: "show" }] } })), "none of deny, mask"],
	])("refuses %p", (source, message) => {
		expect(wrong(importSandboxRuntime(source, around)).join("\n")).toContain(message);
	});

	test("needs HOME for ~", () => {
		const nobody = { ...around, env: new Map<string, string>() };
		const source = JSON.stringify(config({}, { denyRead: ["~/.ssh"] }));
		expect(wrong(importSandboxRuntime(source, nobody)).join()).toContain("HOME");
	});
});

test("Unix sockets are refused, also with bits that the kernel takes no notice of", () => {
	const { seccomp } = read(config()).profile;
	const profile = (seccomp ? seccomp.profile : undefined) as SeccompProfile;
	const host = { arch: "x64", kernel: 618, capabilities: new Set<string>() } as const;
	const program = compile(profilePolicy(profile, host));
	const answer = (family: bigint): number =>
		run(program, { call: syscallNumber("socket", "x64"), architecture: architectures.x64, args: [family] }).answer;
	for (const family of [1n, 1n | (1n << 32n), 1n | (1n << 63n)]) expect(answer(family)).toBe(refuseWith("EPERM"));
	for (const family of [2n, 16n]) expect(answer(family)).toBe(answers.allow);
});
