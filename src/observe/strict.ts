/** What the strict preset shows, as the base of what is learned. */
import type { Base } from "./needs.ts";

const directories = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/** Files and directories below /etc that programs need to start, to name users and hosts, and to check certificates. */
const settings = [
	...["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "ssl", "ca-certificates", "passwd", "group"],
	...["nsswitch.conf", "hosts", "host.conf", "protocols", "services", "localtime", "timezone", "mime.types"],
];

/** Calls among those that are watched that an ordinary program may make also in the strict preset. */
const common = new Set(["ptrace", "process_vm_readv", "process_vm_writev", "name_to_handle_at", "clone"]);

/** The strict preset of a caller whose home directory is `home`. */
export function strictBase(home: string): Base {
	return {
		visible: [...directories, ...settings.map((name) => `/etc/${name}`)],
		own: ["/proc", "/dev", "/dev/shm", "/tmp", ...(home.startsWith("/") ? [home] : [])],
		refuses: (call) => !common.has(call),
	};
}
