import type { AnyNode, Program } from 'acorn';
import { ancestor } from 'acorn-walk';

/** What is assigned after it was made, by name, wherever that stands: also in functions that a run does not reach. */
export interface Mutations {
  /** Variables of a module, or such that have the same name. */
  readonly variables: ReadonlySet<string>;
  /** Properties of any object. What a constructor sets on its own object does not count. */
  readonly properties: ReadonlySet<string>;
}

/** Looks for assignments in a module. */
export function mutationsIn(program: Program): Mutations {
  const variables = new Set<string>();
  const properties = new Set<string>();
  const add = (target: AnyNode, ancestors: readonly AnyNode[]) => {
    if (target.type === 'Identifier') variables.add(target.name);
    if (target.type !== 'MemberExpression' || target.computed) return;
    const isOwn = target.object.type === 'ThisExpression' && isInConstructor(ancestors);
    if (target.property.type === 'Identifier' && !isOwn) properties.add(target.property.name);
    if (target.property.type === 'PrivateIdentifier' && !isOwn) properties.add(`#${target.property.name}`);
  };
  ancestor(program, {
    AssignmentExpression: ({ left, right }, _state, ancestors) => {
      if (!isGuard(right)) add(left, ancestors);
    },
    UpdateExpression: ({ argument }, _state, ancestors) => add(argument, ancestors),
  });
  return { variables, properties };
}

/** `x.interactive = session.guiAllowed` says the same whenever it is run. */
function isGuard(node: AnyNode): boolean {
  return (
    node.type === 'MemberExpression' &&
    node.property.type === 'Identifier' &&
    node.property.name === 'guiAllowed'
  );
}

function isInConstructor(ancestors: readonly AnyNode[]): boolean {
  return ancestors.some((node) => node.type === 'MethodDefinition' && node.kind === 'constructor');
}
