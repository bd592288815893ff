import { z } from 'zod';
import { constantsHash, parseConstants, readConstants } from '../../tuple/constants-file.js';

const constantsSchema = z.strictObject({
  factors: z.array(z.string()).min(1),
  least_weight: z.number().positive(),
  least_cells: z.int().positive(),
  cut: z.number().gt(0).lt(1),
  least_hosts: z.int().min(2),
  most_hosts: z.int().min(2),
  left_out_hosts: z.int().positive(),
  left_out_slack_bits: z.number().nonnegative(),
  left_out_units: z.int().positive(),
});
const fileSchema = z.strictObject({ version: z.literal(1), constants: constantsSchema });

export type RoleConstants = z.infer<typeof constantsSchema>;

export interface RoleModel {
  readonly constants: RoleConstants;
  readonly hash: string;
}

/** Parses and checks models/roles.yaml. @throws BAD_MODEL with what was expected */
export function parseRoleModel(text: string): RoleModel {
  const file = parseConstants('roles.yaml', fileSchema, text);
  return {
    constants: file.constants,
    hash: constantsHash(text),
  };
}

let shipped: RoleModel | undefined;

/** The model in models/roles.yaml, read once. */
export function roleModel(): RoleModel {
  shipped ??= parseRoleModel(readConstants('roles.yaml'));
  return shipped;
}
