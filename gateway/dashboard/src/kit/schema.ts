export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

export type Kind = 'text' | 'number' | 'integer' | 'flag' | 'choice' | 'json';

export interface Field {
  name: string;
  kind: Kind;
  required: boolean;
  schema: Schema;
  choices: readonly string[];
}

/** The schema that a reference names; a reference that names nothing, or only itself, is any JSON. */
export function resolved(schema: Schema, defs: Record<string, Schema> = {}): Schema {
  let own = schema;
  for (let step = 0; own.$ref !== undefined; step += 1) {
    const next = defs[own.$ref.split('/').pop() ?? ''];
    if (next === undefined || step > 10) return {};
    own = next;
  }
  // `T or null`: the field may be left empty.
  const some = own.anyOf?.filter((each) => each.type !== 'null');
  const [only] = some ?? [];
  return some?.length === 1 && only !== undefined ? { ...own, ...resolved(only, defs) } : own;
}

/** What can be filled in of an object; null where the schema is no object, so that JSON is the only form.
 *
 * Objects and lists within it are written as JSON: a recursive schema ends there. */
export function fields(schema: Schema | null | undefined): Field[] | null {
  if (schema === null || schema === undefined) return null;
  const whole = resolved(schema, schema.$defs);
  if (whole.properties === undefined) return null;
  return Object.entries(whole.properties).map(([name, part]) => {
    const own = { ...part, ...resolved(part, schema.$defs) };
    const choices = own.enum?.filter((each) => typeof each === 'string') ?? [];
    return { name, schema: own, choices, kind: kind(own, choices), required: whole.required?.includes(name) ?? false };
  });
}

function kind({ type }: Schema, choices: readonly string[]): Kind {
  if (choices.length > 0) return 'choice';
  if (type === 'string') return 'text';
  if (type === 'boolean') return 'flag';
  return type === 'number' || type === 'integer' ? type : 'json';
}

/** The schema, in which nothing is required that is known from elsewhere. */
export function without(schema: Schema, known: readonly string[]): Schema {
  const free = (part: Schema): Schema => (part.required === undefined ? part : { ...part, required: part.required.filter((name) => !known.includes(name)) });
  const defs = schema.$defs === undefined ? {} : { $defs: Object.fromEntries(Object.entries(schema.$defs).map(([name, part]) => [name, free(part)])) };
  return { ...free(schema), ...defs };
}
