import type { Schemas } from '@/api/client.ts';

/** What the gateway leaves out holds by default. */
type Loose<T> = { [K in keyof T]?: T[K] | null };
export type Definition = Loose<Omit<Schemas['Definition'], 'capabilities' | 'permissions' | 'limits' | 'thresholds' | 'config'>> & {
  capabilities: readonly string[];
  config?: Record<string, unknown>;
  permissions?: Loose<Schemas['Permissions']>;
  limits?: Loose<Schemas['Limits']>;
  thresholds?: Loose<Schemas['Thresholds']>;
};

/** A definition as it stands in a form: everything is text until it is sent. */
export interface Draft {
  id: string;
  name: string;
  description: string;
  capabilities: readonly string[];
  permissions: readonly string[];
  config: string;
  model: string;
  enabled: boolean;
  timeout: string;
  maxAttempts: string;
  priority: string;
  maxConcurrent: string;
  memory: string;
  responseMs: string;
  successRate: string;
  errorRate: string;
}

export const EMPTY: Draft = {
  id: '',
  name: '',
  description: '',
  capabilities: [],
  permissions: [],
  config: '',
  model: '',
  enabled: true,
  timeout: '',
  maxAttempts: '',
  priority: '',
  maxConcurrent: '',
  memory: '',
  responseMs: '',
  successRate: '',
  errorRate: '',
};

const MIB = 1024 * 1024;

/** A definition as the form shows it; what holds by default is an empty field. */
export function draftOf(id: string, definition: Definition): Draft {
  const { limits = {}, thresholds = {}, config = {} } = definition;
  return {
    id,
    name: definition.name ?? '',
    description: definition.description ?? '',
    capabilities: definition.capabilities,
    permissions: definition.permissions?.functions ?? [],
    config: Object.keys(config).length === 0 ? '' : JSON.stringify(config, null, 2),
    model: definition.model ?? '',
    enabled: definition.enabled ?? true,
    timeout: written(limits.timeout),
    maxAttempts: written(limits.max_attempts),
    priority: limits.priority ?? '',
    maxConcurrent: written(limits.max_concurrent),
    memory: limits.memory === null || limits.memory === undefined ? '' : String(limits.memory / MIB),
    responseMs: written(thresholds.response_ms),
    successRate: written(thresholds.success_rate),
    errorRate: written(thresholds.error_rate),
  };
}

/** What is sent of a form: an empty field is left out. What is no JSON throws. */
export function definitionOf(draft: Draft): Definition {
  const memory = read(draft.memory);
  const limits = filled({
    timeout: read(draft.timeout),
    max_attempts: read(draft.maxAttempts),
    priority: draft.priority || undefined,
    max_concurrent: read(draft.maxConcurrent),
    memory: memory === undefined ? undefined : Math.round(memory * MIB),
  });
  const thresholds = filled({
    response_ms: read(draft.responseMs),
    success_rate: read(draft.successRate),
    error_rate: read(draft.errorRate),
  });
  return {
    capabilities: draft.capabilities,
    ...filled({
      name: draft.name || undefined,
      description: draft.description || undefined,
      model: draft.model || undefined,
      enabled: draft.enabled ? undefined : false,
      config: draft.config.trim() === '' ? undefined : objectOf(draft.config),
      permissions: draft.permissions.length === 0 ? undefined : { functions: draft.permissions },
      limits: Object.keys(limits).length === 0 ? undefined : limits,
      thresholds: Object.keys(thresholds).length === 0 ? undefined : thresholds,
    }),
  } as Definition;
}

function objectOf(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('it has to be an object: {"path": "src"}');
  return value as Record<string, unknown>;
}

/** What is wrong with the text of a configuration; empty where nothing is. */
export function wrongWith(config: string): string {
  if (config.trim() === '') return '';
  try {
    objectOf(config);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : 'not JSON';
  }
}

function written(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function read(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text);
}

function filled<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
}
