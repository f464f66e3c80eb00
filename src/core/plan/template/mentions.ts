import type { Command, Operand, Pipeline, Template, TemplateNode } from './syntax.ts';

/** Whether a template reads a field of this name anywhere, as `.Labels` or in `(index .AppChanges 0).Labels.team`. */
export function mentionsField({ nodes }: Pick<Template, 'nodes'>, field: string): boolean {
  const inPipeline = ({ commands }: Pipeline): boolean => commands.some(inCommand);
  const inCommand = ({ first, args }: Command): boolean => [first, ...args].some(inOperand);
  return nodes.some(inNode);

  function inNode(node: TemplateNode): boolean {
    switch (node.kind) {
      case 'text':
      case 'break':
      case 'continue':
        return false;
      case 'action':
        return inPipeline(node.pipeline);
      case 'if':
      case 'with':
      case 'range':
        return inPipeline(node.pipeline) || [...node.body, ...node.otherwise].some(inNode);
    }
  }

  function inOperand(operand: Operand): boolean {
    switch (operand.kind) {
      case 'dot':
      case 'nil':
      case 'literal':
      case 'function':
        return false;
      case 'field':
      case 'variable':
        return operand.path.includes(field);
      case 'pipeline':
        return inPipeline(operand.pipeline);
      case 'chain':
        return operand.path.includes(field) || inOperand(operand.operand);
    }
  }
}
