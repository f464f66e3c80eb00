import { locateFaults, TemplateFault } from './fault.ts';
import { printed } from './format.ts';
import { callFunction } from './functions.ts';
import { DEFAULT_TEMPLATE_LIMITS, TemplateMeter, type TemplateLimits } from './meter.ts';
import type { BlockNode, Command, Operand, Pipeline, Template, TemplateNode } from './syntax.ts';
import {
  readField,
  isTemplateList,
  isTemplateMap,
  isTrue,
  sortedEntries,
  typeName,
  type TemplateValue,
} from './values.ts';

/**
 * Carries out a template on its data. Throws `template-invalid` with line and column when the data lacks a field
 * (`no field .App`), a function gets what it cannot take (`lt "a" 1`), or it costs more than the limits allow.
 */
export function renderTemplate(
  template: Template,
  data: TemplateValue,
  limits: TemplateLimits = DEFAULT_TEMPLATE_LIMITS,
): string {
  return joined(renderPieces(template, data, limits));
}

/** A part of what a template gives: its own text, or what it printed of its data. */
export interface TemplatePiece {
  readonly text: string;
  readonly isValue: boolean;
}

/** The same as its parts, in order. A constant counts as text of the template. */
export function renderPieces(
  template: Template,
  data: TemplateValue,
  limits: TemplateLimits = DEFAULT_TEMPLATE_LIMITS,
): readonly TemplatePiece[] {
  const renderer = new Renderer(data, new TemplateMeter(limits));
  return locateFaults(
    template.text,
    () => renderer.offset,
    () => renderer.render(template.nodes),
  );
}

function joined(pieces: readonly TemplatePiece[]): string {
  return pieces.map(({ text }) => text).join('');
}

function isConstant({ commands }: Pipeline): boolean {
  const [only, ...more] = commands;
  return more.length === 0 && only?.args.length === 0 && only.first.kind === 'literal';
}

/** What the rest of a loop's body is to do. */
type Flow = 'on' | 'break' | 'continue';

interface Variable {
  readonly name: string;
  value: TemplateValue;
}

/** What came through a `|`, if anything did: a missing value is something, too. */
type Piped = readonly [] | readonly [TemplateValue];

class Renderer {
  /** Where in the text the last step was. */
  offset = 0;
  readonly #variables: Variable[];
  readonly #output: TemplatePiece[] = [];
  readonly #meter: TemplateMeter;

  constructor(data: TemplateValue, meter: TemplateMeter) {
    this.#meter = meter;
    this.#variables = [{ name: '$', value: data }];
  }

  render(nodes: readonly TemplateNode[]): readonly TemplatePiece[] {
    this.#walkAll(nodes, this.#variables[0]?.value);
    return this.#output;
  }

