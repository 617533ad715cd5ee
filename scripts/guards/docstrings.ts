import ts from 'typescript';
import { displayPath, repositoryRoot } from '../lib/workspace.ts';

/**
 * Every exported function, of the modules given, whose docstring lacks its description or a ```ts
 * `@example`. Exported namespaces are looked into.
 */
export function undocumentedFunctions(entries: readonly string[]): string[] {
  const program = ts.createProgram([...entries], compilerOptions());
  const checker = program.getTypeChecker();
  const seen = new Set<ts.Symbol>();

  const inModule = (module: ts.Symbol): string[] =>
    checker.getExportsOfModule(module).flatMap((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (seen.has(symbol)) return [];
      seen.add(symbol);
      if (symbol.flags & ts.SymbolFlags.Module) return inModule(symbol);
      const declaration = symbol.valueDeclaration;
      if (declaration === undefined) return [];
      const isFunction = checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0;
      return isFunction ? problems(symbol, declaration) : [];
    });

  const problems = (symbol: ts.Symbol, declaration: ts.Declaration): string[] => {
    const file = declaration.getSourceFile();
    const line = file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1;
    const where = `${displayPath(file.fileName)}:${line}: ${symbol.name}`;
    const description = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
    const examples = symbol.getJsDocTags(checker).filter((tag) => tag.name === 'example');
    const hasCode = examples.some((tag) => /```ts\n[\s\S]*```/.test(ts.displayPartsToString(tag.text)));
    if (description === '') return [`${where} has no description`];
    return hasCode ? [] : [`${where} has no \`@example\` with a \`\`\`ts block`];
  };

  return entries.flatMap((entry) => {
    const source = program.getSourceFile(entry);
    if (source === undefined) return [`${displayPath(entry)}: cannot be read`];
    const module = checker.getSymbolAtLocation(source);
    return module === undefined ? [`${displayPath(entry)}: exports nothing`] : inModule(module);
  });
}

/** Type errors of TypeScript files under the repository's own settings, as `path:line: message`. */
export function typeErrors(files: readonly string[]): string[] {
  const program = ts.createProgram([...files], compilerOptions());
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    if (diagnostic.file === undefined || diagnostic.start === undefined) return message;
    const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
    return `${displayPath(diagnostic.file.fileName)}:${line + 1}: ${message}`;
  });
}

function compilerOptions(): ts.CompilerOptions {
  const path = `${repositoryRoot}/tsconfig.base.json`;
  const { config, error } = ts.readConfigFile(path, ts.sys.readFile);
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  const { options } = ts.parseJsonConfigFileContent(
    config,
    { ...ts.sys, readDirectory: () => [] },
    repositoryRoot,
  );
  return { ...options, types: ['node'], typeRoots: [`${repositoryRoot}/node_modules/@types`] };
}
