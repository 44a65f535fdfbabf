/** Kept overlay layers are made ready before anything else is done. */
import { usesUserAttributes } from "../mounts/overlay.ts";
import { prepareLayer } from "../overlay/layer.ts";
import type { Fragment, Host, Plan } from "../plan/types.ts";

/** Makes, or checks, the layers that the overlays of these fragments write to. Throws a `LayerError`. */
export function prepareLayers(
	fragments: readonly Fragment[],
	{ creates }: Pick<Plan, "creates">,
	{ kernel }: Host,
): void {
	const userxattr = usesUserAttributes(kernel, creates.includes("user"));
	for (const { layers = [] } of fragments)
		for (const { directory, lower } of layers) prepareLayer(directory, lower, { userxattr });
}
