import ts from 'typescript';
import type { Example } from './extract.ts';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The example as a module in which every `// => value` comment is an assertion.
 * Line numbers stay those of the example, so a stack trace points at the right line.
 *
 * @param runtime - The specifier from which the module imports `expectValue`.
 */
export function compileExample(example: Example, runtime: string): string {
  const source = ts.createSourceFile('example.ts', example.code, ts.ScriptTarget.ES2023, true);
  const edits: Edit[] = [];
  const comments = expectationComments(source);
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) || ts.isVariableStatement(node)) {
      const comment = comments.find((c) => !c.used && c.follows(node.getEnd()));
      if (comment !== undefined) {
        comment.used = true;
        const where = `${example.file}:${example.line + lineOf(source, comment.start)}`;
        edits.push(assertion(node, source, comment.text, where));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const comment of comments) {
    if (!comment.used) {
      const line = example.line + lineOf(source, comment.start);
      throw new Error(
        `${example.file}:${line}: "// =>" must follow an expression, a declaration or a console.log`,
      );
    }
  }
  const body = edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((code, edit) => code.slice(0, edit.start) + edit.text + code.slice(edit.end), example.code);
  return `import { expectValue as $expectValue } from ${JSON.stringify(runtime)}; ${body}\nexport {};\n`;
}

/** The `// =>` comments, each on the line of the statement it follows or alone on the next line. */
function expectationComments(source: ts.SourceFile) {
  return [...source.text.matchAll(/\/\/ =>(.*)$/gm)].map((match) => ({
    start: match.index,
    text: match[1]!.trim(),
    used: false,
    follows: (end: number) =>
      end <= match.index && /^[ \t]*\n?[ \t]*$/.test(source.text.slice(end, match.index)),
  }));
}

function assertion(
  statement: ts.ExpressionStatement | ts.VariableStatement,
  source: ts.SourceFile,
  text: string,
  where: string,
): Edit {
  const rest = `${expectedLiteral(text, where)}, ${JSON.stringify(text)}, ${JSON.stringify(where)});`;
  if (ts.isVariableStatement(statement)) {
    const name = statement.declarationList.declarations.at(-1)?.name;
    if (name === undefined || !ts.isIdentifier(name)) {
      throw new Error(`${where}: "// =>" after a declaration needs one plain name`);
    }
    return { start: statement.end, end: statement.end, text: ` $expectValue(${name.text}, ${rest}` };
  }
  const { expression } = statement;
  const printed = ts.isCallExpression(expression) && expression.expression.getText(source) === 'console.log';
  if (printed && expression.arguments.length !== 1) {
    throw new Error(`${where}: "// =>" after console.log needs exactly one argument`);
  }
  const value = printed ? expression.arguments[0]! : expression;
  return {
    start: statement.getStart(source),
    end: statement.end,
    text: `$expectValue(${value.getText(source)}, ${rest}`,
  };
}

/** Source text of the `Expected` tree that a literal such as `[1, 0.5, 'a']` describes. */
function expectedLiteral(text: string, where: string): string {
  const source = ts.createSourceFile('expected.ts', `(${text})`, ts.ScriptTarget.ES2023, true);
  const statement = source.statements[0];
  const complain = () => new Error(`${where}: "// => ${text}" is not a literal value`);
  const convert = (node: ts.Expression): string => {
    if (ts.isParenthesizedExpression(node)) return convert(node.expression);
    if (ts.isArrayLiteralExpression(node)) {
      return `{ kind: 'array', items: [${node.elements.map(convert).join(', ')}] }`;
    }
    if (ts.isObjectLiteralExpression(node)) {
      const entries = node.properties.map((property) => {
        if (!ts.isPropertyAssignment(property) || ts.isComputedPropertyName(property.name)) throw complain();
        return `${JSON.stringify(property.name.text)}: ${convert(property.initializer)}`;
      });
      return `{ kind: 'object', entries: { ${entries.join(', ')} } }`;
    }
    if (ts.isStringLiteralLike(node)) return exact(JSON.stringify(node.text));
    const word = node.getText(source);
    if (['true', 'false', 'null', 'undefined'].includes(word)) return exact(word);
    if (/^[+-]?(NaN|Infinity|\d|\.\d)/.test(word) && !Number.isNaN(Number(word.replace('NaN', '0')))) {
      return `{ kind: 'number', value: ${word}, tolerance: ${tolerance(word)} }`;
    }
    throw complain();
  };
  const exact = (value: string) => `{ kind: 'exact', value: ${value} }`;
  if (source.statements.length !== 1 || !statement || !ts.isExpressionStatement(statement)) throw complain();
  return convert(statement.expression);
}

/** 1e-6 relative (absolute at zero), and within half a unit of the last digit shown. */
function tolerance(literal: string): number {
  const value = Math.abs(Number(literal));
  if (!Number.isFinite(value)) return 0;
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const decimals = mantissa.split('.')[1]?.length ?? 0;
  return Math.min(1e-6 * (value === 0 ? 1 : value), 0.5 * 10 ** (Number(exponent) - decimals));
}

function lineOf(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line;
}