  #walkAll(nodes: readonly TemplateNode[], dot: TemplateValue): Flow {
    for (const node of nodes) {
      const flow = this.#walk(node, dot);
      if (flow !== 'on') return flow;
    }
    return 'on';
  }

  #walk(node: TemplateNode, dot: TemplateValue): Flow {
    this.#meter.step();
    switch (node.kind) {
      case 'text':
        this.#output.push({ text: this.#meter.made(node.text), isValue: false });
        return 'on';
      case 'action': {
        const value = this.#evaluatePipeline(node.pipeline, dot);
        if (node.pipeline.variables.length > 0) return 'on';
        this.#output.push({ text: printed(value, this.#meter), isValue: !isConstant(node.pipeline) });
        return 'on';
      }
      case 'break':
      case 'continue':
        return node.kind;
      case 'if':
      case 'with':
        return this.#scoped(() => this.#walkBranch(node, dot));
      case 'range':
        return this.#scoped(() => this.#walkRange(node, dot));
    }
  }

  #walkBranch(node: BlockNode, dot: TemplateValue): Flow {
    const value = this.#evaluatePipeline(node.pipeline, dot);
    if (!isTrue(value)) return this.#walkAll(node.otherwise, dot);
    return this.#walkAll(node.body, node.kind === 'with' ? value : dot);
  }

  #walkRange({ pipeline, body, otherwise }: BlockNode, dot: TemplateValue): Flow {
    const value = this.#evaluatePipeline(pipeline, dot);
    const { variables } = pipeline;
    if (typeof value === 'bigint' && variables.length > 1)
      throw new TemplateFault('a range over an int has one variable');
    let empty = true;
    if (isTemplateMap(value)) this.#meter.step(value.size);
    for (const [key, element] of elementsOf(value)) {
      empty = false;
      this.#meter.step();
      const flow = this.#scoped(() => {
        // One variable is the element; two are the index or key, and the element.
        const values = variables.length === 2 ? [key, element] : [element];
        for (const [index, name] of variables.entries()) this.#bind(name, values[index], pipeline.assigns);
        return this.#walkAll(body, element);
      });
      if (flow === 'break') break;
    }
    return empty ? this.#walkAll(otherwise, dot) : 'on';
  }

  #evaluatePipeline(pipeline: Pipeline, dot: TemplateValue): TemplateValue {
    const value = this.#evaluateCommands(pipeline, dot);
    for (const name of pipeline.variables) this.#bind(name, value, pipeline.assigns);
    return value;
  }

  #evaluateCommands(pipeline: Pipeline, dot: TemplateValue): TemplateValue {
    this.offset = pipeline.offset;
    let piped: Piped = [];
    for (const command of pipeline.commands) {
      this.#meter.step();
      piped = [this.#evaluateCommand(command, dot, piped)];
    }
    return piped[0];
  }

  #evaluateCommand({ first, args }: Command, dot: TemplateValue, piped: Piped): TemplateValue {
    if (first.kind === 'function') return this.#call(first, args, { dot, piped });
    if (first.kind === 'nil') throw new TemplateFault('nil alone has no value', first.offset);
    const value = this.#evaluate(first, dot);
    if (args.length === 0 && piped.length === 0) return value;
    throw new TemplateFault('only a function takes arguments', first.offset);
  }

  #call(
    { name, offset }: Operand & { kind: 'function' },
    args: readonly Operand[],
    { dot, piped }: { dot: TemplateValue; piped: Piped },
  ): TemplateValue {
    const values: TemplateValue[] = [];
    for (const arg of args) {
      const value = this.#evaluate(arg, dot);
      // The rest of `and` after something false, and of `or` after something true, is not evaluated.
      if ((name === 'and' && !isTrue(value)) || (name === 'or' && isTrue(value))) return value;
      values.push(value);
    }
    this.offset = offset;
    return callFunction(name, [...values, ...piped], this.#meter);
  }

  #evaluate(operand: Operand, dot: TemplateValue): TemplateValue {
    this.#meter.step();
    this.offset = operand.offset;
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return undefined;
      case 'literal':
        return operand.value;
      case 'field':
        return operand.path.reduce(readField, dot);
      case 'variable':
        return operand.path.reduce(readField, this.#lookUp(operand.name).value);
      case 'function':
        return this.#call(operand, [], { dot, piped: [] });
      case 'pipeline':
        return this.#evaluatePipeline(operand.pipeline, dot);
      case 'chain': {
        if (operand.operand.kind === 'nil') throw new TemplateFault('nil has no fields');
        return operand.path.reduce(readField, this.#evaluate(operand.operand, dot));
      }
    }
  }

  #bind(name: string, value: TemplateValue, assigns: boolean): void {
    if (assigns) this.#lookUp(name).value = value;
    else this.#variables.push({ name, value });
  }

  #lookUp(name: string): Variable {
    this.#meter.read(this.#variables.length);
    const found = this.#variables.findLast((variable) => variable.name === name);
    if (found === undefined) throw new TemplateFault(`the variable ${name} has no value here`);
    return found;
  }

  #scoped(walk: () => Flow): Flow {
    const outer = this.#variables.length;
    const flow = walk();
    this.#variables.length = outer;
    return flow;
  }
}

/** What a range goes over: index or key, and element. */
function* elementsOf(value: TemplateValue): Generator<readonly [TemplateValue, TemplateValue]> {
  if (value === undefined) return;
  if (isTemplateList(value)) {
    for (const [index, element] of value.entries()) yield [BigInt(index), element];
  } else if (isTemplateMap(value)) {
    yield* sortedEntries(value);
  } else if (typeof value === 'bigint') {
    for (let number = 0n; number < value; number += 1n) yield [number, number];
  } else {
    throw new TemplateFault(`a ${typeName(value)} has nothing to range over`);
  }
}
