/** A settings file of Anthropic's sandbox-runtime (`srt`) becomes a profile. */
import type { SeccompProfile } from "../../privileges/types.ts";
import { type Members, readJson } from "./members.ts";
import { masked, sandboxRuntimeMount } from "./sandbox-runtime-files.ts";
import { sandboxRuntimeLacking } from "./sandbox-runtime-lacking.ts";
import { Import, type Imported, type Surroundings } from "./types.ts";

/**
 * The profile of a settings file of `srt`, as that is on Linux: everything can be read but what is denied, nothing can be
 * written but what is allowed, and there is no network. Hosts that are allowed by name are listed as missing: without
 * them nothing can be reached. Paths are taken from `cwd`, and `~` is `HOME`.
 */
export function importSandboxRuntime(source: string, around: Surroundings): Imported {
	const made = new Import(around);
	const settings = readJson(source, made);
	const network = settings.members("network");
	const filesystem = settings.members("filesystem");
	if (!network) made.problem("network is missing");
	if (!filesystem) made.problem("filesystem is missing");
	const { profile } = made;
	profile.user = { map: "self" };
	profile.pid = { init: true };
	profile.net = { loopback: true };
	profile.ipc = false;
	profile.uts = false;
	profile.cgroup = false;
	profile.time = false;
	profile.capabilities = { drop: "all", noNewPrivileges: true };
	profile.terminal = { session: "new" };
	profile.lifetime = { dieWithParent: true };
	const proc = !settings.flag("enableWeakerNestedSandbox");
	profile.mount = { proc, mounts: filesystem ? sandboxRuntimeMount(filesystem, settings, made) : [] };
	if (network) net(network, made);
	lacking(settings, "", made);
	for (const members of [settings, network, filesystem]) {
		for (const name of members?.others ?? []) {
			made.problem(
				`${members?.path}${name} is no setting of sandbox-runtime`,
				"a misspelled setting would protect nothing",
			);
		}
	}
	return made.done();
}

/**
 * Without sockets of the machine's own, nothing that listens on a path can be asked; io_uring would be a way around, and so
 * would bits of the family that the kernel takes no notice of.
 */
const noUnixSockets: SeccompProfile = {
	defaultAction: "SCMP_ACT_ALLOW",
	syscalls: [
		{
			names: ["socket"],
			action: "SCMP_ACT_ERRNO",
			errnoRet: 1,
			args: [{ index: 0, value: 0xffff_ffff, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ" }],
		},
		{ names: ["io_uring_setup"], action: "SCMP_ACT_ERRNO", errnoRet: 1 },
	],
};

function net(network: Members, made: Import): void {
	const allowed = network.texts("allowedDomains");
	if (allowed === undefined && !network.has("allowedDomains")) made.problem("network.allowedDomains is missing");
	if (allowed && allowed.length > 0) {
		made.lacks(
			`network.allowedDomains: ${allowed.join(", ")}`,
			"nothing lets single hosts through yet: there is no network, and they cannot be reached either",
		);
	}
	// With no network, what is denied is.
	network.texts("deniedDomains");
	network.flag("strictAllowlist");
	// The network namespace is its own: what is bound there nobody else sees.
	network.flag("allowLocalBinding");
	if (!network.flag("allowAllUnixSockets")) made.profile.seccomp = { profile: noUnixSockets };
	lacking(network, "network.", made);
}

function lacking(members: Members, path: string, made: Import): void {
	for (const [name, why] of Object.entries(sandboxRuntimeLacking)) {
		if (!name.startsWith(path) || name.slice(path.length).includes(".")) continue;
		if (name.slice(path.length) === "credentials") credentials(members, made);
		else members.lacks(name.slice(path.length), why);
	}
}

/** Files that are denied are hidden, and variables that are denied taken away; masks have no counterpart. */
function credentials(settings: Members, made: Import): void {
	const members = settings.members("credentials");
	if (!members) return;
	const unset: string[] = [];
	for (const one of members.list("envVars")) {
		const name = one.text("name") ?? "";
		if (!/^[A-Za-z_]\w*$/.test(name)) made.problem(`${one.path}name is no name of a variable`);
		unset.push(name);
		const mode = one.text("mode");
		if (mode === "mask") masked(one, "variable", made);
		else if (mode !== "deny") made.problem(`${one.path}mode is none of deny, mask`);
	}
	if (unset.length > 0) made.profile.environment = { unset };
	// The files are read where rules are made.
	members.list("files");
	for (const name of members.others) {
		members.lacks(name, "no proxy puts credentials into requests: what is declared is hidden, and of no use inside");
	}
}
