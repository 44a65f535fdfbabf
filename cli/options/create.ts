/** The options of `ns create`. */
import type { Option } from "../options.ts";

export const options: readonly Option[] = [];
